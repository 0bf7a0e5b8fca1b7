#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/intake/canary.h"
#include "core/intake/consent.h"
#include "core/intake/counters.h"
#include "core/intake/events_store.h"
#include "core/intake/lead.h"
#include "core/intake/lead_create.h"
#include "core/intake/lead_rules.h"
#include "core/intake/leads_store.h"
#include "core/jobs/jobs.h"

namespace flead::intake {

namespace {

Error lead_missing() {
  return not_found("lead_not_found", "There is no such lead.");
}

// Takes the texts out of `checked`: of a large import each is in memory once.
Lead new_lead(World& world, const tenants::Tenant& tenant, CheckedLead& checked,
              const Origin& origin, TimeMs now) {
  NewLead& input = checked.input;
  LeadPast& past = checked.past;
  Lead lead;
  lead.id = new_id<LeadIdTag>(world);
  lead.tenant = tenant.id;
  if (!past.status.empty()) lead.status = std::move(past.status);
  if (!input.suspicion.empty()) lead.status = "suspect";
  lead.name = std::move(input.name);
  lead.phone = checked.phone;
  lead.phone_typed = std::move(input.phone);
  lead.email = std::move(input.email);
  lead.telegram = std::move(input.telegram);
  lead.vk = std::move(input.vk);
  lead.whatsapp = std::move(input.whatsapp);
  lead.max = std::move(input.max);
  lead.message = std::move(input.message);
  lead.channel = std::move(input.channel);
  lead.locale = input.locale;
  lead.zone = std::move(input.zone);
  lead.source = past.source.empty() ? origin.source : std::move(past.source);
  lead.page_url = std::move(input.page_url);
  lead.referrer = std::move(input.referrer);
  lead.utm = std::move(input.utm);
  lead.custom = std::move(input.custom);
  lead.assignee = std::move(past.assignee);
  lead.link_token = make_token(world.random, id_suffix(lead.id.text()));
  lead.created_at = std::min(past.created_at.value_or(now), now);
  lead.updated_at = now;
  return lead;
}

void set_given(Json& json, std::string_view key, const std::string& text) {
  if (!text.empty()) json.set(key, text);
}

// All that was typed, for the event of a lead that came again: nothing of it is a column anywhere.
Json typed(const Lead& input) {
  Json json = Json::object();
  set_given(json, "name", input.name);
  set_given(json, "phone", input.phone_typed);
  set_given(json, "email", input.email);
  set_given(json, "telegram", input.telegram);
  set_given(json, "vk", input.vk);
  set_given(json, "whatsapp", input.whatsapp);
  set_given(json, "max", input.max);
  set_given(json, "message", input.message);
  set_given(json, "channel", input.channel);
  set_given(json, "page_url", input.page_url);
  set_given(json, "referrer", input.referrer);
  Json utm = Json::object();
  set_given(utm, "source", input.utm.source);
  set_given(utm, "medium", input.utm.medium);
  set_given(utm, "campaign", input.utm.campaign);
  set_given(utm, "term", input.utm.term);
  set_given(utm, "content", input.utm.content);
  if (!utm.members().empty()) json.set("utm", std::move(utm));
  if (!input.custom.members().empty()) json.set("custom", input.custom);
  return json;
}

Json event_data(const Lead& came, const CheckedLead& checked, const Origin& origin, bool repeated) {
  Json data = repeated ? typed(came) : Json::object();
  data.set("source", origin.source);
  if (!repeated) set_given(data, "page_url", came.page_url);
  set_given(data, "suspect", checked.input.suspicion);
  if (checked.phone_unknown_range) data.set("phone_unknown_range", true);
  if (!checked.input.consent_purposes.empty()) {
    Json purposes = Json::array();
    for (const std::string& purpose : checked.input.consent_purposes) purposes.push(purpose);
    data.set("consent", std::move(purposes));
  }
  return data;
}

Event came_event(World& world, const Lead& came, const CheckedLead& checked, const Origin& origin,
                 bool repeated, TimeMs now) {
  Event event;
  event.id = new_id<EventIdTag>(world);
  event.kind = repeated ? "lead.repeated" : "lead.created";
  event.actor = origin.actor;
  event.data = event_data(came, checked, origin, repeated);
  event.at = now;
  return event;
}

// A suspect's request proves nothing about what a person agreed to.
Status record_consents(World& world, store::Tx& tx, const Lead& lead, const CheckedLead& checked,
                       const Origin& origin, std::string_view page_url, TimeMs now) {
  const NewLead& input = checked.input;
  if (input.consent_purposes.empty() || !input.suspicion.empty()) return {};
  for (const std::string& purpose : input.consent_purposes) {
    leads_store::ConsentText text;
    std::string version = purpose == "processing" ? input.consent_version : std::string();
    const auto own = input.consent_versions.find(purpose);
    if (own != input.consent_versions.end()) version = own->second;
    if (!origin.vouched || !version.empty()) {
      FLEAD_TRY(text, consent_text(tx, lead.tenant, purpose, version, input.locale));
    }
    FLEAD_CHECK(leads_store::insert_consent(world, tx, lead, purpose, text, origin, page_url, now));
  }
  return {};
}

Status count_new(store::Tx& tx, const tenants::Tenant& tenant, const Lead& lead) {
  const bool suspect = lead.status == "suspect";
  FLEAD_CHECK(count(tx, tenant, lead.created_at, suspect ? k_metric_suspects : k_metric_leads,
                    suspect ? std::string() : source_label(lead)));
  return count_status(tx, tenant.id, "", lead.status);
}

// A person whose contact a robot had used before: nothing that the robot typed may reach them, so
// the lead becomes what they typed. What stood there stays in the timeline. A contact that belongs
// to a third lead by now stays with that one.
Status replace_suspect(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                       const CheckedLead& checked, const Origin& origin, const Lead& came,
                       Lead& suspect) {
  const Lead before = suspect;
  Lead lead = came;
  lead.id = before.id;
  lead.link_token = before.link_token;
  lead.assignee = before.assignee;
  lead.tags = before.tags;
  lead.created_at = before.created_at;
  std::optional<std::string> email_folded = checked.email_folded;
  FLEAD_TRY(const auto by_phone, leads_store::find_taken(tx, tenant.id, lead.phone, std::nullopt));
  if (by_phone && by_phone->id != lead.id) lead.phone.reset();
  FLEAD_TRY(const auto by_email,
            leads_store::find_taken(tx, tenant.id, std::nullopt, email_folded));
  if (by_email && by_email->id != lead.id) email_folded.reset();
  FLEAD_CHECK(leads_store::replace(tx, lead, email_folded));
  FLEAD_CHECK(count(tx, tenant, lead.created_at, k_metric_suspects, "", -1));
  FLEAD_CHECK(count(tx, tenant, lead.created_at, k_metric_leads, source_label(lead)));
  FLEAD_CHECK(count_status(tx, tenant.id, before.status, lead.status));
  suspect = std::move(lead);
  return add_event(world, tx, tenant.id, before.id, "lead.cleared", origin.actor,
                   Json::object({{"before", to_json(before)}}));
}

}  // namespace

Rules rules_of(const tenants::Settings& settings) {
  Rules rules;
  rules.consent_required = settings["consent.required"] != "false";
  rules.proof = settings["spam.proof"];
  rules.thanks_url = settings["thanks_url"];
  return rules;
}

Result<Rules> load_rules(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const auto settings, tenants::load_settings(tx, tenant));
  return rules_of(settings);
}

