#include "core/base/weekly.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead {
namespace {

constexpr std::array<std::string_view, 7> k_weekday_names = {"mon", "tue", "wed", "thu",
                                                             "fri", "sat", "sun"};
constexpr int k_days_of_week = 7;
constexpr int k_end_of_day_min = 24 * 60;

// In folded form: lower case, "ё" as "е".
constexpr std::pair<std::string_view, int> k_day_words[] = {
    {"mon", 1}, {"monday", 1},   {"пн", 1},  {"понедельник", 1}, {"tue", 2}, {"tuesday", 2},
    {"вт", 2},  {"вторник", 2},  {"wed", 3}, {"wednesday", 3},   {"ср", 3},  {"среда", 3},
    {"thu", 4}, {"thursday", 4}, {"чт", 4},  {"четверг", 4},     {"fri", 5}, {"friday", 5},
    {"пт", 5},  {"пятница", 5},  {"sat", 6}, {"saturday", 6},    {"сб", 6},  {"суббота", 6},
    {"sun", 7}, {"sunday", 7},   {"вс", 7},  {"воскресенье", 7},
};

Error weekly_invalid(std::string_view part, std::string_view why) {
  // The part is what the person typed for their own hours; a long one is cut.
  Error error = refused_field(
      "weekly", "weekly_invalid",
      fmt::format("Cannot read \"{}\": {}.", utf8_prefix(repair_utf8(part), 40), why));
  error.hint = "Write it like \"mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00\"";
  return error;
}

std::optional<int> parse_weekday(std::string_view word) {
  for (const auto& [name, day] : k_day_words) {
    if (word == name) return day;
  }
  return std::nullopt;
}

// "9", "09:00", "24:00" as minutes of the day.
std::optional<int> parse_clock(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view hours = text.substr(0, colon);
  const std::string_view minutes =
      colon == std::string_view::npos ? std::string_view("00") : text.substr(colon + 1);
  if (hours.empty() || hours.size() > 2 || minutes.size() != 2) return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(hours.begin(), hours.end(), is_digit)) return std::nullopt;
  if (!std::all_of(minutes.begin(), minutes.end(), is_digit)) return std::nullopt;
  int hour = 0;
  for (const char c : hours) hour = hour * 10 + (c - '0');
  const int minute = (minutes[0] - '0') * 10 + (minutes[1] - '0');
  if (minute > 59 || hour * 60 + minute > k_end_of_day_min) return std::nullopt;
  return hour * 60 + minute;
}

Status check_overlaps(std::vector<Window>& windows) {
  std::sort(windows.begin(), windows.end());
  for (std::size_t i = 1; i < windows.size(); ++i) {
    const auto& before = windows[i - 1];
    const auto& after = windows[i];
    if (before.weekday == after.weekday && after.from_min < before.to_min) {
      return refused_field(
          "weekly", "window_overlap",
          fmt::format("Two windows of {} overlap: {}-{} and {}-{}.", weekday_name(after.weekday),
                      print_minutes(before.from_min), print_minutes(before.to_min),
                      print_minutes(after.from_min), print_minutes(after.to_min)));
    }
  }
  return {};
}

Result<Window> parse_times(std::string_view part) {
  const auto dash = part.find('-');
  if (dash == std::string_view::npos) return weekly_invalid(part, "a window is FROM-TO");
  const auto from = parse_clock(trim(part.substr(0, dash)));
  const auto to = parse_clock(trim(part.substr(dash + 1)));
  if (!from || !to) return weekly_invalid(part, "times are HH:MM, up to 24:00");
  if (*to <= *from) {
    return weekly_invalid(part, "a window ends later on the same day; split one over midnight");
  }
  return Window{1, *from, *to};
}

