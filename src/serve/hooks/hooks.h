// Providers call here: /hooks/{kind}/{channel_id}; the id says whether it is a channel (chn_…) or a
// payment account (pac_…). Caller: routes.cpp.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::hooks {

void add_hook_routes(std::vector<http::Route>& table);

}  // namespace flead::hooks
