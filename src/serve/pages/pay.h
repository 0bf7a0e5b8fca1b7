// /pay/{token}: where a person is sent to the provider's page, comes back to, and learns what
// became of it. Whoever has the token may pay; nothing here shows more of the person than what is
// paid for.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_pay_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
