// Payments and payment methods of YooKassa's double: what is asked, checked and shown.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::size_t k_description_max = 128;
constexpr std::size_t k_customer_max = 200;
constexpr std::size_t k_return_url_max = 2048;
constexpr std::int64_t k_payment_least_minor = 1'00;
constexpr TimeMs k_forgotten_ms = 3 * 365 * k_day_ms;
constexpr std::int64_t k_pending_charge_ms = 1000;
constexpr std::string_view k_confirmations[] = {"redirect", "embedded", "qr", "external",
                                                "mobile_application"};

Json card_json(std::string_view number) {
  return Json::object({{"first6", number.substr(0, 6)},
                       {"last4", number.substr(number.size() - 4)},
                       {"expiry_year", "2030"},
                       {"expiry_month", "12"},
                       {"card_type", "MasterCard"},
                       {"issuer_country", "RU"}});
}

std::string title_of(const Method& method) {
  if (method.type == "bank_card" && !method.card.empty()) {
    return "Bank card *" + method.card.substr(method.card.size() - 4);
  }
  if (method.type == "yoo_money" && !method.account.empty()) {
    return "YooMoney wallet " + method.account;
  }
  return {};
}

// What payment_method and an answer of /payment_methods have in common.
Json method_core(const Method& method) {
  Json out = Json::object({{"type", method.type},
                           {"id", method.id},
                           {"saved", method.saved},
                           {"status", method.status}});
  if (const std::string title = title_of(method); !title.empty()) out.set("title", title);
  if (method.type == "bank_card" && !method.card.empty()) out.set("card", card_json(method.card));
  return out;
}

}  // namespace

// ---- what is shown -----------------------------------------------------------------------------

Json Yookassa::payment_json(const Payment& payment) const {
  const bool paid = payment.status == "succeeded" || payment.status == "waiting_for_capture";
  const bool rest = payment.refunded_minor < payment.amount_minor;
  Json out = Json::object({{"id", payment.id},
                           {"status", payment.status},
                           {"paid", paid},
                           {"amount", money_json(payment.amount_minor)}});
  if (payment.status == "succeeded") {
    const std::int64_t fee = payment.amount_minor * settings_.fee_basis_points / 10'000;
    out.set("income_amount", money_json(payment.amount_minor - fee));
    out.set("refunded_amount", money_json(payment.refunded_minor));
    out.set("captured_at", format_time(payment.captured));
  }
  if (payment.status == "waiting_for_capture") {
    out.set("expires_at", format_time(payment.hold_until));
  }
  if (payment.status == "pending" && payment.confirmation.is_object()) {
    out.set("confirmation", payment.confirmation);
  }
  out.set("created_at", format_time(payment.created));
  if (!payment.description.empty()) out.set("description", payment.description);
  if (!payment.customer.empty()) out.set("merchant_customer_id", payment.customer);
  out.set("recipient", Json::object({{"account_id", settings_.shop_id}, {"gateway_id", "100700"}}));
  if (const Method* method = thing_of(methods_, payment.method_id)) {
    Json shown = method_core(*method);
    if (method->type == "yoo_money" && !method->account.empty()) {
      shown.set("account_number", method->account);
    }
    out.set("payment_method", std::move(shown));
    if (paid && method->type == "bank_card") {
      out.set(
          "authorization_details",
          Json::object({{"rrn", "633123456789"},
                        {"auth_code", "062467"},
                        {"three_d_secure", Json::object({{"applied", payment.three_d_secure}})}}));
    }
  }
  out.set("refundable", payment.status == "succeeded" && rest);
  out.set("test", payment.test);
  if (payment.status == "canceled") {
    out.set("cancellation_details",
            Json::object({{"party", payment.party}, {"reason", payment.reason}}));
  }
  if (payment.with_receipt) {
    out.set("receipt_registration", payment.is_final() ? payment.status : "pending");
  }
  if (payment.metadata.is_object()) out.set("metadata", payment.metadata);
  return out;
}

Json Yookassa::method_json(const Method& method) const {
  Json out = method_core(method);
  out.set("holder", Json::object({{"account_id", settings_.shop_id}, {"gateway_id", "100700"}}));
  if (method.status == "pending") out.set("confirmation", method.confirmation);
  if (method.metadata.is_object()) out.set("metadata", method.metadata);
  return out;
}

// ---- creating ----------------------------------------------------------------------------------

