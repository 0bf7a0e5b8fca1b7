#include "core/money/yookassa_wire.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/money/yookassa.h"

namespace flead::money::yookassa {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

constexpr std::size_t k_id_bytes_max = 64;

struct HttpRule {
  int status;
  CallResult result;
};
// By status alone: `code` says the same in words. 5xx and no answer after bytes have left are
// unknown.
constexpr std::array<HttpRule, 8> k_rules = {{
    {400, CallResult::refused},
    {401, CallResult::misconfigured},
    {403, CallResult::misconfigured},
    {404, CallResult::missing},
    {405, CallResult::refused},
    {415, CallResult::refused},
    {429, CallResult::retry},
    {410, CallResult::refused},
}};

std::string words_of(const HttpReply& reply, const std::optional<Json>& body) {
  std::string says = "HTTP " + std::to_string(reply.status);
  if (!body) return says;
  if (const auto code = body->text("code")) says += " " + *code;
  if (const auto parameter = body->text("parameter")) says += ", " + *parameter;
  if (const auto text = body->text("description")) says += ": " + *text;
  return channels::cut_words(says);
}

}  // namespace

HttpRequest request_to(const PayAccess& access, std::string method, std::string_view path,
                       std::string_view label) {
  HttpRequest request;
  request.method = std::move(method);
  request.url =
      access.config.text("base_url").value_or(std::string(k_base_url)) + std::string(path);
  request.label = "yookassa " + std::string(label);
  const std::string login =
      access.config.text("shop_id").value_or(access.config.text("gateway_id").value_or("")) + ":" +
      access.secret;
  request.headers = {{"authorization", "Basic " + base64_encode(login)},
                     {"accept", "application/json"}};
  request.timeout_ms = k_timeout_ms;
  return request;
}

HttpRequest post_to(const PayAccess& access, std::string_view path, std::string_view label,
                    std::string_view key, const Json& body) {
  HttpRequest request = request_to(access, "POST", path, label);
  request.headers.emplace_back("content-type", "application/json");
  request.headers.emplace_back("Idempotence-Key", std::string(key));
  request.body = body.dump();
  return request;
}

Json amount_json(const Money& money) {
  return Json::object({{"value", write_amount(money.amount_minor)}, {"currency", money.currency}});
}

std::string cut_to(std::string_view text, std::size_t characters_max) {
  return std::string(utf8_prefix(repair_utf8(text), characters_max));
}

std::pair<PayAnswer, std::optional<Json>> read_reply(const HttpReply& reply) {
  PayAnswer answer;
  if (reply.status == 0) {
    answer.result = reply.untrusted        ? CallResult::misconfigured
                    : reply.may_have_acted ? CallResult::unknown
                                           : CallResult::retry;
    answer.says = channels::cut_words(reply.error);
    return {std::move(answer), std::nullopt};
  }
  auto parsed = parse_json(reply.body);
  std::optional<Json> body;
  if (parsed && parsed->is_object()) body = std::move(*parsed);
  if (reply.status == 200 && body && body->text("type") != "error") {
    answer.result = CallResult::done;
    return {std::move(answer), std::move(body)};
  }
  answer.says = words_of(reply, body);
  answer.forbidden = reply.status == 403 && body && body->text("code") == "forbidden";
  answer.result = CallResult::unknown;
  if (reply.status >= 300 && reply.status < 400) answer.result = CallResult::misconfigured;
  for (const HttpRule& rule : k_rules) {
    if (rule.status == reply.status) answer.result = rule.result;
  }
  // A page of somebody else's in their place says nothing about an object.
  if (answer.result == CallResult::missing && (!body || body->text("type") != "error")) {
    answer.result = CallResult::misconfigured;
  }
  if (answer.result == CallResult::retry || answer.result == CallResult::unknown) {
    answer.retry_after_ms = std::clamp<std::int64_t>(
        body ? body->integer("retry_after").value_or(reply.retry_after_ms) : reply.retry_after_ms,
        0, k_day_ms);
  }
  return {std::move(answer), std::nullopt};
}

bool is_provider_id(std::string_view id) {
  return !id.empty() && id.size() <= k_id_bytes_max && !has_control_characters(id) &&
         id.find_first_of("/?#% ") == std::string_view::npos;
}

std::optional<PayObject> read_common(const Json& body) {
  PayObject object;
  object.id = body.text("id").value_or("");
  const auto state = parse_pay_state(body.text("status").value_or(""));
  const auto amount = read_amount(body, "amount");
  if (!is_provider_id(object.id) || !state || !amount) return std::nullopt;
  object.state = *state;
  object.amount = *amount;
  object.test = body.boolean("test").value_or(false);
  object.reason = body.text("cancellation_details.reason").value_or("");
  object.reason_by = body.text("cancellation_details.party").value_or("");
  return object;
}

PayAnswer with_object(PayAnswer answer, std::optional<PayObject> object) {
  if (!object) {
    answer.result = CallResult::unknown;
    answer.says = "an answer without id, status or amount";
    return answer;
  }
  answer.object = std::move(*object);
  return answer;
}

PayAnswer read_list(const HttpReply& reply, std::optional<PayObject> (*read)(const Json&)) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  const Json* items = body->find("items");
  if (items == nullptr || !items->is_array()) {
    answer.result = CallResult::unknown;
    answer.says = "a list without items";
    return std::move(answer);
  }
  for (const Json& item : items->items()) {
    auto object = read(item);
    if (!object) {
      // What cannot be read may be what is looked for.
      answer.result = CallResult::unknown;
      answer.says = "a list with an object that cannot be read";
      return std::move(answer);
    }
    answer.found.push_back(std::move(*object));
  }
  answer.next_cursor = body->text("next_cursor").value_or("");
  return std::move(answer);
}

std::string write_amount(std::int64_t amount_minor) {
  return fmt::format("{}.{:02}", amount_minor / 100, amount_minor % 100);
}

std::optional<Money> read_amount(const Json& json, std::string_view path) {
  const std::string at(path);
  const auto value = json.text(at + ".value");
  const auto currency = parse_currency(json.text(at + ".currency").value_or(""));
  // Two decimals and a point, as it is documented: "1500.00".
  if (!value || !currency || value->size() < 4 || (*value)[value->size() - 3] != '.' ||
      value->find_first_not_of("0123456789.") != std::string::npos) {
    return std::nullopt;
  }
  const auto minor = parse_money_minor(*value);
  if (!minor) return std::nullopt;
  return Money{*minor, *currency};
}

}  // namespace flead::money::yookassa
