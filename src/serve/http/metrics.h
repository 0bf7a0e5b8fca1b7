// Counters of this process, written as Prometheus text (exposition format 0.0.4). One object per
// server; counting is a relaxed add, no lock and no lookup by label. Callers: router, front,
// server. Never holds a path, an address or anything else of a person.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flead::http {

// Why the front or the router turned a request away before any handler saw it.
enum class Refusal {
  bad_request,          // 400: request line, header grammar, lengths that contradict
  length_required,      // 411: Transfer-Encoding
  body_too_large,       // 413
  target_too_long,      // 414
  unsupported_body,     // 415: Content-Encoding, multipart
  head_too_large,       // 431: bytes or number of headers
  version_unsupported,  // 505
  timed_out,            // 408
  connections_full,     // 503: all of ours
  address_full,         // 503: this address's share
  queue_full,           // 503
  streams_full,         // 503
  waited_too_long,      // 503: for a worker
  rate_address,         // 429: this address asks too often
  rate_key,             // 429: these credentials do
};
inline constexpr std::size_t k_refusal_kinds = 15;
std::string_view refusal_name(Refusal refusal);

class Metrics {
 public:
  // `routes`: "METHOD pattern", in the order of the route table. Called once, before counting.
  void name_routes(std::vector<std::pair<std::string, std::string>> method_and_pattern);

  static constexpr std::size_t k_no_route = static_cast<std::size_t>(-1);
  void count_request(std::size_t route, int status, std::int64_t duration_ms);
  void count_refusal(Refusal refusal) { add(refusals_[static_cast<std::size_t>(refusal)]); }

  std::atomic<std::int64_t> connections_accepted{0};
  std::atomic<std::int64_t> connections_open{0};
  std::atomic<std::int64_t> requests_running{0};
  std::atomic<std::int64_t> store_commits{0};
  std::atomic<std::int64_t> streams_open{0};
  std::atomic<std::int64_t> streams_too_slow{0};  // readers let go because they did not keep up
  std::atomic<std::int64_t> stream_events{0};     // handed to readers, each counted

  std::int64_t refused(Refusal refusal) const {
    return refusals_[static_cast<std::size_t>(refusal)].load(std::memory_order_relaxed);
  }
  // Everything above as text; lines that other areas add (jobs) are appended by the caller.
  std::string text() const;

 private:
  using Counter = std::atomic<std::int64_t>;
  static void add(Counter& counter, std::int64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
  }

  // Statuses that have a counter of their own; any other counts under the last, "other".
  static constexpr std::array<int, 26> k_statuses = {200, 201, 202, 204, 302, 303, 304, 307, 308,
                                                     400, 401, 403, 404, 405, 406, 409, 410, 412,
                                                     413, 415, 422, 429, 500, 501, 502, 503};
  // Upper bounds in milliseconds; one more bucket holds the rest.
  static constexpr std::array<int, 11> k_bounds_ms = {1,   2,   5,   10,   25,  50,
                                                      100, 250, 500, 1000, 5000};
  struct RouteCounters {
    std::string method;
    std::string pattern;
    std::array<Counter, k_statuses.size() + 1> by_status{};
  };

  std::vector<std::unique_ptr<RouteCounters>> routes_;
  RouteCounters unmatched_{"", "(none)", {}};
  std::array<Counter, k_bounds_ms.size() + 1> durations_{};
  Counter duration_sum_ms_{0};
  std::array<Counter, k_refusal_kinds> refusals_{};
};

// One sample line; `labels` is already in the form `a="b",c="d"`, its values without quotes or
// backslashes.
void append_sample(std::string& out, std::string_view name, std::string_view labels,
                   std::int64_t value);
void append_family(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help);

}  // namespace flead::http
