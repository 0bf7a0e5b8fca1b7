#include "core/upkeep/canary.h"

#include <string>

#include "core/intake/counters.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

// The public address, as the canary's transport sees it: the router of the same app.
class Loop final : public channels::Transport {
 public:
  explicit Loop(TestApp& app) : app_(app) {}
  channels::HttpReply http(const channels::HttpRequest& request) override {
    channels::HttpReply out;
    const std::string base = "http://flead.test";
    if (!request.url.starts_with(base)) {
      out.error = "connection refused";
      return out;
    }
    const std::string key = request.body.empty() ? "-" : "";
    const auto reply =
        app_.request(request.method, request.url.substr(base.size()), request.body, key);
    out.status = reply.status;
    out.body = reply.body;
    last_body = request.body.empty() ? last_body : request.body;
    return out;
  }
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }
  std::string last_body;

 private:
  TestApp& app_;
};

struct Cage {
  TestApp app;
  Loop loop{app};
  App view{app.store(), app.world(), app.app().config, app.app().key, loop};
  upkeep::CanaryPlan plan;

  Cage() {
    plan.pause = [this](std::int64_t ms) {
      app.advance(std::chrono::milliseconds(ms));
      app.run_jobs();
      return true;
    };
  }
  intake::CanaryRun fly() {
    auto run = upkeep::run_canary(view, app.tenant(), plan);
    REQUIRE(run);
    return *run;
  }
  // Tables that a canary passes through, and figures other than zero.
  std::int64_t left() {
    std::int64_t rows = 0;
    for (const char* table : {"leads", "events", "consents", "intake_raw", "messages", "erasures",
                              "jobs WHERE kind <> 'store.housekeep'", "day_counts WHERE count <> 0",
                              "lead_totals WHERE count <> 0"}) {
      rows += count_rows(app, table);
    }
    return rows;
  }
};

}  // namespace

TEST_CASE("canary: it passes, is recorded, and nothing is left of it", "[upkeep][canary]") {
  Cage cage;
  const auto run = cage.fly();
  CAPTURE(upkeep::to_json(run).dump());
  CHECK(run.state == "passed");
  CHECK(run.hops.items().size() == 6);
  CHECK(cage.left() == 0);
  CHECK(count_rows(cage.app, "canaries WHERE state = 'passed' AND lead_id IS NULL") == 1);
  CHECK(cage.app.file_messages().size() == 1);
}

TEST_CASE("canary: a dead address and a dead channel are named", "[upkeep][canary]") {
  Cage cage;
  cage.plan.url = "http://elsewhere.test";
  CHECK(upkeep::failed_hop(cage.fly()) == "health");
  cage.plan.url.clear();
  cage.plan.pause = [&cage](std::int64_t ms) {  // nobody works
    cage.app.advance(std::chrono::milliseconds(ms));
    return true;
  };
  const auto run = cage.fly();
  CAPTURE(upkeep::to_json(run).dump());
  CHECK(upkeep::failed_hop(run) == "channel");
  CHECK(run.state == "failed");
  CHECK(cage.left() == 0);
}

TEST_CASE("canary: its token is good once, and only while it flies", "[upkeep][canary]") {
  Cage cage;
  REQUIRE(cage.fly().state == "passed");
  const auto replay = cage.app.post("/api/v1/leads", cage.loop.last_body);
  CHECK(replay.status == 409);
  CHECK(cage.left() == 0);
  // Anybody else's word is a field like any other: a lead, and a real one.
  const auto guess = cage.app.post(
      "/api/v1/leads", R"({"phone":"+79160000001","consent":{"purposes":["processing"]},)"
                       R"("custom":{"flead_canary":"a guess"}})");
  CHECK(guess.status == 201);
  CHECK(count_rows(cage.app, "leads") == 1);
}

TEST_CASE("canary: the founder's own address may be a lead already", "[upkeep][canary]") {
  Cage cage;
  REQUIRE(cage.app
              .post("/api/v1/leads",
                    R"({"email":"me@example.org","consent":{"purposes":["processing"]}})")
              .status == 201);
  cage.app.run_jobs();
  const std::int64_t before = cage.left();
  cage.plan.to = "me@example.org";
  const auto run = cage.fly();
  CAPTURE(upkeep::to_json(run).dump());
  CHECK(run.state == "passed");
  CHECK(cage.left() == before);
}

TEST_CASE("canary: suspects and canaries are no real leads", "[upkeep][canary]") {
  Cage cage;
  const auto count = [&] {
    const auto found = cage.app.store().read(
        [&](store::Tx& tx) { return intake::count_real_leads(tx, cage.app.tenant().id, 0, 10); });
    REQUIRE(found);
    return *found;
  };
  REQUIRE(cage.app
              .post("/api/v1/leads", R"({"phone":"+79160000009","website":"x",)"
                                     R"("consent":{"purposes":["processing"]}})")
              .status == 201);
  CHECK(count() == 0);
  REQUIRE(cage.app
              .post("/api/v1/leads",
                    R"({"phone":"+79160000001","consent":{"purposes":["processing"]}})")
              .status == 201);
  CHECK(count() == 1);
  std::int64_t during = -1;
  const auto pause = cage.plan.pause;
  cage.plan.pause = [&](std::int64_t ms) {
    during = count();
    return pause(ms);
  };
  REQUIRE(cage.fly().state == "passed");
  CHECK(during == 1);
}

TEST_CASE("canary: an address with a tag", "[upkeep][canary]") {
  CHECK(upkeep::canary_address("hi@example.org") == "hi+canary@example.org");
  CHECK(upkeep::canary_address("nonsense") == "");
}

}  // namespace flead::test
