// The running server: route table, front, workers of the queue, signals. Called by `flead serve`
// and `flead demo` through main. Never returns while it serves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/app.h"
#include "core/base/result.h"

namespace flead::serve {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";
  int workers = 0;  // threads for requests; 0: the setting http.workers
  bool with_jobs = true;
  // Called once, when requests are answered: "127.0.0.1:8080", the real port.
  std::function<void(const std::string& address)> ready;
  // Called after each commit of this process, on the thread that made it: quick, no store.
  std::function<void()> committed;
};

// Until SIGINT or SIGTERM, then finishes what it holds within k_stop_timeout_ms; a second signal
// ends the process at once. Where the base URL was only the listen address with port 0, it follows
// the real port. Errors: those of http::open_listener() and of bad options.
Status serve(App& app, const ServerOptions& options);

}  // namespace flead::serve
