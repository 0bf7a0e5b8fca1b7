// Leads: the person of one tenant, from the first request on. Types and pure rules here, operations
// in leads.cpp, SQL in leads_store.cpp. Callers: POST /api/v1/leads, `flead lead`, import, booking.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::intake {

struct Utm {
  std::string source, medium, campaign, term, content;
};

struct Lead {
  LeadId id;
  TenantId tenant;
  std::string status = "new";  // new contacted replied booked won lost suspect
  std::string name;
  std::optional<std::string> phone;  // E.164
  std::string phone_typed;
  std::string email;
  std::string telegram, vk, whatsapp, max;
  std::string message;
  std::string channel;  // preferred kind, or ""
  std::string locale;   // language of messages to this person: "ru" or "en"
  std::string zone;     // the person's IANA zone, "" when unknown
  std::string source;   // api, form, widget, cli, import
  std::string page_url, referrer;
  Utm utm;
  Json custom = Json::object();
  std::string assignee;
  // Of the person's own links: the id's letters, which find the row, and 32 that nobody can guess.
  std::string link_token;
  std::vector<std::string> tags;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
  std::optional<TimeMs> first_answer_at;  // when our first message was accepted by a channel
  // Since when somebody has to look at this person, and why: asked, unreachable, or an operator's
  // own word. Nothing: nobody has to.
  std::optional<TimeMs> needs_human_at;
  std::string needs_human_why;
};

// Work that a visitor's browser did for a challenge of ours; see proof.h.
struct Proof {
  std::string challenge, nonce;
};

// What came in, not yet checked. Empty means not given.
struct NewLead {
  std::string name, phone, email, telegram, vk, whatsapp, max, message, channel;
  std::string locale, zone;
  std::string page_url, referrer;
  Utm utm;
  std::vector<std::string> consent_purposes;
  std::string consent_version;                                       // of the processing text
  std::map<std::string, std::string, std::less<>> consent_versions;  // by purpose; wins over it
  Json custom = Json::object();
  // Why it is kept and never greeted: trap, no_proof or too_fast; "" for a lead like any other.
  std::string suspicion;
  Proof proof;
  std::optional<std::int64_t> elapsed_ms;  // from the form's opening to Send, as its script says
};

// Where it came from: goes into the raw log, the consent row and the event, by server time.
struct Origin {
  std::string source = "api";  // api form widget cli import, or the operator's own word
  std::string content_type;
  std::string raw_body;
  std::string ip, user_agent;
  std::string actor = "visitor";
  bool greet = true;  // false for imports: people who asked for nothing just now
  // An operator's list of people who came in elsewhere: rows without consent are kept, and what the
  // list says of consent was given to a text that we do not have, so none is named.
  bool vouched = false;
};

// The tenant's settings that intake obeys: `consent.required`, `spam.proof`, `thanks_url`.
struct Rules {
  bool consent_required = true;
  std::string proof = "off";  // off, auto, always
  std::string thanks_url;     // where a plain form goes after success; "" is our page
};
Rules rules_of(const tenants::Settings& settings);  // pure
Result<Rules> load_rules(store::Tx& tx, const TenantId& tenant);

// What a lead had been elsewhere before it came here; "" and nothing: as any new lead. Only imports
// know it.
struct LeadPast {
  std::string status, assignee, source;
  std::optional<TimeMs> created_at;  // never later than now
};

// A NewLead that passed: trimmed, contacts in their stored forms.
struct CheckedLead {
  NewLead input;  // cleaned; phone and email as typed
  LeadPast past;
  std::optional<std::string> phone;  // E.164
  bool phone_unknown_range = false;  // possible by length, but no such range is known
  std::optional<std::string> email_folded;
};
// Every rule of contract 3.1, all broken ones at once, in the order in which a person meets them;
// the error's code is the first one's. Reads no store; costs a phone parse, so it stays outside
// of write transactions.
Result<CheckedLead> check_new_lead(const tenants::Tenant& tenant, const Rules& rules,
                                   const NewLead& input, const Origin& origin);

struct Created {
  Lead lead;  // the first lead when `duplicate`
  bool duplicate = false;
};

// One Tx: raw intake, lead, event, consent rows, job `lead.greet`. A lead with a known phone or
// e-mail (the phone counts first) becomes an event of the first one (`lead.repeated`, with all that
// was typed); that lead is returned unchanged, but for one case: a clean request takes the place of
// a suspect and is greeted as new, for a trap must never swallow a person, nor speak to one. Error
// consent_version_unknown (refused) when the tenant's texts never had that version.
Result<Created> create(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                       const CheckedLead& checked, const Origin& origin);
// All of the above in one call, for callers that make one lead. Errors (refused, with fields):
// contact_required, consent_required, too_long, phone_invalid, email_invalid, channel_unknown,
// custom_invalid, purpose_unknown, characters_invalid.
Result<Created> create(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                       const NewLead& input, const Origin& origin);

