// One appointment as an iCalendar object (RFC 5545, iTIP methods of RFC 5546). Pure. Callers:
// bookings.cpp for invites by mail, GET /c/{token}.ics, `flead booking ics`. Never reads a
// calendar. A reader's library would bring ICU into every start of the program for these forty
// lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace flead::booking {

struct Appointment {
  // REQUEST needs an attendee; PUBLISH is for a file that a person opens; CANCEL takes both back.
  enum class Method { request, cancel, publish };
  Method method = Method::publish;
  bool tentative = false;     // asked for, not confirmed yet
  std::string uid;            // fixed for the life of the booking
  std::int64_t sequence = 0;  // +1 with every change of time and with the cancellation
  TimeMs stamp = 0;           // when this object was written
  TimeMs starts_at = 0;
  TimeMs ends_at = 0;
  std::string summary, description, location, url;
  std::string organizer_name, organizer_email;
  std::string attendee_name, attendee_email;  // no address: no attendee
};

std::string_view method_name(Appointment::Method method);  // "REQUEST"

// The whole object with CRLF line ends, folded at 75 octets, never inside a character. Whatever
// bytes the texts hold, they cannot add a line.
std::string write_calendar(const Appointment& appointment);

// Several as one calendar to subscribe to: METHOD PUBLISH, whatever each says.
std::string write_feed(std::string_view name, const std::vector<Appointment>& entries);

}  // namespace flead::booking
