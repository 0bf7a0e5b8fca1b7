#include "core/money/tbank.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/provider_http.h"
#include "core/money/pay_config.h"

namespace flead::money::tbank {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

constexpr std::string_view k_currency = "RUB";  // a terminal has one
constexpr std::string_view k_demo = "DEMO";

struct StatusRule {
  std::string_view status;
  PayState state;
};
// What is not here is on its way: NEW, FORM_SHOWED, AUTHORIZING, 3DS_CHECKING, AUTH_FAIL (the payer
// may try once more) and whatever they add.
constexpr StatusRule k_statuses[] = {
    {"AUTHORIZED", PayState::waiting_for_capture},
    {"CONFIRMED", PayState::succeeded},
    {"REFUNDING", PayState::succeeded},
    {"ASYNC_REFUNDING", PayState::succeeded},
    {"PARTIAL_REFUNDED", PayState::succeeded},
    {"REFUNDED", PayState::succeeded},
    {"REJECTED", PayState::canceled},
    {"CANCELED", PayState::canceled},
    {"REVERSED", PayState::canceled},
    {"DEADLINE_EXPIRED", PayState::canceled},
};

PayState state_of(std::string_view status) {
  for (const StatusRule& rule : k_statuses) {
    if (rule.status == status) return rule.state;
  }
  return PayState::pending;
}

// As it goes into a token: text as it is, whole numbers and true or false as they are written.
// Nothing for what has members, and for numbers whose writing is lost.
std::optional<std::string> scalar_text(const Json& value) {
  if (const auto text = value.text()) return *text;
  if (const auto whole = value.integer()) return std::to_string(*whole);
  if (const auto flag = value.boolean()) return std::string(*flag ? "true" : "false");
  return std::nullopt;
}

HttpRequest request_to(const PayAccess& access, std::string_view method, Json body) {
  body.set("TerminalKey", access.config.text("shop_id").value_or(""));
  body.set("Token", token_of(body, access.secret));
  HttpRequest request;
  request.method = "POST";
  request.url =
      access.config.text("base_url").value_or(std::string(k_base_url)) + "/" + std::string(method);
  request.label = "tbank " + std::string(method);
  request.headers = {{"accept", "application/json"}, {"content-type", "application/json"}};
  request.body = body.dump();
  request.timeout_ms = k_timeout_ms;
  return request;
}

// Errors come as 200 with Success false. What they are about tells only their text, so each is a
// refusal, but those of the terminal itself.
constexpr std::string_view k_config_errors[] = {"202", "204", "205", "501"};

std::pair<PayAnswer, std::optional<Json>> read_reply(const HttpReply& reply) {
  PayAnswer answer;
  if (reply.status == 0) {
    answer.result = reply.untrusted        ? CallResult::misconfigured
                    : reply.may_have_acted ? CallResult::unknown
                                           : CallResult::retry;
    answer.says = channels::cut_words(reply.error);
    return {std::move(answer), std::nullopt};
  }
  auto body = parse_json(reply.body);
  if (reply.status != 200 || !body || !body->is_object() || !body->boolean("Success")) {
    answer.result = reply.status == 429                         ? CallResult::retry
                    : reply.status >= 300 && reply.status < 500 ? CallResult::misconfigured
                                                                : CallResult::unknown;
    answer.says = "HTTP " + std::to_string(reply.status);
    answer.retry_after_ms = std::clamp<std::int64_t>(reply.retry_after_ms, 0, k_day_ms);
    return {std::move(answer), std::nullopt};
  }
  if (*body->boolean("Success")) {
    answer.result = CallResult::done;
    return {std::move(answer), std::move(*body)};
  }
  const std::string code = channels::id_text(*body, "ErrorCode");
  answer.says = channels::cut_words(code + " " + body->text("Message").value_or("") + ": " +
                                    body->text("Details").value_or(""));
  const bool config = std::ranges::find(k_config_errors, code) != std::end(k_config_errors);
  answer.result = config ? CallResult::misconfigured : CallResult::refused;
  return {std::move(answer), std::nullopt};
}

std::optional<PayObject> read_payment(const Json& body) {
  PayObject object;
  object.id = channels::id_text(body, "PaymentId");
  const std::string status = body.text("Status").value_or("");
  const auto amount = channels::whole_number(body, "Amount");
  if (object.id.empty() || status.empty() || !amount || *amount <= 0) return std::nullopt;
  object.state = state_of(status);
  object.amount = {*amount, std::string(k_currency)};
  object.ours = channels::id_text(body, "OrderId");
  object.test = body.text("TerminalKey").value_or("").ends_with(k_demo);
  // What the sum means after a part went back is not said: it is not compared then.
  object.amount_told = status != "PARTIAL_REFUNDED" && status != "REFUNDED";
  object.confirm_url = body.text("PaymentURL").value_or("");
  if (!object.confirm_url.starts_with("https://")) object.confirm_url.clear();
  if (object.state == PayState::canceled) object.reason = status;
  return object;
}

PayAnswer with_payment(PayAnswer answer, std::optional<PayObject> object) {
  if (object) {
    answer.object = std::move(*object);
  } else {
    answer.result = CallResult::unknown;
    answer.says = "an answer without id, status or amount";
  }
  return answer;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, channels::check_http_config(config, k_base_url));
  const std::string terminal = channels::id_text(config, "shop_id");
  if (terminal.empty() || terminal.size() > 40 ||
      terminal.find_first_not_of(
          "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") !=
          std::string::npos) {
    return refused_field("shop_id", "shop_id_needed", "--shop-id is the terminal's key");
  }
  out.set("shop_id", terminal);
  FLEAD_CHECK(copy_flag(config, "test", out));
  FLEAD_CHECK(copy_senders(config, out));
  return out;
}

