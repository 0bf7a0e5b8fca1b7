// The API's description (OpenAPI 3.1), made from the route table that serves it and from
// src/serve/api/schemas.json. Callers: the route table, tests.
#pragma once

#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "serve/http/http.h"

namespace flead::http {

// Routes without an operation are left out. Errors: schemas.json does not parse, or a route names a
// schema that it does not have.
Result<Json> describe_api(const std::vector<Route>& routes);

// GET /openapi.json for all routes in `routes` so far and itself. Made once, at the first request.
void add_openapi_route(std::vector<Route>& routes);

}  // namespace flead::http
