// Rates: "20/s" as a setting writes it, and the buckets that hold callers to one. Pure but for the
// memory of who came when; whoever asks brings the clock. Callers: the settings catalogue (the
// grammar) and serve/http (the buckets).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/limits.h"

namespace flead {

// `count` requests per `period_ms`, in a burst or spread out; off: no limit.
struct Rate {
  std::int64_t count = 0;
  std::int64_t period_ms = 0;
  bool off() const { return count == 0; }
};

// "20/s", "300/m", "1000/h", up to k_rate_count_max, or "off"; nothing for any other text.
std::optional<Rate> parse_rate(std::string_view text);

// A token bucket per key, kept as the one moment at which the bucket would be full again. Bounded:
// when `keys_max` are known, those that have been quiet long enough to be full are forgotten, which
// changes nothing for them; should all be busy, newcomers pass uncounted, because a stranger's
// flood must not shut the door on a first visitor. Safe from many threads.
class RateLimiter {
 public:
  explicit RateLimiter(std::size_t keys_max = k_rate_keys_max) : keys_max_(keys_max) {}

  // Takes one token: 0, or the milliseconds until one is there (nothing is taken then). `now_ms` is
  // a steady clock's.
  std::int64_t take(std::string_view key, const Rate& rate, std::int64_t now_ms);
  std::size_t keys() const;

 private:
  void forget_quiet(std::int64_t now_us);

  const std::size_t keys_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> full_at_us_;  // guarded by mutex_
  std::int64_t swept_at_us_ = 0;                              // guarded by mutex_
};

}  // namespace flead
