// The route table as a tree of path segments, and the order in which a request is judged: path,
// method, size, caller, origin, type, handler.
#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/assert.h"
#include "core/base/id.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "serve/http/address.h"
#include "serve/http/auth.h"
#include "serve/http/cors.h"
#include "serve/http/http.h"
#include "serve/http/metrics.h"
#include "serve/http/problem.h"

namespace flead::http {
namespace {

using Segments = std::vector<std::string_view>;

// "/api/v1/leads" is {"api","v1","leads"}; "/" is {""}. The path starts with a slash.
Segments path_segments(std::string_view path) {
  Segments segments;
  path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool method_has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

struct Router::Node {
  std::map<std::string_view, std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> any;        // a {name} part
  std::vector<std::size_t> routes;  // indexes into routes_; at most one per method
};

struct Router::Match {
  const Route* route = nullptr;
  std::size_t index = Metrics::k_no_route;
  bool path_known = false;
  bool cors = false;    // any method of this path may be called by other origins
  std::string methods;  // what Allow says: "GET, HEAD, OPTIONS"
  std::vector<std::pair<std::string, std::string>> params;
};

Router::Router(App& app, std::vector<Route> routes, Metrics* metrics)
    : app_(app),
      routes_(std::move(routes)),
      metrics_(metrics),
      callers_(std::make_unique<Callers>(app)),
      root_(std::make_unique<Node>()) {
  std::vector<std::pair<std::string, std::string>> names;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    FLEAD_ASSERT(route.pattern.starts_with('/'));
    Node* node = root_.get();
    for (const std::string_view segment : path_segments(route.pattern)) {
      auto& next = is_name(segment) ? node->any : node->literals[segment];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
    for (const std::size_t other : node->routes) {
      FLEAD_ASSERT(routes_[other].method != route.method);
    }
    node->routes.push_back(i);
    names.emplace_back(route.method, route.pattern);
  }
  if (metrics_ != nullptr) metrics_->name_routes(std::move(names));
}

Router::~Router() = default;

// Literal parts win over {name} parts; the tree is as deep as the longest pattern, so the search
// is short whatever the path.
Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  const Segments segments = path_segments(path);
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  bool get = false;
  const auto visit = [&](const auto& self, const Node& node, std::size_t depth) -> bool {
    if (depth < segments.size()) {
      const auto literal = node.literals.find(segments[depth]);
      if (literal != node.literals.end() && self(self, *literal->second, depth + 1)) return true;
      return node.any && !segments[depth].empty() && self(self, *node.any, depth + 1);
    }
    for (const std::size_t index : node.routes) {
      const Route& route = routes_[index];
      match.path_known = true;
      match.cors = match.cors || route.cors;
      if (match.methods.find(route.method) == std::string::npos) {
        match.methods.append(route.method).append(", ");
      }
      get = get || route.method == "GET";
      if (route.method == wanted) {
        match.route = &route;
        match.index = index;
      }
    }
    return match.route != nullptr;
  };
  visit(visit, *root_, 0);
  if (get) match.methods.append("HEAD, ");
  match.methods.append("OPTIONS");
  if (match.route != nullptr) {
    const Segments names = path_segments(match.route->pattern);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!is_name(names[i])) continue;
      match.params.emplace_back(names[i].substr(1, names[i].size() - 2), segments[i]);
    }
  }
  return match;
}

std::size_t Router::body_bytes_max(std::string_view method, std::string_view path) const {
  const Match match = find(method, path);
  // Without a route the body is read all the same: whoever sent it learns 404 or 405 and not that
  // it was too large.
  return match.route == nullptr ? k_stray_body_bytes_max : match.route->body_bytes_max;
}

bool Router::immediate(std::string_view method, std::string_view path) const {
  const Match match = find(method, path);
  return match.route != nullptr && match.route->immediate;
}

// A request from its beginning to its reply.
struct Router::Running {
  Request request;
  Match match;
  std::int64_t started_ms = 0;  // steady
};

