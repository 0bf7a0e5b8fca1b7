// YooKassa's double: callers, keys, fields, lists, faults and the switches themselves.
#include <string>
#include <vector>

#include "support/kassa.h"

namespace flead::serve::mock::yookassa_tests {

using test::KassaBench;
using Texts = std::vector<std::string>;

TEST_CASE("kassa: a payment is made as the provider's page shows it", "[mock][kassa]") {
  KassaBench kassa;
  const Json made = kassa.pay_request("1500.00", R"(,"capture":true,"description":"Консультация",
                                      "metadata":{"booking_id":"b_91","attempt":"1"})");
  REQUIRE(kassa.last.status == 200);
  CHECK(made.text("id")->size() == 36);
  CHECK(made.text("status") == "pending");
  CHECK(made.boolean("paid") == false);
  CHECK(made.boolean("refundable") == false);
  CHECK(made.boolean("test") == true);
  CHECK(made.text("amount.value") == "1500.00");
  CHECK(made.text("metadata.booking_id") == "b_91");
  CHECK(made.text("recipient.account_id") == "100500");
  CHECK(made.text("confirmation.return_url") == "https://shop.example/back");
  CHECK(made.text("confirmation.confirmation_url") ==
        "http://127.0.0.1:9090/yookassa/checkout/payments/v2/contract?orderId=" + *made.text("id"));
  CHECK(kassa.get("/payments/" + *made.text("id")) == made);
  kassa.get("/payments/30aa0f10-000f-5000-8000-1c1b7d5b1a11");
  CHECK(kassa.last.status == 404);
}

TEST_CASE("kassa: every way of confirming has what its client needs", "[mock][kassa]") {
  KassaBench kassa;
  const auto confirmed = [&](const std::string& type) {
    return kassa.post("/payments",
                      R"({"amount":{"value":"10.00","currency":"RUB"},"capture":true,
                          "confirmation":{"type":")" +
                          type + R"("}})");
  };
  CHECK(confirmed("embedded").text("confirmation.confirmation_token"));
  CHECK(confirmed("qr").text("confirmation.confirmation_data"));
  CHECK(confirmed("mobile_application").text("confirmation.confirmation_url"));
  CHECK(confirmed("external").find("confirmation")->members().size() == 1);
  confirmed("redirect");  // without return_url
  CHECK(kassa.last.status == 400);
}

TEST_CASE("kassa: the two pairs of credentials are not each other's", "[mock][kassa]") {
  KassaBench kassa;
  struct Case {
    std::string method, path, pair;
    int status;
  };
  const auto one = GENERATE(values<Case>({
      {"GET", "/me", "100500:test_shop", 200},
      {"GET", "/me", "500100:test_gateway", 200},
      {"GET", "/me", "100500:test_gateway", 401},
      {"GET", "/me", "100500:", 401},
      {"GET", "/payments", "100500:test_shop", 200},
      {"GET", "/payments", "500100:test_gateway", 403},
      {"GET", "/payouts", "100500:test_shop", 403},
      {"GET", "/payouts", "500100:test_gateway", 200},
      {"GET", "/sbp_banks", "500100:test_gateway", 200},
      {"GET", "/webhooks", "100500:test_shop", 403},
      {"DELETE", "/payments", "100500:test_shop", 405},
      {"GET", "/payment_methods", "100500:test_shop", 405},
      {"POST", "/me", "100500:test_shop", 405},
  }));
  CAPTURE(one.method, one.path, one.pair);
  const Json said = kassa.ask(one.method, one.path, "", "", one.pair);
  CHECK(kassa.last.status == one.status);
  if (one.status == 401) CHECK(said.text("code") == "invalid_credentials");
  if (one.status == 403) CHECK(said.text("code") == "forbidden");
  if (one.status != 200) CHECK(said.text("type") == "error");
}

