#include "core/base/id.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "core/base/world.h"
#include "support/catch.h"

namespace flead {
namespace {

class StillClock final : public Clock {
 public:
  explicit StillClock(TimeMs time) : time_(time) {}
  TimeMs now() override { return time_; }
  std::int64_t steady_ms() override { return time_; }

 private:
  TimeMs time_;
};

// The most random bytes there are: every field at its limit.
class SameRandom final : public Random {
 public:
  explicit SameRandom(unsigned char byte) : byte_(byte) {}
  void fill(std::span<unsigned char> bytes) override {
    std::fill(bytes.begin(), bytes.end(), byte_);
  }

 private:
  unsigned char byte_;
};

}  // namespace

TEST_CASE("id: ids are TypeIDs that hold the time of their making", "[base]") {
  // Later than any other clock of this program, so that the time is not pushed on by its past.
  StillClock clock(4102444800000);  // 2100-01-01T00:00:00Z
  SameRandom random(0xFF);
  World world{clock, random};
  // UUID 03bb2cc3d800 73ff bfffffffffffffff by hand: counter seed 0x3ff, variant 2.
  const std::string id = make_id(world, "lead");
  CHECK(id == "lead_03qcpc7p00efzvzzzzzzzzzzzz");
  CHECK(is_id(id, "lead"));
}

TEST_CASE("id: ids never repeat and never go back, whatever the clock and the thread", "[base]") {
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      StillClock clock(4102444800000);
      SameRandom random(0);
      World world{clock, random};
      for (int i = 0; i < 5000; ++i) ids.push_back(make_id(world, "lead"));
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::string> all;
  for (const auto& ids : made) {
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    all.insert(all.end(), ids.begin(), ids.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("id: a clock that is set back is followed, one that stumbles is not", "[base]") {
  constexpr TimeMs k_wrong = 4102444800000;
  SameRandom random(0);
  const auto at = [&](TimeMs time) {
    StillClock clock(time);
    World world{clock, random};
    return make_id(world, "lead");
  };
  const std::string before = at(k_wrong);
  CHECK(at(k_wrong - 3600 * 1000) > before);
  CHECK(at(k_wrong - 2 * k_day_ms) < least_id("lead", k_wrong - 2 * k_day_ms + 1));
}

TEST_CASE("id: only the right shape is an id", "[base]") {
  const std::string good = "lead_01kj0a1b2cefghjkmnpqrstvwx";
  CHECK(is_id(good, "lead"));
  CHECK_FALSE(is_id(good, "tok"));
  CHECK_FALSE(is_id(good, "lea"));
  CHECK_FALSE(is_id("", "lead"));
  CHECK_FALSE(is_id("lead_", "lead"));
  CHECK_FALSE(is_id(good + "0", "lead"));
  CHECK_FALSE(is_id(good.substr(0, good.size() - 1), "lead"));
  CHECK_FALSE(is_id("lead_81kj0a1b2cefghjkmnpqrstvwx", "lead"));  // over 128 bits
  CHECK_FALSE(is_id("lead_01KJ0A1B2CEFGHJKMNPQRSTVWX", "lead"));
  CHECK_FALSE(is_id("lead_01kj0a1b2cefghjkmnpqrstvwu", "lead"));  // u is not in the alphabet
  CHECK_FALSE(is_id("lead-01kj0a1b2cefghjkmnpqrstvwx", "lead"));
  CHECK_FALSE(is_id(std::string("lead_01kj0a1b2cefghjkmnpqrstvw\0", 31), "lead"));
  static_assert(!std::is_convertible_v<LeadId, TenantId>);
}

}  // namespace flead
