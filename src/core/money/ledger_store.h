// The SQL of the ledger. Called by ledger.cpp and books.cpp alone.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money/books.h"
#include "core/money/ledger.h"

namespace flead::money::ledger_store {

struct Book {
  std::int64_t last_number = 0;
  std::string chain;
  TimeMs closed_until = 0;
};
// Makes the book where there is none, and holds it until the end of the transaction.
Result<Book> lock(store::Tx& tx, const TenantId& tenant);
Result<Book> read(store::Tx& tx, const TenantId& tenant);  // without holding it
Status set_closed(store::Tx& tx, const TenantId& tenant, TimeMs until);

Result<bool> has_key(store::Tx& tx, const TenantId& tenant, std::string_view unique_key);
// The transaction, its moves, the balances and the book's last number.
Status insert(store::Tx& tx, const Transaction& transaction);

Result<std::optional<Transaction>> by_number(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t number);
// The number of what corrects it.
Result<std::optional<std::int64_t>> corrected_by(store::Tx& tx, const LedgerId& id);
Result<std::int64_t> balance(store::Tx& tx, const TenantId& tenant, std::string_view account,
                             std::string_view currency);
Result<std::vector<Balance>> balances(store::Tx& tx, const TenantId& tenant, std::string_view below,
                                      std::optional<TimeMs> before);
// All of a book, however many accounts it has.
Status each_balance(store::Tx& tx, const TenantId& tenant,
                    const std::function<bool(const Balance&)>& take);
Result<std::vector<Transaction>> list(store::Tx& tx, const TenantId& tenant,
                                      const LedgerFilter& filter);
// In order of their numbers, streamed.
Status each(store::Tx& tx, const TenantId& tenant, const NumberRange& range,
            const std::function<bool(const Transaction&)>& take);
Result<std::vector<TenantId>> tenants_with_books(store::Tx& tx, std::int64_t limit);

}  // namespace flead::money::ledger_store
