// One tenant sees nothing of another: generated from the route table. Every route has a rule here,
// or the first case fails; whoever adds a route decides with it what a stranger may see.
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/booking/expert.h"
#include "core/booking/waitlist.h"
#include "serve/routes.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::TestApp;

enum class Kind {
  open,    // asks nobody who they are: pages by unguessable address, health, hooks
  list,    // 200 and only what is the caller's own: nothing
  thing,   // named by an id or a slug: 404
  own,     // 200 and never a word of another's
  create,  // makes something of the caller's own
  stream,  // events of the caller's own tenant
};

struct IsolationRule {
  std::string_view method, pattern;
  Kind kind;
  std::string target = {};  // with the other tenant's LEAD, BOOKING, HOLD, CURSOR put in; the
                            // pattern's {id} is the LEAD or BOOKING
  std::string body = {};
};

// They ask for no key, and show nothing without a token that only one person has.
const std::vector<IsolationRule>& open_rules() {
  static const std::vector<IsolationRule> rules = {
      {"GET", "/w/{file}", Kind::open},
      {"GET", "/w/proof.js", Kind::open},
      {"GET", "/w/messengers.js", Kind::open},
      {"GET", "/m/{tenant}/{name}/photo", Kind::open},
      {"GET", "/w/{key}/messengers", Kind::open},
      {"GET", "/s/{token}", Kind::open},
      {"GET", "/", Kind::open},
      {"GET", "/demo/{tenant}", Kind::open},
      {"GET", "/thanks/{tenant}", Kind::open},
      {"GET", "/legal/{doc}", Kind::open},
      {"GET", "/assets/{file}", Kind::open},
      {"GET", "/b/{tenant}", Kind::open},
      {"POST", "/b/{tenant}", Kind::open},
      {"GET", "/b/{tenant}/{offer}", Kind::open},
      {"POST", "/b/{tenant}/{offer}", Kind::open},
      {"GET", "/my/{token}", Kind::open},
      {"POST", "/my/{token}/cancel", Kind::open},
      {"GET", "/c/feed/{file}", Kind::open},
      {"POST", "/my/{token}/brief", Kind::open},
      {"POST", "/my/{token}/notes", Kind::open},
      {"GET", "/b/{tenant}/{offer}/wait", Kind::open},
      {"POST", "/b/{tenant}/{offer}/wait", Kind::open},
      {"GET", "/me/{tenant}", Kind::open},
      {"GET", "/me/{tenant}/in/{pass}", Kind::open},
      {"POST", "/me/{tenant}/methods", Kind::open},
      {"POST", "/my/{token}/all", Kind::open},
      {"GET", "/h/in/{pass}", Kind::open},
      {"POST", "/h/out", Kind::open},
      {"GET", "/h", Kind::open},
      {"GET", "/h/meeting/{meeting}", Kind::open},
      {"POST", "/h/meeting/{meeting}", Kind::open},
      {"GET", "/h/money", Kind::open},
      {"GET", "/h/method", Kind::open},
      {"POST", "/h/method", Kind::open},
      {"GET", "/h/method/{token}", Kind::open},
      {"POST", "/h/method/{token}", Kind::open},
      {"GET", "/h/money/{month}", Kind::open},
      {"GET", "/h/times", Kind::open},
      {"POST", "/h/times", Kind::open},
      {"GET", "/wait/{token}", Kind::open},
      {"POST", "/wait/{token}", Kind::open},
      {"POST", "/my/{token}/review", Kind::open},
      {"GET", "/m/{tenant}", Kind::open},
      {"GET", "/m/{tenant}/{name}", Kind::open},
      {"POST", "/m/{tenant}/{name}", Kind::open},
      {"GET", "/pay/{token}", Kind::open},
      {"POST", "/pay/{token}", Kind::open},
      {"GET", "/r/{token}", Kind::open},
      {"POST", "/r/{token}", Kind::open},
      {"GET", "/c/{file}", Kind::open},
      {"GET", "/o/{token}", Kind::open},
      {"GET", "/u/{tenant}/{token}", Kind::open},
      {"POST", "/u/{tenant}/{token}", Kind::open},
      {"POST", "/hooks/calcom/{link_id}", Kind::open},
      {"POST", "/hooks/{kind}/{channel_id}", Kind::open},
      {"GET", "/hooks/{kind}/{channel_id}", Kind::open},
      {"GET", "/healthz", Kind::open},
      {"GET", "/readyz", Kind::open},
      {"GET", "/metrics", Kind::open},
      {"GET", "/robots.txt", Kind::open},
      {"GET", "/openapi.json", Kind::open},
  };
  return rules;
}

