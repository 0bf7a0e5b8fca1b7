#include "core/base/world.h"

#include <pthread.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <ctime>

#include "core/base/assert.h"

namespace flead {
namespace {

std::int64_t read_clock_ms(clockid_t clock) {
  timespec time{};
  FLEAD_ASSERT(clock_gettime(clock, &time) == 0);
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1000000;
}

class SystemClock final : public Clock {
 public:
  TimeMs now() override { return read_clock_ms(CLOCK_REALTIME); }
  std::int64_t steady_ms() override { return read_clock_ms(CLOCK_MONOTONIC); }
};

// Raised in the child of a fork, which must not draw from what its parent had in stock.
std::atomic<unsigned> forks{0};

// A page of the kernel's randomness at a time: an id takes 16 bytes, and a system call for each
// costs more than the id. What was given out is wiped: nobody sees it again.
class RandomStock {
 public:
  RandomStock() {
    static const int k_watched = pthread_atfork(nullptr, nullptr, [] { ++forks; });
    FLEAD_ASSERT(k_watched == 0);
  }

  void fill(std::span<unsigned char> bytes) {
    if (bytes.size() > bytes_.size()) {
      randombytes_buf(bytes.data(), bytes.size());
      return;
    }
    if (bytes_.size() - used_ < bytes.size() || forks_ != forks.load(std::memory_order_relaxed)) {
      forks_ = forks.load(std::memory_order_relaxed);
      randombytes_buf(bytes_.data(), bytes_.size());
      used_ = 0;
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), bytes.size(), bytes.begin());
    sodium_memzero(bytes_.data() + used_, bytes.size());
    used_ += bytes.size();
  }

 private:
  std::array<unsigned char, 1024> bytes_{};
  std::size_t used_ = 1024;
  unsigned forks_ = 0;
};

class SystemRandom final : public Random {
 public:
  SystemRandom() { FLEAD_ASSERT(sodium_init() >= 0); }
  void fill(std::span<unsigned char> bytes) override {
    thread_local RandomStock stock;
    stock.fill(bytes);
  }
};

}  // namespace

std::uint64_t Random::next_u64() {
  unsigned char bytes[8] = {};
  fill(bytes);
  std::uint64_t value = 0;
  for (const unsigned char byte : bytes) value = value << 8 | byte;
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  FLEAD_ASSERT(bound >= 1);
  // The last, incomplete run of `bound` numbers is thrown away: it would favour the small ones.
  const std::uint64_t unfair = (0 - bound) % bound;
  std::uint64_t value = next_u64();
  while (value < unfair) value = next_u64();
  return value % bound;
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

ShiftedClock::ShiftedClock(TimeMs start) : shift_ms_(start - system_clock().now()) {}

TimeMs ShiftedClock::now() {
  return system_clock().now() + shift_ms_;
}

std::int64_t ShiftedClock::steady_ms() {
  return system_clock().steady_ms();
}

}  // namespace flead
