#include "core/intake/counters.h"

#include <map>
#include <string>

#include "core/intake/lead.h"
#include "core/reports/stats.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

using Figures = std::map<std::string, std::int64_t>;

// All that is kept, without zeros: "2026-01-05 leads vk" and "total new".
Figures figures(TestApp& app) {
  Figures all;
  const auto read = app.store().read([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto days,
              intake::day_counts(tx, app.tenant().id, "0000-00-00", "9999-99-99"));
    for (const auto& one : days) {
      if (one.count != 0) all[one.day + " " + one.metric + " " + one.key] = one.count;
    }
    FLEAD_TRY(const auto totals, intake::lead_totals(tx, app.tenant().id));
    for (const auto& [status, count] : totals) all["total " + status] = count;
    return {};
  });
  REQUIRE(read);
  return all;
}

std::string take(TestApp& app, const std::string& fields) {
  const auto reply = app.post("/api/v1/leads",
                              "{" + fields + R"(,"consent":{"purposes":["processing"]}})");
  REQUIRE(reply.status < 300);
  return *app.body_of(reply).text("id");
}

void edit_status(TestApp& app, const std::string& id, const char* status) {
  const std::string body = R"({"status":")" + std::string(status) + "\"}";
  REQUIRE(app.request("PATCH", "/api/v1/leads/" + id, body, app.token(tenants::Role::owner))
              .status == 200);
}

}  // namespace

TEST_CASE("counters: what is kept is what a recount finds", "[intake][counters]") {
  TestApp app;
  const std::string first = take(app, R"("phone":"+79160000001","utm":{"source":"vk"})");
  take(app, R"("phone":"+79160000002")");
  take(app, R"("phone":"+79160000001")");  // again: no new lead
  const std::string trapped = take(app, R"("phone":"+79160000003","website":"x")");
  take(app, R"("phone":"+79160000004","website":"x")");
  app.run_jobs();  // greetings: first answers and messages
  app.advance(std::chrono::hours(26));
  take(app, R"("phone":"+79160000004")");  // the person behind a suspect
  edit_status(app, first, "won");
  edit_status(app, trapped, "lost");
  const Figures kept = figures(app);
  CAPTURE(kept.size());
  CHECK(kept.at("2026-01-05 leads vk") == 1);
  CHECK(kept.at("total won") == 1);
  CHECK(kept.at("total lost") == 1);
  CHECK(kept.count("total suspect") == 0);
  REQUIRE(app.store().write([&](store::Tx& tx) { return intake::recount(tx, app.tenant()); }));
  CHECK(figures(app) == kept);
}

TEST_CASE("counters: a day is the tenant's", "[intake][counters]") {
  TestApp app;  // Europe/Moscow, 12:00
  app.advance(std::chrono::hours(11) + std::chrono::minutes(59));
  take(app, R"("phone":"+79160000001")");
  app.advance(std::chrono::minutes(2));
  take(app, R"("phone":"+79160000002")");
  const Figures kept = figures(app);
  CHECK(kept.at("2026-01-05 leads api") == 1);
  CHECK(kept.at("2026-01-06 leads api") == 1);
}

TEST_CASE("stats: a row a day, a total, and the same by source", "[reports][counters]") {
  TestApp app;
  take(app, R"("phone":"+79160000001","utm":{"source":"vk"})");
  take(app, R"("phone":"+79160000002","utm":{"source":"vk"})");
  take(app, R"("phone":"+79160000003")");
  app.advance(std::chrono::seconds(4));
  app.run_jobs();
  const auto reply =
      app.get("/api/v1/stats?from=2026-01-04&to=2026-01-05", app.token(tenants::Role::viewer));
  REQUIRE(reply.status == 200);
  const Json body = app.body_of(reply);
  REQUIRE(body.find("data")->items().size() == 2);
  const Json& monday = body.find("data")->items()[1];
  CHECK(monday.text("name") == "2026-01-05");
  CHECK(monday.integer("leads") == 3);
  CHECK(monday.integer("answered") == 3);
  CHECK(monday.integer("answer_ms") == 4000);
  CHECK(monday.integer("messages") == 3);
  CHECK(body.integer("total.leads") == 3);
  CHECK(body.integer("leads_by_status.contacted") == 3);
  const Json by_source = app.body_of(
      app.get("/api/v1/stats?by=source&from=2026-01-05", app.token(tenants::Role::viewer)));
  CHECK(by_source.find("data")->items().front().text("name") == "vk");
  CHECK(by_source.find("data")->items().front().integer("leads") == 2);
}

TEST_CASE("stats: a period that cannot be is refused", "[reports]") {
  TestApp app;
  const auto token = app.token(tenants::Role::viewer);
  CHECK(app.get("/api/v1/stats?from=2026-02-01&to=2026-01-01", token).status == 400);
  CHECK(app.get("/api/v1/stats?from=1970-01-01", token).status == 400);
  CHECK(app.get("/api/v1/stats?from=tomorrow", token).status == 400);
  CHECK(app.get("/api/v1/stats?by=week", token).status == 400);
  CHECK(app.get("/api/v1/stats").status == 403);  // a publishable key
}

}  // namespace flead::test
