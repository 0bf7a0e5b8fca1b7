#include "core/booking/price.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/base/text.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_policy_steps_max = 10;
constexpr std::int64_t k_policy_before_max_ms = 365 * k_day_ms;

Error policy_invalid(std::string_view step, std::string_view why) {
  Error error = refused_field("policy", "policy_invalid",
                              fmt::format("Cannot take \"{}\": {}.", utf8_prefix(step, 40), why));
  error.hint = "Write it like \"24h 100, 2h 50\": at least 24 h before all is returned, then half";
  return error;
}

std::optional<int> parse_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  int percent = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (code != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  if (percent < 0 || percent > 100) return std::nullopt;
  return percent;
}

Result<PolicyStep> parse_step(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return policy_invalid(text, "it is a time and a percent");
  const std::string_view time = text.substr(0, space);
  const auto before = time == "0" ? std::optional<std::int64_t>(0) : parse_duration_ms(time);
  if (!before || *before < 0 || *before > k_policy_before_max_ms || *before % k_minute_ms != 0) {
    return policy_invalid(text, "the time is minutes, hours or days such as 24h");
  }
  const auto percent = parse_percent(trim(text.substr(space + 1)));
  if (!percent) return policy_invalid(text, "the percent is a whole number of 0 to 100");
  return PolicyStep{*before / k_minute_ms, *percent};
}

// "24 ч", "90 мин" and "2 д"; "24 h", "90 min" and "2 d".
std::string print_before(std::int64_t minutes, bool ru) {
  constexpr std::int64_t k_hour_min = 60;
  constexpr std::int64_t k_day_min = 24 * k_hour_min;
  if (minutes % k_day_min == 0 && minutes > k_day_min) {
    return std::to_string(minutes / k_day_min) + (ru ? " д" : " d");
  }
  if (minutes % k_hour_min == 0) return std::to_string(minutes / k_hour_min) + (ru ? " ч" : " h");
  return std::to_string(minutes) + (ru ? " мин" : " min");
}

// In one unit, so that it reads back.
std::string write_before(std::int64_t minutes) {
  constexpr std::int64_t k_hour_min = 60;
  if (minutes == 0) return "0";
  if (minutes % (24 * k_hour_min) == 0) return std::to_string(minutes / (24 * k_hour_min)) + "d";
  if (minutes % k_hour_min == 0) return std::to_string(minutes / k_hour_min) + "h";
  return std::to_string(minutes) + "m";
}

std::string step_sentence(const PolicyStep& step, bool ru) {
  const std::string when =
      step.before_min == 0
          ? std::string(ru ? "Отмена до начала" : "Cancelled before the start")
          : fmt::format(fmt::runtime(ru ? "Отмена не позднее чем за {} до начала"
                                        : "Cancelled {} before the start or earlier"),
                        print_before(step.before_min, ru));
  return fmt::format(fmt::runtime(ru ? "{}: возвращается {} %." : "{}: {} % is returned."), when,
                     step.percent);
}

}  // namespace

Result<std::vector<PolicyStep>> parse_policy_steps(std::string_view text) {
  std::vector<PolicyStep> steps;
  if (trim(text).empty()) return steps;
  for (const std::string& part : split(text, ',')) {
    FLEAD_TRY(const PolicyStep step, parse_step(part));
    if (!steps.empty() && step.before_min >= steps.back().before_min) {
      return policy_invalid(part, "the longest time comes first");
    }
    if (!steps.empty() && step.percent > steps.back().percent) {
      return policy_invalid(part, "nearer to the start no more is returned");
    }
    steps.push_back(step);
    if (steps.size() > k_policy_steps_max) return policy_invalid(part, "there are up to 10 steps");
  }
  return steps;
}

std::string format_policy_steps(const std::vector<PolicyStep>& steps) {
  std::string out;
  for (const PolicyStep& step : steps) {
    if (!out.empty()) out += ", ";
    out += write_before(step.before_min);
    out += " " + std::to_string(step.percent);
  }
  return out;
}

