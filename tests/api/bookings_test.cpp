#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::add_host;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;

std::vector<std::string> starts(const Json& list) {
  std::vector<std::string> out;
  for (const auto& slot : list.find("data")->items()) out.push_back(*slot.text("starts_at"));
  return out;
}

std::string code_of(TestApp& app, const http::Reply& reply) {
  return app.body_of(reply).text("code").value_or("");
}

std::vector<std::string> event_kinds(TestApp& app, const std::string& lead) {
  const auto reply = app.get("/api/v1/leads/" + lead + "/events", app.token(tenants::Role::viewer));
  std::vector<std::string> kinds;
  const Json body = app.body_of(reply);
  for (const auto& event : body.find("data")->items()) kinds.push_back(*event.text("kind"));
  return kinds;
}

const std::string k_contact =
    R"("contact":{"name":"Анна","phone":"+79161234567","email":"anna@example.com",)"
    R"("consent":{"purposes":["processing"]}})";

}  // namespace

TEST_CASE("booking: a lead books a slot, and it is gone", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const auto reply = post_booking(app, lead, k_first_slot);
  REQUIRE(reply.status == 201);
  const Json made = app.body_of(reply);
  CHECK(made.text("status") == "confirmed");
  CHECK(made.text("starts_at") == std::string(k_first_slot));
  CHECK(made.text("ends_at") == std::string(k_second_slot));
  CHECK(made.text("lead") == lead);
  CHECK(made.text("offer") == "me");
  CHECK(made.text("uid") == "booking-" + *made.text("id") + "@flead.test");
  CHECK(made.text("manage_url")->starts_with("http://flead.test/my/"));
  CHECK(starts(app.body_of(app.get("/api/v1/slots"))).front() == k_second_slot);

  const auto shown =
      app.body_of(app.get("/api/v1/leads/" + lead, app.token(tenants::Role::viewer)));
  CHECK(shown.text("status") == "booked");
  const auto kinds = event_kinds(app, lead);
  CHECK(std::find(kinds.begin(), kinds.end(), "booking.created") != kinds.end());

  app.run_jobs();
  const auto messages = app.file_messages();
  const auto confirmed = std::find_if(messages.begin(), messages.end(), [](const Json& message) {
    return message.text("template") == "booking.confirmed";
  });
  REQUIRE(confirmed != messages.end());
  CHECK_THAT(confirmed->dump(), ContainsSubstring("METHOD:REQUEST"));
  CHECK_THAT(confirmed->dump(), ContainsSubstring(*made.text("manage_url")));
}

TEST_CASE("booking: a taken slot is a conflict, a time that is none a refusal", "[booking][api]") {
  TestApp app;
  auto rules = test::plain_rules();
  rules.notice_min = 60;
  rules.horizon_days = 10;
  add_host(app, rules);
  const auto first = add_lead(app, 1);
  const auto second = add_lead(app, 2);
  REQUIRE(post_booking(app, first, k_first_slot).status == 201);
  struct Case {
    std::string starts_at;
    int status;
    std::string code;
  };
  const std::vector<Case> cases = {
      {std::string(k_first_slot), 409, "slot_taken"},
      {"2026-01-06T07:15:00Z", 422, "slot_unavailable"},
      {"2026-01-06T07:00:00.001Z", 422, "slot_unavailable"},
      {"2026-01-06T06:30:00Z", 422, "slot_unavailable"},
      {"2026-01-04T07:00:00Z", 422, "slot_unavailable"},  // past
      {"2026-03-06T07:00:00Z", 422, "slot_unavailable"},  // beyond the horizon
      {"9999-01-06T07:00:00Z", 422, "slot_unavailable"},
      {"1970-01-01", 422, "slot_unavailable"},
      {"soon", 422, "time_invalid"},
      {"", 422, "required"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.starts_at);
    const auto reply = post_booking(app, second, row.starts_at);
    CHECK(reply.status == row.status);
    CHECK(code_of(app, reply) == row.code);
  }
  // The same moment written with another offset is the same slot.
  CHECK(code_of(app, post_booking(app, second, "2026-01-06T10:00:00+03:00")) == "slot_taken");
  CHECK(post_booking(app, second, "2026-01-06T10:30:00+03:00").status == 201);
}

