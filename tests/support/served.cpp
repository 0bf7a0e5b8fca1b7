#include "support/served.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "core/base/blocking.h"
#include "support/catch.h"

namespace flead::test {

void Gate::pass() {
  const BlockingScope blocking;  // as a handler that waits for the store
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return open_; });
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::wait_for(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return waiting_ >= count; });
}

Served::Served(http::FrontOptions options) : front(app.world, router, metrics, std::move(options)) {
  REQUIRE(front.listen());
  REQUIRE(front.start());
}

Served::~Served() {
  gate.open();
  front.stop(5000);
}

Config Served::unlimited() {
  Config config;
  config.set["rate.address"] = "off";
  return config;
}

std::unique_ptr<store::Store> Served::open() {
  store::OpenOptions options;
  options.path = dir.path() + "/flead.db";
  options.create = true;
  auto opened = store::open_sqlite(options);
  REQUIRE(opened);
  return std::move(*opened);
}

std::vector<http::Route> Served::table() {
  std::vector<http::Route> routes;
  const auto add = [&](std::string_view method, std::string_view pattern, http::Handler handler) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .handler = std::move(handler),
                      .operation = "",
                      .summary = "x"});
  };
  const auto echo = [](App&, const http::Request& request) {
    return http::text_reply(200, request.body);
  };
  add("POST", "/json", echo);
  add("POST", "/echo", echo);
  routes.back().body_types = {};
  add("POST", "/kept", [](App&, const http::Request& request) {
    http::Reply reply;
    reply.deferred = std::make_shared<http::Deferred>(http::Deferred{
        [&request](store::Tx& tx) -> Status {
          FLEAD_CHECK(tx.exec("INSERT INTO probes (name, at_ms) VALUES ($1, 0)", request.body));
          return {};
        },
        [&request](const Status& outcome) {
          return outcome ? http::text_reply(201, request.body) : http::failure(outcome.error());
        }});
    return reply;
  });
  routes.back().body_types = {};
  add("GET", "/ping", [](App&, const http::Request&) { return http::text_reply(200, "pong"); });
  add("GET", "/headers", [](App&, const http::Request& request) {
    std::string text = request.ip + "\n";
    for (const auto& [name, value] : request.headers) text.append(name + "=" + value + "\n");
    return http::text_reply(200, text);
  });
  add("GET", "/query", [](App&, const http::Request& request) {
    std::string text;
    for (const auto& [name, value] : request.query) text.append(name + "=" + value + "\n");
    return http::text_reply(200, text);
  });
  add("GET", "/big", [this](App&, const http::Request&) {
    http::Reply reply = http::text_reply(200, "");
    reply.static_body = big;
    return reply;
  });
  add("GET", "/events", [](App&, const http::Request&) {
    http::Reply reply = http::text_reply(200, "");
    reply.subscription = {"topic", ""};
    return reply.header("content-type", "text/event-stream");
  });
  add("GET", "/slow", [this](App&, const http::Request&) {
    gate.pass();
    return http::text_reply(200, "slow");
  });
  add("GET", "/throws",
      [](App&, const http::Request&) -> http::Reply { throw std::runtime_error("secret"); });
  add("GET", "/unchanged", [](App&, const http::Request&) {
    http::Reply reply;
    reply.status = 304;
    return reply;
  });
  add("GET", "/encoded", [](App&, const http::Request& request) {
    http::Reply reply = http::text_reply(200, std::string(request.header("accept-encoding")));
    return reply.header("content-encoding", "br");
  });
  add("GET", "/redirect", [](App&, const http::Request& request) {
    return http::redirect(303, request.query_value("to").value_or("/"));
  });
  return routes;
}

std::string get(const std::string& path, const std::string& headers) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

std::string post(const std::string& path, const std::string& headers, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

}  // namespace flead::test
