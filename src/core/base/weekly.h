// The text of weekly windows, "mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00", read and written.
// Pure. Callers: `flead slot rule add`, `flead slot except add`, lists of rules, business.hours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace flead {

// Open every week on this weekday (Monday is 1) from one minute of the day to another; 1440 is the
// end of the day. A window never crosses midnight.
struct Window {
  int weekday = 1;
  int from_min = 0;
  int to_min = 0;
  friend auto operator<=>(const Window&, const Window&) = default;
};

// Groups are separated by ";", each is days, a space, times. Days: mon…sun, full names, or
// пн…вс, as a list ("mon,wed"), a range ("mon-fri", also "sat-mon") or "daily" / "ежедневно".
// Times: "10:00-13:00,15-18", to "24:00". Sorted. Errors (refused, field `weekly`): weekly_invalid
// with the part that was not understood, window_overlap, too_long.
Result<std::vector<Window>> parse_weekly(std::string_view text);

// Times alone, for one date: "10:00-12:00,14:00-16:00". The weekday of each result is `weekday`.
Result<std::vector<Window>> parse_day_windows(std::string_view text, int weekday);

// The shortest writing that parses back to the same windows: days with equal times share a group.
std::string print_weekly(std::vector<Window> windows);
std::string print_minutes(int minute_of_day);  // 600 is "10:00", 1440 is "24:00"
std::string_view weekday_name(int weekday);    // 1 is "mon"

}  // namespace flead
