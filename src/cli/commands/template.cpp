// `flead template ...`: what the product says, in the tenant's own words.
#include <utility>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/limits.h"
#include "core/channels/outbox.h"
#include "core/channels/sms_text.h"
#include "core/channels/template.h"
#include "core/intake/lead.h"

namespace flead::cli {
namespace {

struct Which {
  std::string name;
  std::string language;
};

Command& with_which(Command& command, const std::shared_ptr<Which>& which) {
  return command
      .positional("TEMPLATE", which->name,
                  "Its name, from template list; NAME.sms is the short one")
      .option("--lang", which->language, "Language; default the tenant's")
      .choices({"ru", "en"});
}

std::string language_of(const Which& which, const tenants::Tenant& tenant) {
  return which.language.empty() ? tenant.locale : which.language;
}

void add_template_list(Command& noun) {
  noun.sub("list")
      .summary("List every text that a person may get")
      .example("flead template list")
      .prints(fields_of<channels::TemplateText>)
      .run([](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto texts, app->store.read([&](store::Tx& tx) {
          return channels::list_templates(tx, tenant.id);
        }));
        Json::Array rows;
        for (const auto& text : texts) rows.push_back(channels::to_json(text));
        return context.print_list(rows, {"name", "language", "purpose", "edited", "summary"});
      });
}

void add_template_show(Command& noun) {
  auto which = std::make_shared<Which>();
  with_which(noun.sub("show")
                 .summary("Show a text and the variables it may use")
                 .example("flead template show lead.greeting --lang ru"),
             which)
      .prints(fields_of<channels::TemplateText>)
      .run([which](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto text, app->store.read([&](store::Tx& tx) {
          return channels::load_template(tx, tenant.id, which->name, language_of(*which, tenant));
        }));
        return context.print_object(channels::to_json(text));
      });
}

void add_template_set(Command& noun) {
  struct Options {
    std::optional<std::string> text, file;
    std::string subject, purpose;
  };
  auto which = std::make_shared<Which>();
  auto options = std::make_shared<Options>();
  with_which(
      noun.sub("set")
          .summary("Replace a text by your own")
          .description(
              "{name} is replaced by the value, {name|dear friend} has words for when it "
              "is empty, {{ and }} are braces. An unknown variable is refused here, not when "
              "the message goes out.")
          .example("flead template set lead.greeting --lang ru --file greeting.txt")
          .example("flead template set lead.greeting.sms --text 'Hello! {booking_url}'"),
      which)
      .option("--text TEXT", options->text, "The text itself")
      .option("--file FILE", options->file, "Read it from a file; - is standard input")
      .option("--subject TEXT", options->subject, "Subject of the mail; default as it is")
      .option("--purpose", options->purpose, "ad needs the person's consent to advertising")
      .choices({"service", "ad"})
      .writes()
      .prints(fields_of<channels::TemplateText>)
      .run([which, options](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        if (options->text.has_value() == options->file.has_value()) {
          return usage_error("text_needed", "Give the text by either --text or --file");
        }
        channels::TemplateText text;
        text.name = which->name;
        text.language = language_of(*which, tenant);
        text.purpose = options->purpose;
        text.subject = options->subject;
        if (options->text) {
          text.body = *options->text;
        } else {
          FLEAD_TRY(text.body, context.read_file(*options->file, k_template_bytes_max + 1));
        }
        FLEAD_TRY(const auto set, app->store.write([&](store::Tx& tx) {
          return channels::set_template(app->world, tx, tenant.id, text);
        }));
        return context.print_object(channels::to_json(set));
      });
}

void add_template_reset(Command& noun) {
  auto which = std::make_shared<Which>();
  with_which(noun.sub("reset")
                 .summary("Go back to the text that came with the program")
                 .example("flead template reset lead.greeting --lang ru --yes"),
             which)
      .writes()
      .prints(fields_of<channels::TemplateText>)
      .run([which](Context& context) -> Status {
        FLEAD_CHECK(context.confirm("Give up your own text of " + which->name + "?"));
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto text, app->store.write([&](store::Tx& tx) {
          return channels::reset_template(tx, tenant.id, which->name, language_of(*which, tenant));
        }));
        return context.print_object(channels::to_json(text));
      });
}

// Only what this template knows: a value too many is a fault elsewhere.
Result<channels::Variables> known_values(const std::string& name,
                                         const channels::Variables& values) {
  FLEAD_TRY(const channels::TemplateSpec* spec, channels::find_template(name));
  channels::Variables out;
  for (const std::string_view variable : spec->variables) {
    const auto found = values.find(variable);
    if (found != values.end()) out[std::string(variable)] = found->second;
  }
  return out;
}

void add_template_render(Command& noun) {
  auto which = std::make_shared<Which>();
  auto lead_id = std::make_shared<std::optional<std::string>>();
  with_which(noun.sub("render")
                 .summary("Show a message as a person would get it, and send nothing")
                 .example("flead template render lead.greeting --lang en"),
             which)
      .option("--lead LEAD", *lead_id, "With this person's values; default made-up ones")
      .run([which, lead_id](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        const std::string language = language_of(*which, tenant);
        FLEAD_TRY(
            const auto rendered, app->store.read([&](store::Tx& tx) -> Result<channels::Rendered> {
              auto values = channels::sample_variables(language, app->config.base_url);
              values["tenant"] = tenant.name;
              if (*lead_id) {
                FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, LeadId(lead_id->value())));
                values["name"] = lead.name;
                values["message"] = lead.message;
                values["booking_url"] = intake::booking_url(app->config.base_url, tenant, lead);
              }
              FLEAD_TRY(const auto known, known_values(which->name, values));
              return channels::preview(tx, tenant.id, which->name, language, known);
            }));
        const auto length = channels::sms_length(rendered.text);
        Json object = Json::object({{"name", which->name},
                                    {"language", language},
                                    {"subject", rendered.subject},
                                    {"text", rendered.text},
                                    {"html", rendered.html}});
        if (which->name.ends_with(".sms")) {
          object.set("segments", length.segments).set("alphabet", length.unicode ? "ucs2" : "gsm7");
        }
        return context.print_object(object);
      });
}

}  // namespace

void add_template_commands(Command& root) {
  Command& noun = root.sub("template").group(Group::channels).summary("What messages say");
  add_template_list(noun);
  add_template_show(noun);
  add_template_set(noun);
  add_template_reset(noun);
  add_template_render(noun);
}

}  // namespace flead::cli
