// Server-sent events with real sockets: what a reader is told, what it is told when it comes back,
// and who is let go.
#include "serve/http/streams.h"

#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "serve/api/events.h"
#include "serve/http/front.h"
#include "serve/routes.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/socket_client.h"
#include "support/test_app.h"

namespace flead::http {
namespace {

using test::SocketClient;
using test::TestApp;

// A test app behind a front, with streams as serve() makes them.
struct Watched {
  TestApp test;
  Metrics metrics;
  Streams streams;
  Router router;
  Front front;

  explicit Watched(StreamLimits limits = {})
      : streams(test.world(), metrics, limits, api::look_for_events(test.app())),
        router(test.app(), serve::routes(runtime()), &metrics),
        front(test.world(), router, metrics, options()) {
    test.store().on_commit = [this] { streams.notify(); };
    test.token(tenants::Role::viewer);
    REQUIRE(front.listen());
    REQUIRE(front.start());
  }
  ~Watched() {
    front.stop(5000);
    test.store().on_commit = nullptr;
  }

  api::Runtime runtime() {
    return {.metrics = &metrics, .worker_look_ms = {}, .streams_full = [this] {
              return streams.full();
            }};
  }
  FrontOptions options() {
    FrontOptions made;
    made.streams = &streams;
    return made;
  }

  std::string request(const std::string& token, const std::string& last_id = {},
                      const std::string& method = "GET") {
    std::string text =
        method + " /api/v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + token + "\r\n";
    if (!last_id.empty()) text += "Last-Event-ID: " + last_id + "\r\n";
    return text + "\r\n";
  }
  SocketClient reader(const std::string& last_id = {}, const std::string& token = {}) {
    SocketClient client(front.address());
    client.send(request(token.empty() ? test.token(tenants::Role::viewer) : token, last_id));
    const auto head = client.reply(true);
    REQUIRE(head.status == 200);
    CHECK(head.header("content-type") == "text/event-stream");
    CHECK(head.header("cache-control") == "no-store");
    CHECK(head.header("x-accel-buffering") == "no");
    CHECK(head.header("connection") == "close");
    CHECK(head.header("content-length").empty());
    CHECK(client.read_until("\n\n") == "retry: 2000\n\n");
    // Who is here for the first time begins by loading, and has an id to come back with.
    if (last_id.empty()) CHECK_THAT(client.read_until("\n\n"), ContainsSubstring("event: reset"));
    return client;
  }
  // The streams look a few times a second, and the test's clock stands.
  void let_look() { test.advance(std::chrono::milliseconds(k_stream_look_ms)); }

