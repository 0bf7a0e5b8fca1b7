// An offer that is booked at Cal.com: connected, its page, its webhook, and what is still ours.
#include <algorithm>
#include <chrono>
#include <string>

#include "core/base/crypto.h"
#include "core/booking/pool.h"
#include "core/intake/booking_link.h"
#include "support/calcom.h"

namespace flead {
namespace {

using test::CalcomBench;
using test::count_rows;
using test::header_of;
using test::k_there;
using test::TestApp;

}  // namespace

TEST_CASE("calcom: connected with a sealed key, a webhook and a page", "[calcom][api]") {
  CalcomBench bench;
  const auto made = bench.connect();
  REQUIRE(made);
  CHECK(made->webhook == "41");
  CHECK(made->page == "https://cal.com/anna/consult");
  CHECK(count_rows(bench.app, "calcom_links WHERE secret LIKE '%cal_live%'") == 0);
  REQUIRE(bench.secret.size() >= 32);
  // Again: the same connection, the same secret, and its own webhook found by the address.
  bench.there.hooks = R"([{"id":9,"subscriberUrl":"https://else.example","active":true},)"
                      R"({"id":41,"subscriberUrl":")" +
                      booking::calcom_hook_url(bench.app.app().config.base_url, made->id) +
                      R"(","active":false}])";
  const std::string first = bench.secret;
  const auto again = bench.connect();
  REQUIRE(again);
  CHECK(again->id == made->id);
  CHECK(bench.secret == first);
  const auto& last = bench.app.sent("calcom").back();
  CHECK(last.method == "PATCH");
  CHECK(last.url == "https://api.cal.com/v2/webhooks/41");
  CHECK(count_rows(bench.app, "calcom_links") == 1);
  CHECK(count_rows(bench.app, "jobs WHERE kind = 'calcom.poll'") == 1);
}

TEST_CASE("calcom: connected again, what is not said stays as it is", "[calcom][api]") {
  CalcomBench bench;
  const auto made = bench.connect();
  REQUIRE(made);
  bench.app.sent("calcom").clear();
  booking::NewCalcom nothing;
  nothing.offer = "me";
  const auto again = booking::connect_calcom(bench.app.app(), bench.app.tenant(), nothing);
  REQUIRE(again);
  CHECK(again->event_type == made->event_type);
  CHECK(again->webhook == "41");
  for (const auto& request : bench.app.sent("calcom")) {
    CHECK(std::find(request.headers.begin(), request.headers.end(),
                    std::pair<std::string, std::string>(
                        "authorization", "Bearer cal_live_secret")) != request.headers.end());
  }
}

TEST_CASE("calcom: a webhook that can't be made is said, and not needed", "[calcom][api]") {
  CalcomBench bench;
  bench.there.hooks_fail_with = GENERATE(values<int>({403, 500, 429}));
  const auto made = bench.connect();
  REQUIRE(made);
  CHECK(made->webhook.empty());
  CHECK_THAT(made->hook_says, ContainsSubstring("HTTP"));
  bench.meeting("a");
  bench.app.run_jobs();
  CHECK(bench.state() == "confirmed");
  // Tried again when it can be made: one connection all the same.
  bench.there.hooks_fail_with = 0;
  const auto again = bench.connect();
  REQUIRE(again);
  CHECK(again->webhook == "41");
  CHECK(again->id == made->id);
}

