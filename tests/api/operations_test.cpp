// /healthz, /readyz, /metrics, /openapi.json, and the route table as a whole.
#include "serve/api/operations.h"

#include <filesystem>
#include <functional>
#include <set>

#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/store/probe_store.h"
#include "serve/http/openapi.h"
#include "serve/routes.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::api {
namespace {

using http::Headers;
using http::Reply;

// The whole table with a worker whose last look the test decides.
struct Operated {
  test::TestApp test;
  http::Metrics metrics;
  std::int64_t looked_ms = test.clock().steady_ms();
  http::Router router{test.app(), serve::routes({&metrics, [this] { return looked_ms; }}),
                      &metrics};

  Reply get(std::string_view path, std::string_view ip = "127.0.0.1", Headers headers = {}) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.ip = ip;
    request.headers = std::move(headers);
    return router.handle(std::move(request));
  }
};

std::string dump(const Reply& reply) {
  return reply.body;
}

void collect_refs(const Json& value, std::set<std::string>& refs) {
  for (const auto& [name, member] : value.members()) {
    if (name == "$ref") refs.insert(member.text().value_or("?"));
    collect_refs(member, refs);
  }
  for (const Json& item : value.items()) collect_refs(item, refs);
}

}  // namespace

TEST_CASE("operations: health is 200 whatever the store does", "[operations]") {
  Operated operated;
  CHECK(operated.get("/healthz").status == 200);
}

TEST_CASE("operations: ready means a store that takes a write and a worker at work",
          "[operations]") {
  Operated operated;
  const Reply ready = operated.get("/readyz");
  CHECK(ready.status == 200);
  CHECK(operated.test.body_of(ready).text("worker") == "ok");
  CHECK(test::count_rows(operated.test.store(), "probes") == 1);

  operated.test.advance(std::chrono::seconds(30));
  CHECK(operated.get("/readyz").status == 200);
  operated.test.advance(std::chrono::seconds(1));
  const Reply late = operated.get("/readyz");
  CHECK(late.status == 503);
  CHECK_THAT(dump(late), ContainsSubstring("31 s ago"));
}

TEST_CASE("operations: a paused channel is told, in words only to insiders", "[operations]") {
  Operated operated;
  REQUIRE(operated.test.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto channel, channels::find(tx, operated.test.tenant().id, "file"));
    FLEAD_CHECK(channels::pause(operated.test.world(), tx, channel.id, "cannot write"));
    return {};
  }));
  const Reply inside = operated.get("/readyz");
  CHECK(inside.status == 200);
  CHECK(operated.test.body_of(inside).integer("channels_paused") == 1);
  CHECK_THAT(dump(inside), ContainsSubstring("cannot write"));
  const Reply outside = operated.get("/readyz", "203.0.113.1");
  CHECK(operated.test.body_of(outside).integer("channels_paused") == 1);
  CHECK(dump(outside).find("cannot write") == std::string::npos);
}

TEST_CASE("operations: without jobs of its own a server is ready while another process works",
          "[operations]") {
  test::TestApp test;
  CHECK(test.get("/readyz", "-").status == 503);
  REQUIRE(store::leave_mark(test.world(), test.store(), store::k_worker_mark));
  const Reply ready = test.get("/readyz", "-");
  CHECK(ready.status == 200);
  CHECK(test.body_of(ready).text("worker") == "elsewhere");
  test.advance(std::chrono::seconds(31));
  CHECK(test.get("/readyz", "-").status == 503);
}

TEST_CASE("operations: metrics are for this machine and for tokens", "[operations]") {
  Operated operated;
  CHECK(operated.get("/metrics").status == 200);
  CHECK(operated.get("/metrics", "::1").status == 200);
  CHECK(operated.get("/metrics", "203.0.113.1").status == 401);
  CHECK(operated.get("/metrics", "127.0.0.1", {{"x-forwarded-for", "203.0.113.1"}}).status == 401);
  const std::string pk = "Bearer " + operated.test.tenant().publishable_key;
  CHECK(operated.get("/metrics", "203.0.113.1", {{"authorization", pk}}).status == 401);
  const std::string sk = "Bearer " + operated.test.token(tenants::Role::viewer);
  CHECK(operated.get("/metrics", "203.0.113.1", {{"authorization", sk}}).status == 200);
}

TEST_CASE("operations: metrics are Prometheus text, jobs included", "[operations]") {
  Operated operated;
  jobs::NewJob job;
  job.kind = "probe.run";
  REQUIRE(operated.test.store().write(
      [&](store::Tx& tx) { return jobs::enqueue(operated.test.world(), tx, job); }));
  const std::string text = operated.get("/metrics").body;
  const std::string ready = "flead_jobs{kind=\"probe.run\",state=\"ready\"} 1";
  CHECK_THAT(text, ContainsSubstring(ready));
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    CAPTURE(line);
    const bool comment = line.starts_with("# HELP flead_") || line.starts_with("# TYPE flead_");
    const auto space = line.rfind(' ');
    CHECK(
        (comment || (line.starts_with("flead_") && space != std::string_view::npos &&
                     line.find_first_not_of("0123456789.", space + 1) == std::string_view::npos)));
  }
}

TEST_CASE("operations: search engines are told what to leave alone", "[operations]") {
  Operated operated;
  CHECK_THAT(operated.get("/robots.txt").body, ContainsSubstring("Disallow: /my/"));
}

TEST_CASE("operations: the API description parses and names only schemas that it has",
          "[operations][api]") {
  Operated operated;
  const Reply reply = operated.get("/openapi.json");
  REQUIRE(reply.status == 200);
  const Json api = operated.test.body_of(reply);
  CHECK(api.text("openapi") == "3.1.0");
  const Json* schemas = api.find("components.schemas");
  REQUIRE(schemas != nullptr);
  std::set<std::string> refs;
  collect_refs(api, refs);
  CHECK_FALSE(refs.empty());
  for (const std::string& ref : refs) {
    CAPTURE(ref);
    constexpr std::string_view k_prefix = "#/components/schemas/";
    REQUIRE(ref.starts_with(k_prefix));
    CHECK(schemas->find(ref.substr(k_prefix.size())) != nullptr);
  }
  for (const auto& [name, schema] : schemas->members()) {
    CAPTURE(name);
    CHECK(refs.contains("#/components/schemas/" + name));
  }
}

TEST_CASE("operations: every route says what it does", "[operations][api]") {
  std::set<std::string_view> operations;
  for (const http::Route& route : serve::routes()) {
    CAPTURE(route.method, route.pattern);
    CHECK(route.handler != nullptr);
    CHECK_FALSE(route.summary.empty());
    CHECK_FALSE(route.summary.ends_with('.'));
    CHECK(operations.insert(route.operation).second);
    if (route.cors) CHECK(route.access <= http::Access::publishable);
  }
}

TEST_CASE("operations: a schema that is not there is found out", "[operations][api]") {
  std::vector<http::Route> routes;
  routes.push_back({.method = "GET",
                    .pattern = "/api/x",
                    .handler = [](App&, const http::Request&) { return Reply(); },
                    .operation = "x",
                    .summary = "x",
                    .response_schema = "Nowhere"});
  CHECK_THAT(http::describe_api(routes).error().message, ContainsSubstring("Nowhere"));
}

}  // namespace flead::api
