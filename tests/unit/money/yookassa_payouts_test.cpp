#include "core/money/yookassa_payouts.h"

#include "core/money/yookassa.h"
#include "core/money/yookassa_wire.h"
#include "support/catch.h"

namespace flead::money {
namespace {

PayAccess gateway_access() {
  PayAccess access;
  access.config = Json::object({{"gateway_id", "504000"}});
  access.secret = "gateway_key";
  return access;
}

PayoutOrder order_to_phone() {
  PayoutOrder order;
  order.id = PayoutId("po_01k8000000000000000000000");
  order.amount = {150050, "RUB"};
  order.text = "Вознаграждение за услуги";
  order.phone = "+79160000001";
  order.bank = "100000000111";
  return order;
}

std::string value_of(const channels::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

channels::HttpReply gateway_reply(int status, std::string body) {
  channels::HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

std::string payout_body(std::string_view status, std::string_view more = "") {
  return R"({"id":"po-27ced252-0025-5000-9000-0a682a8bab8f","status":")" + std::string(status) +
         R"(","amount":{"value":"1500.50","currency":"RUB"},)" +
         R"("payout_destination":{"type":"sbp","phone":"79160000001"},)" +
         R"("created_at":"2026-01-05T09:00:00.000Z","metadata":{"payout":"po_1"},"test":false)" +
         std::string(more) + "}";
}

}  // namespace

TEST_CASE("yookassa payouts: to a phone number, with our id as the key", "[money]") {
  const auto request = yookassa_payouts::build_create(gateway_access(), order_to_phone());
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.yookassa.ru/v3/payouts");
  CHECK(request.label == "yookassa payout create");
  CHECK(request.timeout_ms >= 35000);
  CHECK(value_of(request, "Idempotence-Key") == "po_01k8000000000000000000000");
  CHECK(value_of(request, "authorization") == "Basic NTA0MDAwOmdhdGV3YXlfa2V5");
  CHECK(request.body ==
        R"({"amount":{"value":"1500.50","currency":"RUB"},"payout_destination_data":)"
        R"({"type":"sbp","phone":"79160000001","bank_id":"100000000111"},)"
        R"("description":"Вознаграждение за услуги",)"
        R"("metadata":{"payout":"po_01k8000000000000000000000"}})");
}

TEST_CASE("yookassa payouts: to a wallet and to a card by its token", "[money]") {
  PayoutOrder order;
  order.id = PayoutId("po_1");
  order.amount = {100, "RUB"};
  SECTION("wallet") {
    order.wallet = "41001614575714";
    CHECK(
        yookassa_payouts::build_create(gateway_access(), order).body ==
        R"({"amount":{"value":"1.00","currency":"RUB"},"payout_destination_data":)"
        R"({"type":"yoo_money","account_number":"41001614575714"},"metadata":{"payout":"po_1"}})");
  }
  SECTION("token") {
    order.token = "hoiCz.SC.001";
    CHECK(yookassa_payouts::build_create(gateway_access(), order).body ==
          R"({"amount":{"value":"1.00","currency":"RUB"},"payout_token":"hoiCz.SC.001",)"
          R"("metadata":{"payout":"po_1"}})");
  }
}

TEST_CASE("yookassa payouts: looking is asked for by their id, searching by ours", "[money]") {
  CHECK(yookassa_payouts::build_fetch(gateway_access(), "po-1/../me").url ==
        "https://api.yookassa.ru/v3/payouts/po-1%2F..%2Fme");
  CHECK(yookassa_payouts::build_search(gateway_access(), PayoutId("po_1")).url ==
        "https://api.yookassa.ru/v3/payouts/search?metadata%5Bpayout%5D=po_1");
  CHECK(yookassa_payouts::build_banks(gateway_access()).url ==
        "https://api.yookassa.ru/v3/sbp_banks");
}

TEST_CASE("yookassa payouts: what an answer means", "[money]") {
  struct Case {
    int status;
    std::string body;
    CallResult result;
    PayState state;
  };
  const auto one = GENERATE(values<Case>({
      {200, payout_body("pending"), CallResult::done, PayState::pending},
      {200, payout_body("succeeded"), CallResult::done, PayState::succeeded},
      {200, payout_body("canceled"), CallResult::done, PayState::canceled},
      // A payout is never held.
      {200, payout_body("waiting_for_capture"), CallResult::unknown, PayState::pending},
      {200, payout_body("paid"), CallResult::unknown, PayState::pending},
      {200, "", CallResult::unknown, PayState::pending},
      {200, "null", CallResult::unknown, PayState::pending},
      {200, "[]", CallResult::unknown, PayState::pending},
      {200, "{}", CallResult::unknown, PayState::pending},
      {200, payout_body("pending").substr(0, 60), CallResult::unknown, PayState::pending},
      {200, R"({"id":1,"status":2,"amount":3})", CallResult::unknown, PayState::pending},
      {200, "\xff\xfe", CallResult::unknown, PayState::pending},
      {400, R"({"type":"error","code":"invalid_request"})", CallResult::refused, PayState::pending},
      {401, R"({"type":"error","code":"invalid_credentials"})", CallResult::misconfigured,
       PayState::pending},
      {403, R"({"type":"error","code":"forbidden"})", CallResult::misconfigured, PayState::pending},
      {404, R"({"type":"error","code":"not_found"})", CallResult::missing, PayState::pending},
      {404, "<html>", CallResult::misconfigured, PayState::pending},
      {429, R"({"type":"error","code":"too_many_requests"})", CallResult::retry, PayState::pending},
      {500, R"({"type":"error","code":"internal_server_error"})", CallResult::unknown,
       PayState::pending},
      {502, "<html>", CallResult::unknown, PayState::pending},
      {302, "", CallResult::misconfigured, PayState::pending},
  }));
  CAPTURE(one.status, one.body);
  const auto answer = yookassa_payouts::parse_payout(gateway_reply(one.status, one.body));
  CHECK(answer.result == one.result);
  if (one.result != CallResult::done) return;
  CHECK(answer.object.state == one.state);
  CHECK(answer.object.amount == Money{150050, "RUB"});
  CHECK(answer.object.ours == "po_1");
}

TEST_CASE("yookassa payouts: no answer is unknown once bytes have left", "[money]") {
  channels::HttpReply reply;
  reply.error = "timed out";
  CHECK(yookassa_payouts::parse_payout(reply).result == CallResult::retry);
  reply.may_have_acted = true;
  CHECK(yookassa_payouts::parse_payout(reply).result == CallResult::unknown);
  reply.untrusted = true;
  CHECK(yookassa_payouts::parse_payout(reply).result == CallResult::misconfigured);
}

TEST_CASE("yookassa payouts: why it was canceled, and the card's ends", "[money]") {
  const auto canceled = yookassa_payouts::parse_payout(gateway_reply(
      200, payout_body(
               "canceled",
               R"(,"cancellation_details":{"party":"yoo_money","reason":"insufficient_funds"})")));
  CHECK(canceled.object.reason == "insufficient_funds");
  const auto card = yookassa_payouts::parse_payout(gateway_reply(
      200, R"({"id":"po-1","status":"succeeded","amount":{"value":"1.00","currency":"RUB"},)"
           R"("payout_destination":{"type":"bank_card","card":{"first6":"555555",)"
           R"("last4":"4477"}},"test":true})"));
  CHECK(card.object.method == "bank_card 555555*4477");
  CHECK(card.object.test);
}

TEST_CASE("yookassa payouts: a search is only what it can be read as", "[money]") {
  const auto found = yookassa_payouts::parse_search(
      gateway_reply(200, R"({"type":"list","items":[)" + payout_body("succeeded") + "]}"));
  REQUIRE(found.result == CallResult::done);
  REQUIRE(found.found.size() == 1);
  CHECK(found.found[0].ours == "po_1");
  CHECK(yookassa_payouts::parse_search(gateway_reply(200, R"({"type":"list","items":[]})"))
            .found.empty());
  for (const char* bad : {R"({"type":"list"})", R"({"type":"list","items":[{}]})",
                          R"({"type":"list","items":{}})", ""}) {
    CAPTURE(bad);
    CHECK(yookassa_payouts::parse_search(gateway_reply(200, bad)).result == CallResult::unknown);
  }
}

TEST_CASE("yookassa payouts: banks and the balance of the gateway", "[money]") {
  const auto banks = yookassa_payouts::parse_banks(
      gateway_reply(200, R"({"type":"list","items":[{"bank_id":"100000000111","name":"Сбербанк",)"
                         R"("bic":"044525225"},{"name":"no id"}]})"));
  REQUIRE(banks.banks.size() == 1);
  CHECK(banks.banks[0].name == "Сбербанк");
  const auto me = yookassa::parse_account(gateway_reply(
      200, R"({"account_id":"504000","status":"enabled","test":false,"payout_methods":["sbp"],)"
           R"("payout_balance":{"value":"1000000.00","currency":"RUB"}})"));
  CHECK(me.result == CallResult::done);
  CHECK(me.object.balance_minor == 100'000'000);
}

TEST_CASE("yookassa payouts: settings of a gateway", "[money]") {
  const auto good =
      yookassa_payouts::check_config(Json::object({{"shop_id", "504000"}, {"test", "true"}}));
  REQUIRE(good);
  CHECK(good->text("gateway_id") == "504000");
  CHECK(good->boolean("test") == true);
  CHECK_FALSE(yookassa_payouts::check_config(Json::object()));
  CHECK_FALSE(yookassa_payouts::check_config(Json::object({{"gateway_id", "50a"}})));
  CHECK_FALSE(yookassa_payouts::check_config(
      Json::object({{"gateway_id", "504000"}, {"test", "perhaps"}})));
}

TEST_CASE("yookassa payouts: the gateway takes no payments", "[money]") {
  const PayProvider* provider = find_pay_provider("yookassa_payouts");
  REQUIRE(provider != nullptr);
  CHECK(provider->can.payouts);
  CHECK_FALSE(provider->can.payments);
  CHECK_FALSE(provider->can.online);
}

}  // namespace flead::money
