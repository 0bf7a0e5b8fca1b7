// The booking pages: /b/{tenant}[/{offer}], /my/{token}, /c/{token}.ics. Called by the route table.
// Server-rendered, without a script; reading one never changes anything.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_booking_page_routes(std::vector<http::Route>& table);
void add_my_routes(std::vector<http::Route>& table);    // part of the above, my.cpp
void add_wait_routes(std::vector<http::Route>& table);  // and this, wait.cpp

}  // namespace flead::pages
