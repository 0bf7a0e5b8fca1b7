#include "core/money/ledger_export.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/base/money.h"
#include "core/base/text.h"
#include "core/base/time.h"

namespace flead::money {
namespace {

constexpr std::string_view k_posting_columns[] = {"number",   "date",     "at",      "kind",
                                                  "text",     "subject",  "account", "amount",
                                                  "currency", "corrects", "actor",   "id"};

std::string posting_header(bool excel) {
  std::string out = excel ? "\xef\xbb\xbf" : "";
  for (const std::string_view column : k_posting_columns) {
    if (column != k_posting_columns[0]) out += excel ? ';' : ',';
    out += column;
  }
  return out + "\r\n";
}

}  // namespace

void append_postings(std::string& out, const Transaction& transaction, const Zone& zone,
                     bool excel) {
  const char delimiter = excel ? ';' : ',';
  const auto side = [&](const std::string& account, std::int64_t amount_minor) {
    out += std::to_string(transaction.number) + delimiter;
    out += format_date(zone.wall(transaction.at).date) + delimiter;
    out += format_time(transaction.at);
    for (const std::string& text :
         {transaction.kind, transaction.text, transaction.subject, account}) {
      out += delimiter;
      append_csv_cell(out, text, delimiter);
    }
    // A number, no text: a minus sign in front begins no formula.
    out += delimiter + decimal_text(amount_minor, excel ? ',' : '.');
    for (const std::string& text :
         {transaction.currency, transaction.corrects ? transaction.corrects->text() : std::string(),
          transaction.actor, transaction.id.text()}) {
      out += delimiter;
      append_csv_cell(out, text, delimiter);
    }
    out += "\r\n";
  };
  for (const Move& move : transaction.moves) {
    side(move.debit, move.amount_minor);
    side(move.credit, -move.amount_minor);
  }
}

std::string journal_head(std::string_view title, const Zone& zone,
                         const std::set<std::string>& accounts,
                         const std::set<std::string>& currencies) {
  std::string out = fmt::format("; {}\n; Days are those of {}.\n\n", title, zone.name());
  for (const std::string& currency : currencies) {
    out += fmt::format("commodity {}\n    format 1000.00 {}\n", currency, currency);
  }
  for (const std::string& account : accounts) out += "account " + account + "\n";
  return accounts.empty() ? out : out + "\n";
}

namespace {

Result<std::int64_t> walk(store::Store& store, const TenantId& tenant, std::int64_t end,
                          const LedgerExportOptions& options,
                          const std::function<Status(const Transaction&)>& take) {
  const TimeMs from = options.from.value_or(INT64_MIN);
  const TimeMs to = options.to.value_or(INT64_MAX);
  std::int64_t taken = 0;
  Status status;
  for (std::int64_t after = 0; after < end;) {
    const std::int64_t last = std::min(after + options.read_transactions, end);
    FLEAD_CHECK(store.read([&](store::Tx& tx) {
      return each_transaction(tx, tenant, {after, last}, [&](const Transaction& one) {
        if (one.at < from || one.at >= to) return true;
        ++taken;
        status = take(one);
        return status.ok();
      });
    }));
    if (!status) return std::move(status).error();
    after = last;
  }
  return taken;
}

}  // namespace

Result<std::int64_t> each_in_time(store::Store& store, const TenantId& tenant,
                                  const LedgerExportOptions& options,
                                  const std::function<Status(const Transaction&)>& take) {
  FLEAD_TRY(const BookState book, store.read([&](store::Tx& tx) { return load_book(tx, tenant); }));
  return walk(store, tenant, book.last_number, options, take);
}

Result<std::int64_t> export_ledger(store::Store& store, const TenantId& tenant, const Zone& zone,
                                   const LedgerExportOptions& options,
                                   const std::function<Status(std::string_view)>& sink) {
  const bool excel = options.format == LedgerFormat::excel;
  const bool journal = options.format == LedgerFormat::journal;
  std::string buffer = journal ? "" : posting_header(excel);
  BookState book;
  FLEAD_CHECK(store.read([&](store::Tx& tx) -> Status {
    FLEAD_TRY(book, load_book(tx, tenant));
    if (!journal) return {};
    std::set<std::string> accounts;
    std::set<std::string> currencies;
    FLEAD_CHECK(each_balance(tx, tenant, [&](const Balance& one) {
      accounts.insert(one.account);
      currencies.insert(one.currency);
      return true;
    }));
    buffer = journal_head(options.title, zone, accounts, currencies);
    return {};
  }));
  FLEAD_TRY(const std::int64_t taken,
            walk(store, tenant, book.last_number, options, [&](const Transaction& one) -> Status {
              if (journal) {
                buffer += journal_entry(one, zone);
              } else {
                append_postings(buffer, one, zone, excel);
              }
              if (buffer.size() < k_export_chunk_bytes) return {};
              return sink(std::exchange(buffer, {}));
            }));
  FLEAD_CHECK(sink(buffer));
  return taken;
}

}  // namespace flead::money
