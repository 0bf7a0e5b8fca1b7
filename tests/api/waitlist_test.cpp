// The waiting list: a place that comes free is kept for whoever waits longest.
#include <chrono>
#include <string>

#include "core/booking/waitlist.h"
#include "core/upkeep/erase.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;
using test::visit_page;

// One meeting a day at 10:00, so that a slot is soon full.
void with_one_slot(TestApp& app, std::int64_t seats = 1) {
  booking::NewRules rules = test::plain_rules();
  rules.weekly = "daily 10:00-10:30";
  rules.seats = seats;
  rules.horizon_days = 1;
  test::add_host(app, rules);
  channels::add_email(app);
}

std::string mail_of(int number) {
  return "p" + std::to_string(number) + "@example.ru";
}

Json booked(TestApp& app, int number) {
  const auto reply = post_booking(app, add_lead(app, number, mail_of(number)), k_first_slot);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return app.body_of(reply);
}

Json waits(TestApp& app, int number, const std::string& more = "") {
  const auto reply =
      app.post("/api/v1/waitlist",
               R"({"lead":")" + add_lead(app, number, mail_of(number)) + "\"" + more + "}",
               app.token(tenants::Role::operator_));
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return app.body_of(reply);
}

// "waiting offered", by who came first.
std::string states(TestApp& app) {
  const Json list = app.body_of(app.get("/api/v1/waitlist", app.token(tenants::Role::viewer)));
  std::string out;
  for (const Json& wait : list.find("data")->items()) {
    out += (out.empty() ? "" : " ") + wait.text("status").value_or("?");
  }
  return out;
}

std::string wait_path(const Json& wait) {
  const std::string url = wait.text("url").value_or("");
  return url.substr(url.find("/wait/"));
}

std::int64_t offers_to(TestApp& app, int number) {
  return test::count_rows(
      app, "messages WHERE template = 'booking.waiting' AND address = '" + mail_of(number) + "'");
}

}  // namespace

TEST_CASE("waitlist: a freed place is kept for the first, and goes to the next when it lapses",
          "[waitlist]") {
  TestApp app;
  with_one_slot(app);
  const Json first = booked(app, 1);
  const Json second_wait = waits(app, 2);
  const Json third_wait = waits(app, 3);
  CHECK(waits(app, 2).text("id") == second_wait.text("id"));  // said twice
  app.run_jobs();
  CHECK(states(app) == "waiting waiting");
  CHECK(act(app, first, "cancel").status == 200);
  app.run_jobs();
  CHECK(states(app) == "offered waiting");
  CHECK(offers_to(app, 2) == 1);
  CHECK(offers_to(app, 3) == 0);
  // It is kept: nobody else gets it.
  CHECK(post_booking(app, add_lead(app, 4), k_first_slot).status == 409);
  const auto shown = visit_page(app, wait_path(second_wait));
  CHECK(shown.status == 200);
  CHECK_THAT(shown.body, ContainsSubstring("A place has come free"));
  app.advance(std::chrono::minutes(119));
  app.run_jobs();
  CHECK(states(app) == "offered waiting");
  app.advance(std::chrono::minutes(2));
  app.run_jobs();
  app.run_jobs();
  CHECK(states(app) == "lapsed offered");
  CHECK(offers_to(app, 3) == 1);
  CHECK(visit_page(app, wait_path(second_wait), "do=take").status == 409);
  const auto taken = visit_page(app, wait_path(third_wait), "do=take");
  CHECK(taken.status == 303);
  CHECK(visit_page(app, wait_path(third_wait), "do=take").status == 303);  // pressed twice
  CHECK(states(app) == "lapsed booked");
  CHECK(test::count_rows(app, "bookings WHERE status = 'confirmed'") == 1);
}

TEST_CASE("waitlist: every way a place comes free is noticed", "[waitlist]") {
  TestApp app;
  with_one_slot(app);
  SECTION("declined") {
    const auto lead = add_lead(app, 1, mail_of(1));
    const auto asked = app.post("/api/v1/bookings",
                                R"({"status":"requested","lead":")" + lead + R"(","starts_at":")" +
                                    std::string(k_first_slot) + "\"}",
                                app.token(tenants::Role::operator_));
    REQUIRE(asked.status == 201);
    waits(app, 2);
    CHECK(act(app, app.body_of(asked), "decline").status == 200);
  }
  SECTION("a hold that lapses") {
    booking::NewHold wish;
    wish.starts_at = parse_time(k_first_slot).value();
    wish.for_ms = k_hour_ms;
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return booking::hold(app.app(), tx, app.tenant(), wish); }));
    waits(app, 2);
    app.run_jobs();
    CHECK(states(app) == "waiting");
    app.advance(std::chrono::minutes(61));
  }
  app.run_jobs();
  CHECK(states(app) == "offered");
}

TEST_CASE("waitlist: who leaves, or wants another time, is not asked", "[waitlist]") {
  TestApp app;
  with_one_slot(app);
  const Json first = booked(app, 1);
  waits(app, 2, R"(,"from":"2026-01-07T00:00:00Z")");
  const Json third = waits(app, 3);
  const Json fourth = waits(app, 4);
  CHECK(visit_page(app, wait_path(third), "do=leave").status == 303);
  CHECK(act(app, first, "cancel").status == 200);
  app.run_jobs();
  CHECK(states(app) == "waiting left offered");
  // Leaving with a place in hand passes it on; here, to nobody.
  const auto left = app.post("/api/v1/waitlist/" + *fourth.text("id") + "/leave", "",
                             app.token(tenants::Role::operator_));
  CHECK(left.status == 200);
  app.run_jobs();
  CHECK(states(app) == "waiting left left");
  CHECK(post_booking(app, add_lead(app, 5), k_first_slot).status == 201);
}

