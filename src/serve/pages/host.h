// A host's own pages: /h (requests and the week), /h/meeting/{meeting}, /h/times, /h/money,
// /h/method. A link that the founder sends (/h/in/{pass}) is swapped for a session in a cookie.
// Called by the route table. Without a script; reading one never changes anything.
#pragma once

#include <vector>

#include "core/app.h"
#include "core/booking/offer.h"
#include "serve/http/http.h"
#include "serve/pages/page.h"

namespace flead::pages {

struct HostVisit {
  tenants::Tenant tenant;
  booking::Host host;
  Language language = Language::en;
  Zone zone = Zone::utc();  // the host's
};
// Who has this session. Error unauthorized login_needed; a form from another site is forbidden.
Result<HostVisit> load_host_visit(App& app, store::Tx& tx, const http::Request& request);

// A page of this host, with the links between their pages.
Page host_page(std::string_view content, const HostVisit& visit, std::string_view title);
http::Reply host_reply_to(int status, const Page& page);  // never kept by a cache
http::Reply see_host_page(std::string_view path);         // 303

void add_host_routes(std::vector<http::Route>& table);
void add_host_times_routes(std::vector<http::Route>& table);   // part of the above, host_times.cpp
void add_host_money_routes(std::vector<http::Route>& table);   // and of host_money.cpp
void add_host_method_routes(std::vector<http::Route>& table);  // and of host_method.cpp

}  // namespace flead::pages
