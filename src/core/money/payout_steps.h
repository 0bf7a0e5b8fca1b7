// What the files of payouts share; nobody else includes this.
#pragma once

#include <string_view>

#include "core/money/payout.h"

namespace flead::money {

// Days of tries: after that a person has to look.
inline constexpr int k_payout_attempts_max = 60;
inline constexpr std::string_view k_payout_test_currency = "XTS";  // ISO 4217: for testing

// Out of the expert's account, on its way.
Status post_payout_start(App& app, store::Tx& tx, const Payout& payout);
// One live job of a kind per payout; an earlier time wins.
Status plan_payout_job(App& app, store::Tx& tx, const Payout& payout, std::string_view kind,
                       TimeMs at);

}  // namespace flead::money