const std::vector<IsolationRule>& keyed_rules() {
  static const std::string contact =
      R"({"name":"Eve","email":"anna@example.com","consent":{"purposes":["processing"]}})";
  static const std::string at = R"("starts_at":"2026-01-06T07:00:00Z")";
  static const std::vector<IsolationRule> rules = {
      {"POST", "/api/v1/leads", Kind::create, "/api/v1/leads", contact},
      {"GET", "/api/v1/leads", Kind::list, "/api/v1/leads"},
      {"GET", "/api/v1/leads", Kind::list, "/api/v1/leads?q=anna@example.com"},
      {"GET", "/api/v1/leads", Kind::list, "/api/v1/leads?cursor=CURSOR"},
      {"GET", "/api/v1/leads/{id}", Kind::thing, "/api/v1/leads/LEAD"},
      {"PATCH", "/api/v1/leads/{id}", Kind::thing, "/api/v1/leads/LEAD", R"({"name":"Eve"})"},
      {"GET", "/api/v1/leads/{id}/events", Kind::thing, "/api/v1/leads/LEAD/events"},
      {"GET", "/api/v1/leads", Kind::list, "/api/v1/leads?needs_human=true"},
      {"GET", "/api/v1/leads/{id}/chat", Kind::thing, "/api/v1/leads/LEAD/chat"},
      {"POST", "/api/v1/leads/{id}/chat", Kind::thing, "/api/v1/leads/LEAD/chat",
       R"({"text":"Hello"})"},
      {"GET", "/api/v1/events", Kind::stream, "/api/v1/events"},
      {"GET", "/api/v1/slots", Kind::thing, "/api/v1/slots?offer=me"},
      {"POST", "/api/v1/bookings", Kind::thing, "/api/v1/bookings",
       R"({"offer":"own","lead":"LEAD",)" + at + "}"},
      {"POST", "/api/v1/bookings", Kind::thing, "/api/v1/bookings",
       R"({"offer":"own","lead":"LINK",)" + at + "}"},
      {"POST", "/api/v1/bookings", Kind::thing, "/api/v1/bookings",
       R"({"offer":"me","contact":)" + contact + "," + at + "}"},
      {"POST", "/api/v1/bookings", Kind::thing, "/api/v1/bookings",
       R"({"hold":"HOLD","contact":)" + contact + "}"},
      {"GET", "/api/v1/bookings", Kind::list, "/api/v1/bookings"},
      {"GET", "/api/v1/bookings", Kind::list, "/api/v1/bookings?lead=LEAD&offer=me&host=me"},
      {"GET", "/api/v1/bookings/{id}", Kind::thing, "/api/v1/bookings/BOOKING"},
      {"POST", "/api/v1/bookings/{id}/confirm", Kind::thing, "/api/v1/bookings/HOLD/confirm"},
      {"POST", "/api/v1/bookings/{id}/decline", Kind::thing, "/api/v1/bookings/BOOKING/decline"},
      {"POST", "/api/v1/bookings/{id}/cancel", Kind::thing, "/api/v1/bookings/BOOKING/cancel"},
      {"POST", "/api/v1/bookings/{id}/move", Kind::thing, "/api/v1/bookings/BOOKING/move",
       R"({"starts_at":"2026-01-06T08:00:00Z"})"},
      {"POST", "/api/v1/bookings/{id}/complete", Kind::thing, "/api/v1/bookings/BOOKING/complete"},
      {"POST", "/api/v1/bookings/{id}/no_show", Kind::thing, "/api/v1/bookings/BOOKING/no_show"},
      {"GET", "/api/v1/bookings/{id}/notes", Kind::thing, "/api/v1/bookings/BOOKING/notes"},
      {"POST", "/api/v1/bookings/{id}/notes", Kind::thing, "/api/v1/bookings/BOOKING/notes",
       R"({"text":"Hello"})"},
      {"GET", "/api/v1/waitlist", Kind::list, "/api/v1/waitlist"},
      {"POST", "/api/v1/waitlist", Kind::thing, "/api/v1/waitlist",
       R"({"offer":"own","lead":"LEAD"})"},
      {"POST", "/api/v1/waitlist/{id}/leave", Kind::thing, "/api/v1/waitlist/WAIT/leave"},
      {"GET", "/api/v1/offers", Kind::own, "/api/v1/offers"},
      {"GET", "/api/v1/experts", Kind::own, "/api/v1/experts"},
      {"GET", "/api/v1/experts/{slug}", Kind::thing, "/api/v1/experts/me"},
      {"GET", "/api/v1/experts/{slug}/reviews", Kind::thing, "/api/v1/experts/me/reviews"},
      {"GET", "/api/v1/quote", Kind::own, "/api/v1/quote"},
      {"GET", "/api/v1/stats", Kind::own, "/api/v1/stats?by=source"},
      {"GET", "/api/v1/proof", Kind::own, "/api/v1/proof"},
  };
  return rules;
}

