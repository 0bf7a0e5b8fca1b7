// What calcom_links.cpp and calcom_sync.cpp share: the secrets of a connection, and one reading of
// what has changed there. For nobody else.
#pragma once

#include <string>

#include "core/booking/calcom_link.h"

namespace flead::booking {

struct CalcomSecret {
  std::string key, hook_secret;
};
Result<CalcomSecret> open_calcom(App& app, store::Tx& tx, const CalcomLink& link);
std::string seal_calcom(App& app, const CalcomLinkId& id, const CalcomSecret& secret);

// Reads what has changed since the last time, page by page, and keeps how it went. `sent` says that
// all was read; nothing of what was read is lost when it was not.
struct CalcomRead {
  calcom::Answer answer;
  bool gone = false;  // the connection was removed meanwhile
};
CalcomRead read_calcom(App& app, const CalcomLinkId& id);

}  // namespace flead::booking