Fault Yookassa::read_confirmation(const Asked& asked, const Json& wish, const std::string& id,
                                  Json& confirmation, std::string& return_url,
                                  std::string& locale) const {
  const std::string type = wish.text("type").value_or("");
  if (std::find(std::begin(k_confirmations), std::end(k_confirmations), type) ==
      std::end(k_confirmations)) {
    return invalid("There is no such type of confirmation", "confirmation.type");
  }
  if (auto fault = check_text(wish, "return_url", k_return_url_max)) {
    return invalid("return_url is at most 2048 characters long", "confirmation.return_url");
  }
  return_url = wish.text("return_url").value_or("");
  if (type == "redirect" && return_url.empty()) {
    return invalid("return_url is needed", "confirmation.return_url");
  }
  const bool web = return_url.starts_with("https://") || return_url.starts_with("http://");
  if (!return_url.empty() && (!web || has_control_characters(return_url))) {
    return invalid("return_url is no address", "confirmation.return_url");
  }
  locale = wish.text("locale").value_or("ru_RU");
  if (locale != "ru_RU" && locale != "en_US") {
    return invalid("locale is ru_RU or en_US", "confirmation.locale");
  }
  confirmation = Json::object({{"type", type}});
  const std::string url = page_url(asked.call, id);
  if (type == "redirect") {
    if (wish.boolean("enforce")) confirmation.set("enforce", *wish.boolean("enforce"));
    confirmation.set("return_url", return_url);
  }
  if (type == "redirect" || type == "mobile_application") {
    confirmation.set("confirmation_url", url);
  }
  if (type == "qr") confirmation.set("confirmation_data", url);
  if (type == "embedded") confirmation.set("confirmation_token", "ct-" + id);
  return std::nullopt;
}

Fault Yookassa::check_payment_fields(const Json& body, std::int64_t amount_minor) const {
  if (amount_minor < k_payment_least_minor) {
    return invalid("The amount is less than the least payment", "amount.value");
  }
  if (auto fault = check_text(body, "description", k_description_max)) return fault;
  if (auto fault = check_text(body, "merchant_customer_id", k_customer_max)) return fault;
  if (auto fault = check_metadata(body)) return fault;
  for (const std::string_view flag : {"capture", "save_payment_method"}) {
    if (body.find(flag) != nullptr && !body.boolean(flag)) {
      return invalid("It is true or false", flag);
    }
  }
  const Json* receipt = body.find("receipt");
  if (receipt != nullptr) return check_receipt(*receipt, amount_minor);
  if (settings_.fiscalization && settings_.receipt_required) {
    return invalid("Receipt is missing or illegal", "receipt");
  }
  return std::nullopt;
}

// A saved method, one that is chosen beforehand, or none: then the payer chooses.
Fault Yookassa::read_means(const Asked& asked, Payment& payment) {
  const Json& body = asked.body;
  if (body.find("payment_method_id") != nullptr) {
    const std::string id = body.text("payment_method_id").value_or("");
    const Method* method = thing_of(methods_, id);
    if (!settings_.recurring) {
      return refusal(403, "forbidden", "This shop can't make recurring payments");
    }
    if (method == nullptr || !method->saved || method->status != "active") {
      return invalid("There is no such saved payment method", "payment_method_id");
    }
    payment.method_id = id;
  } else if (const Json* data = body.find("payment_method_data")) {
    const std::string type = data->text("type").value_or("");
    const Means* means = find_means(type);
    if (means == nullptr || !offers(type)) {
      return invalid("Payment method is not available", "payment_method_data.type");
    }
    if (data->find("card") != nullptr) {
      return refusal(403, "forbidden", "Card data are for shops with PCI DSS");
    }
    if (!means->two_stage && !payment.capture) {
      return invalid("This method cannot hold: capture has to be true", "capture");
    }
    method_of(payment, type);
  }
  if (payment.save && !settings_.recurring) {
    return refusal(403, "forbidden", "This shop can't make recurring payments");
  }
  return std::nullopt;
}

http::Reply Yookassa::create_payment(const Asked& asked) {
  const Json& body = asked.body;
  Payment made;
  made.id = make_uuid();
  made.created = now();
  made.test = settings_.test;
  if (auto fault = read_money(body, "amount", made.amount_minor)) return std::move(*fault);
  if (auto fault = check_payment_fields(body, made.amount_minor)) return std::move(*fault);
  made.capture = body.boolean("capture").value_or(false);
  made.save = body.boolean("save_payment_method").value_or(false);
  made.description = body.text("description").value_or("");
  made.customer = body.text("merchant_customer_id").value_or("");
  made.with_receipt = body.find("receipt") != nullptr;
  if (const Json* metadata = body.find("metadata")) made.metadata = *metadata;
  if (const Json* confirmation = body.find("confirmation")) {
    if (auto fault = read_confirmation(asked, *confirmation, made.id, made.confirmation,
                                       made.return_url, made.locale)) {
      return std::move(*fault);
    }
  }
  if (auto fault = read_means(asked, made)) return std::move(*fault);
  Payment& kept = keep_thing(payments_, std::move(made));
  if (body.find("payment_method_id") != nullptr) return charge_saved(kept);
  return good_reply(payment_json(kept));
}

