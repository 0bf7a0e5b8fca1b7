// How fast messages follow each other on a channel, by a clock that jumps to whatever is due next:
// a long queue takes its time, other channels do not wait for it, and "slow down" holds what it was
// said about and nothing else.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/channels/identity.h"
#include "core/jobs/jobs.h"
#include "support/outbox.h"

namespace flead::sim {
namespace {

using channels::Channel;
using test::TestApp;

constexpr const char* k_telegram_took =
    R"({"ok":true,"result":{"message_id":7,"chat":{"id":501,"type":"private"},"date":1}})";
constexpr const char* k_max_took = R"({"message":{"body":{"mid":"mid.7","seq":1,"text":"x"}}})";

std::string telegram_flood(int wait_s) {
  return R"({"ok":false,"error_code":429,"description":"Too Many Requests",)"
         R"("parameters":{"retry_after":)" +
         std::to_string(wait_s) + "}}";
}

// One person on two channels, and what left when.
struct Queue {
  TestApp app;
  Channel telegram, max;
  LeadId lead;
  TimeMs begin = 0;
  std::vector<TimeMs> telegram_calls, max_calls;  // when, from `begin` on

  // `day`: each case on one of its own. Paces are kept by channel for as long as the process lives,
  // and ids begin with their time.
  explicit Queue(int day) {
    app.advance(std::chrono::hours(24 * day));
    lead = channels::add_lead(app, R"("telegram":"ira")");
    app.run_jobs();  // the greeting, to the file: there is no other channel yet
    telegram = add("telegram");
    max = add("max");
    app.provider("telegram").then(200, k_telegram_took);
    app.provider("max").then(200, k_max_took);
    begin = app.clock().now();
  }

  Channel add(const std::string& kind) {
    channels::NewChannel input;
    input.kind = kind;
    input.secret = "700:open-sesame";
    input.config = Json::object({{"rate", 30}});
    auto made = app.store().write([&](store::Tx& tx) -> Result<Channel> {
      FLEAD_TRY(const Channel channel,
                channels::add(app.world(), tx, app.app().key, app.tenant().id, input));
      FLEAD_CHECK(channels::link_identity(app.world(), tx, channel, lead, "501", "Ира", ""));
      return channel;
    });
    REQUIRE(made);
    return *made;
  }

  void queue(const Channel& channel, int count) {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const intake::Lead person, intake::load(tx, app.tenant().id, lead));
      for (int number = 0; number < count; ++number) {
        channels::NewMessage message;
        message.template_name = "chat.text";
        message.variables = {{"tenant", "acme"}, {"text", std::to_string(number)}};
        message.via = channel.id;
        FLEAD_CHECK(channels::send_to_lead(app.app(), tx, app.tenant(), person, message));
      }
      return {};
    }));
  }

  // Until `end` (from `begin` on), or until nothing is left.
  void run_until(TimeMs end) {
    while (true) {
      app.run_jobs();
      note(telegram_calls, app.sent("telegram").size());
      note(max_calls, app.sent("max").size());
      const auto due = app.store().read([](store::Tx& tx) { return jobs::next_due(tx); });
      REQUIRE(due);
      if (!*due || **due > begin + end) break;
      REQUIRE(**due > app.clock().now());
      app.clock().set(**due);
    }
    app.clock().set(begin + end);
  }
  void note(std::vector<TimeMs>& calls, std::size_t count) {
    while (calls.size() < count) calls.push_back(app.clock().now() - begin);
  }

  std::size_t count_in_state(std::string_view state) {
    channels::MessageFilter filter;
    filter.state = state;
    filter.limit = 2000;
    auto found = app.store().read(
        [&](store::Tx& tx) { return channels::list_messages(tx, app.tenant().id, filter); });
    REQUIRE(found);
    return found->size();
  }
};

// The most calls within any second.
std::size_t most_in_a_second(const std::vector<TimeMs>& calls) {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < calls.size(); ++last) {
    while (calls[last] - calls[first] >= k_second_ms) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

std::size_t count_between(const std::vector<TimeMs>& calls, TimeMs from, TimeMs until) {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [&](TimeMs at) { return at >= from && at < until; }));
}

}  // namespace

