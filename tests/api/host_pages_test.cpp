// A host's own pages: entered by a link, seen by nobody else, usable without a script.
#include <chrono>
#include <string>

#include "core/booking/note.h"
#include "core/booking/pass.h"
#include "core/money/ledger.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using booking::PassKind;
using test::header_of;
using test::k_first_slot;
using test::TestApp;

struct HostDesk {
  TestApp app;
  booking::Host host;
  std::string cookie;

  HostDesk() {
    host = test::add_host(app).host;
    cookie = enter(host);
  }

  std::string pass(const booking::Host& who, std::int64_t for_ms = k_hour_ms,
                   PassKind kind = PassKind::host_link) {
    const auto seq =
        app.store().read([&](store::Tx& tx) { return booking::login_seq(tx, who.id); });
    return booking::make_pass(app.app().key, kind, who.id.text(), seq.value(),
                              app.clock().now() + for_ms);
  }

  std::string enter(const booking::Host& who) {
    const auto reply = app.request("GET", "/h/in/" + pass(who), "", "-");
    CHECK(reply.status == 303);
    const std::string set = header_of(reply, "set-cookie");
    CHECK_THAT(set, ContainsSubstring("HttpOnly"));
    CHECK_THAT(set, ContainsSubstring("SameSite=Lax"));
    return set.substr(0, set.find(';'));
  }

  http::Reply visit(const std::string& target, const std::string& form = "",
                    const std::string& as = "", const std::string& site = "") {
    http::Headers headers = {{"accept", "text/html"}, {"accept-language", "en"}};
    headers.emplace_back("cookie", as.empty() ? cookie : as);
    if (!site.empty()) headers.emplace_back("sec-fetch-site", site);
    if (!form.empty()) headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    return app.request(form.empty() ? "GET" : "POST", target, form, "-", headers);
  }

  Json ask(int number, bool request) {
    const std::string lead = test::add_lead(app, number);
    const std::string start = number == 1 ? std::string(k_first_slot) : "2026-01-06T07:30:00Z";
    const auto reply = app.post("/api/v1/bookings",
                                std::string(request ? R"({"status":"requested",)" : "{") +
                                    R"("lead":")" + lead + R"(","starts_at":")" + start + "\"}",
                                app.token(tenants::Role::operator_));
    REQUIRE(reply.status == 201);
    return app.body_of(reply);
  }

  std::string state_of(const Json& booking) {
    return app
        .body_of(
            app.get("/api/v1/bookings/" + *booking.text("id"), app.token(tenants::Role::viewer)))
        .text("status")
        .value_or("");
  }
};

}  // namespace

TEST_CASE("host pages: nobody enters without a good link", "[host][pages]") {
  HostDesk desk;
  const auto enters = [&](const std::string& pass) {
    return desk.app.request("GET", "/h/in/" + pass, "", "-").status;
  };
  const std::string good = desk.pass(desk.host);
  CHECK(enters(good) == 303);
  CHECK(enters(good + "x") == 401);
  CHECK(enters(good.substr(1)) == 401);
  CHECK(enters("nothing") == 401);
  CHECK(enters(desk.pass(desk.host, -1)) == 401);
  CHECK(enters(desk.pass(desk.host, k_hour_ms, PassKind::host_session)) == 401);
  CHECK(desk.visit("/h").status == 200);
  CHECK(desk.visit("/h", "", "flead_host=" + good).status == 401);  // a link is no session
  CHECK(desk.visit("/h", "", "other=1").status == 401);
  desk.app.advance(std::chrono::milliseconds(booking::k_host_session_ms));
  CHECK(desk.visit("/h").status == 401);
  desk.cookie = desk.enter(desk.host);
  CHECK(desk.visit("/h").status == 200);
  REQUIRE(
      desk.app.store().write([&](store::Tx& tx) { return booking::end_logins(tx, desk.host.id); }));
  CHECK(desk.visit("/h").status == 401);
}

TEST_CASE("host pages: requests are decided, meetings are seen and noted", "[host][pages]") {
  HostDesk desk;
  const Json request = desk.ask(1, true);
  const Json meeting = desk.ask(2, false);
  const auto week = desk.visit("/h");
  CHECK_THAT(week.body, ContainsSubstring("Waiting for your answer"));
  CHECK_THAT(week.body, ContainsSubstring("/h/meeting/" + *request.text("id")));
  CHECK_THAT(week.body, ContainsSubstring("/h/meeting/" + *meeting.text("id")));
  CHECK(desk.visit("/h?week=2026-01-12").body.find(*meeting.text("id")) == std::string::npos);
  const std::string path = "/h/meeting/" + *request.text("id");
  CHECK_THAT(desk.visit(path).body, ContainsSubstring("+79161000001"));
  CHECK(desk.visit(path, "do=accept", "", "cross-site").status == 403);
  CHECK(desk.state_of(request) == "requested");
  CHECK(desk.visit(path, "do=accept", "", "same-origin").status == 303);
  CHECK(desk.state_of(request) == "confirmed");
  CHECK(desk.visit(path, "do=accept").status == 303);  // pressed twice
  CHECK(desk.visit(path, "do=nothing").status == 422);
  CHECK(desk.visit(path, "do=note&kind=private&text=Mine").status == 303);
  CHECK(desk.visit(path, "do=note&kind=shared&text=Ours").status == 303);
  const std::string page = desk.visit(path).body;
  CHECK_THAT(page, ContainsSubstring("Mine"));
  CHECK(page.find("It took place") == std::string::npos);  // not yet
  desk.app.advance(std::chrono::hours(24));
  CHECK_THAT(desk.visit(path).body, ContainsSubstring("It took place"));
  CHECK(desk.visit(path, "do=complete").status == 303);
  CHECK(desk.state_of(request) == "completed");
}

