#include "core/money/cloudpayments.h"

#include <utility>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/money/pay_config.h"
#include "core/money/robokassa.h"

namespace flead::money::cloudpayments {

namespace {

constexpr std::size_t k_key_characters = 32;

// Content-HMAC is over the bytes as they came, X-Content-HMAC over the same once decoded.
bool is_signed(const PayAccess& access, const channels::HookCall& call) {
  const auto matches = [&](std::string_view header, const std::string& text) {
    const std::string_view given = call.header(header);
    return !given.empty() &&
           equal_constant_time(given, base64_encode(hmac_sha256(access.secret, text)));
  };
  return matches("content-hmac", call.body) || matches("x-content-hmac", call.body) ||
         matches("x-content-hmac", percent_decode(call.body, true));
}

struct Told {
  std::string_view type;
  PayNotice::Kind kind;
  PayState state;
};
constexpr Told k_types[] = {
    {"check", PayNotice::Kind::check, PayState::pending},
    {"pay", PayNotice::Kind::payment, PayState::succeeded},
    {"confirm", PayNotice::Kind::payment, PayState::succeeded},
    {"fail", PayNotice::Kind::none, PayState::pending},    // the payer may try again
    {"refund", PayNotice::Kind::none, PayState::pending},  // said by whoever gave it back
};

}  // namespace

Result<Json> check_config(const Json& config) {
  Json out = Json::object();
  FLEAD_TRY(const std::string shop, channels::config_line(config, "shop_id", 60));
  if (shop.empty()) {
    return refused_field("shop_id", "shop_id_needed", "--shop-id is the site's Public ID");
  }
  out.set("shop_id", shop);
  FLEAD_CHECK(copy_flag(config, "test", out));
  FLEAD_CHECK(copy_senders(config, out));
  return out;
}

std::string notice_query(const PayAccess& access, std::string_view type) {
  const std::string mac = hmac_sha256(access.secret, "flead:notice:" + std::string(type));
  return "type=" + std::string(type) + "&key=" + sha256_hex(mac).substr(0, k_key_characters);
}

PayNotice read_notice(const PayAccess& access, const channels::HookCall& call) {
  PayNotice notice;
  notice.answer_type = "application/json";
  if (call.method != "POST" || access.secret.empty() || !is_signed(access, call)) return notice;
  const Told* told = nullptr;
  for (const Told& one : k_types) {
    if (one.type == call.query_value("type")) told = &one;
  }
  if (told == nullptr) return notice;
  const std::string asked =
      "type=" + std::string(told->type) + "&key=" + std::string(call.query_value("key"));
  if (!equal_constant_time(asked, notice_query(access, told->type))) return notice;
  notice.genuine = true;
  notice.answer = answer_check(PayVeto::none);
  const auto pairs = parse_form(call.body);
  if (!pairs) return notice;
  const auto value = [&](std::string_view name) { return form_value(*pairs, name).value_or(""); };
  const auto minor = robokassa::read_sum(value("Amount"));
  PayObject object;
  object.id = value("TransactionId");
  object.ours = value("InvoiceId");
  if (object.id.empty() || object.id.find_first_not_of("0123456789") != std::string::npos ||
      object.id.size() > 20 || !minor) {
    // A question that cannot be read is not answered with a yes.
    if (told->kind == PayNotice::Kind::check) {
      notice.answer = answer_check(PayVeto::unknown_order);
    }
    return notice;
  }
  const std::string currency = value("Currency");
  object.amount = {*minor, currency.empty() ? "RUB" : currency};
  object.test = value("TestMode") == "1" || value("TestMode") == "true";
  object.state = told->state;
  if (told->type == "pay" && value("Status") == "Authorized") {
    object.state = PayState::waiting_for_capture;  // two steps: taken in the cabinet
  }
  const std::string last = value("CardLastFour");
  object.method = channels::cut_words(last.empty() ? "" : value("CardType") + " *" + last);
  notice.kind = told->kind;
  notice.id = object.id;
  notice.ours = object.ours;
  notice.delivery_id = std::string(told->type) + ":" + object.id;
  notice.object = std::move(object);
  return notice;
}

std::string answer_check(PayVeto veto) {
  switch (veto) {
    case PayVeto::none:
      return R"({"code":0})";
    case PayVeto::unknown_order:
      return R"({"code":10})";
    case PayVeto::wrong_amount:
      return R"({"code":12})";
    case PayVeto::not_payable:
      return R"({"code":13})";
  }
  return R"({"code":13})";
}

}  // namespace flead::money::cloudpayments
