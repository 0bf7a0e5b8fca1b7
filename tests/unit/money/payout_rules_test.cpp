#include "core/money/payout_rules.h"
#include "core/base/day_rule.h"
#include "core/base/text.h"
#include "core/money/payout_run.h"
#include "support/catch.h"

namespace flead::money {

TEST_CASE("payouts: how much is paid now, and why not more", "[money]") {
  struct Case {
    const char* what;
    Standing standing;
    std::optional<std::int64_t> wanted;
    std::int64_t amount;
    const char* reason;
    bool approval;
  };
  // Balance, maturing, month, day. Minimum 100.00, approval above 5000.00; 10000.00 each, 15000.00
  // a month, 2 a day, 5.00 at least.
  const auto one = GENERATE(values<Case>({
      {"nothing", {0, 0, 0, 0}, {}, 0, "nothing", false},
      {"negative", {-5000, 0, 0, 0}, {}, 0, "negative", false},
      {"negative with young earnings", {-1, 20000, 0, 0}, {}, 0, "negative", false},
      {"all of it is young", {20000, 20000, 0, 0}, {}, 0, "maturing", false},
      {"more is young than is left", {20000, 30000, 0, 0}, {}, 0, "maturing", false},
      {"a part is young", {50000, 30000, 0, 0}, {}, 20000, "", false},
      {"below the minimum", {9999, 0, 0, 0}, {}, 0, "below_minimum", false},
      {"the minimum", {10000, 0, 0, 0}, {}, 10000, "", false},
      {"no word needed", {500000, 0, 0, 0}, {}, 500000, "", false},
      {"a word needed", {500001, 0, 0, 0}, {}, 500001, "", true},
      {"the limit of one", {1500000, 0, 0, 0}, {}, 1000000, "limit_each", true},
      {"the month's rest", {1500000, 0, 1480000, 0}, {}, 20000, "limit_month", false},
      {"the month's rest is tiny", {1500000, 0, 1499000, 0}, {}, 0, "limit_month", false},
      {"the month is used up", {1500000, 0, 1500000, 0}, {}, 0, "limit_month", false},
      {"over the month already", {1500000, 0, 1600000, 0}, {}, 0, "limit_month", false},
      {"the day is used up", {50000, 0, 0, 2}, {}, 0, "limit_day", false},
      {"the day's last", {50000, 0, 0, 1}, {}, 50000, "", false},
      {"a named sum", {50000, 0, 0, 0}, 700, 700, "", false},
      {"named, more than there is", {50000, 0, 0, 0}, 50001, 0, "over_payable", false},
      {"named, young ones do not count", {50000, 30000, 0, 0}, 20001, 0, "over_payable", false},
      {"named, over the limit: not a part of it",
       {1500000, 0, 0, 0},
       1000001,
       0,
       "limit_each",
       false},
      {"named, over the month", {1500000, 0, 1400000, 0}, 100001, 0, "limit_month", false},
      {"named, less than can be sent", {50000, 0, 0, 0}, 499, 0, "below_least", false},
  }));
  CAPTURE(one.what);
  PayoutRules rules;
  rules.minimum_minor = 10000;
  rules.approve_above_minor = 500000;
  PayoutLimits limits;
  limits.least_minor = 500;
  limits.each_minor = 1000000;
  limits.month_minor = 1500000;
  limits.day_count = 2;
  const auto decision = decide_payout(rules, limits, one.standing, one.wanted);
  CHECK(decision.amount_minor == one.amount);
  CHECK(decision.reason == one.reason);
  CHECK(decision.needs_approval == one.approval);
}

TEST_CASE("payouts: without limits all of it is paid, and nobody is asked", "[money]") {
  const auto decision = decide_payout({}, {}, {900'000'000, 0, 900'000'000, 99}, {});
  CHECK(decision.amount_minor == 900'000'000);
  CHECK(decision.reason.empty());
  CHECK_FALSE(decision.needs_approval);
  PayoutRules each;
  each.approve_above_minor = 0;
  CHECK(decide_payout(each, {}, {1, 0, 0, 0}, {}).needs_approval);
}

TEST_CASE("payouts: the number of a card is seen in any writing, an account's is not", "[money]") {
  struct Case {
    const char* text;
    bool card;
  };
  const auto one = GENERATE(values<Case>({
      {"4111111111111111", true},
      {"4111 1111 1111 1111", true},
      {"4111-1111-1111-1111", true},
      {"4111.1111.1111.1111", true},
      {"Сбер 5555555555554477 Ира", true},
      {"card:5555555555554444,12/27", true},
      {"4111 1111 1111 1111 12/27 123", true},
      {"044525225 4111111111111111", true},
      {"2202 2000 0000 0005", false},  // the check digit is wrong
      {"4111111111111112", false},
      {"5019717010103742", true},
      {"4222222222222", true},          // 13 digits
      {"6304000000000000000", true},    // 19 digits
      {"40817810099910004312", false},  // a bank account: 20 digits
      {"044525225", false},
      {"100000000111", false},
      {"+79160000001", false},
      {"", false},
      {"hoiCz_UVAdi_eKEthqhjRIJp.SC.001.202101", false},
  }));
  CAPTURE(one.text);
  CHECK(has_card_number(one.text) == one.card);
}

TEST_CASE("payouts: numbers are shown by their last four digits", "[money]") {
  CHECK(mask_number("40817810099910004312") == "…4312");
  CHECK(mask_number("1234567") == "…");
  CHECK(mask_number("").empty());
}

TEST_CASE("payouts: every reason has words in both languages", "[money]") {
  for (const char* reason :
       {"nothing", "negative", "maturing", "below_minimum", "limit_day", "limit_month",
        "limit_each", "below_least", "over_payable", "no_method", "no_account", "account_paused",
        "currency_unsupported", "test_money", "test_account", "in_this_run", "method_changed"}) {
    CAPTURE(reason);
    CHECK(payout_reason_text(reason, "en") != reason);
    CHECK(payout_reason_text(reason, "ru") != payout_reason_text(reason, "en"));
  }
}

TEST_CASE("days: rules that are written, and those that are not", "[base]") {
  for (const char* good : {"manual", "daily", "weekly mon", "weekly fri,mon,fri", "monthly 5",
                           "monthly 28", "monthly last", " Weekly MON "}) {
    CAPTURE(good);
    CHECK(parse_day_rule(good));
  }
  for (const char* bad : {"", "weekly", "weekly ", "weekly monday", "weekly mon,,tue", "monthly",
                          "monthly 0", "monthly 29", "monthly 5th", "yearly 1", "never"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_day_rule(bad));
  }
}

TEST_CASE("payouts: on which days a schedule pays", "[money]") {
  struct Case {
    const char* schedule;
    Date today;
    bool finished, before, due;
    const char* key;
    const char* next;
  };
  // 2026-01-05 is a Monday.
  const auto one = GENERATE(values<Case>({
      {"manual", {2026, 1, 7}, false, false, true, "", ""},
      {"manual", {2026, 1, 7}, true, true, true, "", ""},
      {"daily", {2026, 1, 7}, false, false, true, "2026-01-07", "2026-01-08"},
      {"daily", {2026, 1, 7}, true, true, false, "2026-01-07", "2026-01-08"},
      {"weekly mon", {2026, 1, 5}, false, false, true, "2026-01-05", "2026-01-12"},
      {"weekly mon", {2026, 1, 5}, true, false, false, "2026-01-05", "2026-01-12"},
      // Not the day, and never the day before it was set.
      {"weekly mon", {2026, 1, 7}, false, false, false, "2026-01-05", "2026-01-12"},
      // The Monday was missed.
      {"weekly mon", {2026, 1, 7}, false, true, true, "2026-01-05", "2026-01-12"},
      {"weekly mon", {2026, 1, 7}, true, true, false, "2026-01-05", "2026-01-12"},
      {"weekly mon,thu", {2026, 1, 8}, false, true, true, "2026-01-08", "2026-01-12"},
      {"monthly 5", {2026, 1, 5}, false, false, true, "2026-01-05", "2026-02-05"},
      {"monthly 5", {2026, 2, 4}, false, true, true, "2026-01-05", "2026-02-05"},
      {"monthly last", {2026, 2, 28}, false, false, true, "2026-02-28", "2026-03-31"},
      {"monthly last", {2028, 2, 28}, false, false, false, "2028-01-31", "2028-02-29"},
  }));
  CAPTURE(one.schedule, format_date(one.today), one.finished, one.before);
  const auto rule = parse_day_rule(one.schedule);
  REQUIRE(rule);
  const auto turn = payout_turn(*rule, one.today, one.finished, one.before);
  CHECK(turn.due == one.due);
  CHECK(turn.key == one.key);
  CHECK((turn.next ? format_date(*turn.next) : "") == one.next);
}

}  // namespace flead::money
