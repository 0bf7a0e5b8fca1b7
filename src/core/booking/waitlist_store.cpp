#include "core/booking/waitlist_store.h"

#include <string>

#include "core/base/limits.h"

namespace flead::booking {

namespace {

constexpr std::string_view k_wait_columns = R"sql(
    SELECT w.id, w.tenant_id, w.offer_id, o.slug, w.lead_id, w.status, w.token, w.zone, w.from_ms,
           w.to_ms, w.hold_id, w.offered_until_ms, w.created_at_ms, w.updated_at_ms
    FROM waits w JOIN offers o ON o.id = w.offer_id
)sql";

Wait read_wait(const store::Row& row) {
  Wait wait;
  wait.id = row.id<WaitId>(0);
  wait.tenant = row.id<TenantId>(1);
  wait.offer = row.id<OfferId>(2);
  wait.offer_slug = row.string(3);
  wait.lead = row.id<LeadId>(4);
  wait.status = row.string(5);
  wait.token = row.string(6);
  wait.zone = row.string(7);
  wait.from = row.integer(8);
  wait.to = row.integer(9);
  if (!row.is_null(10)) wait.hold = row.id<BookingId>(10);
  wait.offered_until = row.integer_or_null(11);
  wait.created_at = row.integer(12);
  wait.updated_at = row.integer(13);
  return wait;
}

std::string select_waits(std::string_view rest) {
  return std::string(k_wait_columns) + std::string(rest);
}

}  // namespace

Status insert_wait(store::Tx& tx, const Wait& wait) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO waits (id, tenant_id, offer_id, lead_id, status, token, zone, from_ms, to_ms,
                         hold_id, offered_until_ms, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  )sql",
                      wait.id, wait.tenant, wait.offer, wait.lead, wait.status, wait.token,
                      wait.zone, wait.from, wait.to, wait.hold, wait.offered_until, wait.created_at,
                      wait.updated_at));
  return {};
}

Status update_wait(store::Tx& tx, const Wait& wait) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE waits SET status = $2, from_ms = $3, to_ms = $4, hold_id = $5, offered_until_ms = $6,
             updated_at_ms = $7, zone = $8
      WHERE id = $1
  )sql",
                      wait.id, wait.status, wait.from, wait.to, wait.hold, wait.offered_until,
                      wait.updated_at, wait.zone));
  return {};
}

Result<std::optional<Wait>> wait_by_id(store::Tx& tx, const TenantId& tenant, const WaitId& id) {
  return tx.maybe(select_waits("WHERE w.tenant_id = $1 AND w.id = $2"), read_wait, tenant, id);
}

Result<std::optional<Wait>> wait_by_token(store::Tx& tx, std::string_view token) {
  return tx.maybe(select_waits("WHERE w.token = $1"), read_wait, token);
}

Result<std::optional<Wait>> open_wait_of(store::Tx& tx, const OfferId& offer, const LeadId& lead) {
  return tx.maybe(select_waits("WHERE w.offer_id = $1 AND w.lead_id = $2 "
                               "AND w.status IN ('waiting', 'offered')"),
                  read_wait, offer, lead);
}

Result<std::int64_t> count_waiting(store::Tx& tx, const OfferId& offer) {
  return tx.one(
      "SELECT COUNT(*) FROM waits WHERE offer_id = $1 AND status = 'waiting'",
      [](const store::Row& row) { return row.integer(0); }, offer);
}

Result<std::optional<Wait>> next_waiting(store::Tx& tx, const OfferId& offer, TimeMs start) {
  return tx.maybe(select_waits("WHERE w.offer_id = $1 AND w.status = 'waiting' AND w.from_ms <= $2 "
                               "AND w.to_ms > $2 ORDER BY w.id LIMIT 1"),
                  read_wait, offer, start);
}

Result<std::vector<OfferId>> awaited_offers(store::Tx& tx, const HostId& host) {
  return tx.all(
      R"sql(
      SELECT o.id FROM offers o
      WHERE o.host_id = $1 AND o.status = 'active'
        AND EXISTS (SELECT 1 FROM waits w WHERE w.offer_id = o.id AND w.status = 'waiting')
      ORDER BY o.id LIMIT $2
  )sql",
      [](const store::Row& row) { return row.id<OfferId>(0); }, host, k_hosts_max);
}

Result<std::vector<Wait>> list_waits(store::Tx& tx, const TenantId& tenant,
                                     const WaitFilter& filter) {
  return tx.all(select_waits("WHERE w.tenant_id = $1 AND ($2 = '' OR o.slug = $2) "
                             "AND ($3 = '' OR w.status = $3) AND w.id > $4 "
                             "ORDER BY w.id LIMIT $5"),
                read_wait, tenant, filter.offer, filter.status, filter.after_id, filter.limit);
}

}  // namespace flead::booking
