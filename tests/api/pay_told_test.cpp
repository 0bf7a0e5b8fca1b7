// Providers beside YooKassa, through the router: what each wants to be answered, what each may
// claim, and the provider inside this program by its buttons.
#include <string>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/money/cloudpayments.h"
#include "core/money/tbank.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/pay_shop.h"
#include "support/temp_dir.h"
#include "support/test_app.h"

namespace flead::pay_told_test {
namespace {

using test::Shop;
using test::visit_page;

struct ToldShop : Shop {
  using Shop::Shop;

  money::PayAccount account(const std::string& provider) {
    return app.store()
        .read([&](store::Tx& tx) { return money::find_pay_account(tx, app.tenant().id, provider); })
        .value();
  }
  http::Reply call(const std::string& provider, const std::string& body,
                   const std::string& query = "", http::Headers headers = {}) {
    return app.request("POST",
                       "/hooks/" + provider + "/" + account(provider).id.text() +
                           (query.empty() ? "" : "?" + query),
                       body, "-", std::move(headers));
  }
  // A signed word of Robokassa.
  http::Reply robo(const std::string& id, const std::string& sum, const std::string& number = "7") {
    const std::string text = sum + ":" + number + ":pass2:Shp_payment=" + id;
    return call("robokassa", "OutSum=" + sum + "&InvId=" + number + "&Shp_payment=" + id +
                                 "&SignatureValue=" + sha256_hex(text));
  }
  // A signed question or word of CloudPayments.
  http::Reply cloud(const std::string& type, const std::string& id, const std::string& sum,
                    const std::string& mode = "0") {
    const std::string body = "TransactionId=99&Amount=" + sum + "&Currency=RUB&TestMode=" + mode +
                             "&Status=Completed&InvoiceId=" + id;
    money::PayAccess access;
    access.secret = "cp-secret";
    return call("cloudpayments", body, money::cloudpayments::notice_query(access, type),
                {{"content-hmac", base64_encode(hmac_sha256("cp-secret", body))}});
  }
  money::Payment make(const std::string& provider, std::optional<TimeMs> hold_until = {}) {
    money::NewPayment input;
    input.amount = {150000, "RUB"};
    input.hold_until = hold_until;
    const auto to = account(provider);
    return app.store()
        .write([&](store::Tx& tx) { return money::create_payment(app.app(), tx, to, input); })
        .value();
  }
  money::Payment look(const money::Payment& payment) {
    return app.store()
        .read([&](store::Tx& tx) { return money::load_payment(tx, payment.tenant, payment.id); })
        .value();
  }
};

}  // namespace

TEST_CASE("pay hook: Robokassa's signed word confirms a meeting, and is answered with its number",
          "[hooks][money]") {
  ToldShop shop("robokassa");
  const Json booking = shop.book();
  shop.app.run_jobs();
  const money::Payment payment = shop.payment(booking);
  CHECK(payment.state == "pending");
  CHECK_THAT(payment.confirm_url, ContainsSubstring("MerchantLogin=flead&OutSum=1500.00"));
  const auto reply = shop.robo(payment.id.text(), "1500.00");
  CHECK(reply.status == 200);
  CHECK(reply.body == "OK7");
  shop.app.run_jobs();
  CHECK(shop.state(booking) == "confirmed");
  CHECK(shop.balance("assets:provider:robokassa") == 150000);
  // Said once more: answered, and nothing else.
  CHECK(shop.robo(payment.id.text(), "1500.00").body == "OK7");
  CHECK(shop.balance("assets:provider:robokassa") == 150000);
  // Given back in the cabinet, and confirmed.
  const money::Payment paid = shop.look(payment);
  const auto refund = shop.app.store().write([&](store::Tx& tx) {
    money::NewRefund input;
    input.amount_minor = 150000;
    return money::refund_payment(shop.app.app(), tx, paid, input);
  });
  REQUIRE(refund);
  CHECK((*refund)->state == "pending");
  REQUIRE(shop.app.store().write(
      [&](store::Tx& tx) { return money::confirm_refund(shop.app.app(), tx, **refund, "cli"); }));
  CHECK(shop.balance("assets:provider:robokassa") == 0);
  CHECK(shop.balance("assets:bank") == 0);
  shop.check_ledger();
}

TEST_CASE("pay hook: Robokassa's word about another sum, payment or tenant moves nothing",
          "[hooks][money]") {
  ToldShop shop("robokassa");
  const money::Payment payment = shop.make("robokassa");
  shop.app.run_jobs();
  SECTION("another sum") {
    CHECK(shop.robo(payment.id.text(), "15.00").body == "OK7");
    CHECK(shop.look(payment).problem == "the amount differs");
  }
  SECTION("nobody's") {
    CHECK(shop.robo("pay_01k9x000000000000000000000", "1500.00").status == 200);
  }
  SECTION("another account's") {
    shop.connect("yookassa");
    const money::Payment other = shop.make("yookassa");
    CHECK(shop.robo(other.id.text(), "1500.00").status == 200);
    CHECK(shop.look(other).state == "created");
  }
  SECTION("forged") {
    CHECK(shop.call("robokassa",
                    "OutSum=1500.00&InvId=7&SignatureValue=00&Shp_payment=" + payment.id.text())
              .status == 401);
  }
  CHECK(shop.look(payment).state == "pending");
  CHECK(shop.balance("assets:provider:robokassa") == 0);
}

TEST_CASE("pay hook: CloudPayments asks before it charges, and is told no in time",
          "[hooks][money]") {
  ToldShop shop("manual");
  shop.connect("cloudpayments");
  const TimeMs now = shop.app.clock().now();
  const money::Payment payment = shop.make("cloudpayments", now + k_hour_ms);
  const std::string id = payment.id.text();
  const auto asked = shop.cloud("check", id, "1500.00");
  CHECK(asked.status == 200);
  CHECK(asked.body == R"({"code":0})");
  CHECK(shop.cloud("check", id, "1500").body == R"({"code":0})");
  CHECK(shop.cloud("check", id, "15.00").body == R"({"code":12})");
  CHECK(shop.cloud("check", "pay_01k9x000000000000000000000", "1500.00").body == R"({"code":10})");
  CHECK(shop.cloud("check", id, "1500.00", "1").body == R"({"code":13})");  // a test card
  CHECK(shop.look(payment).state == "pending");  // a question pays nothing
  SECTION("the hold is gone") {
    shop.app.advance(std::chrono::minutes(61));
    CHECK(shop.cloud("check", id, "1500.00").body == R"({"code":13})");
  }
  SECTION("paid, and not again") {
    CHECK(shop.cloud("pay", id, "1500.00").body == R"({"code":0})");
    CHECK(shop.look(payment).state == "succeeded");
    CHECK(shop.balance("assets:provider:cloudpayments") == 150000);
    CHECK(shop.cloud("check", id, "1500.00").body == R"({"code":13})");
    CHECK(shop.cloud("pay", id, "1500.00").body == R"({"code":0})");
    CHECK(shop.balance("assets:provider:cloudpayments") == 150000);
  }
  shop.check_ledger();
}

TEST_CASE("pay: one without a page of its own never takes payments of meetings", "[pay][api]") {
  ToldShop shop("cloudpayments");
  const auto reply = test::post_booking(shop.app, shop.lead, test::k_first_slot);
  CHECK(reply.status == 201);
  CHECK(shop.app.body_of(reply).text("status") == "confirmed");
}

TEST_CASE("pay hook: T-Bank is answered OK and looked up before anything counts",
          "[hooks][money]") {
  ToldShop shop("tbank");
  const money::Payment payment = shop.make("tbank");
  const auto body = [&](const std::string& status, std::int64_t minor) {
    return R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEAD","Status":")" + status +
           R"(","PaymentId":"700001","OrderId":")" + payment.id.text() + R"(","Amount":)" +
           std::to_string(minor) + R"(,"PaymentURL":"https://pay.tbank.test/1"})";
  };
  shop.app.provider("tbank").then(200, body("NEW", 150000));
  shop.app.run_jobs();
  CHECK(shop.look(payment).confirm_url == "https://pay.tbank.test/1");
  const Json made = *parse_json(shop.app.sent("tbank").back().body);
  CHECK(made.text("NotificationURL") ==
        "http://flead.test/hooks/tbank/" + shop.account("tbank").id.text());
  Json notice = Json::object({{"TerminalKey", "FLEAD"},
                              {"OrderId", payment.id.text()},
                              {"Success", true},
                              {"Status", "CONFIRMED"},
                              {"PaymentId", 700001},
                              {"ErrorCode", "0"},
                              {"Amount", 150000}});
  CHECK(shop.call("tbank", notice.dump()).status == 401);
  notice.set("Token", money::tbank::token_of(notice, "pw123"));
  shop.app.provider("tbank") = test::ScriptedProvider();
  shop.app.provider("tbank").then(200, body("CONFIRMED", 150000));
  const auto reply = shop.call("tbank", notice.dump());
  CHECK(reply.status == 200);
  CHECK(reply.body == "OK");
  CHECK(shop.look(payment).state == "pending");  // the word alone is nothing
  shop.app.run_jobs();
  CHECK(shop.look(payment).state == "succeeded");
  CHECK(shop.balance("assets:provider:tbank") == 150000);
}

