#include "core/booking/bookings_store.h"

#include <algorithm>
#include <string>

#include "core/base/limits.h"

namespace flead::booking {
namespace {

constexpr std::string_view k_booking_columns = R"sql(
    SELECT b.id, b.tenant_id, b.host_id, b.offer_id, h.slug, o.slug, b.lead_id, b.status,
           b.starts_at_ms, b.ends_at_ms, b.busy_until_ms, b.held_until_ms, b.visitor_zone, b.uid,
           b.sequence, b.manage_token, b.reason, b.created_at_ms, b.updated_at_ms,
           b.format, b.price_version, b.price_minor, b.price_currency, b.policy_version, b.moves,
           b.refund_due_minor, b.answered_at_ms, b.brief, b.kept_by
    FROM bookings b JOIN hosts h ON h.id = b.host_id JOIN offers o ON o.id = b.offer_id
)sql";

Booking read_booking(const store::Row& row) {
  Booking booking;
  booking.id = row.id<BookingId>(0);
  booking.tenant = row.id<TenantId>(1);
  booking.host = row.id<HostId>(2);
  booking.offer = row.id<OfferId>(3);
  booking.host_slug = row.string(4);
  booking.offer_slug = row.string(5);
  if (!row.is_null(6)) booking.lead = row.id<LeadId>(6);
  // The schema's CHECK knows the same names.
  booking.state = parse_state(row.text(7)).value_or(State::cancelled);
  booking.starts_at = row.integer(8);
  booking.ends_at = row.integer(9);
  booking.busy_until = row.integer(10);
  booking.held_until = row.integer_or_null(11);
  booking.visitor_zone = row.string(12);
  booking.uid = row.string(13);
  booking.sequence = row.integer(14);
  booking.manage_token = row.string(15);
  booking.reason = row.string(16);
  booking.created_at = row.integer(17);
  booking.updated_at = row.integer(18);
  booking.format = row.string(19);
  booking.price_version = row.integer(20);
  booking.price = {row.integer(21), row.string(22)};
  booking.policy_version = row.integer(23);
  booking.moves = row.integer(24);
  booking.refund_due_minor = row.integer_or_null(25);
  booking.answered_at = row.integer_or_null(26);
  booking.brief = row.string(27);
  booking.kept_by = row.string(28);
  return booking;
}

std::string select(std::string_view rest) {
  return std::string(k_booking_columns) + std::string(rest);
}

}  // namespace

Result<std::optional<Booking>> booking_by_id(store::Tx& tx, const TenantId& tenant,
                                             const BookingId& id) {
  return tx.maybe(select("WHERE b.tenant_id = $1 AND b.id = $2"), read_booking, tenant, id);
}

Result<std::optional<Booking>> booking_by_token(store::Tx& tx, std::string_view manage_token) {
  return tx.maybe(select("WHERE b.manage_token = $1"), read_booking, manage_token);
}

Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const BookingId& id) {
  return tx.maybe(
      "SELECT tenant_id FROM bookings WHERE id = $1",
      [](const store::Row& row) { return row.id<TenantId>(0); }, id);
}

Result<std::int64_t> count_booked(store::Tx& tx, const TenantId& tenant, const LeadId& lead) {
  return tx.one(R"sql(
      SELECT COUNT(*) FROM bookings
      WHERE tenant_id = $1 AND lead_id = $2 AND status IN ('confirmed', 'completed')
  )sql",
                [](const store::Row& row) { return row.integer(0); }, tenant, lead);
}

Status insert_booking(store::Tx& tx, const Booking& booking) {
  FLEAD_CHECK(tx.exec(
      R"sql(
      INSERT INTO bookings (id, tenant_id, host_id, offer_id, lead_id, status, starts_at_ms,
                            ends_at_ms, busy_until_ms, held_until_ms, visitor_zone, uid, sequence,
                            manage_token, reason, created_at_ms, updated_at_ms, format,
                            price_version, price_minor, price_currency, policy_version, kept_by)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
              $20, $21, $22, $23)
  )sql",
      booking.id, booking.tenant, booking.host, booking.offer, booking.lead,
      state_name(booking.state), booking.starts_at, booking.ends_at, booking.busy_until,
      booking.held_until, booking.visitor_zone, booking.uid, booking.sequence, booking.manage_token,
      booking.reason, booking.created_at, booking.updated_at, booking.format, booking.price_version,
      booking.price.amount_minor, booking.price.currency, booking.policy_version, booking.kept_by));
  return {};
}

Status update_booking(store::Tx& tx, const Booking& booking) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE bookings SET lead_id = $2, status = $3, starts_at_ms = $4, ends_at_ms = $5,
             busy_until_ms = $6, held_until_ms = $7, visitor_zone = $8, sequence = $9,
             reason = $10, updated_at_ms = $11, format = $12, price_version = $13,
             price_minor = $14, price_currency = $15, policy_version = $16, moves = $17,
             refund_due_minor = $18, answered_at_ms = $19, kept_by = $20
      WHERE id = $1
  )sql",
                      booking.id, booking.lead, state_name(booking.state), booking.starts_at,
                      booking.ends_at, booking.busy_until, booking.held_until, booking.visitor_zone,
                      booking.sequence, booking.reason, booking.updated_at, booking.format,
                      booking.price_version, booking.price.amount_minor, booking.price.currency,
                      booking.policy_version, booking.moves, booking.refund_due_minor,
                      booking.answered_at, booking.kept_by));
  return {};
}

