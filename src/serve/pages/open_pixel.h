// /o/{token}.gif: the picture of one dot at the end of a mail, where the tenant asked for it. What
// mail programs show is always the same, so nobody learns which tokens exist.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_open_pixel_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
