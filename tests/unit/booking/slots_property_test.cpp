// Slots counted again the slow way: every minute of UTC is asked what it reads on the wall, never
// the other way round. In the first half the wall comes from the product's own zones, in the second
// from the system's zdump.
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/booking/slots.h"
#include "support/catch.h"

namespace flead::booking {
namespace {

struct SlowWall {
  std::int64_t day = 0;  // days since 1970
  int minute = 0;        // of the day
};

// Any clock: the offset of a moment is all that is asked of it.
template <class Offset>
SlowWall slow_wall(TimeMs time, const Offset& offset_seconds) {
  const std::int64_t local = time / 1000 + offset_seconds(time);
  const std::int64_t day = (local >= 0 ? local : local - 86399) / 86400;
  return {day, static_cast<int>((local - day * 86400) / 60)};
}

// 1970-01-01 was a Thursday.
int slow_weekday(std::int64_t day) {
  return static_cast<int>(((day + 3) % 7 + 7) % 7) + 1;
}

std::vector<Window> slow_windows(const Schedule& schedule, std::int64_t day) {
  std::vector<Window> special;
  bool closed = false;
  for (const auto& exception : schedule.exceptions) {
    if (days_from_date(exception.date) != day) continue;
    closed = closed || exception.closed();
    special.push_back({0, exception.from_min, exception.to_min});
  }
  if (closed) return {};
  if (!special.empty()) return special;
  std::vector<Window> open;
  for (const auto& window : schedule.windows) {
    if (window.weekday == slow_weekday(day)) open.push_back(window);
  }
  return open;
}

template <class Offset>
bool slow_is_start(const Schedule& schedule, TimeMs time, TimeMs step, const Offset& offset) {
  const SlowWall wall = slow_wall(time, offset);
  for (const auto& window : slow_windows(schedule, wall.day)) {
    const std::int64_t into = wall.minute - window.from_min;
    const std::int64_t length = schedule.terms.length_min;
    if (into < 0 || into % length != 0 || wall.minute + length > window.to_min) continue;
    bool inside = true;
    for (TimeMs minute = time; minute < time + length * k_minute_ms && inside; minute += step) {
      const SlowWall reads = slow_wall(minute, offset);
      inside =
          reads.day == wall.day && reads.minute >= window.from_min && reads.minute < window.to_min;
    }
    if (inside) return true;
  }
  return false;
}

// Seats by their meaning: two meetings collide when some minute belongs to both, buffers included.
std::int64_t slow_seats(const Terms& terms, TimeMs start, const std::vector<Busy>& busy) {
  const TimeMs end = start + terms.length_min * k_minute_ms;
  std::int64_t taken = 0;
  for (const auto& other : busy) {
    bool collides = false;
    for (TimeMs minute = start; minute < end + terms.buffer_min * k_minute_ms;
         minute += k_minute_ms) {
      collides = collides || (minute >= other.starts_at && minute < other.busy_until);
    }
    if (!collides) continue;
    if (!other.same_offer || other.starts_at != start || other.ends_at != end) return 0;
    ++taken;
  }
  return taken >= terms.seats ? 0 : terms.seats - taken;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  int below(int bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<int>(state_ % static_cast<std::uint64_t>(bound));
  }

 private:
  std::uint64_t state_;
};

struct Moment {
  std::string_view zone;
  std::string_view around;  // the clock changes here
};
constexpr Moment k_moments[] = {
    {"Europe/Berlin", "2026-03-29"},       {"Europe/Berlin", "2026-10-25"},
    {"America/New_York", "2026-03-08"},    {"America/New_York", "2026-11-01"},
    {"Europe/Moscow", "2011-03-27"},       {"Europe/Moscow", "2014-10-26"},
    {"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"},
    {"Pacific/Apia", "2011-12-30"},        {"America/St_Johns", "2026-03-08"},
    {"Asia/Kathmandu", "2026-05-05"},      {"Africa/Casablanca", "2026-02-15"},
    {"America/Havana", "2026-03-08"},      {"Asia/Beirut", "2026-03-29"},
};

int dice_minute(Dice& dice, int step) {
  return dice.below(1440 / step) * step;
}

Window dice_window(Dice& dice, int likely_weekday) {
  const int step = std::array{1, 5, 15, 30, 60}[static_cast<std::size_t>(dice.below(5))];
  int from = dice_minute(dice, step);
  int to = dice_minute(dice, step) + step;
  if (from >= to) std::swap(from, to);
  if (from == to) to = 1440;
  // The night, where clocks change, more often than the day.
  if (dice.below(2) == 0 && from > 300) from %= 300;
  return {dice.below(2) == 0 ? likely_weekday : 1 + dice.below(7), from, to};
}

Schedule dice_schedule(Dice& dice, const Moment& moment) {
  Schedule schedule;
  schedule.zone = Zone::load(moment.zone).value();
  schedule.terms.length_min =
      std::array{10, 15, 20, 30, 45, 60, 90, 120, 180, 7}[static_cast<std::size_t>(dice.below(10))];
  schedule.terms.buffer_min = std::array{0, 0, 5, 10, 30}[static_cast<std::size_t>(dice.below(5))];
  schedule.terms.notice_min = dice.below(3) == 0 ? dice.below(3000) : 0;
  schedule.terms.horizon_days = dice.below(3) == 0 ? 1 + dice.below(6) : 60;
  schedule.terms.seats = 1 + dice.below(3);
  const std::int64_t day = days_from_date(*parse_date(moment.around));
  const int weekday = slow_weekday(day);
  const int windows = 1 + dice.below(10);
  for (int i = 0; i < windows; ++i) schedule.windows.push_back(dice_window(dice, weekday));
  for (int i = dice.below(3); i > 0; --i) {
    const Window window = dice_window(dice, weekday);
    const bool closed = dice.below(2) == 0;
    schedule.exceptions.push_back({date_from_days(day - 1 + dice.below(3)),
                                   closed ? 0 : window.from_min, closed ? 0 : window.to_min});
  }
  return schedule;
}

std::vector<Busy> dice_busy(Dice& dice, const Schedule& schedule, TimeMs from,
                            const std::vector<TimeMs>& starts) {
  std::vector<Busy> busy;
  for (int i = dice.below(8); i > 0; --i) {
    Busy one;
    const bool on_slot = !starts.empty() && dice.below(2) == 0;
    one.starts_at =
        on_slot ? starts[static_cast<std::size_t>(dice.below(static_cast<int>(starts.size())))]
                : from + dice.below(3 * 1440) * k_minute_ms;
    one.same_offer = on_slot && dice.below(4) != 0;
    one.ends_at =
        one.starts_at + (on_slot ? schedule.terms.length_min : 5 + dice.below(200)) * k_minute_ms;
    one.busy_until = one.ends_at + (dice.below(2) == 0 ? 0 : dice.below(40)) * k_minute_ms;
    busy.push_back(one);
  }
  std::sort(busy.begin(), busy.end(),
            [](const Busy& a, const Busy& b) { return a.starts_at < b.starts_at; });
  return busy;
}

// ---- zdump -----------------------------------------------------------------------------------

// "Sun Mar 29 01:00:00 2026 UT" as seconds, without the product's calendar.
std::int64_t zdump_seconds(const char* month, int day, int hour, int minute, int second, int year) {
  static const std::string k_months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static const int k_days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const auto index = k_months.find(std::string(month)) / 3;
  std::int64_t days = day - 1 + k_days[index];
  for (int y = 1970; y < year; ++y) days += y % 4 == 0 ? 366 : 365;  // 1970 to 2099
  if (index >= 2 && year % 4 == 0) ++days;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

// Offset by the second from which it counts.
std::map<std::int64_t, int> read_zdump(const std::string& zone) {
  std::map<std::int64_t, int> offsets;
  const std::string command = "PATH=$PATH:/usr/sbin:/sbin zdump -v -c 1971,2037 " + zone;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe != nullptr);
  std::array<char, 512> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr) {
    std::array<char, 8> month{};
    int day = 0, hour = 0, minute = 0, second = 0, year = 0;
    if (std::sscanf(line.data(), "%*s %*3s %7s %d %d:%d:%d %d UT", month.data(), &day, &hour,
                    &minute, &second, &year) != 6) {
      continue;
    }
    const std::string text(line.data());
    const auto offset = text.find("gmtoff=");
    REQUIRE(offset != std::string::npos);
    offsets[zdump_seconds(month.data(), day, hour, minute, second, year)] =
        std::stoi(text.substr(offset + 7));
  }
  return offsets;
}

}  // namespace

