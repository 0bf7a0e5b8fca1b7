#include "serve/server.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/jobs/worker.h"
#include "core/tenants/tenant.h"
#include "serve/api/events.h"
#include "serve/http/front.h"
#include "serve/http/streams.h"
#include "serve/pages/site.h"
#include "serve/routes.h"
#include "serve/stop_signals.h"

namespace flead::serve {
namespace {

// The hook refers to what serve() owns, so it goes before that does. No thread commits by then.
class CommitHook {
 public:
  CommitHook(store::Store& store, std::function<void()> hook) : store_(store) {
    store_.on_commit = std::move(hook);
  }
  ~CommitHook() { store_.on_commit = nullptr; }
  CommitHook(const CommitHook&) = delete;
  CommitHook& operator=(const CommitHook&) = delete;

 private:
  store::Store& store_;
};

// Every connection is a descriptor, and the usual soft limit of 1,024 is a quarter of what we
// promise. Returns how many of the `wanted` connections fit beside the store's and our own files.
std::size_t raise_descriptor_limit(std::size_t wanted) {
  constexpr rlim_t k_own = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = std::min<rlim_t>(wanted + k_own, limit.rlim_max);
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t room = limit.rlim_cur > 2 * k_own ? limit.rlim_cur - k_own : k_own;
  if (room < wanted) {
    log_warning("serve.few_descriptors", {{"connections", static_cast<std::int64_t>(room)}});
  }
  return std::min<std::size_t>(wanted, room);
}

// The settings http.*, which were checked when they were set; checked again, for a store may have
// been with a version of other limits.
class HttpSettings {
 public:
  HttpSettings(const App& app, store::Tx& tx) : app_(app), tx_(tx) {}

  template <class Number>
  Status count(std::string_view key, Number& number) const {
    FLEAD_TRY(const std::string text, checked(key));
    std::from_chars(text.data(), text.data() + text.size(), number);
    return {};
  }
  Status wait(std::string_view key, int& wait_ms) const {
    FLEAD_TRY(const std::string text, checked(key));
    wait_ms = static_cast<int>(parse_duration_ms(text).value_or(0));
    return {};
  }

 private:
  Result<std::string> checked(std::string_view key) const {
    FLEAD_TRY(std::string text, tenants::setting(app_, tx_, TenantId(), key));
    FLEAD_CHECK(tenants::check_setting(key, text));
    return text;
  }

  const App& app_;
  store::Tx& tx_;
};

Status read_limits(const HttpSettings& settings, http::FrontOptions& front,
                   http::StreamLimits& streams) {
  FLEAD_CHECK(settings.count("http.workers", front.workers));
  FLEAD_CHECK(settings.count("http.queue", front.queue_max));
  FLEAD_CHECK(settings.count("http.streams", streams.readers_max));
  http::ConnectionLimits& limits = front.limits;
  FLEAD_CHECK(settings.count("http.connections", limits.connections_max));
  FLEAD_CHECK(settings.count("http.connections_per_address", limits.per_address_max));
  FLEAD_CHECK(settings.wait("http.head_timeout", limits.head_timeout_ms));
  FLEAD_CHECK(settings.wait("http.body_timeout", limits.body_timeout_ms));
  FLEAD_CHECK(settings.wait("http.idle_timeout", limits.idle_timeout_ms));
  return settings.wait("http.write_timeout", limits.write_timeout_ms);
}

Result<http::FrontOptions> front_options(App& app, const ServerOptions& options,
                                         http::StreamLimits& streams) {
  http::FrontOptions front;
  FLEAD_TRY(front.listen, http::parse_listen_address(options.listen));
  FLEAD_TRY(front.trusted, http::parse_cidrs(app.config.trust_proxy));
  FLEAD_CHECK(app.store.read(
      [&](store::Tx& tx) { return read_limits(HttpSettings(app, tx), front, streams); }));
  if (options.workers > 0) front.workers = options.workers;
  front.limits.connections_max = raise_descriptor_limit(front.limits.connections_max);
  return front;
}

// Each request is taken apart by one thread and freed by others. By its defaults the allocator
// gives the freed end of each heap back to the kernel, and asks for it again with the next request.
void keep_freed_memory() {
  constexpr int k_arenas = 4;
  constexpr int k_kept_bytes = 4 * 1024 * 1024;
  static_cast<void>(mallopt(M_ARENA_MAX, k_arenas));
  static_cast<void>(mallopt(M_TRIM_THRESHOLD, k_kept_bytes));
}

// Nothing of ours is left to finish, or it was given up: a handler that hangs must not hold the
// process beyond its promise, and the store survives this as it survives a power cut.
[[noreturn]] void leave_at_once() {
  log_warning("serve.stopped", {{"finished", false}});
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace

Status serve(App& app, const ServerOptions& options) {
  keep_freed_memory();
  http::StreamLimits stream_limits;
  FLEAD_TRY(http::FrontOptions settings, front_options(app, options, stream_limits));
  StopSignals signals;
  http::Metrics metrics;
  http::Streams streams(app.world, metrics, stream_limits, api::look_for_events(app));
  settings.streams = &streams;
  std::unique_ptr<jobs::Worker> worker;
  api::Runtime runtime;
  runtime.metrics = &metrics;
  runtime.streams_full = [&streams] { return streams.full(); };
  if (options.with_jobs) {
    worker = std::make_unique<jobs::Worker>(app, job_table(), k_job_threads);
    runtime.worker_look_ms = [&worker] { return worker->last_look_ms(); };
  }
  http::Router router(app, routes(runtime), &metrics);
  router.set_error_page(pages::problem_page);
  http::Front front(app.world, router, metrics, settings);
  FLEAD_CHECK(front.listen());
  if (settings.listen.port == 0 && app.config.base_url == "http://" + options.listen) {
    app.config.base_url = "http://" + front.address();
  }

  const CommitHook hook(app.store, [&] {
    metrics.store_commits.fetch_add(1, std::memory_order_relaxed);
    if (worker) worker->notify();
    streams.notify();
    if (options.committed) options.committed();
  });
  FLEAD_CHECK(app.store.start_upkeep());
  if (worker) {
    FLEAD_CHECK(ensure_periodic_jobs(app));
    FLEAD_CHECK(worker->start());
  }
  FLEAD_CHECK(front.start());
  log_info("serve.started", {{"address", front.address()}});
  if (options.ready) options.ready(front.address());

  const int signal_number = signals.take();
  log_info("serve.stopping", {{"signal", signal_number}});
  const std::int64_t until = app.world.clock.steady_ms() + k_stop_timeout_ms;
  const bool front_ended = front.stop(k_stop_timeout_ms);
  const std::int64_t left = std::max<std::int64_t>(0, until - app.world.clock.steady_ms());
  const bool worker_ended = !worker || worker->stop(left);
  if (!front_ended || !worker_ended) leave_at_once();
  log_info("serve.stopped", {{"finished", true}});
  return {};
}

}  // namespace flead::serve
