// GET /api/v1/events: what happens to a tenant's leads, as it is committed. Called by the route
// table and by the server, which makes the streams behind it.
#pragma once

#include <vector>

#include "core/app.h"
#include "serve/api/operations.h"
#include "serve/http/http.h"
#include "serve/http/streams.h"

namespace flead::api {

void add_event_routes(std::vector<http::Route>& table, const Runtime& runtime);

// Reads the events of all tenants from the store; `app` outlives it.
http::Streams::Look look_for_events(App& app);

}  // namespace flead::api
