// /m/{tenant} and /m/{tenant}/{name}: find an expert, read the profile, go on to a time. Without
// scripts; reads the store, never writes.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_expert_page_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