TEST_CASE("pay: T-Bank takes no keys: an answer that was lost is looked for, not asked for again",
          "[pay][money]") {
  ToldShop shop("tbank");
  const money::Payment payment = shop.make("tbank");
  channels::HttpReply lost;
  lost.may_have_acted = true;
  shop.app.provider("tbank").then(std::move(lost));
  shop.app.run_jobs();
  CHECK(shop.look(payment).state == "created");
  channels::HttpRequest skip;
  skip.label = "tbank";
  const bool there = GENERATE(false, true);
  const std::string made =
      R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEAD","Status":"NEW","PaymentId":"1",)"
      R"("OrderId":")" +
      payment.id.text() + R"(","Amount":150000})";
  if (there) {
    shop.app.provider("tbank").then(
        200, R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEAD","OrderId":")" +
                 payment.id.text() +
                 R"(","Payments":[{"PaymentId":"1","Amount":150000,"Status":"NEW"}]})");
  } else {
    shop.app.provider("tbank").then(200, R"({"Success":false,"ErrorCode":"255","Message":"no"})");
    shop.app.provider("tbank").then(200, made);
  }
  shop.app.transport().http(skip);  // what was said last is said once more
  shop.app.sent("tbank").clear();
  shop.wait_minutes(2);
  const auto& sent = shop.app.sent("tbank");
  REQUIRE(sent.size() >= 2);
  CHECK(sent[0].label == "tbank CheckOrder");
  CHECK(sent[1].label == (there ? "tbank GetState" : "tbank Init"));
  CHECK(shop.look(payment).provider_id == "1");
}

