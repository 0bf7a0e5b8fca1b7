#include "core/money/books.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/ledger_store.h"

namespace flead::money {
namespace {

constexpr std::int64_t k_books_max = 100'000;  // tenants of one store

// Counted in one pass: both sides of each account. A store's largest book has a million of them.
struct Sides {
  std::int64_t debit_minor = 0, credit_minor = 0;
};

class Checker {
 public:
  explicit Checker(LedgerCheck& check) : check_(check) {}

  void take(const Transaction& one) {
    ++check_.transactions;
    if (one.number != last_ + 1) {
      fault(one.number, "gap", fmt::format("{} follows {}", one.number, last_));
    }
    if (one.chain != chain_of(chain_, one)) {
      fault(one.number, "chain", fmt::format("{} is not as it was written", one.number));
    }
    last_ = one.number;
    chain_ = one.chain;
    for (const Move& move : one.moves) {
      sums_[key_of(move.debit, one.currency)].debit_minor += move.amount_minor;
      sums_[key_of(move.credit, one.currency)].credit_minor += move.amount_minor;
    }
  }

  void compare(const Balance& kept) {
    ++check_.accounts;
    const auto found = sums_.find(key_of(kept.account, kept.currency));
    const Sides counted = found != sums_.end() ? found->second : Sides();
    if (found != sums_.end()) sums_.erase(found);
    if (counted.debit_minor != kept.debit_minor || counted.credit_minor != kept.credit_minor) {
      fault(0, "balance",
            fmt::format("{} {} is kept as {} and counts {}", kept.account, kept.currency,
                        kept.amount_minor(), counted.debit_minor - counted.credit_minor));
    }
  }

  // After all that are kept: what is left is kept nowhere.
  void rest() {
    std::vector<std::string> names;
    for (const auto& [name, sides] : sums_) names.push_back(name);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      fault(0, "balance", fmt::format("{} has no balance", name));
    }
  }

  void end(const ledger_store::Book& book) {
    if (book.last_number != last_ || book.chain != chain_) {
      fault(0, "last_number",
            fmt::format("The book ends with {}, its rows with {}", book.last_number, last_));
    }
  }

 private:
  static std::string key_of(const std::string& account, const std::string& currency) {
    return account + " " + currency;
  }
  void fault(std::int64_t number, std::string code, std::string message) {
    if (check_.faults.size() >= k_ledger_faults_max) return;
    check_.faults.push_back({number, std::move(code), std::move(message)});
  }

  LedgerCheck& check_;
  std::unordered_map<std::string, Sides> sums_;
  std::int64_t last_ = 0;
  std::string chain_;
};

// A journal's own marks in a text would change what a line means; in a comment "," ends a tag and
// "[" begins a date.
std::string journal_text(std::string_view text, std::string_view marks = ";|") {
  std::string out;
  for (const char c : text) {
    const bool mark = static_cast<unsigned char>(c) < 0x20 || marks.find(c) != marks.npos;
    out += mark ? ' ' : c;
  }
  return std::string(trim(out));
}
std::string journal_tag(std::string_view value) {
  return journal_text(value, ";|,[]");
}

}  // namespace

Result<std::vector<Transaction>> list_transactions(store::Tx& tx, const TenantId& tenant,
                                                   const LedgerFilter& filter) {
  return ledger_store::list(tx, tenant, filter);
}

Result<Transaction> load_transaction(store::Tx& tx, const TenantId& tenant, std::int64_t number) {
  FLEAD_TRY(auto found, ledger_store::by_number(tx, tenant, number));
  if (!found) {
    return not_found("ledger_not_found", fmt::format("The book has no transaction {}", number),
                     "flead ledger show lists them");
  }
  return std::move(*found);
}

Result<std::vector<Balance>> list_balances(store::Tx& tx, const TenantId& tenant,
                                           std::string_view below, std::optional<TimeMs> before) {
  return ledger_store::balances(tx, tenant, below, before);
}

Status each_balance(store::Tx& tx, const TenantId& tenant,
                    const std::function<bool(const Balance&)>& take) {
  return ledger_store::each_balance(tx, tenant, take);
}

std::string journal_entry(const Transaction& transaction, const Zone& zone) {
  const std::string text =
      transaction.text.empty() ? transaction.kind : journal_text(transaction.text);
  std::string out =
      fmt::format("{} * ({}) {}\n    ; id:{}, kind:{}", format_date(zone.wall(transaction.at).date),
                  transaction.number, text, transaction.id.text(), journal_tag(transaction.kind));
  if (!transaction.subject.empty()) out += ", subject:" + journal_tag(transaction.subject);
  if (transaction.corrects) out += ", corrects:" + transaction.corrects->text();
  out += '\n';
  for (const Move& move : transaction.moves) {
    // Two spaces end the name of an account.
    out += fmt::format("    {}  {} {}\n", move.debit, decimal_text(move.amount_minor),
                       transaction.currency);
    out += fmt::format("    {}  {} {}\n", move.credit, decimal_text(-move.amount_minor),
                       transaction.currency);
  }
  return out + '\n';
}

Status each_transaction(store::Tx& tx, const TenantId& tenant, const NumberRange& range,
                        const std::function<bool(const Transaction&)>& take) {
  return ledger_store::each(tx, tenant, range, take);
}

Result<BookState> load_book(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const auto book, ledger_store::read(tx, tenant));
  return BookState{book.last_number, book.chain, book.closed_until};
}

Result<LedgerCheck> verify(store::Tx& tx, const TenantId& tenant) {
  LedgerCheck check;
  Checker checker(check);
  FLEAD_CHECK(ledger_store::each(tx, tenant, {}, [&](const Transaction& one) {
    checker.take(one);
    return true;
  }));
  FLEAD_CHECK(ledger_store::each_balance(tx, tenant, [&](const Balance& kept) {
    checker.compare(kept);
    return true;
  }));
  checker.rest();
  FLEAD_TRY(const auto book, ledger_store::read(tx, tenant));
  checker.end(book);
  check.chain = book.chain;
  return check;
}

Result<std::vector<TenantId>> tenants_with_books(store::Tx& tx) {
  return ledger_store::tenants_with_books(tx, k_books_max);
}

Json to_json(const Balance& balance) {
  return Json::object({{"account", balance.account},
                       {"balance", to_json(Money{balance.amount_minor(), balance.currency})},
                       {"debit", to_json(Money{balance.debit_minor, balance.currency})},
                       {"credit", to_json(Money{balance.credit_minor, balance.currency})}});
}

Json to_json(const LedgerFault& fault) {
  return Json::object({{"number", fault.number}, {"code", fault.code}, {"message", fault.message}});
}

Json to_json(const LedgerCheck& check) {
  Json faults = Json::array();
  for (const LedgerFault& fault : check.faults) faults.push(to_json(fault));
  return Json::object({{"transactions", check.transactions},
                       {"accounts", check.accounts},
                       {"chain", check.chain},
                       {"faults", std::move(faults)}});
}

}  // namespace flead::money
