// Days that come back: "manual", "daily", "weekly mon,thu", "monthly 5", "monthly last". Pure.
// Callers: the setting payout.schedule and whoever obeys it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace flead {

struct DayRule {
  enum class Kind { manual, daily, weekly, monthly };
  Kind kind = Kind::manual;
  std::vector<int> weekdays;  // weekly: Monday is 1, sorted
  int month_day = 0;          // monthly: 1 to 28; 0 is the last day
};

// Nothing for any other text.
std::optional<DayRule> parse_day_rule(std::string_view text);
bool falls_on(const DayRule& rule, Date day);
// The latest such day up to `today`, and the first one after it. Nothing for "manual".
std::optional<Date> last_day_of(const DayRule& rule, Date today);
std::optional<Date> next_day_of(const DayRule& rule, Date today);

}  // namespace flead
