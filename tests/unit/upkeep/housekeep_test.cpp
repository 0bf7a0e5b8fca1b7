#include "core/upkeep/housekeep.h"

#include <string>

#include "core/intake/counters.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

void set_store_setting(TestApp& app, std::string_view key, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, std::nullopt, key, value);
  }));
}

}  // namespace

TEST_CASE("upkeep: what is old goes when its days are over, leads and dead jobs stay", "[upkeep]") {
  TestApp app;
  for (int i = 0; i < 3; ++i) {
    const std::string phone = "+7916000000" + std::to_string(i);
    REQUIRE(app.request("POST", "/api/v1/leads",
                        R"({"phone":")" + phone + R"(","consent":{"purposes":["processing"]}})", {},
                        {{"idempotency-key", "k" + std::to_string(i)}})
                .status == 201);
  }
  app.run_jobs();
  const std::int64_t done = count_rows(app, "jobs WHERE state = 'done'");
  REQUIRE(done >= 3);
  app.advance(std::chrono::hours(23));
  CHECK(upkeep::prune(app.app())->keys == 0);
  app.advance(std::chrono::hours(2));
  CHECK(upkeep::prune(app.app())->keys == 3);
  app.advance(std::chrono::hours(24 * 14));
  CHECK(upkeep::prune(app.app())->jobs == done);
  CHECK(count_rows(app, "intake_raw") == 3);
  app.advance(std::chrono::hours(24 * 80));
  const auto pruned = upkeep::prune(app.app());
  CHECK(pruned->requests == 3);
  CHECK(count_rows(app, "leads") == 3);
  CHECK(count_rows(app, "events WHERE kind = 'lead.created'") == 3);
}

TEST_CASE("upkeep: forever keeps", "[upkeep]") {
  TestApp app;
  set_store_setting(app, "retain.raw", "forever");
  REQUIRE(app.post("/api/v1/leads",
                   R"({"phone":"+79160000001","consent":{"purposes":["processing"]}})")
              .status == 201);
  app.advance(std::chrono::hours(24 * 2000));
  CHECK(upkeep::prune(app.app())->requests == 0);
  CHECK(count_rows(app, "intake_raw") == 1);
}

TEST_CASE("upkeep: the file shrinks again after much has gone", "[upkeep]") {
  TestApp app;
  const std::string body(32 * 1024, 'x');
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    for (int i = 0; i < 500; ++i) {
      FLEAD_CHECK(tx.exec(
          "INSERT INTO intake_raw (id, tenant_id, source, content_type, body, ip, user_agent,"
          " received_at_ms) VALUES ($1, $2, '', '', $3, '', '', $4)",
          make_id(app.world(), "raw"), app.tenant().id, store::Bytes{body},
          app.world().clock.now()));
    }
    return {};
  }));
  const std::int64_t full = app.store().size()->bytes;
  app.advance(std::chrono::hours(24 * 92));
  REQUIRE(upkeep::prune(app.app())->requests == 500);
  CHECK(*upkeep::shrink(app.store()) > 0);
  CHECK(app.store().size()->bytes < full / 4);
  CHECK(*upkeep::shrink(app.store()) == 0);  // little is left to give
}

TEST_CASE("upkeep: the job comes back, also after it was cancelled", "[upkeep][jobs]") {
  TestApp app;
  REQUIRE(ensure_periodic_jobs(app.app()));
  REQUIRE(ensure_periodic_jobs(app.app()));
  CHECK(count_rows(app, "jobs WHERE kind = 'store.housekeep'") == 1);
  app.run_jobs();
  CHECK(count_rows(app, "jobs WHERE kind = 'store.housekeep' AND state = 'ready'") == 1);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec("UPDATE jobs SET state = 'cancelled' WHERE kind = 'store.housekeep'");
  }));
  REQUIRE(ensure_periodic_jobs(app.app()));
  CHECK(count_rows(app, "jobs WHERE kind = 'store.housekeep' AND state = 'ready'") == 1);
}

}  // namespace flead::test
