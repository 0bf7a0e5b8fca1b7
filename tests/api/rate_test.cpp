// Rates of requests: who is counted, who is not, and what the answer says.
#include <string>

#include "core/tenants/tenant.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::TestApp;

constexpr const char* k_lead = R"({"email":"a@example.org","consent":{"purposes":["processing"]}})";

void set(TestApp& app, const tenants::Tenant& tenant, std::string_view key,
         std::string_view value) {
  const auto done = app.store().write(
      [&](store::Tx& tx) { return tenants::set_setting(app.world(), tx, tenant.id, key, value); });
  REQUIRE(done);
}

int post_lead(TestApp& app, const std::string& key = {}) {
  return app.request("POST", "/api/v1/leads", k_lead, key, {{"content-type", "application/json"}})
      .status;
}

}  // namespace

TEST_CASE("rates: in a test store nobody is counted until a rate is set", "[http]") {
  TestApp app;
  for (int i = 0; i < 150; ++i) CHECK(post_lead(app) < 300);
}

TEST_CASE("rates: elsewhere 20 a second from one address are enough", "[http]") {
  TestApp app(TestApp::Kind::real);
  for (int i = 0; i < 20; ++i) CHECK(post_lead(app) < 300);
  CHECK(post_lead(app) == 429);
}

TEST_CASE("rates: an address that asks too often is told when to come back", "[http]") {
  TestApp app;
  set(app, app.tenant(), "rate.address", "3/m");
  for (int i = 0; i < 3; ++i) CHECK(post_lead(app) < 300);
  const auto refused = app.post("/api/v1/leads", k_lead);
  CHECK(refused.status == 429);
  const Json body = app.body_of(refused);
  CHECK(body.text("code") == "rate_limited");
  std::string wait;
  for (const auto& [name, value] : refused.headers) {
    if (name == "retry-after") wait = value;
  }
  CHECK(wait == "20");
  app.advance(std::chrono::seconds(20));
  CHECK(post_lead(app) < 300);
  CHECK(post_lead(app) == 429);
  // Monitors are never turned away.
  CHECK(app.get("/healthz", "-").status == 200);
}

TEST_CASE("rates: each tenant and each key has buckets of its own", "[http]") {
  TestApp app;
  const tenants::Tenant other = app.add_tenant("other");
  set(app, app.tenant(), "rate.key", "2/m");
  CHECK(post_lead(app) < 300);
  CHECK(post_lead(app) < 300);
  CHECK(post_lead(app) == 429);
  CHECK(post_lead(app, other.publishable_key) < 300);
  CHECK(app.get("/api/v1/leads", app.token(tenants::Role::viewer)).status == 200);
}

}  // namespace flead
