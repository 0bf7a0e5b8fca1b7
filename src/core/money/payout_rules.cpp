#include "core/money/payout_rules.h"

#include <algorithm>
#include <array>

namespace flead::money {
namespace {

constexpr std::size_t k_card_digits_min = 13;
constexpr std::size_t k_card_digits_max = 19;
constexpr std::size_t k_shown_digits = 4;

bool is_figure(char c) {
  return c >= '0' && c <= '9';
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
    int value = *at - '0';
    if (twice) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

// Groups of digits with nothing but one or two signs of writing between them.
std::vector<std::vector<std::string>> digit_groups(std::string_view text) {
  std::vector<std::vector<std::string>> runs(1);
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_figure(text[at])) {
      std::string group;
      while (at < text.size() && is_figure(text[at])) group += text[at++];
      runs.back().push_back(std::move(group));
      continue;
    }
    std::size_t between = 0;
    bool writing = true;
    while (at < text.size() && !is_figure(text[at])) {
      // A no-break space is two bytes.
      const auto byte = static_cast<unsigned char>(text[at]);
      writing = writing && (byte == ' ' || byte == '-' || byte == '.' || byte == '\t' ||
                            byte == 0xC2 || byte == 0xA0);
      ++between;
      ++at;
    }
    if (!writing || between > 2) runs.emplace_back();
  }
  return runs;
}

bool holds_card(const std::vector<std::string>& groups) {
  for (std::size_t first = 0; first < groups.size(); ++first) {
    std::string digits;
    for (std::size_t last = first; last < groups.size(); ++last) {
      digits += groups[last];
      if (digits.size() > k_card_digits_max) break;
      if (digits.size() >= k_card_digits_min && passes_luhn(digits)) return true;
    }
  }
  return false;
}

struct ReasonText {
  std::string_view reason, en, ru;
};
constexpr ReasonText k_reasons[] = {
    {"nothing", "nothing is due", "нечего выплачивать"},
    {"negative", "the balance is below zero and is carried over",
     "баланс отрицательный, переносится"},
    {"maturing", "what is due is not old enough yet", "срок выплаты ещё не наступил"},
    {"below_minimum", "less than the minimum; it waits for more",
     "меньше минимума; ждёт пополнения"},
    {"limit_day", "the day's number of payouts is reached", "достигнуто число выплат за день"},
    {"limit_month", "the month's limit of the recipient is reached; the rest waits",
     "достигнут месячный лимит получателя; остаток ждёт"},
    {"limit_each", "the limit of one payout; the rest is for the next one",
     "лимит одной выплаты; остаток — в следующую"},
    {"below_least", "less than can be sent in this way",
     "меньше, чем можно отправить этим способом"},
    {"over_payable", "more than can be paid out now", "больше, чем можно выплатить сейчас"},
    {"no_method", "no way to pay is set", "не указан способ выплаты"},
    {"no_account", "no account to pay out from is connected", "не подключён счёт для выплат"},
    {"account_paused", "the account to pay out from is paused", "счёт для выплат приостановлен"},
    {"currency_unsupported", "this way pays roubles alone", "этим способом платят только рубли"},
    {"test_money", "money of tests is paid out by a test account alone",
     "тестовые деньги выплачивает только тестовый счёт"},
    {"test_account", "a test account pays out money of tests alone",
     "тестовый счёт выплачивает только тестовые деньги"},
    {"in_this_run", "was paid in this run", "уже выплачено в этом запуске"},
    {"method_changed", "the way to pay was changed meanwhile",
     "способ выплаты тем временем изменён"},
};

}  // namespace

bool is_payout_kind(std::string_view kind) {
  return std::find(std::begin(k_payout_kinds), std::end(k_payout_kinds), kind) !=
         std::end(k_payout_kinds);
}

std::string_view payout_kind_word(std::string_view kind) {
  if (kind == "yookassa_sbp") return "sbp";
  if (kind == "yookassa_wallet") return "wallet";
  if (kind == "yookassa_card_token") return "card";
  return "manual";
}

PayoutDecision decide_payout(const PayoutRules& rules, const PayoutLimits& limits,
                             const Standing& standing, std::optional<std::int64_t> wanted_minor) {
  PayoutDecision out;
  const auto nothing = [&out](std::string_view reason) {
    out.amount_minor = 0;
    out.reason = reason;
    return out;
  };
  if (standing.balance_minor < 0) return nothing("negative");
  if (standing.balance_minor == 0) return nothing("nothing");
  out.payable_minor = std::max<std::int64_t>(standing.balance_minor - standing.maturing_minor, 0);
  if (out.payable_minor == 0) return nothing("maturing");
  if (wanted_minor && *wanted_minor > out.payable_minor) return nothing("over_payable");
  if (!wanted_minor && out.payable_minor < rules.minimum_minor) return nothing("below_minimum");
  if (limits.day_count && standing.day_count >= *limits.day_count) return nothing("limit_day");
  out.amount_minor = wanted_minor.value_or(out.payable_minor);
  const auto cap = [&](std::int64_t most, std::string_view reason) {
    if (out.amount_minor <= most) return;
    out.amount_minor = most;
    out.reason = reason;
  };
  if (limits.each_minor) cap(*limits.each_minor, "limit_each");
  if (limits.month_minor) cap(*limits.month_minor - standing.month_minor, "limit_month");
  // A named sum is paid whole or not at all.
  const std::string limit = out.reason;
  if (wanted_minor && !limit.empty()) return nothing(limit);
  const std::int64_t least = std::max<std::int64_t>(limits.least_minor, 1);
  if (out.amount_minor < least) return nothing(limit.empty() ? "below_least" : limit);
  if (!wanted_minor && out.amount_minor < rules.minimum_minor) return nothing(limit);
  out.needs_approval = rules.approve_above_minor && out.amount_minor > *rules.approve_above_minor;
  return out;
}

std::string payout_reason_text(std::string_view reason, std::string_view language) {
  for (const ReasonText& one : k_reasons) {
    if (one.reason == reason) return std::string(language == "ru" ? one.ru : one.en);
  }
  return std::string(reason);
}

bool has_card_number(std::string_view text) {
  const auto runs = digit_groups(text);
  return std::any_of(runs.begin(), runs.end(), holds_card);
}

std::string mask_number(std::string_view number) {
  if (number.size() < 2 * k_shown_digits) return number.empty() ? "" : "…";
  return "…" + std::string(number.substr(number.size() - k_shown_digits));
}

}  // namespace flead::money
