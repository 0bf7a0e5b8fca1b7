#include "core/money/payouts_store.h"

namespace flead::money::payouts_store {

namespace {

constexpr std::string_view k_method_columns = R"sql(
    SELECT id, tenant_id, host_id, host_slug, kind, company, shown, status, created_at_ms,
           updated_at_ms
    FROM payout_methods
)sql";

PayoutMethod read_method(const store::Row& row) {
  PayoutMethod out;
  out.id = row.id<PayoutMethodId>(0);
  out.tenant = row.id<TenantId>(1);
  out.host = row.id<HostId>(2);
  out.host_slug = row.string(3);
  out.kind = row.string(4);
  out.company = row.flag(5);
  out.shown = row.string(6);
  out.status = row.string(7);
  out.created_at = row.integer(8);
  out.updated_at = row.integer(9);
  return out;
}

constexpr std::string_view k_run_columns = R"sql(
    SELECT id, tenant_id, run_key, actor, created_at_ms, finished_at_ms FROM payout_runs
)sql";

Run read_run(const store::Row& row) {
  Run out;
  out.id = row.id<PayoutRunId>(0);
  out.tenant = row.id<TenantId>(1);
  out.key = row.string(2);
  out.actor = row.string(3);
  out.created_at = row.integer(4);
  out.finished_at = row.integer_or_null(5);
  return out;
}

constexpr std::string_view k_payout_columns = R"sql(
    SELECT p.id, p.tenant_id, p.run_id, p.host_id, p.host_slug, p.method_id, m.kind, m.shown,
           p.account_id, COALESCE(a.name, ''), p.amount_minor, p.currency, p.test, p.state, p.text,
           p.provider_id, p.destination, p.reason, p.problem, p.actor, p.approved_by,
           p.called_at_ms, p.ended_at_ms, p.created_at_ms, p.updated_at_ms, p.bank_batch
    FROM payouts p
    JOIN payout_methods m ON m.id = p.method_id
    LEFT JOIN pay_accounts a ON a.id = p.account_id
)sql";

Payout read_payout_row(const store::Row& row) {
  Payout out;
  out.id = row.id<PayoutId>(0);
  out.tenant = row.id<TenantId>(1);
  out.run = row.id<PayoutRunId>(2);
  out.host = row.id<HostId>(3);
  out.host_slug = row.string(4);
  out.method = row.id<PayoutMethodId>(5);
  out.kind = row.string(6);
  out.shown = row.string(7);
  if (!row.is_null(8)) out.account = row.id<PayAccountId>(8);
  out.account_name = row.string(9);
  out.amount = {row.integer(10), row.string(11)};
  out.test = row.flag(12);
  out.state = row.string(13);
  out.text = row.string(14);
  out.provider_id = row.string(15);
  out.destination = row.string(16);
  out.reason = row.string(17);
  out.problem = row.string(18);
  out.actor = row.string(19);
  out.approved_by = row.string(20);
  out.called_at = row.integer_or_null(21);
  out.bank_batch = row.string(25);
  out.ended_at = row.integer_or_null(22);
  out.created_at = row.integer(23);
  out.updated_at = row.integer(24);
  return out;
}

std::string methods_where(std::string_view rest) {
  return std::string(k_method_columns) + std::string(rest);
}
std::string runs_where(std::string_view rest) {
  return std::string(k_run_columns) + std::string(rest);
}
std::string payouts_where(std::string_view rest) {
  return std::string(k_payout_columns) + std::string(rest);
}

}  // namespace

// ---- methods ---------------------------------------------------------------------------------

Status insert_method(store::Tx& tx, const PayoutMethod& method, std::string_view sealed) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO payout_methods (id, tenant_id, host_id, host_slug, kind, company, sealed, shown,
                                  status, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
  )sql",
                      method.id, method.tenant, method.host, method.host_slug, method.kind,
                      method.company ? 1 : 0, sealed, method.shown, method.status,
                      method.created_at));
  return {};
}

Status end_method(store::Tx& tx, const HostId& host, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE payout_methods SET status = 'removed', updated_at_ms = $2 "
              "WHERE host_id = $1 AND status = 'active'",
              host, now));
  return {};
}

Result<std::optional<PayoutMethod>> method_of(store::Tx& tx, const HostId& host) {
  return tx.maybe(methods_where("WHERE host_id = $1 AND status = 'active'"), read_method, host);
}

Result<std::optional<PayoutMethod>> method_by_id(store::Tx& tx, const PayoutMethodId& id) {
  return tx.maybe(methods_where("WHERE id = $1"), read_method, id);
}

