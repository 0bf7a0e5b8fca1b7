// `flead widget`: the form on the tenant's site.
#include <memory>
#include <string>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/intake/widget.h"

namespace flead::cli {
namespace {

struct WidgetShowOptions {
  bool draft = false;
};

std::string preview_url(const App& app, const tenants::Tenant& tenant) {
  return app.config.base_url + "/demo/" + tenant.slug + "?draft=1";
}

void say_warnings(Context& context, const intake::WidgetSettings& settings) {
  for (const std::string& warning : intake::widget_warnings(settings)) {
    context.say("warning: " + warning);
  }
}

bool changes_something(const intake::WidgetEdit& edit) {
  return edit.fields || edit.required || edit.purposes || edit.color || edit.position ||
         edit.locale || edit.then || !edit.texts.empty();
}

Status run_widget_set(Context& context, const intake::WidgetEdit& edit) {
  if (!changes_something(edit)) {
    return usage_error("nothing_to_set", "Say what to change.",
                       "For example: flead widget set --fields name,phone --color '#0a7d5a'");
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto draft, app->store.write([&](store::Tx& tx) {
    return intake::edit_widget(app->world, tx, tenant.id, edit);
  }));
  say_warnings(context, draft);
  context.say("Saved as a draft. Look: " + preview_url(*app, tenant) +
              " Then: flead widget publish");
  return context.print_object(intake::to_json(draft));
}

Status run_widget_show(Context& context, const WidgetShowOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto settings, app->store.read([&](store::Tx& tx) {
    return options.draft ? intake::draft_widget(tx, tenant.id)
                         : intake::published_widget(tx, tenant.id);
  }));
  return context.print_object(intake::to_json(settings));
}

Status run_widget_preview(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  const std::string url = preview_url(*app, tenant);
  if (context.wants_json()) return context.print_object(Json::object({{"url", url}}));
  context.print_text(url + "\n");
  return {};
}

Status run_widget_snippet(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  const std::string snippet = intake::widget_snippet(app->config.base_url, tenant);
  if (!context.wants_json()) {
    context.print_text(snippet + "\n");
    return {};
  }
  const std::string& base = app->config.base_url;
  return context.print_object(
      Json::object({{"snippet", snippet},
                    {"key", tenant.publishable_key},
                    {"csp", "script-src " + base + "; connect-src " + base}}));
}

Status run_widget_publish(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto published, app->store.write([&](store::Tx& tx) {
    return intake::publish_widget(app->world, tx, tenant.id);
  }));
  say_warnings(context, published);
  return context.print_object(intake::to_json(published));
}

void add_widget_set(Command& widget) {
  auto edit = std::make_shared<intake::WidgetEdit>();
  widget.sub("set")
      .summary("Change the draft of the form")
      .description(
          "Changes only what is named. Visitors go on seeing what was published until `flead "
          "widget publish`.\n\n"
          "--text takes KEY=VALUE for both languages or KEY.ru=VALUE for one; an empty value goes "
          "back to the text that came with the program. In consent_processing and "
          "consent_marketing the words in [brackets] become the link to the legal text. An unknown "
          "KEY lists the known ones.")
      .option("--fields NAMES", edit->fields,
              "Fields in their order, joined by commas: name, phone, email, message")
      .option("--required NAMES", edit->required,
              "Which of them must be filled; one contact is needed in any case")
      .option("--purposes NAMES", edit->purposes,
              "Consent boxes, joined by commas: processing, marketing")
      .option("--color COLOR", edit->color, "Colour of the buttons, such as '#0a7d5a'")
      .option("--position SIDE", edit->position, "Corner of the page")
      .choices({"right", "left"})
      .option("--locale LANG", edit->locale, "Language; auto follows the page")
      .choices({"auto", "ru", "en"})
      .option("--then WHAT", edit->then, "After success offer the booking link, or only thank")
      .choices({"booking", "thanks"})
      .option("--text KEY=VALUE", edit->texts, "Say something in other words; may be repeated")
      .example("flead widget set --fields name,phone --required phone --color '#0a7d5a'")
      .example("flead widget set --text 'button.ru=Записаться' --text 'button.en=Book'")
      .writes()
      .prints(fields_of<intake::WidgetSettings>)
      .run([edit](Context& context) { return run_widget_set(context, *edit); });
}

}  // namespace

void add_widget_command(Command& root) {
  Command& widget = root.sub("widget")
                        .alias("widgets")
                        .group(Group::intake)
                        .summary("Set up the form on the tenant's site");
  add_widget_set(widget);
  auto show = std::make_shared<WidgetShowOptions>();
  widget.sub("show")
      .summary("Show the settings that visitors get")
      .option("--draft", show->draft, "Show the draft instead")
      .example("flead widget show --draft --json")
      .prints(fields_of<intake::WidgetSettings>)
      .run([show](Context& context) { return run_widget_show(context, *show); });
  widget.sub("preview")
      .summary("Print the address of a page with the draft on it")
      .example("flead widget preview")
      .run(run_widget_preview);
  widget.sub("snippet")
      .summary("Print the line that puts the form on a page")
      .description(
          "One line, pasted anywhere into the page: script, settings and texts come in that one "
          "request, and nothing comes from any other host. With --json also `csp`: what a page "
          "with a Content-Security-Policy must allow.")
      .example("flead widget snippet >> index.html")
      .run(run_widget_snippet);
  widget.sub("publish")
      .summary("Show the draft to visitors from now on")
      .description("The draft becomes the next version. Pages see it within a minute.")
      .example("flead widget publish")
      .writes()
      .prints(fields_of<intake::WidgetSettings>)
      .run(run_widget_publish);
}

}  // namespace flead::cli
