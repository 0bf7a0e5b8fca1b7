// Offers with a price, from the quote over the page to what goes back.
#include <chrono>
#include <string>

#include "core/booking/price.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_host;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::TestApp;
using test::visit_page;

OfferId only_offer(TestApp& app) {
  return app.store()
      .read([&](store::Tx& tx) { return booking::find_offer(tx, app.tenant().id, ""); })
      .value()
      .id;
}

void set_price(TestApp& app, std::int64_t minor, const std::string& format = "",
               std::optional<std::int64_t> least = {}, std::optional<std::int64_t> most = {}) {
  booking::NewPrice price;
  price.format = format;
  price.money = {minor, "RUB"};
  price.least_minor = least;
  price.most_minor = most;
  const OfferId offer = only_offer(app);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return booking::set_price(app.world(), tx, offer, price); }));
}

void set_policy(TestApp& app, const std::string& steps, std::optional<std::int64_t> moves = {}) {
  const OfferId offer = only_offer(app);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::set_policy(app.world(), tx, offer, {steps, moves, 0});
  }));
}

void edit_offer(TestApp& app, const booking::OfferEdit& edit) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::edit_offer(app.world(), tx, app.tenant().id, "", edit);
  }));
}

http::Reply post_priced(TestApp& app, int lead, std::string_view starts_at,
                        const std::string& more = "") {
  return app.post("/api/v1/bookings",
                  R"({"lead":")" + add_lead(app, lead) + R"(","starts_at":")" +
                      std::string(starts_at) + "\"" + more + "}",
                  app.token(tenants::Role::operator_));
}

Json book_priced(TestApp& app, int lead, std::string_view starts_at, const std::string& more = "") {
  const auto reply = post_priced(app, lead, starts_at, more);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return app.body_of(reply);
}

std::string my_path(const Json& booking) {
  const std::string url = booking.text("manage_url").value_or("");
  return url.substr(url.find("/my/"));
}

}  // namespace

TEST_CASE("booking: a quote names the versions that the booking then keeps", "[offers][api]") {
  TestApp app;
  add_host(app);
  set_price(app, 500000);
  set_policy(app, "24h 100, 2h 50");
  const Json quote = app.body_of(app.get("/api/v1/quote?starts_at=" + std::string(k_first_slot)));
  CHECK(quote.integer("price.amount_minor") == 500000);
  CHECK(quote.integer("price_version") == 1);
  CHECK(quote.integer("policy_version") == 1);
  CHECK(quote.find("refunds")->items()[1].integer("refund_minor") == 250000);
  CHECK(quote.find("refunds")->items()[1].text("until") == "2026-01-06T05:00:00.000Z");
  const Json made = book_priced(app, 1, k_first_slot, R"(,"price_version":1)");
  CHECK(made.integer("price.amount_minor") == 500000);

  set_price(app, 700000);
  const auto old = post_priced(app, 2, k_second_slot, R"(,"price_version":1)");
  CHECK(old.status == 409);
  CHECK(app.body_of(old).text("code") == "price_changed");
  const Json kept = app.body_of(app.get("/api/v1/bookings/" + made.text("id").value_or(""),
                                        app.token(tenants::Role::viewer)));
  CHECK(kept.integer("price.amount_minor") == 500000);
  CHECK(app.get("/api/v1/quote?offer=none").status == 404);
  CHECK(app.get("/api/v1/quote?amount=much").status == 400);
  CHECK(app.body_of(app.get("/api/v1/offers")).find("data")->items().size() == 1);
}

TEST_CASE("booking: who cancels decides what goes back", "[offers][api]") {
  TestApp app;
  add_host(app);
  set_price(app, 500000);
  set_policy(app, "24h 100, 2h 50");
  const Json by_person = book_priced(app, 1, k_first_slot);
  const Json by_host = book_priced(app, 2, k_second_slot);
  set_policy(app, "");                 // for others, later
  app.advance(std::chrono::hours(8));  // 14 hours before the first
  const auto page = visit_page(app, my_path(by_person));
  CHECK_THAT(page.body, ContainsSubstring("Cancelled now, 2,500\xc2\xa0RUB of 5,000\xc2\xa0RUB"));
  CHECK(visit_page(app, my_path(by_person) + "/cancel", "reason=ill").status == 303);
  CHECK(app.body_of(act(app, by_host, "cancel")).integer("refund_due.amount_minor") == 500000);
  const Json mine = app.body_of(app.get("/api/v1/bookings/" + by_person.text("id").value_or(""),
                                        app.token(tenants::Role::viewer)));
  CHECK(mine.integer("refund_due.amount_minor") == 250000);
  CHECK_THAT(visit_page(app, my_path(by_person)).body, ContainsSubstring("To be returned"));
}

