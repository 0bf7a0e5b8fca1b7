#include "core/booking/offers_store.h"

#include <string>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/pass.h"

namespace flead::booking {
namespace {

constexpr std::string_view k_host_columns =
    "SELECT id, tenant_id, slug, name, zone, email, created_at_ms, updated_at_ms FROM hosts ";
constexpr std::string_view k_offer_columns =
    "SELECT id, tenant_id, host_id, slug, name, length_min, buffer_min, notice_min, "
    "horizon_days, seats, location, status, created_at_ms, updated_at_ms, description, "
    "on_request, day_max, week_max, questions, booked_elsewhere FROM offers ";
constexpr std::string_view k_rule_columns =
    "SELECT r.id, r.host_id, r.offer_id, h.slug, o.slug, r.weekday, r.from_min, r.to_min "
    "FROM slot_rules r JOIN hosts h ON h.id = r.host_id LEFT JOIN offers o ON o.id = r.offer_id ";

std::string sql(std::string_view columns, std::string_view rest) {
  return std::string(columns) + std::string(rest);
}

Host read_host(const store::Row& row) {
  Host host;
  host.id = row.id<HostId>(0);
  host.tenant = row.id<TenantId>(1);
  host.slug = row.string(2);
  host.name = row.string(3);
  host.zone = row.string(4);
  host.email = row.string(5);
  host.created_at = row.integer(6);
  host.updated_at = row.integer(7);
  return host;
}

Offer read_offer(const store::Row& row) {
  Offer offer;
  offer.id = row.id<OfferId>(0);
  offer.tenant = row.id<TenantId>(1);
  offer.host = row.id<HostId>(2);
  offer.slug = row.string(3);
  offer.name = row.string(4);
  offer.terms.length_min = row.integer(5);
  offer.terms.buffer_min = row.integer(6);
  offer.terms.notice_min = row.integer(7);
  offer.terms.horizon_days = row.integer(8);
  offer.terms.seats = row.integer(9);
  offer.location = row.string(10);
  offer.retired = row.text(11) == "retired";
  offer.created_at = row.integer(12);
  offer.updated_at = row.integer(13);
  offer.description = row.string(14);
  offer.on_request = row.flag(15);
  offer.terms.day_max = row.integer(16);
  offer.terms.week_max = row.integer(17);
  if (!row.text(18).empty()) offer.questions = split(row.text(18), '\n');
  offer.booked_elsewhere = row.string(19);
  return offer;
}

Rule read_rule(const store::Row& row) {
  Rule rule;
  rule.id = row.id<RuleId>(0);
  rule.host = row.id<HostId>(1);
  if (const auto offer = row.string_or_null(2)) rule.offer = OfferId(*offer);
  rule.host_slug = row.string(3);
  rule.offer_slug = row.string_or_null(4).value_or("");
  rule.window = {static_cast<int>(row.integer(5)), static_cast<int>(row.integer(6)),
                 static_cast<int>(row.integer(7))};
  return rule;
}

ExceptionRow read_exception(const store::Row& row) {
  ExceptionRow found;
  found.id = row.id<ExceptionId>(0);
  found.host = row.id<HostId>(1);
  found.host_slug = row.string(2);
  found.day.date = parse_date(row.text(3)).value_or(Date{});
  found.day.from_min = static_cast<int>(row.integer(4));
  found.day.to_min = static_cast<int>(row.integer(5));
  found.reason = row.string(6);
  return found;
}

std::string_view offer_status(const Offer& offer) {
  return offer.retired ? "retired" : "active";
}

}  // namespace

Result<std::optional<Host>> host_by_slug(store::Tx& tx, const TenantId& tenant,
                                         std::string_view slug) {
  return tx.maybe(sql(k_host_columns, "WHERE tenant_id = $1 AND slug = $2"), read_host, tenant,
                  slug);
}

Result<std::optional<Host>> host_by_id(store::Tx& tx, const TenantId& tenant, const HostId& id) {
  return tx.maybe(sql(k_host_columns, "WHERE tenant_id = $1 AND id = $2"), read_host, tenant, id);
}

Result<std::vector<Host>> hosts_of(store::Tx& tx, const TenantId& tenant) {
  return tx.all(sql(k_host_columns, "WHERE tenant_id = $1 ORDER BY slug LIMIT $2"), read_host,
                tenant, k_hosts_max);
}

Status insert_host(store::Tx& tx, const Host& host) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO hosts (id, tenant_id, slug, name, zone, email, booking_seq, created_at_ms,
                         updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)
  )sql",
                      host.id, host.tenant, host.slug, host.name, host.zone, host.email,
                      host.created_at, host.updated_at));
  return {};
}

