// A whole book as text: CSV of every posting, which sums to zero, and a journal that hledger and
// ledger read. Caller: `flead ledger export`. Never opens a file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/zone.h"
#include "core/money/books.h"
#include "core/store/store.h"

namespace flead::money {

enum class LedgerFormat {
  csv,      // RFC 4180: a row for each side of each move, debits above and credits below zero
  excel,    // the same with a byte order mark, ";" and a decimal comma
  journal,  // hledger's; accounts and currencies are declared, so `hledger check --strict` holds
};

struct LedgerExportOptions {
  LedgerFormat format = LedgerFormat::csv;
  std::optional<TimeMs> from, to;           // what counts in [from, to)
  std::string title;                        // of a journal: whose book
  std::int64_t read_transactions = 10'000;  // in one read, so that no snapshot stands for long
};

// Gets a chunk of k_export_chunk_bytes or a little more at a time. Returns how many transactions.
Result<std::int64_t> export_ledger(store::Store& store, const TenantId& tenant, const Zone& zone,
                                   const LedgerExportOptions& options,
                                   const std::function<Status(std::string_view)>& sink);
// The same for whoever writes in a form of their own: all that lie in the time, oldest first.
Result<std::int64_t> each_in_time(store::Store& store, const TenantId& tenant,
                                  const LedgerExportOptions& options,
                                  const std::function<Status(const Transaction&)>& take);

// ---- the parts, pure ---------------------------------------------------------------------------
void append_postings(std::string& out, const Transaction& transaction, const Zone& zone,
                     bool excel);
std::string journal_head(std::string_view title, const Zone& zone,
                         const std::set<std::string>& accounts,
                         const std::set<std::string>& currencies);

}  // namespace flead::money
