// All meetings of one person: /me/{tenant}, entered by a link that is sent to them. Callers:
// my.cpp, the route table (by booking_form.cpp).
#pragma once

#include <vector>

#include "core/app.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"
#include "serve/http/http.h"

namespace flead::pages {

// The link, by the person's own channel. Error key_missing; those of channels::send_to_lead.
Status send_way_in(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                   const intake::Lead& lead);

void add_mine_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