TEST_CASE("calcom: what does not fit is refused and keeps nothing", "[calcom][api]") {
  CalcomBench bench;
  const auto code = [&](const booking::NewCalcom& input) {
    const auto made = booking::connect_calcom(bench.app.app(), bench.app.tenant(), input);
    return made ? std::string() : made.error().code;
  };
  booking::NewCalcom input;
  input.offer = "me";
  input.key = "cal_live_secret";
  input.event_type = "nothing";
  CHECK(code(input) == "event_type_unknown");
  input.event_type = "consult";
  bench.there.seats = 3;
  CHECK(code(input) == "event_type_seated");
  bench.there.seats = 0;
  bench.there.fails_with = 401;
  CHECK(code(input) == "calcom_refused");
  bench.there.fails_with = 503;
  CHECK(code(input) == "calcom_unreachable");
  bench.there.fails_with = 0;
  input.base_url = "http://cal.example.org";
  CHECK(code(input) == "url_invalid");
  input.base_url = "https://api.cal.com";
  input.page = "javascript:alert(1)";
  CHECK(code(input) == "url_invalid");
  input.page.clear();
  input.key = "two words";
  CHECK(code(input) == "key_invalid");
  input.key = "cal_live_secret";
  input.offer = "nothing";
  CHECK(code(input) == "offer_not_found");
  REQUIRE(bench.app.store().write([&](store::Tx& tx) {
    return booking::set_pool(bench.app.world(), tx, bench.app.tenant().id, {"any", "Any", {"me"}});
  }));
  input.offer = "me";
  CHECK(code(input) == "offer_in_pool");
  CHECK(count_rows(bench.app, "calcom_links") == 0);
  CHECK(count_rows(bench.app, "jobs WHERE kind LIKE 'calcom%'") == 0);
}

TEST_CASE("calcom: without an address of ours it is asked, and says so", "[calcom][api]") {
  CalcomBench bench;
  bench.app.app().config.base_url = "http://127.0.0.1:8080";
  const auto made = bench.connect(std::nullopt);
  REQUIRE(made);
  CHECK(made->webhook.empty());
  bench.meeting("a");
  bench.app.advance(std::chrono::minutes(11));
  bench.app.run_jobs();
  CHECK(bench.state() == "confirmed");
}

TEST_CASE("calcom: where services abroad are denied it is not Cal.com's own", "[calcom][api]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  const auto set_foreign = [&](std::string_view value) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "channels.foreign", value);
    }));
  };
  set_foreign("deny");
  const auto denied = bench.connect();
  CHECK((!denied && denied.error().code == "foreign_denied"));
  CHECK(app.sent("calcom").empty());
  set_foreign("allow");
  REQUIRE(bench.connect());
  set_foreign("deny");
  const LeadId id(test::add_lead(app, 1, "anna@example.com"));
  const auto sent = app.store().read([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto lead, intake::load(tx, app.tenant().id, id));
    return intake::sent_booking_url(app.app(), tx, app.tenant(), lead);
  });
  REQUIRE(sent);
  const auto reply = test::visit_page(app, sent->substr(sent->find("/b/")));
  CHECK(reply.status == 303);
  CHECK(header_of(reply, "location").find("anna%40") == std::string::npos);
}

TEST_CASE("calcom: a webhook that was changed there is noticed", "[calcom]") {
  CalcomBench bench;
  const auto link = bench.connect();
  REQUIRE(link);
  const std::string whole =
      Json(*parse_json(bench.app.sent("calcom").back().body)).set("id", 41).dump();
  const auto trouble = [&](std::string hook) {
    bench.there.hooks = std::move(hook);
    return booking::calcom_hook_trouble(bench.app.app(), *link);
  };
  CHECK(trouble(whole).empty());
  CHECK_THAT(trouble(parse_json(whole)->set("active", false).dump()),
             ContainsSubstring("switched off"));
  CHECK_THAT(trouble(parse_json(whole)->set("subscriberUrl", "https://e.example").dump()),
             ContainsSubstring("another address"));
  bench.there.fails_with = 404;
  CHECK_THAT(trouble(whole), ContainsSubstring("gone"));
}

TEST_CASE("calcom: its times are not ours to sell", "[calcom][api]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  const std::string lead = test::add_lead(app, 1);
  REQUIRE(bench.connect());
  const auto slots = app.get("/api/v1/slots?offer=me");
  CHECK(slots.status == 422);
  CHECK_THAT(slots.body, ContainsSubstring("booked_elsewhere"));
  const auto booked = test::post_booking(app, lead, test::k_first_slot);
  CHECK(booked.status == 422);
  CHECK_THAT(booked.body, ContainsSubstring("booked_elsewhere"));
  CHECK_THAT(booked.body, ContainsSubstring("https://cal.com/anna/consult"));
  booking::NewHold hold;
  hold.offer = "me";
  hold.starts_at = *parse_time(test::k_first_slot);
  const auto held = app.store().write(
      [&](store::Tx& tx) { return booking::hold(app.app(), tx, app.tenant(), hold); });
  CHECK((!held && held.error().code == "booked_elsewhere"));
  const auto pool = app.store().write([&](store::Tx& tx) {
    return booking::set_pool(app.world(), tx, app.tenant().id, {"any", "Any", {"me"}});
  });
  CHECK((!pool && pool.error().code == "booked_elsewhere"));
  CHECK(test::visit_page(app, "/b/acme/me/wait").status == 422);
  CHECK_THAT(app.get("/api/v1/offers", app.token(tenants::Role::viewer)).body,
             ContainsSubstring("https://cal.com/anna/consult"));
}

