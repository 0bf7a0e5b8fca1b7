// Source: RFC 5545 sections 3.1 (folding), 3.2 (parameters), 3.3.11 (text); RFC 5546 section 3.2.
#include "core/booking/ics.h"

#include <cstddef>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/zone.h"

namespace flead::booking {
namespace {

constexpr std::size_t k_line_octets_max = 75;  // without the line end

void append_folded(std::string& out, const std::string& line) {
  std::size_t room = k_line_octets_max;
  std::size_t at = 0;
  while (line.size() - at > room) {
    std::size_t cut = at + room;
    // 10xxxxxx continues a character: go back to where that character begins.
    while ((static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
    out.append(line, at, cut - at);
    out += "\r\n ";
    at = cut;
    room = k_line_octets_max - 1;  // the leading space counts
  }
  out.append(line, at);
  out += "\r\n";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string escape_text(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || c == ';' || c == ',') {
      out += '\\';
      out += c;
    } else if (!is_control(c)) {
      out += c;
    }
  }
  return out;
}

// A quoted parameter value has no escape for a double quote.
std::string quote_parameter(std::string_view text) {
  std::string out = "\"";
  for (const char c : repair_utf8(text)) {
    if (is_control(c)) continue;
    out += c == '"' ? '\'' : c;
  }
  return out + "\"";
}

std::string uri_value(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    if (!is_control(c) && c != ' ') out += c;
  }
  return out;
}

std::string utc_stamp(TimeMs time) {
  const WallTime wall = Zone::utc().wall(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", wall.date.year, wall.date.month,
                     wall.date.day, wall.hour, wall.minute, wall.second);
}

std::string_view calendar_status(const Appointment& appointment) {
  if (appointment.method == Appointment::Method::cancel) return "CANCELLED";
  return appointment.tentative ? "TENTATIVE" : "CONFIRMED";
}

void append_head(std::string& out, std::string_view method) {
  append_folded(out, "BEGIN:VCALENDAR");
  append_folded(out, "VERSION:2.0");
  append_folded(out, "PRODID:-//flead//flead " FLEAD_VERSION "//EN");
  append_folded(out, "CALSCALE:GREGORIAN");
  append_folded(out, fmt::format("METHOD:{}", method));
}

void append_event(std::string& out, const Appointment& appointment) {
  const auto line = [&out](const std::string& text) { append_folded(out, text); };
  const auto text_line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) line(fmt::format("{}:{}", name, escape_text(value)));
  };
  line("BEGIN:VEVENT");
  text_line("UID", appointment.uid);
  line(fmt::format("SEQUENCE:{}", appointment.sequence));
  line("DTSTAMP:" + utc_stamp(appointment.stamp));
  line("DTSTART:" + utc_stamp(appointment.starts_at));
  line("DTEND:" + utc_stamp(appointment.ends_at));
  text_line("SUMMARY", appointment.summary);
  text_line("DESCRIPTION", appointment.description);
  text_line("LOCATION", appointment.location);
  if (!appointment.url.empty()) line("URL:" + uri_value(appointment.url));
  line(fmt::format("ORGANIZER;CN={}:mailto:{}", quote_parameter(appointment.organizer_name),
                   uri_value(appointment.organizer_email)));
  if (!appointment.attendee_email.empty()) {
    line(
        fmt::format("ATTENDEE;CN={};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{}",
                    quote_parameter(appointment.attendee_name.empty() ? appointment.attendee_email
                                                                      : appointment.attendee_name),
                    uri_value(appointment.attendee_email)));
  }
  line(fmt::format("STATUS:{}", calendar_status(appointment)));
  line("TRANSP:OPAQUE");
  line("END:VEVENT");
}

}  // namespace

std::string_view method_name(Appointment::Method method) {
  switch (method) {
    case Appointment::Method::request:
      return "REQUEST";
    case Appointment::Method::cancel:
      return "CANCEL";
    case Appointment::Method::publish:
      return "PUBLISH";
  }
  return "PUBLISH";
}

std::string write_calendar(const Appointment& appointment) {
  std::string out;
  append_head(out, method_name(appointment.method));
  append_event(out, appointment);
  append_folded(out, "END:VCALENDAR");
  return out;
}

std::string write_feed(std::string_view name, const std::vector<Appointment>& entries) {
  std::string out;
  append_head(out, method_name(Appointment::Method::publish));
  append_folded(out, "X-WR-CALNAME:" + escape_text(name));
  append_folded(out, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");  // RFC 7986 section 5.7
  for (const Appointment& entry : entries) append_event(out, entry);
  append_folded(out, "END:VCALENDAR");
  return out;
}

}  // namespace flead::booking
