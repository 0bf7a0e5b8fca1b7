// What payment providers tell, through the router. YooKassa signs nothing: whatever a call says,
// only what the provider answers when it is asked counts.
#include <string>
#include <string_view>

#include "core/upkeep/housekeep.h"
#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string notice(std::string_view event, std::string_view id, std::string_view more = "") {
  return R"({"type":"notification","event":")" + std::string(event) + R"(","object":{"id":")" +
         std::string(id) + "\"" + std::string(more) + "}}";
}

http::Reply call_pay_hook(TestApp& app, const money::PayAccount& account, const std::string& body,
                          std::string_view kind = "yookassa") {
  return app.request("POST", "/hooks/" + std::string(kind) + "/" + account.id.text(), body, "-",
                     {{"content-type", "application/json"}});
}

money::Payment waiting_payment(TestApp& app, const money::PayAccount& account) {
  const money::Payment payment = add_payment(app, account);
  kassa_says(app, 200, kassa_payment(payment, {}));
  app.run_jobs();
  app.sent("yookassa").clear();
  return payment_now(app, payment);
}

std::string paid_body(const money::Payment& payment) {
  Kassa paid;
  paid.status = "succeeded";
  return kassa_payment(payment, paid);
}

}  // namespace

TEST_CASE("pay hook: a notification makes flead look, at once", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = waiting_payment(app, shop);
  kassa_says(app, 200, paid_body(payment));
  const auto reply = call_pay_hook(app, shop, notice("payment.succeeded", k_kassa_id));
  CHECK(reply.status == 200);
  CHECK(app.sent("yookassa").empty());  // answered first
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_size(app) == 1);
  const auto now =
      app.store().read([&](store::Tx& tx) { return money::load_pay_account(tx, shop.id); });
  REQUIRE(now);
  CHECK(now->notified_at == app.clock().now());
}

TEST_CASE("pay hook: the same call ten times is kept once and posted once", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = waiting_payment(app, shop);
  kassa_says(app, 200, paid_body(payment));
  for (int i = 0; i < 10; ++i) {
    CHECK(call_pay_hook(app, shop, notice("payment.succeeded", k_kassa_id)).status == 200);
    if (i % 3 == 0) app.run_jobs();
  }
  app.run_jobs();
  CHECK(count_rows(app, "pay_notices") == 1);
  CHECK(ledger_size(app) == 1);
  CHECK(payment_now(app, payment).problem.empty());
}

TEST_CASE("pay hook: a forged status changes nothing", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = waiting_payment(app, shop);
  // It says paid, with the right sum and our id; the provider says pending.
  CHECK(call_pay_hook(app, shop,
                      notice("payment.succeeded", k_kassa_id,
                             R"(,"status":"succeeded","paid":true,"amount":{"value":"1500.00",)"
                             R"("currency":"RUB"},"metadata":{"payment":")" +
                                 payment.id.text() + "\"}"))
            .status == 200);
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "pending");
  CHECK(ledger_size(app) == 0);
  CHECK(app.sent("yookassa").size() == 1);
}

TEST_CASE("pay hook: an early look does not end the looks that are planned", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = waiting_payment(app, shop);
  call_pay_hook(app, shop, notice("payment.succeeded", k_kassa_id));
  app.run_jobs();
  CHECK(app.sent("yookassa").size() == 1);
  kassa_says(app, 200, paid_body(payment));
  app.advance(seconds(20));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
}

TEST_CASE("pay hook: another tenant's payment is nobody's here", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto theirs = add_shop(app, Json::object(), "yookassa", app.add_tenant("beta").id);
  const auto payment = waiting_payment(app, shop);
  kassa_says(app, 200, paid_body(payment));
  // By beta's address, about acme's payment.
  CHECK(call_pay_hook(app, theirs, notice("payment.succeeded", k_kassa_id)).status == 200);
  app.run_jobs();
  CHECK(app.sent("yookassa").empty());
  CHECK(payment_now(app, payment).state == "pending");
  CHECK(count_rows(app, "pay_notices WHERE outcome = 'of nothing that we know'") == 1);
}

