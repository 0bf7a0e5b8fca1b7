// What T-Bank, Robokassa and CloudPayments tell by themselves: each scheme by its published vector,
// and by everything that a stranger would try.
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/money/cloudpayments.h"
#include "core/money/robokassa.h"
#include "core/money/tbank.h"
#include "support/catch.h"

namespace flead::money {
namespace {

PayAccess told_access(std::string secret, Json config) {
  PayAccess access;
  access.id = PayAccountId("pac_01k9x000000000000000000000");
  access.config = std::move(config);
  access.secret = std::move(secret);
  return access;
}

channels::HookCall told_call(std::string body, std::string method = "POST") {
  channels::HookCall call;
  call.method = std::move(method);
  call.body = std::move(body);
  return call;
}

constexpr std::string_view k_ours = "pay_01k9x000000000000000000000";

PayAccess tbank_access() {
  return told_access("pw123", Json::object({{"shop_id", "FLEADDEMO"}}));
}
Json tbank_notice() {
  return Json::object(
      {{"TerminalKey", "FLEADDEMO"},
       {"OrderId", "b_1"},
       {"Success", true},
       {"Status", "CONFIRMED"},
       {"PaymentId", 700001},
       {"ErrorCode", "0"},
       {"Amount", 150000},
       {"Token", "c2e790592838ebfbe1639f6eb2c746ee80adfa76e03a0d75f297693a28693e36"}});
}

PayAccess robo_access(std::string_view hash = "md5") {
  return told_access("pass1 pass2", Json::object({{"shop_id", "flead"}, {"hash", hash}}));
}
std::string robo_body(std::string_view sum, std::string_view own, std::string_view signature) {
  return "OutSum=" + std::string(sum) + "&InvId=42&" + std::string(own) +
         "&SignatureValue=" + std::string(signature);
}

PayAccess cloud_access() {
  return told_access("cp-secret", Json::object({{"shop_id", "pk_1"}}));
}
std::string cloud_mac(std::string_view body) {
  return base64_encode(hmac_sha256("cp-secret", body));
}
channels::HookCall cloud_call(std::string_view type, std::string body) {
  channels::HookCall call = told_call(body);
  const std::string query = cloudpayments::notice_query(cloud_access(), type);
  call.query = {{"type", std::string(type)}, {"key", query.substr(query.find("key=") + 4)}};
  call.headers = {{"content-hmac", cloud_mac(body)}};
  return call;
}

}  // namespace

TEST_CASE("pay notices: T-Bank's token is that of the vector, and covers every scalar",
          "[money][notices]") {
  const PayNotice told = tbank::read_notice(tbank_access(), told_call(tbank_notice().dump()));
  CHECK(told.genuine);
  CHECK(told.kind == PayNotice::Kind::payment);
  CHECK(told.id == "700001");
  CHECK(told.ours == "b_1");
  CHECK(told.answer == "OK");
  CHECK_FALSE(told.object.has_value());  // looked up: it can be
  struct Change {
    std::string_view name;
    Json value;
  };
  for (const Change& change : std::vector<Change>{{"Amount", 15000000},
                                                  {"Status", "AUTHORIZED"},
                                                  {"Success", false},
                                                  {"OrderId", "b_2"},
                                                  {"PaymentId", 700002},
                                                  {"TerminalKey", "OTHERDEMO"},
                                                  {"Pan", "430000******0777"},
                                                  {"Token", ""},
                                                  {"Token", nullptr}}) {
    CAPTURE(change.name);
    Json forged = tbank_notice();
    forged.set(change.name, change.value);
    CHECK_FALSE(tbank::read_notice(tbank_access(), told_call(forged.dump())).genuine);
  }
  // What has members is no part of the token, and what is signed for another terminal is not ours.
  Json more = tbank_notice();
  more.set("Data", Json::object({{"Source", "cards"}}));
  CHECK(tbank::read_notice(tbank_access(), told_call(more.dump())).genuine);
  PayAccess other = tbank_access();
  other.config.set("shop_id", "ANOTHER");
  CHECK_FALSE(tbank::read_notice(other, told_call(tbank_notice().dump())).genuine);
  PayAccess without = tbank_access();
  without.secret.clear();
  CHECK_FALSE(tbank::read_notice(without, told_call(tbank_notice().dump())).genuine);
  CHECK_FALSE(tbank::read_notice(tbank_access(), told_call(tbank_notice().dump(), "GET")).genuine);
}

TEST_CASE("pay notices: Robokassa's signature is that of the vector, in any case",
          "[money][notices]") {
  const std::string good = "9053A303BFB26E18EFB0BDD935B1A1FC";
  const PayNotice told =
      robokassa::read_notice(robo_access(), told_call(robo_body("1500.00", "Shp_lead=l_1", good)));
  CHECK(told.genuine);
  CHECK(told.answer == "OK42");
  REQUIRE(told.object.has_value());
  CHECK(told.object->amount == Money{150000, "RUB"});
  CHECK(told.object->state == PayState::succeeded);
  struct Forged {
    std::string_view sum, own, signature;
  };
  for (const Forged& one :
       std::vector<Forged>{{"15.00", "Shp_lead=l_1", good},
                           {"1500.0", "Shp_lead=l_1", good},  // the text counts, not the number
                           {"1500.00", "Shp_lead=l_2", good},
                           {"1500.00", "Shp_lead=l_1&Shp_more=1", good},
                           {"1500.00", "lead=l_1", good},
                           {"1500.00", "Shp_lead=l_1", ""},
                           {"1500.00", "Shp_lead=l_1", "9053A303BFB26E18EFB0BDD935B1A1F"},
                           {"1500.00", "Shp_lead=l_1", std::string_view(good).substr(0, 8)}}) {
    CAPTURE(one.sum, one.own, one.signature);
    CHECK_FALSE(
        robokassa::read_notice(robo_access(), told_call(robo_body(one.sum, one.own, one.signature)))
            .genuine);
  }
  // Another algorithm than the cabinet's, or one password of the two, believes nothing.
  CHECK_FALSE(robokassa::read_notice(robo_access("sha256"),
                                     told_call(robo_body("1500.00", "Shp_lead=l_1", good)))
                  .genuine);
  CHECK_FALSE(robokassa::read_notice(told_access("pass2", Json::object({{"hash", "md5"}})),
                                     told_call(robo_body("1500.00", "Shp_lead=l_1", good)))
                  .genuine);
  CHECK_FALSE(robokassa::read_notice(robo_access(), told_call("%00")).genuine);
  CHECK_FALSE(robokassa::read_notice(robo_access(), told_call("")).genuine);
}

TEST_CASE("pay notices: Robokassa's own names are sorted, and a sum of parts is no sum",
          "[money][notices]") {
  const auto signed_body = [](const std::string& sum) {
    const std::string text = sum + ":7:pass2:Shp_a=1:Shp_payment=" + std::string(k_ours);
    return "Shp_payment=" + std::string(k_ours) + "&OutSum=" + sum + "&InvId=7&Shp_a=1" +
           "&SignatureValue=" + sha256_hex(text);
  };
  const PayNotice told =
      robokassa::read_notice(robo_access("sha256"), told_call(signed_body("1500.000000")));
  CHECK(told.genuine);
  CHECK(told.ours == k_ours);
  REQUIRE(told.object);
  CHECK(told.object->amount.amount_minor == 150000);
  const PayNotice parts =
      robokassa::read_notice(robo_access("sha256"), told_call(signed_body("1500.005")));
  CHECK(parts.genuine);
  CHECK(parts.kind == PayNotice::Kind::none);
  CHECK(parts.answer.empty());  // not acknowledged: it comes again, and somebody looks
  CHECK(robokassa::read_sum("0.00") == std::nullopt);
  CHECK(robokassa::read_sum("-1") == std::nullopt);
  CHECK(robokassa::read_sum("1500.5") == 150050);
  CHECK(robokassa::read_sum("99999999999999999999") == std::nullopt);
}

TEST_CASE("pay notices: Robokassa's page is an address, signed with the first password",
          "[money][notices]") {
  PayOrder order;
  order.id = PaymentId(std::string(k_ours));
  order.amount = {150000, "RUB"};
  order.text = "Консультация & чай";
  order.language = "ru";
  const PayAnswer answer = robokassa::make_page(robo_access("sha256"), order);
  REQUIRE(answer.result == CallResult::done);
  const std::string& url = answer.object.confirm_url;
  CHECK_THAT(
      url, ContainsSubstring("https://auth.robokassa.ru/Merchant/Index.aspx?MerchantLogin=flead"));
  CHECK_THAT(url, ContainsSubstring("&OutSum=1500.00&"));
  CHECK_THAT(url, ContainsSubstring(
                      "&SignatureValue=" +
                      sha256_hex("flead:1500.00::pass1:Shp_payment=" + std::string(k_ours)) + "&"));
  CHECK_THAT(url, !ContainsSubstring("pass1"));
  CHECK_THAT(url, !ContainsSubstring("IsTest"));
  PayAccess test = robo_access("sha256");
  test.test = true;
  CHECK_THAT(robokassa::make_page(test, order).object.confirm_url, ContainsSubstring("&IsTest=1"));
  test.secret = "pass1";
  CHECK(robokassa::make_page(test, order).result == CallResult::misconfigured);
}

TEST_CASE("pay notices: CloudPayments' HMAC is that of the vector, over the raw bytes",
          "[money][notices]") {
  const std::string body = "TransactionId=1&Amount=1500.00";
  CHECK(cloud_mac(body) == "ASZgBZIO37O9tkruyHE40DpoNyDLxIgG1cL8Gi4ZBjI=");
  const PayNotice told = cloudpayments::read_notice(cloud_access(), cloud_call("pay", body));
  CHECK(told.genuine);
  CHECK(told.kind == PayNotice::Kind::payment);
  CHECK(told.answer == R"({"code":0})");
  CHECK(told.answer_type == "application/json");
  REQUIRE(told.object);
  CHECK(told.object->amount == Money{150000, "RUB"});
  channels::HookCall forged = cloud_call("pay", body);
  forged.body += "0";
  CHECK_FALSE(cloudpayments::read_notice(cloud_access(), forged).genuine);
  forged = cloud_call("pay", body);
  forged.headers.clear();
  CHECK_FALSE(cloudpayments::read_notice(cloud_access(), forged).genuine);
  // Over what is decoded, where that header is used.
  const std::string encoded = "TransactionId=1&Amount=1500.00&InvoiceId=a%2Fb";
  channels::HookCall decoded = cloud_call("pay", encoded);
  decoded.headers = {{"x-content-hmac", cloud_mac("TransactionId=1&Amount=1500.00&InvoiceId=a/b")}};
  CHECK(cloudpayments::read_notice(cloud_access(), decoded).genuine);
}

TEST_CASE("pay notices: a question of CloudPayments cannot be made into a payment",
          "[money][notices]") {
  const std::string body =
      "TransactionId=1&Amount=1500.00&Currency=RUB&TestMode=0&InvoiceId=" + std::string(k_ours);
  channels::HookCall call = cloud_call("check", body);
  const PayNotice asked = cloudpayments::read_notice(cloud_access(), call);
  CHECK(asked.kind == PayNotice::Kind::check);
  CHECK(asked.ours == k_ours);
  call.query[0].second = "pay";  // with the key of the question
  CHECK_FALSE(cloudpayments::read_notice(cloud_access(), call).genuine);
  call.query[0].second = "anything";
  CHECK_FALSE(cloudpayments::read_notice(cloud_access(), call).genuine);
  call.query.clear();
  CHECK_FALSE(cloudpayments::read_notice(cloud_access(), call).genuine);
  // What cannot be read is not answered with a yes.
  for (const char* cut : {"TransactionId=1", "Amount=1500.00", "TransactionId=x&Amount=1", ""}) {
    const PayNotice bad = cloudpayments::read_notice(cloud_access(), cloud_call("check", cut));
    CAPTURE(cut);
    CHECK(bad.genuine);
    CHECK(bad.answer == R"({"code":10})");
  }
  CHECK(cloudpayments::answer_check(PayVeto::wrong_amount) == R"({"code":12})");
  CHECK(cloudpayments::answer_check(PayVeto::not_payable) == R"({"code":13})");
}

}  // namespace flead::money