const std::vector<IsolationRule>& isolation_rules() {
  static const std::vector<IsolationRule> rules = [] {
    std::vector<IsolationRule> all = keyed_rules();
    all.insert(all.end(), open_rules().begin(), open_rules().end());
    return all;
  }();
  return rules;
}

constexpr tenants::Role k_roles[] = {tenants::Role::owner, tenants::Role::admin,
                                     tenants::Role::operator_, tenants::Role::viewer,
                                     tenants::Role::expert};

// acme has a person, a booking and a hold; "other" has an offer of its own and nobody.
struct TwoTenants {
  TestApp app;
  std::string lead, link, booking, hold, wait;
  tenants::Tenant other;

  TwoTenants() {
    test::add_host(app);
    lead = test::add_lead(app, 1, "anna@example.com");
    const Json shown =
        app.body_of(app.get("/api/v1/leads/" + lead, app.token(tenants::Role::viewer)));
    const std::string url = *shown.text("booking_url");
    link = url.substr(url.find("?t=") + 3);
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return booking::add_expert(app.world(), tx, app.tenant(), "me", {});
    }));
    booking = *app.body_of(test::post_booking(app, lead, test::k_first_slot)).text("id");
    booking::NewHold wish;
    wish.starts_at = parse_time(test::k_second_slot).value();
    wish.for_ms = k_hour_ms;
    const auto held = app.store().write(
        [&](store::Tx& tx) { return booking::hold(app.app(), tx, app.tenant(), wish); });
    REQUIRE(held);
    hold = held->id.text();
    booking::NewWait waits;
    waits.lead = LeadId(lead);
    const auto joined = app.store().write(
        [&](store::Tx& tx) { return booking::join_waitlist(app.app(), tx, app.tenant(), waits); });
    REQUIRE(joined);
    wait = joined->id.text();
    other = app.add_tenant("other");
    auto rules = test::plain_rules();
    rules.offer = "own";
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return booking::add_rules(app.world(), tx, other, rules); }));
  }

  std::string token_of(const tenants::Tenant& tenant, tenants::Role role) {
    const auto made = app.store().write([&](store::Tx& tx) {
      return tenants::create_token(app.world(), tx, tenant.id, role, "t");
    });
    REQUIRE(made);
    return made->secret;
  }

  std::string fill(std::string text) const {
    text = replace_all(text, "LEAD", lead);
    text = replace_all(text, "LINK", link);
    text = replace_all(text, "BOOKING", booking);
    text = replace_all(text, "HOLD", hold);
    text = replace_all(text, "WAIT", wait);
    return replace_all(text, "CURSOR", base64url_encode("lead_7zzzzzzzzzzzzzzzzzzzzzzzzz"));
  }

  http::Reply ask(const IsolationRule& rule, std::string_view key) {
    return app.request(rule.method, fill(rule.target), fill(rule.body), key);
  }

  // Everything of acme that the API shows.
  std::string acme() {
    std::string all;
    const auto& token = app.token(tenants::Role::owner);
    for (const std::string& path :
         {std::string("/api/v1/leads"), "/api/v1/leads/" + lead + "/events",
          "/api/v1/leads/" + lead + "/chat", std::string("/api/v1/bookings"),
          std::string("/api/v1/slots")}) {
      all += app.get(path, token).body + "\n";
    }
    return all;
  }
};