TEST_CASE("pay hook: whoever has no account learns nothing", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto cashbox = add_cashbox(app);
  auto gone = add_shop(app, Json::object(), "old");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return money::set_pay_status(app.world(), tx, gone.id, "removed", "");
  }));
  auto unknown = shop;
  unknown.id = money::PayAccountId("pac_01k9x0000000000000000000zz");
  const std::string body = notice("payment.succeeded", k_kassa_id);
  const http::Reply refused = call_pay_hook(app, unknown, body);
  CHECK(refused.status == 401);
  const auto text_of = [&](const http::Reply& reply) {
    const Json json = app.body_of(reply);
    return *json.text("code") + *json.text("detail");
  };
  for (const auto& reply :
       {call_pay_hook(app, gone, body), call_pay_hook(app, shop, body, "manual"),
        call_pay_hook(app, shop, body, "telegram"), call_pay_hook(app, cashbox, body, "manual"),
        app.request("GET", "/hooks/yookassa/" + shop.id.text(), "", "-"),
        app.request("POST", "/hooks/yookassa/pac_1", body, "-")}) {
    CHECK(reply.status == 401);
    CHECK(text_of(reply) == text_of(refused));
  }
  CHECK(count_rows(app, "pay_notices") == 0);
}

TEST_CASE("pay hook: what is no notification is answered and dropped", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  for (const char* body :
       {"", "null", "[]", "{\"type\":", "\xff\xfe", R"({"type":"notification","event":7})",
        R"({"type":"notification","event":"payment.succeeded","object":{"id":"a/b"}})"}) {
    CAPTURE(body);
    CHECK(call_pay_hook(app, shop, body).status == 200);
  }
  CHECK(count_rows(app, "pay_notices") == 0);
  // Another event is kept: somebody may want to read it.
  CHECK(call_pay_hook(app, shop, notice("deal.closed", "d1")).status == 200);
  CHECK(count_rows(app, "pay_notices") == 1);
}

TEST_CASE("pay hook: with `senders` only they are heard", "[hooks][money]") {
  struct Case {
    std::string senders;
    int status;
  };
  const Case one = GENERATE(values<Case>({
      {"192.0.2.0/24", 200},
      {"185.71.76.0/27, 192.0.2.1", 200},
      {"185.71.76.0/27,2a02:5180::/32", 401},
      {"dead.beef", 401},  // what cannot be read lets nobody in
  }));
  CAPTURE(one.senders);
  TestApp app;
  const auto shop = add_shop(app, Json::object({{"senders", one.senders}}));
  CHECK(call_pay_hook(app, shop, notice("payment.succeeded", k_kassa_id)).status == one.status);
}

TEST_CASE("pay hook: a refund is looked up as well", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = paid_payment(app, shop);
  const auto refund = add_refund(app, payment, 150000);
  kassa_says(app, 200, kassa_refund(refund, "pending"));
  app.run_jobs();
  kassa_says(app, 200, kassa_refund(refund, "succeeded"));
  call_pay_hook(app, shop, notice("refund.succeeded", "216749f7-0016-50be-b000-078d43a63ae4"));
  app.run_jobs();
  CHECK(payment_now(app, payment).refunded_minor == 150000);
}

TEST_CASE("pay hook: paid after it was canceled is found by the notification", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto payment = waiting_payment(app, shop);
  Kassa lapsed;
  lapsed.status = "canceled";
  kassa_says(app, 200, kassa_payment(payment, lapsed));
  app.advance(seconds(20));
  app.run_jobs();
  REQUIRE(payment_now(app, payment).state == "canceled");
  kassa_says(app, 200, paid_body(payment));
  call_pay_hook(app, shop, notice("payment.succeeded", k_kassa_id));
  app.run_jobs();
  CHECK(payment_now(app, payment).problem == "the provider now says succeeded");
  CHECK(ledger_size(app) == 0);
}

TEST_CASE("pay hook: calls are kept as long as retain.callbacks says", "[hooks][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  call_pay_hook(app, shop, notice("payment.succeeded", "30aa"));
  app.advance(hours(24 * 29));
  REQUIRE(upkeep::prune(app.app()));
  CHECK(count_rows(app, "pay_notices") == 1);
  app.advance(hours(24 * 2));
  const auto pruned = upkeep::prune(app.app());
  REQUIRE(pruned);
  CHECK(pruned->pay_notices == 1);
  CHECK(count_rows(app, "pay_notices") == 0);
}

}  // namespace flead::test