PreparedLead prepare(World& world, const tenants::Tenant& tenant, CheckedLead checked,
                     const Origin& origin) {
  const TimeMs now = world.clock.now();
  PreparedLead prepared;
  Lead lead = new_lead(world, tenant, checked, origin, now);
  prepared.created = events_store::new_event(came_event(world, lead, checked, origin, false, now));
  prepared.row = leads_store::new_row(std::move(lead), checked.email_folded);
  prepared.raw = new_id<RawIdTag>(world);
  prepared.checked = std::move(checked);
  return prepared;
}

Result<Created> insert_prepared(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                const PreparedLead& prepared, const Origin& origin) {
  const TimeMs now = prepared.created.at;
  const CheckedLead& checked = prepared.checked;
  const Lead& came = prepared.row.lead;
  FLEAD_TRY(const bool inserted, leads_store::insert(tx, prepared.row));
  Created created;
  created.lead = came;
  bool greet = inserted && origin.greet && came.status == "new";
  if (!inserted) {
    FLEAD_TRY(auto first, leads_store::find_taken(tx, tenant.id, came.phone, checked.email_folded));
    if (!first) return internal_error("A lead was refused by the store without a reason.");
    created.lead = std::move(*first);
    created.duplicate = true;
    if (created.lead.status == "suspect" && checked.input.suspicion.empty()) {
      FLEAD_CHECK(replace_suspect(world, tx, tenant, checked, origin, came, created.lead));
      greet = origin.greet;
    }
  }
  if (inserted) FLEAD_CHECK(count_new(tx, tenant, created.lead));
  FLEAD_CHECK(leads_store::insert_raw(tx, prepared.raw, tenant.id, created.lead.id, origin, now));
  FLEAD_CHECK(events_store::insert(
      tx, tenant.id, created.lead.id,
      inserted ? prepared.created
               : events_store::new_event(came_event(world, came, checked, origin, true, now))));
  FLEAD_CHECK(record_consents(world, tx, created.lead, checked, origin, came.page_url, now));
  if (greet) FLEAD_CHECK(enqueue_greeting(world, tx, created.lead));
  return created;
}

