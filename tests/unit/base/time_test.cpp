#include "core/base/time.h"

#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.h"

namespace flead {

TEST_CASE("time: instants are written as RFC 3339 and read back", "[base]") {
  struct Case {
    TimeMs time;
    std::string text;
  };
  const auto [time, text] = GENERATE(values<Case>({
      {0, "1970-01-01T00:00:00.000Z"},
      {1767603600000, "2026-01-05T09:00:00.000Z"},
      {951782399999, "2000-02-28T23:59:59.999Z"},
      {951782400000, "2000-02-29T00:00:00.000Z"},
      {4107542399001, "2100-02-28T23:59:59.001Z"},
      {4107542400000, "2100-03-01T00:00:00.000Z"},
      {253402300799999, "9999-12-31T23:59:59.999Z"},
  }));
  CHECK(format_time(time) == text);
  CHECK(parse_time(text) == time);
}

TEST_CASE("time: instants beyond four-digit years are written as the nearest that fits", "[base]") {
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(format_time(std::numeric_limits<TimeMs>::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(std::numeric_limits<TimeMs>::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("time: other writings of an instant are read", "[base]") {
  const TimeMs nine = 1767603600000;  // 2026-01-05T09:00:00Z
  struct Case {
    std::string text;
    TimeMs time;
  };
  const auto [text, time] = GENERATE_REF(values<Case>({
      {"2026-01-05T09:00Z", nine},
      {"2026-01-05t09:00:00z", nine},
      {"2026-01-05 09:00:00Z", nine},
      {"2026-01-05T12:00:00+03:00", nine},
      {"2026-01-05T04:00-05:00", nine},
      {"2026-01-05T14:30:00.5+05:30", nine + 500},
      {"2026-01-05T09:00:00.123456789Z", nine + 123},
      {"2026-01-05", nine - 9 * k_hour_ms},
      {"1970-01-01T01:00+01:00", 0},
  }));
  CAPTURE(text);
  CHECK(parse_time(text) == time);
}

TEST_CASE("time: anything else is not an instant", "[base]") {
  const std::string text = GENERATE(values<std::string>({"",
                                                         "null",
                                                         "2026",
                                                         "2026-1-5",
                                                         "2026-01-05T",
                                                         "2026-01-05T09",
                                                         "2026-01-05T09:00",
                                                         "2026-01-05T09:00:00",
                                                         "2026-01-05T24:00Z",
                                                         "2026-01-05T09:60Z",
                                                         "2026-01-05T09:00:60Z",
                                                         "2026-01-05T09:00:00.Z",
                                                         "2026-01-05T09:00:00.1234567890Z",
                                                         "2026-13-01",
                                                         "2026-00-01",
                                                         "2026-02-29",
                                                         "2100-02-29",
                                                         "2026-04-31",
                                                         "2026-01-00",
                                                         "1969-12-31",
                                                         "0000-01-01",
                                                         "1970-01-01T00:00+00:01",
                                                         "9999-12-31T23:59-00:01",
                                                         "2026-01-05T09:00+3:00",
                                                         "2026-01-05T09:00+24:00",
                                                         "2026-01-05T09:00+0300",
                                                         "2026-01-05T09:00Z ",
                                                         " 2026-01-05",
                                                         "+2026-01-05",
                                                         "2026-01-05T09:00:00ZZ",
                                                         "99999-01-01",
                                                         "2026-01-05T-9:00Z",
                                                         std::string("2026-01-05\0", 11),
                                                         "２０２６-01-05"}));
  CAPTURE(text);
  CHECK_FALSE(parse_time(text));
}

TEST_CASE("time: mail and HTTP dates name the right day of the week", "[base]") {
  CHECK(format_mail_date(1767603600000) == "Mon, 05 Jan 2026 09:00:00 +0000");
  CHECK(format_http_date(784111777000) == "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's example
}

TEST_CASE("time: durations are read and written", "[base]") {
  struct Case {
    std::string text;
    std::int64_t ms;
    std::string shortest;
  };
  const auto [text, ms, shortest] = GENERATE(values<Case>({
      {"0s", 0, "0s"},
      {"90s", 90000, "1m30s"},
      {"30m", 1800000, "30m"},
      {"90m", 5400000, "1h30m"},
      {"1h30m", 5400000, "1h30m"},
      {"24h", 86400000, "1d"},
      {"3d", 259200000, "3d"},
      {"10d", 864000000, "10d"},
      {"2w", 1209600000, "2w"},
      {"1w1d1h1m1s", 694861000, "8d1h1m1s"},
      {"3653d", 3653 * k_day_ms, "3653d"},
  }));
  CAPTURE(text);
  CHECK(parse_duration_ms(text) == ms);
  CHECK(format_duration(ms) == shortest);
  CHECK(parse_duration_ms(shortest) == ms);
}

TEST_CASE("time: anything else is not a duration", "[base]") {
  const std::string text = GENERATE(values<std::string>(
      {"",    "5",    "s",  "m5",    "-5s",  "+5s",   "1.5h", "5 m",    " 5m",
       "5m ", "5M",   "5y", "30m1h", "1h1h", "3654d", "522w", "521w7d", "9999999999999999999999s",
       "5ms", "5m\n", "٥s"}));
  CAPTURE(text);
  CHECK_FALSE(parse_duration_ms(text));
}

TEST_CASE("time: negative and fractional durations are written too", "[base]") {
  CHECK(format_duration(-5400000) == "-1h30m");
  CHECK(format_duration(999) == "0s");
  CHECK(format_duration(-999) == "0s");
  CHECK(format_duration(std::numeric_limits<std::int64_t>::min()).front() == '-');
}

TEST_CASE("time: dates and days agree over eight centuries, in both directions", "[base]") {
  Date expected{1600, 1, 1};
  int weekday = 6;  // Saturday
  for (std::int64_t day = days_from_date(expected); expected.year < 2400; ++day) {
    if (!(date_from_days(day) == expected && days_from_date(expected) == day &&
          weekday_of(expected) == weekday && parse_date(format_date(expected)) == expected)) {
      CAPTURE(expected.year, expected.month, expected.day);
      FAIL_CHECK("the date does not survive");
      break;
    }
    weekday = weekday % 7 + 1;
    const bool leap =
        expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0);
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (++expected.day > lengths[expected.month - 1]) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
  }
  CHECK(days_from_date({1970, 1, 1}) == 0);
  CHECK_FALSE(parse_date("2026-01-05T00:00Z"));
  CHECK_FALSE(parse_date("26-01-05"));
}

}  // namespace flead
