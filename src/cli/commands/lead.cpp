// `flead lead`: people who asked for something. `add` here; the other verbs in lead_*.cpp.
#include <memory>
#include <utility>
#include <vector>

#include "cli/commands/all.h"
#include "cli/commands/lead_commands.h"
#include "core/base/text.h"

namespace flead::cli {

namespace {

struct LeadAddOptions {
  intake::NewLead lead;
  std::vector<std::string> consent, custom, tags;
  std::string source = "cli";
  bool no_greeting = false;
};

Status read_lead_custom(const std::vector<std::string>& pairs, Json& custom) {
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_error("custom_invalid", "--custom is KEY=VALUE.");
    }
    custom.set(std::string_view(pair).substr(0, equals), pair.substr(equals + 1));
  }
  return {};
}

// What the raw log keeps of a command: the flags as an object.
std::string raw_lead_command(const intake::NewLead& lead) {
  Json raw = Json::object();
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) raw.set(name, value);
  };
  put("name", lead.name);
  put("phone", lead.phone);
  put("email", lead.email);
  put("telegram", lead.telegram);
  put("vk", lead.vk);
  put("whatsapp", lead.whatsapp);
  put("max", lead.max);
  put("message", lead.message);
  put("channel", lead.channel);
  put("page_url", lead.page_url);
  put("utm_source", lead.utm.source);
  put("utm_medium", lead.utm.medium);
  put("utm_campaign", lead.utm.campaign);
  put("utm_term", lead.utm.term);
  put("utm_content", lead.utm.content);
  if (!lead.custom.members().empty()) raw.set("custom", lead.custom);
  Json purposes = Json::array();
  for (const std::string& purpose : lead.consent_purposes) purposes.push(purpose);
  raw.set("consent",
          Json::object({{"purposes", std::move(purposes)}, {"version", lead.consent_version}}));
  return raw.dump();
}

Result<Json> add_lead_in(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                         const LeadAddOptions& options) {
  intake::Origin origin;
  origin.source = options.source;
  origin.content_type = "application/json";
  origin.raw_body = raw_lead_command(options.lead);
  origin.actor = k_cli_actor;
  origin.greet = !options.no_greeting;
  FLEAD_TRY(auto created, intake::create(app.world, tx, tenant, options.lead, origin));
  if (!options.tags.empty()) {
    intake::LeadEdit edit;
    edit.add_tags = options.tags;
    FLEAD_TRY(created.lead,
              intake::edit(app.world, tx, tenant, created.lead.id, edit, k_cli_actor));
  }
  Json shown = lead_object(app, tenant, created.lead);
  shown.set("duplicate", created.duplicate);
  return shown;
}

Error with_consent_hint(Error error) {
  if (error.code == "consent_required") {
    error.hint = "If the person has agreed, say so: --consent processing";
  }
  return error;
}

Status run_lead_add(Context& context, const LeadAddOptions& given) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  LeadAddOptions options = given;
  options.lead.consent_purposes = split_purposes(options.consent);
  FLEAD_CHECK(read_lead_custom(options.custom, options.lead.custom));
  auto added =
      app->store.write([&](store::Tx& tx) { return add_lead_in(*app, tx, tenant, options); });
  if (!added) return with_consent_hint(std::move(added).error());
  const Json& shown = *added;
  if (shown.boolean("duplicate") == true) {
    context.say("This person is a lead already; what you gave is in the timeline.");
  }
  return context.print_object(shown);
}

void add_lead_add(Command& lead) {
  auto options = std::make_shared<LeadAddOptions>();
  intake::NewLead& fields = options->lead;
  lead.sub("add")
      .summary("Take a lead, as the API does")
      .description(
          "The same operation as POST /api/v1/leads: one commit with the raw request, the lead, "
          "its event, the consent and the greeting. A known phone or e-mail makes no second lead: "
          "what you give becomes an event of the first one.\n\n"
          "At least one contact is needed, and consent to the processing of personal data where "
          "the tenant requires it: with --consent you vouch that the person has agreed.")
      .example("flead lead add --name 'Anna' --phone '+7 916 000-00-01' --consent processing")
      .option("--name", fields.name, "Name, up to 200 characters")
      .option("--phone", fields.phone, "Phone in any common writing")
      .option("--email ADDRESS", fields.email, "E-mail address")
      .option("--telegram HANDLE", fields.telegram, "Telegram handle or id")
      .option("--vk HANDLE", fields.vk, "VK handle or id")
      .option("--whatsapp HANDLE", fields.whatsapp, "WhatsApp handle or id")
      .option("--max HANDLE", fields.max, "MAX handle or id")
      .option("--message TEXT", fields.message, "What the person wants, up to 4,000 characters")
      .option("--channel KIND", fields.channel, "Preferred kind of channel")
      .choices(intake::channel_kinds())
      .option("--locale", fields.locale, "Language of messages; default the tenant's")
      .choices({"ru", "en"})
      .option("--zone", fields.zone, "The person's time zone")
      .option("--consent PURPOSES", options->consent,
              "What the person agreed to: processing, marketing, marketing.sms")
      .option("--consent-version N", fields.consent_version, "Version of the text; default today's")
      .option("--source WORD", options->source, "Where it came from; default cli")
      .option("--page-url URL", fields.page_url, "Page where the person was")
      .option("--referrer URL", fields.referrer, "Page that led there")
      .option("--utm-source WORD", fields.utm.source, "Campaign source")
      .option("--utm-medium WORD", fields.utm.medium, "Campaign medium")
      .option("--utm-campaign WORD", fields.utm.campaign, "Campaign name")
      .option("--utm-term WORD", fields.utm.term, "Campaign's search words")
      .option("--utm-content WORD", fields.utm.content, "Campaign's variant")
      .option("--custom KEY=VALUE", options->custom, "A value of your own; may be repeated")
      .option("--tag", options->tags, "A tag; may be repeated")
      .option("--no-greeting", options->no_greeting, "Send nothing to the person")
      .writes()
      .prints([] { return lead_fields().set("duplicate", false); })
      .run([options](Context& context) { return run_lead_add(context, *options); });
}

}  // namespace

std::vector<std::string> split_purposes(const std::vector<std::string>& given) {
  std::vector<std::string> purposes;
  for (const std::string& text : given) {
    for (std::string& purpose : split(text, ',')) {
      if (!purpose.empty()) purposes.push_back(std::move(purpose));
    }
  }
  return purposes;
}

Json lead_object(const App& app, const tenants::Tenant& tenant, const intake::Lead& lead) {
  return intake::to_json(lead).set("booking_url",
                                   intake::booking_url(app.config.base_url, tenant, lead));
}

Json lead_fields() {
  return intake::to_json(intake::Lead{}).set("booking_url", "");
}

Result<intake::Lead> named_lead(App& app, const tenants::Tenant& tenant, const std::string& text) {
  return app.store.read([&](store::Tx& tx) { return intake::find(tx, tenant, text); });
}

void add_lead_commands(Command& root) {
  Command& lead = root.sub("lead").group(Group::intake).summary("People who asked for something");
  add_lead_add(lead);
  add_lead_read_verbs(lead);
  add_lead_change_verbs(lead);
  add_lead_import(lead, "import");
}

}  // namespace flead::cli