// The same for every request: its id, counters, log line, and the end of all exceptions.
std::shared_ptr<Router::Running> Router::begin(Request request) const {
  auto running = std::make_shared<Running>();
  running->started_ms = app_.world.clock.steady_ms();
  running->request = std::move(request);
  if (running->request.request_id.empty()) running->request.request_id = make_id(app_.world, "req");
  if (metrics_ != nullptr) metrics_->requests_running.fetch_add(1, std::memory_order_relaxed);
  running->match = find(running->request.method, running->request.path);
  return running;
}

template <class Answer>
Reply Router::attempt(const Running& running, Answer answer) const {
  const LogRequestScope scope(running.request.request_id);
  try {
    return answer();
  } catch (const std::exception& caught) {
    log_error("http.exception", {{"what", std::string_view(caught.what())}});
  } catch (...) {
    log_error("http.exception", {{"what", "not a std::exception"}});
  }
  return failure(internal_error("Something went wrong on our side."));
}

Reply Router::end(const Running& running, Reply reply) const {
  const Request& request = running.request;
  const Match& match = running.match;
  const LogRequestScope scope(request.request_id);
  finish(reply, request, match);
  const std::int64_t duration_ms = app_.world.clock.steady_ms() - running.started_ms;
  if (metrics_ != nullptr) {
    metrics_->requests_running.fetch_sub(1, std::memory_order_relaxed);
    metrics_->count_request(match.index, reply.status, duration_ms);
  }
  // The pattern, not the path: paths carry keys and personal links.
  log_info("http.request", {{"method", request.method},
                            {"route", match.route ? match.route->pattern : "(none)"},
                            {"status", reply.status},
                            {"ms", duration_ms}});
  return reply;
}

Reply Router::handle(Request request) const {
  const auto running = begin(std::move(request));
  Reply reply = attempt(*running, [&] {
    Reply made = answer(running->request, running->match);
    if (made.deferred == nullptr) return made;
    return made.deferred->answer(app_.store.run_write(made.deferred->write));
  });
  return end(*running, std::move(reply));
}

bool Router::handle(Request request, Later later) const {
  const auto running = begin(std::move(request));
  Reply reply = attempt(*running, [&] { return answer(running->request, running->match); });
  if (reply.deferred == nullptr) {
    later.done(end(*running, std::move(reply)));
    return true;
  }
  const auto deferred = std::move(reply.deferred);
  const auto write = [this, running, deferred](store::Tx& tx) -> Status {
    // Behind a writer that held the store for long: whoever sent this has gone or will try again.
    if (app_.world.clock.steady_ms() - running->started_ms > k_request_wait_ms) {
      return store_error("store_busy", "The store was busy for too long.");
    }
    return deferred->write(tx);
  };
  app_.store.write_later(write, [this, running, deferred, later](const Status& outcome) {
    later.resume([this, running, deferred, later, outcome] {
      Reply made = attempt(*running, [&] { return deferred->answer(outcome); });
      later.done(end(*running, std::move(made)));
    });
  });
  return false;
}

Reply Router::refuse(Request request, Reply refusal) const {
  return end(*begin(std::move(request)), std::move(refusal));
}

Reply Router::answer(Request& request, const Match& match) const {
  if (!valid_utf8(request.path) || has_control_characters(request.path)) {
    return problem(400, "bad_path", "The path is not valid UTF-8 text.");
  }
  for (const auto& [name, value] : request.query) {
    if (!valid_utf8(name) || !valid_utf8(value) || value.find('\0') != std::string::npos) {
      return problem(400, "bad_query", "The query is not valid UTF-8 text.");
    }
  }
  if (!match.path_known) return problem(404, "not_found", "Nothing is here.");
  if (request.method == "OPTIONS" && match.route == nullptr) {
    const bool asked = !request.header("origin").empty() &&
                       !request.header("access-control-request-method").empty();
    Reply reply;
    reply.status = 204;
    if (asked && match.cors) reply = preflight(request, match.methods);
    return reply.header("allow", match.methods);
  }
  if (match.route == nullptr) {
    return problem(405, "method_not_allowed", "This address does not take that method.")
        .header("allow", match.methods);
  }
  request.params = match.params;
  return dispatch(request, *match.route);
}

