// /u/{tenant}/{token}: the way out of advertising, named by List-Unsubscribe. Mail scanners open
// every link, so GET only asks; a POST, from the page or from a mailbox (RFC 8058), withdraws.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::pages {

void add_unsubscribe_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
