// What is read out of the ledger: pages, balances, a journal for hledger, and the proof that all of
// it is as it was written. Callers: `flead ledger`, doctor. Changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/zone.h"
#include "core/money/ledger.h"

namespace flead::money {

struct LedgerFilter {
  std::string account;  // this one and those below it; "" is any
  std::string kind, subject;
  std::optional<TimeMs> from, to;  // counted in [from, to)
  std::int64_t before_number = 0;  // page key; 0 is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<Transaction>> list_transactions(store::Tx& tx, const TenantId& tenant,
                                                   const LedgerFilter& filter);  // newest first
Result<Transaction> load_transaction(store::Tx& tx, const TenantId& tenant, std::int64_t number);

struct Balance {
  std::string account, currency;
  std::int64_t debit_minor = 0, credit_minor = 0;
  std::int64_t amount_minor() const { return debit_minor - credit_minor; }
};
// By account. `below` "" is all; `before` counts only what counts before that moment.
inline constexpr std::int64_t k_balances_max = 100'000;
Result<std::vector<Balance>> list_balances(store::Tx& tx, const TenantId& tenant,
                                           std::string_view below, std::optional<TimeMs> before);

// All accounts of a book, in order; `take` returns false to stop.
Status each_balance(store::Tx& tx, const TenantId& tenant,
                    const std::function<bool(const Balance&)>& take);

// One transaction of a journal as hledger and ledger read it, with a blank line behind it. Pure.
std::string journal_entry(const Transaction& transaction, const Zone& zone);
// A book in the order of numbers, in constant memory; `take` returns false to stop. What was
// written once stays, so a long reader may ask range by range and still see one state.
struct NumberRange {
  std::int64_t after = 0;
  std::int64_t last = INT64_MAX;
};
Status each_transaction(store::Tx& tx, const TenantId& tenant, const NumberRange& range,
                        const std::function<bool(const Transaction&)>& take);

struct BookState {
  std::int64_t last_number = 0;
  std::string chain;        // of the newest transaction
  TimeMs closed_until = 0;  // takes no entries before it; 0: none is closed
};
Result<BookState> load_book(store::Tx& tx, const TenantId& tenant);

struct LedgerFault {
  std::int64_t number = 0;  // of the transaction; 0: of an account
  std::string code;         // gap, chain, sum, balance, last_number
  std::string message;
};
struct LedgerCheck {
  std::int64_t transactions = 0, accounts = 0;
  std::string chain;                // of the newest one; whoever wrote it down can compare
  std::vector<LedgerFault> faults;  // the first k_ledger_faults_max
};
inline constexpr std::size_t k_ledger_faults_max = 100;
// Counts everything again: numbers, hashes, balances.
Result<LedgerCheck> verify(store::Tx& tx, const TenantId& tenant);
Result<std::vector<TenantId>> tenants_with_books(store::Tx& tx);

Json to_json(const Balance& balance);
Json to_json(const LedgerFault& fault);
Json to_json(const LedgerCheck& check);

}  // namespace flead::money
