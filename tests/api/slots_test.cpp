// GET /api/v1/slots: what is free, page by page.
#include <string>
#include <vector>

#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::add_host;
using test::k_first_slot;
using test::k_second_slot;
using test::TestApp;

constexpr std::size_t k_slots = 14 * 4;  // in the next 14 days

std::vector<std::string> slot_starts(TestApp& app, const std::string& query) {
  const Json body = app.body_of(app.get("/api/v1/slots" + query));
  std::vector<std::string> out;
  for (const auto& slot : body.find("data")->items()) out.push_back(*slot.text("starts_at"));
  return out;
}

}  // namespace

TEST_CASE("booking: free slots are listed for anybody with a key", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto reply = app.get("/api/v1/slots");
  CHECK(reply.status == 200);
  const Json body = app.body_of(reply);
  CHECK(body.boolean("has_more") == false);
  CHECK(body.find("next_cursor")->is_null());
  const auto all = slot_starts(app, "");
  REQUIRE(all.size() == k_slots);
  CHECK(all.front() == k_first_slot);
  CHECK(body.find("data")->items()[0].text("ends_at") == std::string(k_second_slot));
  CHECK(body.find("data")->items()[0].integer("seats_left") == 1);
  CHECK(slot_starts(app, "?from=2026-01-07&to=2026-01-08&tz=Europe/Moscow").size() == 4);
  CHECK(app.get("/api/v1/slots", "-").status == 401);
}

TEST_CASE("booking: a question about slots that makes no sense is refused", "[booking][api]") {
  TestApp app;
  struct Case {
    std::string query;
    int status;
    std::string code;
  };
  const auto [query, status, code] = GENERATE(values<Case>({
      {"?offer=nothing", 404, "offer_not_found"},
      {"?tz=Mars/Base", 400, "zone_unknown"},
      {"?from=yesterday", 400, "bad_time"},
      {"?to=2026-02-30", 400, "bad_time"},
      {"?from=2026-01-07T02:00:00%202026", 400, "bad_time"},
      {"?cursor=x", 400, "bad_cursor"},
      {"?cursor=MjAyNi0wMS0wNg", 400, "bad_cursor"},  // half of one
      {"?limit=0", 400, "bad_limit"},
      {"?limit=201", 400, "bad_limit"},
      {"?limit=-1", 400, "bad_limit"},
      {"?limit=1.5", 400, "bad_limit"},
      {"?limit=ten", 400, "bad_limit"},
      {"?limit=99999999999999999999", 400, "bad_limit"},
  }));
  CAPTURE(query);
  CHECK(app.get("/api/v1/slots").status == 404);  // nobody can be met yet
  add_host(app);
  const auto reply = app.get("/api/v1/slots" + query);
  CHECK(reply.status == status);
  CHECK(app.body_of(reply).text("code") == code);
}

TEST_CASE("booking: filters that nobody filled in count as absent", "[booking][api]") {
  TestApp app;
  add_host(app);
  CHECK(slot_starts(app, "?offer=&from=&to=&tz=&limit=&cursor=").size() == k_slots);
  const auto& token = app.token(tenants::Role::viewer);
  for (const auto* path :
       {"/api/v1/leads?status=&channel=&source=&from=&to=&q=&limit=&cursor=",
        "/api/v1/bookings?status=&offer=&host=&lead=&from=&to=&limit=&cursor="}) {
    CAPTURE(path);
    CHECK(app.get(path, token).status == 200);
  }
}

TEST_CASE("booking: the plus of an offset may arrive as a space", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto plain = slot_starts(app, "?from=2026-01-07T10:30:00%2B03:00&to=2026-01-07T09:00:00Z");
  REQUIRE(plain.size() == 3);
  CHECK(slot_starts(app, "?from=2026-01-07T10:30:00+03:00&to=2026-01-07T09:00:00Z") == plain);
  const auto& token = app.token(tenants::Role::viewer);
  CHECK(app.get("/api/v1/leads?from=2026-10-20T02:00:00+02:00", token).status == 200);
}

TEST_CASE("booking: slots come in pages that miss and repeat nothing", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto limit = GENERATE(values<std::size_t>({1, 7, 50, k_slots - 1, k_slots, 200}));
  CAPTURE(limit);
  const std::string start = "?limit=" + std::to_string(limit);
  std::vector<std::string> seen;
  std::string query = start;
  bool more = true;
  while (more && seen.size() <= k_slots) {
    const Json page = app.body_of(app.get("/api/v1/slots" + query));
    const auto& items = page.find("data")->items();
    REQUIRE(items.size() == std::min(limit, k_slots - seen.size()));
    for (const auto& slot : items) seen.push_back(*slot.text("starts_at"));
    more = *page.boolean("has_more");
    CHECK(page.find("next_cursor")->is_null() == !more);
    // The window is the first question's, whether the next one repeats it or not.
    query = start + "&cursor=" + page.text("next_cursor").value_or("");
    app.advance(std::chrono::minutes(1));
  }
  CHECK(seen == slot_starts(app, "?to=2026-01-19T09:00:00Z"));
}

TEST_CASE("booking: with several offers the question names one", "[booking][api]") {
  TestApp app;
  add_host(app);
  auto rules = test::plain_rules();
  rules.offer = "long";
  rules.length_min = 60;
  add_host(app, rules);
  CHECK(app.body_of(app.get("/api/v1/slots")).text("code") == "offer_needed");
  CHECK(slot_starts(app, "?offer=long").size() == 14 * 2);
}

}  // namespace flead