TEST_CASE("booking: slots agree with a minute by minute count over generated rules",
          "[booking][property]") {
  for (std::uint64_t seed = 1; seed <= 112; ++seed) {
    Dice dice(seed);
    const Moment& moment = k_moments[seed % std::size(k_moments)];
    const Schedule schedule = dice_schedule(dice, moment);
    const TimeMs middle = parse_time(moment.around).value();
    const TimeMs from = middle - k_day_ms;
    const TimeMs to = middle + 2 * k_day_ms;
    const TimeMs now = from + (dice.below(2) == 0 ? 0 : dice.below(2880)) * k_minute_ms;
    std::vector<int> offsets;  // of each minute, and of the day after, where late slots end
    for (TimeMs time = from; time < to + k_day_ms; time += k_minute_ms) {
      offsets.push_back(schedule.zone.offset_seconds(time));
    }
    const auto offset = [&](TimeMs time) {
      return offsets[static_cast<std::size_t>((time - from) / k_minute_ms)];
    };
    std::vector<TimeMs> starts;
    for (TimeMs time = from; time < to; time += k_minute_ms) {
      if (slow_is_start(schedule, time, k_minute_ms, offset)) starts.push_back(time);
    }
    const auto busy = dice_busy(dice, schedule, from, starts);
    std::vector<Slot> wanted;
    for (const TimeMs start : starts) {
      const std::int64_t seats = slow_seats(schedule.terms, start, busy);
      const bool open = start - now >= schedule.terms.notice_min * k_minute_ms &&
                        start - now <= schedule.terms.horizon_days * k_day_ms;
      if (seats > 0 && open) {
        wanted.push_back({start, start + schedule.terms.length_min * k_minute_ms, seats});
      }
      REQUIRE(is_start(schedule, start));
    }
    CAPTURE(seed, moment.zone);
    REQUIRE(free_slots(schedule, busy, {from, to, now}, 100000) == wanted);
  }
}

