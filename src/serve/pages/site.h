// The pages that are not booking: /, /demo/{tenant}, /thanks/{tenant}, /legal/{doc}, and the assets
// of all of them. Callers: the route table. Reads the store, never writes.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_site_routes(std::vector<http::Route>& table);

// The router's ErrorPage: a problem+json reply as a page in the visitor's language.
http::Reply problem_page(App& app, const http::Request& request, const http::Reply& problem);

}  // namespace flead::pages
