// Threads of one process that want the same seats at the same moment, in every way there is to take
// one. Processes: tests/race/seats.cpp; servers: tests/e2e/last_seat.test.sh.
#include <barrier>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/intake/counters.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::booking {
namespace {

using test::TestApp;

constexpr int k_racers = 8;
constexpr int k_rounds = 150;
constexpr std::int64_t k_length_min = 30;

enum class Way { lead, contact, hold, move };
constexpr Way k_ways[k_racers] = {Way::lead, Way::contact, Way::lead, Way::hold,
                                  Way::lead, Way::contact, Way::move, Way::lead};

// All ways meet in all orders of starting.
Way way_of(int racer, int round) {
  return k_ways[(racer + round) % k_racers];
}

struct Race {
  TestApp app;
  std::int64_t seats = 1;
  TimeMs first = 0;
  LeadId leads[k_racers];
  std::vector<BookingId> parked;             // for each round: who will want to move
  std::string outcomes[k_rounds][k_racers];  // "" won, else the error's code

  TimeMs slot(int round) const { return first + round * k_length_min * k_minute_ms; }
  // A later slot of the same host, which nobody else wants.
  TimeMs parking(int round) const { return slot(k_rounds + round); }
};

Result<Booking> book_for(Race& race, const LeadId& lead, TimeMs starts_at) {
  NewBooking input;
  input.lead = lead;
  input.starts_at = starts_at;
  return race.app.store().write(
      [&](store::Tx& tx) { return book(race.app.app(), tx, race.app.tenant(), input); });
}

void prepare(Race& race) {
  auto rules = test::plain_rules();
  rules.weekly = "daily 00:00-24:00";
  rules.length_min = k_length_min;
  rules.seats = race.seats;
  rules.horizon_days = 100;
  test::add_host(race.app, rules);
  race.first = (race.app.world().clock.now() / k_day_ms + 1) * k_day_ms;
  for (int racer = 0; racer < k_racers; ++racer) {
    race.leads[racer] = LeadId(test::add_lead(race.app, racer));
  }
  for (int round = 0; round < k_rounds; ++round) {
    const auto booked = book_for(race, race.leads[0], race.parking(round));
    REQUIRE(booked);
    race.parked.push_back(booked->id);
  }
}

Result<Booking> book_newcomer(Race& race, int racer, int round) {
  const tenants::Tenant& tenant = race.app.tenant();
  NewBooking input;
  input.starts_at = race.slot(round);
  intake::NewLead person;
  person.email = "n" + std::to_string(round) + "-" + std::to_string(racer) + "@example.org";
  person.consent_purposes = {"processing"};
  FLEAD_TRY(input.contact, intake::check_new_lead(tenant, intake::Rules(), person, input.origin));
  return race.app.store().write(
      [&](store::Tx& tx) { return book(race.app.app(), tx, tenant, input); });
}

Result<Booking> hold_seat(Race& race, int round) {
  NewHold input;
  input.starts_at = race.slot(round);
  return race.app.store().write(
      [&](store::Tx& tx) { return hold(race.app.app(), tx, race.app.tenant(), input); });
}

Result<Booking> move_in(Race& race, int round) {
  Change input;
  input.id = race.parked[static_cast<std::size_t>(round)];
  input.action = Action::move;
  input.starts_at = race.slot(round);
  return race.app.store().write(
      [&](store::Tx& tx) { return change(race.app.app(), tx, race.app.tenant(), input); });
}

Result<Booking> want_seat(Race& race, int racer, int round) {
  switch (way_of(racer, round)) {
    case Way::lead:
      return book_for(race, race.leads[racer], race.slot(round));
    case Way::contact:
      return book_newcomer(race, racer, round);
    case Way::hold:
      return hold_seat(race, round);
    case Way::move:
      return move_in(race, round);
  }
  return internal_error("No such way.");
}

// The test's own checks are for one thread: the racers only note.
void run(Race& race) {
  std::barrier together(k_racers);
  std::vector<std::thread> threads;
  for (int racer = 0; racer < k_racers; ++racer) {
    threads.emplace_back([&race, &together, racer] {
      for (int round = 0; round < k_rounds; ++round) {
        together.arrive_and_wait();
        const auto seat = want_seat(race, racer, round);
        race.outcomes[round][racer] = seat ? "" : seat.error().code;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::int64_t number(Race& race, const std::string& sql) {
  const auto found = race.app.store().read([&](store::Tx& tx) {
    return tx.one(sql, [](const store::Row& row) { return row.integer(0); });
  });
  REQUIRE(found);
  return *found;
}

// Each row that a loser could have left behind is a row too many here.
void check_nothing_more(Race& race, const std::map<Way, std::int64_t>& wins) {
  const auto won = [&](Way way) { return wins.contains(way) ? wins.at(way) : 0; };
  const std::int64_t people = won(Way::lead) + won(Way::contact);
  const std::int64_t booked = k_rounds + people;  // those that were parked, too
  CHECK(number(race, "SELECT COUNT(*) FROM bookings") == booked + won(Way::hold));
  CHECK(number(race, "SELECT COUNT(*) FROM bookings WHERE sequence = 1") == won(Way::move));
  CHECK(number(race, "SELECT COUNT(*) FROM leads") == k_racers + won(Way::contact));
  CHECK(number(race, "SELECT COUNT(*) FROM intake_raw") == k_racers + won(Way::contact));
  CHECK(number(race, "SELECT booking_seq FROM hosts") == booked + won(Way::hold) + won(Way::move));
  const auto of = [&](const char* table, const char* column, const char* name) {
    return number(race, std::string("SELECT COUNT(*) FROM ") + table + " WHERE " + column + " = '" +
                            name + "'");
  };
  CHECK(of("events", "kind", "booking.created") == booked);
  CHECK(of("events", "kind", "booking.moved") == won(Way::move));
  CHECK(of("messages", "template", "booking.confirmed") == booked);
  CHECK(of("messages", "template", "booking.moved") == won(Way::move));
  const auto gaps = race.app.store().read(
      [&](store::Tx& tx) { return intake::counter_gaps(tx, race.app.tenant()); });
  REQUIRE(gaps);
  CHECK(gaps->empty());
  const auto report = race.app.store().read(
      [&](store::Tx& tx) { return check(race.app.world(), tx, race.app.tenant()); });
  REQUIRE(report);
  CHECK(report->findings.empty());
  CHECK(race.app.store().check());
}

}  // namespace

TEST_CASE("booking: threads that want the last seats at once get them exactly once",
          "[booking][store][threads]") {
  const auto race = std::make_unique<Race>();
  race->seats = GENERATE(values<std::int64_t>({1, 3}));
  CAPTURE(race->seats);
  prepare(*race);
  run(*race);
  std::map<Way, std::int64_t> wins;
  for (int round = 0; round < k_rounds; ++round) {
    std::int64_t won = 0;
    std::int64_t taken = 0;
    for (int racer = 0; racer < k_racers; ++racer) {
      const std::string& outcome = race->outcomes[round][racer];
      won += outcome.empty() ? 1 : 0;
      taken += outcome == "slot_taken" ? 1 : 0;
      if (outcome.empty()) ++wins[way_of(racer, round)];
    }
    CAPTURE(round);
    REQUIRE(won == race->seats);
    REQUIRE(taken == k_racers - race->seats);
    const std::string in_slot = " FROM bookings WHERE starts_at_ms = ";
    REQUIRE(number(*race, "SELECT COUNT(*)" + in_slot + std::to_string(race->slot(round))) ==
            race->seats);
  }
  check_nothing_more(*race, wins);
}

}  // namespace flead::booking
