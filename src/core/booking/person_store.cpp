#include "core/booking/person.h"

#include "core/base/crypto.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calendar.h"
#include "core/booking/pay.h"
#include "core/booking/waitlist.h"

namespace flead::booking {

Result<std::vector<PersonBooking>> bookings_of(store::Tx& tx, const TenantId& tenant,
                                               const LeadId& lead) {
  std::vector<PersonBooking> found;
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT id, status, created_at_ms, ends_at_ms FROM bookings
      WHERE lead_id = $1 AND tenant_id = $2 ORDER BY id
  )sql",
      [&](const store::Row& row) {
        found.push_back({row.id<BookingId>(0), row.string(1), row.integer(2), row.integer(3)});
        return true;
      },
      lead, tenant));
  return found;
}

Status forget_person(World& world, store::Tx& tx, const LeadId& lead,
                     const std::vector<PersonBooking>& bookings) {
  const TimeMs now = world.clock.now();
  FLEAD_CHECK(tx.exec("DELETE FROM waits WHERE lead_id = $1", lead));
  for (const PersonBooking& booking : bookings) {
    FLEAD_CHECK(tx.exec(R"sql(
        UPDATE bookings SET lead_id = NULL, reason = '', brief = '', manage_token = $2,
          updated_at_ms = $3,
          sequence = sequence + 1,
          status = CASE WHEN status IN ('held', 'requested', 'confirmed') AND ends_at_ms > $3
                        THEN 'cancelled' ELSE status END
        WHERE id = $1
    )sql",
                        booking.id, make_token(world.random, ""), now));
    FLEAD_CHECK(tx.exec(
        "UPDATE reviews SET lead_id = NULL, text = '', updated_at_ms = $2 WHERE booking_id = $1",
        booking.id, now));
    FLEAD_TRY(const auto tenant, tenant_of(tx, booking.id));
    FLEAD_ASSERT(tenant.has_value());
    // Its jobs go with the person, and with them the one that would have settled it.
    const bool took_place = booking.status == "completed" || booking.status == "no_show" ||
                            (booking.status == "confirmed" && booking.ends_at <= now);
    FLEAD_CHECK(plan_settling(world, tx, *tenant, booking.id, took_place));
    FLEAD_TRY(const auto nameless, booking_by_id(tx, *tenant, booking.id));
    FLEAD_ASSERT(nameless.has_value());
    FLEAD_CHECK(plan_calendar_writes(world, tx, *nameless));
    if (!takes_time(nameless->state)) {
      FLEAD_CHECK(place_freed(world, tx, *tenant, nameless->host,
                              {nameless->starts_at, nameless->busy_until}));
    }
    // What Cal.com told of this booking; its uid stays, so that nothing of it is kept anew.
    FLEAD_CHECK(tx.exec(R"sql(
        DELETE FROM calcom_calls WHERE tenant_id = $1 AND uid IN
          (SELECT uid FROM calcom_bookings WHERE tenant_id = $1 AND booking_id = $2)
    )sql",
                        *tenant, booking.id));
    FLEAD_CHECK(tx.exec("DELETE FROM booking_notes WHERE booking_id = $1", booking.id));
  }
  return {};
}

}  // namespace flead::booking
