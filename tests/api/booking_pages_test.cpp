#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::add_host;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;

http::Reply get_page(TestApp& app, const std::string& target, http::Headers headers = {}) {
  headers.emplace_back("accept", "text/html");
  return app.request("GET", target, {}, "-", std::move(headers));
}

http::Reply post_page(TestApp& app, const std::string& target, const std::string& form) {
  return app.request(
      "POST", target, form, "-",
      {{"accept", "text/html"}, {"content-type", "application/x-www-form-urlencoded"}});
}

// The value of `name` in the first hidden input that has it.
std::string hidden_value(const std::string& html, const std::string& name) {
  const std::string start = "name=\"" + name + "\" value=\"";
  const auto at = html.find(start);
  if (at == std::string::npos) return "";
  const auto from = at + start.size();
  return html.substr(from, html.find('"', from) - from);
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string link_token(TestApp& app, const std::string& lead) {
  const auto shown =
      app.body_of(app.get("/api/v1/leads/" + lead, app.token(tenants::Role::viewer)));
  const auto url = shown.text("booking_url").value_or("");
  return url.substr(url.find("?t=") + 3);
}

const std::string k_at = "2026-01-06T07%3A00%3A00.000Z";
const std::string k_person = "&name=%D0%90%D0%BD%D0%BD%D0%B0&phone=%2B79161234567&email=";

std::size_t bookings_in(TestApp& app) {
  const auto list = app.body_of(app.get("/api/v1/bookings", app.token(tenants::Role::viewer)));
  return list.find("data")->items().size();
}

}  // namespace

TEST_CASE("booking: free times are shown in the visitor's zone", "[booking][pages]") {
  TestApp app;
  add_host(app);
  struct Case {
    std::string query;
    std::string cookie;
    std::string first;
  };
  const auto [query, cookie, first] = GENERATE(values<Case>({
      {"", "", ">10:00<"},
      {"?tz=Asia/Yekaterinburg", "", ">12:00<"},
      {"?tz=Mars/Base", "", ">10:00<"},
      {"", "tz=Europe%2FBerlin", ">08:00<"},
      {"?tz=Asia/Yekaterinburg", "a=b; tz=Europe/Berlin", ">12:00<"},
  }));
  CAPTURE(query, cookie);
  const auto page = get_page(app, "/b/acme" + query, {{"cookie", cookie}});
  REQUIRE(page.status == 200);
  const auto times = page.body.substr(page.body.find("<details"));
  CHECK_THAT(times, ContainsSubstring(first));
  CHECK(times.find(first) < times.find("</li>"));
  CHECK(count_of(page.body, "<details") == 7);  // a week of days at once
  CHECK_THAT(page.body, ContainsSubstring("вторник, 6 января"));
  CHECK(page.body.find("<script>") == std::string::npos);
  CHECK(page.body.find("style=") == std::string::npos);
  CHECK_THAT(test::header_of(page, "content-security-policy"),
             ContainsSubstring("default-src 'self'"));
}

TEST_CASE("booking: pages speak the visitor's language", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto english = get_page(app, "/b/acme", {{"accept-language", "en-GB,en;q=0.9"}});
  CHECK_THAT(english.body, ContainsSubstring("Tuesday, 6 January"));
  CHECK_THAT(english.body, ContainsSubstring("lang=\"en\""));
}

TEST_CASE("booking: what is not there is a readable 404", "[booking][pages]") {
  TestApp app;
  const auto path = GENERATE(values<std::string>(
      {"/b/nobody", "/b/acme/nothing", "/my/unknown", "/c/unknown.ics", "/c/unknown"}));
  CAPTURE(path);
  CHECK(get_page(app, path).status == 404);
}

TEST_CASE("booking: a tenant without offers says so", "[booking][pages]") {
  TestApp app;
  const auto page = get_page(app, "/b/acme");
  CHECK(page.status == 404);
  CHECK_THAT(page.body, ContainsSubstring("Записаться пока некуда"));
}

TEST_CASE("booking: several offers are a list that keeps the personal link", "[booking][pages]") {
  TestApp app;
  add_host(app);
  auto rules = test::plain_rules();
  rules.offer = "long";
  rules.offer_name = "Долгая <встреча>";
  rules.length_min = 60;
  add_host(app, rules);
  const auto page = get_page(app, "/b/acme?t=abc");
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("/b/acme/long?t=abc"));
  CHECK_THAT(page.body, ContainsSubstring("Долгая &lt;встреча&gt;"));
  CHECK(get_page(app, "/b/acme/long").status == 200);
}

