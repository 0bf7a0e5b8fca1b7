// GET /api/v1/experts: who can be met.
#include <string>
#include <utility>

#include "core/base/crypto.h"
#include "core/booking/expert.h"
#include "serve/api/bookings.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

// A cursor is the last slug shown.
Result<booking::ExpertFilter> read_expert_filter(const http::Request& request) {
  booking::ExpertFilter filter;
  filter.topic = filter_value(request, "topic").value_or("");
  filter.language = filter_value(request, "language").value_or("");
  filter.query = filter_value(request, "q").value_or("");
  FLEAD_TRY(filter.limit, read_limit(request, k_page_default));
  ++filter.limit;  // is there a next?
  if (const auto cursor = filter_value(request, "cursor")) {
    const auto slug = base64url_decode(*cursor);
    if (!slug) return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
    filter.after_slug = *slug;
  }
  return filter;
}

Result<Json> list_experts(App& app, const http::Request& request) {
  FLEAD_TRY(const auto filter, read_expert_filter(request));
  FLEAD_TRY(auto experts, app.store.read([&](store::Tx& tx) {
    return booking::list_experts(tx, request.caller.tenant->id, filter);
  }));
  const bool more = static_cast<std::int64_t>(experts.size()) == filter.limit;
  if (more) experts.pop_back();
  Json data = Json::array();
  for (const auto& expert : experts) data.push(booking::to_json(expert));
  return Json::object(
      {{"data", std::move(data)},
       {"has_more", more},
       {"next_cursor", more ? Json(base64url_encode(experts.back().host.slug)) : Json()}});
}

Result<Json> show_expert(App& app, const http::Request& request) {
  FLEAD_TRY(const auto expert, app.store.read([&](store::Tx& tx) {
    return booking::load_expert(tx, request.caller.tenant->id, request.param("slug"));
  }));
  if (!expert.listed) return not_found("expert_not_found", "There is no such expert.");
  return booking::to_json(expert);
}

template <Result<Json> (*answer)(App&, const http::Request&)>
http::Reply reply_with_experts(App& app, const http::Request& request) {
  const auto json = answer(app, request);
  return json ? http::json_reply(200, *json) : http::failure(json.error());
}

}  // namespace

void add_expert_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/experts",
                   .access = http::Access::publishable,
                   .handler = reply_with_experts<list_experts>,
                   .operation = "listExperts",
                   .summary = "Find experts, by their slugs",
                   .cors = true,
                   .response_schema = "ExpertList",
                   .query = {{"topic"}, {"language"}, {"q"}, {"limit", "PageLimit"}, {"cursor"}}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/experts/{slug}",
                   .access = http::Access::publishable,
                   .handler = reply_with_experts<show_expert>,
                   .operation = "getExpert",
                   .summary = "Show an expert",
                   .cors = true,
                   .response_schema = "Expert",
                   .refusals = {404}});
}

}  // namespace flead::api
