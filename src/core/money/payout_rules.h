// The rules of payouts: how much of what an expert has earned is paid now, and why not more. Pure.
// Callers: payouts.cpp, payout_methods.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/money.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace flead::money {

// How a recipient is paid.
inline constexpr std::string_view k_payout_kinds[] = {"manual", "yookassa_sbp", "yookassa_wallet",
                                                      "yookassa_card_token"};
bool is_payout_kind(std::string_view kind);
// "sbp" of "yookassa_sbp": the word in the names of settings.
std::string_view payout_kind_word(std::string_view kind);

struct PayoutRules {
  std::int64_t delay_ms = 0;       // earnings younger than this wait
  std::int64_t minimum_minor = 0;  // less than this waits for more
  // Above this a person says yes first; nothing: nobody is asked.
  std::optional<std::int64_t> approve_above_minor;
};

// Of one recipient and one kind. Nothing: no limit.
struct PayoutLimits {
  std::int64_t least_minor = 1;  // of one payout
  std::optional<std::int64_t> each_minor, month_minor, day_count;
};

// Where an expert stands in one currency.
struct Standing {
  std::int64_t balance_minor = 0;   // earned and not paid out, what is in flight taken off
  std::int64_t maturing_minor = 0;  // of this: younger than the delay
  std::int64_t month_minor = 0;     // paid out this month in this way
  std::int64_t day_count = 0;       // payouts of today in this way
};

struct PayoutDecision {
  std::int64_t amount_minor = 0;  // 0: nothing now
  std::int64_t payable_minor = 0;
  bool needs_approval = false;
  // Why nothing, or less than all: nothing negative maturing below_minimum limit_day limit_month
  // limit_each below_least over_payable. "" when all that is payable is paid.
  std::string reason;
};
// `wanted`: so much and no other sum; the minimum does not count then, everything else does.
PayoutDecision decide_payout(const PayoutRules& rules, const PayoutLimits& limits,
                             const Standing& standing, std::optional<std::int64_t> wanted_minor);

// For people, in "ru" or "en".
std::string payout_reason_text(std::string_view reason, std::string_view language);

// Digits that have the length and the check digit of a card's number, alone or in groups. Such a
// text is never stored.
bool has_card_number(std::string_view text);

// "40817810099910004312" is "…4312"; short ones are hidden whole.
std::string mask_number(std::string_view number);

}  // namespace flead::money
