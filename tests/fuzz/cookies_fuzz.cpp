// The Cookie header, on the way that the booking pages take: the reader, one cookie's value, and
// the time zone that it is to name.
#include <string>

#include "core/base/text.h"
#include "core/base/zone.h"
#include "fuzz/fuzz.h"
#include "serve/http/reader.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {
namespace {

http::Request with_cookies(std::string cookies) {
  http::Request request;
  request.headers = {{"cookie", std::move(cookies)}};
  return request;
}

}  // namespace

FLEAD_FUZZ(cookies) {
  const std::string value = cookie_value(with_cookies(std::string(input)), "tz");
  FLEAD_ASSERT(value.size() <= input.size());
  FLEAD_ASSERT(value.empty() || input.find("tz") != std::string_view::npos);
  if (const auto zone = Zone::load(value)) {
    FLEAD_ASSERT(zone->name().find("..") == std::string::npos && zone->name().front() != '/');
  }

  // Whatever we set comes back, among whatever others set.
  const std::string ours = "tz=" + percent_encode(input);
  FLEAD_ASSERT(cookie_value(with_cookies("a=1; " + ours + ";b"), "tz") == input);
  FLEAD_ASSERT(cookie_value(with_cookies("xtz=1;tz ;" + ours), "tz") == input);

  // Two headers are one list, and one of them cannot hide the other.
  http::Reader reader({});
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\nCookie: x=";
  bytes.append(input).append("\r\ncookie: tz=UTC\r\n\r\n");
  if (reader.feed(bytes) != http::Reader::State::complete || has_control_characters(input)) return;
  http::Request request;
  request.headers = reader.take().head.headers;
  FLEAD_ASSERT(valid_utf8(request.header("cookie")));
  if (input.find("tz") == std::string_view::npos) {
    FLEAD_ASSERT(cookie_value(request, "tz") == "UTC");
  }
}

}  // namespace flead::pages
