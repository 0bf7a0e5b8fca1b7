// Prints what the double of YooKassa answers and tells, one JSON line each, for replies.mjs beside
// this file to hold against the vendor's own schema. Nothing here knows the schema: the calls are
// those of the provider's page, each state of each object once.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/json.h"
#include "core/base/world.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::contract {

namespace {

// Time passes only when it is told to.
class StillClock final : public Clock {
 public:
  TimeMs now() override { return 1767603600000; }
  std::int64_t steady_ms() override { return now(); }
};

int failures = 0;

void read_pairs(std::string_view text, Fields& out) {
  const auto pairs = parse_form(text);
  if (!pairs) return;
  for (const auto& [key, value] : *pairs) out[key] = value;
}

class Walk {
 public:
  Json ask(const std::string& name, std::string_view method, const std::string& path,
           const std::string& body = {}, int wanted = 200) {
    const auto mark = path.find('?');
    Call call;
    call.method = method;
    call.path = "/v3" + path.substr(0, mark);
    if (mark != std::string::npos) read_pairs(path.substr(mark + 1), call.query);
    call.body = body;
    call.content_type = "application/json";
    const bool gateway = path.starts_with("/payouts") || path.starts_with("/sbp_banks") ||
                         path.starts_with("/personal_data") ||
                         name.find("gateway") != std::string::npos;
    const std::string pair = gateway ? "500100:test_gateway" : "100500:test_shop";
    call.headers = {{"host", "127.0.0.1:9090"},
                    {"authorization", "Basic " + base64_encode(wanted == 401 ? "a:b" : pair)}};
    if (method == "POST" && name.find("no key") == std::string::npos) {
      call.headers.emplace_back("idempotence-key", "key-" + std::to_string(++keys_));
    }
    const http::Reply reply = kassa_->answer(call);
    if (reply.status != wanted) {
      std::fprintf(stderr, "%s: %d and not %d: %s\n", name.c_str(), reply.status, wanted,
                   reply.body.c_str());
      ++failures;
    }
    auto json = parse_json(reply.body);
    print("reply", name, method, path.substr(0, mark), reply.status, reply.body);
    tell();
    return json ? std::move(*json) : Json();
  }
  void browse(const std::string& id, const std::string& form) {
    Call call;
    call.method = "POST";
    call.path = "/checkout/payments/v2/contract";
    call.fields = {{"orderId", id}};
    read_pairs(form, call.fields);
    kassa_->answer(call);
    tell();
  }
  void set(const std::string& switches) {
    const auto wish = parse_json(switches);
    if (!wish || !kassa_->check_account(*wish)) {
      std::fprintf(stderr, "no switches: %s\n", switches.c_str());
      ++failures;
      return;
    }
    kassa_->account(*wish);
    tell();
  }
  std::string made(const std::string& name, const std::string& more) {
    const Json payment =
        ask("payment: " + name, "POST", "/payments",
            R"({"amount":{"value":"10.00","currency":"RUB"},"metadata":{"booking_id":"b_91"})" +
                more + "}");
    return payment.text("id").value_or("none");
  }

 private:
  void tell() {
    while (const auto call = kassa_->next_call()) {
      print("notification", call->event, "POST", "", 200, call->request.body);
      channels::HttpReply taken;
      taken.status = 200;
      kassa_->own_answered(call->number, taken);
    }
  }
  static void print(std::string_view what, const std::string& name, std::string_view method,
                    const std::string& path, int status, const std::string& body) {
    const Json line = Json::object({{"what", what},
                                    {"name", name},
                                    {"method", method},
                                    {"path", path},
                                    {"status", status},
                                    {"body", body}});
    std::printf("%s\n", line.dump().c_str());
  }

  StillClock clock_;
  std::unique_ptr<ProviderDouble> kassa_ = make_yookassa_double(World{clock_, system_random()});
  int keys_ = 0;
};

const std::string k_redirect =
    R"(,"confirmation":{"type":"redirect","return_url":"https://shop.example/back"})";
const std::string k_sum = R"("amount":{"value":"4.00","currency":"RUB"})";
const std::string k_items = R"("items":[{"description":"x","quantity":1,"vat_code":1,
    "amount":{"value":"10.00","currency":"RUB"}}])";

std::string walk_payments(Walk& walk) {
  const std::string paid = walk.made(
      "redirect", k_redirect + R"(,"capture":true,"save_payment_method":true,"description":"d")");
  for (const char* type : {"embedded", "qr", "external", "mobile_application"}) {
    walk.made(type, R"(,"confirmation":{"type":")" + std::string(type) + "\"}");
  }
  walk.browse(paid, "do=pay&card=5555555555554444");
  walk.ask("payment: succeeded", "GET", "/payments/" + paid);
  walk.made("by a saved method", R"(,"capture":true,"payment_method_id":")" + paid + "\"");
  const std::string held = walk.made("to hold", k_redirect);
  walk.browse(held, "do=pay&means=yoo_money");
  walk.ask("payment: held", "GET", "/payments/" + held);
  walk.ask("payment: captured", "POST", "/payments/" + held + "/capture", "{" + k_sum + "}");
  const std::string back = walk.made("to give back", k_redirect);
  walk.browse(back, "do=pay&card=5555555555554444");
  walk.ask("payment: given back", "POST", "/payments/" + back + "/cancel");
  const std::string failed = walk.made("to fail", k_redirect);
  walk.browse(failed, "do=pay&card=5555555555554600");
  walk.ask("payment: failed", "GET", "/payments/" + failed);
  walk.set(R"({"test":false})");
  for (const char* type : {"sbp", "sberbank", "tinkoff_bank"}) {
    const std::string chosen =
        R"(,"capture":true,"payment_method_data":{"type":")" + std::string(type) + "\"}";
    walk.browse(walk.made(type, k_redirect + chosen), "do=pay&means=" + std::string(type));
  }
  walk.set(R"({"test":true})");
  walk.ask("payments: a page", "GET", "/payments?limit=3");
  walk.ask("payments: all", "GET", "/payments?limit=100");
  walk.ask("payment: bad", "POST", "/payments", "{}", 400);
  walk.ask("payment: no key", "POST", "/payments", "{" + k_sum + "}", 400);
  walk.ask("payment: nobody's", "GET", "/payments/00000000-0000-0000-0000-000000000000", "", 404);
  walk.ask("payment: wrong pair", "GET", "/payments", "", 401);
  walk.ask("payment: of the gateway", "GET", "/payments", "", 403);
  return paid;
}