Result<std::vector<PayoutMethod>> methods(store::Tx& tx, const TenantId& tenant) {
  return tx.all(methods_where("WHERE tenant_id = $1 AND status = 'active' "
                              "ORDER BY host_slug, id LIMIT $2"),
                read_method, tenant, k_payout_methods_max);
}

Result<std::string> sealed_of(store::Tx& tx, const PayoutMethodId& id) {
  return tx.one(
      "SELECT sealed FROM payout_methods WHERE id = $1",
      [](const store::Row& row) { return row.string(0); }, id);
}

Status lock_method(store::Tx& tx, const PayoutMethodId& id) {
  FLEAD_CHECK(tx.exec("UPDATE payout_methods SET status = status WHERE id = $1", id));
  return {};
}

// ---- runs ------------------------------------------------------------------------------------

Result<Run> make_run(store::Tx& tx, const Run& run) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO payout_runs (id, tenant_id, run_key, actor, created_at_ms, finished_at_ms)
      VALUES ($1, $2, $3, $4, $5, NULL)
      ON CONFLICT (tenant_id, run_key) DO NOTHING
  )sql",
                      run.id, run.tenant, run.key, run.actor, run.created_at));
  return tx.one(runs_where("WHERE tenant_id = $1 AND run_key = $2"), read_run, run.tenant, run.key);
}

Result<std::optional<Run>> run_by_key(store::Tx& tx, const TenantId& tenant, std::string_view key) {
  return tx.maybe(runs_where("WHERE tenant_id = $1 AND run_key = $2"), read_run, tenant, key);
}

Result<bool> ran_before(store::Tx& tx, const TenantId& tenant, TimeMs time) {
  FLEAD_TRY(const auto found,
            tx.maybe(
                "SELECT id FROM payout_runs WHERE tenant_id = $1 AND created_at_ms < $2 LIMIT 1",
                [](const store::Row& row) { return row.string(0); }, tenant, time));
  return found.has_value();
}

Status finish_run(store::Tx& tx, const PayoutRunId& id, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE payout_runs SET finished_at_ms = $2 "
              "WHERE id = $1 AND finished_at_ms IS NULL",
              id, now));
  return {};
}

// ---- payouts ---------------------------------------------------------------------------------

Result<bool> insert(store::Tx& tx, const Payout& payout) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      INSERT INTO payouts (id, tenant_id, run_id, host_id, host_slug, method_id, account_id,
                           amount_minor, currency, test, state, text, provider_id, destination,
                           reason, problem, actor, approved_by, called_at_ms, ended_at_ms,
                           created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', '', '', $13, $14, NULL,
              NULL, $15, $15)
      ON CONFLICT (run_id, host_id, currency, test) DO NOTHING
  )sql",
                    payout.id, payout.tenant, payout.run, payout.host, payout.host_slug,
                    payout.method, payout.account, payout.amount.amount_minor,
                    payout.amount.currency, payout.test ? 1 : 0, payout.state, payout.text,
                    payout.actor, payout.approved_by, payout.created_at));
  return changed == 1;
}

Result<bool> has_of_run(store::Tx& tx, const PayoutRunId& run, const HostId& host,
                        std::string_view currency, bool test) {
  FLEAD_TRY(
      const auto found,
      tx.maybe(
          "SELECT id FROM payouts WHERE run_id = $1 AND host_id = $2 AND currency = $3 "
          "AND test = $4",
          [](const store::Row& row) { return row.string(0); }, run, host, currency, test ? 1 : 0));
  return found.has_value();
}

Result<std::optional<Payout>> by_id(store::Tx& tx, const PayoutId& id) {
  return tx.maybe(payouts_where("WHERE p.id = $1"), read_payout_row, id);
}

Result<std::optional<Payout>> by_provider_id(store::Tx& tx, const PayAccountId& account,
                                             std::string_view provider_id) {
  return tx.maybe(payouts_where("WHERE p.account_id = $1 AND p.provider_id = $2 "
                                "AND p.provider_id <> ''"),
                  read_payout_row, account, provider_id);
}

Result<std::vector<Payout>> list(store::Tx& tx, const TenantId& tenant,
                                 const PayoutFilter& filter) {
  return tx.all(payouts_where(R"sql(
      WHERE p.tenant_id = $1 AND ($2 = '' OR p.state = $2) AND ($3 = '' OR p.host_id = $3)
        AND ($4 = '' OR p.run_id = $4) AND ($5 = '' OR m.kind = $5)
        AND ($6 = 0 OR p.state NOT IN ('succeeded', 'failed', 'canceled'))
        AND ($7 = 0 OR p.problem <> '')
        AND p.created_at_ms >= $8 AND p.created_at_ms < $9 AND ($10 = '' OR p.id < $10)
      ORDER BY p.id DESC LIMIT $11
  )sql"),
                read_payout_row, tenant, filter.state, filter.host, filter.run, filter.kind,
                filter.open ? 1 : 0, filter.problems ? 1 : 0, filter.since.value_or(0),
                filter.until.value_or(INT64_MAX), filter.before_id, filter.limit);
}

