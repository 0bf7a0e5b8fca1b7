#include "core/booking/pools_store.h"

#include <string>

#include "core/base/limits.h"

namespace flead::booking {

namespace {

constexpr std::string_view k_pool_columns =
    "SELECT id, tenant_id, slug, name, created_at_ms FROM pools ";

Pool read_pool(const store::Row& row) {
  Pool pool;
  pool.id = row.id<PoolId>(0);
  pool.tenant = row.id<TenantId>(1);
  pool.slug = row.string(2);
  pool.name = row.string(3);
  pool.created_at = row.integer(4);
  return pool;
}

Status fill_members(store::Tx& tx, Pool& pool) {
  return tx.each(
      "SELECT o.slug FROM pool_offers p JOIN offers o ON o.id = p.offer_id WHERE p.pool_id = $1 "
      "ORDER BY p.place",
      [&](const store::Row& row) {
        pool.offers.push_back(row.string(0));
        return true;
      },
      pool.id);
}

}  // namespace

Status insert_pool(store::Tx& tx, const Pool& pool) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO pools (id, tenant_id, slug, name, created_at_ms) VALUES ($1, $2, $3, $4, $5)
  )sql",
                      pool.id, pool.tenant, pool.slug, pool.name, pool.created_at));
  return {};
}

Status rename_pool(store::Tx& tx, const Pool& pool) {
  FLEAD_CHECK(tx.exec("UPDATE pools SET name = $2 WHERE id = $1", pool.id, pool.name));
  return {};
}

Status delete_pool(store::Tx& tx, const PoolId& id) {
  FLEAD_CHECK(tx.exec("DELETE FROM pool_offers WHERE pool_id = $1", id));
  FLEAD_CHECK(tx.exec("DELETE FROM pools WHERE id = $1", id));
  return {};
}

Status set_members(store::Tx& tx, const PoolId& id, const std::vector<OfferId>& offers) {
  FLEAD_CHECK(tx.exec("DELETE FROM pool_offers WHERE pool_id = $1", id));
  std::int64_t place = 0;
  for (const OfferId& offer : offers) {
    FLEAD_CHECK(tx.exec("INSERT INTO pool_offers (pool_id, offer_id, place) VALUES ($1, $2, $3)",
                        id, offer, place++));
  }
  return {};
}

Result<std::vector<OfferId>> members_of(store::Tx& tx, const PoolId& id) {
  return tx.all(
      "SELECT offer_id FROM pool_offers WHERE pool_id = $1 ORDER BY place",
      [](const store::Row& row) { return row.id<OfferId>(0); }, id);
}

Result<std::int64_t> meetings_ahead(store::Tx& tx, const Offer& offer, TimeMs now) {
  return tx.one(R"sql(
      SELECT COUNT(*) FROM bookings
      WHERE host_id = $1 AND offer_id = $2 AND starts_at_ms > $3
        AND status IN ('held', 'requested', 'confirmed', 'completed', 'no_show')
        AND (status <> 'held' OR held_until_ms > $3)
  )sql",
                [](const store::Row& row) { return row.integer(0); }, offer.host, offer.id, now);
}

Result<std::vector<Pool>> list_pools(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto pools,
            tx.all(std::string(k_pool_columns) + "WHERE tenant_id = $1 ORDER BY slug LIMIT $2",
                   read_pool, tenant, k_hosts_max));
  for (Pool& pool : pools) FLEAD_CHECK(fill_members(tx, pool));
  return pools;
}

Result<std::optional<Pool>> find_pool(store::Tx& tx, const TenantId& tenant,
                                      std::string_view slug) {
  FLEAD_TRY(auto pool, tx.maybe(std::string(k_pool_columns) + "WHERE tenant_id = $1 AND slug = $2",
                                read_pool, tenant, slug));
  if (pool) FLEAD_CHECK(fill_members(tx, *pool));
  return pool;
}

}  // namespace flead::booking
