// The ledger: what became of every kopeck, as double entry that is only ever added to. A
// transaction is a list of moves, each of which takes an amount out of one account and puts it into
// another, so every transaction sums to zero whatever its moves are. What was wrong is corrected by
// another transaction. Operations in ledger.cpp, reports in books.h, SQL in ledger_store.cpp.
// Callers: payments, payouts, plans, `flead ledger`. Amounts are minor units.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/base/zone.h"
#include "core/money/account.h"
#include "core/store/store.h"

namespace flead::money {

FLEAD_ID(LedgerId, "led");

inline constexpr std::size_t k_moves_max = 20;  // of one transaction
inline constexpr std::size_t k_ledger_text_characters_max = 300;

// From `credit` to `debit`: money that comes in is a debit of assets and a credit of what it is
// owed for.
struct Move {
  std::string debit, credit;
  std::int64_t amount_minor = 0;
  friend bool operator==(const Move&, const Move&) = default;
};

struct NewTransaction {
  std::string kind;        // payment, fee, earned, refund ... a word
  std::string text;        // for whoever reads it; never a person's name or contact
  std::string subject;     // the id of what it is about, or ""
  std::string unique_key;  // what happened; the same key again posts nothing
  std::string currency;
  std::vector<Move> moves;  // those of 0 are left out
  std::string actor = "system";
  std::optional<TimeMs> at;  // when it counts; absent: now
  std::optional<LedgerId> corrects;
};

struct Transaction {
  LedgerId id;
  TenantId tenant;
  std::int64_t number = 0;  // 1, 2, 3 … of the tenant's book
  std::string kind, text, subject, unique_key, currency, actor;
  std::optional<LedgerId> corrects;
  std::string chain;  // hash of this transaction and of the one before it
  TimeMs at = 0;
  TimeMs created_at = 0;
  std::vector<Move> moves;
};

// Nothing when the key was posted before, or when no move is left. Errors (refused): month_closed,
// account_invalid, amount_invalid, currency_invalid, ledger_text_invalid, too_many_moves.
Result<std::optional<Transaction>> post(World& world, store::Tx& tx, const TenantId& tenant,
                                        NewTransaction input);
Result<bool> is_posted(store::Tx& tx, const TenantId& tenant, std::string_view unique_key);
// The same moves the other way round. Errors: ledger_not_found, corrected_before (conflict), and
// those of post().
Result<Transaction> correct(World& world, store::Tx& tx, const TenantId& tenant,
                            std::int64_t number, std::string_view reason, std::string_view actor);

// What lies in an account: debits less credits, so income and what is owed are below zero.
Result<std::int64_t> balance(store::Tx& tx, const TenantId& tenant, std::string_view account,
                             std::string_view currency);

// Takes no more entries for the months that end at or before this moment, which must have passed.
// `month` is "2026-10", in the tenant's zone. Returns the moment. Errors (refused): month_invalid,
// month_open (it has not ended), month_closed (it was closed before).
Result<TimeMs> close_month(World& world, store::Tx& tx, const TenantId& tenant, const Zone& zone,
                           std::string_view month);

// The hash that `next` has after a transaction with the hash `before`. Pure.
std::string chain_of(std::string_view before, const Transaction& next);

Json to_json(const Transaction& transaction);

}  // namespace flead::money
