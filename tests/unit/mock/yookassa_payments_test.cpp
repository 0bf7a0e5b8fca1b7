// YooKassa's double: the payer's page, the states of payments, saved methods, refunds, receipts.
#include <string>

#include "support/kassa.h"

namespace flead::serve::mock::yookassa_tests {

using test::KassaBench;

TEST_CASE("kassa: the payer pays on the page and is sent back", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.made("1500.00", R"(,"capture":true,"description":"<b>1 & 2</b>")");
  const http::Reply page = kassa.browse(id);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("1500.00 ₽"));
  CHECK_THAT(page.body, ContainsSubstring("&lt;b&gt;1 &amp; 2&lt;/b&gt;"));
  CHECK_THAT(page.body, ContainsSubstring("Заплатить"));
  CHECK_THAT(page.body, !ContainsSubstring("<script"));
  CHECK(kassa.browse(id, "do=pay&card=5555555555554444").status == 303);
  CHECK(kassa.sent_to() == "https://shop.example/back");
  const Json paid = kassa.get("/payments/" + id);
  CHECK(paid.text("status") == "succeeded");
  CHECK(paid.boolean("paid") == true);
  CHECK(paid.boolean("refundable") == true);
  CHECK(paid.text("captured_at") == "2026-01-05T09:00:00.000Z");
  CHECK(paid.text("income_amount.value") == "1447.50");
  CHECK(paid.text("payment_method.card.last4") == "4444");
  CHECK(paid.boolean("payment_method.saved") == false);
  CHECK(paid.boolean("authorization_details.three_d_secure.applied") == false);
  CHECK(paid.find("confirmation") == nullptr);
  CHECK(kassa.browse("nobody").status == 404);
}

TEST_CASE("kassa: the page speaks the payment's language", "[mock][kassa]") {
  KassaBench kassa;
  const Json payment = kassa.post(
      "/payments", R"({"amount":{"value":"10.00","currency":"RUB"},"capture":true,"confirmation":
                       {"type":"redirect","return_url":"https://a.example","locale":"en_US"}})");
  const http::Reply page = kassa.browse(*payment.text("id"));
  CHECK_THAT(page.body, ContainsSubstring("lang=\"en\""));
  CHECK_THAT(page.body, ContainsSubstring("Back to the shop"));
  CHECK_THAT(kassa.browse(kassa.made("10.00")).body, ContainsSubstring("lang=\"ru\""));
}

TEST_CASE("kassa: each test card does what the provider's does", "[mock][kassa]") {
  KassaBench kassa;
  struct Case {
    std::string card, status, reason;
  };
  const auto one = GENERATE(values<Case>({
      {"5555555555554444", "succeeded", "none"},
      {"5555555555554600", "canceled", "insufficient_funds"},
      {"5555555555554543", "canceled", "card_expired"},
      {"5555555555554568", "canceled", "fraud_suspected"},
      {"5555555555554477", "pending", "none"},
      {"5555555555554592", "pending", "none"},
  }));
  CAPTURE(one.card);
  const std::string id = kassa.made("10.00");
  kassa.browse(id, "do=pay&card=" + one.card);
  CHECK(kassa.status(id) == one.status);
  CHECK(kassa.reason(id) == one.reason);
  if (one.status != "pending") return;
  CHECK_THAT(kassa.browse(id).body, ContainsSubstring("3-D Secure"));
  kassa.browse(id, "do=secure");
  const bool good = one.card.ends_with("77");
  CHECK(kassa.status(id) == (good ? "succeeded" : "canceled"));
  CHECK(kassa.reason(id) == (good ? "none" : "3d_secure_failed"));
}

