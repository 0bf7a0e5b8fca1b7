#include "core/base/weekly.h"

#include <string>

#include "core/base/limits.h"
#include "support/catch.h"

namespace flead {
namespace {

std::string printed(std::string_view text) {
  const auto windows = parse_weekly(text);
  return windows ? print_weekly(*windows) : windows.error().code;
}

}  // namespace

TEST_CASE("booking: weekly text is read in both languages and printed in one", "[booking]") {
  struct Case {
    std::string text;
    std::string wanted;
  };
  const auto [text, wanted] = GENERATE(values<Case>({
      {"mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00",
       "mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00"},
      {"пн-пт 10:00-13:00,15:00-18:00; сб 11:00-14:00",
       "mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00"},
      {"Пн-Пт 10–13", "mon-fri 10:00-13:00"},
      {"MON 9-10", "mon 09:00-10:00"},
      {"monday,wednesday 9:00-10:30", "mon,wed 09:00-10:30"},
      {"mon, tue 10-11", "mon,tue 10:00-11:00"},
      {"sat-mon 10-11", "mon,sat,sun 10:00-11:00"},
      {"daily 0-24", "mon-sun 00:00-24:00"},
      {"ежедневно 00:00-24:00", "mon-sun 00:00-24:00"},
      {"mon 10-11; mon 12-13", "mon 10:00-11:00,12:00-13:00"},
      {"mon 12-13,10-11", "mon 10:00-11:00,12:00-13:00"},
      {"mon 10-11,11-12", "mon 10:00-11:00,11:00-12:00"},
      {"  mon   10:00 - 11:00 ;; ", "mon 10:00-11:00"},
      {"воскресенье 10-11", "sun 10:00-11:00"},
      {"mon-mon 10-11", "mon 10:00-11:00"},
  }));
  CAPTURE(text);
  CHECK(printed(text) == wanted);
  CHECK(printed(wanted) == wanted);
}

TEST_CASE("booking: weekly text that means nothing is refused with its part", "[booking]") {
  const auto text = GENERATE(values<std::string>({
      "",
      ";",
      " ",
      "mon",
      "10-11",
      "mon 10",
      "mon 10-",
      "mon -11",
      "mon 11-10",
      "mon 10-10",
      "mon 22:00-02:00",
      "mon 10:00-24:01",
      "mon 25-26",
      "mon 10:60-11:00",
      "mon 10:0-11:00",
      "mon 010:00-11:00",
      "mon 10-11-12",
      "mon 10-11,",
      "mon,, 10-11",
      "mon- 10-11",
      "fry 10-11",
      "mon 10-11 x",
      "mon 1e1-11",
      "mon 99999999999999999999-11",
      "\xff\xfe 10-11",
      "mon \xff-11",
  }));
  CAPTURE(text);
  const auto windows = parse_weekly(text);
  REQUIRE_FALSE(windows);
  CHECK(windows.error().kind == ErrorKind::refused);
  CHECK(windows.error().code == "weekly_invalid");
}

TEST_CASE("booking: weekly text has limits and no overlaps", "[booking]") {
  CHECK(printed("mon 10-12; mon 11-13") == "window_overlap");
  CHECK(printed("mon 10-12,10-12") == "window_overlap");
  CHECK(printed("daily 10-12; вт 11:59-12:30") == "window_overlap");
  CHECK(printed(std::string(k_weekly_bytes_max + 1, 'm')) == "too_long");
  std::string many = "daily ";
  for (int i = 0; i < 60; ++i) {
    many += (i == 0 ? "" : ",") + std::string("10:") + (i < 10 ? "0" : "") + std::to_string(i) +
            "-" + print_minutes(601 + i);
  }
  CHECK(printed(many) == "too_long");
  CHECK(printed(std::string("mon 10-11\0, tue 10-11", 21)) == "weekly_invalid");
}

TEST_CASE("booking: windows of one date are read alone", "[booking]") {
  const auto windows = parse_day_windows("10:00-12:00, 14-16", 3);
  REQUIRE(windows);
  CHECK(*windows == std::vector<Window>{{3, 600, 720}, {3, 840, 960}});
  CHECK_FALSE(parse_day_windows("", 3));
  CHECK_FALSE(parse_day_windows("mon 10-12", 3));
}

}  // namespace flead
