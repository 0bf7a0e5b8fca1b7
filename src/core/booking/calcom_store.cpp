#include "core/booking/calcom_store.h"

#include "core/base/limits.h"

namespace flead::booking::calcom_store {

namespace {

constexpr std::int64_t k_links_read_max = 10000;  // of one store

constexpr std::string_view k_link_columns = R"sql(
    SELECT l.id, l.tenant_id, l.offer_id, o.slug, l.base_url, l.ca_file, l.username, l.event_type,
           l.event_slug, o.booked_elsewhere, l.webhook, l.seen_at_ms, l.synced_at_ms,
           l.tried_at_ms, l.error, l.created_at_ms, l.updated_at_ms
    FROM calcom_links l JOIN offers o ON o.id = l.offer_id
)sql";

std::string select_links(std::string_view rest) {
  return std::string(k_link_columns) + std::string(rest);
}

CalcomLink read_link(const store::Row& row) {
  CalcomLink link;
  link.id = row.id<CalcomLinkId>(0);
  link.tenant = row.id<TenantId>(1);
  link.offer = row.id<OfferId>(2);
  link.offer_slug = row.string(3);
  link.base_url = row.string(4);
  link.ca_file = row.string(5);
  link.username = row.string(6);
  link.event_type = row.integer(7);
  link.event_slug = row.string(8);
  link.page = row.string(9);
  link.webhook = row.string(10);
  link.seen_at = row.integer_or_null(11);
  link.synced_at = row.integer_or_null(12);
  link.tried_at = row.integer_or_null(13);
  link.error = row.string(14);
  link.created_at = row.integer(15);
  link.updated_at = row.integer(16);
  return link;
}

}  // namespace

Status save(store::Tx& tx, const CalcomLink& link, std::string_view sealed) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO calcom_links (id, tenant_id, offer_id, base_url, ca_file, secret, username,
                                event_type, event_slug, webhook, seen_at_ms, synced_at_ms,
                                tried_at_ms, error, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
      ON CONFLICT (id) DO UPDATE SET base_url = excluded.base_url, ca_file = excluded.ca_file,
             secret = excluded.secret, username = excluded.username,
             event_type = excluded.event_type, event_slug = excluded.event_slug,
             webhook = excluded.webhook, seen_at_ms = excluded.seen_at_ms,
             error = excluded.error, updated_at_ms = excluded.updated_at_ms
  )sql",
                      link.id, link.tenant, link.offer, link.base_url, link.ca_file, sealed,
                      link.username, link.event_type, link.event_slug, link.webhook, link.seen_at,
                      link.synced_at, link.tried_at, link.error, link.created_at, link.updated_at));
  return {};
}

Status update(store::Tx& tx, const CalcomLink& link) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE calcom_links SET seen_at_ms = $2, synced_at_ms = $3, tried_at_ms = $4, error = $5,
             updated_at_ms = $6
      WHERE id = $1
  )sql",
                      link.id, link.seen_at, link.synced_at, link.tried_at, link.error,
                      link.updated_at));
  return {};
}

Status remove(store::Tx& tx, const CalcomLinkId& id) {
  FLEAD_CHECK(tx.exec("DELETE FROM calcom_calls WHERE link_id = $1", id));
  FLEAD_CHECK(tx.exec("DELETE FROM calcom_links WHERE id = $1", id));
  return {};
}

Result<std::optional<CalcomLink>> by_id(store::Tx& tx, const CalcomLinkId& id) {
  return tx.maybe(select_links("WHERE l.id = $1"), read_link, id);
}

Result<std::optional<CalcomLink>> by_offer(store::Tx& tx, const OfferId& offer) {
  return tx.maybe(select_links("WHERE l.offer_id = $1"), read_link, offer);
}

Result<std::vector<CalcomLink>> of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(select_links("WHERE l.tenant_id = $1 ORDER BY l.id LIMIT $2"), read_link, tenant,
                k_hosts_max);
}

