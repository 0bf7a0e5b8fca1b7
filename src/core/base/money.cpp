#include "core/base/money.h"

#include <algorithm>

#include "core/base/text.h"

namespace flead {

namespace {

constexpr std::string_view k_no_break_space = "\xc2\xa0";

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view sign_of(std::string_view currency) {
  if (currency == "RUB") return "₽";
  if (currency == "EUR") return "€";
  if (currency == "USD") return "$";
  return currency;
}

std::string grouped(std::int64_t whole, std::string_view separator) {
  const std::string digits = std::to_string(whole);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += separator;
    out += digits[i];
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_money_minor(std::string_view text) {
  constexpr std::size_t k_whole_digits_max = 11;
  text = trim(text);
  const std::size_t point = text.find_first_of(".,");
  const std::string_view whole = text.substr(0, point);
  std::string cents(point == std::string_view::npos ? "00" : text.substr(point + 1));
  if (cents.size() == 1) cents += '0';
  if (!is_digits(whole) || whole.size() > k_whole_digits_max) return std::nullopt;
  if (!is_digits(cents) || cents.size() != 2) return std::nullopt;
  std::int64_t minor = 0;
  for (const char c : std::string(whole) + cents) minor = minor * 10 + (c - '0');
  if (minor > k_money_minor_max) return std::nullopt;
  return minor;
}

std::optional<std::string> parse_currency(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else if (c >= 'A' && c <= 'Z') {
      out += c;
    } else {
      return std::nullopt;
    }
  }
  if (out.size() != 3) return std::nullopt;
  return out;
}

std::int64_t percent_of(std::int64_t amount_minor, int percent) {
  return (amount_minor * percent + 50) / 100;
}

std::optional<int> parse_percent(std::string_view text) {
  text = trim(text);
  if (text.ends_with('%')) text = trim(text.substr(0, text.size() - 1));
  if (!is_digits(text) || text.size() > 3) return std::nullopt;
  int percent = 0;
  for (const char c : text) percent = percent * 10 + (c - '0');
  if (percent > 100) return std::nullopt;
  return percent;
}

std::string print_money(const Money& money, std::string_view language) {
  const bool ru = language == "ru";
  const std::int64_t whole = money.amount_minor / 100;
  const std::int64_t cents = money.amount_minor % 100;
  std::string out = grouped(whole, ru ? k_no_break_space : ",");
  if (cents != 0) {
    const std::string digits = std::to_string(cents);
    out += (ru ? "," : ".") + std::string(2 - digits.size(), '0') + digits;
  }
  return out + std::string(k_no_break_space) +
         std::string(ru ? sign_of(money.currency) : std::string_view(money.currency));
}

std::string decimal_text(std::int64_t amount_minor, char point) {
  const std::int64_t size = amount_minor < 0 ? -amount_minor : amount_minor;
  const std::string cents = std::to_string(size % 100);
  std::string out = amount_minor < 0 ? "-" : "";
  out += std::to_string(size / 100) + point;
  return out + std::string(2 - cents.size(), '0') + cents;
}

Json to_json(const Money& money) {
  return Json::object({{"amount_minor", money.amount_minor}, {"currency", money.currency}});
}

}  // namespace flead
