// Times and durations as commands take them. Callers: commands and page.cpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "cli/io/context.h"
#include "core/base/time.h"

namespace flead::cli {

inline constexpr const char* k_time_text =
    "2026-01-06T10:00+03:00, or 2026-01-06T10:00 in the tenant's zone";

// RFC 3339, or a wall time or a bare date in --tz, else the tenant's zone. Error time_invalid
// (usage): not a time, or one that the clock skips.
Result<TimeMs> read_time_flag(Context& context, std::string_view flag, std::string_view text);

// "30m", "1h30m" as whole minutes. Error duration_invalid (usage).
Result<std::int64_t> read_minutes_flag(std::string_view flag, std::string_view text);

}  // namespace flead::cli