int refund_percent(const Policy& policy, TimeMs starts_at, TimeMs now) {
  if (now >= starts_at) return 0;
  if (policy.version == 0) return 100;
  for (const PolicyStep& step : policy.steps) {
    if (starts_at - now >= step.before_min * k_minute_ms) return step.percent;
  }
  return 0;
}

Status check_move(const Policy& policy, std::int64_t moves, TimeMs starts_at, TimeMs now) {
  if (policy.moves_max && moves >= *policy.moves_max) {
    return conflict(
        "move_refused",
        fmt::format("This booking may be moved {} times, and has been.", *policy.moves_max),
        "Cancel it, or ask the host to move it");
  }
  if (starts_at - now < policy.move_notice_min * k_minute_ms) {
    return conflict("move_refused",
                    fmt::format("It may be moved up to {} before it begins.",
                                format_duration(policy.move_notice_min * k_minute_ms)),
                    "Cancel it, or ask the host to move it");
  }
  return {};
}

std::vector<std::string> policy_sentences(const Policy& policy, std::string_view language) {
  const bool ru = language == "ru";
  std::vector<std::string> out;
  if (policy.version == 0) return {step_sentence({0, 100}, ru)};
  for (const PolicyStep& step : policy.steps) out.push_back(step_sentence(step, ru));
  if (policy.steps.empty()) {
    out.emplace_back(ru ? "При отмене деньги не возвращаются."
                        : "Nothing is returned when it is cancelled.");
  } else if (policy.steps.back().before_min > 0 && policy.steps.back().percent > 0) {
    out.emplace_back(ru ? "При более поздней отмене деньги не возвращаются."
                        : "Cancelled later: nothing is returned.");
  }
  if (policy.moves_max) {
    out.push_back(*policy.moves_max == 0
                      ? std::string(ru ? "Перенести встречу нельзя." : "It cannot be moved.")
                      : fmt::format(fmt::runtime(ru ? "Перенос: не больше {} раз."
                                                    : "It may be moved up to {} times."),
                                    *policy.moves_max));
  }
  if (policy.move_notice_min > 0 && policy.moves_max != 0) {
    out.push_back(fmt::format(fmt::runtime(ru ? "Перенос возможен не позднее чем за {} до начала."
                                              : "It may be moved up to {} before the start."),
                              print_before(policy.move_notice_min, ru)));
  }
  return out;
}

Result<Money> agreed_price(const Price& price, std::optional<std::int64_t> wanted_minor) {
  if (!wanted_minor) return price.money;
  const std::int64_t least = price.least_minor.value_or(price.money.amount_minor);
  const std::int64_t most = price.most_minor.value_or(price.money.amount_minor);
  if (*wanted_minor < least || *wanted_minor > most) {
    return refused_field(
        "amount", "price_out_of_range",
        least == most
            ? "This offer has one price: " + print_money(price.money, "en") + "."
            : fmt::format("Choose from {} to {}.", print_money({least, price.money.currency}, "en"),
                          print_money({most, price.money.currency}, "en")));
  }
  return Money{*wanted_minor, price.money.currency};
}

Json to_json(const Price& price) {
  const auto bound = [&](const std::optional<std::int64_t>& minor) {
    return minor ? Json(*minor) : Json();
  };
  return Json::object(
      {{"version", price.version},
       {"format", price.format},
       {"price", to_json(price.money)},
       {"least_minor", bound(price.least_minor)},
       {"most_minor", bound(price.most_minor)},
       {"created_at", price.version == 0 ? Json() : Json(format_time(price.created_at))}});
}

Json to_json(const Policy& policy) {
  return Json::object({{"version", policy.version},
                       {"steps", policy.version == 0 ? "0 100" : format_policy_steps(policy.steps)},
                       {"moves_max", policy.moves_max ? Json(*policy.moves_max) : Json()},
                       {"move_notice", format_duration(policy.move_notice_min * k_minute_ms)}});
}

}  // namespace flead::booking
