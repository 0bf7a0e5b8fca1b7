// An expert's statement of a month: what lay there, each meeting, what went back, what was paid
// out, what lies there now. Read from the ledger, so its sums are the ledger's. Operations in
// statement.cpp, how it is written in statement_text.cpp. Callers: `flead payout statement`, an
// expert's own pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/zone.h"
#include "core/money/ledger.h"
#include "core/tenants/tenant.h"

namespace flead::money {

inline constexpr std::size_t k_statement_lines_max = 10'000;  // of one month

struct StatementLine {
  enum class Kind { meeting, refund, payout, returned, other };
  Kind kind = Kind::other;
  TimeMs at = 0;
  std::int64_t number = 0;  // of the ledger's transaction
  std::string text;         // what was paid for, or what it is
  std::string subject;      // id of the payment or the payout
  // Of meetings: what the person paid, and what of it was kept.
  std::int64_t price_minor = 0, kept_minor = 0;
  std::int64_t amount_minor = 0;  // what it adds to the expert's account; below zero: takes
};
std::string_view statement_kind(StatementLine::Kind kind);

struct Statement {
  std::string tenant_name, host_name, host_slug;
  std::string month;  // "2026-01", in the tenant's zone
  std::string zone, currency;
  TimeMs from = 0, to = 0;
  std::int64_t opening_minor = 0, closing_minor = 0;
  std::int64_t earned_minor = 0, refunded_minor = 0, paid_minor = 0, other_minor = 0;
  std::vector<StatementLine> lines;  // oldest first
};

struct StatementWish {
  HostId host;
  std::string host_name, host_slug;
  std::string month;  // "2026-01"
  std::string currency = "RUB";
};
// Errors: month_invalid (refused), statement_too_long (refused).
Result<Statement> statement(store::Tx& tx, const tenants::Tenant& tenant,
                            const StatementWish& wish);

// What a transaction is in the statement of this account. Pure.
StatementLine statement_line(const Transaction& transaction, std::string_view account);

// In "ru" or "en". The HTML is a page of A4 by itself, and prints as it looks.
std::string statement_markdown(const Statement& statement, std::string_view language);
std::string statement_csv(const Statement& statement, std::string_view language);
std::string statement_html(const Statement& statement, std::string_view language);

Json to_json(const Statement& statement);

}  // namespace flead::money
