#include "core/booking/price.h"

#include <string>

#include "core/booking/booking.h"
#include "core/booking/quote.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::booking {

namespace {

using test::TestApp;

constexpr TimeMs k_start = 1'800'000'000'000;

Policy policy_from(std::string_view steps) {
  Policy policy;
  policy.version = 1;
  policy.steps = parse_policy_steps(steps).value();
  return policy;
}

}  // namespace

TEST_CASE("booking: what goes back depends on how long before the start", "[booking][offers]") {
  struct Case {
    std::string_view steps;
    std::int64_t before_ms;
    int percent;
  };
  const auto one = GENERATE(values<Case>({
      {"24h 100, 2h 50", 24 * k_hour_ms, 100},
      {"24h 100, 2h 50", 24 * k_hour_ms - 1, 50},
      {"24h 100, 2h 50", 2 * k_hour_ms, 50},
      {"24h 100, 2h 50", 2 * k_hour_ms - 1, 0},
      {"24h 100, 2h 50", 0, 0},
      {"0 30", 1, 30},
      {"0 30", 0, 0},  // it has begun
      {"0 30", -1, 0},
      {"", 30 * k_day_ms, 0},
      {"7d 90%, 0 10", 7 * k_day_ms, 90},
      {"7d 90%, 0 10", k_day_ms, 10},
  }));
  CAPTURE(one.steps, one.before_ms);
  CHECK(refund_percent(policy_from(one.steps), k_start, k_start - one.before_ms) == one.percent);
}

TEST_CASE("booking: without a policy all goes back until the start", "[booking][offers]") {
  CHECK(refund_percent(Policy(), k_start, k_start - 1) == 100);
  CHECK(refund_percent(Policy(), k_start, k_start) == 0);
}

TEST_CASE("booking: a policy reads back as it was written, and says what it cannot read",
          "[booking][offers]") {
  CHECK(format_policy_steps(parse_policy_steps(" 24h  100 ,90m 50%,0 5").value()) ==
        "1d 100, 90m 50, 0 5");
  for (const std::string_view text :
       {"24h", "24h 101", "24h -1", "2h 50, 24h 100", "24h 50, 2h 60", "2h 50, 2h 40", "1s 5",
        "400d 1", "soon 50", "24h fifty", "24h 100,,2h 50"}) {
    CAPTURE(text);
    const auto steps = parse_policy_steps(text);
    REQUIRE_FALSE(steps);
    CHECK(steps.error().code == "policy_invalid");
  }
}

TEST_CASE("booking: a policy is told in sentences", "[booking][offers]") {
  Policy policy = policy_from("24h 100, 2h 50");
  policy.moves_max = 2;
  policy.move_notice_min = 240;
  CHECK(policy_sentences(policy, "en") ==
        std::vector<std::string>{"Cancelled 24 h before the start or earlier: 100 % is returned.",
                                 "Cancelled 2 h before the start or earlier: 50 % is returned.",
                                 "Cancelled later: nothing is returned.",
                                 "It may be moved up to 2 times.",
                                 "It may be moved up to 4 h before the start."});
  CHECK(policy_sentences(policy, "ru").front() ==
        "Отмена не позднее чем за 24 ч до начала: возвращается 100 %.");
  CHECK(policy_sentences(Policy(), "en") ==
        std::vector<std::string>{"Cancelled before the start: 100 % is returned."});
  CHECK(policy_sentences(policy_from(""), "en") ==
        std::vector<std::string>{"Nothing is returned when it is cancelled."});
}

TEST_CASE("booking: moves end by number and by time", "[booking][offers]") {
  Policy policy = policy_from("");
  CHECK(check_move(policy, 99, k_start, k_start - 1));
  policy.moves_max = 1;
  policy.move_notice_min = 60;
  CHECK(check_move(policy, 0, k_start, k_start - k_hour_ms));
  CHECK_FALSE(check_move(policy, 1, k_start, k_start - k_hour_ms));
  CHECK_FALSE(check_move(policy, 0, k_start, k_start - k_hour_ms + 1));
}

TEST_CASE("booking: the parts that a quote returns lie before the start and fall",
          "[booking][offers]") {
  const auto steps = refund_steps(policy_from("24h 100, 2h 33"), {9999, "RUB"}, k_start);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].until == k_start - 24 * k_hour_ms);
  CHECK(steps[0].refund_minor == 9999);
  CHECK(steps[1].refund_minor == 3300);  // 3299.67
  CHECK(refund_steps(policy_from("2h 0"), {9999, "RUB"}, k_start).empty());
}

TEST_CASE("booking: prices are versions, one in force for each format", "[booking][offers]") {
  TestApp app;
  test::add_host(app);
  const auto offer =
      app.store().read([&](store::Tx& tx) { return find_offer(tx, app.tenant().id, ""); }).value();
  const auto set = [&](NewPrice price) {
    return app.store().write(
        [&](store::Tx& tx) { return set_price(app.world(), tx, offer.id, price); });
  };
  const auto look = [&](std::string_view format) {
    return app.store().read([&](store::Tx& tx) { return price_for(tx, offer.id, format); });
  };
  CHECK(look("online").value().is_free());
  CHECK(set({"", {500000, "RUB"}, {}, {}, false}).value().version == 1);
  CHECK(set({"", {500000, "RUB"}, {}, {}, false}).value().version == 1);  // nothing new
  CHECK(set({"", {600000, "RUB"}, {}, {}, false}).value().version == 2);
  CHECK(look("").value().money.amount_minor == 600000);
  CHECK(look("online").value().money.amount_minor == 600000);  // has no price of its own
  CHECK(set({"online", {400000, "RUB"}, 200000, 800000, false}).value().version == 3);
  CHECK(look("online").value().slides());
  CHECK(set({"", {}, {}, {}, true}).value().ended);
  CHECK(look("").value().format == "online");  // the only one that is left
  CHECK(look("studio").error().code == "format_unknown");
  CHECK(set({"studio", {}, {}, {}, true}).error().code == "format_unknown");
  CHECK(set({"studio", {900000, "RUB"}, {}, {}, false}).value().version == 5);
  CHECK(look("").error().code == "format_needed");
  CHECK(set({"x", {100, "RUB"}, 200, 300, false}).error().code == "price_invalid");
  CHECK(set({"x", {100, "RUB"}, 50, {}, false}).error().code == "price_invalid");
  CHECK(set({std::string(41, 'x'), {1, "RUB"}, {}, {}, false}).error().code == "format_invalid");
}

}  // namespace flead::booking
