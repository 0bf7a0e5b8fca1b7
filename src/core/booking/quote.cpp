#include "core/booking/quote.h"

#include <utility>

namespace flead::booking {

std::vector<RefundStep> refund_steps(const Policy& policy, const Money& money, TimeMs starts_at) {
  std::vector<PolicyStep> steps = policy.steps;
  if (policy.version == 0) steps = {{0, 100}};
  std::vector<RefundStep> out;
  for (const PolicyStep& step : steps) {
    if (step.percent == 0) continue;
    out.push_back({starts_at - step.before_min * k_minute_ms, step.percent,
                   percent_of(money.amount_minor, step.percent)});
  }
  return out;
}

Result<Quote> quote(store::Tx& tx, const TenantId& tenant, const QuoteRequest& input) {
  Quote out;
  FLEAD_TRY(out.offer, find_offer(tx, tenant, input.offer));
  FLEAD_TRY(out.host, load_host(tx, tenant, out.offer.host));
  FLEAD_TRY(out.price, price_for(tx, out.offer.id, input.format));
  FLEAD_TRY(out.money, agreed_price(out.price, input.amount_minor));
  FLEAD_TRY(out.policy, policy_of(tx, out.offer.id));
  out.starts_at = input.starts_at;
  if (out.starts_at) out.refunds = refund_steps(out.policy, out.money, *out.starts_at);
  return out;
}

Json to_json(const Quote& quote, std::string_view language) {
  Json terms = Json::array();
  for (const std::string& sentence : policy_sentences(quote.policy, language)) {
    terms.push(sentence);
  }
  Json refunds = Json::array();
  for (const RefundStep& step : quote.refunds) {
    refunds.push(Json::object({{"until", format_time(step.until)},
                               {"percent", step.percent},
                               {"refund_minor", step.refund_minor}}));
  }
  const Price& price = quote.price;
  return Json::object(
      {{"offer", quote.offer.slug},
       {"name", quote.offer.name},
       {"host", quote.host.slug},
       {"length_min", quote.offer.terms.length_min},
       {"on_request", quote.offer.on_request},
       {"format", price.format},
       {"free", price.is_free()},
       {"price", price.version == 0 ? Json() : to_json(quote.money)},
       {"least_minor", price.least_minor ? Json(*price.least_minor) : Json()},
       {"most_minor", price.most_minor ? Json(*price.most_minor) : Json()},
       {"price_version", price.version},
       {"policy_version", quote.policy.version},
       {"terms", std::move(terms)},
       {"starts_at", quote.starts_at ? Json(format_time(*quote.starts_at)) : Json()},
       {"refunds", std::move(refunds)}});
}

}  // namespace flead::booking
