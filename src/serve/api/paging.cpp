#include "serve/api/paging.h"

#include <charconv>
#include <optional>

#include "core/base/id.h"
#include "core/base/time.h"

namespace flead::api {

std::optional<std::string> filter_value(const http::Request& request, std::string_view name) {
  auto value = request.query_value(name);
  if (value && value->empty()) value.reset();
  return value;
}

Result<std::int64_t> read_limit(const http::Request& request, std::int64_t absent) {
  const auto text = filter_value(request, "limit");
  if (!text) return absent;
  std::int64_t limit = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, limit);
  if (parsed.ec != std::errc() || parsed.ptr != end || limit < 1 || limit > k_page_max) {
    return usage_error("bad_limit",
                       "limit is a whole number of 1 to " + std::to_string(k_page_max) + ".");
  }
  return limit;
}

Result<PageRequest> read_page(const http::Request& request, std::string_view id_prefix) {
  PageRequest page;
  FLEAD_TRY(page.limit, read_limit(request, k_page_default));
  if (const auto cursor = filter_value(request, "cursor")) {
    auto id = base64url_decode(*cursor);
    if (!id || !is_id(*id, id_prefix)) {
      return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
    }
    page.after_id = std::move(*id);
  }
  return page;
}

Result<std::optional<TimeMs>> read_time(const http::Request& request, std::string_view name) {
  auto text = filter_value(request, name);
  if (!text) return std::optional<TimeMs>();
  auto time = parse_time(*text);
  const auto space = text->rfind(' ');
  if (!time && space != std::string::npos) {
    (*text)[space] = '+';
    time = parse_time(*text);
  }
  if (!time) {
    return usage_error("bad_time",
                       std::string(name) + " is a time such as 2026-03-28T09:00:00Z or a date.");
  }
  return time;
}

std::string make_cursor(std::string_view id) {
  return base64url_encode(id);
}

std::string page_text(std::string_view rows, bool has_more, std::string_view last_id) {
  constexpr std::size_t k_around_bytes = 128;
  std::string out;
  out.reserve(rows.size() + k_around_bytes);
  out.append(R"({"data":[)").append(rows);
  out += has_more ? R"(],"has_more":true,"next_cursor":)" : R"(],"has_more":false,"next_cursor":)";
  if (has_more) {
    append_json_string(out, make_cursor(last_id));
  } else {
    out += "null";
  }
  out += '}';
  return out;
}

}  // namespace flead::api
