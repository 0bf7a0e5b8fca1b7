// A year of money: tenants, experts and people who book, pay (late, slowly, twice, not at all),
// cancel, move and stay away; a bank behind a bad wire; operators, an accountant and a cron of
// payouts; our processes ended between any two commits. Everything hangs on one seed. It keeps
// books of its own: what each person meant (Visit), what the bank moved (bank.h) and what went by
// hand (Firm::till). year_audit.h compares them with what flead says. Callers: year_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/booking/booking.h"
#include "core/jobs/jobs.h"
#include "core/money/payment.h"
#include "core/money/payout_run.h"
#include "sim/bank.h"
#include "sim/wire.h"
#include "sim/world.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::sim {

struct YearSize {
  std::uint64_t seed = 1;
  std::size_t firms = 3;
  std::int64_t days = 35;
  std::uint64_t visits_a_day = 2;  // of a firm, about
};

struct Expert {
  money::PayoutRecipient who;
  std::string phone;     // where the bank sends it: 79…
  bool by_hand = false;  // paid by the accountant
};

// How much of the price goes back when a person cancels so long before the start.
struct Term {
  std::int64_t before_ms = 0;
  std::int64_t percent = 0;
};

struct Meeting {
  std::string slug;
  std::size_t expert = 0;
  std::int64_t price_minor = 0;
  std::int64_t seats = 1;
  bool asks = false;
  std::vector<Term> terms;  // longest before first
};

struct Firm {
  tenants::Tenant tenant;
  std::string shop, gateway;  // logins at the bank; "" is none
  bool cash = false;          // takes money by hand
  bool test = false;          // tries things: no money moves
  std::int64_t share_percent = 0;
  bool fee_by_expert = false;
  std::vector<Expert> experts;
  std::vector<Meeting> meetings;
  std::vector<LeadId> people;
  // By hand, as the bank statement would have it: by our payment's id, in and out.
  std::map<std::string, std::int64_t> came_in, went_back;
  std::vector<std::string> unconfirmed;          // came in, and nobody has told flead
  std::map<std::string, std::int64_t> paid_out;  // to an expert, by the host's id
  std::string ledger_currency() const { return test ? "XTS" : "RUB"; }
};

enum class Mood { prompt, late, slow, declined, abandons, regrets };

// What one person meant, and what they did with their money.
struct Visit {
  std::size_t firm = 0, meeting = 0, number = 0;
  LeadId lead;
  BookingId booking;  // the first one; see Year::booking_of
  std::int64_t price_minor = 0;
  Mood mood = Mood::prompt;
  int looks = 0;
  bool plans_made = false;
  std::vector<std::string> payments;  // ours, whose page they had open
  std::set<std::string> objects;      // the bank's, that they paid
  enum class Off { no, by_person, by_host } off = Off::no;
  TimeMs off_at = 0;
  std::int64_t back_percent = 0;         // by the terms, at that moment
  std::int64_t by_hand_minor = 0;        // given back by an operator
  std::int64_t by_hand_later_minor = 0;  // of it: when the meeting was over
};

// Money that is held and taken later, by an operator's hand.
struct Hold {
  std::size_t firm = 0, number = 0;
  money::PaymentId payment;
  std::string object;
  std::int64_t asked_minor = 0;
};

class Year {
 public:
  explicit Year(const YearSize& size);
  // All of it, and then calm weeks without a failure until nothing is left to do.
  void run();

  // The booking that stands for this visit now: another one, when its money came too late.
  booking::Booking booking_of(const Visit& visit);
  std::vector<money::Payment> payments_of(const Visit& visit);
  template <class Work>
  auto read(Work work) {
    auto found = test.store().read(work);
    if (!found)
      FAIL(found.error().code << ": " << found.error().message << " " << found.error().detail);
    return std::move(*found);
  }

  YearSize size;
  test::TestApp test;
  test::SeededRandom chance;
  DyingStore store;  // the worker's
  DyingStore other;  // of whatever else runs: pages, the command line, cron
  Bank bank;
  Wire wire;
  App app, other_app;
  std::vector<Firm> firms;
  std::vector<Visit> visits;
  std::vector<Hold> holds;
  std::map<std::string, std::int64_t> counts;
  std::function<void()> at_month_end;  // a look at everything while it goes on
  std::set<std::string> cabinet;       // the bank's payments that were given back there

 private:
  // year.cpp: who they are
  void add_firm(std::size_t number);
  void add_accounts(Firm& firm, std::size_t number);
  void add_experts(Firm& firm, std::size_t number);
  void add_meetings(Firm& firm, std::size_t expert, std::size_t number);
  void set(const Firm& firm, std::string_view key, std::string_view value);

  // year_people.cpp: what people do
  void plan_day(TimeMs midnight);
  void come(std::size_t firm);
  LeadId person_of(Firm& firm);
  void look(std::size_t visit);
  void look_later(std::size_t visit);
  void pay_at_bank(std::size_t visit, const booking::Booking& booking);
  void pay_page(std::size_t visit, const std::string& object, TimeMs held_until);
  void pay_by_hand(std::size_t visit, const booking::Booking& booking);
  void transfer(std::size_t visit, const money::Payment& payment, std::int64_t after_ms);
  void plan_life(std::size_t visit, const booking::Booking& booking);
  void cancel(std::size_t visit, Visit::Off by);
  void move(std::size_t visit);
  void not_come(std::size_t visit);
  void give_back_some(std::size_t visit);
  void hold_money(std::size_t firm);
  void look_at_hold(std::size_t hold);

  // year_desk.cpp: what we do
  void morning();
  void operate(Firm& firm);
  void resume_accounts(Firm& firm);
  void answer_requests(Firm& firm);
  void keep_till(Firm& firm);
  void look_at_refunds(Firm& firm);
  void look_at_problems(Firm& firm);
  void look_at_payouts(Firm& firm);
  void retry_dead_jobs();
  void pay_experts(Firm& firm);
  void close_month(Firm& firm);
  void forge_notices(std::size_t firm);
  void deliver(BankNotice notice);
  void work();
  TimeMs next_moment(TimeMs end);

  void at(TimeMs when, std::function<void()> what) { plan_.emplace(when, std::move(what)); }
  void in(std::int64_t ms, std::function<void()> what) { at(test.clock().now() + ms, what); }
  bool rolls(std::uint64_t percent) { return chance.below(100) < percent; }
  std::int64_t draw(std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(most - least)));
  }
  // In a process of ours that is no worker, and may end in the middle; whoever asked asks again.
  template <class Work>
  auto by_other(Work work) {
    for (int tries = 0;; ++tries) {
      wire.process = &other;
      other.live(wire.faulty && tries < 3 && rolls(6) ? 4 : 0);
      try {
        auto done = work(other_app);
        wire.process = &store;
        return done;
      } catch (const Killed&) {
        wire.process = &store;
        ++counts["other_died"];
      }
    }
  }
  template <class Work>
  auto write(Work work) {
    return by_other(
        [&](App& of) { return of.store.write([&](store::Tx& tx) { return work(of, tx); }); });
  }

  TimeMs begin_ = 0;
  std::string worker_;
  bool open_ = true;  // people come
  std::multimap<TimeMs, std::function<void()>> plan_;
  std::map<std::string, int> problem_days_;
};

}  // namespace flead::sim