Result<Lead> load(store::Tx& tx, const TenantId& tenant, const LeadId& id);  // lead_not_found
// For commands: an id, a phone or an e-mail. Errors: lead_not_found.
Result<Lead> find(store::Tx& tx, const tenants::Tenant& tenant, std::string_view text);
// By the token of the person's own links; nothing when unknown.
// Whose lead it is, for tokens of ours that name a lead alone.
Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const LeadId& id);
Result<std::optional<Lead>> by_link_token(store::Tx& tx, const TenantId& tenant,
                                          std::string_view token);

struct LeadFilter {
  std::string status, channel, tag, assignee;
  std::string source;  // the lead's source, or its utm_source
  // A phone (or its beginning with +), an e-mail (or its beginning with @ in it), else the
  // part of the name, folded, among the newest k_name_search_leads_max. See parse_query().
  std::string query;
  std::string region;              // reads a phone in `query`; "" only reads +7…
  std::optional<TimeMs> from, to;  // created_at in [from, to)
  bool needs_human = false;        // only those
  std::string after_id;            // page key: older than this id
  std::int64_t limit = 50;
};
// Newest first.
Result<std::vector<Lead>> list(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter);
Result<std::int64_t> count(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter);

struct LeadEdit {
  std::optional<std::string> name, phone, email, telegram, vk, whatsapp, max, message, channel;
  std::optional<std::string> status, assignee, locale, zone;
  std::optional<Json> custom;
  std::vector<std::string> add_tags, remove_tags;
  std::optional<std::vector<std::string>> tags;  // the whole set, instead of add and remove
};
// One event `lead.edited` with the names and old values of changed fields; none when nothing
// changed. "" clears a field. A suspect that becomes `new` is greeted: a person has looked at it.
// Errors as create, and contact_taken (conflict), status_unknown, locale_unknown, zone_unknown,
// tag_invalid.
Result<Lead> edit(World& world, store::Tx& tx, const tenants::Tenant& tenant, const LeadId& id,
                  const LeadEdit& edit, std::string_view actor);
struct Event {
  EventId id;
  LeadId lead;
  std::string kind;  // lead.created lead.repeated lead.edited note message.sent booking.created ...
  std::string actor;
  Json data;
  TimeMs at = 0;
};
// The event that it made. Error text_required (refused), too_long.
Result<Event> add_note(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                       std::string_view text, std::string_view actor);

// Moves the status forward for something that happened (new → contacted → replied → booked → won);
// never backwards, never out of suspect; a lost lead that replies or books is alive again. Always
// writes the event. "contacted" also marks the time of our first answer. Used by the outbox and by
// booking.
Status advance(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
               std::string_view status, std::string_view event_kind, const Json& data,
               std::string_view actor);

// Somebody has to look: marks the lead once, with the event `lead.needs_human`. False when it was
// marked already. Used by the inbox and the route.
Result<bool> call_human(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                        std::string_view why);
// Somebody has: the event `lead.human_came`. Nothing when nobody had to.
Status human_came(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                  std::string_view actor);

// A person who wrote to a channel of ours first: a lead without the rules of a form (a messenger
// names no phone, and writing is a request of its own). Texts are cut to their limits; `phone` is
// E.164 or "".
Result<Lead> create_from_channel(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                 NewLead input, std::string_view phone, const Origin& origin);

// The job `lead.greet`: one at a time, and the outbox makes one greeting of a lead.
Status enqueue_greeting(World& world, store::Tx& tx, const Lead& lead);
// The way back when a lead's last booking has gone: "booked" becomes "contacted" when a message of
// ours was accepted, else "new"; any other status stays as it is. Always writes the event, with
// `lead_status` when it changed. Used by booking.
Status step_back(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& id,
                 std::string_view event_kind, const Json& data, std::string_view actor);

Status add_event(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                 std::string_view kind, std::string_view actor, const Json& data);
Result<std::vector<Event>> timeline(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                    std::string_view after_id, std::int64_t limit);  // oldest first

Json to_json(const Lead& lead);  // the API's object; what export and --json show
Json to_json(const Event& event);

// ---- pure rules, used by the forms of others too ----------------------------------------------

bool is_status(std::string_view text);
const std::vector<std::string>& statuses();       // in the order of a lead's life
const std::vector<std::string>& channel_kinds();  // what `channel` may prefer
// Practical RFC 5321: dot-atom (UTF-8 allowed), "@", a domain of at least two labels (IDN as
// UTF-8); no quotes, no address literals, no control characters.
bool valid_email(std::string_view email);
// Lower case for Latin, Greek and Cyrillic; accents stay, for they make another address.
std::string fold_email(std::string_view email);
// "@name", "https://t.me/name", "vk.com/name" → "name".
std::string normalize_handle(std::string_view typed);

// What a query looks for: a range [low, high) of one column; of a name, any that contains `low`.
struct Query {
  enum class Kind { none, phone, email, name };
  Kind kind = Kind::none;
  std::string low, high;
};
Query parse_query(std::string_view text, std::string_view region);

// The person's own booking link: BASE/b/SLUG?t=LINK_TOKEN
std::string booking_url(std::string_view base_url, const tenants::Tenant& tenant, const Lead& lead);

}  // namespace flead::intake
