// The whole route table: one line per file of src/serve/api, hooks and pages. Called by the server,
// by the API description and by tests.
#pragma once

#include <vector>

#include "serve/api/operations.h"
#include "serve/http/http.h"

namespace flead::serve {

// `runtime`: what the operational routes report on; tests may leave it out.
std::vector<http::Route> routes(const api::Runtime& runtime = {});

}  // namespace flead::serve