TEST_CASE("host pages: another host sees and changes nothing of it", "[host][pages]") {
  HostDesk desk;
  const Json meeting = desk.ask(1, false);
  booking::NewRules rules = test::plain_rules();
  rules.host = "other";
  const std::string other = desk.enter(test::add_host(desk.app, rules).host);
  const std::string path = "/h/meeting/" + *meeting.text("id");
  CHECK(desk.visit(path, "", other).status == 404);
  CHECK(desk.visit(path, "do=cancel", other).status == 404);
  CHECK(desk.state_of(meeting) == "confirmed");
  CHECK(desk.visit("/h", "", other).body.find(*meeting.text("id")) == std::string::npos);
  CHECK(desk.visit("/h/times", "do=add&offer=me&weekly=mon+18:00-19:00", other).status == 404);
}

TEST_CASE("host pages: a host keeps their own times", "[host][pages]") {
  HostDesk desk;
  const auto rules = [&] { return test::count_rows(desk.app, "slot_rules"); };
  CHECK(rules() == 7);
  CHECK_THAT(desk.visit("/h/times").body, ContainsSubstring("Monday 10:00–12:00"));
  CHECK(desk.visit("/h/times", "do=add&offer=me&weekly=sat+18:00-19:00").status == 303);
  CHECK(rules() == 8);
  const auto wrong = desk.visit("/h/times", "do=add&offer=me&weekly=someday");
  CHECK(wrong.status == 422);
  CHECK_THAT(wrong.body, ContainsSubstring("role=\"alert\""));
  CHECK(desk.visit("/h/times", "do=except&date=2026-01-07&open=&reason=Holiday").status == 303);
  CHECK(test::count_rows(desk.app, "slot_exceptions") == 1);
  CHECK_THAT(desk.visit("/h/times").body, ContainsSubstring("2026-01-07: closed"));
  CHECK(desk.visit("/h/times", "do=usual&date=2026-01-07").status == 303);
  CHECK(test::count_rows(desk.app, "slot_exceptions") == 0);
  const std::string page = desk.visit("/h/times").body;
  const auto at = page.find("value=\"rule_");
  const std::string rule = page.substr(at + 7, 31);
  CHECK(desk.visit("/h/times", "do=remove&rule=" + rule).status == 303);
  CHECK(rules() == 7);
}

TEST_CASE("host pages: windows for every offer stand once and are kept there too",
          "[host][pages]") {
  HostDesk desk;
  CHECK(desk.visit("/h/times").body.find("For every offer") == std::string::npos);
  CHECK(desk.visit("/h/times", "do=add&offer=&weekly=sun+18:00-19:00").status == 303);
  const std::string page = desk.visit("/h/times").body;
  CHECK_THAT(page, ContainsSubstring("For every offer"));
  CHECK_THAT(page, ContainsSubstring("Sunday 18:00–19:00"));
}

TEST_CASE("host pages: a host sees what was earned, and nobody else's", "[host][api][money]") {
  HostDesk desk;
  const auto earn = [&](const booking::Host& host, std::int64_t amount_minor) {
    REQUIRE(desk.app.store().write([&](store::Tx& tx) {
      money::NewTransaction entry;
      entry.kind = "earned";
      entry.unique_key = "earned:" + host.id.text();
      entry.currency = "RUB";
      entry.moves = {
          {"liabilities:prepaid:others", money::account::expert(host.id.text()), amount_minor}};
      return money::post(desk.app.world(), tx, host.tenant, entry);
    }));
  };
  earn(desk.host, 127500);
  booking::NewRules rules = test::plain_rules();
  rules.host = "other";
  rules.offer = "elsewhere";
  earn(test::add_host(desk.app, rules).host, 777700);
  const auto page = desk.visit("/h/money");
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("1,275"));
  CHECK(page.body.find("7,777") == std::string::npos);
  const auto statement = desk.visit("/h/money/2026-01");
  CHECK(statement.status == 200);
  CHECK_THAT(statement.body, ContainsSubstring("1,275"));
  CHECK(statement.body.find("7,777") == std::string::npos);
  CHECK(desk.visit("/h/money/January").status == 422);
  CHECK(desk.visit("/h/money", "", "host=forged").status == 401);
}

}  // namespace flead
