// Cal.com as the calendar of an offer: the connection, what it tells and what we ask. Its webhook
// is sent once and proves nothing but that it was sent, so a call only says which booking to read;
// and every k_calcom_every_ms what has changed is read without being told. Types and operations
// here, in calcom_links.cpp and calcom_sync.cpp; SQL in calcom_store.cpp. Callers: `flead offer
// calcom`, /hooks/calcom, the worker, `flead doctor`, erasure. Never asks the network inside a
// transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/booking/booking.h"
#include "core/booking/calcom.h"
#include "core/jobs/jobs.h"

namespace flead::booking {

FLEAD_ID(CalcomLinkId, "ccl");

inline constexpr std::string_view k_calcom = "calcom";  // kept_by, actor, source, path of the hook
inline constexpr std::int64_t k_calcom_every_ms = 10 * k_minute_ms;
// Nobody has read it for so long: what happened there is not known here, and people are told.
inline constexpr std::int64_t k_calcom_stale_ms = 2 * k_hour_ms;

struct CalcomLink {
  CalcomLinkId id;
  TenantId tenant;
  OfferId offer;
  std::string offer_slug;
  std::string base_url, ca_file, username;
  std::int64_t event_type = 0;
  std::string event_slug;
  std::string page;               // where people book
  std::string webhook;            // its id there; "": Cal.com is only asked
  std::optional<TimeMs> seen_at;  // the newest change that was read, by their clock
  std::optional<TimeMs> synced_at, tried_at;
  std::string error;  // of the last try; "" when it went well
  TimeMs created_at = 0, updated_at = 0;
  std::string hook_says;  // never stored: why its webhook could not be made or taken away just now
};

struct NewCalcom {
  std::string offer;       // slug
  std::string key;         // of its API
  std::string event_type;  // number or slug
  std::string base_url;    // of its API; "": Cal.com's own
  std::string page;        // "": what Cal.com says it is
  std::string ca_file;
  // Whether it calls us: not said, it does where our address can be reached from outside.
  std::optional<bool> hook;
};
// Asks who the key belongs to, finds the type, makes or takes over our webhook, and only then keeps
// it all; what is coming up there is read by the first job. Connected again, what is "" stays as it
// is. A webhook that can't be made is no error: `hook_says` is why,
// and Cal.com is asked instead. Errors: offer_not_found, offer_in_pool (conflict), key_missing;
// event_type_needed (usage), event_type_unknown, event_type_seated, page_needed, url_invalid
// (refused); foreign_denied (refused) for Cal.com's own where channels.foreign is deny;
// calcom_unreachable, calcom_refused, calcom_answer (provider).
Result<CalcomLink> connect_calcom(App& app, const tenants::Tenant& tenant, const NewCalcom& input);
// Takes our webhook away there, where that still can be done. What is booked stays, as ours from
// now on. Error calcom_not_connected (not found).
Result<CalcomLink> disconnect_calcom(App& app, const tenants::Tenant& tenant,
                                     std::string_view offer);
// Reads what has changed now. Errors as connect_calcom, and calcom_not_connected.
Result<CalcomLink> sync_calcom(App& app, const tenants::Tenant& tenant, std::string_view offer);

Result<std::optional<CalcomLink>> calcom_of(store::Tx& tx, const OfferId& offer);
Result<std::vector<CalcomLink>> list_calcom(store::Tx& tx, const TenantId& tenant);
bool is_stale(const CalcomLink& link, TimeMs now);  // pure
// Asks Cal.com whether our webhook still is there as we made it: why not, "" when it is or when
// none was wanted.
std::string calcom_hook_trouble(App& app, const CalcomLink& link);

// ---- their calls -----------------------------------------------------------------------------

std::string calcom_hook_url(std::string_view base_url, const CalcomLinkId& id);
// The link with the word that its calls are signed with. bad_signature (unauthorized) for a link
// that there is not: a stranger learns nothing.
struct CalcomSigned {
  CalcomLink link;
  std::string hook_secret;
};
Result<CalcomSigned> calcom_for_call(App& app, store::Tx& tx, const CalcomLinkId& id);
// The call as it came and the job that reads the booking; a repeat of it changes nothing.
Status keep_calcom_call(App& app, store::Tx& tx, const CalcomLink& link, const calcom::Call& call,
                        std::string_view raw);

struct CalcomCall {
  std::string id;  // raw_…
  std::string uid, body;
  TimeMs received_at = 0;
  std::optional<TimeMs> read_at;
};
Result<std::vector<CalcomCall>> list_calcom_calls(store::Tx& tx, const CalcomLinkId& link,
                                                  std::int64_t limit);  // newest first

// ---- jobs and what they make true ------------------------------------------------------------

Result<bool> has_calcom(store::Tx& tx);
Status ensure_calcom_jobs(World& world, store::Tx& tx);
jobs::Outcome poll_calcom(App& app, const jobs::Job& job);       // calcom.poll
jobs::Outcome read_calcom_call(App& app, const jobs::Job& job);  // calcom.read

struct CalcomNews {
  calcom::Booking booking;
  bool ended = false;       // it was told that the meeting is over
  bool first_look = false;  // what was called off before we came makes no leads
};
// Makes true here what a booking is there, in one transaction. The same news twice, or older than
// what is known, changes nothing.
Status apply_calcom(App& app, store::Tx& tx, const CalcomLink& link, const CalcomNews& news);

Json to_json(const CalcomLink& link);
Json to_json(const CalcomCall& call);

}  // namespace flead::booking
