// Served: a front on a free loopback port, with routes of the test's own, a real store and a clock
// that stands still. Because that clock never moves by itself, whatever would wait for a deadline
// waits for ever: a reply that comes at all came without waiting. For tests with real sockets.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/http/front.h"
#include "support/fakes.h"
#include "support/socket_client.h"
#include "support/temp_dir.h"

namespace flead::test {

// A handler waits here until the test opens it, so that "while a request runs" needs no sleeping.
class Gate {
 public:
  void pass();
  void open();
  bool wait_for(int count);  // until `count` handlers stand here, for at most 5 s

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

inline constexpr std::size_t k_big_bytes = 8 * 1024 * 1024;  // over the socket buffers of two ends

struct Served {
  TempDir dir;
  FixedClock clock;
  SeededRandom random;
  ScriptedTransport transport;
  std::unique_ptr<store::Store> store = open();
  App app{*store, {clock, random}, unlimited(), {}, transport};
  std::string big = std::string(k_big_bytes, 'b');
  Gate gate;
  http::Metrics metrics;
  http::Router router{app, table(), &metrics};
  http::Front front;

  explicit Served(http::FrontOptions options = {});
  ~Served();

  SocketClient client() { return SocketClient(front.address()); }

 private:
  static Config unlimited();
  std::unique_ptr<store::Store> open();
  // GET /ping, /headers, /query, /big, /slow, /throws, /unchanged, /encoded, /redirect, and /events
  // for fronts with streams; POST /echo takes any type, POST /json that one only, and
  // POST /kept keeps its body as a row, once.
  std::vector<http::Route> table();
};

// Requests as bytes; `headers` are whole lines.
std::string get(const std::string& path, const std::string& headers = {});
std::string post(const std::string& path, const std::string& headers, const std::string& body);
std::string length(std::size_t bytes);  // the header line

}  // namespace flead::test
