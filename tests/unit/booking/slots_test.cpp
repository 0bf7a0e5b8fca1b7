#include "core/booking/slots.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace flead::booking {
namespace {

TimeMs at(std::string_view time) {
  return parse_time(time).value();
}

Schedule schedule_in(std::string_view zone, std::vector<Window> windows, std::int64_t length_min) {
  Schedule schedule;
  schedule.zone = Zone::load(zone).value();
  schedule.windows = std::move(windows);
  schedule.terms.length_min = length_min;
  return schedule;
}

std::vector<std::string> walls(const Schedule& schedule, Date date) {
  std::vector<std::string> out;
  for (const TimeMs start : starts_on(schedule, date)) {
    const WallTime wall = schedule.zone.wall(start);
    out.push_back(format_wall(wall).substr(11) + " " + schedule.zone.abbreviation(start));
  }
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("booking: a window holds as many slots as fit whole", "[booking]") {
  struct Case {
    int from_min, to_min;
    std::int64_t length_min;
    std::size_t count;
  };
  const auto [from, to, length, count] = GENERATE(values<Case>({
      {600, 660, 30, 2},
      {600, 661, 30, 2},
      {600, 659, 30, 1},
      {600, 629, 30, 0},
      {0, 1440, 60, 24},
      {0, 1440, 1440, 1},
      {1439, 1440, 1, 1},
      {600, 660, 45, 1},
  }));
  CAPTURE(from, to, length);
  const auto schedule = schedule_in("Europe/Moscow", {{1, from, to}}, length);
  CHECK(starts_on(schedule, {2026, 1, 5}).size() == count);
  CHECK(starts_on(schedule, {2026, 1, 6}).empty());
}

TEST_CASE("booking: minutes that the clock skips are no starts", "[booking]") {
  const auto half = schedule_in("Europe/Berlin", {{7, 60, 240}}, 30);
  CHECK(walls(half, {2026, 3, 29}) == Texts{"01:00 CET", "01:30 CET", "03:00 CEST", "03:30 CEST"});
  // 01:45 and 45 minutes is 03:30 on the wall: inside the window, though 02:30 never comes.
  const auto odd = schedule_in("Europe/Berlin", {{7, 60, 240}}, 45);
  CHECK(walls(odd, {2026, 3, 29}) == Texts{"01:00 CET", "01:45 CET", "03:15 CEST"});
}

TEST_CASE("booking: a repeated hour has its slots twice", "[booking]") {
  const auto schedule = schedule_in("Europe/Berlin", {{7, 60, 240}}, 60);
  CHECK(walls(schedule, {2026, 10, 25}) ==
        Texts{"01:00 CEST", "02:00 CEST", "02:00 CET", "03:00 CET"});
  const auto starts = starts_on(schedule, {2026, 10, 25});
  CHECK(starts[2] - starts[1] == k_hour_ms);
}

TEST_CASE("booking: a slot never lasts past its window, whatever the clock does", "[booking]") {
  // 90 minutes from 01:00 end at 03:30 on that night's wall: outside of 01:00-02:30.
  const auto spring = schedule_in("Europe/Berlin", {{7, 60, 150}}, 90);
  CHECK(starts_on(spring, {2026, 3, 29}).empty());
  CHECK(starts_on(spring, {2026, 3, 22}).size() == 1);
  // 02:30 CEST and 90 minutes pass through 02:00 CET: before the window opens.
  const auto autumn = schedule_in("Europe/Berlin", {{7, 150, 240}}, 90);
  CHECK(walls(autumn, {2026, 10, 25}) == Texts{"02:30 CET"});
}

TEST_CASE("booking: a day that a country skipped has no slots", "[booking]") {
  const auto schedule = schedule_in("Pacific/Apia", {{5, 600, 720}}, 30);
  CHECK(starts_on(schedule, {2011, 12, 30}).empty());
  CHECK(starts_on(schedule, {2011, 12, 23}).size() == 4);
}

TEST_CASE("booking: an exception replaces the weekly windows of its date", "[booking]") {
  auto schedule = schedule_in("UTC", {{1, 600, 660}}, 30);
  const Date monday{2026, 1, 5};
  schedule.exceptions = {{monday, 900, 960}, {monday, 1000, 1030}};
  CHECK(walls(schedule, monday) == Texts{"15:00 UTC", "15:30 UTC", "16:40 UTC"});
  schedule.exceptions.push_back({monday, 0, 0});
  CHECK(starts_on(schedule, monday).empty());
  CHECK(starts_on(schedule, {2026, 1, 12}).size() == 2);
  // Open on a day without weekly windows.
  schedule.exceptions = {{{2026, 1, 6}, 600, 630}};
  CHECK(starts_on(schedule, {2026, 1, 6}).size() == 1);
}

TEST_CASE("booking: overlapping windows offer a start once", "[booking]") {
  const auto schedule = schedule_in("UTC", {{1, 600, 720}, {1, 660, 780}}, 60);
  CHECK(walls(schedule, {2026, 1, 5}) == Texts{"10:00 UTC", "11:00 UTC", "12:00 UTC"});
}

TEST_CASE("booking: notice and horizon are kept to the millisecond", "[booking]") {
  Terms terms;
  terms.notice_min = 60;
  terms.horizon_days = 1;
  const TimeMs now = at("2026-01-05T09:00Z");
  CHECK_FALSE(is_open_at(terms, now, now + k_hour_ms - 1));
  CHECK(is_open_at(terms, now, now + k_hour_ms));
  CHECK(is_open_at(terms, now, now + k_day_ms));
  CHECK_FALSE(is_open_at(terms, now, now + k_day_ms + 1));

  auto schedule = schedule_in("UTC", {{1, 0, 1440}, {2, 0, 1440}}, 60);
  schedule.terms.notice_min = 60;
  schedule.terms.horizon_days = 1;
  const auto slots = free_slots(schedule, {}, {0, now + 30 * k_day_ms, now}, 1000);
  REQUIRE(slots.size() == 24);
  CHECK(slots.front().starts_at == now + k_hour_ms);
  CHECK(slots.back().starts_at == now + k_day_ms);
}

TEST_CASE("booking: a booking takes its slot and what its buffer touches", "[booking]") {
  Terms terms;
  terms.length_min = 30;
  terms.buffer_min = 10;
  const TimeMs ten = at("2026-01-05T10:00Z");
  const auto minutes = [&](std::int64_t count) { return ten + count * k_minute_ms; };
  const std::vector<Busy> busy = {{ten, minutes(30), minutes(40), true}};
  struct Case {
    int start_min;
    std::int64_t left;
  };
  const auto [start, left] = GENERATE(values<Case>({
      {-41, 1},
      {-40, 1},  // its buffer ends as the booking begins
      {-39, 0},
      {-30, 0},
      {0, 0},
      {30, 0},  // inside the booking's buffer
      {39, 0},
      {40, 1},
  }));
  CAPTURE(start);
  CHECK(seats_left(terms, minutes(start), busy) == left);
}

TEST_CASE("booking: only bookings of the same slot and offer share its seats", "[booking]") {
  Terms terms;
  terms.length_min = 60;
  terms.seats = 3;
  const TimeMs ten = at("2026-01-05T10:00Z");
  const Busy same{ten, ten + k_hour_ms, ten + k_hour_ms, true};
  Busy other_offer = same;
  other_offer.same_offer = false;
  Busy shorter = same;
  shorter.ends_at -= 30 * k_minute_ms;
  CHECK(seats_left(terms, ten, {}) == 3);
  CHECK(seats_left(terms, ten, std::vector<Busy>{same}) == 2);
  CHECK(seats_left(terms, ten, std::vector<Busy>{same, same, same}) == 0);
  CHECK(seats_left(terms, ten, std::vector<Busy>{same, same, same, same}) == 0);
  CHECK(seats_left(terms, ten, std::vector<Busy>{other_offer}) == 0);
  CHECK(seats_left(terms, ten, std::vector<Busy>{shorter}) == 0);
  CHECK(seats_left(terms, ten + k_hour_ms, std::vector<Busy>{same}) == 3);
}

TEST_CASE("booking: a list of free slots ends at its limit", "[booking]") {
  const auto schedule = schedule_in("UTC", {{1, 0, 1440}}, 1);
  const TimeMs now = at("2026-01-05T00:00Z");
  CHECK(free_slots(schedule, {}, {now, now + k_day_ms, now}, 100).size() == 100);
  CHECK(free_slots(schedule, {}, {now, now, now}, 100).empty());
  CHECK(free_slots(schedule, {}, {now + k_day_ms, now, now}, 100).empty());
}

}  // namespace flead::booking