TEST_CASE("kassa: the payer refuses, leaves, or does what cannot be done", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.made("10.00");
  CHECK(kassa.browse(id, "do=leave").status == 303);
  CHECK(kassa.status(id) == "pending");
  CHECK(kassa.browse(id, "do=pay&card=4111111111111111").status == 400);
  CHECK(kassa.browse(id, "do=pay&means=sbp").status == 400);
  CHECK(kassa.browse(id, "do=decline&reason=no_reason").status == 400);
  CHECK(kassa.status(id) == "pending");
  kassa.browse(id, "do=pay&card=5555555555554477");
  kassa.browse(id, "do=not_secure");
  CHECK(kassa.reason(id) == "3d_secure_failed");
  const std::string other = kassa.made("10.00");
  kassa.browse(other, "do=decline&reason=call_issuer");
  CHECK(kassa.reason(other) == "call_issuer");
  const Json canceled = kassa.get("/payments/" + other);
  CHECK(canceled.text("cancellation_details.party") == "payment_network");
  CHECK(canceled.boolean("paid") == false);
  kassa.browse(other, "do=pay&card=5555555555554444");
  CHECK(kassa.status(other) == "canceled");
}

TEST_CASE("kassa: the browser comes back before the notification, after it or never",
          "[mock][kassa]") {
  KassaBench kassa;
  kassa.set(R"({"notify_url":"http://127.0.0.1:1/hook","notify_delay_ms":3000})");
  SECTION("before") {
    const std::string id = kassa.paid("10.00");
    CHECK(kassa.sent_to() == "https://shop.example/back");
    kassa.control("deliver", "");
    CHECK(kassa.told().empty());
    kassa.clock.advance(3000);
    kassa.control("deliver", "");
    CHECK(kassa.told().size() == 1);
  }
  SECTION("after") {
    kassa.set(R"({"redirect":"after"})");
    const std::string id = kassa.paid("10.00");
    CHECK(kassa.last.status == 200);
    CHECK_THAT(kassa.last.body, ContainsSubstring("http-equiv=\"refresh\""));
    CHECK(kassa.browse(id).status == 200);
    kassa.clock.advance(3000);
    kassa.control("deliver", "");
    CHECK(kassa.browse(id).status == 303);
  }
  SECTION("never") {
    kassa.set(R"({"redirect":"none"})");
    const std::string id = kassa.paid("10.00");
    CHECK(kassa.last.status == 200);
    CHECK_THAT(kassa.last.body, ContainsSubstring("Оплачено"));
    CHECK_THAT(kassa.last.body, !ContainsSubstring("shop.example"));
  }
}

TEST_CASE("kassa: an hour to pay, then it is canceled", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.made("10.00");
  kassa.set(R"({"advance_s":3599})");
  CHECK(kassa.status(id) == "pending");
  kassa.set(R"({"advance_s":1})");
  CHECK(kassa.status(id) == "canceled");
  CHECK(kassa.reason(id) == "expired_on_confirmation");
  CHECK(kassa.get("/payments/" + id).text("cancellation_details.party") == "yoo_money");
  kassa.browse(id, "do=pay&card=5555555555554444");
  CHECK(kassa.status(id) == "canceled");
}

TEST_CASE("kassa: pending for ever, and a success after the hour", "[mock][kassa]") {
  KassaBench kassa;
  SECTION("stuck") {
    kassa.set(R"({"stuck":true})");
    const std::string id = kassa.paid("10.00");
    kassa.set(R"({"advance_s":864000})");
    CHECK(kassa.status(id) == "pending");
    kassa.set(R"({"stuck":false})");
    CHECK(kassa.status(id) == "succeeded");
  }
  SECTION("late") {
    kassa.set(R"({"settle_ms":7200000})");
    const std::string id = kassa.paid("10.00");
    CHECK(kassa.sent_to() == "https://shop.example/back");
    kassa.set(R"({"advance_s":7199})");
    CHECK(kassa.status(id) == "pending");
    kassa.set(R"({"advance_s":1})");
    CHECK(kassa.status(id) == "succeeded");
  }
  SECTION("no expiry") {
    kassa.set(R"({"expires":false,"advance_s":0})");
    const std::string id = kassa.made("10.00");
    kassa.set(R"({"advance_s":86400})");
    CHECK(kassa.status(id) == "pending");
  }
}

TEST_CASE("kassa: what is held is captured, in part too, or given back", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.paid("100.00", "");
  const Json held = kassa.get("/payments/" + id);
  CHECK(held.text("status") == "waiting_for_capture");
  CHECK(held.boolean("paid") == true);
  CHECK(held.boolean("refundable") == false);
  CHECK(held.text("expires_at") == "2026-01-12T09:00:00.000Z");
  const std::string capture = "/payments/" + id + "/capture";
  SECTION("all of it") {
    CHECK(kassa.post(capture, "{}").text("status") == "succeeded");
    kassa.post(capture, "{}");
    CHECK(kassa.last.status == 400);
    kassa.post("/payments/" + id + "/cancel", "");
    CHECK(kassa.last.status == 400);
  }
  SECTION("a part") {
    CHECK(kassa.post(capture, R"({"amount":{"value":"100.01","currency":"RUB"}})")
              .text("parameter") == "amount.value");
    const Json part = kassa.post(capture, R"({"amount":{"value":"60.00","currency":"RUB"}})");
    CHECK(part.text("status") == "succeeded");
    CHECK(part.text("amount.value") == "60.00");
  }
  SECTION("none") {
    CHECK(kassa.post("/payments/" + id + "/cancel", "").text("cancellation_details.reason") ==
          "canceled_by_merchant");
    CHECK(kassa.get("/payments/" + id).text("cancellation_details.party") == "merchant");
  }
  SECTION("seven days") {
    kassa.set(R"({"advance_s":604799})");
    CHECK(kassa.status(id) == "waiting_for_capture");
    kassa.set(R"({"advance_s":1})");
    CHECK(kassa.reason(id) == "expired_on_capture");
  }
  SECTION("a pending payment is neither captured nor canceled") {
    const std::string other = kassa.made("10.00", "");
    kassa.post("/payments/" + other + "/cancel", "");
    CHECK(kassa.last.status == 400);
    kassa.post("/payments/" + other + "/capture", "{}");
    CHECK(kassa.last.status == 400);
    kassa.post("/payments/nobody/capture", "{}");
    CHECK(kassa.last.status == 404);
  }
}

TEST_CASE("kassa: SBP holds nothing, and methods have their own ceilings", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set(R"({"test":false})");
  CHECK(kassa.pay_request("10.00", R"(,"payment_method_data":{"type":"sbp"})").text("parameter") ==
        "capture");
  const std::string id =
      kassa.made("400000.00", R"(,"capture":true,"payment_method_data":{"type":"sbp"})");
  CHECK(kassa.get("/payments/" + id).text("payment_method.type") == "sbp");
  CHECK(kassa.browse(id, "do=pay&card=5555555555554444").status == 400);
  kassa.browse(id, "do=pay&means=sbp");
  CHECK(kassa.status(id) == "succeeded");
  const std::string dear = kassa.made("400000.00");
  kassa.browse(dear, "do=pay&card=5555555555554444");
  CHECK(kassa.reason(dear) == "payment_method_limit_exceeded");
}

TEST_CASE("kassa: a saved method is charged without its payer", "[mock][kassa]") {
  KassaBench kassa;
  const std::string first = kassa.paid("10.00", R"(,"capture":true,"save_payment_method":true)");
  const Json saved = kassa.get("/payments/" + first);
  CHECK(saved.boolean("payment_method.saved") == true);
  CHECK(saved.text("payment_method.title") == "Bank card *4444");
  const std::string method = *saved.text("payment_method.id");
  const auto charge = [&] {
    return kassa.post("/payments",
                      R"({"amount":{"value":"20.00","currency":"RUB"},"capture":true,
                          "payment_method_id":")" +
                          method + "\"}");
  };
  SECTION("at once") {
    CHECK(charge().text("status") == "succeeded");
    CHECK(kassa.get("/payment_methods/" + method).text("status") == "active");
  }
  SECTION("pending for a moment") {
    kassa.set(R"({"charge":"pending"})");
    const Json pending = charge();
    CHECK(pending.text("status") == "pending");
    kassa.clock.advance(1000);
    CHECK(kassa.status(*pending.text("id")) == "succeeded");
  }
  SECTION("the payer withdrew the consent") {
    kassa.set(R"({"permission_revoked":true})");
    CHECK(charge().text("cancellation_details.reason") == "permission_revoked");
  }
  SECTION("no money") {
    kassa.set(R"({"charge":"insufficient_funds"})");
    CHECK(charge().text("cancellation_details.reason") == "insufficient_funds");
  }
  SECTION("not enabled") {
    kassa.set(R"({"recurring":false})");
    charge();
    CHECK(kassa.last.status == 403);
    kassa.pay_request("10.00", R"(,"save_payment_method":true)");
    CHECK(kassa.last.status == 403);
  }
  SECTION("what was not saved, or whose payment failed, cannot be charged") {
    const std::string failed = kassa.made("10.00", R"(,"save_payment_method":true)");
    kassa.browse(failed, "do=pay&card=5555555555554600");
    CHECK(kassa.get("/payments/" + failed).boolean("payment_method.saved") == false);
    kassa.post("/payments", R"({"amount":{"value":"20.00","currency":"RUB"},
                                "payment_method_id":")" +
                                failed + "\"}");
    CHECK(kassa.last.status == 400);
  }
}

TEST_CASE("kassa: a card is bound without a charge", "[mock][kassa]") {
  KassaBench kassa;
  const Json made = kassa.post(
      "/payment_methods",
      R"({"type":"bank_card","confirmation":{"type":"redirect","return_url":"https://a.example"}})");
  REQUIRE(made.text("status") == "pending");
  const std::string id = *made.text("id");
  CHECK(made.text("confirmation.confirmation_url"));
  SECTION("done") {
    kassa.browse(id, "do=pay&card=5555555555554444");
    CHECK(kassa.sent_to() == "https://a.example");
    CHECK(kassa.get("/payment_methods/" + id).text("status") == "active");
    CHECK(kassa.get("/payment_methods/" + id).boolean("saved") == true);
    kassa.set(R"({"notify_url":"http://127.0.0.1:1/hook","advance_s":1})");
    kassa.control("deliver", "");
    CHECK(kassa.told() == std::vector<std::string>{"payment_method.active " + id});
  }
  SECTION("refused") {
    kassa.browse(id, "do=decline");
    CHECK(kassa.get("/payment_methods/" + id).text("status") == "inactive");
  }
  kassa.get("/payment_methods/nobody");
  CHECK(kassa.last.status == 404);
}

TEST_CASE("kassa: refunds add up to what was paid and no further", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.paid("100.00");
  const auto refund = [&](const std::string& sum, const std::string& of) {
    return kassa.post("/refunds", R"({"payment_id":")" + of + R"(","amount":{"value":")" + sum +
                                      R"(","currency":"RUB"},"metadata":{"a":"b"}})");
  };
  SECTION("in parts") {
    const Json first = refund("30.00", id);
    CHECK(first.text("status") == "succeeded");
    CHECK(first.text("metadata.a") == "b");
    CHECK(kassa.get("/refunds/" + *first.text("id")) == first);
    CHECK(kassa.get("/payments/" + id).text("refunded_amount.value") == "30.00");
    CHECK(kassa.status(id) == "succeeded");
    CHECK(refund("70.01", id).text("parameter") == "amount.value");
    CHECK(refund("70.00", id).text("status") == "succeeded");
    CHECK(kassa.get("/payments/" + id).boolean("refundable") == false);
    CHECK(kassa.get("/refunds?payment_id=" + id).find("items")->items().size() == 2);
    CHECK(kassa.get("/refunds?payment_id=x").find("items")->items().empty());
  }
  SECTION("a pending one counts") {
    kassa.set(R"({"refund":"pending"})");
    CHECK(refund("60.00", id).text("status") == "pending");
    CHECK(refund("60.00", id).text("parameter") == "amount.value");
    CHECK(kassa.get("/payments/" + id).text("refunded_amount.value") == "0.00");
  }
  SECTION("later") {
    kassa.set(R"({"refund_ms":5000})");
    const std::string made = *refund("60.00", id).text("id");
    CHECK(kassa.get("/refunds/" + made).text("status") == "pending");
    kassa.clock.advance(5000);
    CHECK(kassa.get("/refunds/" + made).text("status") == "succeeded");
  }
  SECTION("the merchant has no money: nothing is given back, and no event says so") {
    kassa.set(R"({"refund":"insufficient_funds","notify_url":"http://127.0.0.1:1/h"})");
    const Json canceled = refund("60.00", id);
    CHECK(canceled.text("cancellation_details.reason") == "insufficient_funds");
    CHECK(kassa.get("/payments/" + id).text("refunded_amount.value") == "0.00");
    kassa.set(R"({"advance_s":1})");
    kassa.control("deliver", "");
    CHECK(kassa.told() == std::vector<std::string>{"payment.succeeded " + id});
  }
  SECTION("too late") {
    kassa.set(R"({"advance_s":94608001})");
    CHECK(refund("60.00", id).text("cancellation_details.reason") == "payment_expired");
  }
  SECTION("only what succeeded") {
    CHECK(refund("1.00", kassa.made("10.00")).text("parameter") == "payment_id");
    CHECK(refund("1.00", "nobody").text("parameter") == "payment_id");
    kassa.post("/refunds", R"({"payment_id":")" + id +
                               R"(","amount":{"value":"1.00","currency":"RUB"},"description":")" +
                               std::string(251, 'x') + "\"}");
    CHECK(kassa.last.status == 400);
    kassa.get("/refunds/nobody");
    CHECK(kassa.last.status == 404);
  }
}

