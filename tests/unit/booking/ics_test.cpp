#include "core/booking/ics.h"

#include <libical/ical.h>

#include <memory>
#include <string>

#include "core/base/text.h"
#include "support/catch.h"

namespace flead::booking {
namespace {

Appointment sample() {
  Appointment appointment;
  appointment.method = Appointment::Method::request;
  appointment.uid = "booking-bkg_01k@flead.example";
  appointment.stamp = parse_time("2026-01-05T09:00:00Z").value();
  appointment.starts_at = parse_time("2026-12-01T09:00:00Z").value();
  appointment.ends_at = parse_time("2026-12-01T10:00:00Z").value();
  appointment.summary = "Консультация; первая, бесплатная";
  appointment.description = "Посмотреть или отменить:\nhttps://flead.example/my/abc";
  appointment.location = "ул. Ленина, 1";
  appointment.url = "https://flead.example/my/abc";
  appointment.organizer_name = "Ира \"Коуч\"";
  appointment.organizer_email = "ira@flead.example";
  appointment.attendee_name = "Анна; Петрова";
  appointment.attendee_email = "anna@example.com";
  return appointment;
}

// An independent reader.
using Component = std::unique_ptr<icalcomponent, void (*)(icalcomponent*)>;
Component read(const std::string& text) {
  return {icalparser_parse_string(text.c_str()), icalcomponent_free};
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

int errors_in(icalcomponent* component) {
  icalrestriction_check(component);
  return icalcomponent_count_errors(component);
}

}  // namespace

TEST_CASE("booking: an invite is read by libical as it was meant", "[booking][ics]") {
  const auto calendar = read(write_calendar(sample()));
  REQUIRE(calendar);
  CHECK(errors_in(calendar.get()) == 0);
  CHECK(icalcomponent_get_method(calendar.get()) == ICAL_METHOD_REQUEST);
  icalcomponent* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
  REQUIRE(event != nullptr);
  CHECK(text_or_empty(icalcomponent_get_uid(event)) == "booking-bkg_01k@flead.example");
  CHECK(icalcomponent_get_sequence(event) == 0);
  CHECK(text_or_empty(icalcomponent_get_summary(event)) == "Консультация; первая, бесплатная");
  CHECK(text_or_empty(icalcomponent_get_description(event)) ==
        "Посмотреть или отменить:\nhttps://flead.example/my/abc");
  CHECK(text_or_empty(icalcomponent_get_location(event)) == "ул. Ленина, 1");
  CHECK(icaltime_as_timet(icalcomponent_get_dtstart(event)) * 1000 == sample().starts_at);
  CHECK(icaltime_as_timet(icalcomponent_get_dtend(event)) * 1000 == sample().ends_at);
  CHECK(icaltime_is_utc(icalcomponent_get_dtstart(event)));
  CHECK(icalcomponent_get_status(event) == ICAL_STATUS_CONFIRMED);
  icalproperty* attendee = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);
  REQUIRE(attendee != nullptr);
  CHECK(text_or_empty(icalproperty_get_attendee(attendee)) == "mailto:anna@example.com");
  icalproperty* organizer = icalcomponent_get_first_property(event, ICAL_ORGANIZER_PROPERTY);
  REQUIRE(organizer != nullptr);
  CHECK(text_or_empty(icalproperty_get_organizer(organizer)) == "mailto:ira@flead.example");
  CHECK(text_or_empty(icalproperty_get_parameter_as_string(organizer, "CN")) == "Ира 'Коуч'");
}

TEST_CASE("booking: a cancellation keeps the UID and says cancelled", "[booking][ics]") {
  Appointment appointment = sample();
  appointment.method = Appointment::Method::cancel;
  appointment.sequence = 2;
  const auto calendar = read(write_calendar(appointment));
  REQUIRE(calendar);
  CHECK(errors_in(calendar.get()) == 0);
  CHECK(icalcomponent_get_method(calendar.get()) == ICAL_METHOD_CANCEL);
  icalcomponent* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
  REQUIRE(event != nullptr);
  CHECK(text_or_empty(icalcomponent_get_uid(event)) == sample().uid);
  CHECK(icalcomponent_get_sequence(event) == 2);
  CHECK(icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED);
}

TEST_CASE("booking: calendar lines fold at 75 octets and never inside a character",
          "[booking][ics]") {
  for (std::size_t length = 0; length < 200; ++length) {
    Appointment appointment = sample();
    appointment.summary = std::string(length % 7, 'a');
    for (std::size_t i = 0; i < length; ++i) appointment.summary += i % 3 == 0 ? "😀" : "Ж";
    const std::string text = write_calendar(appointment);
    std::size_t from = 0;
    while (from < text.size()) {
      const auto end = text.find("\r\n", from);
      REQUIRE(end != std::string::npos);
      const std::string line = text.substr(from, end - from);
      REQUIRE(line.size() <= 75);
      REQUIRE(valid_utf8(line));
      REQUIRE(line.find_first_of("\r\n") == std::string::npos);
      from = end + 2;
    }
    const auto calendar = read(text);
    REQUIRE(calendar);
    icalcomponent* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
    REQUIRE(text_or_empty(icalcomponent_get_summary(event)) == appointment.summary);
  }
}

TEST_CASE("booking: no text can add a line to a calendar", "[booking][ics]") {
  const auto evil = GENERATE(values<std::string>({
      "a\r\nATTENDEE:mailto:eve@example.com",
      "a\nEND:VEVENT\nBEGIN:VEVENT",
      "a\rb",
      std::string("a\0b", 3),
      "\xff\xfe\x80",
      "\"\r\nX-EVIL:1",
      "a\x7f\x01\x1f",
      "\\n\\;\\,",
  }));
  CAPTURE(evil);
  Appointment appointment = sample();
  appointment.uid += evil;
  appointment.summary = evil;
  appointment.description = evil;
  appointment.location = evil;
  appointment.url += evil;
  appointment.organizer_name = evil;
  appointment.organizer_email += evil;
  appointment.attendee_name = evil;
  appointment.attendee_email += evil;
  const auto calendar = read(write_calendar(appointment));
  REQUIRE(calendar);
  CHECK(icalcomponent_count_components(calendar.get(), ICAL_VEVENT_COMPONENT) == 1);
  icalcomponent* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
  CHECK(icalcomponent_count_properties(event, ICAL_ATTENDEE_PROPERTY) == 1);
  CHECK(icalcomponent_count_properties(event, ICAL_X_PROPERTY) == 0);
  CHECK(icalcomponent_count_properties(event, ICAL_ANY_PROPERTY) == 13);
}

}  // namespace flead::booking
