// /healthz, /readyz, /metrics, /robots.txt (contract 3.6): what whoever runs flead asks it. Called
// by the route table.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "serve/http/http.h"
#include "serve/http/metrics.h"

namespace flead::api {

// The living server, as far as these routes show it.
struct Runtime {
  const http::Metrics* metrics = nullptr;  // outlives the routes
  // Steady clock of the worker's last look at the queue; empty when this process runs no jobs.
  std::function<std::int64_t()> worker_look_ms;
  // Whether all places for readers of events are taken.
  std::function<bool()> streams_full = {};
};

void add_operation_routes(std::vector<http::Route>& routes, const Runtime& runtime);

}  // namespace flead::api
