// GET /api/v1/slots: when an offer can still be booked.
#include <algorithm>
#include <optional>
#include <string>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/booking/pool.h"
#include "serve/api/bookings.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

// A bare date is its midnight in `zone`; everything else names its offset itself.
Result<std::optional<TimeMs>> read_slot_time(const http::Request& request, std::string_view name,
                                             const std::optional<Zone>& zone) {
  const auto date = parse_date(request.query_value(name).value_or(""));
  if (date && zone) return std::optional<TimeMs>(zone->day_start(*date));
  return read_time(request, name);
}

struct SlotWindow {
  TimeMs start = 0;
  TimeMs end = 0;
};

// Where to go on, and the end of the first question's window: the next page has the same one, also
// when it is asked for by the cursor alone.
std::string slot_cursor(const SlotWindow& rest) {
  return base64url_encode(format_time(rest.start) + " " + format_time(rest.end));
}

Result<SlotWindow> read_slot_cursor(const std::string& cursor) {
  const auto text = base64url_decode(cursor).value_or("");
  const auto space = text.find(' ');
  const auto start = parse_time(text.substr(0, space));
  const auto end = parse_time(space == std::string::npos ? "" : text.substr(space + 1));
  if (start && end) return SlotWindow{*start, *end};
  return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
}

Result<SlotWindow> read_window(const http::Request& request, TimeMs now) {
  std::optional<Zone> zone;
  if (const auto name = filter_value(request, "tz")) {
    const auto loaded = Zone::load(*name);
    if (!loaded) return usage_error("zone_unknown", "tz is an IANA zone such as Europe/Moscow.");
    zone = *loaded;
  }
  FLEAD_TRY(const auto from, read_slot_time(request, "from", zone));
  FLEAD_TRY(const auto to, read_slot_time(request, "to", zone));
  if (const auto cursor = filter_value(request, "cursor")) return read_slot_cursor(*cursor);
  const TimeMs start = from.value_or(now);
  return SlotWindow{start, to.value_or(start + k_slots_default_days * k_day_ms)};
}

Result<Json> list_slots(App& app, const http::Request& request) {
  FLEAD_TRY(const auto window, read_window(request, app.world.clock.now()));
  FLEAD_TRY(const auto limit, read_limit(request, k_slots_listed_max));
  const std::string slug = request.query_value("offer").value_or("");
  FLEAD_TRY(const auto found, app.store.read([&](store::Tx& tx) {
    return booking::list_slots(app.world, tx, request.caller.tenant->id, slug, window.start,
                               window.end, static_cast<std::size_t>(limit));
  }));
  Json data = Json::array();
  for (const auto& slot : found.slots) data.push(booking::to_json(slot));
  const auto& next = found.next_start;
  return Json::object({{"data", std::move(data)},
                       {"has_more", next.has_value()},
                       {"next_cursor", next ? Json(slot_cursor({*next, window.end})) : Json()}});
}

http::Reply get_slots(App& app, const http::Request& request) {
  const auto json = list_slots(app, request);
  if (!json) return http::failure(json.error());
  return http::json_reply(200, *json).header("cache-control", "no-store");
}

}  // namespace

void add_slot_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/slots",
                   .access = http::Access::publishable,
                   .handler = get_slots,
                   .operation = "listSlots",
                   .summary = "List free slots of an offer, the next 14 days unless told",
                   .cors = true,
                   .response_schema = "SlotList",
                   .query = {{"offer"},
                             {"from", "TimeOrDate"},
                             {"to", "TimeOrDate"},
                             {"tz", "Zone"},
                             {"limit", "PageLimit"},
                             {"cursor"}},
                   .refusals = {404, 422}});
}

}  // namespace flead::api
