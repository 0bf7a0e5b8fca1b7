#include "core/booking/caldav.h"

#include <expat.h>

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/zone.h"

namespace flead::booking {

namespace {

constexpr std::string_view k_calendar_data = "urn:ietf:params:xml:ns:caldav|calendar-data";

constexpr std::string_view k_calendar = "urn:ietf:params:xml:ns:caldav|calendar";

// Collects the texts of all calendar-data elements.
struct Collector {
  std::vector<std::string> objects;
  bool inside = false;
  bool calendar = false;  // such an element was there: the type of a calendar

  static void begin(void* self, const XML_Char* name, const XML_Char**) {
    auto& collector = *static_cast<Collector*>(self);
    if (name == k_calendar) collector.calendar = true;
    if (name != k_calendar_data) return;
    collector.inside = true;
    collector.objects.emplace_back();
  }
  static void end(void* self, const XML_Char* name) {
    if (name == k_calendar_data) static_cast<Collector*>(self)->inside = false;
  }
  static void text(void* self, const XML_Char* bytes, int count) {
    auto& collector = *static_cast<Collector*>(self);
    if (collector.inside) {
      collector.objects.back().append(bytes, static_cast<std::size_t>(count));
    }
  }
};

Result<Collector> collect(std::string_view body) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, void (*)(XML_Parser)> parser(
      XML_ParserCreateNS("UTF-8", '|'), &XML_ParserFree);
  if (!parser) return internal_error("No memory for an XML parser");
  Collector collector;
  XML_SetUserData(parser.get(), &collector);
  XML_SetElementHandler(parser.get(), &Collector::begin, &Collector::end);
  XML_SetCharacterDataHandler(parser.get(), &Collector::text);
  const auto size = static_cast<int>(std::min(body.size(), k_calendar_bytes_max));
  if (XML_Parse(parser.get(), body.data(), size, 1) == XML_STATUS_ERROR) {
    return provider_error("caldav_answer", "The calendar's answer is no XML.");
  }
  return collector;
}

std::string caldav_stamp(TimeMs time) {
  const WallTime wall = Zone::utc().wall(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", wall.date.year, wall.date.month,
                     wall.date.day, wall.hour, wall.minute, wall.second);
}

channels::HttpRequest caldav_request(const CaldavAccount& account, std::string method,
                                     std::string url) {
  channels::HttpRequest request;
  request.method = std::move(method);
  request.label = "caldav " + request.method;
  request.url = std::move(url);
  if (!account.user.empty()) request.headers.push_back(basic_login(account));
  request.ca_file = account.ca_file;
  request.timeout_ms = k_request_timeout_ms;
  request.reply_bytes_max = k_calendar_bytes_max;
  return request;
}

std::string object_url(const CaldavAccount& account, std::string_view uid) {
  return account.url + percent_encode(uid) + ".ics";
}

}  // namespace

std::pair<std::string, std::string> basic_login(const CaldavAccount& account) {
  return {"authorization", "Basic " + base64_encode(account.user + ":" + account.password)};
}

channels::HttpRequest caldav_query(const CaldavAccount& account, TimeSpan window) {
  auto request = caldav_request(account, "REPORT", account.url);
  request.headers.emplace_back("depth", "1");
  request.headers.emplace_back("content-type", "application/xml; charset=utf-8");
  request.body = fmt::format(
      R"xml(<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{}" end="{}"/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>
)xml",
      caldav_stamp(window.from), caldav_stamp(window.to));
  return request;
}

Result<std::vector<std::string>> parse_caldav_query(std::string_view body) {
  FLEAD_TRY(auto collector, collect(body));
  return std::move(collector.objects);
}

channels::HttpRequest caldav_kind(const CaldavAccount& account) {
  auto request = caldav_request(account, "PROPFIND", account.url);
  request.headers.emplace_back("depth", "0");
  request.headers.emplace_back("content-type", "application/xml; charset=utf-8");
  request.body =
      R"xml(<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>
)xml";
  return request;
}

Result<bool> parse_caldav_kind(std::string_view body) {
  FLEAD_TRY(const auto collector, collect(body));
  return collector.calendar;
}

channels::HttpRequest caldav_put(const CaldavAccount& account, std::string_view uid,
                                 std::string_view calendar) {
  auto request = caldav_request(account, "PUT", object_url(account, uid));
  request.headers.emplace_back("content-type", "text/calendar; charset=utf-8");
  request.body = without_method(calendar);
  return request;
}

channels::HttpRequest caldav_delete(const CaldavAccount& account, std::string_view uid) {
  return caldav_request(account, "DELETE", object_url(account, uid));
}

std::string without_method(std::string_view calendar) {
  const std::size_t at = calendar.find("\nMETHOD:");
  if (at == std::string_view::npos) return std::string(calendar);
  const std::size_t end = calendar.find('\n', at + 1);
  if (end == std::string_view::npos) return std::string(calendar);
  return std::string(calendar.substr(0, at)) + std::string(calendar.substr(end));
}

}  // namespace flead::booking
