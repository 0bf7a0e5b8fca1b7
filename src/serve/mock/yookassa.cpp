// YooKassa as its document (v3, July 2026) and its pages describe it, below /yookassa/v3: payments,
// refunds, receipts, bound payment methods and payouts, with two pairs of credentials, keys of
// idempotence and faults. The payer's page is /yookassa/checkout/payments/v2/contract?orderId=ID.
// account: the switches, see yookassa_settings.cpp. event: see yookassa_events.cpp.
#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::string_view k_page_path = "/checkout/payments/v2/contract";
constexpr std::size_t k_key_characters_max = 64;
constexpr TimeMs k_key_memory_ms = 24 * k_hour_ms;
constexpr std::size_t k_keys_max = 10'000;

// "user:password" of HTTP Basic; "" for any other header.
std::string basic_pair(std::string_view header) {
  if (!header.starts_with("Basic ")) return {};
  return base64_decode(header.substr(6)).value_or("");
}

// The document's pattern, which is [0-9a-zA-Z+-_.]: "+" to "_" is a range.
bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= k_key_characters_max &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '+' && c <= '_'); });
}

// The same data, however its members are ordered.
std::string canonical(const Json& value) {
  if (value.is_array()) {
    std::string out = "[";
    for (const Json& item : value.items()) out += canonical(item) + ",";
    return out + "]";
  }
  if (!value.is_object()) return value.dump();
  std::map<std::string, std::string> members;
  for (const auto& [name, member] : value.members()) members[name] = canonical(member);
  std::string out = "{";
  for (const auto& [name, member] : members) out += Json(name).dump() + ":" + member + ",";
  return out + "}";
}

http::Reply server_error() {
  return refusal(500, "internal_server_error", "Processing takes too long, try again");
}

}  // namespace

std::vector<std::string> Yookassa::paths() const {
  return {std::string(k_page_path),
          "/v3/payments",
          "/v3/payments/{id}",
          "/v3/payments/{id}/capture",
          "/v3/payments/{id}/cancel",
          "/v3/refunds",
          "/v3/refunds/{id}",
          "/v3/receipts",
          "/v3/receipts/{id}",
          "/v3/payment_methods",
          "/v3/payment_methods/{id}",
          "/v3/payouts",
          "/v3/payouts/search",
          "/v3/payouts/{id}",
          "/v3/sbp_banks",
          "/v3/personal_data",
          "/v3/personal_data/{id}",
          "/v3/webhooks",
          "/v3/webhooks/{id}",
          "/v3/me"};
}

std::string Yookassa::make_uuid() {
  unsigned char bytes[10];
  world_.random.fill(bytes);
  const std::string hex =
      hex_encode(std::string_view(reinterpret_cast<const char*>(bytes), sizeof bytes));
  return hex.substr(0, 8) + "-000f-5000-8000-" + hex.substr(8);
}

std::string Yookassa::page_url(const Call& call, std::string_view id) const {
  std::string base = settings_.page_url;
  if (base.empty()) base = "http://" + std::string(call.header("host")) + "/yookassa";
  return base + std::string(k_page_path) + "?orderId=" + percent_encode(id);
}

// Payouts are the gateway's, everything else the shop's; /me is either's.
std::optional<http::Reply> Yookassa::refuse_caller(const Asked& asked, std::string& who) const {
  const std::string pair = basic_pair(asked.call.header("authorization"));
  const bool shop = equal_constant_time(pair, settings_.shop_id + ":" + settings_.shop_key);
  const bool gateway =
      equal_constant_time(pair, settings_.gateway_id + ":" + settings_.gateway_key);
  if (!shop && !gateway) {
    http::Reply reply = refusal(401, "invalid_credentials",
                                "Error in shopId or secret key. Check their validity", {});
    reply.header("www-authenticate", "Basic realm=\"api.yookassa.ru\"");
    return reply;
  }
  who = shop ? settings_.shop_id : settings_.gateway_id;
  const std::string& what = asked.parts[0];
  const bool of_gateway = what == "payouts" || what == "sbp_banks" || what == "personal_data";
  if (what == "webhooks") return refusal(403, "forbidden", "Webhooks need an OAuth token");
  if (what == "me" || of_gateway == gateway) {
    if (of_gateway && !settings_.payouts_enabled) {
      return refusal(403, "forbidden", "Payouts are not enabled");
    }
    return std::nullopt;
  }
  return refusal(403, "forbidden",
                 of_gateway ? "This key makes no payouts" : "This key takes no payments");
}

std::optional<http::Reply> Yookassa::refuse_method(const Asked& asked) const {
  const auto& [what, id, action, rest] =
      std::tie(asked.parts[0], asked.parts[1], asked.parts[2], asked.parts[3]);
  const bool unlisted = what == "payment_methods" || what == "personal_data";
  const bool both = id.empty() && what != "sbp_banks" && what != "me" && !unlisted;
  const bool only_post = !action.empty() || (unlisted && id.empty());
  const bool get = asked.call.method == "GET";
  if ((get && !only_post) || (asked.post && (only_post || both))) return std::nullopt;
  http::Reply reply = refusal(405, "method_not_allowed", "The method is not allowed here");
  reply.header("allow", only_post ? "POST" : both ? "GET, POST" : "GET");
  return reply;
}

