#include "core/base/rate.h"

#include <string>

#include "support/catch.h"

namespace flead {

TEST_CASE("rate: a setting's text is a count and a unit", "[base]") {
  struct Case {
    const char* text;
    std::int64_t count;  // -1: not a rate
    std::int64_t period_ms;
  };
  const auto c = GENERATE(values<Case>({{"20/s", 20, 1000},
                                        {"300/m", 300, 60000},
                                        {"1000000/h", 1000000, 3600000},
                                        {"off", 0, 0},
                                        {"", -1, 0},
                                        {"20", -1, 0},
                                        {"20/", -1, 0},
                                        {"/s", -1, 0},
                                        {"0/s", -1, 0},
                                        {"-1/s", -1, 0},
                                        {"1.5/s", -1, 0},
                                        {"20/d", -1, 0},
                                        {"20/s ", -1, 0},
                                        {"1000001/s", -1, 0},
                                        {"99999999999999999999/s", -1, 0}}));
  CAPTURE(c.text);
  const auto rate = parse_rate(c.text);
  REQUIRE(rate.has_value() == (c.count >= 0));
  if (!rate) return;
  CHECK(rate->count == c.count);
  CHECK(rate->period_ms == c.period_ms);
}

TEST_CASE("rate: a burst is let through, then one per token", "[base]") {
  RateLimiter limiter;
  const Rate rate{4, 1000};
  for (int i = 0; i < 4; ++i) CHECK(limiter.take("a", rate, 1000) == 0);
  CHECK(limiter.take("a", rate, 1000) == 250);
  CHECK(limiter.take("a", rate, 1100) == 150);  // a refusal takes nothing
  CHECK(limiter.take("a", rate, 1250) == 0);
  CHECK(limiter.take("a", rate, 1250) == 250);
  CHECK(limiter.take("b", rate, 1250) == 0);  // others have a bucket of their own
  for (int i = 0; i < 4; ++i) CHECK(limiter.take("a", rate, 9000) == 0);
  CHECK(limiter.take("a", rate, 9000) > 0);  // rest does not add up
}

TEST_CASE("rate: no limit keeps no memory", "[base]") {
  RateLimiter limiter;
  for (int i = 0; i < 1000; ++i) CHECK(limiter.take("a", Rate{}, 0) == 0);
  CHECK(limiter.keys() == 0);
}

TEST_CASE("rate: the table is bounded, and full of busy keys it still lets newcomers in",
          "[base]") {
  RateLimiter limiter(3);
  const Rate rate{1, 10000};
  for (int i = 0; i < 3; ++i) CHECK(limiter.take("busy" + std::to_string(i), rate, 1000) == 0);
  CHECK(limiter.take("new", rate, 1000) == 0);
  CHECK(limiter.take("new", rate, 1000) == 0);
  CHECK(limiter.keys() == 3);
  CHECK(limiter.take("busy0", rate, 1000) > 0);  // the known ones are still held to it
  CHECK(limiter.take("new", rate, 20000) == 0);  // the quiet ones were forgotten
  CHECK(limiter.keys() == 1);
  CHECK(limiter.take("new", rate, 20000) > 0);
}

}  // namespace flead