TEST_CASE("booking: a stranger books with a contact and consent", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto form = get_page(app, "/b/acme/me?tz=Europe/Berlin&at=" + k_at);
  REQUIRE(form.status == 200);
  CHECK_THAT(form.body, ContainsSubstring("вторник, 6 января, 08:00"));
  CHECK_THAT(form.body, ContainsSubstring("name=\"consent\" value=\"processing\""));
  CHECK(form.body.find(" checked") == std::string::npos);
  CHECK(hidden_value(form.body, "at") == k_first_slot);
  CHECK(hidden_value(form.body, "tz") == "Europe/Berlin");
  const std::string fields = "at=" + k_at +
                             "&tz=Europe%2FBerlin&key=" + hidden_value(form.body, "key") +
                             k_person + "anna%40example.com&consent=processing&consent_version=" +
                             hidden_value(form.body, "consent_version");
  const auto booked = post_page(app, "/b/acme/me", fields);
  REQUIRE(booked.status == 303);
  const auto mine = get_page(app, test::header_of(booked, "location"));
  REQUIRE(mine.status == 200);
  CHECK_THAT(mine.body, ContainsSubstring("Вы записаны!"));
  CHECK_THAT(mine.body, ContainsSubstring("08:00"));
  CHECK_THAT(mine.body, ContainsSubstring("Europe/Berlin"));
  // The same form once more: the same answer, no second booking.
  const auto again = post_page(app, "/b/acme/me", fields);
  CHECK(again.status == 303);
  CHECK(test::header_of(again, "location") == test::header_of(booked, "location"));
  CHECK(bookings_in(app) == 1);
  const auto& token = app.token(tenants::Role::viewer);
  const auto leads = app.body_of(app.get("/api/v1/leads", token));
  REQUIRE(leads.find("data")->items().size() == 1);
  CHECK(leads.find("data")->items()[0].text("status") == "booked");
}

TEST_CASE("booking: a form with faults comes back with what was typed", "[booking][pages]") {
  TestApp app;
  add_host(app);
  struct Case {
    std::string fields;
    std::string said;
  };
  const auto [fields, said] = GENERATE(values<Case>({
      {"&name=%3Cb%3E&email=a%40example.com", "Без согласия"},
      {"&name=%3Cb%3E&consent=processing", "Оставьте телефон или почту"},
      {"&name=%3Cb%3E&phone=12345&consent=processing", "в номере телефона ошибка"},
      {"&name=%3Cb%3E&email=nobody&consent=processing", "в адресе почты ошибка"},
  }));
  CAPTURE(fields);
  const auto page = post_page(app, "/b/acme/me", "key=k1&at=" + k_at + fields);
  CHECK(page.status == 422);
  CHECK_THAT(page.body, ContainsSubstring(said));
  CHECK_THAT(page.body, ContainsSubstring("value=\"&lt;b&gt;\""));
  CHECK(hidden_value(page.body, "key") == "k1");
  CHECK(hidden_value(page.body, "at") == k_first_slot);
  CHECK(bookings_in(app) == 0);
}

TEST_CASE("booking: a personal link asks for nothing and shows nothing", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const auto token = link_token(app, lead);
  const auto times = get_page(app, "/b/acme?t=" + token);
  CHECK_THAT(times.body, ContainsSubstring("t=" + token));
  const auto form = get_page(app, "/b/acme/me?t=" + token + "&at=" + k_at);
  CHECK(form.body.find("name=\"phone\"") == std::string::npos);
  for (const auto* secret : {"Анна", "anna@example.com", "79161"}) {
    CHECK(form.body.find(secret) == std::string::npos);
  }
  const auto booked = post_page(app, "/b/acme/me", "t=" + token + "&key=k&at=" + k_at);
  REQUIRE(booked.status == 303);
  const auto shown =
      app.body_of(app.get("/api/v1/leads/" + lead, app.token(tenants::Role::viewer)));
  CHECK(shown.text("status") == "booked");
  // An unknown token is a stranger, not an error.
  CHECK_THAT(get_page(app, "/b/acme/me?t=x&at=" + k_at).body, ContainsSubstring("name=\"phone\""));
}