Status update_host(store::Tx& tx, const Host& host) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE hosts SET name = $2, zone = $3, email = $4, updated_at_ms = $5 WHERE id = $1
  )sql",
                      host.id, host.name, host.zone, host.email, host.updated_at));
  return {};
}

Result<std::optional<TenantId>> tenant_of_host(store::Tx& tx, const HostId& host) {
  return tx.maybe(
      "SELECT tenant_id FROM hosts WHERE id = $1",
      [](const store::Row& row) { return row.id<TenantId>(0); }, host);
}

Result<std::int64_t> login_seq(store::Tx& tx, const HostId& host) {
  return tx.one(
      "SELECT login_seq FROM hosts WHERE id = $1",
      [](const store::Row& row) { return row.integer(0); }, host);
}

Status end_logins(store::Tx& tx, const HostId& host) {
  FLEAD_CHECK(tx.exec("UPDATE hosts SET login_seq = login_seq + 1 WHERE id = $1", host));
  return {};
}

Result<std::string> feed_token_of(store::Tx& tx, const HostId& host) {
  FLEAD_TRY(auto token, tx.maybe(
                            "SELECT feed_token FROM hosts WHERE id = $1",
                            [](const store::Row& row) { return row.string(0); }, host));
  return token.value_or("");
}

Status set_feed_token(store::Tx& tx, const HostId& host, std::string_view token, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE hosts SET feed_token = $2, updated_at_ms = $3 WHERE id = $1", host,
                      token, now));
  return {};
}

Status lock_host(store::Tx& tx, const HostId& id) {
  FLEAD_TRY(const auto rows,
            tx.exec("UPDATE hosts SET booking_seq = booking_seq + 1 WHERE id = $1", id));
  if (rows != 1) return not_found("host_not_found", "This host is gone.");
  return {};
}

Result<std::optional<Offer>> offer_by_slug(store::Tx& tx, const TenantId& tenant,
                                           std::string_view slug) {
  return tx.maybe(sql(k_offer_columns, "WHERE tenant_id = $1 AND slug = $2"), read_offer, tenant,
                  slug);
}

Result<std::optional<Offer>> offer_by_id(store::Tx& tx, const TenantId& tenant, const OfferId& id) {
  return tx.maybe(sql(k_offer_columns, "WHERE tenant_id = $1 AND id = $2"), read_offer, tenant, id);
}

Result<std::vector<Offer>> active_offers(store::Tx& tx, const TenantId& tenant) {
  return tx.all(
      sql(k_offer_columns, "WHERE tenant_id = $1 AND status = 'active' ORDER BY slug LIMIT $2"),
      read_offer, tenant, k_hosts_max);
}

Result<std::vector<Offer>> offers_of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(sql(k_offer_columns, "WHERE tenant_id = $1 ORDER BY slug LIMIT $2"), read_offer,
                tenant, k_hosts_max);
}

Result<std::vector<Offer>> offers_of_host(store::Tx& tx, const HostId& host) {
  return tx.all(sql(k_offer_columns, "WHERE host_id = $1 ORDER BY slug LIMIT $2"), read_offer, host,
                k_hosts_max);
}

Result<std::vector<Offer>> offers_kept_by(store::Tx& tx, const HostId& host) {
  return tx.all(
      sql(k_offer_columns, "WHERE host_id = $1 AND status = 'active' ORDER BY slug LIMIT $2"),
      read_offer, host, k_hosts_max);
}

Result<std::vector<TimeMs>> offer_starts(store::Tx& tx, const OfferId& offer, TimeSpan span,
                                         TimeMs now, const BookingId& except) {
  return tx.all(
      R"sql(
      SELECT DISTINCT b.starts_at_ms FROM bookings b JOIN offers o ON o.host_id = b.host_id
      WHERE o.id = $1 AND b.offer_id = $1
        AND b.status IN ('held', 'requested', 'confirmed', 'completed', 'no_show')
        AND b.starts_at_ms >= $2 AND b.starts_at_ms < $3
        AND (b.status <> 'held' OR b.held_until_ms > $4) AND b.id <> $5
      ORDER BY b.starts_at_ms LIMIT $6
  )sql",
      [](const store::Row& row) { return row.integer(0); }, offer, span.from, span.to, now, except,
      k_busy_max);
}

