// Requests: bookings that wait for the host's word. Whoever asks is told so, the host is told with
// a link that decides, and what nobody answers in time ends by itself. Callers: bookings.cpp, the
// page /r/, `flead request`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/app.h"
#include "core/base/crypto.h"
#include "core/booking/booking.h"
#include "core/jobs/jobs.h"

namespace flead::booking {

// Tells both and plans the end; for a booking that has just been asked for.
Status open_request(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                    const intake::Lead& lead);

// When a request ends that nobody answers: `request.expire` after it was made, never later than its
// start. Pure.
TimeMs request_ends_at(const Booking& booking, std::int64_t expire_ms);

jobs::Outcome expire_request(App& app, const jobs::Job& job);  // booking.request_expire

// The token of /r/{token}: the booking's letters and a mac. It says who may decide, not what: the
// page asks, and a GET never decides. It is good for this request alone: one that is decided, moved
// or over can't be decided by it. "" without a key.
std::string make_decision_token(const SealKey& key, const BookingId& booking);
std::optional<BookingId> read_decision_token(const SealKey& key, std::string_view token);

}  // namespace flead::booking