TEST_CASE("booking: who comes too late sees the next times and loses nothing", "[booking][pages]") {
  TestApp app;
  add_host(app);
  REQUIRE(post_booking(app, add_lead(app, 1), k_first_slot).status == 201);
  const auto late = post_page(
      app, "/b/acme/me", "key=k&at=" + k_at + k_person + "late%40example.com&consent=processing");
  CHECK(late.status == 409);
  CHECK_THAT(late.body, ContainsSubstring("Это время только что заняли"));
  CHECK_THAT(late.body, ContainsSubstring("T07%3A30"));
  CHECK(late.body.find("at=" + k_at) == std::string::npos);
  // The person is a lead from now on, known by the links on the page, and greeted.
  const auto& token = app.token(tenants::Role::viewer);
  const auto leads = app.body_of(app.get("/api/v1/leads?q=late@example.com", token));
  REQUIRE(leads.find("data")->items().size() == 1);
  const std::string lead = *leads.find("data")->items()[0].text("id");
  const auto link = link_token(app, lead);
  CHECK_THAT(late.body, ContainsSubstring("t=" + link));
  const auto second =
      post_page(app, "/b/acme/me", "t=" + link + "&key=k&at=2026-01-06T07%3A30%3A00Z");
  CHECK(second.status == 303);
  CHECK(bookings_in(app) == 2);
}

TEST_CASE("booking: a time that is no slot leads back to the times", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto at = GENERATE(
      values<std::string>({"", "soon", "2026-01-06T07%3A05%3A00Z", "2020-01-06T07%3A00%3A00Z"}));
  CAPTURE(at);
  const auto page = post_page(app, "/b/acme/me",
                              "key=k&at=" + at + k_person + "a%40example.com&consent=processing");
  CHECK(page.status == 422);
  CHECK_THAT(page.body, ContainsSubstring("записаться нельзя"));
  CHECK(bookings_in(app) == 0);
}

TEST_CASE("booking: hostile forms are refused, never a fault of ours", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto form = GENERATE(values<std::string>({
      "",
      "&&&=",
      "at",
      "at=%",
      "at=%00",
      "at=%FF",
      "key=%00&at=2026-01-06T07%3A00Z",
      "tz=../../etc/passwd",
      "t=%27%20OR%201",
      "m=x",
      "m=x&at=2026-01-06T07%3A00Z",
  }));
  CAPTURE(form);
  const auto page = post_page(app, "/b/acme/me", form);
  CHECK(page.status >= 400);
  CHECK(page.status < 500);
  CHECK(bookings_in(app) == 0);
  CHECK(get_page(app, "/b/acme/me?" + form).status < 500);
}

TEST_CASE("booking: reading one's page never cancels, the button does", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const Json made = app.body_of(post_booking(app, lead, k_first_slot));
  const std::string path = made.text("manage_url")->substr(std::string("http://flead.test").size());
  CHECK(get_page(app, path + "/cancel").status == 405);
  const auto mine = get_page(app, path);
  CHECK_THAT(mine.body, ContainsSubstring("action=\"" + path + "/cancel\""));
  CHECK(mine.body.find("anna@example.com") == std::string::npos);
  CHECK_THAT(get_page(app, path).body, ContainsSubstring("Ваша запись"));

  const auto calendar = get_page(app, "/c/" + path.substr(4) + ".ics");
  CHECK(calendar.status == 200);
  CHECK(test::header_of(calendar, "content-type") == "text/calendar; charset=utf-8");
  CHECK_THAT(calendar.body, ContainsSubstring("METHOD:PUBLISH"));
  CHECK_THAT(calendar.body, ContainsSubstring("UID:" + *made.text("uid")));
  CHECK(calendar.body.find("ATTENDEE") == std::string::npos);

  const auto cancelled = post_page(app, path + "/cancel", "reason=%D0%97%D0%B0%D0%B1%D0%BE%D0%BB");
  CHECK(cancelled.status == 303);
  const auto after = get_page(app, test::header_of(cancelled, "location"));
  CHECK_THAT(after.body, ContainsSubstring("Запись отменена"));
  CHECK_THAT(after.body, ContainsSubstring("Забол"));
  CHECK(after.body.find("/cancel\"") == std::string::npos);
  CHECK_THAT(after.body, ContainsSubstring("Записаться снова"));
  CHECK(post_page(app, path + "/cancel", "").status == 303);  // pressed twice
  CHECK_THAT(get_page(app, "/c/" + path.substr(4) + ".ics").body,
             ContainsSubstring("METHOD:CANCEL"));
}

