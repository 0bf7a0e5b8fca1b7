#include "core/base/crypto.h"
#include "core/intake/canary.h"

namespace flead::intake {
namespace {

constexpr std::string_view k_select_canaries =
    "SELECT id, tenant_id, state, lead_id, hops, started_at_ms, ended_at_ms FROM canaries ";

std::string select_canaries(std::string_view rest) {
  return std::string(k_select_canaries).append(rest);
}

CanaryRun read_canary(const store::Row& row) {
  CanaryRun run;
  run.id = row.id<CanaryId>(0);
  run.tenant = row.id<TenantId>(1);
  run.state = row.string(2);
  if (!row.is_null(3)) run.lead = row.id<LeadId>(3);
  if (auto hops = parse_json(row.text(4))) run.hops = std::move(*hops);
  run.started_at = row.integer(5);
  run.ended_at = row.integer_or_null(6);
  return run;
}

}  // namespace

Status begin_canary(store::Tx& tx, const CanaryRun& run, std::string_view token) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO canaries (id, tenant_id, mark, state, hops, started_at_ms)
      VALUES ($1, $2, $3, 'running', '[]', $4)
  )sql",
                      run.id, run.tenant, sha256_hex(token), run.started_at));
  return {};
}

Result<std::optional<CanaryRun>> marked_canary(store::Tx& tx, const TenantId& tenant,
                                               std::string_view token) {
  return tx.maybe(select_canaries("WHERE mark = $1 AND tenant_id = $2"), read_canary,
                  sha256_hex(token), tenant);
}

Status set_canary_lead(store::Tx& tx, const CanaryId& canary, const std::optional<LeadId>& lead) {
  FLEAD_CHECK(tx.exec("UPDATE canaries SET lead_id = $2 WHERE id = $1", canary, lead));
  return {};
}

Status end_canary(store::Tx& tx, const CanaryRun& run) {
  FLEAD_CHECK(tx.exec("UPDATE canaries SET state = $2, hops = $3, ended_at_ms = $4 WHERE id = $1",
                      run.id, run.state, run.hops.dump(), run.ended_at));
  return {};
}

Result<std::optional<CanaryRun>> find_canary(store::Tx& tx, const CanaryId& id) {
  return tx.maybe(select_canaries("WHERE id = $1"), read_canary, id);
}

Result<std::vector<CanaryRun>> list_canaries(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit) {
  return tx.all(select_canaries("WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"), read_canary,
                tenant, limit);
}

Result<std::vector<CanaryRun>> stray_canaries(store::Tx& tx, const TenantId& tenant,
                                              TimeMs before) {
  return tx.all(select_canaries("WHERE tenant_id = $1 AND lead_id IS NOT NULL"
                                " AND started_at_ms < $2 ORDER BY id LIMIT 100"),
                read_canary, tenant, before);
}

Status prune_canaries(store::Tx& tx, const TenantId& tenant, TimeMs before) {
  FLEAD_CHECK(tx.exec(
      "DELETE FROM canaries WHERE tenant_id = $1 AND lead_id IS NULL AND started_at_ms < $2",
      tenant, before));
  return {};
}

Result<std::int64_t> count_real_leads(store::Tx& tx, const TenantId& tenant, TimeMs since,
                                      std::int64_t most) {
  return tx.one(
      R"sql(
      SELECT COUNT(*) FROM
        (SELECT id FROM leads
         WHERE tenant_id = $1 AND id >= $2 AND created_at_ms >= $3 AND status <> 'suspect'
           AND id NOT IN (SELECT lead_id FROM canaries
                          WHERE tenant_id = $1 AND lead_id IS NOT NULL)
         ORDER BY id LIMIT $4) AS found
  )sql",
      [](const store::Row& row) { return row.integer(0); }, tenant,
      least_id(LeadIdTag::k_prefix, since), since, most);
}

}  // namespace flead::intake
