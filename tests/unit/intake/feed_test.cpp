#include "core/intake/feed.h"

#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/intake/events_store.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

// A lead, and a feed that has begun after it.
struct Told {
  TestApp app;
  LeadId lead{post_lead(app, R"("phone":"+79160000001")")};
  intake::Feed feed;

  Told() { CHECK(look() == std::vector<std::string>{"lost"}); }

  intake::Event event(const std::string& kind) {
    return {new_id<EventIdTag>(app.world()), lead, kind, "test", Json::object(), app.clock().now()};
  }
  void commit(const intake::Event& event) {
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return intake::events_store::insert(tx, app.tenant().id, event); }));
  }
  std::vector<std::string> look() {
    const auto news = feed.look(app.store(), app.clock().steady_ms());
    REQUIRE(news);
    std::vector<std::string> kinds;
    if (news->lost) kinds.emplace_back("lost");
    for (const auto& [tenant, event] : news->events) {
      CHECK(tenant == app.tenant().id);
      kinds.push_back(event.kind);
    }
    return kinds;
  }
};

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("feed: each event is told once", "[intake][feed]") {
  Told told;
  CHECK(told.look().empty());
  told.commit(told.event("a"));
  told.commit(told.event("b"));
  CHECK(told.look() == Kinds{"a", "b"});
  CHECK(told.look().empty());
  told.app.advance(std::chrono::milliseconds(k_event_late_ms));
  CHECK(told.look().empty());
  told.commit(told.event("c"));
  CHECK(told.look() == Kinds{"c"});
}

TEST_CASE("feed: what is committed behind later ids is told, too", "[intake][feed]") {
  Told told;
  const auto early = told.event("early");
  told.commit(told.event("late"));
  CHECK(told.look() == Kinds{"late"});
  told.app.advance(std::chrono::milliseconds(k_event_late_ms - 1));
  CHECK(told.look().empty());
  told.commit(early);
  CHECK(told.look() == Kinds{"early"});
  CHECK(told.look().empty());
}

TEST_CASE("feed: more than anybody reads is not told one by one", "[intake][feed]") {
  Told told;
  REQUIRE(told.app.store().write([&](store::Tx& tx) -> Status {
    for (std::size_t i = 0; i <= k_stream_events_kept; ++i) {
      FLEAD_CHECK(
          intake::events_store::insert(tx, told.app.tenant().id, told.event(std::to_string(i))));
    }
    return {};
  }));
  CHECK(told.look() == Kinds{"lost"});
  CHECK(told.look().empty());
  told.commit(told.event("after"));
  CHECK(told.look() == Kinds{"after"});
}

TEST_CASE("feed: an empty store begins, too", "[intake][feed]") {
  TestApp app;
  intake::Feed feed;
  const auto first = feed.look(app.store(), 1);
  REQUIRE(first);
  CHECK(first->lost);
  const std::string lead = post_lead(app, R"("phone":"+79160000001")");
  const auto second = feed.look(app.store(), 2);
  REQUIRE(second);
  REQUIRE(second->events.size() == 1);
  CHECK(second->events[0].event.lead.text() == lead);
}

}  // namespace flead::test