Result<std::vector<CalcomLink>> all(store::Tx& tx) {
  return tx.all(select_links("ORDER BY l.id LIMIT $1"), read_link, k_links_read_max);
}

Result<std::string> sealed_of(store::Tx& tx, const CalcomLinkId& id) {
  return tx.one(
      "SELECT secret FROM calcom_links WHERE id = $1",
      [](const store::Row& row) { return row.string(0); }, id);
}

Status release_bookings(store::Tx& tx, const OfferId& offer) {
  FLEAD_CHECK(tx.exec("UPDATE bookings SET kept_by = '' WHERE offer_id = $1 AND kept_by = $2",
                      offer, k_calcom));
  return {};
}

Result<bool> is_pooled(store::Tx& tx, const OfferId& offer) {
  FLEAD_TRY(const auto found, tx.maybe(
                                  "SELECT pool_id FROM pool_offers WHERE offer_id = $1 LIMIT 1",
                                  [](const store::Row& row) { return row.string(0); }, offer));
  return found.has_value();
}

Result<std::optional<Known>> known(store::Tx& tx, const TenantId& tenant, std::string_view uid) {
  return tx.maybe(
      R"sql(
      SELECT uid, booking_id, next_uid, absent, changed_at_ms FROM calcom_bookings
      WHERE tenant_id = $1 AND uid = $2
  )sql",
      [](const store::Row& row) {
        return Known{row.string(0), row.id<BookingId>(1), row.string(2), row.flag(3),
                     row.integer(4)};
      },
      tenant, uid);
}

Status put_known(store::Tx& tx, const TenantId& tenant, const Known& one) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO calcom_bookings (tenant_id, uid, booking_id, next_uid, absent, changed_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (tenant_id, uid) DO UPDATE SET next_uid = excluded.next_uid,
             absent = excluded.absent, changed_at_ms = excluded.changed_at_ms
  )sql",
                      tenant, one.uid, one.booking, one.next_uid, one.absent ? 1 : 0,
                      one.changed_at));
  return {};
}

Result<bool> insert_call(store::Tx& tx, const KeptCall& call) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      INSERT INTO calcom_calls (id, tenant_id, link_id, dedupe_key, uid, body, received_at_ms,
                                read_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)
      ON CONFLICT (link_id, dedupe_key) DO NOTHING
  )sql",
                                        call.id, call.tenant, call.link, call.dedupe_key, call.uid,
                                        store::Bytes{call.body}, call.received_at));
  return changed == 1;
}

Result<std::vector<CalcomCall>> calls_of(store::Tx& tx, const CalcomLinkId& link,
                                         std::int64_t limit) {
  return tx.all(
      R"sql(
      SELECT id, uid, body, received_at_ms, read_at_ms FROM calcom_calls
      WHERE link_id = $1 ORDER BY id DESC LIMIT $2
  )sql",
      [](const store::Row& row) {
        return CalcomCall{row.string(0), row.string(1), row.string(2), row.integer(3),
                          row.integer_or_null(4)};
      },
      link, limit);
}

Result<std::optional<KeptCall>> call_by_id(store::Tx& tx, std::string_view id) {
  return tx.maybe(
      R"sql(
      SELECT id, tenant_id, link_id, dedupe_key, uid, body, received_at_ms, read_at_ms
      FROM calcom_calls WHERE id = $1
  )sql",
      [](const store::Row& row) {
        return KeptCall{row.string(0),  row.id<TenantId>(1), row.id<CalcomLinkId>(2),
                        row.string(3),  row.string(4),       row.string(5),
                        row.integer(6), !row.is_null(7)};
      },
      id);
}

Status end_call(store::Tx& tx, std::string_view id, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE calcom_calls SET read_at_ms = $2 WHERE id = $1", id, now));
  return {};
}

Status delete_call(store::Tx& tx, std::string_view id) {
  FLEAD_CHECK(tx.exec("DELETE FROM calcom_calls WHERE id = $1", id));
  return {};
}

}  // namespace flead::booking::calcom_store
