#include "serve/api/operations.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/limits.h"
#include "core/channels/channel.h"
#include "core/jobs/jobs.h"
#include "core/store/probe_store.h"
#include "serve/http/address.h"

namespace flead::api {
namespace {

using http::Reply;
using http::Request;

// The machine itself, or somebody with a token. A request that came through a proxy on this machine
// has loopback as its peer, but also the header that says so.
bool is_insider(const Request& request) {
  if (request.caller.kind == http::Caller::Kind::token) return true;
  return http::is_loopback(request.ip) && request.header("x-forwarded-for").empty() &&
         request.header("forwarded").empty();
}

Reply get_health(App&, const Request&) {
  return http::json_reply(200, Json::object({{"status", "ok"}}))
      .header("cache-control", "no-store");
}

// A commit is a flush of the disk, and anybody may ask: one answer serves everybody for a while.
class WriteProbe {
 public:
  Status ask(App& app) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = app.world.clock.steady_ms();
    if (!asked_ms_ || now - *asked_ms_ >= k_probe_keep_ms) {
      last_ = store::probe_write(app.world, app.store);
      asked_ms_ = now;
    }
    return last_;
  }

 private:
  std::mutex mutex_;
  std::optional<std::int64_t> asked_ms_;
  Status last_;
};

Json describe_paused(const std::vector<channels::Channel>& paused) {
  Json list = Json::array();
  for (const channels::Channel& channel : paused) {
    list.push(Json::object({{"id", channel.id.text()},
                            {"kind", channel.kind},
                            {"name", channel.name},
                            {"reason", channel.status_reason}}));
  }
  return list;
}

// How long ago a worker looked at the queue: ours, or with `serve --no-jobs` that of `flead work`,
// which leaves a mark. Nothing when none ever did.
Result<std::optional<std::int64_t>> worker_ago_ms(App& app, const Runtime& runtime) {
  if (runtime.worker_look_ms) {
    return std::optional(app.world.clock.steady_ms() - runtime.worker_look_ms());
  }
  FLEAD_TRY(const auto mark, store::last_mark(app.store, store::k_worker_mark));
  if (!mark) return std::optional<std::int64_t>();
  return std::optional(app.world.clock.now() - *mark);
}

Reply get_ready(App& app, const Request& request, WriteProbe& probe, const Runtime& runtime) {
  std::string why;
  const Status write = probe.ask(app);
  if (!write) why = fmt::format("The store takes no write: {}.", write.error().code);
  const auto ago_ms = worker_ago_ms(app, runtime);
  if (!ago_ms) return http::failure(ago_ms.error());
  if (!*ago_ms || **ago_ms > k_worker_look_max_ms) {
    why += why.empty() ? "" : " ";
    why += !*ago_ms ? std::string("No worker has looked at the queue yet.")
                    : fmt::format("The worker last looked at the queue {} s ago.", **ago_ms / 1000);
  }
  const std::string worker = runtime.worker_look_ms ? "ok" : "elsewhere";
  if (!why.empty()) return http::problem(503, "not_ready", why);

  Json body = Json::object({{"status", "ready"}, {"store", "ok"}, {"worker", worker}});
  const auto paused =
      app.store.read([](store::Tx& tx) { return channels::list_paused(tx, k_page_default); });
  if (!paused) return http::failure(paused.error());
  body.set("channels_paused", static_cast<std::int64_t>(paused->size()));
  if (is_insider(request)) body.set("paused", describe_paused(*paused));
  return http::json_reply(200, body).header("cache-control", "no-store");
}

Reply get_metrics(App& app, const Request& request, const Runtime& runtime) {
  if (!is_insider(request)) {
    return http::failure(
        unauthorized("unauthorized", "Metrics take a token (sk_…), or a caller on this machine."));
  }
  std::string text = runtime.metrics != nullptr ? runtime.metrics->text() : std::string();
  const auto counts = app.store.read([](store::Tx& tx) { return jobs::counts(tx); });
  if (!counts) return http::failure(counts.error());
  http::append_family(text, "flead_jobs", "gauge", "Jobs by kind and state, done ones left out.");
  for (const jobs::Count& count : *counts) {
    http::append_sample(text, "flead_jobs",
                        fmt::format(R"(kind="{}",state="{}")", count.kind, count.state),
                        count.jobs);
  }
  Reply reply;
  reply.body = std::move(text);
  reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
  reply.header("cache-control", "no-store");
  return reply;
}

// Nothing here is for search engines; pages that are say so themselves.
Reply get_robots(App&, const Request&) {
  return http::text_reply(200, "User-agent: *\nDisallow: /api/\nDisallow: /my/\nDisallow: /demo/\n")
      .header("cache-control", "max-age=86400");
}

}  // namespace

void add_operation_routes(std::vector<http::Route>& routes, const Runtime& runtime) {
  routes.push_back({.method = "GET",
                    .pattern = "/healthz",
                    .handler = get_health,
                    .operation = "getHealth",
                    .summary = "200 while the process answers",
                    .response_schema = "Health",
                    .immediate = true,
                    .counted = false});
  const auto probe = std::make_shared<WriteProbe>();
  routes.push_back({.method = "GET",
                    .pattern = "/readyz",
                    .handler =
                        [probe, runtime](App& app, const Request& request) {
                          return get_ready(app, request, *probe, runtime);
                        },
                    .operation = "getReadiness",
                    .summary = "200 when the store takes a write and the worker is at work",
                    .response_schema = "Readiness",
                    .counted = false});
  routes.push_back(
      {.method = "GET",
       .pattern = "/metrics",
       .handler = [runtime](App& app,
                            const Request& request) { return get_metrics(app, request, runtime); },
       .operation = "getMetrics",
       .summary = "Counters as Prometheus text, from this machine or with a token",
       .counted = false,
       .response_type = "text/plain",
       .refusals = {401}});
  routes.push_back({.method = "GET",
                    .pattern = "/robots.txt",
                    .handler = get_robots,
                    .operation = "getRobots",
                    .summary = "What search engines should leave alone",
                    .response_type = "text/plain"});
}

}  // namespace flead::api
