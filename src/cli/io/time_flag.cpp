#include "cli/io/time_flag.h"

#include <string>

#include <fmt/format.h>

#include "core/base/text.h"

namespace flead::cli {
namespace {

// "2026-01-06T10:00" and "2026-01-06 10:00" without an offset, and a bare date, as RFC 3339 in UTC:
// the wall clock's reading.
std::optional<TimeMs> parse_wall(std::string_view text) {
  if (const auto date = parse_date(text)) return days_from_date(*date) * k_day_ms;
  std::string plain(text);
  if (plain.size() > 10 && plain[10] == ' ') plain[10] = 'T';
  return parse_time(plain + "Z");
}

}  // namespace

Result<TimeMs> read_time_flag(Context& context, std::string_view flag, std::string_view text) {
  const std::string_view typed = trim(text);
  const bool is_date = parse_date(typed).has_value();
  if (const auto time = parse_time(typed); time && !is_date) return *time;
  const auto reading = parse_wall(typed);
  if (!reading) {
    return usage_error("time_invalid", fmt::format("{} takes a time.", flag),
                       fmt::format("Such as {}", k_time_text));
  }
  FLEAD_TRY(const Zone zone, context.zone());
  const WallTime wall = Zone::utc().wall(*reading);
  if (is_date) return zone.day_start(wall.date);
  const WallLookup found = zone.lookup(wall);
  if (found.kind == WallLookup::Kind::skipped) {
    return usage_error("time_invalid", fmt::format("The clock of {} skips that time.", zone.name()),
                       "Write it with its offset: 2026-03-29T01:30:00Z");
  }
  return found.first;
}

Result<std::int64_t> read_minutes_flag(std::string_view flag, std::string_view text) {
  const auto duration = parse_duration_ms(text);
  if (duration && *duration % k_minute_ms == 0) return *duration / k_minute_ms;
  return usage_error("duration_invalid", fmt::format("{} takes a length of whole minutes.", flag),
                     "Such as 30m, 4h or 1h30m");
}

}  // namespace flead::cli