TEST_CASE("kassa: receipts are needed where they are switched on, and add up", "[mock][kassa]") {
  KassaBench kassa;
  const auto receipt = [](const std::string& sum, const std::string& customer) {
    return R"(,"capture":true,"receipt":{"customer":{)" + customer +
           R"(},"items":[{"description":"Консультация","quantity":2,"vat_code":1,
               "amount":{"value":")" +
           sum + R"(","currency":"RUB"}}]})";
  };
  const std::string mail = R"("email":"a@example.com")";
  CHECK(kassa.pay_request("10.00", receipt("5.01", mail)).text("parameter") == "receipt.items");
  CHECK(kassa.pay_request("10.00", receipt("5.00", R"("phone":"79000000000")")).text("parameter") ==
        "receipt.customer.email");
  std::string much = receipt("5.00", mail);
  much.replace(much.find("\"quantity\":2"), 12, "\"quantity\":1e300");
  CHECK(kassa.pay_request("10.00", much).text("parameter") == "receipt.items[0].quantity");
  kassa.set(R"({"fiscalization":true})");
  CHECK(kassa.pay_request("10.00").text("parameter") == "receipt");
  const std::string id = kassa.paid("10.00", receipt("5.00", mail));
  CHECK(kassa.get("/payments/" + id).text("receipt_registration") == "succeeded");
  const auto separate = [&](const std::string& of) {
    return kassa.post("/receipts", R"({"type":"payment","payment_id":")" + of +
                                       R"(","send":true,"customer":{"email":"a@example.com"},
      "items":[{"description":"x","quantity":1,"vat_code":1,"amount":{"value":"10.00",
      "currency":"RUB"}}],"settlements":[{"type":"prepayment","amount":{"value":"10.00",
      "currency":"RUB"}}]})");
  };
  const Json made = separate(id);
  CHECK(made.text("status") == "pending");
  kassa.clock.advance(1000);
  CHECK(kassa.get("/receipts/" + *made.text("id")).text("status") == "succeeded");
  CHECK(kassa.get("/receipts?payment_id=" + id).find("items")->items().size() == 1);
  CHECK(separate("nobody").text("parameter") == "payment_id");
  kassa.set(R"({"receipt_required":false})");
  CHECK(kassa.pay_request("10.00").text("status") == "pending");
  kassa.set(R"({"fiscalization":false})");
  separate(id);
  CHECK(kassa.last.status == 403);
}

}  // namespace flead::serve::mock::yookassa_tests
