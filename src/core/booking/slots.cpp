#include "core/booking/slots.h"

#include <algorithm>

#include "core/base/limits.h"

namespace flead::booking {
namespace {

constexpr std::int64_t k_minutes_per_day = 24 * 60;

WallTime wall_at(Date date, int minute_of_day) {
  return WallTime{date, minute_of_day / 60, minute_of_day % 60, 0};
}

struct DayWindow {
  int from_min = 0;
  int to_min = 0;
};

std::vector<DayWindow> windows_of(const Schedule& schedule, Date date) {
  std::vector<DayWindow> open;
  bool is_exception = false;
  for (const auto& exception : schedule.exceptions) {
    if (exception.date != date) continue;
    if (exception.closed()) return {};
    is_exception = true;
    open.push_back({exception.from_min, exception.to_min});
  }
  if (is_exception) return open;
  const int weekday = weekday_of(date);
  for (const auto& window : schedule.windows) {
    if (window.weekday == weekday) open.push_back({window.from_min, window.to_min});
  }
  return open;
}

bool reads_inside(const Zone& zone, TimeMs time, Date date, const DayWindow& window) {
  const WallTime wall = zone.wall(time);
  const int minute = wall.hour * 60 + wall.minute;
  return wall.date == date && minute >= window.from_min && minute < window.to_min;
}

// Most slots see one offset, and then both ends decide. Where the clock changes within the slot,
// each minute is asked.
bool lies_inside(const Zone& zone, TimeMs start, TimeMs end, Date date, const DayWindow& window) {
  if (!reads_inside(zone, start, date, window)) return false;
  if (!reads_inside(zone, end - 1, date, window)) return false;
  if (zone.offset_seconds(start) == zone.offset_seconds(end - 1)) return true;
  for (TimeMs time = start; time < end; time += k_minute_ms) {
    if (!reads_inside(zone, time, date, window)) return false;
  }
  return true;
}

void add_window_starts(const Schedule& schedule, Date date, const DayWindow& window,
                       std::vector<TimeMs>& starts) {
  const std::int64_t length_min = schedule.terms.length_min;
  for (std::int64_t minute = window.from_min; minute + length_min <= window.to_min;
       minute += length_min) {
    if (minute >= k_minutes_per_day) break;
    const WallLookup found = schedule.zone.lookup(wall_at(date, static_cast<int>(minute)));
    if (found.kind == WallLookup::Kind::skipped) continue;
    const auto add = [&](TimeMs start) {
      const TimeMs end = start + length_min * k_minute_ms;
      if (lies_inside(schedule.zone, start, end, date, window)) starts.push_back(start);
    };
    add(found.first);
    if (found.kind == WallLookup::Kind::repeated) add(found.second);
  }
}

}  // namespace

std::vector<TimeMs> starts_on(const Schedule& schedule, Date date) {
  std::vector<TimeMs> starts;
  if (schedule.terms.length_min < 1) return starts;
  for (const auto& window : windows_of(schedule, date)) {
    add_window_starts(schedule, date, window, starts);
  }
  // Windows of one day may overlap, and the two passes of a repeated hour interleave.
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

bool is_start(const Schedule& schedule, TimeMs start) {
  const auto starts = starts_on(schedule, schedule.zone.wall(start).date);
  return std::binary_search(starts.begin(), starts.end(), start);
}

bool is_open_at(const Terms& terms, TimeMs now, TimeMs start) {
  return start >= now + terms.notice_min * k_minute_ms &&
         start <= now + terms.horizon_days * k_day_ms;
}

std::int64_t seats_left(const Terms& terms, TimeMs start, std::span<const Busy> busy) {
  const TimeMs end = start + terms.length_min * k_minute_ms;
  const TimeMs busy_until = end + terms.buffer_min * k_minute_ms;
  std::int64_t left = terms.seats;
  auto other = std::lower_bound(
      busy.begin(), busy.end(), start - k_booking_span_ms_max,
      [](const Busy& candidate, TimeMs time) { return candidate.starts_at < time; });
  for (; other != busy.end() && other->starts_at < busy_until; ++other) {
    if (other->busy_until <= start) continue;
    const bool shares = other->same_offer && other->starts_at == start && other->ends_at == end;
    if (!shares) return 0;
    --left;
  }
  return std::max<std::int64_t>(left, 0);
}

std::vector<Slot> free_slots(const Schedule& schedule, std::span<const Busy> busy,
                             const SlotRange& range, std::size_t count_max) {
  std::vector<Slot> slots;
  const TimeMs from = std::max(range.from, range.now + schedule.terms.notice_min * k_minute_ms);
  const TimeMs to = std::min(range.to, range.now + schedule.terms.horizon_days * k_day_ms + 1);
  if (from >= to) return slots;
  const std::int64_t last_day = days_from_date(schedule.zone.wall(to - 1).date);
  for (std::int64_t day = days_from_date(schedule.zone.wall(from).date); day <= last_day; ++day) {
    for (const TimeMs start : starts_on(schedule, date_from_days(day))) {
      if (start < from || start >= to) continue;
      const std::int64_t left = seats_left(schedule.terms, start, busy);
      if (left < 1) continue;
      if (slots.size() == count_max) return slots;
      slots.push_back({start, start + schedule.terms.length_min * k_minute_ms, left, {}});
    }
  }
  return slots;
}

TimeSpan week_of(const Zone& zone, TimeMs time) {
  const Date date = zone.wall(time).date;
  const std::int64_t monday = days_from_date(date) - (weekday_of(date) - 1);
  return {zone.day_start(date_from_days(monday)), zone.day_start(date_from_days(monday + 7))};
}

bool within_caps(const Terms& terms, const Zone& zone, std::span<const TimeMs> others,
                 TimeMs start) {
  if (!terms.capped() || std::binary_search(others.begin(), others.end(), start)) return true;
  const auto meetings = [&](TimeMs from, TimeMs to) {
    return std::lower_bound(others.begin(), others.end(), to) -
           std::lower_bound(others.begin(), others.end(), from);
  };
  const std::int64_t day = days_from_date(zone.wall(start).date);
  const TimeMs day_from = zone.day_start(date_from_days(day));
  const TimeMs day_to = zone.day_start(date_from_days(day + 1));
  const TimeSpan week = week_of(zone, start);
  return (terms.day_max == 0 || meetings(day_from, day_to) < terms.day_max) &&
         (terms.week_max == 0 || meetings(week.from, week.to) < terms.week_max);
}

}  // namespace flead::booking
