#include "core/booking/pay.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calendar.h"
#include "core/booking/notice.h"
#include "core/booking/offers_store.h"
#include "core/booking/waitlist.h"

namespace flead::booking {

namespace {

// A request that was accepted is answered when the person looks, not at once.
constexpr std::int64_t k_accepted_wait_ms = k_day_ms;
constexpr std::size_t k_pay_tries_max = 10;                 // payments of one booking
constexpr std::int64_t k_hold_unset_ms = 75 * k_minute_ms;  // checked when it was set

Result<std::int64_t> hold_ms(const App& app, store::Tx& tx, const TenantId& tenant,
                             const money::PayAccount& account) {
  const money::PayProvider* provider = money::find_pay_provider(account.provider);
  if (provider != nullptr && !provider->can.online) return provider->can.pay_ms;
  FLEAD_TRY(const std::string text, tenants::setting(app, tx, tenant, "payment.hold"));
  return parse_duration_ms(text).value_or(k_hold_unset_ms);
}

// "Consultation, 2026-12-01 12:00": what the payer reads, and the receipt.
Result<std::string> text_of(store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                            std::string_view language) {
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
  auto zone = Zone::load(booking.visitor_zone);
  if (!zone) zone = Zone::utc();
  const std::string when = format_wall_long(zone->wall(booking.starts_at), language);
  return std::string(utf8_prefix(offer.name + ", " + when, 128));
}

Result<money::Payment> new_payment(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                   const Booking& booking, const intake::Lead& lead,
                                   const money::PayAccount& account) {
  money::NewPayment input;
  input.lead = lead.id;
  input.purpose = "booking";
  input.subject = booking.id.text();
  input.amount = booking.price;
  input.language = lead.locale.empty() ? tenant.locale : lead.locale;
  FLEAD_TRY(input.text, text_of(tx, tenant, booking, input.language));
  input.payee = booking.host.text();
  FLEAD_TRY(const std::string share, tenants::setting(app, tx, tenant.id, "payment.share"));
  input.share_percent = parse_percent(share).value_or(0);
  FLEAD_TRY(const std::string fee, tenants::setting(app, tx, tenant.id, "payment.fee"));
  input.fee_by_payee = fee == "expert";
  input.hold_until = booking.held_until;
  const money::PayProvider* provider = money::find_pay_provider(account.provider);
  if (provider != nullptr && provider->can.saves_methods) {
    FLEAD_TRY(const std::string saves,
              tenants::setting(app, tx, tenant.id, "payment.save_methods"));
    if (saves == "true") input.saving = money::Saving::offered;
  }
  return money::create_payment(app, tx, account, input);
}

Status plan_hold_end(App& app, store::Tx& tx, const Booking& booking) {
  jobs::NewJob job;
  job.kind = "booking.hold_end";
  job.payload = Json::object({{"booking", booking.id.text()}});
  job.tenant = booking.tenant;
  job.subject_id = booking.id.text();
  job.run_at = booking.held_until.value_or(0);
  job.unique_key = "booking.hold_end:" + booking.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Result<std::optional<Booking>> locked(store::Tx& tx, const TenantId& tenant, const BookingId& id) {
  FLEAD_TRY(auto booking, booking_by_id(tx, tenant, id));
  if (!booking) return booking;
  FLEAD_CHECK(lock_host(tx, booking->host));
  return booking_by_id(tx, tenant, id);
}

// Of several payments that were made for one booking the first is for it; others were one too many.
bool is_the_one(const std::vector<money::Payment>& all, const money::Payment& payment) {
  return payment.state == "succeeded" &&
         std::none_of(all.begin(), all.end(), [&](const money::Payment& other) {
           return other.state == "succeeded" && std::pair(other.succeeded_at, other.id) <
                                                    std::pair(payment.succeeded_at, payment.id);
         });
}

// All of it that was not given back before, as nothing was got for it; once for one reason.
Status give_back(App& app, store::Tx& tx, const money::Payment& payment, std::string_view why) {
  money::NewRefund refund;
  FLEAD_TRY(refund.amount_minor, money::left_of(tx, payment));
  refund.why = why;
  refund.unique_key = "nothing_for_it";
  auto made = money::refund_payment(app, tx, payment, refund);
  if (!made && made.error().kind != ErrorKind::refused) return made.error();
  return {};
}

// The time was gone when the money came: it again, if it is free still, else the money back.
Status rebook(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& lost,
              const money::Payment& payment) {
  FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, *lost.lead));
  Filter same;
  same.lead = lead.id;
  same.offer = lost.offer_slug;
  same.from = lost.starts_at;
  same.to = lost.starts_at + 1;
  FLEAD_TRY(const auto theirs, list(tx, tenant.id, same));
  const bool has_it = std::any_of(theirs.begin(), theirs.end(), [&](const Booking& one) {
    return one.price_version == lost.price_version && takes_time(one.state);
  });
  if (has_it) return give_back(app, tx, payment, "paid twice");
  NewBooking wish;
  wish.offer = lost.offer_slug;
  wish.starts_at = lost.starts_at;
  wish.lead = lead.id;
  wish.zone = lost.visitor_zone;
  wish.origin.actor = "payment";
  wish.paid = lost;
  const auto again = book(app, tx, tenant, wish);
  if (again) return money::set_subject(tx, payment.id, again->id.text());
  if (again.error().kind != ErrorKind::conflict && again.error().kind != ErrorKind::refused &&
      again.error().kind != ErrorKind::not_found) {
    return again.error();
  }
  FLEAD_CHECK(give_back(app, tx, payment, "paid too late"));
  FLEAD_CHECK(tell_host_news(app, tx, tenant, lost, lead, HostNews::paid_late));
  return tell_person(app, tx, tenant, lost, lead, "booking.paid_late");
}

Status expire_unpaid(App& app, store::Tx& tx, Booking& booking) {
  booking.state = State::expired;
  booking.updated_at = app.world.clock.now();
  ++booking.sequence;
  FLEAD_CHECK(update_booking(tx, booking));
  return place_freed(app.world, tx, booking.tenant, booking.host,
                     {booking.starts_at, booking.busy_until});
}

Status take_payment_now(App& app, store::Tx& tx, const TenantId& tenant_id,
                        const money::PaymentId& id) {
  FLEAD_TRY(const auto payment, money::load_payment(tx, tenant_id, id));
  if (payment.state != "succeeded") return {};
  FLEAD_TRY(auto booking, locked(tx, tenant_id, BookingId(payment.subject)));
  if (!booking || !booking->lead) return give_back(app, tx, payment, "there is no booking");
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  FLEAD_TRY(const auto all, money::payments_of(tx, tenant_id, payment.subject));
  if (!is_the_one(all, payment)) return give_back(app, tx, payment, "paid twice");
  switch (booking->state) {
    case State::held: {
      const TimeMs now = app.world.clock.now();
      if (booking->held_until.value_or(0) > now) {
        Change change;
        change.id = booking->id;
        change.action = Action::confirm;
        change.actor = k_payment_actor;
        FLEAD_CHECK(booking::change(app, tx, tenant, change));
        return {};
      }
      FLEAD_CHECK(expire_unpaid(app, tx, *booking));
      return rebook(app, tx, tenant, *booking, payment);
    }
    case State::expired:
      return rebook(app, tx, tenant, *booking, payment);
    case State::cancelled:
    case State::declined: {
      // Called off when the money was there already: it was settled then.
      FLEAD_TRY(const bool settled, money::is_settled(tx, payment));
      return settled ? Status() : give_back(app, tx, payment, "the meeting was cancelled");
    }
    case State::completed:
    case State::no_show:
      return settle_payment(app, tx, *booking);  // paid when it was over
    case State::requested:
    case State::confirmed:
      return {};
  }
  return {};
}

Status end_hold_now(App& app, store::Tx& tx, const TenantId& tenant_id, const BookingId& id) {
  FLEAD_TRY(auto booking, locked(tx, tenant_id, id));
  if (!booking || !booking->lead) return {};
  const bool lapsed =
      booking->state == State::held && booking->held_until.value_or(0) <= app.world.clock.now();
  if (!lapsed && booking->state != State::expired) return {};
  FLEAD_TRY(const auto payments, money::payments_of(tx, tenant_id, booking->id.text()));
  const bool paid = std::any_of(payments.begin(), payments.end(),
                                [](const auto& one) { return one.state == "succeeded"; });
  if (paid) return {};  // the job that takes it is on its way
  if (lapsed) FLEAD_CHECK(expire_unpaid(app, tx, *booking));
  FLEAD_CHECK(settle_payment(app, tx, *booking));
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  FLEAD_TRY(const auto lead, intake::load(tx, tenant_id, *booking->lead));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant_id, lead.id, "booking.expired", "system",
                                Json::object({{"booking", booking->id.text()},
                                              {"offer", booking->offer_slug},
                                              {"why", "unpaid"},
                                              {"starts_at", format_time(booking->starts_at)}})));
  if (tenant.suspended || lead.status == "suspect") return {};
  if (booking->answered_at) {  // a request that the host accepted, and waits for
    FLEAD_CHECK(tell_host_news(app, tx, tenant, *booking, lead, HostNews::unpaid));
  }
  return tell_person(app, tx, tenant, *booking, lead, "booking.unpaid");
}

}  // namespace

