#include "core/money/pay_accounts_store.h"

namespace flead::money::pay_accounts_store {

namespace {

constexpr std::string_view k_account_columns = R"sql(
    SELECT id, tenant_id, provider, name, status, status_reason, config, sealed_secret <> '',
           notified_at_ms, created_at_ms, updated_at_ms
    FROM pay_accounts
)sql";

PayAccount read_account(const store::Row& row) {
  PayAccount account;
  account.id = row.id<PayAccountId>(0);
  account.tenant = row.id<TenantId>(1);
  account.provider = row.string(2);
  account.name = row.string(3);
  account.status = row.string(4);
  account.status_reason = row.string(5);
  if (auto config = parse_json(row.text(6))) account.config = std::move(*config);
  account.has_secret = row.flag(7);
  account.notified_at = row.integer_or_null(8);
  account.created_at = row.integer(9);
  account.updated_at = row.integer(10);
  return account;
}

}  // namespace

Result<bool> insert(store::Tx& tx, const PayAccount& account, std::string_view sealed) {
  FLEAD_TRY(const auto taken,
            tx.maybe(
                "SELECT id FROM pay_accounts WHERE tenant_id = $1 AND name = $2 "
                "AND status <> 'removed'",
                [](const store::Row& row) { return row.string(0); }, account.tenant, account.name));
  if (taken) return false;
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO pay_accounts (id, tenant_id, provider, name, status, status_reason, config,
                                sealed_secret, notified_at_ms, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, '', $6, $7, NULL, $8, $8)
  )sql",
                      account.id, account.tenant, account.provider, account.name, account.status,
                      account.config.dump(), sealed, account.created_at));
  return true;
}

Result<std::optional<PayAccount>> by_id(store::Tx& tx, const PayAccountId& id) {
  return tx.maybe(std::string(k_account_columns) + "WHERE id = $1", read_account, id);
}

Result<std::vector<PayAccount>> of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(std::string(k_account_columns) +
                    "WHERE tenant_id = $1 AND status <> 'removed' ORDER BY id LIMIT $2",
                read_account, tenant, k_pay_accounts_max);
}

Result<std::string> sealed_of(store::Tx& tx, const PayAccountId& id) {
  return tx.one(
      "SELECT sealed_secret FROM pay_accounts WHERE id = $1",
      [](const store::Row& row) { return row.string(0); }, id);
}

Status set_status(store::Tx& tx, const PayAccountId& id, std::string_view status,
                  std::string_view reason, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE pay_accounts
      SET status = $2, status_reason = $3, updated_at_ms = $4,
          sealed_secret = CASE WHEN $2 = 'removed' THEN '' ELSE sealed_secret END
      WHERE id = $1
  )sql",
                      id, status, reason, now));
  return {};
}

Status set_notified(store::Tx& tx, const PayAccountId& id, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE pay_accounts SET notified_at_ms = $2 WHERE id = $1", id, now));
  return {};
}

Result<bool> insert_notice(store::Tx& tx, const Notice& notice) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      INSERT INTO pay_notices (id, tenant_id, account_id, delivery_id, body, outcome,
                               received_at_ms, object_id)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, delivery_id) DO NOTHING
  )sql",
                    notice.id, notice.tenant, notice.account, notice.delivery_id, notice.body,
                    notice.outcome, notice.received_at, notice.object_id));
  return changed == 1;
}

Status set_outcome(store::Tx& tx, const PayAccountId& account, std::string_view delivery_id,
                   std::string_view outcome) {
  FLEAD_CHECK(
      tx.exec("UPDATE pay_notices SET outcome = $3 WHERE account_id = $1 AND delivery_id = $2",
              account, delivery_id, outcome));
  return {};
}

}  // namespace flead::money::pay_accounts_store
