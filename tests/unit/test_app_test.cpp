// The test world itself: what every other case relies on.
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::test {

TEST_CASE("support: TestApp starts at a known time with a known tenant", "[support]") {
  TestApp app;
  CHECK(format_time(app.clock().now()) == "2026-01-05T09:00:00.000Z");
  CHECK(app.tenant().slug == "acme");
  CHECK(app.tenant().zone == "Europe/Moscow");
  CHECK(app.get("/nowhere", "-").status == 404);
  app.run_jobs();
  CHECK(app.token(tenants::Role::owner) == app.token(tenants::Role::owner));
}

TEST_CASE("support: two TestApps make the same ids", "[support]") {
  TestApp one;
  TestApp two;
  CHECK(one.token(tenants::Role::viewer) == two.token(tenants::Role::viewer));
}

}  // namespace flead::test