// Without the payer: at once, or pending for a moment.
http::Reply Yookassa::charge_saved(Payment& payment) {
  const std::string& charge = settings_.charge;
  const bool refused = charge != "succeeded" && charge != "pending";
  const std::string reason = settings_.permission_revoked ? "permission_revoked"
                             : refused                    ? charge
                                                          : "";
  pay(payment, reason, charge == "pending" ? k_pending_charge_ms : 0);
  return good_reply(payment_json(payment));
}

// ---- after it ----------------------------------------------------------------------------------

http::Reply Yookassa::capture(const Asked& asked, Payment& payment) {
  if (payment.status != "waiting_for_capture") {
    return invalid("Only a payment that waits for it can be captured", "payment_id");
  }
  std::int64_t amount = payment.amount_minor;
  if (asked.body.find("amount") != nullptr) {
    if (auto fault = read_money(asked.body, "amount", amount)) return std::move(*fault);
  }
  if (amount > payment.amount_minor) {
    return invalid("The amount is more than what is held", "amount.value");
  }
  if (const Json* receipt = asked.body.find("receipt")) {
    if (auto fault = check_receipt(*receipt, amount)) return std::move(*fault);
    payment.with_receipt = true;
  }
  payment.amount_minor = amount;
  succeed(payment);
  return good_reply(payment_json(payment));
}

http::Reply Yookassa::cancel(Payment& payment) {
  if (payment.status != "waiting_for_capture") {
    return invalid("Only a payment that waits for capture can be canceled", "payment_id");
  }
  cancel_payment(payment, "canceled_by_merchant");
  return good_reply(payment_json(payment));
}

http::Reply Yookassa::payments(const Asked& asked) {
  if (asked.parts[1].empty()) {
    if (asked.post) return create_payment(asked);
    std::vector<Listed> all;
    for (const Payment& one : payments_) all.push_back({one.id, one.created, payment_json(one)});
    return list_page(asked.call.query, all,
                     {{"created_at", "captured_at"},
                      {{"status", "status"}, {"payment_method", "payment_method.type"}},
                      now() - k_forgotten_ms});
  }
  Payment* payment = thing_of(payments_, asked.parts[1]);
  if (payment == nullptr) return not_found("payment");
  if (asked.parts[2] == "capture") return capture(asked, *payment);
  if (asked.parts[2] == "cancel") return cancel(*payment);
  return good_reply(payment_json(*payment));
}

// ---- payment methods without a charge ----------------------------------------------------------

http::Reply Yookassa::bind_method(const Asked& asked) {
  const Json& body = asked.body;
  if (!settings_.recurring) {
    return refusal(403, "forbidden", "This shop can't save payment methods");
  }
  Method made;
  made.id = make_uuid();
  made.type = body.text("type").value_or("");
  made.status = "pending";
  made.bound = true;
  if ((made.type != "bank_card" && made.type != "sbp") || !offers(made.type)) {
    return invalid("Payment method is not available", "type");
  }
  if (body.find("card") != nullptr) {
    return refusal(403, "forbidden", "Card data are for shops with PCI DSS");
  }
  const Json* confirmation = body.find("confirmation");
  const std::string type = confirmation == nullptr ? "" : confirmation->text("type").value_or("");
  if (type != "redirect" && type != "qr") {
    return invalid("The confirmation is a redirect or a qr", "confirmation.type");
  }
  if (auto fault = read_confirmation(asked, *confirmation, made.id, made.confirmation,
                                     made.return_url, made.locale)) {
    return std::move(*fault);
  }
  if (auto fault = check_metadata(body)) return std::move(*fault);
  if (const Json* metadata = body.find("metadata")) made.metadata = *metadata;
  return good_reply(method_json(keep_thing(methods_, std::move(made))));
}

http::Reply Yookassa::payment_methods(const Asked& asked) {
  if (asked.parts[1].empty()) return bind_method(asked);
  const Method* method = thing_of(methods_, asked.parts[1]);
  if (method == nullptr) return not_found("payment_method");
  return good_reply(method_json(*method));
}

}  // namespace flead::serve::mock::yookassa_double