Result<std::optional<TimeMs>> payment_deadline(const App& app, store::Tx& tx,
                                               const tenants::Tenant& tenant,
                                               const Booking& booking) {
  if (booking.price.amount_minor <= 0) return std::optional<TimeMs>();
  FLEAD_TRY(const auto account, money::paying_account(app, tx, tenant.id));
  if (!account) return std::optional<TimeMs>();
  FLEAD_TRY(std::int64_t wait, hold_ms(app, tx, tenant.id, *account));
  if (booking.answered_at) wait = std::max(wait, k_accepted_wait_ms);
  const TimeMs now = app.world.clock.now();
  // Whoever books for the next minute has that minute at least to pay.
  return std::optional<TimeMs>(
      std::max(std::min(now + wait, booking.starts_at), now + k_minute_ms));
}

Status ask_payment(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                   const intake::Lead& lead) {
  FLEAD_TRY(const auto account, money::paying_account(app, tx, tenant.id));
  FLEAD_ASSERT(account.has_value() && booking.held_until.has_value());
  FLEAD_TRY(const auto payment, new_payment(app, tx, tenant, booking, lead, *account));
  FLEAD_CHECK(plan_hold_end(app, tx, booking));
  return tell_to_pay(app, tx, tenant, booking, lead, money::pay_url(app.config.base_url, payment),
                     false);
}

