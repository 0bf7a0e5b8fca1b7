// The double of Cal.com against what the vendor's pages say of the service.
#include <string>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::calcom_double_test {

namespace {

constexpr const char* k_slot = "2026-01-06T10:00:00.000Z";
constexpr const char* k_bookings = "2024-08-13";

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  http::Reply last;
  std::string key = "cal_live_x";

  Bench() {
    server.add(make_calcom_double(World{clock, random}));
    table = server.routes();
  }

  Json call(std::string method, const std::string& pattern, const std::string& path,
            const std::string& version, std::string body = "",
            std::vector<std::pair<std::string, std::string>> query = {},
            const std::string& type = "application/json") {
    http::Request request;
    request.method = std::move(method);
    request.path = path;
    request.body = std::move(body);
    request.query = std::move(query);
    request.headers = {{"content-type", type}, {"authorization", "Bearer " + key}};
    if (!version.empty()) request.headers.emplace_back("cal-api-version", version);
    for (const http::Route& route : table) {
      if (route.method != request.method || route.pattern != pattern) continue;
      App* none = nullptr;  // these handlers look at no App
      last = route.handler(*reinterpret_cast<App*>(&none), request);
      const auto json = parse_json(last.body);
      return json ? *json : Json(last.body);
    }
    FAIL("no such route: " << request.method << " " << pattern);
    return {};
  }
  Json account(std::string wish = "{}") {
    return call("POST", "/_mock/calcom/account", "/_mock/calcom/account", "", std::move(wish));
  }
  Json event(std::string wish) {
    return call("POST", "/_mock/calcom/event", "/_mock/calcom/event", "", std::move(wish));
  }
  Json book(const std::string& start) {
    return call("POST", "/calcom/v2/bookings", "/calcom/v2/bookings", k_bookings,
                R"({"start":")" + start +
                    R"(","eventTypeId":812,"attendee":{"name":"Анна","email":"a@example.com",)"
                    R"("timeZone":"Europe/Moscow"},"metadata":{"flead_lead":"m"}})");
  }
  Json act(const std::string& uid, const std::string& what, std::string body = "{}") {
    return call("POST", "/calcom/v2/bookings/{uid}/{what}",
                "/calcom/v2/bookings/" + uid + "/" + what, k_bookings, std::move(body));
  }
  Json show(const std::string& uid) {
    return call("GET", "/calcom/v2/bookings/{uid}", "/calcom/v2/bookings/" + uid, k_bookings);
  }
};

}  // namespace

TEST_CASE("calcom double: the key and the family's version are asked for", "[mock][calcom]") {
  Bench bench;
  bench.call("GET", "/calcom/v2/bookings", "/calcom/v2/bookings", "");
  CHECK(bench.last.status == 400);
  bench.call("GET", "/calcom/v2/bookings", "/calcom/v2/bookings", "2024-06-14");
  CHECK(bench.last.status == 400);
  bench.call("GET", "/calcom/v2/me", "/calcom/v2/me", "");
  CHECK(bench.last.status == 200);
  bench.account(R"({"key":"cal_another"})");
  const Json refused = bench.call("GET", "/calcom/v2/me", "/calcom/v2/me", "");
  CHECK(bench.last.status == 401);
  CHECK(refused.text("status") == "error");
  bench.account(R"({"flood":true})");
  bench.call("GET", "/calcom/v2/me", "/calcom/v2/me", "");
  CHECK(bench.last.status == 429);
}

TEST_CASE("calcom double: a slot is sold once, a move makes a new uid", "[mock][calcom]") {
  Bench bench;
  const Json first = bench.book(k_slot);
  REQUIRE(bench.last.status == 201);
  const std::string uid = first.text("data.uid").value_or("");
  CHECK(first.text("data.status") == "accepted");
  const Json second = bench.book(k_slot);
  CHECK(bench.last.status == 400);
  CHECK_THAT(second.text("error.message").value_or(""), ContainsSubstring("already has booking"));
  bench.book("2026-01-05T08:00:00Z");
  CHECK_THAT(bench.last.body, ContainsSubstring("in the past"));
  bench.book("2026-01-06T10:17:00Z");
  CHECK(bench.last.status == 400);
  const Json moved = bench.act(uid, "reschedule", R"({"start":"2026-01-06T11:00:00Z"})");
  CHECK(bench.last.status == 201);
  const std::string next = moved.text("data.uid").value_or("");
  CHECK(next != uid);
  CHECK(moved.text("data.rescheduledFromUid") == uid);
  const Json old = bench.show(uid);
  CHECK(old.text("data.status") == "cancelled");
  CHECK(old.text("data.rescheduledToUid") == next);
  CHECK(old.text("data.updatedAt") <= moved.text("data.updatedAt"));
  bench.act(next, "cancel");
  CHECK(bench.last.status == 200);
  bench.act(next, "cancel");
  CHECK(bench.last.status == 400);
}