TEST_CASE(
    "pay: the provider inside is paid by a button on our own page, and says that it is a trial",
    "[pay][api]") {
  ToldShop shop("mock");
  const Json booking = shop.book();
  shop.app.run_jobs();
  const std::string path = "/pay/" + shop.payment(booking).token;
  const auto page = visit_page(shop.app, path);
  REQUIRE(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("A trial: no real money is taken"));
  CHECK_THAT(page.body, ContainsSubstring("value=\"pay\""));
  CHECK_THAT(page.body, ContainsSubstring("value=\"decline\""));
  CHECK_THAT(page.body, ContainsSubstring("Leave without paying"));
  const bool pays = GENERATE(false, true);
  CHECK(visit_page(shop.app, path, pays ? "do=pay" : "do=decline").status == 303);
  shop.app.run_jobs();
  CHECK(shop.state(booking) == (pays ? "confirmed" : "held"));
  CHECK(shop.payment(booking).state == (pays ? "succeeded" : "canceled"));
  CHECK(visit_page(shop.app, path, "do=pay").status == 409);
  shop.check_ledger();
}

TEST_CASE("pay: a real provider's payment has no buttons of ours", "[pay][api]") {
  ToldShop shop("yookassa");
  const Json booking = shop.book_pending();
  const std::string path = "/pay/" + shop.payment(booking).token;
  CHECK(visit_page(shop.app, path, "do=pay").status == 422);
  CHECK(shop.payment(booking).state == "pending");
}

}  // namespace flead::pay_told_test
