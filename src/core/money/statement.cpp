#include "core/money/statement.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/books.h"
#include "core/money/payment.h"

namespace flead::money {
namespace {

constexpr std::int64_t k_statement_page = 500;

// "2026-01" as the moments between which it lies.
Result<std::pair<TimeMs, TimeMs>> month_span(const Zone& zone, std::string_view month) {
  const auto first = month.size() == 7 ? parse_date(std::string(month) + "-01") : std::nullopt;
  if (!first) return refused_field("month", "month_invalid", "A month is written as 2026-01");
  Date next = *first;
  next.month = first->month % 12 + 1;
  next.year += next.month == 1 ? 1 : 0;
  return std::pair(zone.day_start(*first), zone.day_start(next));
}

// What lies in the account for the expert before a moment.
Result<std::int64_t> owed_before(store::Tx& tx, const TenantId& tenant, std::string_view path,
                                 std::string_view currency, TimeMs before) {
  FLEAD_TRY(const auto balances, list_balances(tx, tenant, path, before));
  for (const Balance& one : balances) {
    if (one.account == path && one.currency == currency) return -one.amount_minor();
  }
  return std::int64_t{0};
}

// What a meeting was: the words that its payer was shown.
Status name_meetings(store::Tx& tx, const TenantId& tenant, std::vector<StatementLine>& lines) {
  for (StatementLine& line : lines) {
    if (!is_id(line.subject, PaymentIdTag::k_prefix)) continue;
    const auto payment = load_payment(tx, tenant, PaymentId(line.subject));
    if (!payment) {
      if (payment.error().kind == ErrorKind::not_found) continue;
      return payment.error();
    }
    if (!payment->text.empty()) line.text = payment->text;
  }
  return {};
}

void add_up(Statement& out) {
  for (const StatementLine& line : out.lines) {
    switch (line.kind) {
      case StatementLine::Kind::meeting:
        out.earned_minor += line.amount_minor;
        break;
      case StatementLine::Kind::refund:
        out.refunded_minor += line.amount_minor;
        break;
      case StatementLine::Kind::payout:
      case StatementLine::Kind::returned:
        out.paid_minor += line.amount_minor;
        break;
      case StatementLine::Kind::other:
        out.other_minor += line.amount_minor;
        break;
    }
  }
}

}  // namespace

std::string_view statement_kind(StatementLine::Kind kind) {
  switch (kind) {
    case StatementLine::Kind::meeting:
      return "meeting";
    case StatementLine::Kind::refund:
      return "refund";
    case StatementLine::Kind::payout:
      return "payout";
    case StatementLine::Kind::returned:
      return "returned";
    case StatementLine::Kind::other:
      return "other";
  }
  return "";
}

StatementLine statement_line(const Transaction& transaction, std::string_view account) {
  StatementLine line;
  line.at = transaction.at;
  line.number = transaction.number;
  line.text = transaction.text.empty() ? transaction.kind : transaction.text;
  line.subject = transaction.subject;
  std::int64_t all = 0;
  for (const Move& move : transaction.moves) {
    if (move.credit == account) line.amount_minor += move.amount_minor;
    if (move.debit == account) {
      line.amount_minor -= move.amount_minor;
    } else {
      all += move.amount_minor;
    }
  }
  const std::string& kind = transaction.kind;
  if (kind == "earned") {
    line.kind = StatementLine::Kind::meeting;
    line.price_minor = all;
    line.kept_minor = all - line.amount_minor;
  } else if (kind.starts_with("refund")) {
    line.kind = StatementLine::Kind::refund;
  } else if (kind == "payout") {
    line.kind = StatementLine::Kind::payout;
  } else if (kind == "payout_back") {
    line.kind = StatementLine::Kind::returned;
  }
  return line;
}

Result<Statement> statement(store::Tx& tx, const tenants::Tenant& tenant,
                            const StatementWish& wish) {
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  FLEAD_TRY(const auto span, month_span(zone, wish.month));
  const std::string path = account::expert(wish.host.text());
  Statement out;
  out.tenant_name = tenant.name;
  out.host_name = wish.host_name.empty() ? wish.host_slug : wish.host_name;
  out.host_slug = wish.host_slug;
  out.month = wish.month;
  out.zone = tenant.zone;
  out.currency = wish.currency;
  out.from = span.first;
  out.to = span.second;
  FLEAD_TRY(out.opening_minor, owed_before(tx, tenant.id, path, wish.currency, out.from));
  FLEAD_TRY(out.closing_minor, owed_before(tx, tenant.id, path, wish.currency, out.to));
  LedgerFilter filter;
  filter.account = path;
  filter.from = out.from;
  filter.to = out.to;
  filter.limit = k_statement_page;
  while (true) {
    FLEAD_TRY(const auto page, list_transactions(tx, tenant.id, filter));
    for (const Transaction& one : page) {
      if (one.currency == wish.currency) out.lines.push_back(statement_line(one, path));
    }
    if (static_cast<std::int64_t>(page.size()) < filter.limit) break;
    filter.before_number = page.back().number;
    if (out.lines.size() > k_statement_lines_max) {
      return refused("statement_too_long",
                     fmt::format("A statement has at most {} lines", k_statement_lines_max),
                     "flead ledger show reads the account page by page");
    }
  }
  std::sort(out.lines.begin(), out.lines.end(), [](const auto& a, const auto& b) {
    return std::pair(a.at, a.number) < std::pair(b.at, b.number);
  });
  FLEAD_CHECK(name_meetings(tx, tenant.id, out.lines));
  add_up(out);
  // Both come out of one snapshot of the ledger: anything else is a fault of ours.
  FLEAD_ASSERT(out.opening_minor + out.earned_minor + out.refunded_minor + out.paid_minor +
                   out.other_minor ==
               out.closing_minor);
  return out;
}

Json to_json(const Statement& statement) {
  const auto money = [&](std::int64_t minor) { return to_json(Money{minor, statement.currency}); };
  Json lines = Json::array();
  for (const StatementLine& line : statement.lines) {
    const bool meeting = line.kind == StatementLine::Kind::meeting;
    lines.push(Json::object({{"at", format_time(line.at)},
                             {"kind", std::string(statement_kind(line.kind))},
                             {"text", line.text},
                             {"subject", line.subject},
                             {"number", line.number},
                             {"price", meeting ? money(line.price_minor) : Json()},
                             {"kept", meeting ? money(line.kept_minor) : Json()},
                             {"amount", money(line.amount_minor)}}));
  }
  return Json::object({{"host", statement.host_slug},
                       {"month", statement.month},
                       {"currency", statement.currency},
                       {"opening", money(statement.opening_minor)},
                       {"earned", money(statement.earned_minor)},
                       {"refunded", money(statement.refunded_minor)},
                       {"paid_out", money(statement.paid_minor)},
                       {"other", money(statement.other_minor)},
                       {"closing", money(statement.closing_minor)},
                       {"lines", std::move(lines)}});
}

}  // namespace flead::money