Result<std::optional<money::Payment>> payment_of(store::Tx& tx, const Booking& booking) {
  FLEAD_TRY(auto all, money::payments_of(tx, booking.tenant, booking.id.text()));
  if (all.empty()) return std::optional<money::Payment>();
  for (money::Payment& one : all) {
    if (one.state == "succeeded") return std::optional<money::Payment>(std::move(one));
  }
  return std::optional<money::Payment>(std::move(all.back()));
}

Result<money::Payment> pay_again(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                 const Booking& seen) {
  FLEAD_TRY(const auto booking, locked(tx, tenant.id, seen.id));
  FLEAD_ASSERT(booking.has_value());
  if (booking->state != State::held || !booking->lead) {
    return conflict("booking_state", "This booking awaits no payment.");
  }
  if (booking->held_until.value_or(0) <= app.world.clock.now()) {
    return conflict("hold_lapsed", "This hold has lapsed.", "Book the slot anew");
  }
  FLEAD_TRY(auto last, payment_of(tx, *booking));
  if (last && last->state != "canceled") return std::move(*last);
  FLEAD_TRY(const auto before, money::payments_of(tx, tenant.id, booking->id.text()));
  if (before.size() >= k_pay_tries_max) {
    return conflict("too_many_payments", "This booking was tried to be paid too often.",
                    "Book the slot anew");
  }
  FLEAD_TRY(const auto account, money::paying_account(app, tx, tenant.id));
  if (!account) return unmet("no_pay_account", "No payments are taken right now.");
  FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, *booking->lead));
  return new_payment(app, tx, tenant, *booking, lead, *account);
}

Result<std::optional<std::int64_t>> refund_due(store::Tx& tx, const Booking& booking, int percent) {
  FLEAD_TRY(const auto all, money::payments_of(tx, booking.tenant, booking.id.text()));
  if (all.empty()) {  // whatever was paid was paid elsewhere
    return std::optional<std::int64_t>(percent_of(booking.price.amount_minor, percent));
  }
  for (const money::Payment& one : all) {
    if (!is_the_one(all, one)) continue;
    // What an operator has given back before goes back no second time.
    FLEAD_TRY(const std::int64_t left, money::left_of(tx, one));
    return std::optional<std::int64_t>(
        std::min(percent_of(one.amount.amount_minor, percent), left));
  }
  return std::optional<std::int64_t>();
}