TEST_CASE("booking: every slot of three years stands where zdump's clock says", "[booking][dst]") {
  struct Case {
    std::string zone;
    int first_year;
    std::int64_t length_min;
    int from_min, to_min;
  };
  const auto [zone, first_year, length, from_min, to_min] = GENERATE(values<Case>({
      {"Europe/Berlin", 2026, 30, 0, 1440},
      {"Europe/Berlin", 2026, 45, 30, 1425},
      {"America/New_York", 2026, 30, 0, 1440},
      {"America/New_York", 2026, 20, 60, 1380},
      {"Europe/Moscow", 2026, 30, 0, 1440},
      {"Europe/Moscow", 2009, 60, 0, 1440},  // when Moscow still changed its clocks
      {"Europe/Moscow", 2012, 60, 30, 1410},
  }));
  CAPTURE(zone, first_year, length);
  const auto offsets = read_zdump(zone);
  REQUIRE(offsets.size() > 10);
  const auto offset = [&](TimeMs time) {
    auto row = offsets.upper_bound(time / 1000);
    return row == offsets.begin() ? row->second : std::prev(row)->second;
  };
  Schedule schedule;
  schedule.zone = Zone::load(zone).value();
  schedule.terms.length_min = length;
  schedule.terms.horizon_days = 3 * 366;
  for (int day = 1; day <= 7; ++day) schedule.windows.push_back({day, from_min, to_min});
  const TimeMs from = days_from_date({first_year, 1, 1}) * k_day_ms;
  const TimeMs to = days_from_date({first_year + 3, 1, 1}) * k_day_ms;
  std::vector<TimeMs> wanted;
  constexpr TimeMs k_step = 5 * k_minute_ms;  // everything here is a multiple of it
  for (TimeMs time = from; time < to; time += k_step) {
    if (slow_is_start(schedule, time, k_step, offset)) wanted.push_back(time);
  }
  std::vector<TimeMs> seen;
  for (const Slot& slot : free_slots(schedule, {}, {from, to, from}, 1000000)) {
    seen.push_back(slot.starts_at);
  }
  CHECK(seen.size() > 3 * 365 * 10);
  REQUIRE((seen == wanted));  // printing 50,000 times helps nobody
}

}  // namespace flead::booking
