// The router on routes of the test's own: no socket, a real store.
#include <stdexcept>

#include "serve/http/http.h"
#include "serve/http/metrics.h"
#include "serve/routes.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::http {
namespace {

using tenants::Role;

Reply answer_ok(App&, const Request& request) {
  return text_reply(200, std::string(request.param("id")) + request.caller.actor);
}

struct Routed {
  test::TestApp test;
  Metrics metrics;
  Router router{test.app(), table(), &metrics};

  static std::vector<Route> table() {
    std::vector<Route> routes;
    const auto add = [&](std::string_view method, std::string_view pattern, Access access,
                         Handler handler) {
      routes.push_back({.method = method,
                        .pattern = pattern,
                        .access = access,
                        .handler = std::move(handler),
                        .operation = "",
                        .summary = "x"});
    };
    add("GET", "/open", Access::open, answer_ok);
    add("GET", "/api/things/{id}", Access::open, answer_ok);
    add("GET", "/api/things/new", Access::open,
        [](App&, const Request&) { return text_reply(200, "the literal"); });
    add("DELETE", "/api/things/{id}", Access::owner, answer_ok);
    add("PATCH", "/api/things/{id}", Access::operator_, answer_ok);
    add("GET", "/api/list", Access::viewer, answer_ok);
    add("POST", "/api/settings", Access::admin, answer_ok);
    add("GET", "/throws", Access::open,
        [](App&, const Request&) -> Reply { throw std::runtime_error("secret"); });
    add("GET", "/throws-int", Access::open, [](App&, const Request&) -> Reply { throw 7; });
    add("POST", "/api/things", Access::publishable, answer_ok);
    routes.back().body_bytes_max = 10;
    routes.back().cors = true;
    return routes;
  }

