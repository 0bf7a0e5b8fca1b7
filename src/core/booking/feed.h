// A host's bookings as a calendar to subscribe to, under an address that nobody can guess. Callers:
// GET /c/feed/{file}, `flead calendar feed`. Whoever has the address reads who comes when: it can
// be changed, and then the old one is nobody's.
#pragma once

#include <string>
#include <string_view>

#include "core/app.h"
#include "core/base/result.h"
#include "core/booking/booking.h"
#include "core/booking/offer.h"
#include "core/tenants/tenant.h"

namespace flead::booking {

enum class FeedChange { keep, rotate, close };
// The token after it, "" when there is none: `keep` makes one where there was none, `rotate` makes
// another, `close` takes it away. Errors of find_host.
Result<std::string> change_feed(World& world, store::Tx& tx, const TenantId& tenant,
                                std::string_view host, FeedChange change);

// BASE/c/feed/TOKEN.ics
std::string feed_url(std::string_view base_url, std::string_view token);

// A booking as its host's calendar shows it: who comes, by the first name alone or with all that is
// needed to reach them, and no link of the person's own.
Result<Appointment> host_entry(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                               const Booking& booking, bool with_contact);

// What takes the host's time from k_feed_past_ms ago on, as METHOD PUBLISH. The same bookings are
// the same bytes. Error not_found when the token is nobody's.
Result<std::string> write_host_feed(App& app, store::Tx& tx, std::string_view token);

}  // namespace flead::booking
