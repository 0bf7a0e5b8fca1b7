// `flead legal ...`: the texts that visitors read and agree to.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/law/legal.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

struct LegalOptions {
  std::string doc;
  std::string lang;
  std::string file;
  std::int64_t version = 0;
  std::int64_t limit = k_page_default;
  bool publish = false;
};

Json without_body(const law::LegalText& text) {
  Json object = Json::object();
  const Json whole = law::to_json(text);
  for (const auto& [name, value] : whole.members()) {
    if (name != "body") object.set(name, value);
  }
  return object;
}

Json listed_fields() {
  return without_body(law::LegalText{});
}

Status add_text(Context& context, const LegalOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const std::string body, context.read_file(options.file, k_legal_bytes_max));
  FLEAD_TRY(const law::LegalText made,
            app->store.write([&](store::Tx& tx) -> Result<law::LegalText> {
              FLEAD_TRY(law::LegalText text,
                        law::add(app->world, tx, tenant.id, options.doc, options.lang, body));
              if (!options.publish) return text;
              return law::publish(app->world, tx, tenant.id, text.doc, text.lang, text.version);
            }));
  FLEAD_CHECK(context.print_object(without_body(made)));
  if (!made.published_at) {
    context.say(
        fmt::format("A draft: `flead legal publish {} --lang {} --version {}` shows it to "
                    "visitors.",
                    made.doc, made.lang, made.version));
  }
  return {};
}

Status show_text(Context& context, const LegalOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  const std::string& lang = options.lang.empty() ? tenant.locale : options.lang;
  FLEAD_TRY(const law::LegalText text,
            app->store.read([&](store::Tx& tx) -> Result<law::LegalText> {
              if (options.version > 0) {
                return law::by_version(tx, tenant.id, options.doc, lang, options.version);
              }
              FLEAD_TRY(auto found, law::current(tx, tenant.id, options.doc, lang));
              if (found) return std::move(*found);
              return not_found("legal_not_found",
                               fmt::format("No {} in {} is published.", options.doc, lang),
                               "flead legal list");
            }));
  if (context.wants_json()) return context.print_object(law::to_json(text));
  context.print_text(text.body);
  return {};
}

Status list_texts(Context& context, const LegalOptions& options) {
  FLEAD_CHECK(check_limit(options.limit));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto texts, app->store.read([&](store::Tx& tx) {
    return law::list(tx, tenant.id, options.limit);
  }));
  Json::Array rows;
  for (const law::LegalText& text : texts) rows.push_back(without_body(text));
  return context.print_list(rows, {"doc", "lang", "version", "status", "published_at", "body_hash"},
                            listed_fields());
}

Status publish_text(Context& context, const LegalOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const law::LegalText text, app->store.write([&](store::Tx& tx) {
    return law::publish(app->world, tx, tenant.id, options.doc, options.lang, options.version);
  }));
  return context.print_object(without_body(text));
}

void add_legal_add(Command& legal) {
  auto options = std::make_shared<LegalOptions>();
  legal.sub("add")
      .summary("Add a text as the next version, a draft unless --publish")
      .example("flead legal add consent --lang ru --file consent.md --publish")
      .positional("DOC", options->doc, "Which document")
      .choices(law::doc_names())
      .required("--lang", options->lang, "Its language")
      .choices({"ru", "en"})
      .required("--file FILE", options->file, "Markdown; - is standard input")
      .option("--publish", options->publish, "Show it to visitors at once")
      .writes()
      .prints(listed_fields)
      .run([options](Context& context) { return add_text(context, *options); });
}

}  // namespace

void add_legal_commands(Command& root) {
  Command& legal = root.sub("legal")
                       .group(Group::law)
                       .summary("Policy and consent texts, each version kept as evidence");
  add_legal_add(legal);
  auto options = std::make_shared<LegalOptions>();
  legal.sub("list")
      .summary("List versions of all texts")
      .example("flead legal list")
      .option("--limit", options->limit, k_limit_text)
      .prints(listed_fields)
      .run([options](Context& context) { return list_texts(context, *options); });
  legal.sub("show")
      .summary("Print the text that visitors see, or any version")
      .example("flead legal show consent --lang en")
      .example("flead legal show policy --version 1 -o policy-1.md", "what was agreed to then")
      .positional("DOC", options->doc, "Which document")
      .choices(law::doc_names())
      .option("--lang", options->lang, "Its language; default the tenant's")
      .choices({"ru", "en"})
      .option("--version", options->version, "A version; default the published one")
      .prints(fields_of<law::LegalText>)
      .run([options](Context& context) { return show_text(context, *options); });
  legal.sub("publish")
      .summary("Show a draft to visitors from now on")
      .example("flead legal publish consent --lang ru --version 2")
      .positional("DOC", options->doc, "Which document")
      .choices(law::doc_names())
      .required("--lang", options->lang, "Its language")
      .choices({"ru", "en"})
      .required("--version", options->version, "The draft's number, from `legal list`")
      .writes()
      .prints(listed_fields)
      .run([options](Context& context) { return publish_text(context, *options); });
}

}  // namespace flead::cli
