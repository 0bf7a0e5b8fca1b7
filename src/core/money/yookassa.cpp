#include "core/money/yookassa.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/money/pay_config.h"
#include "core/money/yookassa_wire.h"

namespace flead::money::yookassa {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

constexpr std::size_t k_receipt_lines_max = 80;
constexpr int k_search_page = 100;

Json receipt_json(const PayAccess& access, const Receipt& receipt, std::string_view currency) {
  Json customer = Json::object();
  if (!receipt.email.empty()) {
    customer.set("email", receipt.email);
  } else {
    std::string digits = receipt.phone;
    if (digits.starts_with('+')) digits.erase(0, 1);
    customer.set("phone", digits);
  }
  Json items = Json::array();
  std::size_t count = 0;
  for (const ReceiptLine& line : receipt.lines) {
    if (++count > k_receipt_lines_max) break;
    items.push(Json::object({{"description", cut_to(line.text, k_text_characters_max)},
                             {"quantity", line.quantity},
                             {"amount", amount_json({line.amount_minor, std::string(currency)})},
                             {"vat_code", access.config.integer("vat_code").value_or(1)},
                             {"payment_mode", "full_prepayment"},
                             {"payment_subject", "service"}}));
  }
  return Json::object({{"customer", std::move(customer)}, {"items", std::move(items)}});
}

std::string method_title(const Json& body) {
  const std::string title = body.text("payment_method.title").value_or("");
  if (!title.empty()) return channels::cut_words(title);
  std::string kind = body.text("payment_method.type").value_or("");
  const std::string last = body.text("payment_method.card.last4").value_or("");
  if (!last.empty()) kind += " *" + last;
  return channels::cut_words(kind);
}

// "Mir *4477": what tells a payer's cards apart.
std::string saved_title(const Json& body) {
  const std::string brand = body.text("payment_method.card.card_type").value_or("");
  const std::string last = body.text("payment_method.card.last4").value_or("");
  return brand.empty() || last.empty() ? method_title(body)
                                       : channels::cut_words(brand + " *" + last);
}

std::optional<PayObject> read_payment(const Json& body) {
  auto object = read_common(body);
  if (!object) return std::nullopt;
  object->ours = body.text("metadata.payment").value_or("");
  if (const auto income = read_amount(body, "income_amount")) {
    if (income->currency == object->amount.currency) object->income_minor = income->amount_minor;
  }
  if (const auto refunded = read_amount(body, "refunded_amount")) {
    object->refunded_minor = refunded->amount_minor;
  }
  object->method = method_title(body);
  if (body.boolean("payment_method.saved").value_or(false)) {
    object->saved_method = body.text("payment_method.id").value_or("");
    if (!is_provider_id(object->saved_method)) object->saved_method.clear();
    object->saved_kind = channels::cut_words(body.text("payment_method.type").value_or(""));
    object->saved_title = saved_title(body);
  }
  object->revoked = read_decline(object->reason) == Decline::revoked;
  object->confirm_url = body.text("confirmation.confirmation_url").value_or("");
  if (!object->confirm_url.starts_with("https://") &&
      !object->confirm_url.starts_with("http://127.0.0.1")) {
    object->confirm_url.clear();
  }
  object->expires_at = parse_time(body.text("expires_at").value_or("")).value_or(0);
  return object;
}

std::optional<PayObject> read_refund(const Json& body) {
  auto object = read_common(body);
  if (!object) return std::nullopt;
  object->payment_id = body.text("payment_id").value_or("");
  object->ours = body.text("metadata.refund").value_or("");
  return object;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, channels::check_http_config(config, k_base_url));
  const std::string shop = channels::id_text(config, "shop_id");
  if (shop.empty() || shop.size() > 32 ||
      shop.find_first_not_of("0123456789") != std::string::npos) {
    return refused_field("shop_id", "shop_id_needed", "--shop-id is the shop's number");
  }
  out.set("shop_id", shop);
  FLEAD_CHECK(copy_flag(config, "test", out));
  FLEAD_CHECK(copy_flag(config, "receipts", out));
  const std::string vat = channels::id_text(config, "vat_code");
  if (!vat.empty()) {
    const auto code = channels::whole_number(config, "vat_code");
    if (!code || *code < 1 || *code > 12) {
      return refused_field("vat_code", "vat_code_invalid", "A VAT code is 1 to 12; 1 is no VAT");
    }
    out.set("vat_code", *code);
  }
  FLEAD_CHECK(copy_senders(config, out));
  return out;
}

HttpRequest build_create(const PayAccess& access, const PayOrder& order) {
  Json body = Json::object({{"amount", amount_json(order.amount)}, {"capture", !order.hold}});
  if (!order.text.empty()) body.set("description", cut_to(order.text, k_text_characters_max));
  body.set("metadata", Json::object({{"payment", order.id.text()}}));
  if (order.saved_method.empty()) {
    body.set("confirmation",
             Json::object({{"type", "redirect"},
                           {"return_url", order.return_url},
                           {"locale", order.language == "ru" ? "ru_RU" : "en_US"}}));
  } else {
    body.set("payment_method_id", order.saved_method);
  }
  if (order.save_method) body.set("save_payment_method", true);
  if (order.receipt) {
    body.set("receipt", receipt_json(access, *order.receipt, order.amount.currency));
  }
  return post_to(access, "/payments", "payment create",
                 order.key.empty() ? order.id.text() : order.key, body);
}

HttpRequest build_fetch(const PayAccess& access, std::string_view id) {
  return request_to(access, "GET", "/payments/" + percent_encode(id), "payment get");
}

PayAnswer parse_payment(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (body) return with_object(std::move(answer), read_payment(*body));
  if (answer.result == CallResult::refused) {
    // A saved method that they do not know, or not any more.
    const auto error = parse_json(reply.body);
    answer.object.revoked = error && error->text("parameter") == "payment_method_id";
  }
  return std::move(answer);
}

