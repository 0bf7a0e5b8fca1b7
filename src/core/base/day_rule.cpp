#include "core/base/day_rule.h"

#include <algorithm>
#include <charconv>

#include "core/base/text.h"
#include "core/base/weekly.h"

namespace flead {
namespace {

constexpr int k_month_day_max = 28;  // every month has it
constexpr int k_month_days = 31;     // no rule waits longer for its next day

std::optional<int> weekday_number(std::string_view name) {
  for (int day = 1; day <= 7; ++day) {
    if (weekday_name(day) == name) return day;
  }
  return std::nullopt;
}

std::optional<DayRule> weekly_rule(std::string_view days) {
  DayRule rule;
  rule.kind = DayRule::Kind::weekly;
  for (const std::string& name : split(days, ',')) {
    const auto day = weekday_number(name);
    if (!day) return std::nullopt;
    rule.weekdays.push_back(*day);
  }
  std::sort(rule.weekdays.begin(), rule.weekdays.end());
  rule.weekdays.erase(std::unique(rule.weekdays.begin(), rule.weekdays.end()), rule.weekdays.end());
  return rule;
}

std::optional<DayRule> monthly_rule(std::string_view day) {
  DayRule rule;
  rule.kind = DayRule::Kind::monthly;
  if (day == "last") return rule;
  const char* const end = day.data() + day.size();
  const auto [stop, code] = std::from_chars(day.data(), end, rule.month_day);
  if (code != std::errc() || stop != end || rule.month_day < 1 ||
      rule.month_day > k_month_day_max) {
    return std::nullopt;
  }
  return rule;
}

}  // namespace

std::optional<DayRule> parse_day_rule(std::string_view text) {
  const std::string folded = ascii_lower(trim(text));
  const std::string_view words = folded;
  if (words == "manual") return DayRule{};
  if (words == "daily") return DayRule{DayRule::Kind::daily, {}, 0};
  constexpr std::string_view k_weekly = "weekly ";
  constexpr std::string_view k_monthly = "monthly ";
  if (words.starts_with(k_weekly)) return weekly_rule(words.substr(k_weekly.size()));
  if (words.starts_with(k_monthly)) return monthly_rule(trim(words.substr(k_monthly.size())));
  return std::nullopt;
}

bool falls_on(const DayRule& rule, Date day) {
  switch (rule.kind) {
    case DayRule::Kind::manual:
      return false;
    case DayRule::Kind::daily:
      return true;
    case DayRule::Kind::weekly:
      return std::find(rule.weekdays.begin(), rule.weekdays.end(), weekday_of(day)) !=
             rule.weekdays.end();
    case DayRule::Kind::monthly:
      if (rule.month_day > 0) return day.day == rule.month_day;
      return date_from_days(days_from_date(day) + 1).day == 1;
  }
  return false;
}

std::optional<Date> last_day_of(const DayRule& rule, Date today) {
  const std::int64_t now = days_from_date(today);
  for (std::int64_t back = 0; back <= k_month_days; ++back) {
    const Date day = date_from_days(now - back);
    if (falls_on(rule, day)) return day;
  }
  return std::nullopt;
}

std::optional<Date> next_day_of(const DayRule& rule, Date today) {
  const std::int64_t now = days_from_date(today);
  for (std::int64_t ahead = 1; ahead <= k_month_days; ++ahead) {
    const Date day = date_from_days(now + ahead);
    if (falls_on(rule, day)) return day;
  }
  return std::nullopt;
}

}  // namespace flead
