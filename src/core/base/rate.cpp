#include "core/base/rate.h"

#include <algorithm>
#include <charconv>

namespace flead {

std::optional<Rate> parse_rate(std::string_view text) {
  if (text == "off") return Rate{};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Rate rate;
  const auto [end, code] = std::from_chars(text.data(), text.data() + slash, rate.count);
  if (code != std::errc() || end != text.data() + slash) return std::nullopt;
  if (rate.count < 1 || rate.count > k_rate_count_max) return std::nullopt;
  const std::string_view unit = text.substr(slash + 1);
  if (unit == "s") rate.period_ms = 1000;
  if (unit == "m") rate.period_ms = 60 * 1000;
  if (unit == "h") rate.period_ms = 3600 * 1000;
  if (rate.period_ms == 0) return std::nullopt;
  return rate;
}

std::int64_t RateLimiter::take(std::string_view key, const Rate& rate, std::int64_t now_ms) {
  if (rate.off()) return 0;
  const std::int64_t now = now_ms * 1000;
  const std::int64_t period = rate.period_ms * 1000;
  const std::int64_t token = period / rate.count;
  const std::lock_guard lock(mutex_);
  auto found = full_at_us_.find(std::string(key));
  if (found == full_at_us_.end()) {
    if (full_at_us_.size() >= keys_max_) forget_quiet(now);
    if (full_at_us_.size() >= keys_max_) return 0;
    found = full_at_us_.emplace(std::string(key), now).first;
  }
  // Each token taken moves the moment of fullness on; a period ahead means an empty bucket.
  const std::int64_t full_at = std::max(found->second, now) + token;
  const std::int64_t over = full_at - now - period;
  if (over > 0) return (over + 999) / 1000;
  found->second = full_at;
  return 0;
}

std::size_t RateLimiter::keys() const {
  const std::lock_guard lock(mutex_);
  return full_at_us_.size();
}

// At most once a second: under a flood of new keys each of them would walk the whole table.
void RateLimiter::forget_quiet(std::int64_t now_us) {
  if (swept_at_us_ != 0 && now_us - swept_at_us_ < 1'000'000) return;
  swept_at_us_ = now_us;
  std::erase_if(full_at_us_, [&](const auto& entry) { return entry.second <= now_us; });
}

}  // namespace flead
