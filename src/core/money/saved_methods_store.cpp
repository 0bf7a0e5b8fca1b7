#include "core/money/saved_methods_store.h"

namespace flead::money::saved_methods_store {

namespace {

constexpr std::string_view k_saved_columns = R"sql(
    SELECT m.id, m.tenant_id, m.account_id, a.name, a.provider, m.lead_id, m.payer, m.kind, m.title,
           m.provider_method, m.test, m.status, m.reason, m.consent, m.payment_id, m.consent_at_ms,
           m.used_at_ms, m.ended_at_ms, m.created_at_ms
    FROM saved_methods m JOIN pay_accounts a ON a.id = m.account_id
)sql";

SavedMethod read_saved(const store::Row& row) {
  SavedMethod out;
  out.id = row.id<SavedMethodId>(0);
  out.tenant = row.id<TenantId>(1);
  out.account = row.id<PayAccountId>(2);
  out.account_name = row.string(3);
  out.provider = row.string(4);
  if (!row.is_null(5)) out.lead = row.id<LeadId>(5);
  out.payer = row.string(6);
  out.kind = row.string(7);
  out.title = row.string(8);
  out.provider_method = row.string(9);
  out.test = row.flag(10);
  out.status = row.string(11);
  out.reason = row.string(12);
  out.consent = row.string(13);
  out.payment = row.id<PaymentId>(14);
  out.consent_at = row.integer(15);
  out.used_at = row.integer_or_null(16);
  out.ended_at = row.integer_or_null(17);
  out.created_at = row.integer(18);
  return out;
}

}  // namespace

Status insert(store::Tx& tx, const SavedMethod& method) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO saved_methods (id, tenant_id, account_id, lead_id, payer, kind, title,
                                 provider_method, test, status, reason, consent, payment_id,
                                 consent_at_ms, used_at_ms, ended_at_ms, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', '', $10, $11, $12, NULL, NULL, $13)
  )sql",
                      method.id, method.tenant, method.account, method.lead, method.payer,
                      method.kind, method.title, method.provider_method, method.test ? 1 : 0,
                      method.consent, method.payment, method.consent_at, method.created_at));
  return {};
}

Result<std::optional<SavedMethod>> by_id(store::Tx& tx, const SavedMethodId& id) {
  return tx.maybe(std::string(k_saved_columns) + "WHERE m.id = $1", read_saved, id);
}

Result<std::vector<SavedMethod>> list(store::Tx& tx, const TenantId& tenant,
                                      const SavedMethodFilter& filter) {
  return tx.all(std::string(k_saved_columns) + R"sql(
      WHERE m.tenant_id = $1 AND ($2 = '' OR m.payer = $2) AND ($3 = '' OR m.lead_id = $3)
        AND ($4 = 1 OR m.status = 'active') AND ($5 = '' OR m.id < $5)
        AND m.created_at_ms >= $7 AND m.created_at_ms < $8
      ORDER BY m.id DESC LIMIT $6
  )sql",
                read_saved, tenant, filter.payer, filter.lead, filter.all ? 1 : 0, filter.before_id,
                filter.limit, filter.since.value_or(0), filter.until.value_or(INT64_MAX));
}

Status renew(store::Tx& tx, const SavedMethod& method) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE saved_methods SET provider_method = $2, consent = $3, consent_at_ms = $4,
                               payment_id = $5
      WHERE id = $1 AND status = 'active'
  )sql",
                      method.id, method.provider_method, method.consent, method.consent_at,
                      method.payment));
  return {};
}

Status set_used(store::Tx& tx, const SavedMethodId& id, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE saved_methods SET used_at_ms = $2 WHERE id = $1", id, now));
  return {};
}

Result<bool> end(store::Tx& tx, const SavedMethodId& id, std::string_view status,
                 std::string_view reason, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE saved_methods SET status = $2, reason = $3, ended_at_ms = $4, provider_method = ''
      WHERE id = $1 AND status = 'active'
  )sql",
                                        id, status, reason, now));
  return changed == 1;
}

}  // namespace flead::money::saved_methods_store
