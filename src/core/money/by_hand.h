// Entries that a person makes: costs, lines of a budget, a top-up of the gateway from the bank.
// Caller: `flead ledger record`. The rules of all other entries hold here, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/money/ledger.h"

namespace flead::money {

inline constexpr std::string_view k_kind_manual = "manual";

struct HandEntry {
  std::string debit, credit;  // from `credit` to `debit`
  std::int64_t amount_minor = 0;
  std::string currency;
  std::string text;
  std::string actor;
  std::optional<TimeMs> at;  // absent: now
};

// The same entry twice is two entries. Errors (refused): entry_in_future, and those of post().
Result<Transaction> record(World& world, store::Tx& tx, const TenantId& tenant,
                           const HandEntry& entry);

}  // namespace flead::money
