// Money and bookings. What is to be paid first is held for the person until it is paid; what was
// paid is given back or earned by what becomes of the booking. Amounts and terms are those that
// were shown: the booking keeps them. Callers: bookings.cpp, the jobs that payments end with, the
// pages.
#pragma once

#include <optional>
#include <string>

#include "core/booking/booking.h"
#include "core/money/payment.h"

namespace flead::booking {

// Until when a booking that was just made, or a request that was just accepted, waits for its
// payment; nothing when none is taken: it is free, or the tenant takes no payments here.
Result<std::optional<TimeMs>> payment_deadline(const App& app, store::Tx& tx,
                                               const tenants::Tenant& tenant,
                                               const Booking& booking);
// The payment of a held booking, the message with its link, and the job that ends the wait.
Status ask_payment(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead);
// The one that the person is to pay, or may try again; nothing when there is none.
Result<std::optional<money::Payment>> payment_of(store::Tx& tx, const Booking& booking);
// After one that failed, while the time is still held. Errors (conflict): hold_lapsed,
// booking_state, too_many_payments.
Result<money::Payment> pay_again(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                 const Booking& booking);

// What goes back when it is called off: so much of what was paid for it, and no more than what is
// left of that. Nothing when it was to be paid and never was.
Result<std::optional<std::int64_t>> refund_due(store::Tx& tx, const Booking& booking, int percent);
// What a change means for the money: given back, or earned.
Status settle_payment(App& app, store::Tx& tx, const Booking& booking);

// The person of this booking is being erased: what was paid for it is earned when it took place,
// else given back, in a job that names nobody.
Status plan_settling(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                     bool took_place);

// Jobs: booking.settle (see above), booking.paid (confirmed; or, when the time was gone, another
// booking of it, else the money back), booking.unpaid (a payment failed), booking.hold_end (nobody
// paid in time).
jobs::Outcome take_payment(App& app, const jobs::Job& job);
jobs::Outcome note_unpaid(App& app, const jobs::Job& job);
jobs::Outcome settle_erased(App& app, const jobs::Job& job);
jobs::Outcome end_hold(App& app, const jobs::Job& job);

}  // namespace flead::booking