TEST_CASE("calcom double: free slots, and one that is reserved for a while", "[mock][calcom]") {
  Bench bench;
  const auto free = [&] {
    const Json slots =
        bench.call("GET", "/calcom/v2/slots", "/calcom/v2/slots", "2024-09-04", "",
                   {{"eventTypeId", "812"}, {"start", "2026-01-06"}, {"end", "2026-01-07"}});
    const Json* day = slots.find("data")->find("2026-01-06");
    return day == nullptr ? std::size_t{0} : day->items().size();
  };
  CHECK(free() == 8);
  bench.call("POST", "/calcom/v2/slots/reservations", "/calcom/v2/slots/reservations", "2024-09-04",
             R"({"eventTypeId":812,"slotStart":"2026-01-06T10:00:00Z"})");
  CHECK(bench.last.status == 201);
  CHECK(free() == 7);
  bench.clock.advance(6 * k_minute_ms);
  CHECK(free() == 8);
  bench.book(k_slot);
  CHECK(free() == 7);
}

TEST_CASE("calcom double: the list is by change, and knows its pages", "[mock][calcom]") {
  Bench bench;
  const std::string uid = bench.book(k_slot).text("data.uid").value_or("");
  const std::string other = bench.book("2026-01-06T11:00:00Z").text("data.uid").value_or("");
  bench.act(uid, "mark-absent", R"({"attendees":[{"email":"a@example.com","absent":true}]})");
  const Json list =
      bench.call("GET", "/calcom/v2/bookings", "/calcom/v2/bookings", k_bookings, "",
                 {{"sortUpdatedAt", "asc"}, {"take", "1"}, {"skip", "0"}, {"eventTypeId", "812"}});
  CHECK(list.find("data")->items().front().text("uid") == other);
  CHECK(list.boolean("pagination.hasNextPage") == true);
  const Json later = bench.call(
      "GET", "/calcom/v2/bookings", "/calcom/v2/bookings", k_bookings, "",
      {{"afterUpdatedAt", list.find("data")->items().front().text("updatedAt").value_or("")}});
  REQUIRE(later.find("data")->items().size() == 1);
  CHECK(later.find("data")->items().front().find("attendees")->items().front().boolean("absent") ==
        true);
}

TEST_CASE("calcom double: the page reads its address and books", "[mock][calcom]") {
  Bench bench;
  const Json page = bench.call(
      "GET", "/calcom/{user}/{slug}", "/calcom/anna/consult", "", "",
      {{"name", "\"><b>"}, {"email", "a@example.com"}, {"metadata[flead_lead]", "mark"}});
  CHECK(bench.last.status == 200);
  CHECK(bench.last.body.find("\"><b>") == std::string::npos);
  CHECK_THAT(bench.last.body, ContainsSubstring("metadata[flead_lead]"));
  const std::string form =
      "name=A&email=a%40example.com&start=2026-01-06T10%3A00%3A00.000Z&metadata%5Bflead_lead%5D="
      "mark";
  bench.call("POST", "/calcom/{user}/{slug}", "/calcom/anna/consult", "", form, {},
             "application/x-www-form-urlencoded");
  CHECK(bench.last.status == 200);
  bench.call("POST", "/calcom/{user}/{slug}", "/calcom/anna/consult", "", form, {},
             "application/x-www-form-urlencoded");
  CHECK(bench.last.status == 400);
  const Json known = bench.account();
  CHECK(known.find("bookings")->items().front().text("metadata.flead_lead") == "mark");
}

TEST_CASE("calcom double: told once, signed, or as it should not be", "[mock][calcom]") {
  Bench bench;
  bench.transport.provider("mock").then(200, "ok");
  bench.call("POST", "/calcom/v2/webhooks", "/calcom/v2/webhooks", "",
             R"({"active":true,"subscriberUrl":"https://f.example/h","secret":"s",)"
             R"("triggers":["BOOKING_CREATED"]})");
  REQUIRE(bench.last.status == 201);
  bench.call("POST", "/calcom/v2/webhooks", "/calcom/v2/webhooks", "",
             R"({"active":true,"subscriberUrl":"https://f.example/h","triggers":["NEVER"]})");
  CHECK(bench.last.status == 400);
  auto& sent = bench.transport.http_sent["mock"];
  const auto signature = [&] {
    for (const auto& [name, value] : sent.back().headers) {
      if (name == "x-cal-signature-256") return value;
    }
    return std::string();
  };
  bench.event(R"({"type":"created","starts_at":"2026-01-06T10:00:00Z"})");
  REQUIRE(sent.size() == 1);
  CHECK(signature() == hex_encode(hmac_sha256("s", sent.back().body)));
  bench.event(R"({"type":"created","starts_at":"2026-01-06T11:00:00Z","tell":false})");
  CHECK(sent.size() == 1);
  bench.event(R"({"type":"told","no_secret":true})");
  CHECK(signature() == "no-secret-provided");
  bench.event(R"({"type":"told","bad_signature":true})");
  CHECK(signature() != hex_encode(hmac_sha256("s", sent.back().body)));
  bench.event(R"({"type":"told","template":true})");
  CHECK_FALSE(parse_json(sent.back().body));
  bench.event(R"({"type":"ended","times":2})");
  CHECK(sent.back().body.find("payload") == std::string::npos);
  CHECK(sent.size() == 6);
  bench.event(R"({"type":"nothing"})");
  CHECK(bench.last.status == 400);
}

}  // namespace flead::serve::mock::calcom_double_test
