// Cal.com's webhook: POST /hooks/calcom/{link_id}. Caller: routes.cpp.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::hooks {

void add_calcom_hook_route(std::vector<http::Route>& table);

}  // namespace flead::hooks
