// Reminders before a meeting: a job for each, made when the booking is confirmed or moved. Callers:
// bookings.cpp (plan_reminders), the worker (remind). A job that finds another booking than it was
// made for says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/booking/booking.h"

namespace flead::booking {

// The setting `booking.reminders`: "24h,1h" is a day and an hour before, the longest first; "off"
// is none. Nothing for what is neither: up to 5 different times of 1m to 30d. Pure.
std::optional<std::vector<std::int64_t>> parse_reminders(std::string_view text);

// The jobs of a confirmed booking, within the transaction that confirms or moves it. A time that
// has passed is left out.
Status plan_reminders(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                      const Booking& booking);

// The job handler `booking.remind`. Says nothing when the booking is not confirmed any more or has
// another start, when it has begun, when its lead is gone, when the tenant has given up this
// reminder, or when a nearer one is due as well (a worker that stood still).
jobs::Outcome remind(App& app, const jobs::Job& job);

}  // namespace flead::booking
