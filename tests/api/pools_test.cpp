// Pools: several hosts behind one offer; who has the fewest meetings ahead gets the next.
#include <map>
#include <string>

#include "core/booking/pool.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::add_lead;
using test::k_first_slot;
using test::TestApp;
using test::visit_page;

void add_keeper(TestApp& app, const std::string& slug, const std::string& weekly) {
  booking::NewRules rules = test::plain_rules();
  rules.host = slug;
  rules.weekly = weekly;
  test::add_host(app, rules);
}

Result<booking::Pool> set_pool(TestApp& app, const std::string& slug, std::vector<std::string> of) {
  return app.store().write([&](store::Tx& tx) {
    return booking::set_pool(app.world(), tx, app.tenant().id, {slug, "Any", std::move(of)});
  });
}

http::Reply book_pool(TestApp& app, int number, std::string_view at) {
  return app.post(
      "/api/v1/bookings",
      Json::object({{"offer", "any"}, {"lead", add_lead(app, number)}, {"starts_at", at}}).dump(),
      app.token(tenants::Role::operator_));
}

std::string starts_in(const booking::FreeSlots& slots) {
  std::string out;
  for (const auto& slot : slots.slots) {
    out += std::to_string(slot.starts_at) + slot.offer + std::to_string(slot.seats_left) + " ";
  }
  return out + (slots.next_start ? ">" + std::to_string(*slots.next_start) : "");
}

}  // namespace

TEST_CASE("pools: slots of several are merged", "[pools]") {
  using booking::FreeSlots;
  const FreeSlots a{{{1, 2, 1, "a"}, {3, 4, 1, "a"}}, {}};
  const FreeSlots b{{{1, 2, 2, "b"}, {2, 3, 1, "b"}, {5, 6, 1, "b"}}, {}};
  CHECK(starts_in(booking::merge_slots({a, b}, 10)) == "1a3 2b1 3a1 5b1 ");
  CHECK(starts_in(booking::merge_slots({b, a}, 2)) == "1b3 2b1 >3");
  const FreeSlots more{{{1, 2, 1, "c"}}, 3};
  // What lies beyond the place where one of them was cut is not known yet.
  CHECK(starts_in(booking::merge_slots({more, b}, 10)) == "1c3 2b1 >3");
  CHECK(starts_in(booking::merge_slots({}, 10)) == "");
}

TEST_CASE("pools: bookings go round, and only to who is free", "[pools][api]") {
  TestApp app;
  add_keeper(app, "ira", "daily 10:00-12:00");
  add_keeper(app, "max", "daily 10:00-11:00");
  REQUIRE(set_pool(app, "any", {"ira", "max"}));
  const Json slots = app.body_of(app.get("/api/v1/slots?offer=any&from=2026-01-06&to=2026-01-07"));
  REQUIRE(slots.find("data")->items().size() == 4);
  CHECK(slots.find("data")->items().front().integer("seats_left") == 2);
  std::map<std::string, int> given;
  int number = 0;
  for (const char* at : {"2026-01-06T07:00:00Z", "2026-01-06T07:00:00Z", "2026-01-06T07:30:00Z",
                         "2026-01-06T07:30:00Z"}) {
    const auto reply = book_pool(app, ++number, at);
    REQUIRE(reply.status == 201);
    ++given[*app.body_of(reply).text("offer")];
  }
  CHECK(given["ira"] == 2);
  CHECK(given["max"] == 2);
  CHECK(book_pool(app, ++number, k_first_slot).status == 409);
  // Max has no window then, whoever's turn it is.
  const auto late = book_pool(app, ++number, "2026-01-06T08:00:00Z");
  CHECK(app.body_of(late).text("offer") == "ira");
  CHECK(book_pool(app, ++number, "2026-01-06T20:00:00Z").status == 422);
}

TEST_CASE("pools: a page of all times leads to the form of whose turn it is", "[pools][pages]") {
  TestApp app;
  add_keeper(app, "ira", "daily 10:00-10:30");
  add_keeper(app, "max", "daily 11:00-11:30");
  REQUIRE(set_pool(app, "any", {"ira", "max"}));
  CHECK_THAT(visit_page(app, "/b/acme").body, ContainsSubstring("/b/acme/any"));
  const auto page = visit_page(app, "/b/acme/any");
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("/b/acme/ira?"));
  CHECK_THAT(page.body, ContainsSubstring("/b/acme/max?"));
  CHECK_THAT(page.body, ContainsSubstring("<h1>Any</h1>"));
}

TEST_CASE("pools: what is no pool is refused", "[pools]") {
  TestApp app;
  add_keeper(app, "ira", "daily 10:00-12:00");
  CHECK(set_pool(app, "ira", {"ira"}).error().code == "offer_exists");
  CHECK(set_pool(app, "any", {}).error().code == "pool_empty");
  CHECK(set_pool(app, "any", {"nobody"}).error().code == "offer_not_found");
  CHECK(set_pool(app, "Any!", {"ira"}).error().code == "slug_invalid");
  REQUIRE(set_pool(app, "any", {"ira", "ira"}));
  const auto changed = set_pool(app, "any", {"ira"});
  REQUIRE(changed);
  CHECK(changed->offers == std::vector<std::string>{"ira"});
  booking::OfferEdit edit;
  const auto taken = app.store().write([&](store::Tx& tx) {
    return booking::add_offer(app.world(), tx, app.tenant(), "ira", "any", edit);
  });
  CHECK(taken.error().code == "offer_exists");
  booking::NewRules rules = test::plain_rules();
  rules.offer = "any";
  const auto by_rule = app.store().write(
      [&](store::Tx& tx) { return booking::add_rules(app.world(), tx, app.tenant(), rules); });
  CHECK(by_rule.error().code == "offer_exists");
  // A price that was seen is one member's: another might be booked at another.
  const auto priced = app.post("/api/v1/bookings",
                               R"({"offer":"any","price_version":1,"lead":")" + add_lead(app, 1) +
                                   R"(","starts_at":")" + std::string(k_first_slot) + "\"}",
                               app.token(tenants::Role::operator_));
  CHECK(priced.status == 422);
  CHECK_THAT(priced.body, ContainsSubstring("pool_has_no_price"));
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return booking::remove_pool(tx, app.tenant().id, "any"); }));
  CHECK(app.get("/api/v1/slots?offer=any").status == 404);
}

}  // namespace flead
