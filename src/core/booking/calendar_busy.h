// Busy times out of iCalendar text (RFC 5545), for a window: events with their repetitions,
// exceptions and overrides, and VFREEBUSY. calendar_busy.cpp is the only file that knows the
// library; it is loaded when the first calendar is read, not with the program. Any bytes are
// harmless. Callers: calendars.cpp, holidays.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/zone.h"
#include "core/booking/slots.h"

namespace flead::booking {

struct BusyReading {
  std::vector<TimeSpan> busy;   // ascending, none touches another, cut to the window
  std::int64_t events = 0;      // that were looked at
  std::int64_t unreadable = 0;  // left out: no start, a rule of seconds or minutes, too many times
};
struct BusyWish {
  Zone zone = Zone::utc();  // of times that name none, and of whole days
  TimeSpan window;
  std::string own_host;   // our host name: events with a UID of a booking of ours are left out
  std::string own_email;  // what this address has declined is not busy
};
// Times that are not busy: TRANSP:TRANSPARENT, STATUS:CANCELLED. Errors: calendar_invalid (refused)
// when there is no calendar in the text, internal when the library is not installed.
Result<BusyReading> read_busy(std::string_view text, const BusyWish& wish);

// Whole days with their names, for holidays: events that last a day or more, in the window.
struct NamedDay {
  Date date;
  std::string name;
};
Result<std::vector<NamedDay>> read_days(std::string_view text, Date first, Date last);

// What a calendar calls a zone, as IANA knows it: its own name, that of Outlook ("Russian Standard
// Time") or one with a prefix ("/mozilla.org/20050126_1/Europe/Berlin"); nothing when unknown.
// Pure. Source: unicode.org/cldr windowsZones, territory 001.
std::optional<Zone> calendar_zone(std::string_view name);

// Joined where they touch, and cut to the window. Pure.
std::vector<TimeSpan> join_spans(std::vector<TimeSpan> spans, TimeSpan window);

}  // namespace flead::booking
