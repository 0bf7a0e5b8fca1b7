// What a request says about a booking, not yet judged by the rules of booking. Callers:
// src/serve/api/bookings.cpp and its fuzz target. Pure and total: any bytes give a value or an
// error.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/booking/booking.h"
#include "core/intake/lead.h"

namespace flead::api {

struct BookingInput {
  booking::NewBooking booking;             // without contact and origin
  std::optional<intake::NewLead> contact;  // to be checked by intake
};

// Errors: bad_json (usage); wrong_type, time_invalid, required (refused, with fields). `contact` is
// an object as POST /api/v1/leads takes it; `consent`, `utm`, `page_url` and the like may also
// stand beside it.
Result<BookingInput> parse_booking_json(std::string_view body);

// The same error with its fields named as members of `contact`.
Error in_contact(Error error);

// The body of an action; an empty one says nothing. `reason` and `starts_at` of move.
Result<booking::Change> parse_change_json(booking::Action action, std::string_view body);

}  // namespace flead::api