Decline read_decline(std::string_view reason) {
  constexpr std::string_view k_later[] = {"insufficient_funds", "issuer_unavailable",
                                          "call_issuer",        "payment_method_limit_exceeded",
                                          "internal_timeout",   "general_decline"};
  constexpr std::string_view k_other[] = {"card_expired",      "invalid_card_number",
                                          "invalid_csc",       "fraud_suspected",
                                          "country_forbidden", "payment_method_restricted",
                                          "3d_secure_failed",  "identification_required"};
  if (reason == "permission_revoked") return Decline::revoked;
  if (std::ranges::find(k_later, reason) != std::end(k_later)) return Decline::later;
  if (std::ranges::find(k_other, reason) != std::end(k_other)) return Decline::other_means;
  return Decline::unknown;
}

HttpRequest build_search(const PayAccess& access, const PaySearch& search) {
  std::string path = fmt::format("/payments?created_at.gte={}&created_at.lt={}&limit={}",
                                 percent_encode(format_time(search.from)),
                                 percent_encode(format_time(search.to)), k_search_page);
  if (!search.cursor.empty()) path += "&cursor=" + percent_encode(search.cursor);
  return request_to(access, "GET", path, "payment list");
}

PayAnswer parse_search(const HttpReply& reply) {
  return read_list(reply, read_payment);
}

HttpRequest build_capture(const PayAccess& access, const PayOrder& order, std::string_view id) {
  Json body = Json::object({{"amount", amount_json(order.amount)}});
  if (order.receipt) {
    body.set("receipt", receipt_json(access, *order.receipt, order.amount.currency));
  }
  return post_to(access, "/payments/" + percent_encode(id) + "/capture", "payment capture",
                 order.id.text() + "-capture", body);
}

HttpRequest build_cancel(const PayAccess& access, const PayOrder& order, std::string_view id) {
  HttpRequest request = post_to(access, "/payments/" + percent_encode(id) + "/cancel",
                                "payment cancel", order.id.text() + "-cancel", Json::object());
  request.body.clear();  // it takes none
  return request;
}

HttpRequest build_refund(const PayAccess& access, const RefundOrder& order) {
  Json body = Json::object({{"payment_id", order.payment}, {"amount", amount_json(order.amount)}});
  if (!order.text.empty()) {
    body.set("description", cut_to(order.text, k_refund_text_characters_max));
  }
  body.set("metadata", Json::object({{"refund", order.key}}));
  if (order.receipt) {
    body.set("receipt", receipt_json(access, *order.receipt, order.amount.currency));
  }
  return post_to(access, "/refunds", "refund create", order.key, body);
}

HttpRequest build_refund_fetch(const PayAccess& access, std::string_view id) {
  return request_to(access, "GET", "/refunds/" + percent_encode(id), "refund get");
}

PayAnswer parse_refund(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  return with_object(std::move(answer), read_refund(*body));
}

HttpRequest build_refund_search(const PayAccess& access, std::string_view payment,
                                std::string_view cursor) {
  std::string path =
      fmt::format("/refunds?payment_id={}&limit={}", percent_encode(payment), k_search_page);
  if (!cursor.empty()) path += "&cursor=" + percent_encode(cursor);
  return request_to(access, "GET", path, "refund list");
}

PayAnswer parse_refund_search(const HttpReply& reply) {
  return read_list(reply, read_refund);
}

HttpRequest build_account(const PayAccess& access) {
  return request_to(access, "GET", "/me", "account get");
}

PayAnswer parse_account(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  answer.object.id = channels::id_text(*body, "account_id");
  answer.object.test = body->boolean("test").value_or(false);
  answer.object.receipts = body->boolean("fiscalization.enabled")
                               .value_or(body->boolean("fiscalization_enabled").value_or(false));
  if (const auto balance = read_amount(*body, "payout_balance")) {
    answer.object.balance_minor = balance->amount_minor;
    answer.object.amount.currency = balance->currency;
  }
  for (const std::string_view list : {"payment_methods", "payout_methods"}) {
    const Json* methods = body->find(list);
    for (const Json& method : methods != nullptr ? methods->items() : Json::Array()) {
      if (const auto word = method.text()) answer.object.methods.push_back(*word);
    }
  }
  answer.says = body->text("status").value_or("");
  if (answer.says != "enabled") {
    answer.result = CallResult::misconfigured;
    answer.says = "the account is " + (answer.says.empty() ? "not enabled" : answer.says);
  }
  return std::move(answer);
}

PayNotice read_notice(const PayAccess&, const channels::HookCall& call) {
  PayNotice notice;
  if (call.method != "POST") return notice;
  // Nothing is signed: whoever knows the address may call. All it can do is make us look.
  notice.genuine = true;
  const auto body = parse_json(call.body);
  if (!body || body->text("type") != "notification") return notice;
  const std::string event = body->text("event").value_or("");
  notice.id = body->text("object.id").value_or("");
  if (!is_provider_id(notice.id)) {
    notice.id.clear();
    return notice;
  }
  if (event.starts_with("payment.")) notice.kind = PayNotice::Kind::payment;
  if (event.starts_with("refund.")) notice.kind = PayNotice::Kind::refund;
  if (event.starts_with("payout.")) notice.kind = PayNotice::Kind::payout;
  const char* const ours =
      notice.kind == PayNotice::Kind::refund ? "object.metadata.refund" : "object.metadata.payment";
  notice.ours = body->text(ours).value_or("");
  notice.payment = body->text("object.payment_id").value_or("");
  notice.delivery_id = event + ":" + notice.id;
  return notice;
}

}  // namespace flead::money::yookassa
