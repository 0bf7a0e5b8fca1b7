// /api/v1/waitlist: who waits for a place of an offer.
#include <string>
#include <utility>

#include "core/booking/waitlist.h"
#include "serve/api/bookings.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

Result<Json> list_waiting(App& app, const http::Request& request) {
  booking::WaitFilter filter;
  filter.offer = filter_value(request, "offer").value_or("");
  filter.status = filter_value(request, "status").value_or("");
  filter.after_id = filter_value(request, "cursor").value_or("");
  if (!filter.after_id.empty() && !is_id(filter.after_id, booking::WaitIdTag::k_prefix)) {
    return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
  }
  FLEAD_TRY(const auto limit, read_limit(request, k_page_default));
  filter.limit = limit + 1;  // is there a next?
  FLEAD_TRY(auto waits, app.store.read([&](store::Tx& tx) {
    return booking::list_waits(tx, request.caller.tenant->id, filter);
  }));
  const bool more = static_cast<std::int64_t>(waits.size()) > limit;
  if (more) waits.pop_back();
  Json data = Json::array();
  for (const auto& wait : waits) data.push(booking::to_json(wait, app.config.base_url));
  return Json::object({{"data", std::move(data)},
                       {"has_more", more},
                       {"next_cursor", more ? Json(waits.back().id.text()) : Json()}});
}

Result<Json> join_waiting(App& app, const http::Request& request) {
  FLEAD_TRY(const auto json, parse_json(request.body));
  booking::NewWait input;
  input.offer = json.text("offer").value_or("");
  input.zone = json.text("zone").value_or("");
  input.origin.actor = request.caller.actor;
  const auto lead = json.text("lead");
  if (!lead) return refused_field("lead", "person_required", "Say who waits: lead.");
  input.lead = LeadId(*lead);
  const auto time = [&](std::string_view name, TimeMs& at) -> Status {
    const auto text = json.text(name);
    if (!text) return {};
    const auto parsed = parse_time(*text);
    if (!parsed) {
      return refused_field(std::string(name), "time_invalid", "A time is 2026-01-05T10:00:00Z.");
    }
    at = *parsed;
    return {};
  };
  FLEAD_CHECK(time("from", input.from));
  FLEAD_CHECK(time("to", input.to));
  FLEAD_TRY(const auto wait, app.store.write([&](store::Tx& tx) {
    return booking::join_waitlist(app, tx, *request.caller.tenant, input);
  }));
  return booking::to_json(wait, app.config.base_url);
}

Result<Json> leave_waiting(App& app, const http::Request& request) {
  const booking::WaitId id{std::string(request.param("id"))};
  FLEAD_TRY(const auto wait, app.store.write([&](store::Tx& tx) {
    return booking::leave_waitlist(app, tx, *request.caller.tenant, id);
  }));
  return booking::to_json(wait, app.config.base_url);
}

Status owns_wait(App& app, const http::Request& request) {
  FLEAD_CHECK(app.store.read([&](store::Tx& tx) {
    return booking::load_wait(tx, request.caller.tenant->id,
                              booking::WaitId(std::string(request.param("id"))));
  }));
  return {};
}

template <int status, Result<Json> (*answer)(App&, const http::Request&)>
http::Reply reply_with_waits(App& app, const http::Request& request) {
  const auto json = answer(app, request);
  return json ? http::json_reply(status, *json) : http::failure(json.error());
}

}  // namespace

void add_waitlist_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/waitlist",
                   .access = http::Access::viewer,
                   .handler = reply_with_waits<200, list_waiting>,
                   .operation = "listWaits",
                   .summary = "Who waits for a place, longest first",
                   .response_schema = "WaitList",
                   .query = {{"offer"}, {"status"}, {"limit", "PageLimit"}, {"cursor"}}});
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/waitlist",
                   .access = http::Access::operator_,
                   .handler = reply_with_waits<201, join_waiting>,
                   .operation = "joinWaitlist",
                   .summary = "Let a lead wait for a place",
                   .request_schema = "NewWait",
                   .response_schema = "Wait",
                   .success = 201,
                   .refusals = {404, 422}});
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/waitlist/{id}/leave",
                   .access = http::Access::operator_,
                   .handler = reply_with_waits<200, leave_waiting>,
                   .operation = "leaveWaitlist",
                   .summary = "Take somebody off the waiting list",
                   .response_schema = "Wait",
                   .owns = owns_wait});
}

}  // namespace flead::api
