// A meeting that nobody said anything about took place: some time after its end it is completed by
// itself. Callers: bookings.cpp plans it, the worker does it.
#pragma once

#include "core/app.h"
#include "core/booking/booking.h"
#include "core/jobs/jobs.h"

namespace flead::booking {

// For a confirmed booking, by `booking.complete_after`; nothing when that is "off".
Status plan_completion(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                       const Booking& booking);
jobs::Outcome complete(App& app, const jobs::Job& job);  // booking.complete

}  // namespace flead::booking