TEST_CASE("kassa: a key is needed and remembers its first result for a day", "[mock][kassa]") {
  KassaBench kassa;
  const std::string body = R"({"amount":{"value":"10.00","currency":"RUB"},"capture":true})";
  const std::string same = R"({"capture":true,"amount":{"currency":"RUB","value":"10.00"}})";
  const std::string other = R"({"amount":{"value":"11.00","currency":"RUB"},"capture":true})";
  const auto ask = [&](const std::string& key, const std::string& text) {
    return kassa.ask("POST", "/payments", text, key, kassa.shop);
  };
  SECTION("its shape") {
    CHECK(ask("", body).text("parameter") == "Idempotence-Key");
    CHECK(kassa.last.status == 400);
    CHECK(ask(std::string(65, 'a'), body).text("parameter") == "Idempotence-Key");
    CHECK(ask("with space", body).text("parameter") == "Idempotence-Key");
    CHECK(ask(std::string(64, 'a'), body).text("status") == "pending");
  }
  SECTION("the same data are the first result again, though the payment went on") {
    const Json first = ask("k1", body);
    kassa.browse(*first.text("id"), "do=pay&card=5555555555554444");
    CHECK(ask("k1", body) == first);
    CHECK(ask("k1", same) == first);
    CHECK(ask("k2", body).text("id") != first.text("id"));
  }
  SECTION("other data are refused, on another path too") {
    const Json first = ask("k1", body);
    const Json refused = ask("k1", other);
    CHECK(kassa.last.status == 400);
    CHECK(refused.text("code") == "invalid_request");
    CHECK(refused.text("parameter") == "Idempotence-Key");
    CHECK(refused.text("description") == "Idempotence key duplicated");
    kassa.ask("POST", "/payments/" + *first.text("id") + "/cancel", "", "k1", kassa.shop);
    CHECK(kassa.last.status == 400);
    kassa.set(R"({"key_reuse":"replay"})");
    CHECK(ask("k1", other) == first);
  }
  SECTION("it is forgotten after a day, and is another account's own") {
    const Json first = ask("k1", body);
    kassa.set(R"({"advance_s":86399})");
    CHECK(ask("k1", body).text("id") == first.text("id"));
    kassa.set(R"({"advance_s":1})");
    CHECK(ask("k1", body).text("id") != first.text("id"));
    const Json payout = kassa.ask("POST", "/payouts", R"({"amount":{"value":"10.00",
      "currency":"RUB"},"payout_destination_data":{"type":"yoo_money",
      "account_number":"41001614575714"}})",
                                  "k1", kassa.gateway);
    CHECK(payout.text("id")->starts_with("po-"));
  }
  SECTION("a refusal for the data is a result as well: new data need a new key") {
    ask("k1", R"({"amount":{"value":10,"currency":"RUB"}})");
    CHECK(kassa.last.status == 400);
    CHECK(ask("k1", body).text("parameter") == "Idempotence-Key");
    CHECK(ask("k2", body).text("status") == "pending");
  }
}

TEST_CASE("kassa: what a payment may not have is refused with its place", "[mock][kassa]") {
  KassaBench kassa;
  struct Case {
    std::string body, parameter;
  };
  const std::string sum = R"("amount":{"value":"10.00","currency":"RUB"})";
  std::string pairs;
  for (int i = 0; i < 17; ++i) {
    pairs += (i > 0 ? "," : "") + ("\"k" + std::to_string(i)) + R"(":"v")";
  }
  const Case cases[] = {
      {"{}", "amount"},
      {R"({"amount":{"value":10,"currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"10","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"10.5","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"10,00","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"1 000.00","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"-10.00","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"0.00","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"0.99","currency":"RUB"}})", "amount.value"},
      {R"({"amount":{"value":"10.00","currency":"rub"}})", "amount.currency"},
      {R"({"amount":{"value":"10.00","currency":"USD"}})", "amount.currency"},
      {R"({"amount":"10.00"})", "amount"},
      {"{" + sum + R"(,"capture":"true"})", "capture"},
      {"{" + sum + R"(,"description":")" + std::string(129, 'x') + "\"}", "description"},
      {"{" + sum + R"(,"merchant_customer_id":")" + std::string(201, 'x') + "\"}",
       "merchant_customer_id"},
      {"{" + sum + R"(,"metadata":{)" + pairs + "}}", "metadata"},
      {"{" + sum + R"(,"metadata":{")" + std::string(33, 'k') + R"(":"v"}})", "metadata"},
      {"{" + sum + R"(,"metadata":{"k":")" + std::string(513, 'v') + "\"}}", "metadata.k"},
      {"{" + sum + R"(,"metadata":{"k":1}})", "metadata.k"},
      {"{" + sum + R"(,"confirmation":{"type":"carrier_pigeon"}})", "confirmation.type"},
      {"{" + sum + R"(,"confirmation":{"type":"redirect","return_url":"https://a.example/)" +
           std::string(2048, 'x') + "\"}}",
       "confirmation.return_url"},
      {"{" + sum +
           R"(,"confirmation":{"type":"redirect","return_url":"https://a.example","locale":"de"}})",
       "confirmation.locale"},
      {"{" + sum + R"(,"payment_method_data":{"type":"cash_in_hand"}})",
       "payment_method_data.type"},
      {"{" + sum + R"(,"payment_method_data":{"type":"sbp"}})", "payment_method_data.type"},
      {"{" + sum + R"(,"payment_method_id":"nobody"})", "payment_method_id"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.body);
    const Json said = kassa.post("/payments", one.body);
    CHECK(kassa.last.status == 400);
    CHECK(said.text("code") == "invalid_request");
    CHECK(said.text("parameter") == one.parameter);
  }
  CHECK(kassa.set("{}").find("payments")->items().empty());
}

