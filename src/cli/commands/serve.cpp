// `flead serve`: HTTP and jobs until a signal. What it serves lives behind Ports.
#include <memory>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

struct ServeFlags {
  std::optional<std::string> listen;
  std::optional<std::string> trust_proxy;
  std::vector<std::string> set;
  std::int64_t workers = 0;
  bool no_jobs = false;
  std::string assets;
};

// KEY=VALUE of the settings catalogue, each checked as `config set` would.
Status read_overrides(const std::vector<std::string>& pairs, Config& config) {
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return usage_error("bad_setting", "--set takes KEY=VALUE",
                         "flead config list shows the keys.");
    }
    const std::string key = pair.substr(0, equals);
    const std::string value = pair.substr(equals + 1);
    FLEAD_CHECK(tenants::check_setting(key, value));
    config.set[key] = std::string(trim(value));
  }
  return {};
}

Status serve(Context& context, const ServeFlags& flags) {
  if (flags.workers < 0 || flags.workers > k_request_threads_max) {
    return usage_error("bad_number", fmt::format("--workers is 0 to {}", k_request_threads_max));
  }
  if (flags.listen) context.globals.listen = flags.listen;
  if (flags.trust_proxy) context.globals.trust_proxy = flags.trust_proxy;
  FLEAD_CHECK(context.start_log(LogLevel::info));
  FLEAD_TRY(App * app, context.app());
  FLEAD_CHECK(read_overrides(flags.set, app->config));
  app->config.assets_dir = flags.assets;
  if (!context.ports().serve) return internal_error("this program has no server");

  ServeOptions options;
  options.listen = app->config.listen;
  options.workers = flags.workers;
  options.no_jobs = flags.no_jobs;
  options.ready = [&context](const std::string& address) {
    context.say(fmt::format("Serving on http://{} (Ctrl-C stops)", address));
  };
  return context.ports().serve(*app, options);
}

}  // namespace

void add_serve_command(Command& root) {
  auto flags = std::make_shared<ServeFlags>();
  root.sub("serve")
      .group(Group::jobs)
      .summary("Serve the API, the widget and the pages, and run the jobs")
      .description(
          "Answers HTTP and works through the queue until SIGINT or SIGTERM; then it finishes what "
          "it holds, within 10 seconds, and exits 0. A second signal stops it at once. It speaks "
          "plain HTTP: put nginx or Caddy in front for TLS, and name that proxy with "
          "--trust-proxy, so that visitors' addresses count and not the proxy's.")
      .example("flead serve", "on 127.0.0.1:8080")
      .example("flead serve --base-url https://leads.example.org --trust-proxy 127.0.0.1",
               "behind a proxy on the same machine")
      .example("flead serve --set http.connections=20000 --set http.idle_timeout=5s",
               "for more visitors at once; flead help config tells of these")
      .option("--listen HOST:PORT", flags->listen,
              "Where to listen; default $FLEAD_LISTEN or 127.0.0.1:8080; port 0 takes a free one")
      .option("--trust-proxy CIDR", flags->trust_proxy,
              "Proxies whose X-Forwarded-For counts, joined by commas; default $FLEAD_TRUST_PROXY")
      .option("--set KEY=VALUE", flags->set, "A setting for this process, before the store's")
      .option("--workers N", flags->workers,
              "Threads that answer requests; default the setting http.workers (16)")
      .env("FLEAD_WORKERS")
      .option("--no-jobs", flags->no_jobs, "Leave the queue to flead work")
      .option("--assets DIR", flags->assets,
              "Read scripts and styles from this folder, for whoever edits them")
      .env("FLEAD_ASSETS")
      .no_dry_run("answers visitors and sends messages")
      .run([flags](Context& context) { return serve(context, *flags); });
}

}  // namespace flead::cli
