#include "serve/api/bookings.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/crypto.h"
#include "core/booking/booking.h"
#include "core/booking/pay.h"
#include "serve/api/booking_input.h"
#include "serve/api/intake_request.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

Json booking_json(const App& app, const booking::Booking& found) {
  return booking::to_json(found, app.config.base_url);
}

// A publishable key is public: it learns when and where to go on, and nothing of the person, whom
// it may not even have known to be there.
Json public_json(const App& app, const tenants::Tenant& tenant, const booking::Booking& made) {
  return Json::object(
      {{"id", made.id.text()},
       {"status", booking::state_name(made.state)},
       {"offer", made.offer_slug},
       {"starts_at", format_time(made.starts_at)},
       {"ends_at", format_time(made.ends_at)},
       {"zone", made.visitor_zone},
       {"manage_url", made.shelved ? app.config.base_url + "/thanks/" + tenant.slug
                                   : booking::manage_url(app.config.base_url, made)}});
}

// ---- making one ------------------------------------------------------------------------------

Result<booking::NewBooking> read_new_booking(const http::Request& request) {
  const tenants::Tenant& tenant = *request.caller.tenant;
  FLEAD_TRY(auto input, parse_booking_json(request.body));
  if (input.booking.request_only && request.caller.kind != http::Caller::Kind::token) {
    return refused_field("status", "status_unknown", "A new booking is confirmed.");
  }
  input.booking.origin = origin_of(request);
  if (input.contact) {
    const auto rules = intake::rules_of(*request.caller.settings);
    auto checked = intake::check_new_lead(tenant, rules, *input.contact, input.booking.origin);
    if (!checked) return in_contact(std::move(checked.error()));
    input.booking.contact = std::move(*checked);
  }
  // The zone of a stored person would show on the booking's page.
  if (input.booking.zone.empty() && request.caller.kind != http::Caller::Kind::token) {
    if (input.booking.contact) input.booking.zone = input.booking.contact->input.zone;
    if (input.booking.zone.empty()) input.booking.zone = tenant.zone;
  }
  return std::move(input.booking);
}

Result<intake::StoredReply> take_booking(App& app, const http::Request& request) {
  const tenants::Tenant& tenant = *request.caller.tenant;
  FLEAD_TRY(const auto key, idempotency_key_of(request, "booking.create"));
  FLEAD_TRY(auto before, replay_of(app, key));
  if (before) return std::move(*before);
  FLEAD_TRY(const auto input, read_new_booking(request));
  return app.store.write([&](store::Tx& tx) {
    return intake::with_idempotency(
        app.world, tx, key, [&](store::Tx& inner) -> Result<intake::StoredReply> {
          FLEAD_TRY(const auto made, booking::book(app, inner, tenant, input));
          const bool whole = request.caller.kind == http::Caller::Kind::token && !made.shelved;
          Json json = whole ? booking_json(app, made) : public_json(app, tenant, made);
          if (made.state == booking::State::held && made.lead) {
            FLEAD_TRY(const auto payment, booking::payment_of(inner, made));
            if (payment) json.set("pay_url", money::pay_url(app.config.base_url, *payment));
          }
          return intake::StoredReply{201, json.dump(), false};
        });
  });
}

http::Reply create_booking(App& app, const http::Request& request) {
  auto taken = take_booking(app, request);
  if (!taken) return http::failure(taken.error());
  http::Reply reply;
  reply.status = taken->status;
  reply.body = std::move(taken->body);
  reply.header("content-type", "application/json");
  if (taken->replayed) reply.header("idempotency-replayed", "true");
  return reply;
}

// ---- reading ---------------------------------------------------------------------------------

struct BookingKey {
  TimeMs start = 0;
  std::string id;
};

std::string booking_cursor(const booking::Booking& last) {
  return base64url_encode(std::to_string(last.starts_at) + "." + last.id.text());
}

Result<std::optional<BookingKey>> read_booking_cursor(const http::Request& request) {
  const auto cursor = filter_value(request, "cursor");
  if (!cursor) return std::optional<BookingKey>();
  const auto text = base64url_decode(*cursor);
  BookingKey key;
  if (text) {
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, key.start);
    if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '.') {
      key.id = std::string(parsed.ptr + 1, end);
    }
  }
  if (!is_id(key.id, BookingIdTag::k_prefix)) {
    return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
  }
  return std::optional<BookingKey>(std::move(key));
}

Result<booking::Filter> read_booking_filter(const http::Request& request) {
  booking::Filter filter;
  filter.status = request.query_value("status").value_or("");
  if (!filter.status.empty() && !booking::parse_state(filter.status)) {
    return usage_error("bad_status", "There is no such status.");
  }
  filter.offer = request.query_value("offer").value_or("");
  filter.host = request.query_value("host").value_or("");
  if (const auto lead = filter_value(request, "lead")) filter.lead = LeadId(*lead);
  FLEAD_TRY(filter.from, read_time(request, "from"));
  FLEAD_TRY(filter.to, read_time(request, "to"));
  FLEAD_TRY(const auto key, read_booking_cursor(request));
  if (key) {
    filter.after_start = key->start;
    filter.after_id = key->id;
  }
  return filter;
}

