// Calendars of a host outside of flead. What is busy there is busy here: an .ics address or a
// CalDAV calendar is read every k_calendar_every_ms, and the last good reading stays when it can't
// be read. What is booked here is written into a CalDAV calendar. SQL in calendars_store.cpp.
// Callers: `flead calendar`, the worker, bookings.cpp (a booking changed), `flead doctor`, `slot
// check`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/booking/booking.h"
#include "core/booking/calendar_busy.h"
#include "core/jobs/jobs.h"

namespace flead::booking {

FLEAD_ID(CalendarId, "cal");

inline constexpr std::int64_t k_calendar_every_ms = 10 * k_minute_ms;
// Nobody has read it for so long: what it says may be wrong, and people are told.
inline constexpr std::int64_t k_calendar_stale_ms = 24 * k_hour_ms;

struct Calendar {
  CalendarId id;
  TenantId tenant;
  HostId host;
  std::string host_slug;
  std::string kind;   // ics, caldav
  std::string place;  // "calendar.example.org": the address itself is a secret
  std::string ca_file;
  bool reads = true;
  bool writes = false;
  std::optional<TimeMs> synced_at, tried_at;
  std::string error;  // of the last try, or what it left out; "" when it went well
  std::int64_t busy_count = 0;
  TimeMs created_at = 0, updated_at = 0;
};

struct NewCalendar {
  std::string host;  // slug; "" is the only one
  std::string kind = "ics";
  std::string url, user, password, ca_file;
  bool reads = true;
  bool writes = false;  // caldav alone
};
// Pure: webcal:// becomes https://. Plain http only on this machine. Errors (refused): url_invalid,
// kind_invalid, writes_invalid.
Result<NewCalendar> check_calendar(NewCalendar input);

// Reads it once before it is kept. Errors of check_calendar and find_host; key_missing;
// calendar_unreachable, calendar_login, calendar_address, calendar_answer (provider) and
// calendar_invalid (refused) when it can't be read; too_many_calendars (refused).
Result<Calendar> add_calendar(App& app, const tenants::Tenant& tenant, const NewCalendar& input);
Result<std::vector<Calendar>> list_calendars(store::Tx& tx, const TenantId& tenant);
Result<Calendar> load_calendar(store::Tx& tx, const TenantId& tenant, const CalendarId& id);
// Its busy times go; what was written there stays. calendar_not_found.
Result<Calendar> remove_calendar(store::Tx& tx, const TenantId& tenant, const CalendarId& id);
// Reads it now. Errors as add_calendar; what was read before stays then. calendar_not_read
// (refused) for one that is only written.
Result<Calendar> sync_calendar(App& app, const TenantId& tenant, const CalendarId& id);

bool is_stale(const Calendar& calendar, TimeMs now);  // pure

// A booking of this host is new, changed or gone: its calendars are told. Nothing when none writes.
Status plan_calendar_writes(World& world, store::Tx& tx, const Booking& booking);

// Every calendar that is read has its job in the queue after this.
Result<bool> has_calendars(store::Tx& tx);
Status ensure_calendar_jobs(World& world, store::Tx& tx);
jobs::Outcome pull_calendar(App& app, const jobs::Job& job);  // calendar.read
jobs::Outcome push_calendar(App& app, const jobs::Job& job);  // calendar.write

Json to_json(const Calendar& calendar);

}  // namespace flead::booking
