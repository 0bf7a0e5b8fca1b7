// CalDAV (RFC 4791): the requests that read a calendar and that write a booking into it, and what
// the answers mean. Pure; caldav.cpp is the only file that knows the XML library. Callers:
// calendars.cpp. Tried against Radicale 3.1.8.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/booking/slots.h"
#include "core/channels/transport.h"

namespace flead::booking {

struct CaldavAccount {
  std::string url;  // of the collection, with its closing slash
  std::string user, password;
  std::string ca_file;
};

// What stands under the address (PROPFIND resourcetype, Depth 0), and whether it is a calendar.
channels::HttpRequest caldav_kind(const CaldavAccount& account);
Result<bool> parse_caldav_kind(std::string_view body);

std::pair<std::string, std::string> basic_login(const CaldavAccount& account);  // a header

// Every event that touches the window, whole (REPORT calendar-query, Depth 1).
channels::HttpRequest caldav_query(const CaldavAccount& account, TimeSpan window);
// The calendar objects of its 207. Error provider: caldav_answer.
Result<std::vector<std::string>> parse_caldav_query(std::string_view body);

// The object of a booking stands under its UID: written again, it is the same object.
channels::HttpRequest caldav_put(const CaldavAccount& account, std::string_view uid,
                                 std::string_view calendar);
channels::HttpRequest caldav_delete(const CaldavAccount& account, std::string_view uid);
// An object as a server keeps it: without METHOD (RFC 4791 section 4.1).
std::string without_method(std::string_view calendar);

}  // namespace flead::booking
