#include "core/base/zone.h"

#include <cstdint>
#include <string>

#include "support/catch.h"

namespace flead {
namespace {

TimeMs at(std::string_view time) {
  return parse_time(time).value();
}

Zone zone(std::string_view name) {
  return Zone::load(name).value();
}

WallTime wall_of(Date date, int hour, int minute) {
  return {date, hour, minute, 0};
}

}  // namespace

TEST_CASE("zone: wall clocks follow their zone's rules", "[base]") {
  struct Case {
    std::string zone;
    std::string time;
    std::string wall;
    std::string abbreviation;
    int offset_seconds;
  };
  const auto [name, time, wall, abbreviation, offset] = GENERATE(values<Case>({
      {"UTC", "2026-01-05T09:00Z", "2026-01-05 09:00", "UTC", 0},
      {"Europe/Moscow", "2026-01-05T09:00Z", "2026-01-05 12:00", "MSK", 10800},
      {"Europe/Moscow", "2012-01-05T09:00Z", "2012-01-05 13:00", "MSK", 14400},
      {"Europe/Berlin", "2026-07-05T22:30Z", "2026-07-06 00:30", "CEST", 7200},
      {"Europe/Berlin", "2060-07-05T10:00Z", "2060-07-05 12:00", "CEST", 7200},
      {"America/New_York", "2026-01-01T04:59Z", "2025-12-31 23:59", "EST", -18000},
      {"Asia/Kolkata", "2026-01-05T09:00Z", "2026-01-05 14:30", "IST", 19800},
      {"Asia/Almaty", "2026-01-05T09:00Z", "2026-01-05 14:00", "+05", 18000},
      {"Etc/GMT+5", "2026-01-05T09:00Z", "2026-01-05 04:00", "-05", -18000},
  }));
  CAPTURE(name, time);
  CHECK(format_wall(zone(name).wall(at(time))) == wall);
  CHECK(zone(name).abbreviation(at(time)) == abbreviation);
  CHECK(zone(name).offset_seconds(at(time)) == offset);
  const auto back = zone(name).lookup(zone(name).wall(at(time)));
  CHECK(back.kind == WallLookup::Kind::unique);
  CHECK(back.first == at(time));
  CHECK(back.second == at(time));
}

TEST_CASE("zone: a skipped wall time is told with both readings", "[base]") {
  const auto lookup = zone("Europe/Berlin").lookup(wall_of({2026, 3, 29}, 2, 30));
  CHECK(lookup.kind == WallLookup::Kind::skipped);
  CHECK(lookup.first == at("2026-03-29T01:30Z"));   // read as winter time
  CHECK(lookup.second == at("2026-03-29T00:30Z"));  // read as summer time
  CHECK(zone("Europe/Berlin").lookup(wall_of({2026, 3, 29}, 3, 0)).kind ==
        WallLookup::Kind::unique);
}

TEST_CASE("zone: a repeated wall time is told with both moments", "[base]") {
  const auto lookup = zone("Europe/Berlin").lookup(wall_of({2026, 10, 25}, 2, 30));
  CHECK(lookup.kind == WallLookup::Kind::repeated);
  CHECK(lookup.first == at("2026-10-25T00:30Z"));
  CHECK(lookup.second == at("2026-10-25T01:30Z"));
}

TEST_CASE("zone: days begin where the clock says so", "[base]") {
  CHECK(zone("Europe/Moscow").day_start({2026, 1, 5}) == at("2026-01-04T21:00Z"));
  // Beirut skips midnight in spring and Havana repeats it in autumn.
  CHECK(zone("Asia/Beirut").day_start({2026, 3, 29}) == at("2026-03-28T22:00Z"));
  CHECK(zone("America/Havana").day_start({2026, 11, 1}) == at("2026-11-01T04:00Z"));
  CHECK(Zone::utc().day_start({2026, 1, 5}) == at("2026-01-05"));
}

TEST_CASE("zone: old names are today's zones", "[base]") {
  CHECK(zone("Europe/Kiev").name() == "Europe/Kyiv");
  CHECK(zone("US/Pacific").name() == "America/Los_Angeles");
  CHECK(zone("Asia/Calcutta").name() == "Asia/Kolkata");
  CHECK(zone("W-SU").name() == "Europe/Moscow");
  CHECK(zone("Zulu").name() == "UTC");
  CHECK(zone("Etc/UTC").name() == "UTC");
  CHECK(zone("EST5EDT").name() == "America/New_York");
  CHECK(zone("Europe/Bratislava").name() == "Europe/Bratislava");
}

TEST_CASE("zone: other names are refused", "[base]") {
  const std::string name = GENERATE(values<std::string>(
      {"", "Mars/Base", "Europe", "Europe/", "/etc/passwd", "../../etc/passwd", "Europe/../UTC",
       "localtime", "libc:localtime", "europe/moscow", "Factory", "Fixed/UTC+03:00:00", "zone.tab",
       "posix/Europe/Moscow", "EUROPE\xFF", std::string("UTC\0", 4), "MSK", ":UTC",
       std::string(100000, 'E')}));
  CAPTURE(name.substr(0, 40));
  const auto loaded = Zone::load(name);
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().code == "zone_unknown");
}

TEST_CASE("zone: wild wall times and instants do not overflow", "[base]") {
  const auto berlin = zone("Europe/Berlin");
  CHECK(berlin.lookup(wall_of({2000000000, 99, 99}, 99, 99)).first > 0);
  CHECK(berlin.lookup(wall_of({-2000000000, -99, -99}, -99, -99)).first < 0);
  CHECK(berlin.wall(-1).second == 59);
  CHECK_FALSE(berlin.abbreviation(INT64_MAX).empty());
  CHECK_FALSE(berlin.abbreviation(INT64_MIN).empty());
}

TEST_CASE("zone: dates are written for people in their language", "[base]") {
  CHECK(format_wall_long(wall_of({2026, 1, 5}, 12, 0), "ru") == "понедельник, 5 января, 12:00");
  CHECK(format_wall_long(wall_of({2026, 1, 5}, 12, 0), "en") == "Monday, 5 January, 12:00");
  CHECK(format_wall_long(wall_of({2026, 8, 30}, 9, 5), "ru") == "воскресенье, 30 августа, 09:05");
  CHECK(format_wall_long(wall_of({2026, 8, 30}, 9, 5), "de") == "Sunday, 30 August, 09:05");
}

}  // namespace flead