Status settle_payment(App& app, store::Tx& tx, const Booking& booking) {
  FLEAD_TRY(const auto all, money::payments_of(tx, booking.tenant, booking.id.text()));
  const bool off = !takes_time(booking.state);
  const bool over = booking.state == State::completed || booking.state == State::no_show;
  if (!off && !over) return {};
  const std::int64_t due = booking.refund_due_minor.value_or(0);
  for (const money::Payment& payment : all) {
    if (off && payment.open()) {
      // One that the payer has a page of may be paid yet, and is given back then.
      const auto ended = money::cancel_payment(app, tx, payment, "not wanted any more");
      if (!ended && ended.error().kind != ErrorKind::conflict) return ended.error();
    }
    if (payment.state != "succeeded") continue;
    if (!is_the_one(all, payment)) {
      FLEAD_CHECK(give_back(app, tx, payment, "paid twice"));
      continue;
    }
    if (off && due > 0) {
      money::NewRefund refund;
      FLEAD_TRY(const std::int64_t left, money::left_of(tx, payment));
      refund.amount_minor = std::min(due, left);
      refund.why = booking.reason;
      refund.unique_key = "booking_off";
      const auto made = money::refund_payment(app, tx, payment, refund);
      if (!made && made.error().kind != ErrorKind::refused) return made.error();
    }
    FLEAD_CHECK(money::earn_payment(app, tx, payment));
  }
  return {};
}

Status plan_settling(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                     bool took_place) {
  FLEAD_TRY(const auto payments, money::payments_of(tx, tenant, id.text()));
  if (payments.empty()) return {};
  jobs::NewJob job;
  job.kind = "booking.settle";
  job.payload = Json::object({{"booking", id.text()}, {"took_place", took_place}});
  job.tenant = tenant;
  job.unique_key = "booking.settle:" + id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

jobs::Outcome settle_erased(App& app, const jobs::Job& job) {
  const auto id = job.payload.text("booking");
  const bool took_place = job.payload.boolean("took_place").value_or(false);
  if (!id || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  return jobs::Outcome::done(
      [&app, tenant = *job.tenant, id = BookingId(*id), took_place](store::Tx& tx) -> Status {
        FLEAD_TRY(auto booking, locked(tx, tenant, id));
        if (!booking) return {};
        FLEAD_TRY(const auto all, money::payments_of(tx, tenant, booking->id.text()));
        for (const money::Payment& payment : all) {
          FLEAD_TRY(const bool settled, money::is_settled(tx, payment));
          if (payment.state != "succeeded" || settled) continue;
          if (took_place && is_the_one(all, payment)) {
            FLEAD_CHECK(money::earn_payment(app, tx, payment));
          } else {
            FLEAD_CHECK(give_back(app, tx, payment, ""));
          }
        }
        return {};
      });
}

jobs::Outcome take_payment(App& app, const jobs::Job& job) {
  const auto payment = job.payload.text("payment");
  if (!payment || !job.tenant) return jobs::Outcome::dead("The job names no payment");
  return jobs::Outcome::done([&app, tenant = *job.tenant, id = money::PaymentId(*payment)](
                                 store::Tx& tx) { return take_payment_now(app, tx, tenant, id); });
}

jobs::Outcome note_unpaid(App& app, const jobs::Job& job) {
  const auto payment = job.payload.text("payment");
  if (!payment || !job.tenant) return jobs::Outcome::dead("The job names no payment");
  return jobs::Outcome::done(
      [&app, tenant_id = *job.tenant, id = money::PaymentId(*payment)](store::Tx& tx) -> Status {
        FLEAD_TRY(const auto failed, money::load_payment(tx, tenant_id, id));
        FLEAD_TRY(const auto booking, locked(tx, tenant_id, BookingId(failed.subject)));
        // While the time is held the person may try again: their page says so, and so does a
        // message.
        const bool waits = booking && booking->lead && booking->state == State::held &&
                           booking->held_until.value_or(0) > app.world.clock.now();
        if (!waits) return {};
        FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
        FLEAD_TRY(const auto lead, intake::load(tx, tenant_id, *booking->lead));
        // The page of the one that failed has the way to another: made when the person asks for it.
        return tell_to_pay(app, tx, tenant, *booking, lead,
                           money::pay_url(app.config.base_url, failed), true);
      });
}

jobs::Outcome end_hold(App& app, const jobs::Job& job) {
  const auto booking = job.payload.text("booking");
  if (!booking || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  return jobs::Outcome::done([&app, tenant = *job.tenant, id = BookingId(*booking)](store::Tx& tx) {
    return end_hold_now(app, tx, tenant, id);
  });
}

}  // namespace flead::booking
