// Lists of the API (contract 3): `limit`, `cursor`, and the object around a page of rows. Callers:
// GET handlers of src/serve/api. A cursor is the key of the last row shown, so it stays valid while
// rows arrive. Never counts all rows.
//
//   FLEAD_TRY(const PageRequest page, read_page(request, "lead"));
//   filter.after_id = page.after_id; filter.limit = page.limit + 1;  // one more: is there a next?
//   return json_reply(200, page_json(page, rows));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "serve/http/http.h"

namespace flead::api {

struct PageRequest {
  std::int64_t limit = k_page_default;
  std::string after_id;  // "" is the first page
};

// `?name=` of a filter; nothing when it is missing or empty, as forms and scripts send what nobody
// filled in.
std::optional<std::string> filter_value(const http::Request& request, std::string_view name);

// `?limit=`, or `absent`. Error bad_limit (usage).
Result<std::int64_t> read_limit(const http::Request& request, std::int64_t absent);

// Errors (usage): bad_limit unless a whole number of 1 to 200; bad_cursor unless a cursor of ours
// for ids with this prefix.
Result<PageRequest> read_page(const http::Request& request, std::string_view id_prefix);

// `?name=` as a time; nothing when it is missing or empty. The + of an offset that nobody encoded
// arrives as a space and is read as what it was. Error bad_time (usage).
Result<std::optional<TimeMs>> read_time(const http::Request& request, std::string_view name);

std::string make_cursor(std::string_view id);

// The object around rows that are text already, with commas between them; `last_id` is that of the
// last one.
std::string page_text(std::string_view rows, bool has_more, std::string_view last_id);

// {"data","has_more","next_cursor"} of up to limit + 1 rows with `id` and to_json().
template <class Row>
Json page_json(const PageRequest& page, const std::vector<Row>& rows) {
  const auto limit = static_cast<std::size_t>(page.limit);
  const bool has_more = rows.size() > limit;
  const std::size_t shown = has_more ? limit : rows.size();
  Json data = Json::array();
  for (std::size_t i = 0; i < shown; ++i) data.push(to_json(rows[i]));
  return Json::object(
      {{"data", std::move(data)},
       {"has_more", has_more},
       {"next_cursor", has_more ? Json(make_cursor(rows[shown - 1].id.text())) : Json()}});
}

}  // namespace flead::api