Result<std::vector<Payout>> for_bank(store::Tx& tx, const TenantId& tenant, std::string_view run_id,
                                     bool again) {
  return tx.all(payouts_where(R"sql(
      WHERE p.tenant_id = $1 AND p.state = 'approved' AND m.kind = 'manual'
        AND ($2 = '' OR p.run_id = $2) AND ($4 = 1 OR p.bank_batch = '')
      ORDER BY p.id LIMIT $3
  )sql"),
                read_payout_row, tenant, run_id, k_bank_lines_max, again ? 1 : 0);
}

Result<std::int64_t> in_bank_before(store::Tx& tx, const TenantId& tenant,
                                    std::string_view run_id) {
  return tx.one(R"sql(
      SELECT COUNT(*) FROM payouts
      WHERE tenant_id = $1 AND state = 'approved' AND bank_batch <> '' AND ($2 = '' OR run_id = $2)
  )sql",
                [](const store::Row& row) { return row.integer(0); }, tenant, run_id);
}

Status insert_batch(store::Tx& tx, const TenantId& tenant, std::string_view batch,
                    std::int64_t lines, std::string_view actor, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("INSERT INTO payout_batches (id, tenant_id, lines, actor, created_at_ms) "
              "VALUES ($1, $2, $3, $4, $5)",
              batch, tenant, lines, actor, now));
  return {};
}

Status set_batch(store::Tx& tx, const PayoutId& id, std::string_view batch) {
  FLEAD_CHECK(tx.exec("UPDATE payouts SET bank_batch = $2 WHERE id = $1", id, batch));
  return {};
}

Result<std::optional<KeptBanks>> banks_of(store::Tx& tx, const PayAccountId& account) {
  return tx.maybe(
      "SELECT banks, fetched_at_ms FROM payout_banks WHERE account_id = $1",
      [](const store::Row& row) {
        return KeptBanks{row.string(0), row.integer(1)};
      },
      account);
}

Status save_banks(store::Tx& tx, const PayAccountId& account, const KeptBanks& kept) {
  FLEAD_CHECK(
      tx.exec("INSERT INTO payout_banks (account_id, banks, fetched_at_ms) VALUES ($1, $2, $3) "
              "ON CONFLICT (account_id) DO UPDATE SET banks = excluded.banks, "
              "fetched_at_ms = excluded.fetched_at_ms",
              account, kept.banks, kept.fetched_at));
  return {};
}

Result<bool> update(store::Tx& tx, const Payout& payout, std::string_view from) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      UPDATE payouts
      SET state = $3, provider_id = $4, destination = $5, reason = $6, problem = $7,
          approved_by = $8, called_at_ms = $9, ended_at_ms = $10, updated_at_ms = $11
      WHERE id = $1 AND state = $2
  )sql",
                    payout.id, from, payout.state, payout.provider_id, payout.destination,
                    payout.reason, payout.problem, payout.approved_by, payout.called_at,
                    payout.ended_at, payout.updated_at));
  return changed == 1;
}

Status lock(store::Tx& tx, const PayoutId& id) {
  FLEAD_CHECK(tx.exec("UPDATE payouts SET state = state WHERE id = $1", id));
  return {};
}

Result<Sum> sum_since(store::Tx& tx, const HostId& host, std::string_view kind, bool test,
                      TimeMs from) {
  return tx.one(R"sql(
      SELECT COUNT(*), CAST(COALESCE(SUM(p.amount_minor), 0) AS BIGINT)
      FROM payouts p JOIN payout_methods m ON m.id = p.method_id
      WHERE p.host_id = $1 AND p.created_at_ms >= $2 AND m.kind = $3 AND p.test = $4
        AND p.state NOT IN ('failed', 'canceled')
  )sql",
                [](const store::Row& row) {
                  return Sum{row.integer(0), row.integer(1)};
                },
                host, from, kind, test ? 1 : 0);
}

Result<std::int64_t> unsent_minor(store::Tx& tx, const PayAccountId& account) {
  return tx.one(
      "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM payouts "
      "WHERE account_id = $1 AND state IN ('planned', 'approved', 'sending')",
      [](const store::Row& row) { return row.integer(0); }, account);
}

}  // namespace flead::money::payouts_store
