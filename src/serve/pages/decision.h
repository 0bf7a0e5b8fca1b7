// /r/{token}: the host accepts or declines a request by the link of its message. A GET decides
// nothing: mail programs open links by themselves.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_decision_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
