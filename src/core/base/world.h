// World: the clock and the randomness of a run. Nothing else in the project reads a clock or makes
// a random byte, so ids, jitter, tokens and times repeat under a seed. An operation receives
// World&; it never keeps one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/time.h"

namespace flead {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs now() = 0;                // UTC, milliseconds since 1970
  virtual std::int64_t steady_ms() = 0;    // never steps back; for durations and deadlines
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> bytes) = 0;
  std::uint64_t next_u64();
  // Uniform in [0, bound). `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);
};

struct World {
  Clock& clock;
  Random& random;
};

// The real ones: the system clocks and the kernel's randomness. Safe from many threads.
Clock& system_clock();
Random& system_random();

// A wall clock that starts at `start` and runs from there: for stores made with `init --test`
// (FLEAD_NOW, --now). The steady clock stays real.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(TimeMs start);
  TimeMs now() override;
  std::int64_t steady_ms() override;

 private:
  TimeMs shift_ms_;
};

}  // namespace flead
