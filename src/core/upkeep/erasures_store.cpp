#include "core/upkeep/erasures_store.h"

#include "core/store/migrate.h"

namespace flead::upkeep {
namespace {

constexpr std::int64_t k_schema_with_erasures = 2;

Tombstone read_tombstone(const store::Row& row) {
  return {row.id<LeadId>(0), row.id<TenantId>(1), row.string(2), row.integer(3)};
}

}  // namespace

Result<std::optional<Tombstone>> find_tombstone(store::Tx& tx, const LeadId& lead) {
  return tx.maybe(
      "SELECT lead_id, tenant_id, reason, erased_at_ms FROM erasures WHERE lead_id = $1",
      read_tombstone, lead);
}

Result<std::vector<Tombstone>> list_tombstones(store::Tx& tx, const TenantId& tenant,
                                               std::int64_t limit) {
  return tx.all(R"sql(
      SELECT lead_id, tenant_id, reason, erased_at_ms FROM erasures
      WHERE tenant_id = $1 ORDER BY erased_at_ms DESC, lead_id LIMIT $2
  )sql",
                read_tombstone, tenant, limit);
}

namespace erasures_store {

Status insert(store::Tx& tx, const Tombstone& tombstone) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO erasures (lead_id, tenant_id, reason, erased_at_ms) VALUES ($1, $2, $3, $4)
      ON CONFLICT (lead_id) DO NOTHING
  )sql",
                      tombstone.lead, tombstone.tenant, tombstone.reason, tombstone.erased_at));
  return {};
}

Result<std::vector<Tombstone>> all(store::Tx& tx) {
  std::vector<Tombstone> found;
  FLEAD_TRY(const std::int64_t schema, store::schema_version(tx));
  if (schema < k_schema_with_erasures) return found;
  FLEAD_CHECK(tx.each("SELECT lead_id, tenant_id, reason, erased_at_ms FROM erasures",
                      [&](const store::Row& row) {
                        found.push_back(read_tombstone(row));
                        return true;
                      }));
  return found;
}

Result<bool> has_lead(store::Tx& tx, const TenantId& tenant, const LeadId& lead) {
  FLEAD_TRY(const auto found,
            tx.maybe(
                "SELECT 1 FROM leads WHERE id = $1 AND tenant_id = $2",
                [](const store::Row& row) { return row.integer(0); }, lead, tenant));
  return found.has_value();
}

}  // namespace erasures_store
}  // namespace flead::upkeep
