// The banks that a payout by phone number can go to: asked for once a day and kept. Operations in
// payout_bank.cpp. Callers: `flead payout method banks`, the page /h/method.
#pragma once

#include <optional>
#include <vector>

#include "core/app.h"
#include "core/jobs/jobs.h"
#include "core/money/pay_account.h"

namespace flead::money {

inline constexpr std::int64_t k_banks_age_max_ms = k_day_ms;         // then they are asked for anew
inline constexpr std::int64_t k_banks_stale_max_ms = 30 * k_day_ms;  // when nobody answers

struct BankList {
  std::vector<PayoutBank> banks;
  TimeMs fetched_at = 0;
};
// What is kept, while it is young enough; else, or when it is to be `fresh`, the provider is asked.
// Never inside a transaction. Errors: payout_account_needed (refused), payout_account_failed.
Result<BankList> payout_banks(App& app, const TenantId& tenant, bool fresh);
// What is kept, whatever its age; nobody is asked.
Result<std::optional<BankList>> kept_banks(store::Tx& tx, const PayAccountId& account);
// For a page, which asks nobody: the list will be there, or younger, when it is looked at again.
Status plan_banks(App& app, store::Tx& tx, const PayAccount& account);
jobs::Outcome fetch_banks(App& app, const jobs::Job& job);  // payout.banks

}  // namespace flead::money