TEST_CASE("booking: a person moves the booking to another time", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const std::string token =
      made.text("manage_url")->substr(std::string("http://flead.test/my/").size());
  const auto times = get_page(app, "/b/acme/me?m=" + token);
  CHECK_THAT(times.body, ContainsSubstring("Вы переносите встречу"));
  const auto form = get_page(app, "/b/acme/me?m=" + token + "&at=2026-01-06T07%3A30%3A00Z");
  CHECK(hidden_value(form.body, "m") == token);
  CHECK(form.body.find("name=\"phone\"") == std::string::npos);
  const auto moved =
      post_page(app, "/b/acme/me", "m=" + token + "&key=k&at=2026-01-06T07%3A30%3A00Z");
  REQUIRE(moved.status == 303);
  CHECK(test::header_of(moved, "location") == "/my/" + token + "?moved=1");
  CHECK(bookings_in(app) == 1);
  CHECK(post_booking(app, add_lead(app, 2), k_first_slot).status == 201);
  CHECK(post_booking(app, add_lead(app, 2), k_second_slot).status == 409);
}

TEST_CASE("booking: what has begun cannot be cancelled by its page", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const std::string path = made.text("manage_url")->substr(std::string("http://flead.test").size());
  app.advance(std::chrono::hours(23));
  CHECK(get_page(app, path).body.find("/cancel\"") == std::string::npos);
  CHECK(post_page(app, path + "/cancel", "").status == 409);
}

TEST_CASE("booking: what has begun cannot be moved by its link", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const std::string token =
      made.text("manage_url")->substr(std::string("http://flead.test/my/").size());
  app.advance(std::chrono::hours(22));
  CHECK(get_page(app, "/b/acme/me?m=" + token).body.find("Вы переносите") == std::string::npos);
  const auto late =
      post_page(app, "/b/acme/me", "m=" + token + "&key=k&at=2026-01-07T07%3A30%3A00Z");
  CHECK(late.status == 409);
  CHECK_THAT(late.body, ContainsSubstring("has begun or is over"));
  CHECK(bookings_in(app) == 1);
}

TEST_CASE("booking: a form with a filled trap is thanked, kept and not booked",
          "[booking][pages]") {
  TestApp app;
  add_host(app);
  const auto form = get_page(app, "/b/acme/me?at=" + k_at);
  CHECK_THAT(form.body, ContainsSubstring("name=\"website\" tabindex=\"-1\""));
  const std::string fields =
      "key=k&at=" + k_at + k_person + "anna%40example.com&consent=processing&website=";
  const auto caught = post_page(app, "/b/acme/me", fields + "http%3A%2F%2Fspam");
  CHECK(caught.status == 303);
  CHECK(test::header_of(caught, "location") == "/thanks/acme");
  CHECK(get_page(app, "/thanks/acme").status == 200);
  CHECK(bookings_in(app) == 0);
  app.run_jobs();
  CHECK(app.file_messages().empty());
  const auto& token = app.token(tenants::Role::viewer);
  const auto shelved = app.body_of(app.get("/api/v1/leads?status=suspect", token));
  CHECK(shelved.find("data")->items().size() == 1);
  // The same person with an empty field is welcome, and no suspect any more.
  CHECK(post_page(app, "/b/acme/me", "k" + fields).status == 303);
  CHECK(bookings_in(app) == 1);
  CHECK(app.body_of(app.get("/api/v1/leads?status=booked", token)).find("data")->items().size() ==
        1);
}

TEST_CASE("booking: a suspended tenant's pages are gone", "[booking][pages]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const std::string path = made.text("manage_url")->substr(std::string("http://flead.test").size());
  tenants::TenantEdit edit;
  edit.suspended = true;
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return tenants::edit(app.world(), tx, app.tenant().id, edit); }));
  CHECK(get_page(app, "/b/acme").status == 404);
  CHECK(get_page(app, path).status == 404);
}

}  // namespace flead