Result<std::vector<int>> parse_days(std::string_view text) {
  std::vector<int> days;
  for (const auto& item : split(text, ',')) {
    if (item == "daily" || item == "ежедневно") {
      for (int day = 1; day <= k_days_of_week; ++day) days.push_back(day);
      continue;
    }
    const auto dash = item.find('-');
    const auto first = parse_weekday(trim(std::string_view(item).substr(0, dash)));
    const auto last = dash == std::string::npos
                          ? first
                          : parse_weekday(trim(std::string_view(item).substr(dash + 1)));
    if (!first || !last) return weekly_invalid(item, "days are mon tue wed thu fri sat sun");
    for (int day = *first;; day = day % k_days_of_week + 1) {
      days.push_back(day);
      if (day == *last) break;
    }
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

Status parse_group(std::string_view group, std::vector<Window>& windows) {
  // Days end where the first time begins, so that "mon, wed 10-12" needs no rule about spaces.
  const auto digit = group.find_first_of("0123456789");
  if (digit == std::string_view::npos) return weekly_invalid(group, "it has no times");
  const auto day_text = trim(group.substr(0, digit));
  if (day_text.empty()) return weekly_invalid(group, "it has no days");
  FLEAD_TRY(const auto days, parse_days(day_text));
  for (const int day : days) {
    FLEAD_TRY(const auto of_day, parse_day_windows(group.substr(digit), day));
    windows.insert(windows.end(), of_day.begin(), of_day.end());
    if (windows.size() > k_slot_windows_max) {
      return refused_field("weekly", "too_long",
                           fmt::format("More than {} windows.", k_slot_windows_max));
    }
  }
  return {};
}

// "mon-wed,fri" for {1,2,3,5}; two days in a row stay a list.
std::string print_days(const std::vector<int>& days) {
  std::string out;
  for (std::size_t i = 0; i < days.size();) {
    std::size_t last = i;
    while (last + 1 < days.size() && days[last + 1] == days[last] + 1) ++last;
    if (last == i + 1) last = i;
    if (!out.empty()) out += ',';
    out += weekday_name(days[i]);
    if (last > i) {
      out += '-';
      out += weekday_name(days[last]);
    }
    i = last + 1;
  }
  return out;
}

}  // namespace

Result<std::vector<Window>> parse_day_windows(std::string_view text, int weekday) {
  if (text.size() > k_weekly_bytes_max) {
    return refused_field("weekly", "too_long", "The text of the windows is too long.");
  }
  // People paste dashes from texts: an en dash is a minus here.
  const std::string plain = replace_all(text, "–", "-");
  std::vector<Window> windows;
  for (const auto& part : split(plain, ',')) {
    FLEAD_TRY(auto window, parse_times(part));
    window.weekday = weekday;
    windows.push_back(window);
  }
  FLEAD_CHECK(check_overlaps(windows));
  return windows;
}

Result<std::vector<Window>> parse_weekly(std::string_view text) {
  if (text.size() > k_weekly_bytes_max) {
    return refused_field("weekly", "too_long", "The text of the weekly windows is too long.");
  }
  if (!valid_utf8(text)) return weekly_invalid(text, "it is not UTF-8");
  const std::string folded = fold(replace_all(text, "–", "-"));
  std::vector<Window> windows;
  for (const auto& group : split(folded, ';')) {
    if (group.empty()) continue;
    FLEAD_CHECK(parse_group(group, windows));
  }
  if (windows.empty()) return weekly_invalid(text, "it has no windows");
  FLEAD_CHECK(check_overlaps(windows));
  return windows;
}

std::string print_minutes(int minute_of_day) {
  return fmt::format("{:02}:{:02}", minute_of_day / 60, minute_of_day % 60);
}

std::string_view weekday_name(int weekday) {
  FLEAD_ASSERT(weekday >= 1 && weekday <= k_days_of_week);
  return k_weekday_names[static_cast<std::size_t>(weekday - 1)];
}

std::string print_weekly(std::vector<Window> windows) {
  std::sort(windows.begin(), windows.end());
  std::array<std::string, k_days_of_week> times_of_day;
  for (const auto& window : windows) {
    auto& times = times_of_day[static_cast<std::size_t>(window.weekday - 1)];
    if (!times.empty()) times += ',';
    times += print_minutes(window.from_min) + "-" + print_minutes(window.to_min);
  }
  std::string out;
  std::vector<std::string> printed;
  for (const auto& times : times_of_day) {
    if (times.empty() || std::find(printed.begin(), printed.end(), times) != printed.end()) {
      continue;
    }
    std::vector<int> days;
    for (int day = 1; day <= k_days_of_week; ++day) {
      if (times_of_day[static_cast<std::size_t>(day - 1)] == times) days.push_back(day);
    }
    if (!out.empty()) out += "; ";
    out += print_days(days) + " " + times;
    printed.push_back(times);
  }
  return out;
}

}  // namespace flead
