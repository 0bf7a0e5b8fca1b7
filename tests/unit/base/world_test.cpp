#include "core/base/world.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace flead {
namespace {

class CountingRandom final : public Random {
 public:
  void fill(std::span<unsigned char> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  unsigned char next_ = 0;
};

}  // namespace

TEST_CASE("world: numbers below a bound are uniform and cover it", "[base]") {
  std::array<int, 6> seen{};
  for (int i = 0; i < 6000; ++i) ++seen.at(system_random().below(6));
  for (const int count : seen) CHECK((count > 700 && count < 1300));
  CHECK(system_random().below(1) == 0);
}

TEST_CASE("world: a number is eight bytes of the source, the first the highest", "[base]") {
  CountingRandom random;
  CHECK(random.next_u64() == 0x0001020304050607ULL);
  CHECK(random.next_u64() == 0x08090A0B0C0D0E0FULL);
}

TEST_CASE("world: the system's randomness does not repeat", "[base]") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(system_random().next_u64());
  CHECK(seen.size() == 1000);
  // Nor where its stock ends in the middle of what is asked for, nor on another thread.
  std::set<std::vector<unsigned char>> parts;
  const auto take = [&] {
    for (const std::size_t size : {7U, 1000U, 30U, 1024U, 3000U, 1U}) {
      std::vector<unsigned char> bytes(size);
      system_random().fill(bytes);
      if (size > 6) parts.insert({bytes.end() - 7, bytes.end()});
    }
  };
  take();
  std::thread(take).join();
  CHECK(parts.size() == 10);
}

TEST_CASE("world: a forked process draws other numbers than its parent", "[base]") {
  static_cast<void>(system_random().next_u64());  // there is something in stock
  int ends[2] = {};
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::uint64_t drawn = system_random().next_u64();
    _exit(write(ends[1], &drawn, sizeof drawn) == sizeof drawn ? 0 : 1);
  }
  const std::uint64_t mine = system_random().next_u64();
  std::uint64_t theirs = mine;
  CHECK(read(ends[0], &theirs, sizeof theirs) == sizeof theirs);
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(theirs != mine);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("world: a shifted clock starts where it was told and never stands before it", "[base]") {
  constexpr TimeMs k_start = 1767603600000;
  ShiftedClock clock(k_start);
  const TimeMs first = clock.now();
  CHECK(first >= k_start);
  CHECK(first < k_start + 60 * k_second_ms);
  CHECK(clock.now() >= first);
  CHECK(clock.steady_ms() <= system_clock().steady_ms());
}

}  // namespace flead