TEST_CASE("kassa: a body of another type is 415, and no JSON is 400", "[mock][kassa]") {
  KassaBench kassa;
  for (const char* body : {"", "null", "[]", "{", "{\"amount\":", "\xff\xfe"}) {
    kassa.post("/payments", body);
    CHECK(kassa.last.status == 400);
  }
  http::Request form;
  form.method = "POST";
  form.path = "/yookassa/v3/payments";
  form.body = "amount=10";
  form.headers = {{"content-type", "application/x-www-form-urlencoded"},
                  {"idempotence-key", "k"},
                  {"authorization", "Basic " + base64_encode(kassa.shop)}};
  kassa.send(form);
  CHECK(kassa.last.status == 415);
}

TEST_CASE("kassa: lists are newest first, filtered and in pages", "[mock][kassa]") {
  KassaBench kassa;
  Texts ids;
  for (int i = 0; i < 12; ++i) {
    ids.push_back(i % 3 == 0 ? kassa.paid("10.00") : kassa.made("10.00"));
    kassa.clock.advance(1000);
  }
  const Json first = kassa.get("/payments");
  REQUIRE(first.find("items")->items().size() == 10);
  CHECK(first.text("type") == "list");
  CHECK(first.find("items")->items()[0].text("id") == ids[11]);
  const Json rest = kassa.get("/payments?cursor=" + first.text("next_cursor").value_or(""));
  REQUIRE(rest.find("items")->items().size() == 2);
  CHECK(rest.find("items")->items()[1].text("id") == ids[0]);
  CHECK(rest.find("next_cursor") == nullptr);
  const auto count = [&](const std::string& query) {
    const Json said = kassa.get("/payments?limit=100&" + query);
    const Json* items = said.find("items");
    return items == nullptr ? -kassa.last.status : static_cast<int>(items->items().size());
  };
  CHECK(count("status=succeeded") == 4);
  CHECK(count("status=canceled") == 0);
  CHECK(count("payment_method=bank_card") == 4);
  CHECK(count("created_at.gte=2026-01-05T09:00:03.000Z") == 9);
  CHECK(count("created_at.gt=2026-01-05T09:00:03.000Z") == 8);
  CHECK(count("created_at.lte=2026-01-05T09:00:03.000Z") == 4);
  CHECK(count("created_at.lt=2026-01-05T09:00:03.000Z") == 3);
  CHECK(count("captured_at.gte=2026-01-05T09:00:03.000Z") == 3);
  CHECK(count("created_at.gte=yesterday") == -400);
  CHECK(count("cursor=nobody") == -400);
  for (const char* limit : {"0", "101", "x", "-1", "1.5", ""}) {
    kassa.get("/payments?limit=" + std::string(limit));
    CHECK(kassa.last.status == 400);
  }
  kassa.set(R"({"advance_s":94607998})");  // three years
  CHECK(count("") == 2);
}

