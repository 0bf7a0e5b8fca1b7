// Refunds of YooKassa's double: partial ones add up to what was paid.
#include <utility>

#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::size_t k_refund_words_max = 250;
constexpr TimeMs k_refunds_forgotten_ms = 3 * 365 * k_day_ms;

}  // namespace

Json Yookassa::refund_json(const Refund& refund) const {
  Json out = Json::object({{"id", refund.id},
                           {"payment_id", refund.payment_id},
                           {"status", refund.status},
                           {"created_at", format_time(refund.created)},
                           {"amount", money_json(refund.amount_minor)}});
  if (refund.status == "canceled") {
    const bool own =
        refund.reason == "insufficient_funds" || refund.reason == "yoo_money_account_closed";
    out.set("cancellation_details", Json::object({{"party", own ? "yoo_money" : "refund_network"},
                                                  {"reason", refund.reason}}));
  }
  if (!refund.description.empty()) out.set("description", refund.description);
  if (refund.with_receipt) out.set("receipt_registration", refund.status);
  if (refund.metadata.is_object()) out.set("metadata", refund.metadata);
  return out;
}

http::Reply Yookassa::create_refund(const Asked& asked) {
  const Json& body = asked.body;
  const Payment* payment = thing_of(payments_, body.text("payment_id").value_or(""));
  if (payment == nullptr) return invalid("There is no such payment", "payment_id");
  if (payment->status != "succeeded") {
    return invalid("Only a succeeded payment can be refunded", "payment_id");
  }
  Refund made;
  made.id = make_uuid();
  made.payment_id = payment->id;
  made.created = now();
  if (auto fault = read_money(body, "amount", made.amount_minor)) return std::move(*fault);
  std::int64_t rest = payment->amount_minor - payment->refunded_minor;
  for (const Refund& other : refunds_) {
    if (other.payment_id == payment->id && other.status == "pending") rest -= other.amount_minor;
  }
  if (made.amount_minor > rest) {
    return invalid("The amount is more than what is left of the payment", "amount.value");
  }
  if (auto fault = check_text(body, "description", k_refund_words_max)) return std::move(*fault);
  if (auto fault = check_metadata(body)) return std::move(*fault);
  if (const Json* receipt = body.find("receipt")) {
    if (auto fault = check_receipt(*receipt, made.amount_minor)) return std::move(*fault);
    made.with_receipt = true;
  }
  made.description = body.text("description").value_or("");
  if (const Json* metadata = body.find("metadata")) made.metadata = *metadata;
  const Method* method = thing_of(methods_, payment->method_id);
  const Means* means = method == nullptr ? nullptr : find_means(method->type);
  const TimeMs within = means == nullptr ? k_refunds_forgotten_ms : means->refund_ms;
  made.stuck = settings_.refund == "pending";
  made.settles = made.created + settings_.refund_ms;
  if (made.created > payment->captured + within) {
    made.outcome = "payment_expired";
  } else if (settings_.refund != "succeeded" && !made.stuck) {
    made.outcome = settings_.refund;
  }
  const std::string id = keep_thing(refunds_, std::move(made)).id;
  settle();
  return good_reply(refund_json(*thing_of(refunds_, id)));
}

http::Reply Yookassa::refunds(const Asked& asked) {
  if (asked.parts[1].empty()) {
    if (asked.post) return create_refund(asked);
    std::vector<Listed> all;
    for (const Refund& one : refunds_) all.push_back({one.id, one.created, refund_json(one)});
    return list_page(asked.call.query, all,
                     {{"created_at"},
                      {{"status", "status"}, {"payment_id", "payment_id"}},
                      now() - k_refunds_forgotten_ms});
  }
  const Refund* refund = thing_of(refunds_, asked.parts[1]);
  return refund == nullptr ? not_found("refund") : good_reply(refund_json(*refund));
}

}  // namespace flead::serve::mock::yookassa_double
