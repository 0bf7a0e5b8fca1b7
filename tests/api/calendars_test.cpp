// Calendars that hosts keep elsewhere: read, kept when they can't be, written.
#include "core/booking/calendar.h"

#include <chrono>
#include <string>

#include "core/booking/caldav.h"
#include "core/booking/holiday.h"
#include "core/upkeep/erase.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;

std::string one_event(const std::string& start, const std::string& end) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:a\r\n"
         "DTSTAMP:20260101T000000Z\r\nDTSTART:" +
         start + "\r\nDTEND:" + end + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

channels::HttpReply is_calendar(bool calendar = true) {
  channels::HttpReply reply;
  reply.status = 207;
  reply.body =
      std::string("<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">") +
      "<response><propstat><prop><resourcetype><collection/>" + (calendar ? "<C:calendar/>" : "") +
      "</resourcetype></prop></propstat></response></multistatus>";
  return reply;
}

std::string multistatus(const std::string& calendar) {
  return "<?xml version=\"1.0\"?><multistatus xmlns=\"DAV:\" "
         "xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><response><href>/x</href><propstat><prop>"
         "<getetag>\"1\"</getetag><C:calendar-data>" +
         calendar +
         "</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
         "</multistatus>";
}

channels::HttpReply answer(int status, std::string body) {
  channels::HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

booking::NewCalendar feed(std::string url = "https://calendar.test/secret.ics") {
  booking::NewCalendar input;
  input.url = std::move(url);
  return input;
}

booking::NewCalendar caldav() {
  booking::NewCalendar input = feed("https://caldav.test/me/cal");
  input.kind = "caldav";
  input.user = "me";
  input.password = "pw";
  input.writes = true;
  return input;
}

struct CalendarBench {
  TestApp app;
  CalendarBench() { test::add_host(app); }

  Result<booking::Calendar> add(const booking::NewCalendar& input) {
    return booking::add_calendar(app.app(), app.tenant(), input);
  }
  bool is_free(std::string_view start) {
    const Json slots = app.body_of(app.get("/api/v1/slots?from=2026-01-06&to=2026-01-07"));
    for (const Json& slot : slots.find("data")->items()) {
      if (slot.text("starts_at") == start) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("calendars: what is busy elsewhere is busy here", "[calendar][api]") {
  CalendarBench bench;
  TestApp& app = bench.app;
  CHECK(bench.is_free(k_first_slot));
  app.provider("calendar")
      .then(answer(200, one_event("20260106T070000Z", "20260106T071500Z")))
      .then(answer(200, one_event("20260106T073000Z", "20260106T080000Z")))
      .then(answer(503, "later"));
  const auto made = bench.add(feed());
  REQUIRE(made);
  CHECK(made->busy_count == 1);
  CHECK(made->place == "calendar.test");
  CHECK_FALSE(bench.is_free(k_first_slot));
  CHECK(bench.is_free(k_second_slot));
  CHECK(post_booking(app, add_lead(app, 1), k_first_slot).status == 409);
  CHECK(test::count_rows(app, "calendars WHERE secret LIKE '%secret.ics%'") == 0);
  // It changes, and ten minutes later we know.
  app.advance(std::chrono::minutes(11));
  app.run_jobs();
  CHECK(bench.is_free(k_first_slot));
  CHECK_FALSE(bench.is_free(k_second_slot));
  // It can't be read: what was read last stays, and says how old it is.
  app.advance(std::chrono::minutes(11));
  app.run_jobs();
  CHECK_FALSE(bench.is_free(k_second_slot));
  const auto listed =
      app.store().read([&](store::Tx& tx) { return booking::list_calendars(tx, app.tenant().id); });
  REQUIRE(listed);
  CHECK_THAT(listed->front().error, ContainsSubstring("503"));
  CHECK_FALSE(booking::is_stale(listed->front(), app.clock().now()));
  CHECK(booking::is_stale(listed->front(), app.clock().now() + 25 * k_hour_ms));
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::remove_calendar(tx, app.tenant().id, listed->front().id);
  }));
  CHECK(bench.is_free(k_second_slot));
  app.advance(std::chrono::hours(1));
  app.run_jobs();
  CHECK(test::count_rows(app, "jobs WHERE kind = 'calendar.read' AND state = 'ready'") == 0);
}

TEST_CASE("calendars: what can't be read is not kept", "[calendar]") {
  CalendarBench bench;
  bench.app.provider("calendar")
      .then(answer(0, ""))
      .then(answer(401, ""))
      .then(answer(404, ""))
      .then(answer(302, ""))
      .then(answer(200, "<html>"));
  bench.app.provider("caldav")
      .then(answer(207, "no xml"))
      .then(is_calendar(false))
      .then(is_calendar())
      .then(answer(207, "no xml"));
  const auto refused = [&](const booking::NewCalendar& input) {
    const auto made = bench.add(input);
    return made ? std::string() : made.error().code;
  };
  CHECK(refused(feed()) == "calendar_unreachable");
  CHECK(refused(feed()) == "calendar_login");
  CHECK(refused(feed()) == "calendar_answer");
  CHECK(refused(feed()) == "calendar_answer");
  CHECK(refused(feed()) == "calendar_invalid");
  CHECK(refused(caldav()) == "caldav_answer");
  CHECK(refused(caldav()) == "calendar_address");
  CHECK(refused(caldav()) == "caldav_answer");
  CHECK(test::count_rows(bench.app, "calendars") == 0);
  for (const char* url : {"ftp://x/y", "http://calendar.test/x.ics", "https://a b", "nothing"}) {
    CAPTURE(url);
    const auto checked = booking::check_calendar(feed(url));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == "url_invalid");
  }
  CHECK(booking::check_calendar(feed("webcal://x/y.ics"))->url == "https://x/y.ics");
  CHECK(booking::check_calendar(feed("http://127.0.0.1:5232/y.ics")));
  booking::NewCalendar writing = feed();
  writing.writes = true;
  CHECK(booking::check_calendar(writing).error().code == "writes_invalid");
}

TEST_CASE("calendars: bookings are written to CalDAV, moved and taken away there", "[calendar]") {
  CalendarBench bench;
  TestApp& app = bench.app;
  app.provider("caldav")
      .then(is_calendar())
      .then(answer(207, multistatus(one_event("20260106T080000Z", "20260106T083000Z"))))
      .then(answer(201, ""))
      .then(answer(204, ""))
      .then(answer(404, ""));
  const auto made = bench.add(caldav());
  REQUIRE(made);
  CHECK(made->busy_count == 1);
  const auto last = [&] { return app.sent("caldav").back(); };
  CHECK(last().method == "REPORT");
  CHECK(last().url == "https://caldav.test/me/cal/");
  CHECK_THAT(last().body, ContainsSubstring("start=\"20260104T090000Z\""));
  const Json booked = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  app.run_jobs();
  CHECK(last().method == "PUT");
  const std::string uid = booked.text("uid").value_or("");
  CHECK_THAT(last().url, ContainsSubstring("https://caldav.test/me/cal/booking-bkg_"));
  CHECK_THAT(last().body, ContainsSubstring("UID:" + uid.substr(0, 30)));
  CHECK(last().body.find("METHOD:") == std::string::npos);
  CHECK(act(app, booked, "move", R"({"starts_at":"2026-01-06T07:30:00Z"})").status == 200);
  app.run_jobs();
  CHECK(last().method == "PUT");
  CHECK_THAT(last().body, ContainsSubstring("DTSTART:20260106T073000Z"));
  CHECK_THAT(last().body, ContainsSubstring("SEQUENCE:1"));
  // The host has taken it away there already: 404.
  CHECK(act(app, booked, "cancel").status == 200);
  app.run_jobs();
  CHECK(last().method == "DELETE");
  CHECK(test::count_rows(app, "jobs WHERE kind = 'calendar.write' AND state <> 'done'") == 0);
}

TEST_CASE("calendars: a long holiday elsewhere blocks all of its days", "[calendar][api]") {
  CalendarBench bench;
  bench.app.provider("calendar")
      .then(answer(200, one_event("20260101T000000Z", "20260107T080000Z")));
  REQUIRE(bench.add(feed()));
  const Json slots =
      bench.app.body_of(bench.app.get("/api/v1/slots?from=2026-01-06&to=2026-01-08"));
  REQUIRE_FALSE(slots.find("data")->items().empty());
  CHECK(slots.find("data")->items().front().text("starts_at") == "2026-01-07T08:00:00.000Z");
}

TEST_CASE("calendars: an erased person's name leaves the host's calendar", "[calendar][law]") {
  CalendarBench bench;
  TestApp& app = bench.app;
  app.provider("caldav")
      .then(is_calendar())
      .then(answer(207, multistatus(one_event("20260106T080000Z", "20260106T083000Z"))))
      .then(answer(201, ""))
      .then(answer(204, ""));
  REQUIRE(bench.add(caldav()));
  const Json booked = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  app.run_jobs();
  CHECK(app.sent("caldav").back().method == "PUT");
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(*booked.text("lead")),
                               "asked for"));
  app.run_jobs();
  CHECK(app.sent("caldav").back().method == "DELETE");
}