TEST_CASE("booking: bad bodies change nothing", "[booking][api]") {
  TestApp app;
  add_host(app);
  struct Case {
    std::string body;
    int status;
    std::string code;
  };
  const std::string at = R"("starts_at":")" + std::string(k_first_slot) + "\"";
  const auto cases = std::vector<Case>{
      {"", 400, "bad_json"},
      {"{", 400, "bad_json"},
      {"[]", 422, "wrong_type"},
      {"null", 422, "wrong_type"},
      {"{\"starts_at\":\"\xff\"}", 400, "bad_json"},
      {R"({"starts_at":5})", 422, "wrong_type"},
      {"{" + at + "}", 422, "person_required"},
      {"{" + at + R"(,"lead":5})", 422, "wrong_type"},
      {"{" + at + R"(,"lead":"lead_00000000000000000000000000"})", 404, "lead_not_found"},
      {"{" + at + R"(,"lead":"nobody's token"})", 404, "lead_not_found"},
      {"{" + at + R"(,"lead":"a\u0000b"})", 400, "bad_json"},
      {"{" + at + R"(,"offer":"none",)" + k_contact + "}", 404, "offer_not_found"},
      {"{" + at + R"(,"offer":{},)" + k_contact + "}", 422, "wrong_type"},
      {"{" + at + R"(,"contact":"Anna"})", 422, "wrong_type"},
      {"{" + at + R"(,"contact":{}})", 422, "contact_required"},
      {"{" + at + R"(,"contact":{"email":"anna@example.com"}})", 422, "consent_required"},
      {"{" + at + R"(,"contact":{"phone":"12345","consent":{"purposes":["processing"]}}})", 422,
       "phone_invalid"},
      {"{" + at + R"(,"zone":"Mars/Base",)" + k_contact + "}", 422, "zone_unknown"},
      {"{" + at + R"(,"status":"requested",)" + k_contact + "}", 422, "status_unknown"},
      {"{" + at + R"(,"status":"cancelled",)" + k_contact + "}", 422, "status_unknown"},
      {"{" + at + R"(,"hold":"bkg_00000000000000000000000000",)" + k_contact + "}", 404,
       "hold_not_found"},
      {"{" + at + R"(,"lead":"lead_00000000000000000000000000",)" + k_contact + "}", 422,
       "ambiguous"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.body);
    const auto reply = app.post("/api/v1/bookings", row.body);
    CHECK(reply.status == row.status);
    CHECK(code_of(app, reply) == row.code);
  }
  const auto& token = app.token(tenants::Role::viewer);
  CHECK(app.body_of(app.get("/api/v1/leads", token)).find("data")->items().empty());
  CHECK(app.body_of(app.get("/api/v1/bookings", token)).find("data")->items().empty());
}

TEST_CASE("booking: a contact that books becomes a booked lead with consent", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto reply =
      app.post("/api/v1/bookings", R"({"starts_at":")" + std::string(k_first_slot) +
                                       R"(","zone":"Asia/Yekaterinburg",)" + k_contact + "}");
  REQUIRE(reply.status == 201);
  const Json made = app.body_of(reply);
  CHECK(made.text("zone") == "Asia/Yekaterinburg");
  const auto& token = app.token(tenants::Role::viewer);
  const Json leads = app.body_of(app.get("/api/v1/leads", token));
  REQUIRE(leads.find("data")->items().size() == 1);
  const Json& lead = leads.find("data")->items()[0];
  CHECK(lead.text("status") == "booked");
  CHECK(lead.text("phone") == "+79161234567");
  // One message: the confirmation says it all. The time is the person's own.
  app.run_jobs();
  const auto messages = app.file_messages();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].text("template") == "booking.confirmed");
  CHECK_THAT(messages[0].dump(), ContainsSubstring("12:00"));
  CHECK_THAT(messages[0].dump(), ContainsSubstring("Asia/Yekaterinburg"));
}

TEST_CASE("booking: consent may stand beside the contact", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto reply = app.post(
      "/api/v1/bookings",
      R"({"starts_at":")" + std::string(k_first_slot) +
          R"(","contact":{"email":"a@example.com"},"consent":{"purposes":["processing"]}})");
  CHECK(reply.status == 201);
}

TEST_CASE("booking: the same idempotency key books once", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const std::string body = Json::object({{"lead", lead}, {"starts_at", k_first_slot}}).dump();
  const http::Headers key = {{"idempotency-key", "k1"}};
  const auto first = app.request("POST", "/api/v1/bookings", body, "", key);
  const auto again = app.request("POST", "/api/v1/bookings", body, "", key);
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  const auto other =
      app.request("POST", "/api/v1/bookings",
                  Json::object({{"lead", lead}, {"starts_at", k_second_slot}}).dump(), "", key);
  CHECK(other.status == 409);
  CHECK(code_of(app, other) == "idempotency_key_reused");
  CHECK(post_booking(app, lead, k_first_slot).status == 409);
}

