// Money: minor units of one currency. No double anywhere; sums of different currencies do not
// compile into anything useful because only equal currencies may be added. Currencies of two
// decimals only, as roubles, euros and dollars.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace flead {

struct Money {
  std::int64_t amount_minor = 0;  // kopecks, cents
  std::string currency;           // ISO 4217, upper case
  friend bool operator==(const Money&, const Money&) = default;
};

inline constexpr std::int64_t k_money_minor_max = 1'000'000'000'000;  // of one sum

// "5000", "5000.5", "5000,50" as minor units, never negative; nothing for any other text and beyond
// k_money_minor_max.
std::optional<std::int64_t> parse_money_minor(std::string_view text);
// Three letters, in any case; nothing for others.
std::optional<std::string> parse_currency(std::string_view text);

// The one rule of rounding: to the nearest minor unit, a half upwards. `percent` is 0 to 100.
std::int64_t percent_of(std::int64_t amount_minor, int percent);

// "15%" or "15" as 15, 0 to 100; nothing for other texts.
std::optional<int> parse_percent(std::string_view text);

// For people: "5 000 ₽" and "5 000,50 ₽" with no-break spaces in Russian, "5,000 RUB"
// otherwise.
std::string print_money(const Money& money, std::string_view language);

// For programs: "5000.50", "-0.07".
std::string decimal_text(std::int64_t amount_minor, char point = '.');

Json to_json(const Money& money);  // {"amount_minor","currency"}

}  // namespace flead