  std::string add_lead(int number, const std::string& key = {}) {
    const std::string id =
        test::post_lead(test, "\"phone\":\"+7916000000" + std::to_string(number) + "\"", key);
    let_look();
    return id;
  }
};

// The next event: everything up to its empty line.
std::string next_event(SocketClient& client) {
  return client.read_until("\n\n");
}

std::string line_of(const std::string& event, std::string_view name) {
  for (const std::string& line : split(event, '\n')) {
    if (line.starts_with(name)) return line.substr(name.size() + 2);
  }
  return "";
}

}  // namespace

TEST_CASE("streams: a tenant's readers are told of its leads, and of no other's",
          "[streams][isolation]") {
  Watched watched;
  const tenants::Tenant other = watched.test.add_tenant("other");
  const auto made = watched.test.store().write([&](store::Tx& tx) {
    return tenants::create_token(watched.test.world(), tx, other.id, tenants::Role::viewer, "t");
  });
  REQUIRE(made);
  SocketClient ours = watched.reader();
  SocketClient theirs = watched.reader({}, made->secret);
  // Somebody else's events do not even show in the ids.
  const std::string lead = watched.add_lead(1);
  const std::string event = next_event(ours);
  CHECK(line_of(event, "event") == "lead.created");
  CHECK(line_of(event, "id").ends_with(".1"));
  const auto data = parse_json(line_of(event, "data"));
  REQUIRE(data);
  CHECK(data->text("lead") == lead);
  CHECK(data->text("kind") == "lead.created");
  CHECK(data->text("at") == "2026-01-05T09:00:00.000Z");
  CHECK(is_id(data->text("id").value_or(""), "evt"));

  const std::string own = watched.add_lead(2, other.publishable_key);
  const std::string told = next_event(theirs);
  CHECK_THAT(told, ContainsSubstring(own));
  CHECK(line_of(told, "id").ends_with(".1"));
  CHECK(watched.metrics.streams_open == 2);
  CHECK(watched.metrics.stream_events == 2);
}

TEST_CASE("streams: whoever comes back is told what it missed, once and in order", "[streams]") {
  Watched watched;
  std::string last;
  {
    SocketClient first = watched.reader();
    watched.add_lead(1);
    last = line_of(next_event(first), "id");
  }
  REQUIRE(test::eventually([&] { return watched.metrics.streams_open == 0; }));
  const std::string second = watched.add_lead(2);
  const std::string third = watched.add_lead(3);
  SocketClient again = watched.reader(last);
  CHECK_THAT(next_event(again), ContainsSubstring(second));
  const std::string newest = next_event(again);
  CHECK_THAT(newest, ContainsSubstring(third));

  // Nothing was missed: the next thing to hear is what happens next.
  SocketClient up_to_date = watched.reader(line_of(newest, "id"));
  const std::string fourth = watched.add_lead(4);
  CHECK_THAT(next_event(up_to_date), ContainsSubstring(fourth));
}

TEST_CASE("streams: whoever comes back too late is told to load anew", "[streams]") {
  StreamLimits limits;
  limits.events_kept = 2;
  Watched watched(limits);
  SocketClient first = watched.reader();
  watched.add_lead(1);
  const std::string last = line_of(next_event(first), "id");
  for (int i = 2; i <= 4; ++i) {
    watched.add_lead(i);
    next_event(first);
  }
  const std::string strange =
      GENERATE_COPY(as<std::string>(), last, "evt_x", ".", "a.1",
                    last.substr(0, last.find('.')) + ".99999", last + "x", std::string(5000, '9'));
  SocketClient late = watched.reader(strange);
  const std::string event = next_event(late);
  CHECK(line_of(event, "event") == "reset");
  CHECK(line_of(event, "id").ends_with(".4"));
}

TEST_CASE("streams: events that are missing make every reader load anew", "[streams]") {
  Watched watched;
  SocketClient reader = watched.reader();
  watched.streams.lost();
  const std::string event = next_event(reader);
  CHECK(line_of(event, "event") == "reset");
  SocketClient back = watched.reader(line_of(event, "id"));
  watched.add_lead(1);
  CHECK(line_of(next_event(back), "event") == "lead.created");
}

TEST_CASE("streams: a reader that does not keep up is let go, and holds up nobody", "[streams]") {
  Watched watched;
  SocketClient lazy = watched.reader();
  SocketClient decent = watched.reader();
  const std::string data = "\"" + std::string(100000, 'x') + "\"";
  const std::string topic = watched.test.tenant().id.text();
  for (int i = 0; i < 600 && watched.metrics.streams_too_slow == 0; ++i) {
    watched.streams.publish({topic, "n", data});
    REQUIRE_THAT(next_event(decent), ContainsSubstring("event: n"));
  }
  CHECK(watched.metrics.streams_too_slow == 1);
  CHECK(test::eventually([&] { return watched.metrics.streams_open == 1; }));
  CHECK(lazy.closed());
  watched.streams.publish({topic, "after", "{}"});
  CHECK_THAT(next_event(decent), ContainsSubstring("event: after"));
}

TEST_CASE("streams: readers over the limit are told so, and a place that is free is taken again",
          "[streams]") {
  StreamLimits limits;
  limits.readers_max = 1;
  Watched watched(limits);
  const std::string token = watched.test.token(tenants::Role::viewer);
  {
    SocketClient first = watched.reader();
    SocketClient second(watched.front.address());
    const auto refused = second.ask(watched.request(token));
    CHECK(refused.status == 503);
    CHECK(refused.header("retry-after") == "2");
    CHECK_THAT(refused.body, ContainsSubstring("streams_full"));
    // Any other request goes on, on that connection too.
    CHECK(second.ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200);
  }
  REQUIRE(test::eventually([&] { return !watched.streams.full(); }));
  watched.reader();
}

TEST_CASE("streams: quiet ones hear a comment, and old ones show their token again", "[streams]") {
  Watched watched;
  SocketClient reader = watched.reader();
  watched.test.advance(std::chrono::milliseconds(k_stream_comment_ms));
  CHECK(next_event(reader) == ":\n\n");
  watched.test.advance(std::chrono::milliseconds(k_stream_age_max_ms));
  CHECK(reader.closed());
}

TEST_CASE("streams: a stop lets them go at once", "[streams]") {
  Watched watched;
  SocketClient first = watched.reader(), second = watched.reader();
  CHECK(watched.front.stop(5000));
  CHECK(first.closed());
  CHECK(second.closed());
  CHECK(watched.metrics.connections_open == 0);
  CHECK(watched.metrics.streams_open == 0);
}

TEST_CASE("streams: who may not read is refused, and HEAD is answered like any other",
          "[streams]") {
  Watched watched;
  SocketClient client(watched.front.address());
  CHECK(client.ask(watched.request("sk_none")).status == 401);
  CHECK(client.ask(watched.request(watched.test.tenant().publishable_key)).status == 403);
  client.send(watched.request(watched.test.token(tenants::Role::viewer), {}, "HEAD"));
  CHECK(client.reply(true).status == 200);
  CHECK(client.ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200);
  // Nobody asks twice on a stream.
  SocketClient talks = watched.reader();
  talks.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(talks.closed());
  CHECK(watched.metrics.streams_too_slow == 0);
}

}  // namespace flead::http