TEST_CASE("booking: a person moves as often as the policy lets them", "[offers][api]") {
  TestApp app;
  add_host(app);
  set_price(app, 500000);
  set_policy(app, "24h 100", 1);
  const Json made = book_priced(app, 1, k_first_slot);
  CHECK_THAT(visit_page(app, my_path(made)).body, ContainsSubstring("?m="));
  const std::string token = my_path(made).substr(4);
  const auto move = [&](const std::string& at) {
    return visit_page(app, "/b/acme/me", "m=" + token + "&at=" + at);
  };
  CHECK(move("2026-01-06T07%3A30%3A00Z").status == 303);
  CHECK(visit_page(app, my_path(made)).body.find("?m=") == std::string::npos);
  const auto again = move("2026-01-06T08%3A00%3A00Z");
  CHECK(again.status == 409);
  CHECK_THAT(again.body, ContainsSubstring("By the terms of this booking"));
  // The host may.
  CHECK(act(app, made, "move", R"({"starts_at":"2026-01-06T08:00:00Z"})").status == 200);
}

TEST_CASE("booking: the form shows price and terms, and books at what it showed",
          "[offers][api][pages]") {
  TestApp app;
  add_host(app);
  set_price(app, 300000, "online");
  set_price(app, 500000, "studio", 200000, 900000);
  set_policy(app, "24h 100");
  const std::string path = "/b/acme/me?at=2026-01-06T07%3A00%3A00Z";
  const auto shown = visit_page(app, path);
  CHECK_THAT(shown.body, ContainsSubstring("online: <strong>3,000\xc2\xa0RUB"));
  CHECK_THAT(shown.body, ContainsSubstring("2,000\xc2\xa0RUB – 9,000\xc2\xa0RUB"));
  CHECK_THAT(shown.body, ContainsSubstring("Cancelled 24 h before the start or earlier: 100 %"));
  CHECK_THAT(shown.body, ContainsSubstring("name=\"price_version\" value=\"2\""));
  const auto send = [&](const std::string& more) {
    return visit_page(
        app, "/b/acme/me",
        "at=2026-01-06T07%3A00%3A00Z&name=A&phone=%2B79161234567&consent=processing&" + more);
  };
  CHECK(send("price_version=2").status == 422);  // how?
  CHECK(send("format=studio&amount=1000&price_version=2").status == 422);
  CHECK(send("format=studio&amount=many&price_version=2").status == 422);
  const auto old = send("format=studio&amount=2500&price_version=1");
  CHECK(old.status == 422);
  CHECK_THAT(old.body, ContainsSubstring("The price has changed"));
  CHECK(send("format=studio&amount=2500,50&price_version=2").status == 303);
  const auto list = app.body_of(app.get("/api/v1/bookings", app.token(tenants::Role::viewer)));
  const Json& made = list.find("data")->items()[0];
  CHECK(made.text("format") == "studio");
  CHECK(made.integer("price.amount_minor") == 250050);
}

TEST_CASE("booking: an offer on request waits for the host's word", "[offers][api][pages]") {
  TestApp app;
  add_host(app);
  booking::OfferEdit edit;
  edit.on_request = true;
  edit_offer(app, edit);
  CHECK_THAT(visit_page(app, "/b/acme/me?at=2026-01-06T07%3A00%3A00Z").body,
             ContainsSubstring("Send the request"));
  const Json made = book_priced(app, 1, k_first_slot);
  CHECK(made.text("status") == "requested");
  CHECK(app.body_of(act(app, made, "confirm")).text("status") == "confirmed");
}

TEST_CASE("booking: a full day or week has no free times and takes no booking", "[offers][api]") {
  TestApp app;
  add_host(app);
  booking::OfferEdit edit;
  edit.day_max = 1;
  edit.week_max = 2;
  edit_offer(app, edit);
  const auto free_on = [&](const std::string& day) {
    const Json list = app.body_of(
        app.get("/api/v1/slots?tz=Europe/Moscow&from=" + day + "&to=" + day + "T23:59:00Z"));
    return list.find("data")->items().size();
  };
  CHECK(free_on("2026-01-06") == 4);
  book_priced(app, 1, k_first_slot);
  CHECK(free_on("2026-01-06") == 0);
  CHECK(free_on("2026-01-07") == 4);
  CHECK(app.body_of(post_priced(app, 2, k_second_slot)).text("code") == "slot_taken");
  const Json second = book_priced(app, 3, "2026-01-07T07:00:00Z");
  CHECK(free_on("2026-01-08") == 0);  // the week is full
  CHECK(free_on("2026-01-12") == 4);  // the next is not
  CHECK(app.body_of(post_priced(app, 4, "2026-01-08T07:00:00Z")).text("code") == "slot_taken");
  // Moved within its own day it takes no further place.
  CHECK(act(app, second, "move", R"({"starts_at":"2026-01-07T07:30:00Z"})").status == 200);
  CHECK(act(app, second, "cancel").status == 200);
  CHECK(free_on("2026-01-08") == 4);
}

TEST_CASE("booking: a group's next person is no further meeting of the day", "[offers][api]") {
  TestApp app;
  booking::NewRules rules = test::plain_rules();
  rules.seats = 3;
  add_host(app, rules);
  booking::OfferEdit edit;
  edit.day_max = 1;
  edit_offer(app, edit);
  book_priced(app, 1, k_first_slot);
  book_priced(app, 2, k_first_slot);
  CHECK(app.body_of(post_priced(app, 3, k_second_slot)).text("code") == "slot_taken");
  book_priced(app, 4, k_first_slot);
}

}  // namespace flead