TEST_CASE("calcom: the page leads there, filled in only for whom it was sent to", "[calcom][api]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  const LeadId id(test::add_lead(app, 1, "anna@example.com"));
  REQUIRE(bench.connect());
  const auto lead =
      app.store().read([&](store::Tx& tx) { return intake::load(tx, app.tenant().id, id); });
  REQUIRE(lead);
  const auto sent = app.store().read(
      [&](store::Tx& tx) { return intake::sent_booking_url(app.app(), tx, app.tenant(), *lead); });
  REQUIRE(sent);
  const std::string plain = "/b/acme?t=" + lead->link_token;
  REQUIRE(sent->ends_with(sent->substr(sent->find("&p="))));
  const std::string proof = sent->substr(sent->find("&p="));
  const auto where = [&](const std::string& target) {
    const auto reply = test::visit_page(app, target);
    CHECK(reply.status == 303);
    CHECK(header_of(reply, "cache-control") == "no-store");
    return header_of(reply, "location");
  };
  CHECK(where("/b/acme/me") == "https://cal.com/anna/consult");
  const std::string marked = where(plain);
  CHECK_THAT(marked, ContainsSubstring("metadata%5Bflead_lead%5D="));
  CHECK(marked.find("anna%40") == std::string::npos);
  CHECK_THAT(where(plain + proof), ContainsSubstring("email=anna%40example.com"));
  CHECK(where(plain + "&p=AAAAAAAAAAAA").find("anna%40") == std::string::npos);
  CHECK(where("/b/acme?t=nobody" + proof).find("metadata") == std::string::npos);
  const auto posted = test::visit_page(app, "/b/acme/me", "at=2026-01-06T07:00:00Z&name=Eve");
  CHECK(posted.status == 303);
  CHECK(header_of(posted, "location") == "https://cal.com/anna/consult");
}

TEST_CASE("calcom: calls that are not its own change nothing", "[calcom][api][hooks]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a");
  const std::string good = R"({"triggerEvent":"BOOKING_CREATED","payload":{"uid":"a"}})";
  const std::string signature = hex_encode(hmac_sha256(bench.secret, good));
  CHECK(bench.post_raw(good, "").status == 401);
  CHECK(bench.post_raw(good, "no-secret-provided").status == 401);
  CHECK(bench.post_raw(good, signature.substr(0, 63)).status == 401);
  CHECK(bench.post_raw(good + "\n", signature).status == 401);
  CHECK(bench.post_raw(good, hex_encode(hmac_sha256("", good))).status == 401);
  CHECK(bench.app
            .request("POST", "/hooks/calcom/ccl_01k9x0000000000000000000aa", good, "-",
                     {{"x-cal-signature-256", signature}})
            .status == 401);
  for (const std::string& body :
       {std::string("content=x"), std::string("{}"), std::string("null"), std::string("\xff\0{", 3),
        std::string("[") + std::string(5000, '[')}) {
    CHECK(bench.post_raw(body, hex_encode(hmac_sha256(bench.secret, body))).status == 400);
  }
  const std::string ping = R"({"triggerEvent":"PING","payload":{}})";
  CHECK(bench.post_raw(ping, hex_encode(hmac_sha256(bench.secret, ping))).status == 200);
  CHECK(count_rows(bench.app, "calcom_calls") == 0);
  // A true signature over a lie: what is there counts, not what was said.
  bench.there.meetings.clear();
  CHECK(bench.call("BOOKING_CREATED", "a") == 200);
  bench.meeting("z").type = 999;  // another event type of the same account
  bench.call("BOOKING_CREATED", "z");
  CHECK(bench.bookings().empty());
  CHECK(count_rows(bench.app, "leads") == 0);
  CHECK(count_rows(bench.app, "calcom_calls") == 0);
}

