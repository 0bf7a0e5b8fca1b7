// What is written about a meeting: brief, notes, and the review that is asked for.
#include <chrono>
#include <string>

#include "core/booking/note.h"
#include "core/booking/pass.h"
#include "core/booking/person.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::k_first_slot;
using test::TestApp;
using test::visit_page;

struct NotedMeeting {
  TestApp app;
  Json booking;
  std::string path;  // of the person's page

  NotedMeeting() {
    test::add_host(app);
    channels::add_email(app);
    booking::OfferEdit edit;
    edit.questions = {"What do you want?", "What have you tried?"};
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return booking::edit_offer(app.world(), tx, app.tenant().id, "me", edit);
    }));
    const auto reply =
        test::post_booking(app, test::add_lead(app, 1, "anna@example.ru"), k_first_slot);
    REQUIRE(reply.status == 201);
    booking = app.body_of(reply);
    const std::string url = booking.text("manage_url").value_or("");
    path = url.substr(url.find("/my/"));
  }

  Json shown() {
    return app.body_of(
        app.get("/api/v1/bookings/" + *booking.text("id"), app.token(tenants::Role::viewer)));
  }
};

}  // namespace

TEST_CASE("notes: the person answers what the offer asks, until the meeting", "[notes][pages]") {
  NotedMeeting meeting;
  TestApp& app = meeting.app;
  CHECK_THAT(visit_page(app, meeting.path).body, ContainsSubstring("What have you tried?"));
  CHECK(visit_page(app, meeting.path + "/brief", "answer_0=A+job&answer_1=").status == 303);
  CHECK(meeting.shown().find("brief")->items().front().text("text") == "A job");
  CHECK_THAT(visit_page(app, meeting.path).body, ContainsSubstring(">A job</textarea>"));
  CHECK(visit_page(app, meeting.path + "/brief", "answer_0=" + std::string(4001, 'x')).status ==
        422);
  // A question that is not asked any more keeps its answer.
  booking::OfferEdit edit;
  edit.questions = {"What have you tried?"};
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::edit_offer(app.world(), tx, app.tenant().id, "me", edit);
  }));
  const std::string page = visit_page(app, meeting.path).body;
  CHECK(page.find("What have you tried?") < page.find("What do you want?"));
  app.advance(std::chrono::hours(48));
  CHECK(visit_page(app, meeting.path + "/brief", "answer_0=late").status == 409);
}

TEST_CASE("notes: shared ones are on the person's page, private ones are not", "[notes][api]") {
  NotedMeeting meeting;
  TestApp& app = meeting.app;
  const std::string notes = "/api/v1/bookings/" + *meeting.booking.text("id") + "/notes";
  const auto& key = app.token(tenants::Role::operator_);
  CHECK(app.post(notes, R"({"text":"Mine alone"})", key).status == 201);
  CHECK(app.post(notes, R"({"text":"For both <b>","kind":"shared"})", key).status == 201);
  CHECK(app.post(notes, R"({"text":" "})", key).status == 422);
  CHECK(app.post(notes, R"({"text":"x","kind":"public"})", key).status == 422);
  CHECK(visit_page(app, meeting.path + "/notes", "text=From+me").status == 303);
  const std::string page = visit_page(app, meeting.path).body;
  CHECK_THAT(page, ContainsSubstring("For both &lt;b&gt;"));
  CHECK_THAT(page, ContainsSubstring("From me"));
  CHECK(page.find("Mine alone") == std::string::npos);
  const Json listed = app.body_of(app.get(notes, key));
  CHECK(listed.find("data")->items().size() == 3);
  CHECK(listed.find("data")->items().back().text("author") == "visitor");
  // Whose person is erased loses the words, too.
  const LeadId lead(*meeting.booking.text("lead"));
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto bookings, booking::bookings_of(tx, app.tenant().id, lead));
    return booking::forget_person(app.world(), tx, lead, bookings);
  }));
  CHECK(test::count_rows(app, "booking_notes") == 0);
  CHECK(test::count_rows(app, "bookings WHERE brief <> ''") == 0);
}

TEST_CASE("notes: a link that is sent to the person opens the list of all meetings",
          "[notes][pages]") {
  NotedMeeting meeting;
  TestApp& app = meeting.app;
  const auto second = test::post_booking(app, *meeting.booking.text("lead"), test::k_second_slot);
  REQUIRE(second.status == 201);
  CHECK(test::post_booking(app, test::add_lead(app, 2), "2026-01-06T08:00:00Z").status == 201);
  // The page itself, which may have been passed on, gives away nothing.
  CHECK(test::header_of(visit_page(app, meeting.path), "set-cookie").empty());
  CHECK(visit_page(app, meeting.path + "/all", "").status == 303);
  CHECK(visit_page(app, meeting.path + "/all", "").status == 303);
  CHECK(test::count_rows(app, "messages WHERE template = 'person.link'") == 1);
  const auto pass = [&](booking::PassKind kind) {
    return booking::make_pass(app.app().key, kind, *meeting.booking.text("lead"), 0,
                              app.clock().now() + k_day_ms);
  };
  const auto enter = [&](const std::string& link) {
    return app.request("GET", "/me/acme/in/" + link, "", "-", {{"accept", "text/html"}});
  };
  CHECK(enter("nothing").status == 401);
  CHECK(enter(pass(booking::PassKind::person_session)).status == 401);
  const auto entered = enter(pass(booking::PassKind::person_link));
  CHECK(entered.status == 303);
  CHECK(test::header_of(entered, "location") == "/me/acme");
  const std::string set = test::header_of(entered, "set-cookie");
  CHECK_THAT(set, ContainsSubstring("Path=/me/acme"));
  const auto list = [&](const std::string& cookie) {
    return app.request("GET", "/me/acme", "", "-",
                       {{"accept", "text/html"}, {"accept-language", "en"}, {"cookie", cookie}});
  };
  const std::string cookie = set.substr(0, set.find(';'));
  const auto mine = list(cookie);
  CHECK(mine.status == 200);
  std::size_t shown = 0;
  for (std::size_t at = mine.body.find("/my/"); at != std::string::npos;
       at = mine.body.find("/my/", at + 1)) {
    ++shown;
  }
  CHECK(shown == 2);
  CHECK(list("flead_me=x").status == 401);
  CHECK(list(cookie + "x").status == 401);
  app.advance(std::chrono::hours(24 * 31));
  CHECK(list(cookie).status == 401);
}

TEST_CASE("notes: who met is asked how it was, once, unless the tenant asks nobody",
          "[notes][experts]") {
  NotedMeeting meeting;
  TestApp& app = meeting.app;
  const auto asked = [&] {
    return test::count_rows(app, "messages WHERE template = 'booking.review'");
  };
  SECTION("asked") {
    app.advance(std::chrono::hours(24));
    CHECK(act(app, meeting.booking, "complete").status == 200);
    CHECK(act(app, meeting.booking, "complete").status == 200);
    CHECK(asked() == 1);
  }
  SECTION("long ago") {
    app.advance(std::chrono::hours(24 * 10));
    CHECK(act(app, meeting.booking, "complete").status == 200);
    CHECK(asked() == 0);
  }
  SECTION("not asked") {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "review.ask", "false");
    }));
    app.advance(std::chrono::hours(24));
    CHECK(act(app, meeting.booking, "complete").status == 200);
    CHECK(asked() == 0);
  }
}

}  // namespace flead