TEST_CASE("calendars: one that is only written takes no time here", "[calendar]") {
  CalendarBench bench;
  bench.app.provider("caldav")
      .then(is_calendar())
      .then(answer(207, multistatus(one_event("20260106T070000Z", "20260106T080000Z"))));
  booking::NewCalendar input = caldav();
  input.reads = false;
  const auto made = bench.add(input);
  REQUIRE(made);
  const auto synced = booking::sync_calendar(bench.app.app(), bench.app.tenant().id, made->id);
  CHECK(synced.error().code == "calendar_not_read");
  CHECK(bench.is_free(k_first_slot));
}

TEST_CASE("calendars: what could not be understood is told", "[calendar]") {
  CalendarBench bench;
  std::string odd = one_event("20260106T070000Z", "20260106T071500Z");
  odd.insert(odd.find("END:VEVENT"), "RRULE:FREQ=SECONDLY\r\n");
  bench.app.provider("calendar").then(answer(200, odd));
  const auto made = bench.add(feed());
  REQUIRE(made);
  CHECK_THAT(made->error, ContainsSubstring("1 entries could not be read"));
}

TEST_CASE("calendars: a change while the call is on its way is written after it", "[calendar]") {
  CalendarBench bench;
  TestApp& app = bench.app;
  app.provider("caldav")
      .then(is_calendar())
      .then(answer(207, multistatus(one_event("20260106T080000Z", "20260106T083000Z"))))
      .then(answer(201, ""));
  REQUIRE(bench.add(caldav()));
  const Json booked = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  app.transport().on_http = [&](const channels::HttpRequest& request) {
    if (request.method != "PUT") return;
    app.transport().on_http = nullptr;
    CHECK(act(app, booked, "cancel").status == 200);
  };
  app.run_jobs();
  app.advance(std::chrono::seconds(2));
  app.run_jobs();
  CHECK(app.sent("caldav").back().method == "DELETE");
}

TEST_CASE("calendars: a holiday has no slots, unless the host says so", "[calendar][api]") {
  CalendarBench bench;
  TestApp& app = bench.app;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::add_holidays(tx, app.tenant().id, {{Date{2026, 1, 6}, "Holiday"}});
  }));
  CHECK_FALSE(bench.is_free(k_first_slot));
  CHECK(post_booking(app, add_lead(app, 1), k_first_slot).status == 422);
  booking::NewException open;
  open.date = Date{2026, 1, 6};
  open.open = "10:00-11:00";
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::add_exception(app.world(), tx, app.tenant().id, open);
  }));
  CHECK(bench.is_free(k_first_slot));
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::remove_holiday(tx, app.tenant().id, Date{2026, 1, 6});
  }));
  const auto again = app.store().write([&](store::Tx& tx) {
    return booking::remove_holiday(tx, app.tenant().id, Date{2026, 1, 6});
  });
  CHECK(again.error().code == "holiday_not_found");
}

}  // namespace flead
