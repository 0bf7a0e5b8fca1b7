// An offer whose calendar is elsewhere: its page leads there. Caller: booking_form.cpp.
#pragma once

#include <string_view>

#include "core/app.h"
#include "serve/http/http.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

// 303 to the page where it is booked, with a mark by which the booking finds its lead. The lead's
// name and address go along only when `proof` says that the link was sent to that lead: whoever
// posts a known phone has the link as well. Never writes.
http::Reply see_elsewhere(App& app, const Visit& visit, std::string_view proof);

}  // namespace flead::pages
