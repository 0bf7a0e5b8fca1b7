// The people of a Year: who comes, what they book, how they pay and what they think better of.
#include <algorithm>

#include <fmt/format.h>

#include "core/base/time.h"
#include "core/booking/pay.h"
#include "core/intake/lead.h"
#include "sim/year.h"

namespace flead::sim {
namespace {

constexpr std::int64_t k_opens_at_ms = 7 * k_hour_ms;  // 10:00 in Moscow
constexpr std::uint64_t k_slots_a_day = 8;
constexpr int k_looks_max = 40;

Mood draw_mood(Random& chance) {
  const std::uint64_t roll = chance.below(100);
  if (roll < 62) return Mood::prompt;
  if (roll < 72) return Mood::late;
  if (roll < 80) return Mood::slow;
  if (roll < 87) return Mood::declined;
  return roll < 95 ? Mood::abandons : Mood::regrets;
}

TimeMs midnight_of(TimeMs at) {
  return at - at % k_day_ms;
}

// The order's number in the address of the bank's page.
std::string object_in(const std::string& url) {
  const std::size_t mark = url.find("orderId=");
  return mark == std::string::npos ? "" : url.substr(mark + 8);
}

}  // namespace

void Year::plan_day(TimeMs midnight) {
  for (std::size_t firm = 0; firm < firms.size(); ++firm) {
    const std::uint64_t people = chance.below(2 * size.visits_a_day + 1);
    for (std::uint64_t i = 0; i < people; ++i) {
      at(midnight + draw(5 * k_hour_ms, 20 * k_hour_ms), [this, firm] { come(firm); });
    }
    if (!firms[firm].cash && rolls(30)) {
      at(midnight + draw(5 * k_hour_ms, 20 * k_hour_ms), [this, firm] { hold_money(firm); });
    }
    if (!firms[firm].cash) {
      at(midnight + draw(0, k_day_ms), [this, firm] { forge_notices(firm); });
    }
  }
}

LeadId Year::person_of(Firm& firm) {
  if (firm.people.size() > 3 && rolls(70)) {
    return firm.people[static_cast<std::size_t>(chance.below(firm.people.size()))];
  }
  const Json body =
      Json::object({{"name", "Анна"},
                    {"email", fmt::format("p{}@example.test", firm.people.size())},
                    {"consent", Json::object({{"purposes", Json::array({"processing"})}})}});
  const auto reply = test.post("/api/v1/leads", body.dump(), firm.tenant.publishable_key);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  firm.people.emplace_back(test.body_of(reply).text("id").value_or(""));
  return firm.people.back();
}

void Year::come(std::size_t number) {
  Firm& firm = firms[number];
  Visit visit;
  visit.firm = number;
  visit.number = visits.size();
  visit.meeting = static_cast<std::size_t>(chance.below(firm.meetings.size()));
  visit.mood = draw_mood(chance);
  const Meeting& meeting = firm.meetings[visit.meeting];
  visit.price_minor = meeting.price_minor;
  visit.lead = person_of(firm);
  booking::NewBooking wish;
  wish.offer = meeting.slug;
  wish.starts_at = midnight_of(test.clock().now()) + draw(1, 6) * k_day_ms + k_opens_at_ms +
                   static_cast<TimeMs>(chance.below(k_slots_a_day)) * k_hour_ms;
  wish.lead = visit.lead;
  const auto mine = [&](store::Tx& tx) -> Result<std::vector<booking::Booking>> {
    booking::Filter filter;
    filter.lead = visit.lead;
    filter.offer = meeting.slug;
    filter.from = wish.starts_at;
    filter.to = wish.starts_at + 1;
    return booking::list(tx, firm.tenant.id, filter);
  };
  const auto before = read(mine);
  const auto booked = by_other([&](App& of) -> Result<booking::Booking> {
    // Asked again after a crash: what was booked is on the person's own page.
    auto now = read(mine);
    if (now.size() > before.size()) return std::move(now.back());
    return of.store.write([&](store::Tx& tx) { return booking::book(of, tx, firm.tenant, wish); });
  });
  if (!booked) {
    CAPTURE(booked.error().code);
    REQUIRE(booked.error().code == "slot_taken");
    ++counts["slot_taken"];
    return;
  }
  ++counts["booked"];
  visit.booking = booked->id;
  visits.push_back(visit);
  in(draw(k_minute_ms, 12 * k_minute_ms), [this, it = visit.number] { look(it); });
}

void Year::look_later(std::size_t number) {
  static constexpr std::int64_t k_waits[] = {3,  5,   7,   10,  15,  20,  30,  45,  60,
                                             90, 120, 180, 240, 360, 480, 720, 1440};
  const int looks = visits[number].looks;
  const std::int64_t minutes =
      k_waits[std::min<std::size_t>(static_cast<std::size_t>(looks), std::size(k_waits) - 1)];
  if (looks < k_looks_max) in(minutes * k_minute_ms, [this, number] { look(number); });
}

// Their own page: what is to be done now.
void Year::look(std::size_t number) {
  Visit& visit = visits[number];
  if (visit.off != Visit::Off::no) return;
  ++visit.looks;
  const booking::Booking booking = booking_of(visit);
  switch (booking.state) {
    case booking::State::held:
      firms[visit.firm].cash ? pay_by_hand(number, booking) : pay_at_bank(number, booking);
      return look_later(number);
    case booking::State::requested:
      return look_later(number);
    case booking::State::confirmed:
      if (visit.plans_made) return;
      visit.plans_made = true;
      return plan_life(number, booking);
    case booking::State::expired:
      return visit.objects.empty() ? void() : look_later(number);  // paid: it may come back
    case booking::State::declined:
    case booking::State::cancelled:
    case booking::State::completed:
    case booking::State::no_show:
      return;
  }
}

void Year::pay_at_bank(std::size_t number, const booking::Booking& booking) {
  Visit& visit = visits[number];
  auto payment = read([&](store::Tx& tx) { return booking::payment_of(tx, booking); });
  REQUIRE(payment.has_value());
  if (payment->state == "canceled") {
    const bool tries = visit.mood != Mood::abandons && (visit.objects.empty() || rolls(50));
    if (!tries) return;
    const auto again = write([&](App& of, store::Tx& tx) {
      return booking::pay_again(of, tx, firms[visit.firm].tenant, booking);
    });
    if (!again) {
      REQUIRE(again.error().kind == ErrorKind::conflict);
      return;
    }
    ++counts["tried_again"];
    payment = *again;
  }
  if (std::find(visit.payments.begin(), visit.payments.end(), payment->id.text()) ==
      visit.payments.end()) {
    visit.payments.push_back(payment->id.text());
  }
  const std::string object = object_in(payment->confirm_url);
  if (!object.empty()) pay_page(number, object, booking.held_until.value_or(0));
}

void Year::pay_page(std::size_t number, const std::string& object, TimeMs held_until) {
  Visit& visit = visits[number];
  if (visit.objects.contains(object)) return;
  const auto pays = [this, number, object](Bank::Pays how, std::int64_t after_ms) {
    if (!bank.pay(object, how, after_ms)) return;
    visits[number].objects.insert(object);
    ++counts["paid_at_bank"];
  };
  const TimeMs now = test.clock().now();
  switch (visit.mood) {
    case Mood::prompt:
      return pays(Bank::Pays::now, 0);
    case Mood::late: {
      // Around the end of the hold, while the bank's page is open yet.
      const TimeMs made = bank.find(object) == nullptr ? now : bank.find(object)->made_at;
      const TimeMs last = made + 59 * k_minute_ms;
      visit.mood = Mood::prompt;
      const TimeMs then = std::min(last, held_until + draw(-2, 20) * k_minute_ms);
      return at(std::max(now, then), [pays] { pays(Bank::Pays::now, 0); });
    }
    case Mood::slow:
      visit.mood = Mood::prompt;
      return pays(Bank::Pays::slowly, draw(k_minute_ms, 5 * k_hour_ms));
    case Mood::declined:
      visit.mood = Mood::prompt;
      ++counts["declined_by_bank"];
      return pays(Bank::Pays::not_at_all, 0);
    case Mood::abandons:
      return;
    case Mood::regrets:
      // Called off, and the other tab is open yet.
      visit.mood = Mood::prompt;
      if (rolls(50)) in(draw(1, 20) * k_minute_ms, [pays] { pays(Bank::Pays::now, 0); });
      return cancel(number, Visit::Off::by_person);
  }
}

// A transfer, which the accountant sees in the morning.
void Year::transfer(std::size_t number, const money::Payment& payment, std::int64_t after_ms) {
  const auto transfers = [this, number, id = payment.id.text(),
                          minor = payment.amount.amount_minor] {
    Firm& firm = firms[visits[number].firm];
    firm.came_in[id] += minor;
    firm.unconfirmed.push_back(id);
    visits[number].objects.insert(id);
    ++counts["paid_by_hand"];
  };
  in(after_ms, transfers);
}

void Year::pay_by_hand(std::size_t number, const booking::Booking& booking) {
  Visit& visit = visits[number];
  const Firm& firm = firms[visit.firm];
  auto payment = read([&](store::Tx& tx) { return booking::payment_of(tx, booking); });
  REQUIRE(payment.has_value());
  if (payment->state == "canceled") {
    payment = write([&](App& of, store::Tx& tx) -> Result<std::optional<money::Payment>> {
                auto again = booking::pay_again(of, tx, firm.tenant, booking);
                if (!again) return std::optional<money::Payment>();
                return std::optional<money::Payment>(std::move(*again));
              }).value();
    if (!payment) return;
    ++counts["tried_again"];
  }
  const std::string id = payment->id.text();
  if (std::find(visit.payments.begin(), visit.payments.end(), id) != visit.payments.end()) return;
  visit.payments.push_back(id);
  switch (visit.mood) {
    case Mood::abandons:
      return;
    case Mood::regrets:
      if (rolls(50)) transfer(number, *payment, draw(1, 20) * k_hour_ms);
      return cancel(number, Visit::Off::by_person);
    case Mood::declined: {
      // The accountant gives it up, the person asks anew; half of them had sent the first one.
      visit.mood = Mood::prompt;
      const auto given_up = write([&](App& of, store::Tx& tx) {
        return money::cancel_payment(of, tx, *payment, "another sum was agreed");
      });
      if (!given_up) REQUIRE(given_up.error().kind == ErrorKind::conflict);
      if (rolls(50)) transfer(number, *payment, draw(1, 40) * k_hour_ms);
      ++counts["given_up_by_hand"];
      return;
    }
    case Mood::late:
      return transfer(number, *payment, draw(60, 100) * k_hour_ms);
    case Mood::prompt:
    case Mood::slow:
      return transfer(number, *payment, draw(0, 30) * k_hour_ms);
  }
}

void Year::plan_life(std::size_t number, const booking::Booking& booking) {
  const TimeMs now = test.clock().now();
  const std::int64_t left = std::max<std::int64_t>(booking.starts_at - now, 2);
  const std::int64_t ended = booking.ends_at - now;
  const std::uint64_t roll = chance.below(100);
  if (roll < 15) {
    // Half of them late, where the terms differ.
    const std::int64_t then =
        rolls(50) ? draw(0, left) : std::max<std::int64_t>(left - draw(0, 30 * k_hour_ms), 1);
    in(then, [this, number] { cancel(number, Visit::Off::by_person); });
  } else if (roll < 21) {
    in(draw(0, left), [this, number] { cancel(number, Visit::Off::by_host); });
  } else if (roll < 31) {
    in(draw(0, left), [this, number] { move(number); });
  } else if (roll < 37) {
    in(std::max<std::int64_t>(ended, 0) + k_hour_ms, [this, number] { not_come(number); });
  } else if (roll < 45) {
    in(std::max<std::int64_t>(ended, 0) + draw(k_hour_ms, 12 * k_day_ms),
       [this, number] { give_back_some(number); });
  } else if (roll < 50) {
    in(draw(0, left), [this, number] { give_back_some(number); });
    if (rolls(60)) {
      const auto by = rolls(50) ? Visit::Off::by_host : Visit::Off::by_person;
      in(left - 1, [this, number, by] { cancel(number, by); });
    }
  }
}

void Year::cancel(std::size_t number, Visit::Off by) {
  Visit& visit = visits[number];
  if (visit.off != Visit::Off::no) return;
  const Firm& firm = firms[visit.firm];
  const booking::Booking booking = booking_of(visit);
  booking::Change change;
  change.id = booking.id;
  change.action = booking::Action::cancel;
  change.reason = "Не получается";
  change.actor = by == Visit::Off::by_person ? std::string(booking::k_visitor) : "host";
  const auto done =
      write([&](App& of, store::Tx& tx) { return booking::change(of, tx, firm.tenant, change); });
  if (!done) {
    CAPTURE(done.error().code);
    REQUIRE(done.error().kind == ErrorKind::conflict);
    ++counts["cancel_refused"];
    return;
  }
  visit.off = by;
  visit.off_at = test.clock().now();
  ++counts[by == Visit::Off::by_person ? "cancelled_by_person" : "cancelled_by_host"];
  visit.back_percent = by == Visit::Off::by_host ? 100 : 0;
  if (by == Visit::Off::by_host) return;
  for (const Term& term : firm.meetings[visit.meeting].terms) {
    const bool in_time = booking.starts_at - visit.off_at >= term.before_ms;
    if (in_time) visit.back_percent = std::max(visit.back_percent, term.percent);
  }
}

void Year::move(std::size_t number) {
  Visit& visit = visits[number];
  if (visit.off != Visit::Off::no) return;
  const booking::Booking booking = booking_of(visit);
  booking::Change change;
  change.id = booking.id;
  change.action = booking::Action::move;
  change.actor = booking::k_visitor;
  change.starts_at = midnight_of(test.clock().now()) + draw(1, 8) * k_day_ms + k_opens_at_ms +
                     static_cast<TimeMs>(chance.below(k_slots_a_day)) * k_hour_ms;
  const auto done = write([&](App& of, store::Tx& tx) {
    return booking::change(of, tx, firms[visit.firm].tenant, change);
  });
  ++counts[done ? "moved" : "move_refused"];
  if (!done) REQUIRE(done.error().kind == ErrorKind::conflict);
  if (done && rolls(30)) {
    in(draw(0, std::max<std::int64_t>(done->starts_at - test.clock().now(), 2)),
       [this, number] { cancel(number, Visit::Off::by_person); });
  }
}

void Year::not_come(std::size_t number) {
  booking::Change change;
  change.id = booking_of(visits[number]).id;
  change.action = booking::Action::no_show;
  const auto done = write([&](App& of, store::Tx& tx) {
    return booking::change(of, tx, firms[visits[number].firm].tenant, change);
  });
  ++counts[done ? "no_show" : "no_show_refused"];
  if (!done) REQUIRE(done.error().kind == ErrorKind::conflict);
}

// An operator's hand: some of it, for a reason.
void Year::give_back_some(std::size_t number) {
  Visit& visit = visits[number];
  for (const money::Payment& payment : payments_of(visit)) {
    const auto known = read([&](store::Tx& tx) { return money::refunds_of(tx, payment.id); });
    std::int64_t left = payment.amount.amount_minor;
    for (const money::Refund& one : known) left -= one.amount.amount_minor;
    if (payment.state != "succeeded" || left < 2) continue;
    money::NewRefund input;
    input.amount_minor = rolls(20) ? left : draw(1, left);
    input.why = fmt::format("goodwill {}", counts["refunded_by_hand"]);
    input.actor = "cli";
    const auto made = by_other([&](App& of) -> Result<std::optional<money::Refund>> {
      // After a crash they look before they do it again.
      for (money::Refund& one :
           read([&](store::Tx& tx) { return money::refunds_of(tx, payment.id); })) {
        if (one.why == input.why) return std::optional<money::Refund>(std::move(one));
      }
      return of.store.write(
          [&](store::Tx& tx) { return money::refund_payment(of, tx, payment, input); });
    });
    REQUIRE(made);
    ++counts["refunded_by_hand"];
    visit.by_hand_minor += input.amount_minor;
    const booking::State state = booking_of(visit).state;
    const bool over = state == booking::State::completed || state == booking::State::no_show;
    if (over) visit.by_hand_later_minor += input.amount_minor;
    return;
  }
}

// ---- held and taken later ----------------------------------------------------------------------

void Year::hold_money(std::size_t number) {
  Firm& firm = firms[number];
  Hold hold;
  hold.firm = number;
  hold.number = holds.size();
  hold.asked_minor = draw(10'000, 900'000);
  money::NewPayment input;
  input.amount = {hold.asked_minor, "RUB"};
  input.text = fmt::format("Залог {}", hold.number);
  input.two_step = true;
  const auto account =
      read([&](store::Tx& tx) { return money::find_pay_account(tx, firm.tenant.id, "yookassa"); });
  const auto made = by_other([&](App& of) -> Result<money::Payment> {
    money::PaymentFilter filter;
    filter.limit = 5;
    for (money::Payment& one :
         read([&](store::Tx& tx) { return money::list_payments(tx, firm.tenant.id, filter); })) {
      if (one.text == input.text) return std::move(one);
    }
    return of.store.write(
        [&](store::Tx& tx) { return money::create_payment(of, tx, account, input); });
  });
  REQUIRE(made);
  hold.payment = made->id;
  holds.push_back(hold);
  in(draw(5, 50) * k_minute_ms, [this, it = hold.number] {
    const auto now = read([&](store::Tx& tx) {
      return money::load_payment(tx, firms[holds[it].firm].tenant.id, holds[it].payment);
    });
    holds[it].object = object_in(now.confirm_url);
    if (holds[it].object.empty() || rolls(20)) return;
    if (bank.pay(holds[it].object, Bank::Pays::now)) ++counts["held_at_bank"];
  });
  in(draw(k_hour_ms, 9 * k_day_ms), [this, it = hold.number] { look_at_hold(it); });
}

// Taken whole, in part, let go, or forgotten until the bank lets it go.
void Year::look_at_hold(std::size_t number) {
  const Hold& hold = holds[number];
  const auto payment = read([&](store::Tx& tx) {
    return money::load_payment(tx, firms[hold.firm].tenant.id, hold.payment);
  });
  if (payment.state != "waiting_for_capture" || rolls(15)) return;
  const std::int64_t some = rolls(60) ? hold.asked_minor : draw(1, hold.asked_minor);
  const bool takes = rolls(70);
  ++counts[takes ? "captured" : "let_go"];
  const auto done = write([&](App& of, store::Tx& tx) -> Status {
    if (takes) return money::capture_payment(of, tx, payment, some);
    FLEAD_CHECK(money::cancel_payment(of, tx, payment, "not needed"));
    return {};
  });
  if (!done) REQUIRE(done.error().kind == ErrorKind::conflict);
}

}  // namespace flead::sim
