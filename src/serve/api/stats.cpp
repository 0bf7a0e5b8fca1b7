#include "serve/api/stats.h"

#include <string>
#include <utility>

#include "core/base/zone.h"
#include "core/reports/stats.h"

namespace flead::api {
namespace {

using http::Reply;
using http::Request;

constexpr std::int64_t k_days_default = 14;

// "from" and "to" are civil days here, as the figures are.
Result<Date> read_day(const Request& request, std::string_view name, Date fallback) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return fallback;
  if (const auto date = parse_date(*text)) return *date;
  return usage_error("bad_date", std::string(name) + " is a day such as 2026-01-05.");
}

Result<Json> load_stats(App& app, const Request& request) {
  const tenants::Tenant& tenant = *request.caller.tenant;
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  FLEAD_TRY(const Date last, read_day(request, "to", zone.wall(app.world.clock.now()).date));
  FLEAD_TRY(const Date first,
            read_day(request, "from", date_from_days(days_from_date(last) - k_days_default + 1)));
  const auto by = reports::parse_stats_by(request.query_value("by").value_or("day"));
  if (!by) return usage_error("bad_by", "by is day, source or channel.");
  FLEAD_TRY(const auto stats, app.store.read([&](store::Tx& tx) {
    return reports::stats(tx, tenant, first, last, *by);
  }));
  return reports::to_json(stats);
}

Reply get_stats(App& app, const Request& request) {
  const auto json = load_stats(app, request);
  return json ? http::json_reply(200, *json) : http::failure(json.error());
}

}  // namespace

void add_stats_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/stats",
                   .access = http::Access::viewer,
                   .handler = get_stats,
                   .operation = "getStats",
                   .summary = "Leads, answers, bookings and messages by day, source or channel",
                   .response_schema = "Stats",
                   .query = {{"from", "Date"}, {"to", "Date"}, {"by", "StatsBy"}}});
}

}  // namespace flead::api
