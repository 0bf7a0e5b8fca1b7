// What lies in an expert's account of the ledger, and how much of it is old enough to be paid out.
// Changes nothing. SQL in owed_store.cpp. Callers: payout_run.cpp, an expert's page.
#pragma once

#include <string>
#include <vector>

#include "core/money/ledger.h"

namespace flead::money {

struct Earnings {
  std::int64_t balance_minor = 0;   // below zero: the expert owes it
  std::int64_t maturing_minor = 0;  // of meetings that were completed after `ripe`
};
Result<Earnings> earnings(store::Tx& tx, const TenantId& tenant, const HostId& host,
                          std::string_view currency, TimeMs ripe);

// Currencies of the book in which the host's account has ever been used.
Result<std::vector<std::string>> earned_currencies(store::Tx& tx, const HostId& host,
                                                   const TenantId& tenant);

}  // namespace flead::money