Result<Created> create(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                       const CheckedLead& checked, const Origin& origin) {
  if (checked.input.custom.find(k_canary_field) != nullptr) {
    FLEAD_TRY(auto canary, create_canary(world, tx, tenant, checked, origin));
    if (canary) return std::move(*canary);
  }
  return insert_prepared(world, tx, tenant, prepare(world, tenant, checked, origin), origin);
}

Result<Created> create(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                       const NewLead& input, const Origin& origin) {
  FLEAD_TRY(const Rules rules, load_rules(tx, tenant.id));
  FLEAD_TRY(const CheckedLead checked, check_new_lead(tenant, rules, input, origin));
  return create(world, tx, tenant, checked, origin);
}

Result<Lead> load(store::Tx& tx, const TenantId& tenant, const LeadId& id) {
  FLEAD_TRY(auto found, leads_store::maybe(tx, tenant, id));
  if (!found) return lead_missing();
  return std::move(*found);
}

Result<Lead> find(store::Tx& tx, const tenants::Tenant& tenant, std::string_view text) {
  if (is_id(text, LeadIdTag::k_prefix)) return load(tx, tenant.id, LeadId(std::string(text)));
  const Query query = parse_query(text, tenant.region);
  std::optional<std::string> phone;
  std::optional<std::string> email;
  if (query.kind == Query::Kind::phone) phone = query.low;
  if (query.kind == Query::Kind::email) email = query.low;
  if (phone || email) {
    FLEAD_TRY(auto found, leads_store::find_taken(tx, tenant.id, phone, email));
    if (found) return std::move(*found);
  }
  return lead_missing();
}

Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const LeadId& id) {
  return leads_store::tenant_of(tx, id);
}

Result<std::optional<Lead>> by_link_token(store::Tx& tx, const TenantId& tenant,
                                          std::string_view token) {
  if (token.empty()) return std::optional<Lead>();
  return leads_store::by_link_token(tx, tenant, token);
}

Result<std::vector<Lead>> list(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter) {
  return leads_store::list(tx, tenant, filter);
}

Result<std::int64_t> count(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter) {
  return leads_store::count(tx, tenant, filter);
}

