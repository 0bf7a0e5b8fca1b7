// The front with real sockets: what decent clients get, and how it listens and stops. What indecent
// ones get is attacks_test.cpp.
#include "serve/http/front.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "serve/http/turns.h"
#include "support/catch.h"
#include "support/served.h"

namespace flead::http {
namespace {

using test::eventually;
using test::get;
using test::length;
using test::post;
using test::Served;
using test::SocketClient;

// Another write that holds the store until it is released.
class HeldWriter {
 public:
  explicit HeldWriter(store::Store& store)
      : thread_([this, &store] {
          CHECK(store.write([this](store::Tx&) -> Status {
            held_.set_value();
            released_.get_future().wait();
            return {};
          }));
        }) {
    held_.get_future().wait();
  }
  void release() {
    released_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> held_;
  std::promise<void> released_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

TEST_CASE("front: a connection serves one request after the other", "[front]") {
  Served served;
  SocketClient client = served.client();
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.ask(get("/ping"));
    CHECK(reply.status == 200);
    CHECK(reply.body == "pong");
    CHECK(reply.header("content-type") == "text/plain; charset=utf-8");
    CHECK(reply.header("x-request-id").starts_with("req_"));
    CHECK(reply.header("date") == "Mon, 05 Jan 2026 09:00:00 GMT");
  }
  CHECK(served.metrics.connections_accepted == 1);
}

TEST_CASE("front: a reply that waits for a commit holds no thread", "[front]") {
  FrontOptions options;
  options.workers = 1;
  Served served(options);
  HeldWriter writer(*served.store);
  SocketClient waiting = served.client();
  waiting.send(post("/kept", length(1), "a"));
  CHECK(eventually([&] { return served.store->write_stats().waiting == 1; }));
  CHECK(served.client().ask(get("/ping")).status == 200);
  CHECK_FALSE(waiting.readable(0));
  writer.release();
  CHECK(waiting.reply().status == 201);
  CHECK(test::count_rows(*served.store, "probes") == 1);
  CHECK(waiting.ask(post("/kept", length(1), "a")).status == 409);
  CHECK(waiting.ask(get("/ping")).status == 200);
}

TEST_CASE("front: more requests than may be under way wait, and all are answered", "[front]") {
  FrontOptions options;
  options.queue_max = 1024;  // half of it for one caller, who sends faster than it is emptied
  Served served(options);
  HeldWriter writer(*served.store);
  const std::int64_t began = served.app.world.clock.steady_ms();
  std::vector<SocketClient> clients;
  const int count = static_cast<int>(k_requests_under_way_max) + 40;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    clients.push_back(served.client());
    clients.back().send(post("/kept", length(name.size()), name));
  }
  const auto all = static_cast<std::int64_t>(k_requests_under_way_max);
  CHECK(eventually([&] { return served.store->write_stats().waiting == all; }));
  SocketClient last = served.client();
  last.send(get("/ping"));
  CHECK_FALSE(last.readable(50));
  writer.release();
  // Whoever waits for longer than that is told to come again, and on a machine that was busy with
  // something else these have.
  const bool in_time = served.app.world.clock.steady_ms() - began < k_request_wait_ms / 2;
  for (SocketClient& client : clients) {
    const int status = client.reply().status;
    CAPTURE(status, in_time);
    CHECK((status == 201 || (!in_time && status == 503)));
  }
  const int status = last.reply().status;
  CHECK((status == 200 || (!in_time && status == 503)));
}

TEST_CASE("front: many commits at once, each answered once", "[front]") {
  Served served;
  std::vector<std::thread> threads;
  std::atomic<int> kept{0};
  std::atomic<int> taken{0};
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      SocketClient client = served.client();
      for (int i = 0; i < 50; ++i) {
        // Every other name is taken by the neighbour, too.
        const std::string own = i % 2 == 0 ? "" : "-" + std::to_string(number);
        const std::string name = std::to_string(i) + own;
        const int status = client.ask(post("/kept", length(name.size()), name)).status;
        if (status == 201) ++kept;
        if (status == 409) ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(kept == 25 + 25 * 8);
  CHECK(taken == 25 * 7);
  CHECK(test::count_rows(*served.store, "probes") == kept);
}

TEST_CASE("front: threads that wait let others work, however few the cores", "[front]") {
  FrontOptions options;
  options.workers = 8;
  Served served(options);
  std::vector<SocketClient> waiting;
  for (int i = 0; i < 7; ++i) {
    waiting.push_back(served.client());
    waiting.back().send(get("/slow"));
  }
  CHECK(served.gate.wait_for(7));
  CHECK(served.client().ask(get("/ping")).status == 200);
  served.gate.open();
  for (SocketClient& client : waiting) CHECK(client.reply().status == 200);
}

// The thread that polls serves a lonely request by itself; when that takes long another polls on.
TEST_CASE("front: a lonely request that takes long holds nobody up", "[front]") {
  FrontOptions options;
  options.workers = 1;
  Served served(options);
  SocketClient other = served.client();
  CHECK(other.ask(get("/ping")).status == 200);
  SocketClient slow = served.client();
  slow.send(get("/slow"));
  REQUIRE(served.gate.wait_for(1));
  for (int i = 0; i < 3; ++i) CHECK(other.ask(get("/ping")).status == 200);
  CHECK(served.client().ask(get("/ping")).status == 200);
  served.gate.open();
  CHECK(slow.reply().status == 200);
  CHECK(slow.ask(get("/ping")).status == 200);
  for (int i = 0; i < 50; ++i) CHECK(other.ask(post("/echo", length(1), "a")).body == "a");
}

TEST_CASE("front: whose turn it is changes when somebody stays away, and not before", "[front]") {
  Turns turns;
  CHECK(turns.wait(0));
  turns.leave();
  turns.come_back(0);
  CHECK(turns.wait(0));
  turns.leave();
  CHECK(turns.wait(1));  // while 0 is away
  turns.come_back(0);
  auto late = std::async(std::launch::async, [&] { return turns.wait(0); });
  CHECK(turns.wait(1));
  turns.stop();
  CHECK_FALSE(late.get());
  CHECK_FALSE(turns.wait(1));
}

TEST_CASE("front: pipelined and split requests are answered in order", "[front]") {
  Served served;
  SocketClient client = served.client();
  client.send(get("/ping") + post("/echo", length(2), "ab") + get("/none") + get("/ping"));
  CHECK(client.reply().body == "pong");
  CHECK(client.reply().body == "ab");
  CHECK(client.reply().status == 404);
  CHECK(client.reply().body == "pong");
  for (const char byte : post("/echo", length(5), "hello")) client.send({&byte, 1});
  CHECK(client.reply().body == "hello");
}

TEST_CASE("front: HEAD has GET's length and no body", "[front]") {
  Served served;
  SocketClient client = served.client();
  client.send("HEAD /ping HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.reply(true);
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == "4");
  CHECK(client.ask(get("/ping")).body == "pong");
}

TEST_CASE("front: 304 has no body and no length", "[front]") {
  Served served;
  SocketClient client = served.client();
  const auto reply = client.ask(get("/unchanged"));
  CHECK(reply.status == 304);
  CHECK(reply.header("content-length").empty());
  CHECK(client.ask(get("/ping")).body == "pong");
}

TEST_CASE("front: who asks to close is closed on", "[front]") {
  Served served;
  const std::string request =
      GENERATE(as<std::string>(), "GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
               "GET /ping HTTP/1.0\r\n\r\n");
  SocketClient client = served.client();
  const auto reply = client.ask(request);
  CHECK(reply.body == "pong");
  CHECK(reply.header("connection") == "close");
  CHECK(client.closed());
}

TEST_CASE("front: a client that half-closes gets its answer", "[front]") {
  Served served;
  SocketClient client = served.client();
  client.send(get("/ping"));
  client.finish_sending();
  CHECK(client.reply().body == "pong");
  CHECK(client.closed());
}

TEST_CASE("front: 100 Continue comes before a body that waits for it", "[front]") {
  Served served;
  SocketClient client = served.client();
  const auto go = client.ask(post("/echo", "Expect: 100-continue\r\n" + length(3), ""));
  CHECK(go.status == 100);
  client.send("abc");
  CHECK(client.reply().body == "abc");
  SocketClient large = served.client();
  CHECK(large.ask(post("/echo", "Expect: 100-continue\r\n" + length(2000000), "")).status == 413);
}

TEST_CASE("front: forms over 8 KiB pass, up to the route's limit", "[front]") {
  Served served;
  SocketClient client = served.client();
  const std::string type = "Content-Type: application/x-www-form-urlencoded\r\n";
  const std::string body(60000, 'x');
  CHECK(client.ask(post("/echo", type + length(body.size()), body)).body == body);
}

TEST_CASE("front: a trusted proxy may say for whom it asks", "[front]") {
  FrontOptions options;
  options.trusted = *parse_cidrs("127.0.0.0/8");
  Served served(options);
  const auto reply = served.client().ask(get("/headers", "X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n"));
  CHECK(reply.body.starts_with("1.2.3.4\n"));
}

// ---- listening and stopping ------------------------------------------------------------------

TEST_CASE("front: an address in use is told with what to do", "[front]") {
  Served served;
  FrontOptions options;
  options.listen = *parse_listen_address(served.front.address());
  Front second(served.app.world, served.router, served.metrics, options);
  const Status listened = second.listen();
  REQUIRE_FALSE(listened);
  CHECK(listened.error().code == "address_in_use");
  CHECK_THAT(listened.error().hint, ContainsSubstring("--listen"));
}

TEST_CASE("front: IPv6 addresses are listened on", "[front]") {
  FrontOptions options;
  options.listen = *parse_listen_address("[::1]:0");
  Served served(options);
  CHECK(served.front.address().starts_with("[::1]:"));
  CHECK(served.client().ask(get("/headers")).body.starts_with("::1\n"));
}

TEST_CASE("front: a stop finishes what has begun and takes no more", "[front]") {
  Served served;
  SocketClient idle = served.client(), running = served.client(), half = served.client();
  CHECK(idle.ask(get("/ping")).body == "pong");
  running.send(get("/slow"));
  REQUIRE(served.gate.wait_for(1));
  half.send(post("/echo", length(4), "ab"));
  CHECK(served.client().ask(get("/ping")).body == "pong");  // so the half one has been read
  bool stopped = false;
  std::thread stopper([&] { stopped = served.front.stop(5000); });
  CHECK(idle.closed());
  half.send("cd");
  const auto last = half.reply();
  CHECK(last.body == "abcd");
  CHECK(last.header("connection") == "close");
  served.gate.open();
  CHECK(running.reply().body == "slow");
  stopper.join();
  CHECK(stopped);
}

TEST_CASE("front: a handler that hangs does not hold a stop beyond its time", "[front]") {
  Served served;
  SocketClient running = served.client();
  running.send(get("/slow"));
  REQUIRE(served.gate.wait_for(1));
  CHECK_FALSE(served.front.stop(50));
  served.gate.open();
  CHECK(running.reply().body == "slow");
}

}  // namespace flead::http