Result<std::vector<Booking>> bookings_page(store::Tx& tx, const TenantId& tenant,
                                           const Filter& filter) {
  return tx.all(select(R"sql(
      WHERE b.tenant_id = $1
        AND ($2 = '' OR b.status = $2)
        AND ($3 = '' OR o.slug = $3)
        AND ($4 = '' OR h.slug = $4)
        AND ($5 IS NULL OR b.lead_id = $5)
        AND b.starts_at_ms >= $6 AND b.starts_at_ms < $7
        AND (b.starts_at_ms, b.id) > ($8, $9)
      ORDER BY b.starts_at_ms, b.id LIMIT $10
  )sql"),
                read_booking, tenant, filter.status, filter.offer, filter.host, filter.lead,
                filter.from.value_or(0), filter.to.value_or(INT64_MAX),
                filter.after_start.value_or(-1), filter.after_id, filter.limit);
}

namespace {

Result<std::vector<Busy>> booked_times(store::Tx& tx, const BusyQuery& query) {
  // starts_at_ms has a lower bound only so that the index finds the few rows that matter.
  return tx.all(
      R"sql(
      SELECT starts_at_ms, ends_at_ms, busy_until_ms, offer_id FROM bookings
      WHERE host_id = $1 AND status IN ('held', 'requested', 'confirmed', 'completed', 'no_show')
        AND starts_at_ms > $2 AND starts_at_ms < $3 AND busy_until_ms > $4
        AND (status <> 'held' OR held_until_ms > $5) AND id <> $6
      ORDER BY starts_at_ms LIMIT $7
  )sql",
      [&](const store::Row& row) {
        return Busy{row.integer(0), row.integer(1), row.integer(2),
                    row.text(3) == query.offer.text()};
      },
      query.host, query.from - k_booking_span_ms_max, query.to, query.from, query.now, query.except,
      k_busy_max);
}

// Read out of the host's other calendars. A long one comes in pieces: whoever looks for overlaps
// does not look further back than the longest booking.
Result<std::vector<Busy>> outside_times(store::Tx& tx, const BusyQuery& query) {
  std::vector<Busy> busy;
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT starts_at_ms, ends_at_ms FROM calendar_busy
      WHERE host_id = $1 AND ends_at_ms > $2 AND starts_at_ms < $3
      ORDER BY ends_at_ms, calendar_id LIMIT $4
  )sql",
      [&](const store::Row& row) {
        const TimeMs end = std::min(row.integer(1), query.to);
        for (TimeMs at = std::max(row.integer(0), query.from); at < end; at += k_day_ms) {
          const TimeMs until = std::min(at + k_day_ms, end);
          busy.push_back({at, until, until, false});
        }
        return true;
      },
      query.host, query.from, query.to, k_busy_max));
  return busy;
}

}  // namespace

Result<std::vector<Busy>> busy_times(store::Tx& tx, const BusyQuery& query) {
  FLEAD_TRY(auto busy, booked_times(tx, query));
  FLEAD_TRY(const auto outside, outside_times(tx, query));
  if (outside.empty()) return busy;
  busy.insert(busy.end(), outside.begin(), outside.end());
  std::sort(busy.begin(), busy.end(),
            [](const Busy& a, const Busy& b) { return a.starts_at < b.starts_at; });
  return busy;
}

Status expire_holds(store::Tx& tx, const HostId& host, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE bookings SET status = 'expired', updated_at_ms = $2
      WHERE host_id = $1 AND status = 'held' AND held_until_ms <= $2
  )sql",
                      host, now));
  return {};
}

Status each_for_check(store::Tx& tx, const TenantId& tenant,
                      const std::function<bool(const CheckRow&)>& visit) {
  return tx.each(
      R"sql(
      SELECT b.id, b.host_id, b.offer_id, b.status, b.starts_at_ms, b.ends_at_ms,
             b.busy_until_ms, b.held_until_ms,
             CASE WHEN b.lead_id IS NULL THEN 0 ELSE 1 END,
             CASE WHEN h.tenant_id = b.tenant_id THEN 1 ELSE 0 END,
             CASE WHEN o.tenant_id = b.tenant_id AND o.host_id = b.host_id THEN 1 ELSE 0 END,
             CASE WHEN l.tenant_id = b.tenant_id THEN 1 ELSE 0 END,
             COALESCE(o.seats, 0), CASE WHEN b.kept_by = '' THEN 0 ELSE 1 END
      FROM bookings b
      LEFT JOIN hosts h ON h.id = b.host_id
      LEFT JOIN offers o ON o.id = b.offer_id
      LEFT JOIN leads l ON l.id = b.lead_id
      WHERE b.tenant_id = $1
      ORDER BY b.host_id, b.starts_at_ms, b.id
  )sql",
      [&](const store::Row& row) {
        CheckRow found;
        found.id = row.string(0);
        found.host = row.string(1);
        found.offer = row.string(2);
        found.status = row.string(3);
        found.starts_at = row.integer(4);
        found.ends_at = row.integer(5);
        found.busy_until = row.integer(6);
        found.held_until = row.integer_or_null(7);
        found.has_lead = row.flag(8);
        found.host_ok = row.flag(9);
        found.offer_ok = row.flag(10);
        found.lead_ok = row.flag(11);
        found.seats = row.integer(12);
        found.kept = row.flag(13);
        return visit(found);
      },
      tenant);
}

}  // namespace flead::booking