TEST_CASE("booking: seats of a group are sold to the last and not beyond", "[booking][api]") {
  TestApp app;
  auto rules = test::plain_rules();
  rules.seats = 3;
  add_host(app, rules);
  for (int i = 0; i < 3; ++i) {
    const Json list = app.body_of(app.get("/api/v1/slots"));
    CHECK(list.find("data")->items()[0].integer("seats_left") == 3 - i);
    CHECK(post_booking(app, add_lead(app, i), k_first_slot).status == 201);
  }
  CHECK(post_booking(app, add_lead(app, 9), k_first_slot).status == 409);
  CHECK(starts(app.body_of(app.get("/api/v1/slots"))).front() == k_second_slot);
}

TEST_CASE("booking: two offers of one host never overlap", "[booking][api]") {
  TestApp app;
  add_host(app);
  auto rules = test::plain_rules();
  rules.offer = "long";
  rules.length_min = 60;
  rules.buffer_min = 15;
  add_host(app, rules);
  const auto lead = add_lead(app, 1);
  const auto book = [&](std::string_view offer, std::string_view at) {
    return app
        .post("/api/v1/bookings",
              Json::object({{"offer", offer}, {"lead", lead}, {"starts_at", at}}).dump())
        .status;
  };
  CHECK(book("long", "2026-01-06T07:00:00Z") == 201);  // busy to 08:15
  CHECK(book("me", "2026-01-06T07:30:00Z") == 409);
  CHECK(book("me", "2026-01-06T08:00:00Z") == 409);  // inside the buffer
  CHECK(book("me", "2026-01-06T08:30:00Z") == 201);
  CHECK(book("long", "2026-01-06T08:00:00Z") == 409);
}

TEST_CASE("booking: a booking cancelled once is free again and stays cancelled", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const Json made = app.body_of(post_booking(app, lead, k_first_slot));
  const auto& token = app.token(tenants::Role::operator_);
  const std::string path = "/api/v1/bookings/" + *made.text("id");
  const auto cancelled = app.post(path + "/cancel", R"({"reason":"Заболел"})", token);
  REQUIRE(cancelled.status == 200);
  const Json body = app.body_of(cancelled);
  CHECK(body.text("status") == "cancelled");
  CHECK(body.integer("sequence") == 1);
  CHECK(body.text("uid") == made.text("uid"));
  CHECK(body.text("reason") == "Заболел");
  // Again: nothing more happens.
  CHECK(app.body_of(app.post(path + "/cancel", "", token)).integer("sequence") == 1);
  CHECK(code_of(app, app.post(path + "/confirm", "", token)) == "booking_state");
  CHECK(starts(app.body_of(app.get("/api/v1/slots"))).front() == k_first_slot);
  app.run_jobs();
  int cancellations = 0;
  for (const auto& message : app.file_messages()) {
    if (message.text("template") != "booking.cancelled") continue;
    ++cancellations;
    CHECK_THAT(message.dump(), ContainsSubstring("METHOD:CANCEL"));
    CHECK_THAT(message.dump(), ContainsSubstring("SEQUENCE:1"));
    CHECK_THAT(message.dump(), ContainsSubstring(*made.text("uid")));
    CHECK_THAT(message.dump(), ContainsSubstring("Заболел"));
  }
  CHECK(cancellations == 1);
}

TEST_CASE("booking: a move keeps the booking and raises its sequence", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const Json made = app.body_of(post_booking(app, lead, k_first_slot));
  REQUIRE(post_booking(app, add_lead(app, 2), k_second_slot).status == 201);
  const auto& token = app.token(tenants::Role::operator_);
  const std::string path = "/api/v1/bookings/" + *made.text("id") + "/move";
  const auto move = [&](std::string_view at) {
    return app.post(path, Json::object({{"starts_at", at}}).dump(), token);
  };
  CHECK(move(k_second_slot).status == 409);
  CHECK(move("2026-01-06T07:10:00Z").status == 422);
  CHECK(code_of(app, app.post(path, "{}", token)) == "required");
  const auto moved = move("2026-01-06T08:00:00Z");
  REQUIRE(moved.status == 200);
  const Json body = app.body_of(moved);
  CHECK(body.text("id") == made.text("id"));
  CHECK(body.text("uid") == made.text("uid"));
  CHECK(body.integer("sequence") == 1);
  CHECK(body.text("starts_at") == "2026-01-06T08:00:00.000Z");
  CHECK(move("2026-01-06T08:00:00Z").status == 200);  // it is there already
  CHECK(starts(app.body_of(app.get("/api/v1/slots"))).front() == k_first_slot);
  const auto kinds = event_kinds(app, lead);
  CHECK(std::count(kinds.begin(), kinds.end(), "booking.moved") == 1);
}