TEST_CASE("kassa: faults happen as often as asked, where asked", "[mock][kassa]") {
  KassaBench kassa;
  const std::string body = R"({"amount":{"value":"10.00","currency":"RUB"},"capture":true})";
  const auto ask = [&](const std::string& key) {
    return kassa.ask("POST", "/payments", body, key, kassa.shop);
  };
  const auto payments = [&] { return kassa.set("{}").find("payments")->items().size(); };
  SECTION("lost: made, and answered with 500; the same key finds it") {
    kassa.set(R"({"fault":"lost"})");
    CHECK(ask("k1").text("code") == "internal_server_error");
    CHECK(kassa.last.status == 500);
    CHECK(payments() == 1);
    CHECK(ask("k1").text("status") == "pending");
    CHECK(payments() == 1);
  }
  SECTION("error: nothing was made") {
    kassa.set(R"({"fault":"error","fault_times":2})");
    ask("k1");
    CHECK(ask("k1").text("code") == "internal_server_error");
    CHECK(payments() == 0);
    CHECK(ask("k1").text("status") == "pending");
  }
  SECTION("hang: made, held back, then 500") {
    kassa.set(R"({"fault":"hang","fault_ms":1})");
    ask("k1");
    CHECK(kassa.last.status == 500);
    CHECK(payments() == 1);
    CHECK(kassa.set("{}").integer("fault_ms") == 1);
  }
  SECTION("flood: 429 with the pause in milliseconds") {
    kassa.set(R"({"fault":"flood","fault_retry_ms":1500})");
    const Json said = ask("k1");
    CHECK(kassa.last.status == 429);
    CHECK(said.text("code") == "too_many_requests");
    CHECK(said.integer("retry_after") == 1500);
    CHECK(ask("k1").text("status") == "pending");
  }
  SECTION("of one path and method only") {
    kassa.set(R"({"fault":"flood","fault_path":"/refunds","fault_times":1})");
    CHECK(ask("k1").text("status") == "pending");
    kassa.set(R"({"fault_path":"","fault_method":"GET"})");
    CHECK(ask("k2").text("status") == "pending");
    kassa.get("/me");
    CHECK(kassa.last.status == 429);
  }
}

TEST_CASE("kassa: a switch that is misspelt or of another type is refused", "[mock][kassa]") {
  KassaBench kassa;
  const auto wish = GENERATE(values<std::string>(
      {R"({"notify_dealy_ms":1})", R"({"stuck":"yes"})", R"({"redirect":"sometimes"})",
       R"({"notify_copies":101})", R"({"fault":"fire"})", R"({"charge":"no_such_reason"})",
       R"({"balance":100})", R"({"limits":{"gold":{"max":"1.00"}}})",
       R"({"limits":{"sbp":{"most":"1.00"}}})", R"({"advance_s":-1})",
       R"({"advance_s":9000000000})", R"({"fee_basis_points":10001})", R"({"fault_ms":60001})"}));
  CAPTURE(wish);
  const Json before = kassa.set("{}");
  kassa.control("account", wish);
  CHECK(kassa.last.status == 400);
  CHECK(kassa.set("{}") == before);
}

TEST_CASE("kassa: which keys came with what is shown to the test", "[mock][kassa]") {
  KassaBench kassa;
  const std::string body = R"({"amount":{"value":"10.00","currency":"RUB"}})";
  kassa.ask("POST", "/payments", body, "k1", kassa.shop);
  kassa.ask("POST", "/payments", body, "k1", kassa.shop);
  const Json state = kassa.set("{}");
  REQUIRE(state.find("keys")->items().size() == 1);
  const Json& key = state.find("keys")->items()[0];
  CHECK(key.text("key") == "k1");
  CHECK(key.text("account") == "100500");
  CHECK(key.text("path") == "/v3/payments");
  CHECK(key.integer("times") == 2);
}

TEST_CASE("kassa: /me tells the mode, the methods and the balance", "[mock][kassa]") {
  KassaBench kassa;
  const Json shop = kassa.get("/me");
  CHECK(shop.text("status") == "enabled");
  CHECK(shop.text("account_id") == "100500");
  CHECK(shop.boolean("test") == true);
  CHECK(shop.boolean("fiscalization.enabled") == false);
  CHECK(shop.find("payment_methods")->items().size() == 2);  // no SBP in a test shop
  const Json gateway = kassa.get_payout("/me");
  CHECK(gateway.text("account_id") == "500100");
  CHECK(gateway.text("payout_balance.value") == "100000.00");
  CHECK(gateway.find("payout_methods")->items().size() == 3);
  kassa.set(R"({"test":false,"balance":"5.00","shop_status":"disabled","shop_id":"7",
                "shop_key":"live_x"})");
  kassa.shop = "7:live_x";
  CHECK(kassa.get("/me").boolean("test") == false);
  CHECK(kassa.get("/me").text("status") == "disabled");
  CHECK(kassa.get("/me").find("payment_methods")->items().size() == 5);
  CHECK(kassa.get_payout("/me").text("payout_balance.value") == "5.00");
  CHECK(kassa.pay_request("10.00").boolean("test") == false);
}

}  // namespace flead::serve::mock::yookassa_tests
