// Instants and durations as text. Zones and wall time live in zone.h and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flead {

// UTC, milliseconds since 1970-01-01T00:00:00Z.
using TimeMs = std::int64_t;

inline constexpr std::int64_t k_second_ms = 1000;
inline constexpr std::int64_t k_minute_ms = 60 * k_second_ms;
inline constexpr std::int64_t k_hour_ms = 60 * k_minute_ms;
inline constexpr std::int64_t k_day_ms = 24 * k_hour_ms;

// RFC 3339 in UTC with milliseconds: 2026-01-05T09:00:00.000Z (contract section 3).
std::string format_time(TimeMs time);

// RFC 3339 with any offset; the fraction may be missing and the seconds too (2026-03-28T09:00Z);
// a bare date is its midnight in UTC. Years 1970 to 9999. Nothing for anything else.
std::optional<TimeMs> parse_time(std::string_view text);

// RFC 5322 date in UTC for mail and HTTP headers: Mon, 05 Jan 2026 09:00:00 +0000 (or GMT).
std::string format_mail_date(TimeMs time);
std::string format_http_date(TimeMs time);

// "90s" "30m" "4h" "3d" "2w", or a sum such as "1h30m"; at most 10 years. Nothing for other text.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);
// The shortest such writing: 5400000 is "1h30m", 0 is "0s".
std::string format_duration(std::int64_t duration_ms);

// Proleptic Gregorian days since 1970-01-01, and back. Months and days count from 1.
struct Date {
  std::int32_t year = 1970;
  std::int32_t month = 1;
  std::int32_t day = 1;
  friend auto operator<=>(const Date&, const Date&) = default;
};
std::int64_t days_from_date(Date date);
Date date_from_days(std::int64_t days);
// Monday is 1, Sunday is 7 (ISO 8601).
int weekday_of(Date date);
std::optional<Date> parse_date(std::string_view text);  // 2026-01-05
std::string format_date(Date date);

}  // namespace flead
