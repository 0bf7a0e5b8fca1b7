#include "serve/http/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace flead::http {

std::string_view refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::bad_request:
      return "bad_request";
    case Refusal::length_required:
      return "length_required";
    case Refusal::body_too_large:
      return "body_too_large";
    case Refusal::target_too_long:
      return "target_too_long";
    case Refusal::unsupported_body:
      return "unsupported_body";
    case Refusal::head_too_large:
      return "head_too_large";
    case Refusal::version_unsupported:
      return "version_unsupported";
    case Refusal::timed_out:
      return "timed_out";
    case Refusal::connections_full:
      return "connections_full";
    case Refusal::address_full:
      return "address_full";
    case Refusal::queue_full:
      return "queue_full";
    case Refusal::streams_full:
      return "streams_full";
    case Refusal::waited_too_long:
      return "waited_too_long";
    case Refusal::rate_address:
      return "rate_address";
    case Refusal::rate_key:
      return "rate_key";
  }
  return "unknown";
}

void append_sample(std::string& out, std::string_view name, std::string_view labels,
                   std::int64_t value) {
  if (labels.empty()) {
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
  } else {
    fmt::format_to(std::back_inserter(out), "{}{{{}}} {}\n", name, labels, value);
  }
}

void append_family(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void Metrics::name_routes(std::vector<std::pair<std::string, std::string>> method_and_pattern) {
  routes_.clear();
  for (auto& [method, pattern] : method_and_pattern) {
    auto counters = std::make_unique<RouteCounters>();
    counters->method = std::move(method);
    counters->pattern = std::move(pattern);
    routes_.push_back(std::move(counters));
  }
}

void Metrics::count_request(std::size_t route, int status, std::int64_t duration_ms) {
  RouteCounters& counters = route < routes_.size() ? *routes_[route] : unmatched_;
  const auto known = std::lower_bound(k_statuses.begin(), k_statuses.end(), status);
  const bool other = known == k_statuses.end() || *known != status;
  const auto slot =
      other ? k_statuses.size() : static_cast<std::size_t>(known - k_statuses.begin());
  add(counters.by_status[slot]);
  const auto bucket = std::lower_bound(k_bounds_ms.begin(), k_bounds_ms.end(), duration_ms);
  add(durations_[static_cast<std::size_t>(bucket - k_bounds_ms.begin())]);
  add(duration_sum_ms_, duration_ms);
}

std::string Metrics::text() const {
  std::string out;
  append_family(out, "flead_requests_total", "counter", "Requests answered, by route and status.");
  const auto write_route = [&](const RouteCounters& counters) {
    for (std::size_t i = 0; i < counters.by_status.size(); ++i) {
      const auto count = counters.by_status[i].load(std::memory_order_relaxed);
      if (count == 0) continue;
      const std::string status =
          i < k_statuses.size() ? std::to_string(k_statuses[i]) : std::string("other");
      append_sample(out, "flead_requests_total",
                    fmt::format(R"(method="{}",route="{}",status="{}")", counters.method,
                                counters.pattern, status),
                    count);
    }
  };
  for (const auto& counters : routes_) write_route(*counters);
  write_route(unmatched_);

  append_family(out, "flead_request_duration_seconds", "histogram",
                "Time from a whole request to its reply.");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < durations_.size(); ++i) {
    total += durations_[i].load(std::memory_order_relaxed);
    const std::string bound =
        i < k_bounds_ms.size() ? fmt::format("{:g}", k_bounds_ms[i] / 1000.0) : "+Inf";
    append_sample(out, "flead_request_duration_seconds_bucket", fmt::format(R"(le="{}")", bound),
                  total);
  }
  fmt::format_to(std::back_inserter(out), "flead_request_duration_seconds_sum {:.3f}\n",
                 static_cast<double>(duration_sum_ms_.load(std::memory_order_relaxed)) / 1000.0);
  append_sample(out, "flead_request_duration_seconds_count", {}, total);

  append_family(out, "flead_refusals_total", "counter",
                "Requests and connections refused before any handler, by reason.");
  for (std::size_t i = 0; i < refusals_.size(); ++i) {
    append_sample(out, "flead_refusals_total",
                  fmt::format(R"(reason="{}")", refusal_name(static_cast<Refusal>(i))),
                  refusals_[i].load(std::memory_order_relaxed));
  }
  append_family(out, "flead_connections_accepted_total", "counter", "Connections accepted.");
  append_sample(out, "flead_connections_accepted_total", {}, connections_accepted.load());
  append_family(out, "flead_connections_open", "gauge", "Connections open now.");
  append_sample(out, "flead_connections_open", {}, connections_open.load());
  append_family(out, "flead_requests_running", "gauge", "Requests in a handler now.");
  append_sample(out, "flead_requests_running", {}, requests_running.load());
  append_family(out, "flead_streams_open", "gauge", "Readers of server-sent events now.");
  append_sample(out, "flead_streams_open", {}, streams_open.load());
  append_family(out, "flead_streams_too_slow_total", "counter",
                "Readers let go because they did not keep up.");
  append_sample(out, "flead_streams_too_slow_total", {}, streams_too_slow.load());
  append_family(out, "flead_stream_events_total", "counter", "Events handed to readers.");
  append_sample(out, "flead_stream_events_total", {}, stream_events.load());
  append_family(out, "flead_store_commits_total", "counter", "Commits of this process.");
  append_sample(out, "flead_store_commits_total", {}, store_commits.load());
  return out;
}

}  // namespace flead::http
