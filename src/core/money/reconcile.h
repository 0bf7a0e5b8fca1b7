// A provider's registry against our book: what is there and not here, here and not there, or of
// another amount. reconcile() is pure; book_rows() reads the ledger; registry.h reads the file.
// Caller: `flead ledger reconcile`. Changes nothing: what is wrong is corrected by a person.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money/ledger.h"
#include "core/store/store.h"

namespace flead::money {

struct TheirRow {
  std::int64_t line = 0;  // of the file
  std::string id;
  std::int64_t amount_minor = 0;  // below zero: it went back to the payer
  std::string currency;
};

struct OurRow {
  std::string provider_id;  // "": we don't know what the provider calls it
  std::int64_t amount_minor = 0;
  std::string currency;
  TimeMs at = 0;
  std::string subject;
  std::int64_t number = 0;  // of the transaction
  bool in_period = true;    // of the registry; others may agree with a row, and are never missed
};

// One id in one currency. `theirs` and `ours` are what is left after equal amounts were crossed
// out, so a payment that agrees does not hide a refund that does not.
struct Difference {
  std::string id, currency;
  std::optional<std::int64_t> theirs_minor, ours_minor;
  std::vector<std::int64_t> lines;    // of the file
  std::vector<std::int64_t> numbers;  // of the book
};

struct Differences {
  std::vector<Difference> missing_here, missing_there, amount_differs;
  std::int64_t agreed = 0;  // rows of theirs
  std::size_t count() const {
    return missing_here.size() + missing_there.size() + amount_differs.size();
  }
};

// Several rows of one id are fine on both sides, in any order; amounts that differ and sum to the
// same (one payment there, two parts here) agree.
Differences reconcile(const std::vector<TheirRow>& theirs, const std::vector<OurRow>& ours);

// What the provider calls what this transaction is about; "" where nobody knows.
using ProviderIdOf = std::function<Result<std::string>(store::Tx&, const Transaction&)>;
// The transaction's subject, or a word of its text, if the registry has it as an id.
ProviderIdOf named_in_entry(const std::vector<TheirRow>& theirs);
// What payments know of it: of a refund its own id there or its payment's, whichever the registry
// has; of a payout its own. Entries of neither are named_in_entry(). In reconcile_payments.cpp.
ProviderIdOf named_by_payment(const std::vector<TheirRow>& theirs);

struct BookRowsOptions {
  std::string account;     // account::provider(NAME), or account::gateway(NAME)
  bool with_fees = false;  // take off what the provider keeps, as a registry of net amounts does
  std::optional<TimeMs> from, to;  // the registry's period, [from, to)
};
// One row a transaction that moves money into or out of the account. Left aside: moves between our
// own assets (to the bank, to a gateway), and what was corrected together with its correction.
Result<std::vector<OurRow>> book_rows(store::Tx& tx, const TenantId& tenant,
                                      const BookRowsOptions& options,
                                      const ProviderIdOf& provider_id_of);

// `kind` is missing_here, missing_there or amount_differs; `next` is what to do about it.
Json to_json(const Difference& difference, std::string_view kind, std::string_view next);

}  // namespace flead::money
