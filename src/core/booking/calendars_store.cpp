#include "core/booking/calendars_store.h"

#include <string>

#include "core/base/limits.h"

namespace flead::booking::calendars_store {

namespace {

constexpr std::string_view k_calendar_columns = R"sql(
    SELECT c.id, c.tenant_id, c.host_id, h.slug, c.kind, c.place, c.ca_file, c.reads, c.writes,
           c.synced_at_ms, c.tried_at_ms, c.error, c.busy_count, c.created_at_ms, c.updated_at_ms
    FROM calendars c JOIN hosts h ON h.id = c.host_id
)sql";
constexpr std::int64_t k_clashes_max = 1000;
constexpr std::int64_t k_calendars_read_max = 10000;  // of one store

Calendar read_calendar_row(const store::Row& row) {
  Calendar calendar;
  calendar.id = row.id<CalendarId>(0);
  calendar.tenant = row.id<TenantId>(1);
  calendar.host = row.id<HostId>(2);
  calendar.host_slug = row.string(3);
  calendar.kind = row.string(4);
  calendar.place = row.string(5);
  calendar.ca_file = row.string(6);
  calendar.reads = row.flag(7);
  calendar.writes = row.flag(8);
  calendar.synced_at = row.integer_or_null(9);
  calendar.tried_at = row.integer_or_null(10);
  calendar.error = row.string(11);
  calendar.busy_count = row.integer(12);
  calendar.created_at = row.integer(13);
  calendar.updated_at = row.integer(14);
  return calendar;
}

std::string select_calendars(std::string_view rest) {
  return std::string(k_calendar_columns) + std::string(rest);
}

}  // namespace

Status insert(store::Tx& tx, const Calendar& calendar, std::string_view sealed) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO calendars (id, tenant_id, host_id, kind, place, secret, ca_file, reads, writes,
                             synced_at_ms, tried_at_ms, error, busy_count, created_at_ms,
                             updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
  )sql",
                      calendar.id, calendar.tenant, calendar.host, calendar.kind, calendar.place,
                      sealed, calendar.ca_file, calendar.reads ? 1 : 0, calendar.writes ? 1 : 0,
                      calendar.synced_at, calendar.tried_at, calendar.error, calendar.busy_count,
                      calendar.created_at));
  return {};
}

Status update(store::Tx& tx, const Calendar& calendar) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE calendars SET synced_at_ms = $2, tried_at_ms = $3, error = $4, busy_count = $5,
             updated_at_ms = $6
      WHERE id = $1
  )sql",
                      calendar.id, calendar.synced_at, calendar.tried_at, calendar.error,
                      calendar.busy_count, calendar.updated_at));
  return {};
}

Status remove(store::Tx& tx, const CalendarId& id) {
  FLEAD_CHECK(tx.exec("DELETE FROM calendar_busy WHERE calendar_id = $1", id));
  FLEAD_CHECK(tx.exec("DELETE FROM calendars WHERE id = $1", id));
  return {};
}

Result<std::optional<Calendar>> by_id(store::Tx& tx, const TenantId& tenant, const CalendarId& id) {
  return tx.maybe(select_calendars("WHERE c.tenant_id = $1 AND c.id = $2"), read_calendar_row,
                  tenant, id);
}

Result<std::vector<Calendar>> of_host(store::Tx& tx, const HostId& host) {
  return tx.all(select_calendars("WHERE c.host_id = $1 ORDER BY c.id LIMIT $2"), read_calendar_row,
                host, k_calendars_max);
}

Result<std::vector<Calendar>> of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(select_calendars("WHERE c.tenant_id = $1 ORDER BY c.id LIMIT $2"),
                read_calendar_row, tenant, k_hosts_max);
}

Result<std::vector<Calendar>> all_read(store::Tx& tx) {
  return tx.all(select_calendars("WHERE c.reads = 1 ORDER BY c.id LIMIT $1"), read_calendar_row,
                k_calendars_read_max);
}

Result<std::string> sealed_of(store::Tx& tx, const CalendarId& id) {
  return tx.one(
      "SELECT secret FROM calendars WHERE id = $1",
      [](const store::Row& row) { return row.string(0); }, id);
}

Status replace_busy(store::Tx& tx, const Calendar& calendar, const std::vector<TimeSpan>& busy) {
  FLEAD_CHECK(tx.exec("DELETE FROM calendar_busy WHERE calendar_id = $1", calendar.id));
  for (const TimeSpan& span : busy) {
    FLEAD_CHECK(tx.exec(R"sql(
        INSERT INTO calendar_busy (host_id, calendar_id, starts_at_ms, ends_at_ms)
        VALUES ($1, $2, $3, $4)
    )sql",
                        calendar.host, calendar.id, span.from, span.to));
  }
  return {};
}

Result<std::vector<Clash>> clashes(store::Tx& tx, const TenantId& tenant, TimeMs now) {
  return tx.all(
      R"sql(
      SELECT b.id, h.slug, b.starts_at_ms, c.calendar_id
      FROM bookings b JOIN hosts h ON h.id = b.host_id
      JOIN calendar_busy c ON c.host_id = b.host_id AND c.ends_at_ms > b.starts_at_ms
                          AND c.starts_at_ms < b.ends_at_ms
      WHERE b.tenant_id = $1 AND b.starts_at_ms > $2 AND b.kept_by = ''
        AND (b.status IN ('requested', 'confirmed')
             OR (b.status = 'held' AND b.held_until_ms > $2))
      ORDER BY b.starts_at_ms, b.id LIMIT $3
  )sql",
      [](const store::Row& row) {
        return Clash{row.id<BookingId>(0), row.string(1), row.integer(2), row.id<CalendarId>(3)};
      },
      tenant, now, k_clashes_max);
}

Status put_holiday(store::Tx& tx, const TenantId& tenant, const NamedDay& day) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO holidays (tenant_id, date, name) VALUES ($1, $2, $3)
      ON CONFLICT (tenant_id, date) DO UPDATE SET name = EXCLUDED.name
  )sql",
                      tenant, format_date(day.date), day.name));
  return {};
}

Result<bool> delete_holiday(store::Tx& tx, const TenantId& tenant, Date date) {
  FLEAD_TRY(const auto changed, tx.exec("DELETE FROM holidays WHERE tenant_id = $1 AND date = $2",
                                        tenant, format_date(date)));
  return changed == 1;
}

Result<std::vector<NamedDay>> holidays(store::Tx& tx, const TenantId& tenant) {
  return tx.all(
      "SELECT date, name FROM holidays WHERE tenant_id = $1 ORDER BY date LIMIT $2",
      [](const store::Row& row) {
        return NamedDay{parse_date(row.text(0)).value_or(Date{}), row.string(1)};
      },
      tenant, k_holidays_max);
}

}  // namespace flead::booking::calendars_store
