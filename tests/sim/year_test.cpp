// The proof of the money: months of bookings, payments, refunds and payouts of several tenants,
// with a bank that times out, repeats, reorders, lies and dies, and our processes ended between any
// two commits. Then it is counted, from what people meant and what the bank moved and not from what
// we believe: the ledger balances here and in hledger, the bank's books and ours agree, nobody is
// charged or paid twice, no seat is paid for and not held.
//
// YEAR_TENANTS (5), YEAR_DAYS (24), YEAR_VISITS (3 a day and tenant) and YEAR_SEED (1) change it,
// YEAR_SEEDS (1) is how many of them run one after the other, YEAR_REPORT=1 shows the counts. A
// whole year by hand: YEAR_TENANTS=10 YEAR_DAYS=365.
#include <string>
#include <vector>

#include "sim/report.h"
#include "sim/year_audit.h"
#include "support/catch.h"

namespace flead::sim {
namespace {

constexpr std::int64_t k_days_usual = 24;

YearSize size_from_environment() {
  YearSize size;
  size.seed = number_from("YEAR_SEED", 1);
  size.firms = static_cast<std::size_t>(number_from("YEAR_TENANTS", 5));
  size.days = static_cast<std::int64_t>(number_from("YEAR_DAYS", k_days_usual));
  size.visits_a_day = number_from("YEAR_VISITS", 3);
  return size;
}

std::string summary_of(const Year& year, const Audit& found) {
  auto counts = year.counts;
  counts["worker_died"] = year.store.deaths();
  return "year: seed=" + std::to_string(year.size.seed) + " |" + by_kind(counts) + " | wire" +
         by_kind(year.wire.counts) + " | end" + by_kind(found.figures);
}

// A year in which nothing went wrong proves nothing.
void check_all_happened(const Year& year, const Audit& found) {
  for (const char* word : {"cancelled_by_host",
                           "cancelled_by_person",
                           "captured",
                           "days_down",
                           "declined_by_bank",
                           "gateways_topped_up",
                           "let_go",
                           "months_closed",
                           "moved",
                           "no_show",
                           "other_died",
                           "paid_at_bank",
                           "paid_by_hand",
                           "payout_runs_died",
                           "payouts_approved",
                           "problems_resolved",
                           "refunded_by_hand",
                           "requests_answered",
                           "slot_taken",
                           "tried_again"}) {
    CAPTURE(word);
    CHECK(year.counts.count(word) == 1);
  }
  for (const char* word :
       {"broken_after", "broken_before", "busy", "down", "garbage", "lie_amount", "lie_ended",
        "lie_foreign", "lie_stale", "lie_test", "notices_forged", "notices_lost", "notices_twice",
        "refused", "timeout_after", "timeout_before", "died_in_call"}) {
    CAPTURE(word);
    CHECK(year.wire.counts.count(word) == 1);
  }
  for (const char* word : {"paid too late", "payouts failed", "payouts succeeded", "ended expired",
                           "ended no_show", "refunds failed and told"}) {
    CAPTURE(word);
    CHECK(found.figures.count(word) == 1);
  }
  CHECK(year.store.deaths() > 200);
}

// What holds at any moment.
void check_always(const Audit& found) {
  CHECK(few_of(found.faults) == "");
  CHECK(few_of(found.not_zero) == "");
  CHECK(few_of(found.mixed) == "");
  CHECK(few_of(found.over_returned) == "");
  CHECK(few_of(found.paid_out_twice) == "");
}

}  // namespace

TEST_CASE("sim: in a year of money every kopeck is where it belongs", "[sim][money][year]") {
  const QuietLog quiet;
  YearSize size = size_from_environment();
  for (std::uint64_t seeds = number_from("YEAR_SEEDS", 1); seeds > 0; --seeds, ++size.seed) {
    Year year(size);
    year.at_month_end = [&year] { check_always(audit(year, false)); };
    year.run();
    const Audit found = audit(year, true);
    const std::string summary = summary_of(year, found);

    if (number_from("YEAR_REPORT", 0) == 1) {
      WARN(summary);
      WARN("explained: " + few_of(found.explained));
    }
    check_always(found);
    if (size.seed == 1 && size.days >= k_days_usual && size.firms >= 5)
      check_all_happened(year, found);
    // The bank's books and ours.
    CHECK(few_of(found.places) == "");
    CHECK(few_of(found.differences) == "");
    // Nobody is charged twice, or for nothing; nobody is paid twice, or not at all.
    CHECK(few_of(found.charged) == "");
    CHECK(few_of(found.experts) == "");
    CHECK(few_of(found.payouts) == "");
    // No seat is paid for and not held, none is held and not paid, none is sold twice.
    CHECK(few_of(found.seats) == "");
    CHECK(few_of(found.unfinished) == "");
    CHECK(few_of(found.untold) == "");
    if (has_hledger()) {
      CHECK(few_of(hledger_differences(year)) == "");
    } else {
      WARN("there is no hledger to read the journals; the rest is checked");
    }
  }
}

TEST_CASE("sim: one seed is one year", "[sim][money][year]") {
  const QuietLog quiet;
  std::vector<std::string> years;
  for (int again = 0; again < 2; ++again) {
    Year year({.seed = 3, .firms = 2, .days = 5, .visits_a_day = 3});
    year.run();
    years.push_back(summary_of(year, audit(year, true)));
  }
  CHECK(years[0] == years[1]);
}

}  // namespace flead::sim