void walk_refunds(Walk& walk, const std::string& paid) {
  const std::string body = R"({"payment_id":")" + paid + R"(","description":"d",)" + k_sum + "}";
  const Json done = walk.ask("refund: done", "POST", "/refunds", body);
  walk.set(R"({"refund":"pending"})");
  walk.ask("refund: pending", "POST", "/refunds", body);
  walk.ask("refund: too much", "POST", "/refunds", body, 400);
  walk.set(R"({"refund":"insufficient_funds","fiscalization":true})");
  const std::string other =
      walk.made("with a receipt",
                k_redirect + R"(,"capture":true,"receipt":{"customer":{"email":"a@b.example"},)" +
                    k_items + "}");
  walk.browse(other, "do=pay&card=5555555555554444");
  walk.ask("refund: canceled", "POST", "/refunds",
           R"({"payment_id":")" + other + "\"," + k_sum + "}");
  walk.ask("refund: one", "GET", "/refunds/" + done.text("id").value_or("none"));
  walk.ask("refunds: all", "GET", "/refunds");
  const std::string receipt = R"(,"send":true,"customer":{"email":"a@b.example"},)" + k_items +
                              R"(,"settlements":[{"type":"prepayment",
                              "amount":{"value":"10.00","currency":"RUB"}}]})";
  const Json made = walk.ask("receipt: made", "POST", "/receipts",
                             R"({"type":"payment","payment_id":")" + other + "\"" + receipt);
  walk.set(R"({"advance_s":1})");
  walk.ask("receipt: registered", "GET", "/receipts/" + made.text("id").value_or("none"));
  walk.ask("receipts: all", "GET", "/receipts");
}

void walk_methods(Walk& walk) {
  const std::string body = R"({"type":"bank_card")" + k_redirect + "}";
  const Json made = walk.ask("method: pending", "POST", "/payment_methods", body);
  const std::string id = made.text("id").value_or("none");
  walk.browse(id, "do=pay&card=5555555555554444");
  walk.ask("method: active", "GET", "/payment_methods/" + id);
  walk.ask("method: nobody's", "GET", "/payment_methods/none", "", 404);
}

void walk_payouts(Walk& walk) {
  const std::string data = "{" + k_sum +
                           R"(,"description":"d","metadata":{"row":"p1"},)"
                           R"("payout_destination_data":)";
  const std::string wallet = R"({"type":"yoo_money","account_number":"41001614575714"}})";
  const Json made = walk.ask("payout: wallet", "POST", "/payouts", data + wallet);
  walk.ask("payout: SBP", "POST", "/payouts",
           data + R"({"type":"sbp","phone":"79000000000","bank_id":"100000000111"}})");
  walk.ask("payout: card", "POST", "/payouts",
           R"({"amount":{"value":"5.00","currency":"RUB"},"payout_token":"pt-1"})");
  walk.ask("payout: a poor wallet", "POST", "/payouts",
           data + R"({"type":"yoo_money","account_number":"410011806060766"}})");
  walk.ask("payout: unknown", "POST", "/payouts", data + R"({"type":"pigeon"}})", 400);
  walk.set(R"({"advance_s":2})");
  walk.ask("payout: done", "GET", "/payouts/" + made.text("id").value_or("none"));
  walk.ask("payout: nobody's", "GET", "/payouts/none", "", 404);
  walk.ask("payouts: all", "GET", "/payouts");
  walk.ask("payouts: found", "GET", "/payouts/search?metadata[row]=p1");
  const Json person =
      walk.ask("person: told", "POST", "/personal_data",
               R"({"type":"sbp_payout_recipient","last_name":"Иванова","first_name":"Ира"})");
  walk.ask("person: one", "GET", "/personal_data/" + person.text("id").value_or("none"));
  walk.ask("banks", "GET", "/sbp_banks");
  walk.ask("me: shop", "GET", "/me");
  walk.ask("me: gateway", "GET", "/me");
  walk.set(R"({"fault":"flood","fault_method":""})");
  walk.ask("fault: too many", "GET", "/payouts", "", 429);
  walk.set(R"({"fault":"error"})");
  walk.ask("fault: a server's", "GET", "/payouts", "", 500);
}

}  // namespace

int run() {
  Walk walk;
  walk.set(R"({"notify_url":"http://127.0.0.1:1/","notify_delay_ms":0})");
  const std::string paid = walk_payments(walk);
  walk_refunds(walk, paid);
  walk_methods(walk);
  walk_payouts(walk);
  return failures == 0 ? 0 : 1;
}

}  // namespace flead::serve::mock::contract

int main() {
  return flead::serve::mock::contract::run();
}
