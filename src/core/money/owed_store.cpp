#include "core/money/owed.h"

#include <algorithm>

#include "core/money/account.h"
#include "core/money/books.h"

namespace flead::money {
namespace {

constexpr std::int64_t k_maturing_meetings_max = 100'000;  // of one host within the delay

}  // namespace

Result<Earnings> earnings(store::Tx& tx, const TenantId& tenant, const HostId& host,
                          std::string_view currency, TimeMs ripe) {
  const std::string path = account::expert(host.text());
  Earnings out;
  FLEAD_TRY(const std::int64_t lies, balance(tx, tenant, path, currency));
  out.balance_minor = -lies;
  // By what each meeting came to: one that was given back before it was ripe counts once.
  FLEAD_TRY(const auto nets, tx.all(R"sql(
      SELECT CAST(SUM(CASE WHEN m.credit = $2 THEN m.amount_minor ELSE -m.amount_minor END)
                  AS BIGINT)
      FROM ledger_moves m
      JOIN ledger_transactions t ON t.tenant_id = m.tenant_id AND t.number = m.number
      WHERE m.tenant_id = $1 AND (m.debit = $2 OR m.credit = $2) AND t.currency = $3
        AND t.subject IN (SELECT y.subject FROM ledger_transactions y
                          WHERE y.tenant_id = $1 AND y.at_ms > $4 AND y.kind = 'earned')
      GROUP BY t.subject LIMIT $5
  )sql",
                                    [](const store::Row& row) { return row.integer(0); }, tenant,
                                    path, currency, ripe, k_maturing_meetings_max));
  for (const std::int64_t net : nets) out.maturing_minor += std::max<std::int64_t>(net, 0);
  return out;
}

Result<std::vector<std::string>> earned_currencies(store::Tx& tx, const HostId& host,
                                                   const TenantId& tenant) {
  const std::string path = account::expert(host.text());
  FLEAD_TRY(const auto balances, list_balances(tx, tenant, path, std::nullopt));
  std::vector<std::string> out;
  for (const Balance& one : balances) {
    if (one.account == path) out.push_back(one.currency);
  }
  return out;
}

}  // namespace flead::money
