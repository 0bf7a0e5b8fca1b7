// The waiting list: who wants a place of an offer that has none. A place that comes free is kept
// for whoever waits longest and wants its time; what they don't take in `waitlist.offer` goes to
// the next. SQL in waitlist_store.cpp. Callers: bookings.cpp and request.cpp (a place came free),
// the worker, the pages /b/…/wait and /wait/{token}, `flead waitlist`, /api/v1/waitlist.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/booking/booking.h"
#include "core/jobs/jobs.h"

namespace flead::booking {

FLEAD_ID(WaitId, "wait");

struct Wait {
  WaitId id;
  TenantId tenant;
  OfferId offer;
  std::string offer_slug;
  LeadId lead;
  std::string status = "waiting";  // waiting offered booked lapsed left
  std::string token;               // the person's page: /wait/TOKEN
  std::string zone;                // IANA, how the person reads a clock
  TimeMs from = 0;                 // wants a start in [from, to)
  TimeMs to = std::numeric_limits<TimeMs>::max();
  std::optional<BookingId> hold;  // kept for them while it is offered
  std::optional<TimeMs> offered_until;
  TimeMs created_at = 0, updated_at = 0;
};

struct NewWait {
  std::string offer;                           // slug; "" is the only one
  std::optional<LeadId> lead;                  // who: this lead,
  std::optional<intake::CheckedLead> contact;  // or a contact that becomes one
  intake::Origin origin;                       // of the contact
  std::string zone;                            // "" is the lead's, else the tenant's
  TimeMs from = 0;
  TimeMs to = std::numeric_limits<TimeMs>::max();
};
// Who waits already, by their lead, is returned as they are, with the new times; by a contact that
// was typed nothing of it is changed or returned but "waiting" without a token. A suspect's wish is
// returned with status "left" and not kept. Errors: offer_not_found, lead_not_found,
// person_required, times_invalid, waitlist_full (refused).
Result<Wait> join_waitlist(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                           const NewWait& input);
// By the person or the operator; a kept place goes to the next. wait_not_found.
Result<Wait> leave_waitlist(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                            const WaitId& id);
// The offered place becomes a booking; of `chosen` format, amount and price_version count. Errors:
// wait_not_found, offer_lapsed (conflict), those of book about the price.
Result<Booking> take_place(App& app, store::Tx& tx, const tenants::Tenant& tenant, const WaitId& id,
                           const NewBooking& chosen = {});

Result<Wait> load_wait(store::Tx& tx, const TenantId& tenant, const WaitId& id);
Result<std::optional<Wait>> wait_by_token(store::Tx& tx, std::string_view token);
struct WaitFilter {
  std::string offer, status;  // slugs and names; "" is any
  std::string after_id;
  std::int64_t limit = k_page_default;
};
Result<std::vector<Wait>> list_waits(store::Tx& tx, const TenantId& tenant,
                                     const WaitFilter& filter);  // longest first

// A time of this host came free, or will at `at` (a hold that lapses then): somebody may wait for
// it. Nothing is done for a time that is free now and that nobody waits for.
Status place_freed(World& world, store::Tx& tx, const TenantId& tenant, const HostId& host,
                   TimeSpan time, TimeMs at = 0);
jobs::Outcome offer_places(App& app, const jobs::Job& job);  // waitlist.offer
jobs::Outcome lapse_place(App& app, const jobs::Job& job);   // waitlist.lapse

std::string wait_url(std::string_view base_url, const Wait& wait);  // BASE/wait/TOKEN
Json to_json(const Wait& wait, std::string_view base_url);

}  // namespace flead::booking
