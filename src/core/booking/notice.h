// What a person is told of a booking: the message with its invite. Called by bookings.cpp inside
// the transaction that changes the booking; the outbox sends it later.
#pragma once

#include <string>
#include <string_view>

#include "core/booking/booking.h"

namespace flead::booking {

// "booking.confirmed", "booking.moved" or "booking.cancelled", once per booking and sequence.
Status tell_person(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead, std::string_view template_name);

}  // namespace flead::booking
