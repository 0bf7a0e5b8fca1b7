// GET /api/v1/experts: who can be met.
#include <string>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/money.h"
#include "core/base/time.h"
#include "core/booking/expert.h"
#include "core/booking/review.h"
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
  filter.format = filter_value(request, "format").value_or("");
  if (const auto rating = filter_value(request, "rating_min")) {
    const auto hundredths = parse_money_minor(*rating);
    if (!hundredths) return usage_error("bad_rating", "rating_min is such as 4.5.");
    filter.rating_min_tenths = *hundredths / 10;
  }
  if (const auto price = filter_value(request, "price_max")) {
    filter.price_max_minor = parse_money_minor(*price);
    if (!filter.price_max_minor) return usage_error("bad_price", "price_max is such as 5000.");
  }
  FLEAD_TRY(filter.free_before, read_time(request, "free_before"));
  FLEAD_TRY(filter.limit, read_limit(request, k_page_default));
  if (const auto cursor = filter_value(request, "cursor")) {
    const auto slug = base64url_decode(*cursor);
    if (!slug) return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
    filter.after_slug = *slug;
  }
  return filter;
}

Result<Json> list_experts(App& app, const http::Request& request) {
  FLEAD_TRY(const auto filter, read_expert_filter(request));
  FLEAD_TRY(const auto page, app.store.read([&](store::Tx& tx) {
    return booking::list_experts(app.world, tx, request.caller.tenant->id, filter);
  }));
  Json data = Json::array();
  const std::string catalogue = app.config.base_url + "/m/" + request.caller.tenant->slug;
  for (const auto& expert : page.experts) data.push(booking::to_json(expert, catalogue));
  const bool more = !page.next_after.empty();
  return Json::object({{"data", std::move(data)},
                       {"has_more", more},
                       {"next_cursor", more ? Json(base64url_encode(page.next_after)) : Json()}});
}

// What the world may read: a first name, and nothing that was hidden.
Result<Json> list_reviews(App& app, const http::Request& request) {
  booking::ReviewFilter filter;
  filter.after_id = filter_value(request, "cursor").value_or("");
  if (!filter.after_id.empty() && !is_id(filter.after_id, BookingIdTag::k_prefix)) {
    return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
  }
  FLEAD_TRY(const auto limit, read_limit(request, k_page_default));
  filter.limit = limit + 1;  // is there a next?
  FLEAD_TRY(auto reviews,
            app.store.read([&](store::Tx& tx) -> Result<std::vector<booking::Review>> {
              const TenantId& tenant = request.caller.tenant->id;
              FLEAD_TRY(const auto expert, booking::load_expert(tx, tenant, request.param("slug")));
              filter.host = expert.host.id;
              return booking::list_reviews(tx, tenant, filter);
            }));
  const bool more = static_cast<std::int64_t>(reviews.size()) > limit;
  if (more) reviews.pop_back();
  Json data = Json::array();
  for (const auto& review : reviews) {
    data.push(Json::object({{"rating", review.rating},
                            {"text", review.text},
                            {"name", review.name.substr(0, review.name.find(' '))},
                            {"created_at", format_time(review.created_at)}}));
  }
  return Json::object({{"data", std::move(data)},
                       {"has_more", more},
                       {"next_cursor", more ? Json(reviews.back().booking.text()) : Json()}});
}

Result<Json> show_expert(App& app, const http::Request& request) {
  FLEAD_TRY(const auto expert, app.store.read([&](store::Tx& tx) {
    return booking::load_expert(tx, request.caller.tenant->id, request.param("slug"));
  }));
  if (!expert.listed) return not_found("expert_not_found", "There is no such expert.");
  return booking::to_json(expert, app.config.base_url + "/m/" + request.caller.tenant->slug);
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
                   .query = {{"topic"},
                             {"language"},
                             {"q"},
                             {"rating_min"},
                             {"price_max"},
                             {"format"},
                             {"free_before", "TimeOrDate"},
                             {"limit", "PageLimit"},
                             {"cursor"}}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/experts/{slug}",
                   .access = http::Access::publishable,
                   .handler = reply_with_experts<show_expert>,
                   .operation = "getExpert",
                   .summary = "Show an expert",
                   .cors = true,
                   .response_schema = "Expert",
                   .refusals = {404}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/experts/{slug}/reviews",
                   .access = http::Access::publishable,
                   .handler = reply_with_experts<list_reviews>,
                   .operation = "listReviews",
                   .summary = "What people say who met an expert, newest meetings first",
                   .cors = true,
                   .response_schema = "ReviewList",
                   .query = {{"limit", "PageLimit"}, {"cursor"}},
                   .refusals = {404}});
}

}  // namespace flead::api