std::string token_of(const Json& object, std::string_view password) {
  std::vector<std::pair<std::string, std::string>> values = {{"Password", std::string(password)}};
  for (const auto& [name, value] : object.members()) {
    if (name == "Token" || name == "Password") continue;
    if (auto text = scalar_text(value)) values.emplace_back(name, std::move(*text));
  }
  std::sort(values.begin(), values.end());
  std::string joined;
  for (const auto& [name, value] : values) joined += value;
  return sha256_hex(joined);
}

HttpRequest build_create(const PayAccess& access, const PayOrder& order) {
  Json body = Json::object({{"OrderId", order.id.text()},
                            {"Amount", order.amount.amount_minor},
                            {"PayType", order.hold ? "T" : "O"},
                            {"Language", order.language == "ru" ? "ru" : "en"},
                            {"SuccessURL", order.return_url},
                            {"FailURL", order.return_url}});
  if (!order.notify_url.empty()) body.set("NotificationURL", order.notify_url);
  if (!order.text.empty()) {
    body.set("Description",
             std::string(utf8_prefix(repair_utf8(order.text), k_text_characters_max)));
  }
  return request_to(access, "Init", std::move(body));
}

HttpRequest build_fetch(const PayAccess& access, std::string_view id) {
  return request_to(access, "GetState", Json::object({{"PaymentId", id}}));
}

PayAnswer parse_payment(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  return with_payment(std::move(answer), read_payment(*body));
}

HttpRequest build_search(const PayAccess& access, const PaySearch& search) {
  return request_to(access, "CheckOrder", Json::object({{"OrderId", search.ours}}));
}

// All tries of an order; the one that is furthest, for a payer may have begun several.
PayAnswer parse_search(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) {
    // No such order: it was never made.
    if (answer.result == CallResult::refused) answer.result = CallResult::done;
    return std::move(answer);
  }
  const Json* payments = body->find("Payments");
  if (payments == nullptr || !payments->is_array()) {
    return with_payment(std::move(answer), std::nullopt);
  }
  for (Json one : payments->items()) {
    one.set("OrderId", body->text("OrderId").value_or(""));
    one.set("TerminalKey", body->text("TerminalKey").value_or(""));
    auto object = read_payment(one);
    if (!object) return with_payment(std::move(answer), std::nullopt);
    answer.found.push_back(std::move(*object));
  }
  // Paid before held before waiting before canceled.
  std::stable_sort(answer.found.begin(), answer.found.end(),
                   [](const PayObject& a, const PayObject& b) {
                     const auto rank = [](PayState state) {
                       return state == PayState::canceled ? -1 : static_cast<int>(state);
                     };
                     return rank(a.state) > rank(b.state);
                   });
  return std::move(answer);
}

HttpRequest build_capture(const PayAccess& access, const PayOrder& order, std::string_view id) {
  return request_to(access, "Confirm",
                    Json::object({{"PaymentId", id}, {"Amount", order.amount.amount_minor}}));
}

HttpRequest build_cancel(const PayAccess& access, const PayOrder& order, std::string_view id) {
  return request_to(
      access, "Cancel",
      Json::object({{"PaymentId", id}, {"ExternalRequestId", order.id.text() + "-cancel"}}));
}

HttpRequest build_refund(const PayAccess& access, const RefundOrder& order) {
  return request_to(access, "Cancel",
                    Json::object({{"PaymentId", order.payment},
                                  {"Amount", order.amount.amount_minor},
                                  {"ExternalRequestId", order.key}}));
}

PayAnswer parse_refund(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  const std::string status = body->text("Status").value_or("");
  const auto before = channels::whole_number(*body, "OriginalAmount");
  const auto after = channels::whole_number(*body, "NewAmount");
  PayObject object;
  object.payment_id = channels::id_text(*body, "PaymentId");
  object.ours = body->text("ExternalRequestId").value_or("");
  object.id = object.ours.empty() ? object.payment_id : object.ours;
  const bool given = status == "REFUNDED" || status == "PARTIAL_REFUNDED" || status == "REVERSED" ||
                     status == "PARTIAL_REVERSED";
  const bool coming = status == "REFUNDING" || status == "ASYNC_REFUNDING" || status == "REVERSING";
  if (object.payment_id.empty() || (!given && !coming) || !before || !after || *after >= *before) {
    return with_payment(std::move(answer), std::nullopt);
  }
  object.state = given ? PayState::succeeded : PayState::pending;
  object.amount = {*before - *after, std::string(k_currency)};
  object.test = body->text("TerminalKey").value_or("").ends_with(k_demo);
  answer.object = std::move(object);
  return std::move(answer);
}

PayNotice read_notice(const PayAccess& access, const channels::HookCall& call) {
  PayNotice notice;
  const auto body = parse_json(call.body);
  if (call.method != "POST" || !body || !body->is_object() || access.secret.empty()) return notice;
  const std::string token = body->text("Token").value_or("");
  if (!equal_constant_time(token, token_of(*body, access.secret)) ||
      body->text("TerminalKey") != access.config.text("shop_id")) {
    return notice;
  }
  notice.genuine = true;
  notice.answer = "OK";
  notice.id = channels::id_text(*body, "PaymentId");
  notice.ours = channels::id_text(*body, "OrderId");
  if (notice.id.empty() || notice.ours.empty()) return notice;
  notice.kind = PayNotice::Kind::payment;
  notice.delivery_id = body->text("Status").value_or("") + ":" + notice.id + ":" +
                       channels::id_text(*body, "Amount");
  return notice;
}

}  // namespace flead::money::tbank
