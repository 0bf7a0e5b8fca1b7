// /api/v1/leads (contract 3.1): intake, lists, one lead, its events, changes. Called by the route
// table.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::api {

void add_lead_routes(std::vector<http::Route>& table);

}  // namespace flead::api
