// A host's calendar to subscribe to, and meetings that complete by themselves.
#include <chrono>
#include <string>

#include "core/booking/feed.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_host;
using test::add_lead;
using test::header_of;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;

std::string feed_path(TestApp& app, booking::FeedChange change = booking::FeedChange::keep) {
  const auto token = app.store().write([&](store::Tx& tx) {
    return booking::change_feed(app.world(), tx, app.tenant().id, "", change);
  });
  REQUIRE(token);
  return booking::feed_url("", *token);
}

http::Reply read_feed(TestApp& app, const std::string& path, http::Headers headers = {}) {
  return app.request("GET", path, {}, "-", std::move(headers));
}

int events_in(const std::string& feed) {
  int count = 0;
  for (auto at = feed.find("BEGIN:VEVENT"); at != std::string::npos;
       at = feed.find("BEGIN:VEVENT", at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("booking: a host's feed has what takes the host's time, and who comes",
          "[calendar][api]") {
  TestApp app;
  add_host(app);
  const std::string path = feed_path(app);
  CHECK(events_in(read_feed(app, path).body) == 0);
  const Json first = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const Json second = app.body_of(post_booking(app, add_lead(app, 2), k_second_slot));
  const auto feed = read_feed(app, path);
  CHECK(feed.status == 200);
  CHECK(events_in(feed.body) == 2);
  CHECK_THAT(feed.body, ContainsSubstring("METHOD:PUBLISH\r\n"));
  CHECK_THAT(feed.body, ContainsSubstring("DTSTART:20260106T070000Z\r\n"));
  CHECK_THAT(feed.body, ContainsSubstring("Анна"));
  CHECK(feed.body.find("+79161000001") == std::string::npos);
  const auto say = [&](std::string_view details) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "calendar.details",
                                  std::string(details));
    }));
  };
  say("full");
  CHECK_THAT(read_feed(app, path).body, ContainsSubstring("+79161000001"));
  say("name");
  // The person's own link would let whoever reads the feed cancel.
  CHECK(feed.body.find("/my/") == std::string::npos);

  const std::string etag = header_of(feed, "etag");
  app.advance(std::chrono::minutes(5));
  CHECK(read_feed(app, path, {{"if-none-match", etag}}).status == 304);
  act(app, second, "cancel");
  const auto after = read_feed(app, path, {{"if-none-match", etag}});
  CHECK(after.status == 200);
  CHECK(events_in(after.body) == 1);
}

TEST_CASE("booking: a feed's address is nobody's once it was changed or taken away",
          "[calendar][api]") {
  TestApp app;
  add_host(app);
  const std::string path = feed_path(app);
  CHECK(feed_path(app) == path);
  const std::string other = feed_path(app, booking::FeedChange::rotate);
  CHECK(other != path);
  CHECK(read_feed(app, path).status == 404);
  CHECK(read_feed(app, other).status == 200);
  std::string forged = other;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'a' ? 'b' : 'a';
  for (const std::string& wrong :
       {forged, other.substr(0, other.size() - 4), std::string("/c/feed/.ics"),
        std::string("/c/feed/x.ics"), other.substr(0, 8 + 26) + ".ics"}) {
    CAPTURE(wrong);
    CHECK(read_feed(app, wrong).status == 404);
  }
  feed_path(app, booking::FeedChange::close);
  CHECK(read_feed(app, other).status == 404);
  CHECK(read_feed(app, "/c/feed/" + other.substr(8, 26) + ".ics").status == 404);
}

TEST_CASE("booking: a meeting that nobody speaks of is completed a day after its end",
          "[calendar]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const auto state = [&] {
    return app
        .body_of(app.get("/api/v1/bookings/" + made.text("id").value_or(""),
                         app.token(tenants::Role::viewer)))
        .text("status")
        .value_or("");
  };
  const bool moved = GENERATE(false, true);
  if (moved) act(app, made, "move", R"({"starts_at":"2026-01-07T07:00:00Z"})");
  app.advance(std::chrono::hours(46));  // the first slot's end and a day, less half an hour
  app.run_jobs();
  CHECK(state() == "confirmed");
  app.advance(std::chrono::hours(1));
  app.run_jobs();
  CHECK(state() == (moved ? "confirmed" : "completed"));
  app.advance(std::chrono::hours(24));
  app.run_jobs();
  CHECK(state() == "completed");
}

TEST_CASE("booking: who did not come stays a no-show, and off is off", "[calendar]") {
  TestApp app;
  add_host(app);
  const bool off = GENERATE(false, true);
  if (off) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "booking.complete_after",
                                  "off");
    }));
  }
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  app.advance(std::chrono::hours(23));
  if (!off) act(app, made, "no_show");
  app.advance(std::chrono::hours(48));
  app.run_jobs();
  const Json shown = app.body_of(app.get("/api/v1/bookings/" + made.text("id").value_or(""),
                                         app.token(tenants::Role::viewer)));
  CHECK(shown.text("status") == (off ? "confirmed" : "no_show"));
}

}  // namespace flead
