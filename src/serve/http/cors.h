// Calls from web pages of other origins (the WHATWG fetch standard's CORS protocol): the preflight
// answer, and which origins a tenant lets in. No cookies are ever involved, so credentials are not
// allowed. Caller: the router.
#pragma once

#include <string_view>

#include "core/app.h"
#include "core/base/result.h"
#include "core/tenants/tenant.h"
#include "serve/http/http.h"

namespace flead::http {

// `list` is the tenant's `origins` setting: origins parted by commas or white space, "" lets all
// in. `own` is the public address, always let in. "https://Example.ru:443" is "https://example.ru".
// Pure.
bool origin_listed(std::string_view list, std::string_view own, std::string_view origin);

// Error origin_not_allowed (forbidden) when the request names an Origin that the caller's
// tenant refuses.
Status check_origin(const App& app, const Request& request);

// Lets the page that asked read this reply.
void allow_origin(Reply& reply, const Request& request);

// The answer to a preflight request for a path that takes `methods` ("GET, POST").
Reply preflight(const Request& request, std::string_view methods);

}  // namespace flead::http
