// Separate receipts of YooKassa's double. As in a test shop nothing reaches a tax office: they are
// registered a second later.
#include <utility>

#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr TimeMs k_registration_ms = 1000;
constexpr TimeMs k_receipts_forgotten_ms = 3 * 365 * k_day_ms;

}  // namespace

Json Yookassa::receipt_json(const Receipt& receipt) const {
  const bool done = now() >= receipt.created + k_registration_ms;
  Json out = Json::object({{"id", receipt.id},
                           {"type", receipt.type},
                           {receipt.type + "_id", receipt.of},
                           {"status", done ? "succeeded" : "pending"}});
  if (done) {
    out.set("fiscal_document_number", "3986")
        .set("fiscal_storage_number", "9288000100115785")
        .set("fiscal_attribute", "2617603921")
        .set("registered_at", format_time(receipt.created + k_registration_ms));
  }
  return out.set("items", receipt.items).set("settlements", receipt.settlements);
}

http::Reply Yookassa::create_receipt(const Asked& asked) {
  const Json& body = asked.body;
  if (!settings_.fiscalization) {
    return refusal(403, "forbidden", "This shop sends no receipts through YooKassa");
  }
  Receipt made;
  made.id = "rt-" + make_uuid();
  made.type = body.text("type").value_or("");
  made.created = now();
  if (made.type != "payment" && made.type != "refund") {
    return invalid("The type is payment or refund", "type");
  }
  made.of = body.text(made.type + "_id").value_or("");
  const Payment* payment = thing_of(payments_, made.of);
  const Refund* refund = thing_of(refunds_, made.of);
  const bool of_payment = made.type == "payment";
  if (of_payment ? payment == nullptr || payment->status != "succeeded"
                 : refund == nullptr || refund->status != "succeeded") {
    return invalid("There is no such success to make a receipt of", made.type + "_id");
  }
  if (!body.boolean("send").value_or(false)) return invalid("send has to be true", "send");
  const Json* settlements = body.find("settlements");
  if (settlements == nullptr || settlements->items().empty()) {
    return invalid("Settlements are needed", "settlements");
  }
  std::int64_t settled = 0;
  for (const Json& one : settlements->items()) {
    std::int64_t minor = 0;
    if (auto fault = read_money(one, "amount", minor)) {
      return invalid("Incorrect amount", "settlements.amount");
    }
    settled += minor;
  }
  if (auto fault = check_receipt(body, settled)) return std::move(*fault);
  made.items = *body.find("items");
  made.settlements = *settlements;
  return good_reply(receipt_json(keep_thing(receipts_, std::move(made))));
}

http::Reply Yookassa::receipts(const Asked& asked) {
  if (asked.parts[1].empty()) {
    if (asked.post) return create_receipt(asked);
    std::vector<Listed> all;
    for (const Receipt& one : receipts_) all.push_back({one.id, one.created, receipt_json(one)});
    return list_page(
        asked.call.query, all,
        {{},
         {{"status", "status"}, {"payment_id", "payment_id"}, {"refund_id", "refund_id"}},
         now() - k_receipts_forgotten_ms});
  }
  const Receipt* receipt = thing_of(receipts_, asked.parts[1]);
  return receipt == nullptr ? not_found("receipt") : good_reply(receipt_json(*receipt));
}

}  // namespace flead::serve::mock::yookassa_double