bool is_rule_of(const IsolationRule& rule, const http::Route& route) {
  return rule.method == route.method && rule.pattern == route.pattern;
}

}  // namespace

TEST_CASE("isolation: every route has a rule, and open ones ask nobody", "[isolation][api]") {
  for (const http::Route& route : serve::routes()) {
    CAPTURE(route.method, route.pattern);
    int found = 0;
    for (const auto& rule : isolation_rules()) {
      if (!is_rule_of(rule, route)) continue;
      ++found;
      CHECK((rule.kind == Kind::open) == (route.access == http::Access::open));
    }
    CHECK(found > 0);
    // Who may not do it must not learn that it is there.
    const bool named = route.pattern.find("{id}") != std::string_view::npos;
    CHECK((route.owns != nullptr) == named);
  }
  for (const auto& rule : isolation_rules()) {
    CAPTURE(rule.method, rule.pattern);
    const auto table = serve::routes();
    CHECK(std::any_of(table.begin(), table.end(),
                      [&](const http::Route& route) { return is_rule_of(rule, route); }));
  }
}

TEST_CASE("isolation: a token of another tenant finds nothing, whatever its role",
          "[isolation][api]") {
  TwoTenants two;
  const std::string before = two.acme();
  for (const auto role : k_roles) {
    const std::string token = two.token_of(two.other, role);
    for (const auto& rule : isolation_rules()) {
      CAPTURE(tenants::role_name(role), rule.method, rule.target, rule.body);
      if (rule.kind == Kind::open) continue;
      const auto reply = two.ask(rule, token);
      CAPTURE(reply.body);
      for (const std::string_view secret :
           {std::string_view("79161000001"), std::string_view(two.lead),
            std::string_view(two.link)}) {
        CHECK(reply.body.find(secret) == std::string::npos);
      }
      // Where the body names the thing, the role is looked at first: it says nothing of the thing.
      const bool by_body = rule.pattern == "/api/v1/waitlist" && reply.status == 403;
      if (rule.kind == Kind::thing && !by_body) CHECK(reply.status == 404);
      if (rule.kind == Kind::own) CHECK(reply.status == 200);
      if (rule.kind == Kind::create) CHECK((reply.status == 201 || reply.status == 200));
      if (rule.kind == Kind::stream) {
        CHECK(reply.status == 200);
        REQUIRE(reply.subscription);
        CHECK(reply.subscription->topic == two.other.id.text());
      }
      if (rule.kind != Kind::list) continue;
      CHECK(reply.status == 200);
      const Json page = two.app.body_of(reply);
      for (const auto& row : page.find("data")->items()) {
        CHECK(row.text("name") == "Eve");  // its own
      }
    }
  }
  CHECK(two.acme() == before);
}

TEST_CASE("isolation: the tenant itself finds all of it", "[isolation][api]") {
  // Else the case above would be content with routes that are never there.
  for (const auto& rule : isolation_rules()) {
    if (rule.kind == Kind::open) continue;
    CAPTURE(rule.method, rule.target, rule.body);
    TwoTenants two;
    const auto own = two.fill(rule.body);
    auto asked = rule;
    asked.body = replace_all(own, "\"own\"", "\"me\"");
    CHECK(two.ask(asked, two.app.token(tenants::Role::owner)).status != 404);
  }
}

TEST_CASE("isolation: a role that is too low is told so of what is its own", "[isolation][api]") {
  TwoTenants two;
  const auto& viewer = two.app.token(tenants::Role::viewer);
  CHECK(two.app.request("PATCH", "/api/v1/leads/" + two.lead, "{}", viewer).status == 403);
  CHECK(two.app.post("/api/v1/bookings/" + two.booking + "/cancel", "", viewer).status == 403);
  // A publishable key may do none of it, whatever is there.
  for (const auto* id : {two.booking.c_str(), "bkg_00000000000000000000000000"}) {
    CHECK(two.app.post("/api/v1/bookings/" + std::string(id) + "/cancel", "").status == 403);
  }
}

}  // namespace flead