TEST_CASE("waitlist: as many are asked as there are places", "[waitlist]") {
  TestApp app;
  with_one_slot(app, 2);
  const Json first = booked(app, 1);
  const Json second = booked(app, 2);
  for (int number = 3; number < 6; ++number) waits(app, number);
  CHECK(act(app, first, "cancel").status == 200);
  CHECK(act(app, second, "cancel").status == 200);
  app.run_jobs();
  CHECK(states(app) == "offered offered waiting");
}

TEST_CASE("waitlist: a place with several prices asks how to meet", "[waitlist][pages]") {
  TestApp app;
  with_one_slot(app);
  for (const char* format : {"online", "office"}) {
    booking::NewPrice price;
    price.format = format;
    price.money = {500000, "RUB"};
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto offer, booking::find_offer(tx, app.tenant().id, "me"));
      FLEAD_CHECK(booking::set_price(app.world(), tx, offer.id, price));
      return {};
    }));
  }
  const auto first = app.post("/api/v1/bookings",
                              R"({"format":"online","lead":")" + add_lead(app, 1, mail_of(1)) +
                                  R"(","starts_at":")" + std::string(k_first_slot) + "\"}",
                              app.token(tenants::Role::operator_));
  REQUIRE(first.status == 201);
  const Json wait = waits(app, 2);
  CHECK(act(app, app.body_of(first), "cancel").status == 200);
  app.run_jobs();
  const std::string page = visit_page(app, wait_path(wait)).body;
  CHECK_THAT(page, ContainsSubstring("value=\"office\""));
  const auto at = page.find("name=\"price_version\" value=\"");
  const std::string version = page.substr(at + 28, page.find('"', at + 28) - at - 28);
  CHECK(visit_page(app, wait_path(wait), "do=take").status == 422);
  CHECK(visit_page(app, wait_path(wait), "do=take&format=office&price_version=" + version).status ==
        303);
  CHECK(test::count_rows(app, "bookings WHERE format = 'office' AND status = 'confirmed'") == 1);
}

TEST_CASE("waitlist: who types a known contact gets nothing of that person's", "[waitlist][law]") {
  TestApp app;
  with_one_slot(app);
  booked(app, 1);
  const Json wait = waits(app, 2, R"(,"to":"2026-03-01T00:00:00Z")");
  const auto typed =
      visit_page(app, "/b/acme/me/wait", "name=Eve&email=p2%40example.ru&consent=processing");
  CHECK(typed.status == 303);
  CHECK(test::header_of(typed, "location") == "/thanks/acme");
  CHECK(test::count_rows(app, "waits") == 1);
  CHECK(app.body_of(app.get("/api/v1/waitlist", app.token(tenants::Role::viewer)))
            .find("data")
            ->items()
            .front()
            .text("to") == wait.text("to"));
  // A robot that types somebody's contact puts nobody on the list.
  add_lead(app, 3, mail_of(3));
  CHECK(visit_page(app, "/b/acme/me/wait",
                   "name=Eve&email=p3%40example.ru&consent=processing&website=x")
            .status == 303);
  CHECK(test::count_rows(app, "waits") == 1);
}

TEST_CASE("waitlist: a place that an erased person leaves is offered", "[waitlist][law]") {
  TestApp app;
  with_one_slot(app);
  const Json first = booked(app, 1);
  waits(app, 2);
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(*first.text("lead")),
                               "asked for"));
  app.run_jobs();
  CHECK(states(app) == "offered");
}

TEST_CASE("waitlist: a visitor joins by the form, a robot does not", "[waitlist][pages]") {
  TestApp app;
  with_one_slot(app);
  booked(app, 1);
  CHECK_THAT(visit_page(app, "/b/acme/me").body, ContainsSubstring("/b/acme/me/wait"));
  const auto form = visit_page(app, "/b/acme/me/wait");
  CHECK(form.status == 200);
  CHECK_THAT(form.body, ContainsSubstring("action=\"/b/acme/me/wait\""));
  const auto refused = visit_page(app, "/b/acme/me/wait", "name=Eve&email=nobody");
  CHECK(refused.status == 422);
  CHECK_THAT(refused.body, ContainsSubstring("value=\"Eve\""));
  const std::string good = "name=Eve&email=eve%40example.ru&consent=processing";
  const auto robot = visit_page(app, "/b/acme/me/wait", good + "&website=x");
  CHECK(robot.status == 303);
  CHECK(test::count_rows(app, "waits") == 0);
  const auto joined =
      visit_page(app, "/b/acme/me/wait", "name=Ann&email=ann%40example.ru&consent=processing");
  REQUIRE(joined.status == 303);
  CHECK(states(app) == "waiting");
  const auto page = visit_page(app, test::header_of(joined, "location"));
  CHECK_THAT(page.body, ContainsSubstring("You are on the waiting list"));
  CHECK(visit_page(app, "/wait/nobody").status == 404);
}

}  // namespace flead