TEST_CASE("calcom: the same call many times is kept and read once", "[calcom][api][hooks]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a");
  for (int i = 0; i < 5; ++i) CHECK(bench.call("BOOKING_CREATED", "a") == 200);
  CHECK(count_rows(bench.app, "calcom_calls") == 1);
  CHECK(bench.bookings().size() == 1);
  CHECK(count_rows(bench.app, "events WHERE kind = 'booking.created'") == 1);
}

TEST_CASE("calcom: only Cal.com changes it; who came may be said here", "[calcom][api]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a");
  bench.call("BOOKING_CREATED", "a");
  const auto one = bench.bookings().front();
  const Json json = Json::object({{"id", one.id.text()}});
  for (const std::string_view action : {"cancel", "decline", "confirm"}) {
    const auto reply = test::act(bench.app, json, action);
    CAPTURE(action, reply.body);
    CHECK((reply.status == 422 || (action == "confirm" && reply.status == 200)));
  }
  CHECK(test::act(bench.app, json, "move", R"({"starts_at":"2026-01-07T07:00:00Z"})").status ==
        422);
  const auto mine = test::visit_page(bench.app, "/my/" + one.manage_token);
  CHECK_THAT(mine.body, ContainsSubstring("kept at Cal.com"));
  CHECK(mine.body.find("/cancel") == std::string::npos);
  CHECK(test::visit_page(bench.app, "/my/" + one.manage_token + "/cancel", "reason=x").status ==
        422);
  CHECK(bench.state() == "confirmed");
  bench.app.clock().set(k_there + k_minute_ms);
  CHECK(test::act(bench.app, json, "no_show").status == 200);
  bench.look();
  CHECK(bench.state() == "no_show");  // nothing new there: what was said here stays
}

TEST_CASE("calcom: its bookings take the host's time for other offers", "[calcom]") {
  CalcomBench bench;
  booking::NewRules rules = test::plain_rules();
  rules.offer = "own";
  test::add_host(bench.app, rules);
  REQUIRE(bench.connect());
  bench.meeting("a").at = *parse_time(test::k_first_slot);
  bench.look();
  const auto slots = bench.app.get("/api/v1/slots?offer=own&from=2026-01-06&to=2026-01-07");
  CHECK(slots.status == 200);
  CHECK(slots.body.find(std::string(test::k_first_slot)) == std::string::npos);
  const auto checked = bench.app.store().read(
      [&](store::Tx& tx) { return booking::check(bench.app.world(), tx, bench.app.tenant()); });
  REQUIRE(checked);
  for (const auto& finding : checked->findings) CHECK_FALSE(finding.problem);
}

TEST_CASE("calcom: disconnected, its bookings are ours; connected again, theirs", "[calcom]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  REQUIRE(bench.connect());
  bench.meeting("a");
  bench.look();
  bench.there.hooks =
      R"([{"id":41,"subscriberUrl":")" +
      booking::calcom_hook_url(app.app().config.base_url, booking::CalcomLinkId(bench.link)) +
      R"("}])";
  REQUIRE(booking::disconnect_calcom(app.app(), app.tenant(), "me"));
  CHECK(app.sent("calcom").back().method == "DELETE");
  CHECK(bench.bookings().front().kept_by.empty());
  CHECK(app.get("/api/v1/slots?offer=me").status == 200);
  app.advance(std::chrono::hours(1));
  app.run_jobs();
  CHECK(count_rows(app, "jobs WHERE kind = 'calcom.poll' AND state = 'ready'") == 0);
  CHECK(bench.call("BOOKING_CREATED", "a") == 401);
  bench.there.hooks = "[]";
  REQUIRE(bench.connect());
  bench.look();
  CHECK(bench.bookings().size() == 1);
  CHECK(bench.bookings().front().kept_by == "calcom");
  CHECK(
      test::act(app, Json::object({{"id", bench.bookings().front().id.text()}}), "cancel").status ==
      422);
}

}  // namespace flead