TEST_CASE("pace: a thousand messages at 30 a second take 34 seconds, and delay no other channel",
          "[sim][channels]") {
  Queue queue(501);
  queue.queue(queue.telegram, 1000);
  queue.queue(queue.max, 10);
  queue.run_until(10 * k_second_ms);
  // Ten of the other channel take a third of a second, as if they were alone.
  REQUIRE(queue.max_calls.size() == 10);
  CHECK(queue.max_calls.back() <= 400);
  // In the middle of the long queue one more is not late at all.
  queue.queue(queue.max, 1);
  queue.run_until(20 * k_second_ms);
  REQUIRE(queue.max_calls.size() == 11);
  CHECK(queue.max_calls.back() == 10 * k_second_ms);

  queue.run_until(60 * k_second_ms);
  REQUIRE(queue.telegram_calls.size() == 1000);
  CHECK(queue.telegram_calls.front() == 0);
  CHECK(queue.telegram_calls.back() >= 33 * k_second_ms);
  CHECK(queue.telegram_calls.back() <= 36 * k_second_ms);
  CHECK(most_in_a_second(queue.telegram_calls) <= 31);
  CHECK(queue.count_in_state("queued") == 0);
  CHECK(queue.count_in_state("ambiguous") == 0);
}

TEST_CASE("pace: flood control of the whole bot holds its channel, exactly so long, and no other",
          "[sim][channels]") {
  Queue queue(502);
  // The tenth call is told to wait 20 seconds.
  queue.app.provider("telegram") = {};
  for (int call = 1; call < 10; ++call) queue.app.provider("telegram").then(200, k_telegram_took);
  queue.app.provider("telegram").then(429, telegram_flood(20)).then(200, k_telegram_took);
  queue.queue(queue.telegram, 100);
  queue.run_until(k_second_ms);
  REQUIRE(queue.telegram_calls.size() == 10);
  const TimeMs told = queue.telegram_calls.back();

  queue.queue(queue.max, 5);
  queue.run_until(60 * k_second_ms);
  REQUIRE(queue.max_calls.size() == 5);
  CHECK(queue.max_calls.back() <= k_second_ms + 200);
  CHECK(count_between(queue.telegram_calls, told + 1, told + 20 * k_second_ms) == 0);
  REQUIRE(queue.telegram_calls.size() == 101);  // each once, and the refused one again
  CHECK(queue.telegram_calls[10] >= told + 20 * k_second_ms);
  CHECK(queue.telegram_calls[10] <= told + 20 * k_second_ms + 100);
  // What waited does not come all at once.
  CHECK(most_in_a_second(queue.telegram_calls) <= 31);
  CHECK(queue.count_in_state("delivered") == 105);
}

TEST_CASE("pace: flood control of one chat holds one message", "[sim][channels]") {
  Queue queue(503);
  queue.app.provider("telegram") = {};
  queue.app.provider("telegram")
      .then(200, k_telegram_took)
      .then(429, telegram_flood(3))
      .then(200, k_telegram_took);
  queue.queue(queue.telegram, 30);
  queue.run_until(2 * k_second_ms);
  CHECK(queue.telegram_calls.size() == 30);
  CHECK(queue.count_in_state("delivered") == 29);
  CHECK(queue.count_in_state("queued") == 1);
  const TimeMs told = queue.telegram_calls[1];
  queue.run_until(10 * k_second_ms);
  REQUIRE(queue.telegram_calls.size() == 31);
  CHECK(queue.telegram_calls.back() == told + 3 * k_second_ms);
  CHECK(queue.count_in_state("delivered") == 30);
}

TEST_CASE("pace: each kind's word for slow down holds its own channel only", "[sim][channels]") {
  // VK tells a code and no time: the next second is free.
  Queue queue(504);
  const Channel vk = queue.add("vk");
  queue.app.provider("vk")
      .then(200, R"({"error":{"error_code":6,"error_msg":"Too many requests per second"}})")
      .then(200, R"({"response":9})");
  queue.queue(vk, 3);
  queue.queue(queue.telegram, 3);
  queue.run_until(500);
  CHECK(queue.app.sent("vk").size() == 1);
  CHECK(queue.telegram_calls.size() == 3);
  queue.run_until(3 * k_second_ms);
  CHECK(queue.app.sent("vk").size() == 4);
  CHECK(queue.count_in_state("delivered") == 6);
}

}  // namespace flead::sim
