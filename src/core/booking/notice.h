// What a person is told of a booking: the message with its invite. Called by bookings.cpp inside
// the transaction that changes the booking, and by reminder.cpp; the outbox sends it later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/booking/booking.h"

namespace flead::booking {

// "booking.confirmed", "booking.moved", "booking.cancelled" and the like, once per booking and
// sequence.
Status tell_person(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead, std::string_view template_name);
// "operator.request" to the host's own address, or else to where operators are told
// (`operator.notify`): with neither, lists are all there is. `decide_url` may be "".
Status tell_host(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                 const intake::Lead& lead, std::string_view decide_url);
// What a host hears of a meeting that they did not decide on themselves.
enum class HostNews { booked, moved, cancelled, unpaid, paid_late };
// "operator.booking", to where tell_host sends, once per booking, sequence and news; nothing when
// the tenant's `host.notify` is false.
Status tell_host_news(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                      const Booking& booking, const intake::Lead& lead, HostNews news);
// The same of a booking moved or called off, when its host knew of it before.
Status tell_host_change(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const Booking& before, const Booking& booking, const intake::Lead& lead,
                        Action action);
// "booking.reminder", once per booking, sequence and time before it; never sent after the start.
Status remind_person(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                     const intake::Lead& lead, std::int64_t before_ms);

// "person.link" on the way that reaches them; asked again within an hour it is the same message.
Status send_person_link(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const intake::Lead& lead, std::string_view url);
// "host.link" to the host's own address. Error email_missing (refused).
Status send_host_link(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Host& host,
                      std::string_view url);
// "booking.waiting": a place that `held` keeps came free for who waits; never sent after `until`.
Status tell_waiting(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& held,
                    const intake::Lead& lead, std::string_view zone, std::string_view url,
                    TimeMs until);
// "booking.pay": the time is held until it is paid, at `pay_url`; `again` after a payment failed.
Status tell_to_pay(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead, std::string_view pay_url, bool again);
// "booking.review", once per booking: a meeting took place. Nothing when the tenant asks nobody
// (`review.ask`) or when it is longer ago than k_review_ask_days_max.
Status ask_review(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                  const intake::Lead& lead);

}  // namespace flead::booking