  Reply ask(std::string_view method, std::string_view path, Headers headers = {},
            std::string_view body = {}) {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    request.body = body;
    return router.handle(std::move(request));
  }
  Reply ask_as(std::string_view secret, std::string_view method, std::string_view path,
               std::string_view body = {}) {
    return ask(
        method, path,
        {{"authorization", "Bearer " + std::string(secret)}, {"content-type", "application/json"}},
        body);
  }
  std::string code(const Reply& reply) { return test.body_of(reply).text("code").value_or(""); }
};

std::string header_of(const Reply& reply, std::string_view wanted) {
  for (const auto& [name, value] : reply.headers) {
    if (name == wanted) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("http: a path finds its handler, literal parts before names", "[http]") {
  Routed routed;
  CHECK(routed.ask("GET", "/api/things/7").body == "7visitor");
  CHECK(routed.ask("GET", "/api/things/new").body == "the literal");
  CHECK(routed.ask("HEAD", "/api/things/7").status == 200);
}

TEST_CASE("http: unknown paths are 404, known ones with another method 405", "[http]") {
  Routed routed;
  for (const char* path : {"/", "/none", "/api/things/", "/api/things/7/", "/api/things/7/8",
                           "/open/", "//open", "/OPEN", "*", ""}) {
    CAPTURE(path);
    CHECK(routed.ask("GET", path).status == 404);
  }
  const Reply wrong = routed.ask("PUT", "/api/things/7");
  CHECK(wrong.status == 405);
  CHECK(routed.code(wrong) == "method_not_allowed");
  CHECK(header_of(wrong, "allow") == "GET, DELETE, PATCH, HEAD, OPTIONS");
  CHECK(routed.ask("TRACE", "/open").status == 405);
}

TEST_CASE("http: OPTIONS names the methods", "[http]") {
  Routed routed;
  const Reply reply = routed.ask("OPTIONS", "/api/things/7");
  CHECK(reply.status == 204);
  CHECK(header_of(reply, "allow") == "GET, DELETE, PATCH, HEAD, OPTIONS");
  CHECK(header_of(reply, "access-control-allow-origin").empty());
}

TEST_CASE("http: every reply has a request id, in problems too", "[http]") {
  Routed routed;
  for (const char* path : {"/open", "/none", "/throws", "/api/list"}) {
    CAPTURE(path);
    const Reply reply = routed.ask("GET", path);
    const std::string id = header_of(reply, "x-request-id");
    CHECK(is_id(id, "req"));
    if (reply.status >= 400) CHECK(routed.test.body_of(reply).text("request_id") == id);
  }
}

TEST_CASE("http: a handler that throws is a 500 that tells nothing", "[http]") {
  Routed routed;
  for (const char* path : {"/throws", "/throws-int"}) {
    const Reply reply = routed.ask("GET", path);
    CHECK(reply.status == 500);
    CHECK(routed.code(reply) == "internal");
    CHECK(reply.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("http: paths and queries that are not text are 400", "[http]") {
  Routed routed;
  CHECK(routed.ask("GET", "/open\xFF").status == 400);
  CHECK(routed.ask("GET", std::string("/open\0", 6)).status == 400);
  CHECK(routed.ask("GET", "/open\r\nx").status == 400);
  Request request;
  request.method = "GET";
  request.path = "/open";
  request.query = {{"q", "\xC3"}};
  CHECK(routed.router.handle(request).status == 400);
}

TEST_CASE("http: roles open what is theirs", "[http]") {
  Routed routed;
  struct Case {
    Role role;
    bool list, patch, settings, remove;
  };
  const auto& [role, list, patch, settings, remove] = GENERATE(values<Case>({
      {Role::owner, true, true, true, true},
      {Role::admin, true, true, true, false},
      {Role::operator_, true, true, false, false},
      {Role::viewer, true, false, false, false},
      {Role::expert, true, false, false, false},
  }));
  CAPTURE(tenants::role_name(role));
  const std::string token = routed.test.token(role);
  CHECK((routed.ask_as(token, "GET", "/api/list").status == 200) == list);
  CHECK((routed.ask_as(token, "PATCH", "/api/things/7").status == 200) == patch);
  CHECK((routed.ask_as(token, "POST", "/api/settings").status == 200) == settings);
  const Reply removed = routed.ask_as(token, "DELETE", "/api/things/7");
  CHECK(removed.status == (remove ? 200 : 403));
  if (!remove) CHECK(routed.code(removed) == "forbidden");
  CHECK(routed.ask_as(token, "POST", "/api/things").status == 200);
}

TEST_CASE("http: a publishable key opens publishable routes only", "[http]") {
  Routed routed;
  const std::string key = routed.test.tenant().publishable_key;
  CHECK(routed.ask_as(key, "POST", "/api/things").body == "visitor");
  const Reply refused = routed.ask_as(key, "GET", "/api/list");
  CHECK(refused.status == 403);
  CHECK(routed.code(refused) == "forbidden");
}

TEST_CASE("http: no, wrong and misplaced credentials are 401 with a challenge", "[http]") {
  Routed routed;
  const std::string token = routed.test.token(Role::owner);
  const Headers headers = GENERATE_COPY(values<Headers>({{},
                                                         {{"authorization", ""}},
                                                         {{"authorization", "Bearer"}},
                                                         {{"authorization", "Bearer "}},
                                                         {{"authorization", "Bearer pk_unknown"}},
                                                         {{"authorization", "Bearer sk_unknown"}},
                                                         {{"authorization", "Bearer nothing"}},
                                                         {{"authorization", "Basic c2s6eA=="}},
                                                         {{"authorization", "sk_unknown"}}}));
  const Reply reply = routed.ask("GET", "/api/list", headers);
  CHECK(reply.status == 401);
  CHECK(routed.code(reply) == "unauthorized");
  CHECK(header_of(reply, "www-authenticate").starts_with("Bearer"));
}

TEST_CASE("http: ?key= takes publishable keys, never tokens", "[http]") {
  Routed routed;
  const auto ask = [&](const std::string& key) {
    Request request;
    request.method = "POST";
    request.path = "/api/things";
    request.query = {{"key", key}};
    return routed.router.handle(std::move(request)).status;
  };
  CHECK(ask(routed.test.tenant().publishable_key) == 200);
  CHECK(ask(routed.test.token(Role::owner)) == 401);
}

TEST_CASE("http: open routes ask nobody who they are", "[http]") {
  Routed routed;
  CHECK(routed.ask_as("sk_unknown", "GET", "/open").body == "visitor");
  CHECK(routed.ask_as(routed.test.token(Role::viewer), "GET", "/open").body.starts_with("tok_"));
}

TEST_CASE("http: a suspended tenant is refused", "[http]") {
  Routed routed;
  const std::string key = routed.test.tenant().publishable_key;
  const std::string token = routed.test.token(Role::owner);
  tenants::TenantEdit edit;
  edit.suspended = true;
  REQUIRE(routed.test.store().write([&](store::Tx& tx) {
    return tenants::edit(routed.test.world(), tx, routed.test.tenant().id, edit);
  }));
  for (const std::string& secret : {key, token}) {
    const Reply reply = routed.ask_as(secret, "POST", "/api/things");
    CHECK(reply.status == 403);
    CHECK(routed.code(reply) == "tenant_suspended");
  }
}

TEST_CASE("http: bodies are judged by size and type", "[http]") {
  Routed routed;
  const std::string bearer = "Bearer " + routed.test.tenant().publishable_key;
  struct Case {
    std::string type, body;
    int status;
  };
  const auto& [type, body, status] = GENERATE(values<Case>({
      {"application/json", "0123456789", 200},
      {"Application/JSON; charset=utf-8", "{}", 200},
      {"application/json", "0123456789x", 413},
      {"text/plain", "{}", 415},
      {"", "{}", 415},
      {"", "", 200},
      {"text/plain", "", 415},
      {"application/x-www-form-urlencoded", "a=1", 415},
  }));
  CAPTURE(type, body);
  Headers headers = {{"authorization", bearer}};
  if (!type.empty()) headers.emplace_back("content-type", type);
  CHECK(routed.ask("POST", "/api/things", headers, body).status == status);
}

TEST_CASE("http: a preflight is answered for routes that browsers may call", "[http]") {
  Routed routed;
  const Headers asked = {{"origin", "https://shop.example"},
                         {"access-control-request-method", "POST"},
                         {"access-control-request-headers", "authorization"}};
  const Reply yes = routed.ask("OPTIONS", "/api/things", asked);
  CHECK(yes.status == 204);
  CHECK(header_of(yes, "access-control-allow-origin") == "https://shop.example");
  CHECK(header_of(yes, "access-control-allow-methods") == "POST, OPTIONS");
  CHECK(header_of(yes, "access-control-allow-headers") ==
        "Authorization, Content-Type, Idempotency-Key");
  CHECK(header_of(yes, "access-control-allow-credentials").empty());
  const Reply no = routed.ask("OPTIONS", "/api/list", asked);
  CHECK(no.status == 204);
  CHECK(header_of(no, "access-control-allow-origin").empty());
}

TEST_CASE("http: a tenant's list of origins decides, for refusals in words", "[http]") {
  Routed routed;
  const auto post_to = [](Routed& where, std::string_view origin) {
    return where.ask("POST", "/api/things",
                     {{"authorization", "Bearer " + where.test.tenant().publishable_key},
                      {"content-type", "application/json"},
                      {"origin", std::string(origin)}},
                     "{}");
  };
  const auto post = [&](std::string_view origin) { return post_to(routed, origin); };
  const Reply any = post("https://any.example");
  CHECK(any.status == 200);
  CHECK(header_of(any, "access-control-allow-origin") == "https://any.example");
  CHECK(header_of(any, "vary") == "Origin");
  REQUIRE(routed.test.store().write([&](store::Tx& tx) {
    return tenants::set_setting(routed.test.world(), tx, routed.test.tenant().id, "origins",
                                "https://shop.example");
  }));
  CHECK(post("https://shop.example").status == 200);
  CHECK(post("http://flead.test").status == 200);  // our own pages
  const Reply refused = post("https://any.example");
  CHECK(refused.status == 403);
  CHECK(routed.code(refused) == "origin_not_allowed");
  Routed other;
  other.test.app().config.set["origins"] = "https://shop.example";  // `serve --set`
  CHECK(post_to(other, "https://shop.example").status == 200);
  CHECK(post_to(other, "https://any.example").status == 403);
}

TEST_CASE("http: people get a page, programs a problem", "[http]") {
  Routed routed;
  routed.router.set_error_page([](App&, const Request&, const Reply& problem) {
    return html_reply(200, "<p>" + std::to_string(problem.status));
  });
  const Headers browser = {{"accept", "text/html,*/*;q=0.8"}};
  const Reply page = routed.ask("GET", "/none", browser);
  CHECK(page.status == 404);
  CHECK(page.body == "<p>404");
  CHECK(header_of(page, "content-type").starts_with("text/html"));
  CHECK(header_of(routed.ask("PUT", "/open", browser), "allow") == "GET, HEAD, OPTIONS");
  CHECK(routed.ask("GET", "/api/none", browser).body.starts_with("{"));
  CHECK(routed.ask("GET", "/none").body.starts_with("{"));
  Headers form = browser;
  form.emplace_back("content-type", "application/x-www-form-urlencoded");
  CHECK(routed.ask("POST", "/api/things", form, "a=1").body == "<p>401");
}

TEST_CASE("http: requests are counted by pattern and status", "[http]") {
  Routed routed;
  routed.ask("GET", "/api/things/7");
  routed.ask("GET", "/api/things/8");
  routed.ask("GET", "/none/secret");
  const std::string text = routed.metrics.text();
  const std::string things = "method=\"GET\",route=\"/api/things/{id}\",status=\"200\"} 2";
  const std::string nowhere = "method=\"\",route=\"(none)\",status=\"404\"} 1";
  CHECK_THAT(text, ContainsSubstring(things));
  CHECK_THAT(text, ContainsSubstring(nowhere));
  CHECK(text.find("secret") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("flead_request_duration_seconds_count 3\n"));
}

}  // namespace flead::http
