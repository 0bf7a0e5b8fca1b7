// Front: the server. Connections read whole, validated requests on one thread; a few workers run
// the router and hand the replies back, and a request without company is served where it was read.
// The HTTP library writes reply heads and never parses a byte that a stranger sent (why: naked, it
// stops at eight slow clients and inflates what it is told to). Caller: serve/server.cpp and tests.
// front.cpp is the library's fence.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/world.h"
#include "serve/http/address.h"
#include "serve/http/connections.h"
#include "serve/http/http.h"
#include "serve/http/metrics.h"
#include "serve/http/streams.h"

namespace flead::http {

struct FrontOptions {
  ListenAddress listen = {"127.0.0.1", 0};
  int workers = k_request_threads;
  std::vector<Cidr> trusted;  // proxies whose X-Forwarded-For counts
  ConnectionLimits limits;
  std::size_t queue_max = k_request_queue_max;
  Streams* streams = nullptr;  // for routes that subscribe; the front starts and stops it
};

class Front {
 public:
  // All but `options` outlive the front, and its streams do.
  Front(World world, const Router& router, Metrics& metrics, FrontOptions options);
  ~Front();  // stops at once
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // Takes the address; who connects from here on waits for start(). Errors: those of
  // open_listener().
  Status listen();
  // "127.0.0.1:8080": the real port.
  const std::string& address() const;
  // Starts the threads: from here on requests are answered.
  Status start();

  // Accepts no more, lets all streams go and finishes what has begun. False when `wait_ms` was not
  // enough: handlers may still run then, and the process should end.
  bool stop(std::int64_t wait_ms);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flead::http
