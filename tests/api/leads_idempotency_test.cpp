// Idempotency-Key of contract 3.1.
#include <chrono>
#include <string>

#include "core/intake/idempotency.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

http::Reply post_with_key(TestApp& app, std::string_view body, std::string_view key,
                          std::string_view caller = {}) {
  return app.request("POST", "/api/v1/leads", body, caller,
                     {{"idempotency-key", std::string(key)}});
}

}  // namespace

TEST_CASE("intake: the same key and body get the first answer again", "[intake][api]") {
  TestApp app;
  const std::string body = lead_json(R"("phone":"+79160000001")");
  const auto first = post_with_key(app, body, "k1");
  app.advance(std::chrono::hours(23));
  const auto again = post_with_key(app, body, "k1");
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(header_of(first, "idempotency-replayed").empty());
  CHECK(header_of(again, "idempotency-replayed") == "true");
  CHECK(count_rows(app, "events") == 1);
  CHECK(count_rows(app, "intake_raw") == 1);
}

TEST_CASE("intake: a key serves one body only", "[intake][api]") {
  TestApp app;
  REQUIRE(post_with_key(app, lead_json(R"("phone":"+79160000001")"), "k1").status == 201);
  const std::int64_t before = intake_rows(app);
  const auto other = post_with_key(app, lead_json(R"("phone":"+79160000002")"), "k1");
  CHECK(other.status == 409);
  CHECK(app.body_of(other).text("code") == "idempotency_key_reused");
  for (const char* bad : {"{broken", R"({"name":"nobody"})", ""}) {
    CHECK(post_with_key(app, bad, "k1").status == 409);
  }
  CHECK(intake_rows(app) == before);
}

TEST_CASE("intake: a key lives for a day and belongs to a tenant", "[intake][api]") {
  TestApp app;
  const auto tenant = app.add_tenant("other");
  const std::string body = lead_json(R"("phone":"+79160000001")");
  REQUIRE(post_with_key(app, body, "k1").status == 201);
  CHECK(post_with_key(app, lead_json(R"("phone":"+79160000002")"), "k1", tenant.publishable_key)
            .status == 201);
  app.advance(std::chrono::hours(24) + std::chrono::milliseconds(1));
  CHECK(post_with_key(app, lead_json(R"("phone":"+79160000003")"), "k1").status == 201);
  const auto purged = app.store().write(
      [&](store::Tx& tx) { return intake::purge_idempotency_keys(app.world(), tx, 100); });
  REQUIRE(purged);
  CHECK(*purged == 1);  // the other tenant's
}

TEST_CASE("intake: refusals are not kept under a key", "[intake][api]") {
  TestApp app;
  CHECK(post_with_key(app, lead_json(R"("phone":"12345")"), "k1").status == 422);
  CHECK(post_with_key(app, lead_json(R"("phone":"+79160000001")"), "k1").status == 201);
  // Refused inside the transaction, after the key was claimed.
  const std::string bad_version =
      R"({"phone":"+79160000009","consent":{"purposes":["processing"],"version":"99"}})";
  CHECK(post_with_key(app, bad_version, "k2").status == 422);
  CHECK(post_with_key(app, lead_json(R"("phone":"+79160000002")"), "k2").status == 201);
}

TEST_CASE("intake: a key is 1 to 255 characters", "[intake][api]") {
  TestApp app;
  const std::string body = lead_json(R"("phone":"+79160000001")");
  CHECK(post_with_key(app, body, std::string(256, 'k')).status == 400);
  CHECK(post_with_key(app, body, "").status == 400);
  CHECK(post_with_key(app, body, "tab\there").status == 400);
  CHECK(intake_rows(app) == 0);
  CHECK(post_with_key(app, body, std::string(255, 'k')).status == 201);
}

TEST_CASE("intake: a publishable key cannot replay what a token was told", "[intake][api]") {
  TestApp app;
  const std::string body = lead_json(R"("phone":"+79160000001")");
  REQUIRE(post_with_key(app, body, "k1", app.token(tenants::Role::owner)).status == 201);
  CHECK(post_with_key(app, body, "k1").status == 409);
}

}  // namespace flead::test