Status insert_offer(store::Tx& tx, const Offer& offer) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO offers (id, tenant_id, host_id, slug, name, length_min, buffer_min, notice_min,
                          horizon_days, seats, location, status, created_at_ms, updated_at_ms,
                          description, on_request, day_max, week_max, questions)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
  )sql",
                      offer.id, offer.tenant, offer.host, offer.slug, offer.name,
                      offer.terms.length_min, offer.terms.buffer_min, offer.terms.notice_min,
                      offer.terms.horizon_days, offer.terms.seats, offer.location,
                      offer_status(offer), offer.created_at, offer.updated_at, offer.description,
                      offer.on_request ? 1 : 0, offer.terms.day_max, offer.terms.week_max,
                      join(offer.questions, "\n")));
  return {};
}

Status update_offer(store::Tx& tx, const Offer& offer) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE offers SET name = $2, length_min = $3, buffer_min = $4, notice_min = $5,
             horizon_days = $6, seats = $7, location = $8, status = $9, updated_at_ms = $10,
             description = $11, on_request = $12, day_max = $13, week_max = $14,
             questions = $15, booked_elsewhere = $16
      WHERE id = $1
  )sql",
                      offer.id, offer.name, offer.terms.length_min, offer.terms.buffer_min,
                      offer.terms.notice_min, offer.terms.horizon_days, offer.terms.seats,
                      offer.location, offer_status(offer), offer.updated_at, offer.description,
                      offer.on_request ? 1 : 0, offer.terms.day_max, offer.terms.week_max,
                      join(offer.questions, "\n"), offer.booked_elsewhere));
  return {};
}

Result<std::vector<Rule>> rules_of_offer(store::Tx& tx, const OfferId& offer) {
  return tx.all(
      sql(k_rule_columns, "WHERE r.offer_id = $1 ORDER BY r.weekday, r.from_min, r.id LIMIT $2"),
      read_rule, offer, static_cast<std::int64_t>(k_slot_windows_max));
}

Result<std::vector<Rule>> rules_of_host(store::Tx& tx, const HostId& host) {
  return tx.all(sql(k_rule_columns,
                    "WHERE r.host_id = $1 AND r.offer_id IS NULL "
                    "ORDER BY r.weekday, r.from_min, r.id LIMIT $2"),
                read_rule, host, static_cast<std::int64_t>(k_slot_windows_max));
}

Result<std::vector<Rule>> rules_of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(
      sql(k_rule_columns,
          "WHERE r.tenant_id = $1 ORDER BY h.slug, o.slug, r.weekday, r.from_min, r.id LIMIT $2"),
      read_rule, tenant, k_hosts_max * static_cast<std::int64_t>(k_slot_windows_max));
}

Result<std::optional<Rule>> rule_by_id(store::Tx& tx, const TenantId& tenant, const RuleId& id) {
  return tx.maybe(sql(k_rule_columns, "WHERE r.tenant_id = $1 AND r.id = $2"), read_rule, tenant,
                  id);
}

Status insert_rule(store::Tx& tx, const TenantId& tenant, const Rule& rule, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO slot_rules (id, tenant_id, host_id, offer_id, weekday, from_min, to_min,
                              created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  )sql",
                      rule.id, tenant, rule.host, rule.offer, rule.window.weekday,
                      rule.window.from_min, rule.window.to_min, now));
  return {};
}

Status delete_rule(store::Tx& tx, const RuleId& id) {
  FLEAD_CHECK(tx.exec("DELETE FROM slot_rules WHERE id = $1", id));
  return {};
}

Result<std::vector<ExceptionRow>> exceptions_of_host(store::Tx& tx, const HostId& host) {
  return tx.all(R"sql(
      SELECT e.id, e.host_id, h.slug, e.date, e.from_min, e.to_min, e.reason
      FROM slot_exceptions e JOIN hosts h ON h.id = e.host_id
      WHERE e.host_id = $1 ORDER BY e.date, e.from_min, e.id LIMIT $2
  )sql",
                read_exception, host, k_slot_exceptions_max);
}

Status insert_exception(store::Tx& tx, const TenantId& tenant, const ExceptionRow& row,
                        TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO slot_exceptions (id, tenant_id, host_id, date, from_min, to_min, reason,
                                   created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  )sql",
                      row.id, tenant, row.host, format_date(row.day.date), row.day.from_min,
                      row.day.to_min, row.reason, now));
  return {};
}

Status delete_exceptions(store::Tx& tx, const HostId& host, Date date) {
  FLEAD_CHECK(tx.exec("DELETE FROM slot_exceptions WHERE host_id = $1 AND date = $2", host,
                      format_date(date)));
  return {};
}

}  // namespace flead::booking