// The answer to a caller who asks too often. Bad credentials count under the address like none.
std::optional<Reply> Router::over_rate(const Request& request) const {
  const Caller& caller = request.caller;
  Callers::Settings settings = caller.settings;
  if (settings == nullptr) {
    auto own = callers_->own_settings();
    if (!own) return failure(own.error());
    settings = std::move(*own);
  }
  const auto rate = [&](std::string_view key) {
    return parse_rate((*settings)[key]).value_or(Rate{});
  };
  const std::string tenant = caller.tenant ? caller.tenant->id.text() : std::string();
  const std::int64_t now = app_.world.clock.steady_ms();
  Refusal reason = Refusal::rate_address;
  std::int64_t wait_ms =
      rates_.take("a " + tenant + ' ' + address_share(request.ip), rate("rate.address"), now);
  if (wait_ms == 0 && caller.kind != Caller::Kind::nobody) {
    reason = Refusal::rate_key;
    wait_ms = rates_.take("k " + tenant + ' ' + caller.actor, rate("rate.key"), now);
  }
  if (wait_ms == 0) return std::nullopt;
  if (metrics_ != nullptr) metrics_->count_refusal(reason);
  Reply refusal = problem(429, "rate_limited",
                          reason == Refusal::rate_key ? "Too many requests with this key."
                                                      : "Too many requests from this address.");
  return refusal.header("retry-after", std::to_string((wait_ms + 999) / 1000));
}

// A token learns nothing of what is another tenant's, not even that its role would be too low.
Reply Router::deny(const Request& request, const Route& route, const Error& refusal) const {
  if (!route.owns || request.caller.kind != Caller::Kind::token) return failure(refusal);
  const Status owned = route.owns(app_, request);
  return failure(owned ? refusal : owned.error());
}

Reply Router::dispatch(Request& request, const Route& route) const {
  if (request.body.size() > route.body_bytes_max) {
    return problem(413, "body_too_large", "The body is larger than this address takes.");
  }
  if (route.immediate) return route.handler(app_, request);
  auto caller = callers_->identify(request);
  if (caller) request.caller = std::move(*caller);
  if (route.counted) {
    if (auto refusal = over_rate(request)) return std::move(*refusal);
  }
  // An open route asks nobody who they are, so bad credentials do no harm there.
  if (!caller && route.access != Access::open) return failure(caller.error());
  if (const Status allowed = check_access(request.caller, route.access); !allowed) {
    return deny(request, route, allowed.error());
  }
  if (route.cors && request.caller.tenant) {
    const Status known = check_origin(app_, request);
    if (!known) return failure(known.error());
  }
  if (method_has_body(route.method)) {
    const std::string type = request.content_type();
    const bool bare = type.empty() && request.body.empty();
    const auto& types = route.body_types;
    if (!bare && !types.empty() && std::find(types.begin(), types.end(), type) == types.end()) {
      return problem(415, "unsupported_media_type", "This address does not take that Content-Type.")
          .header("accept", types.front());
    }
  }
  return route.handler(app_, request);
}

// A page is a courtesy: when making it fails, the problem itself is the answer.
void Router::make_page(Reply& reply, const Request& request) const {
  const bool under_api = request.path.starts_with("/api/");
  const bool form_post = request.content_type() == "application/x-www-form-urlencoded";
  if (error_page_ == nullptr || (under_api && !form_post) || !prefers_html(request)) return;
  try {
    Reply page = error_page_(app_, request, reply);
    page.status = reply.status;
    for (const auto& [name, value] : reply.headers) {
      if (name != "content-type") page.header(name, value);
    }
    reply = std::move(page);
  } catch (...) {
    log_error("http.exception", {{"what", "the error page"}});
  }
}

void Router::finish(Reply& reply, const Request& request, const Match& match) const {
  if (is_problem(reply)) {
    add_request_id(reply, request.request_id);
    make_page(reply, request);
  }
  // Refusals too: a widget on another site can then tell its visitor what was wrong.
  if (match.cors && request.method != "OPTIONS") allow_origin(reply, request);
  reply.header("x-request-id", request.request_id);
}

}  // namespace flead::http
