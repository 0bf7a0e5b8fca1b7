#include "core/money/yookassa_payouts.h"

#include <utility>

#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/money/pay_config.h"
#include "core/money/yookassa.h"
#include "core/money/yookassa_wire.h"

namespace flead::money::yookassa_payouts {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

constexpr std::size_t k_gateway_characters_max = 32;
constexpr std::size_t k_banks_max = 1000;  // there are about two hundred

std::string phone_digits(std::string_view phone) {
  if (phone.starts_with('+')) phone.remove_prefix(1);
  return std::string(phone);
}

// "bank_card 555555*4477", "sbp", "yoo_money": never a whole number.
std::string destination_title(const Json& body) {
  std::string title = body.text("payout_destination.type").value_or("");
  const std::string first = body.text("payout_destination.card.first6").value_or("");
  const std::string last = body.text("payout_destination.card.last4").value_or("");
  if (first.size() <= 6 && last.size() == 4) title += " " + first + "*" + last;
  return channels::cut_words(title);
}

std::optional<PayObject> read_payout(const Json& body) {
  auto object = yookassa::read_common(body);
  if (!object || object->state == PayState::waiting_for_capture) return std::nullopt;
  object->ours = body.text("metadata.payout").value_or("");
  object->method = destination_title(body);
  return object;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, channels::check_http_config(config, yookassa::k_base_url));
  std::string gateway = channels::id_text(config, "gateway_id");
  if (gateway.empty()) gateway = channels::id_text(config, "shop_id");
  if (gateway.empty() || gateway.size() > k_gateway_characters_max ||
      gateway.find_first_not_of("0123456789") != std::string::npos) {
    return refused_field("gateway_id", "gateway_id_needed", "gateway_id is the gateway's number");
  }
  out.set("gateway_id", gateway);
  FLEAD_CHECK(copy_flag(config, "test", out));
  return out;
}

HttpRequest build_create(const PayAccess& access, const PayoutOrder& order) {
  Json body = Json::object({{"amount", yookassa::amount_json(order.amount)}});
  if (!order.token.empty()) {
    body.set("payout_token", order.token);
  } else if (!order.wallet.empty()) {
    body.set("payout_destination_data",
             Json::object({{"type", "yoo_money"}, {"account_number", order.wallet}}));
  } else {
    body.set("payout_destination_data",
             Json::object(
                 {{"type", "sbp"}, {"phone", phone_digits(order.phone)}, {"bank_id", order.bank}}));
  }
  if (!order.text.empty()) {
    body.set("description", yookassa::cut_to(order.text, yookassa::k_text_characters_max));
  }
  body.set("metadata", Json::object({{"payout", order.id.text()}}));
  return yookassa::post_to(access, "/payouts", "payout create", order.id.text(), body);
}

HttpRequest build_fetch(const PayAccess& access, std::string_view id) {
  return yookassa::request_to(access, "GET", "/payouts/" + percent_encode(id), "payout get");
}

PayAnswer parse_payout(const HttpReply& reply) {
  auto [answer, body] = yookassa::read_reply(reply);
  if (!body) return std::move(answer);
  return yookassa::with_object(std::move(answer), read_payout(*body));
}

HttpRequest build_search(const PayAccess& access, const PayoutId& ours) {
  return yookassa::request_to(access, "GET",
                              "/payouts/search?metadata%5Bpayout%5D=" + percent_encode(ours.text()),
                              "payout search");
}

PayAnswer parse_search(const HttpReply& reply) {
  return yookassa::read_list(reply, read_payout);
}

HttpRequest build_banks(const PayAccess& access) {
  return yookassa::request_to(access, "GET", "/sbp_banks", "banks list");
}

PayAnswer parse_banks(const HttpReply& reply) {
  auto [answer, body] = yookassa::read_reply(reply);
  if (!body) return std::move(answer);
  const Json* items = body->find("items");
  for (const Json& item : items != nullptr ? items->items() : Json::Array()) {
    PayoutBank bank{item.text("bank_id").value_or(""), item.text("name").value_or(""),
                    item.text("bic").value_or("")};
    if (bank.id.empty() || answer.banks.size() >= k_banks_max) continue;
    bank.name = channels::cut_words(bank.name);
    answer.banks.push_back(std::move(bank));
  }
  return std::move(answer);
}

}  // namespace flead::money::yookassa_payouts
