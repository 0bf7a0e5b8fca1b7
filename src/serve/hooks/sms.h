// POST (or GET) /hooks/sms/{channel_id}: SMSC's delivery reports. Verified, kept as they came,
// applied once, answered; a bad checksum is 401 and changes nothing.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::hooks {

void add_sms_routes(std::vector<http::Route>& table);

}  // namespace flead::hooks