TEST_CASE("booking: what is only asked for waits for its confirmation", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const auto& token = app.token(tenants::Role::operator_);
  const auto ask = [&](std::string_view at) {
    return app.body_of(app.post(
        "/api/v1/bookings",
        Json::object({{"lead", lead}, {"starts_at", at}, {"status", "requested"}}).dump(), token));
  };
  const Json one = ask(k_first_slot);
  const Json two = ask(k_second_slot);
  CHECK(one.text("status") == "requested");
  CHECK(app.body_of(app.get("/api/v1/leads/" + lead, token)).text("status") != "booked");
  const auto act = [&](const Json& which, std::string_view action) {
    return app.post("/api/v1/bookings/" + *which.text("id") + "/" + std::string(action), "", token);
  };
  CHECK(app.body_of(act(two, "decline")).text("status") == "declined");
  CHECK(app.body_of(act(one, "confirm")).text("status") == "confirmed");
  CHECK(app.body_of(app.get("/api/v1/leads/" + lead, token)).text("status") == "booked");
  CHECK(act(one, "dance").status == 404);
}

TEST_CASE("booking: lists page by start and filter", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto& token = app.token(tenants::Role::viewer);
  std::vector<std::string> leads;
  for (int i = 0; i < 3; ++i) leads.push_back(add_lead(app, i));
  // Booked out of order.
  const std::string times[] = {"2026-01-07T07:00:00.000Z", std::string(k_second_slot),
                               std::string(k_first_slot)};
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(post_booking(app, leads[i], times[i]).status == 201);
  }
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const Json list = app.body_of(app.get("/api/v1/bookings?limit=1" + cursor, token));
    REQUIRE(list.find("data")->items().size() == 1);
    CHECK(list.boolean("has_more") == (page < 2));
    seen.push_back(starts(list)[0]);
    cursor = "&cursor=" + list.text("next_cursor").value_or("");
  }
  CHECK(seen == std::vector<std::string>{times[2], times[1], times[0]});
  const auto count = [&](const std::string& query) {
    return starts(app.body_of(app.get("/api/v1/bookings?" + query, token))).size();
  };
  CHECK(count("status=confirmed") == 3);
  CHECK(count("status=cancelled") == 0);
  CHECK(count("lead=" + leads[0]) == 1);
  CHECK(count("offer=me&host=me") == 3);
  CHECK(count("offer=other") == 0);
  CHECK(count("from=2026-01-07&to=2026-01-08") == 1);
  for (const auto* query :
       {"limit=0", "limit=201", "limit=x", "cursor=x", "from=x", "status=gone"}) {
    CAPTURE(query);
    CHECK(app.get("/api/v1/bookings?" + std::string(query), token).status == 400);
  }
}

TEST_CASE("booking: each key does only what it may", "[booking][api]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const std::string path = "/api/v1/bookings/" + *made.text("id");
  CHECK(app.get("/api/v1/bookings").status == 403);
  CHECK(app.get(path).status == 403);
  CHECK(app.post(path + "/cancel", "").status == 403);
  CHECK(app.post(path + "/cancel", "", "-").status == 401);
  CHECK(app.post(path + "/cancel", "", app.token(tenants::Role::viewer)).status == 403);
  CHECK(app.get(path, app.token(tenants::Role::viewer)).status == 200);
  const auto other = app.add_tenant("other");
  const auto token = app.store().write([&](store::Tx& tx) {
    return tenants::create_token(app.world(), tx, other.id, tenants::Role::owner, "t");
  });
  REQUIRE(token);
  CHECK(app.get(path, token->secret).status == 404);
  CHECK(app.post(path + "/cancel", "", token->secret).status == 404);
  CHECK(app.get("/api/v1/slots?offer=me", other.publishable_key).status == 404);
  CHECK(app.body_of(app.get(path, app.token(tenants::Role::viewer))).text("status") == "confirmed");
}

}  // namespace flead