Result<Json> list_bookings(App& app, const http::Request& request) {
  FLEAD_TRY(auto filter, read_booking_filter(request));
  FLEAD_TRY(const auto limit, read_limit(request, k_page_default));
  filter.limit = limit + 1;  // one more: is there a next page?
  FLEAD_TRY(auto rows, app.store.read([&](store::Tx& tx) {
    return booking::list(tx, request.caller.tenant->id, filter);
  }));
  const bool has_more = rows.size() > static_cast<std::size_t>(limit);
  if (has_more) rows.pop_back();
  Json data = Json::array();
  for (const auto& row : rows) data.push(booking_json(app, row));
  return Json::object({{"data", std::move(data)},
                       {"has_more", has_more},
                       {"next_cursor", has_more ? Json(booking_cursor(rows.back())) : Json()}});
}

Result<Json> show_booking(App& app, const http::Request& request) {
  const BookingId id{std::string(request.param("id"))};
  FLEAD_TRY(const auto found, app.store.read([&](store::Tx& tx) {
    return booking::load(tx, request.caller.tenant->id, id);
  }));
  return booking_json(app, found);
}

Status owns_booking(App& app, const http::Request& request) {
  FLEAD_CHECK(show_booking(app, request));
  return {};
}

// ---- changing --------------------------------------------------------------------------------

template <booking::Action action>
Result<Json> change_booking(App& app, const http::Request& request) {
  FLEAD_TRY(auto change, parse_change_json(action, request.body));
  change.id = BookingId(std::string(request.param("id")));
  change.actor = request.caller.actor;
  FLEAD_TRY(const auto changed, app.store.write([&](store::Tx& tx) {
    return booking::change(app, tx, *request.caller.tenant, change);
  }));
  return booking_json(app, changed);
}

template <Result<Json> (*answer)(App&, const http::Request&)>
http::Reply booking_reply(App& app, const http::Request& request) {
  const auto json = answer(app, request);
  return json ? http::json_reply(200, *json) : http::failure(json.error());
}

void add_change_route(std::vector<http::Route>& table, std::string_view pattern,
                      http::Handler handler, std::string_view operation, std::string_view summary) {
  const bool moves = pattern.ends_with("/move");
  table.push_back({.method = "POST",
                   .pattern = pattern,
                   .access = http::Access::operator_,
                   .handler = std::move(handler),
                   .operation = operation,
                   .summary = summary,
                   .request_schema = moves ? "BookingMove" : "BookingChange",
                   .response_schema = "Booking",
                   .owns = owns_booking,
                   .body_optional = !moves,
                   .refusals = {409, 422}});
}

void add_change_routes(std::vector<http::Route>& table) {
  using booking::Action;
  add_change_route(table, "/api/v1/bookings/{id}/confirm",
                   booking_reply<change_booking<Action::confirm>>, "confirmBooking",
                   "Confirm a requested booking or a hold");
  add_change_route(table, "/api/v1/bookings/{id}/decline",
                   booking_reply<change_booking<Action::decline>>, "declineBooking",
                   "Decline a requested booking");
  add_change_route(table, "/api/v1/bookings/{id}/cancel",
                   booking_reply<change_booking<Action::cancel>>, "cancelBooking",
                   "Cancel a booking and tell the person");
  add_change_route(table, "/api/v1/bookings/{id}/move", booking_reply<change_booking<Action::move>>,
                   "moveBooking", "Move a booking to another slot of its offer");
  add_change_route(table, "/api/v1/bookings/{id}/complete",
                   booking_reply<change_booking<Action::complete>>, "completeBooking",
                   "Say that the meeting took place");
  add_change_route(table, "/api/v1/bookings/{id}/no_show",
                   booking_reply<change_booking<Action::no_show>>, "noShowBooking",
                   "Say that the person did not come");
}

}  // namespace

void add_booking_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/bookings",
                   .access = http::Access::publishable,
                   .handler = create_booking,
                   .operation = "createBooking",
                   .summary = "Book a slot",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .cors = true,
                   .request_schema = "NewBooking",
                   .response_schema = "CreatedBooking",
                   .success = 201,
                   .idempotent = true,
                   .refusals = {404, 422}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/bookings",
                   .access = http::Access::viewer,
                   .handler = booking_reply<list_bookings>,
                   .operation = "listBookings",
                   .summary = "List bookings by their start, earliest first",
                   .response_schema = "BookingList",
                   .query = {{"status", "BookingStatus"},
                             {"offer"},
                             {"host"},
                             {"lead"},
                             {"from", "TimeOrDate"},
                             {"to", "TimeOrDate"},
                             {"limit", "PageLimit"},
                             {"cursor"}}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/bookings/{id}",
                   .access = http::Access::viewer,
                   .handler = booking_reply<show_booking>,
                   .operation = "getBooking",
                   .summary = "Show a booking",
                   .response_schema = "Booking",
                   .owns = owns_booking});
  add_change_routes(table);
}

}  // namespace flead::api
