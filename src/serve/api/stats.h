// GET /api/v1/stats: the figures of a dashboard. Caller: routes.cpp.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::api {

void add_stats_routes(std::vector<http::Route>& table);

}  // namespace flead::api
