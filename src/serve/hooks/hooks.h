// Providers call here: /hooks/{kind}/{channel_id}. Caller: routes.cpp.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::hooks {

void add_hook_routes(std::vector<http::Route>& table);

}  // namespace flead::hooks
