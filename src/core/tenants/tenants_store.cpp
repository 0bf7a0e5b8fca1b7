#include "core/tenants/tenants_store.h"

namespace flead::tenants {
namespace {

#define FLEAD_TENANT_COLUMNS \
  "id, slug, name, zone, locale, region, status, publishable_key, created_at_ms, updated_at_ms"

Tenant read_tenant(const store::Row& row) {
  Tenant tenant;
  tenant.id = row.id<TenantId>(0);
  tenant.slug = row.string(1);
  tenant.name = row.string(2);
  tenant.zone = row.string(3);
  tenant.locale = row.string(4);
  tenant.region = row.string(5);
  tenant.suspended = row.text(6) == "suspended";
  tenant.publishable_key = row.string(7);
  tenant.created_at = row.integer(8);
  tenant.updated_at = row.integer(9);
  return tenant;
}

Error tenant_not_found() {
  return not_found("tenant_not_found", "There is no such tenant.", "flead tenant list");
}

std::string_view status_of(const Tenant& tenant) {
  return tenant.suspended ? "suspended" : "active";
}

}  // namespace

Result<bool> insert_tenant(store::Tx& tx, const Tenant& tenant) {
  FLEAD_TRY(const std::int64_t inserted,
            tx.exec(R"sql(
      INSERT INTO tenants (id, slug, name, zone, locale, region, status, publishable_key,
                           created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
      ON CONFLICT (slug) DO NOTHING
  )sql",
                    tenant.id, tenant.slug, tenant.name, tenant.zone, tenant.locale, tenant.region,
                    status_of(tenant), tenant.publishable_key, tenant.created_at));
  return inserted == 1;
}

Status update_tenant(store::Tx& tx, const Tenant& tenant) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE tenants SET name = $2, zone = $3, locale = $4, region = $5, status = $6,
                         updated_at_ms = $7
      WHERE id = $1
  )sql",
                      tenant.id, tenant.name, tenant.zone, tenant.locale, tenant.region,
                      status_of(tenant), tenant.updated_at));
  return {};
}

Result<Tenant> load(store::Tx& tx, const TenantId& id) {
  FLEAD_TRY(auto found, tx.maybe("SELECT " FLEAD_TENANT_COLUMNS " FROM tenants WHERE id = $1",
                                 read_tenant, id));
  if (!found) return tenant_not_found();
  return std::move(*found);
}

Result<Tenant> by_slug(store::Tx& tx, std::string_view slug) {
  FLEAD_TRY(auto found, tx.maybe("SELECT " FLEAD_TENANT_COLUMNS " FROM tenants WHERE slug = $1",
                                 read_tenant, slug));
  if (!found) return tenant_not_found();
  return std::move(*found);
}

Result<std::optional<Tenant>> by_publishable_key(store::Tx& tx, std::string_view key) {
  return tx.maybe("SELECT " FLEAD_TENANT_COLUMNS " FROM tenants WHERE publishable_key = $1",
                  read_tenant, key);
}

Result<std::vector<Tenant>> list(store::Tx& tx, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_TENANT_COLUMNS " FROM tenants ORDER BY id LIMIT $1", read_tenant,
                limit);
}

}  // namespace flead::tenants
