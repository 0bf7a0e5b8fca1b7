// What a person is told before anything is promised: price, terms and the versions of both, which
// a booking then names. Callers: GET /api/v1/quote, `flead booking quote`, the booking pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/booking/offer.h"
#include "core/booking/price.h"

namespace flead::booking {

// Cancelled before `until`, so much goes back.
struct RefundStep {
  TimeMs until = 0;
  int percent = 0;
  std::int64_t refund_minor = 0;
};

struct Quote {
  Offer offer;
  Host host;
  Price price;
  Money money;  // what is paid: of a sliding scale the wanted amount, or the suggested one
  Policy policy;
  std::optional<TimeMs> starts_at;
  std::vector<RefundStep> refunds;  // with a start: latest last
};

struct QuoteRequest {
  std::string offer, format;  // as in NewBooking
  std::optional<std::int64_t> amount_minor;
  std::optional<TimeMs> starts_at;
};
// Errors: offer_not_found, offer_needed, format_unknown, format_needed, price_out_of_range. Whether
// the time is free is not asked.
Result<Quote> quote(store::Tx& tx, const TenantId& tenant, const QuoteRequest& input);

// Pure: when which part goes back.
std::vector<RefundStep> refund_steps(const Policy& policy, const Money& money, TimeMs starts_at);

Json to_json(const Quote& quote, std::string_view language);

}  // namespace flead::booking