Status advance(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
               std::string_view status, std::string_view event_kind, const Json& data,
               std::string_view actor) {
  // Earlier states, from which something that happened moves a lead on. `lost` is left by whoever
  // replies or books, not by a message of ours.
  constexpr std::array<std::string_view, 6> k_order = {"new",     "contacted", "lost",
                                                       "replied", "booked",    "won"};
  leads_store::Advance step;
  step.status = status;
  for (const std::string_view earlier : k_order) {
    if (earlier == status) break;
    step.from.push_back(earlier);
  }
  FLEAD_ASSERT(step.from.size() < k_order.size());
  step.first_answer = status == "contacted";
  const TimeMs now = world.clock.now();
  FLEAD_TRY(const auto before, leads_store::advance(tx, tenant, id, step, now));
  if (!before) return lead_missing();
  const bool moved =
      std::find(step.from.begin(), step.from.end(), before->status) != step.from.end();
  if (moved) FLEAD_CHECK(count_status(tx, tenant, before->status, status));
  if (step.first_answer && !before->answered) {
    FLEAD_CHECK(count(tx, tenant, now, k_metric_answered, ""));
    FLEAD_CHECK(count(tx, tenant, now, k_metric_answer_ms, "", now - before->created_at));
  }
  return add_event(world, tx, tenant, id, event_kind, actor, data);
}

Result<bool> call_human(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                        std::string_view why) {
  FLEAD_TRY(const bool marked,
            leads_store::set_needs_human(tx, tenant, id, world.clock.now(), why));
  if (!marked) return false;
  FLEAD_CHECK(
      add_event(world, tx, tenant, id, "lead.needs_human", "system", Json::object({{"why", why}})));
  return true;
}

Status human_came(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                  std::string_view actor) {
  FLEAD_TRY(const bool cleared, leads_store::set_needs_human(tx, tenant, id, std::nullopt, ""));
  if (!cleared) return {};
  return add_event(world, tx, tenant, id, "lead.human_came", actor, Json::object());
}

Result<Lead> create_from_channel(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                 NewLead input, std::string_view phone, const Origin& origin) {
  const auto cut = [](std::string& text, std::size_t max) { text = utf8_prefix(text, max); };
  cut(input.name, k_name_characters_max);
  cut(input.message, k_message_characters_max);
  for (std::string* handle : {&input.telegram, &input.vk, &input.whatsapp, &input.max}) {
    cut(*handle, k_handle_characters_max);
  }
  CheckedLead checked;
  std::vector<FieldError> errors;  // what is left of them is control characters, which are dropped
  clean_texts(input, errors);
  for (std::string* text :
       {&input.name, &input.message, &input.telegram, &input.vk, &input.whatsapp, &input.max}) {
    if (!valid_utf8(*text)) *text = repair_utf8(*text);
  }
  if (!phone.empty()) checked.phone = phone;
  checked.input = std::move(input);
  FLEAD_TRY(Created created,
            insert_prepared(world, tx, tenant, prepare(world, tenant, std::move(checked), origin),
                            origin));
  return std::move(created.lead);
}

Status enqueue_greeting(World& world, store::Tx& tx, const Lead& lead) {
  jobs::NewJob job;
  job.kind = "lead.greet";
  job.payload = Json::object({{"lead", lead.id.text()}});
  job.tenant = lead.tenant;
  job.subject_id = lead.id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

Status step_back(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                 std::string_view event_kind, const Json& data, std::string_view actor) {
  FLEAD_TRY(const Lead lead, load(tx, tenant, id));
  Json said = data;
  if (lead.status == "booked") {
    const std::string_view before = lead.first_answer_at ? "contacted" : "new";
    FLEAD_CHECK(leads_store::set_status(tx, tenant, id, before, world.clock.now()));
    FLEAD_CHECK(count_status(tx, tenant, lead.status, before));
    said.set("lead_status", before);
  }
  return add_event(world, tx, tenant, id, event_kind, actor, said);
}

Status add_event(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                 std::string_view kind, std::string_view actor, const Json& data) {
  Event event;
  event.id = new_id<EventIdTag>(world);
  event.lead = lead;
  event.kind = kind;
  event.actor = actor;
  event.data = data;
  event.at = world.clock.now();
  return events_store::insert(tx, tenant, event);
}

Result<std::vector<Event>> timeline(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                    std::string_view after_id, std::int64_t limit) {
  return events_store::list(tx, tenant, lead, after_id, limit);
}

}  // namespace flead::intake
