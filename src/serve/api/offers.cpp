// GET /api/v1/offers and GET /api/v1/quote: what can be booked, and what it costs before anything
// is promised.
#include <string>
#include <utility>

#include "core/booking/quote.h"
#include "serve/api/bookings.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

// What a visitor sees of an offer: an account's own limits are its own business.
Json offer_json(const booking::Offer& offer, const booking::Host& host,
                const std::vector<booking::Price>& prices, const booking::Policy& policy) {
  Json rows = Json::array();
  for (const auto& price : prices) rows.push(booking::to_json(price));
  return Json::object(
      {{"slug", offer.slug},
       {"name", offer.name},
       {"description", offer.description},
       {"host", host.slug},
       {"host_name", host.name},
       {"length_min", offer.terms.length_min},
       {"seats", offer.terms.seats},
       {"location", offer.location},
       {"on_request", offer.on_request},
       {"booked_elsewhere", offer.booked_elsewhere.empty() ? Json() : Json(offer.booked_elsewhere)},
       {"prices", std::move(rows)},
       {"policy", booking::to_json(policy)}});
}

Result<Json> list_offers(App& app, const http::Request& request) {
  return app.store.read([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto offers, booking::list_offers(tx, request.caller.tenant->id));
    Json data = Json::array();
    for (const auto& offer : offers) {
      FLEAD_TRY(const auto host, booking::load_host(tx, offer.tenant, offer.host));
      FLEAD_TRY(const auto prices, booking::prices_of(tx, offer.id));
      FLEAD_TRY(const auto policy, booking::policy_of(tx, offer.id));
      data.push(offer_json(offer, host, prices, policy));
    }
    return Json::object({{"data", std::move(data)}, {"has_more", false}, {"next_cursor", Json()}});
  });
}

Result<Json> get_quote(App& app, const http::Request& request) {
  booking::QuoteRequest input;
  input.offer = filter_value(request, "offer").value_or("");
  input.format = filter_value(request, "format").value_or("");
  FLEAD_TRY(input.starts_at, read_time(request, "starts_at"));
  if (const auto amount = filter_value(request, "amount")) {
    input.amount_minor = parse_money_minor(*amount);
    if (!input.amount_minor) {
      return usage_error("amount_invalid", "amount is a sum such as 5000 or 4999.90.");
    }
  }
  const std::string language =
      filter_value(request, "lang").value_or(request.caller.tenant->locale);
  FLEAD_TRY(const auto quote, app.store.read([&](store::Tx& tx) {
    return booking::quote(tx, request.caller.tenant->id, input);
  }));
  return booking::to_json(quote, language);
}

template <Result<Json> (*answer)(App&, const http::Request&)>
http::Reply reply_with_offers(App& app, const http::Request& request) {
  const auto json = answer(app, request);
  if (!json) return http::failure(json.error());
  return http::json_reply(200, *json).header("cache-control", "no-store");
}

}  // namespace

void add_offer_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/offers",
                   .access = http::Access::publishable,
                   .handler = reply_with_offers<list_offers>,
                   .operation = "listOffers",
                   .summary = "List what can be booked, with prices and terms",
                   .cors = true,
                   .response_schema = "OfferList"});
  table.push_back(
      {.method = "GET",
       .pattern = "/api/v1/quote",
       .access = http::Access::publishable,
       .handler = reply_with_offers<get_quote>,
       .operation = "getQuote",
       .summary = "Price and terms of an offer, with the versions that a booking names",
       .cors = true,
       .response_schema = "Quote",
       .query =
           {{"offer"}, {"format"}, {"starts_at", "TimeOrDate"}, {"amount"}, {"lang", "Language"}},
       .refusals = {404, 422}});
}

}  // namespace flead::api