bool Yookassa::fault_hits(const Call& call, std::string_view which) const {
  return settings_.fault == which && settings_.fault_times > 0 &&
         (settings_.fault_method.empty() || settings_.fault_method == call.method) &&
         call.path.find(settings_.fault_path) != std::string::npos;
}

void Yookassa::use_fault() {
  if (--settings_.fault_times > 0) return;
  settings_.fault = "none";
  settings_.fault_times = 1;
}

std::int64_t Yookassa::take_wait_ms() {
  return std::exchange(wait_ms_, 0);
}

http::Reply Yookassa::answer(const Call& call) {
  settle();
  if (call.path == k_page_path) return page(call);
  Asked asked{call, split(call.path, '/'), Json::object(), call.method == "POST"};
  asked.parts.erase(asked.parts.begin(), asked.parts.begin() + 2);  // "", "v3"
  asked.parts.resize(4);
  std::string who;
  if (auto refused = refuse_caller(asked, who)) return std::move(*refused);
  if (auto refused = refuse_method(asked)) return std::move(*refused);
  if (fault_hits(call, "flood")) {
    const std::int64_t retry_after = settings_.fault_retry_ms;
    use_fault();
    http::Reply reply = refusal(429, "too_many_requests", "Too many requests");
    Json body = *parse_json(reply.body);
    return http::json_reply(429, body.set("retry_after", retry_after));
  }
  if (fault_hits(call, "error")) {
    use_fault();
    return server_error();
  }
  http::Reply reply = asked.post ? once(asked, who) : dispatch(asked, who);
  for (const std::string_view fault : {"lost", "hang"}) {
    if (!fault_hits(call, fault)) continue;
    if (fault == "hang") wait_ms_ = settings_.fault_ms;
    use_fault();
    return server_error();
  }
  return reply;
}

// Same key and same data: the first result. What was refused with 400 is a result as well: new data
// needs a new key.
http::Reply Yookassa::once(const Asked& asked, const std::string& who) {
  const Call& call = asked.call;
  const std::string key(call.header("idempotence-key"));
  if (!is_key(key)) {
    return invalid("Idempotence-Key is needed, 1 to 64 characters long", "Idempotence-Key");
  }
  Asked read = asked;
  if (!call.body.empty()) {
    if (call.content_type != "application/json") {
      return refusal(415, "unsupported_media_type", "The body has to be application/json");
    }
    auto body = parse_json(call.body);
    if (!body || !body->is_object()) return invalid("The body is not a JSON object", {});
    read.body = std::move(*body);
  }
  const TimeMs time = now();
  std::erase_if(keys_,
                [&](const auto& entry) { return time - entry.second.at >= k_key_memory_ms; });
  const std::string name = who + "\n" + key;
  const std::string data = call.path + "\n" + canonical(read.body);
  if (const auto known = keys_.find(name); known != keys_.end()) {
    ++known->second.times;
    if (known->second.asked == data || settings_.key_reuse == "replay") return known->second.reply;
    return invalid("Idempotence key duplicated", "Idempotence-Key");
  }
  const http::Reply reply = dispatch(read, who);
  if ((reply.status == 200 || reply.status == 400) && keys_.size() < k_keys_max) {
    keys_[name] = {time, data, reply, 1, call.path};
  }
  return reply;
}

http::Reply Yookassa::dispatch(const Asked& asked, const std::string& who) {
  const std::string& what = asked.parts[0];
  if (what == "payments") return payments(asked);
  if (what == "refunds") return refunds(asked);
  if (what == "receipts") return receipts(asked);
  if (what == "payment_methods") return payment_methods(asked);
  if (what == "payouts" || what == "sbp_banks") return payouts(asked);
  if (what == "personal_data") return personal_data(asked);
  return me(who);
}

http::Reply Yookassa::me(const std::string& who) const {
  const auto list = [](const std::string& joined) {
    Json out = Json::array();
    for (const std::string& word : split(joined, ',')) out.push(word);
    return out;
  };
  Json body = Json::object({{"account_id", who}, {"test", settings_.test}});
  if (who == settings_.gateway_id) {
    body.set("status", settings_.gateway_status)
        .set("name", "ACME")
        .set("payout_methods", list(settings_.payout_methods))
        .set("payout_balance", money_json(balance_minor_));
  } else {
    body.set("status", settings_.shop_status)
        .set("fiscalization_enabled", settings_.fiscalization)
        .set("fiscalization",
             Json::object({{"enabled", settings_.fiscalization}, {"provider", "yoo_receipt"}}))
        .set("payment_methods", list(offered()));
  }
  return good_reply(body);
}

}  // namespace flead::serve::mock::yookassa_double

namespace flead::serve::mock {

std::unique_ptr<ProviderDouble> make_yookassa_double(World world) {
  return std::make_unique<yookassa_double::Yookassa>(world);
}

}  // namespace flead::serve::mock
