// The SQL of calendars and holidays. Callers: calendars.cpp, holidays.cpp, slot_check.cpp.
#pragma once

#include "core/booking/calendar.h"
#include "core/booking/holiday.h"

namespace flead::booking::calendars_store {

Status insert(store::Tx& tx, const Calendar& calendar, std::string_view sealed);
Status update(store::Tx& tx, const Calendar& calendar);
Status remove(store::Tx& tx, const CalendarId& id);
Result<std::optional<Calendar>> by_id(store::Tx& tx, const TenantId& tenant, const CalendarId& id);
Result<std::vector<Calendar>> of_host(store::Tx& tx, const HostId& host);
Result<std::vector<Calendar>> of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::vector<Calendar>> all_read(store::Tx& tx);
Result<std::string> sealed_of(store::Tx& tx, const CalendarId& id);
Status replace_busy(store::Tx& tx, const Calendar& calendar, const std::vector<TimeSpan>& busy);

struct Clash {
  BookingId booking;
  std::string host_slug;
  TimeMs starts_at = 0;
  CalendarId calendar;
};
// Bookings and holds to come that overlap a busy time of a calendar.
Result<std::vector<Clash>> clashes(store::Tx& tx, const TenantId& tenant, TimeMs now);

Status put_holiday(store::Tx& tx, const TenantId& tenant, const NamedDay& day);
Result<bool> delete_holiday(store::Tx& tx, const TenantId& tenant, Date date);
Result<std::vector<NamedDay>> holidays(store::Tx& tx, const TenantId& tenant);  // by date

}  // namespace flead::booking::calendars_store
