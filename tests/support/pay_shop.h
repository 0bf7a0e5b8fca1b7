// A tenant whose meetings are paid by YooKassa or by hand, as api/pay_test.cpp drives it: booked,
// answered for the provider, and looked at from the books.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/booking/pay.h"
#include "core/money/books.h"
#include "core/money/payment.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead::test {

inline constexpr const char* k_shop_payment_id = "30aa0f10-000f-5000-8000-1c1b7d5b1a11";

// A tenant that takes payments, and whoever pays there.
struct Shop {
  TestApp app;
  booking::MadeRules rules = add_host(app);
  channels::Channel email = channels::add_email(app);
  std::string lead = add_lead(app, 1, "anna@example.test");

  explicit Shop(const std::string& provider = "yookassa") {
    connect(provider);
    set_price("1500");
    app.run_jobs();
  }

  void connect(const std::string& provider) {
    money::NewPayAccount input;
    input.provider = provider;
    if (provider == "yookassa") {
      input.config = Json::object({{"shop_id", "100500"}});
      input.secret = "open-sesame";
    }
    if (provider == "robokassa") {
      input.config = Json::object({{"shop_id", "flead"}});
      input.secret = "pass1 pass2";
    }
    if (provider == "cloudpayments") {
      input.config = Json::object({{"shop_id", "pk_1"}});
      input.secret = "cp-secret";
    }
    if (provider == "tbank") {
      input.config = Json::object({{"shop_id", "FLEAD"}});
      input.secret = "pw123";
    }
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return money::add_pay_account(app.app(), tx, app.tenant().id, input);
    }));
  }
  void set_price(const std::string& amount) {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      booking::NewPrice price;
      price.money = {*parse_money_minor(amount), "RUB"};
      FLEAD_CHECK(booking::set_price(app.world(), tx, rules.offer.id, price));
      booking::NewPolicy policy;
      policy.steps = "12h 50";
      FLEAD_CHECK(booking::set_policy(app.world(), tx, rules.offer.id, policy));
      return {};
    }));
  }
  void set(std::string_view key, std::string_view value) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, key, value);
    }));
  }

  // What the provider says of a payment from now on.
  std::string object(const std::string& state, const std::string& id,
                     const std::string& amount = "1500.00") {
    return R"({"id":")" + std::string(k_shop_payment_id) + R"(","status":")" + state +
           R"(","amount":{"value":")" + amount +
           R"(","currency":"RUB"},"income_amount":{"value":"1447.50","currency":"RUB"},)"
           R"("confirmation":{"type":"redirect","confirmation_url":"https://pay.test/1"},)"
           R"("created_at":"2026-01-05T09:00:00.000Z","test":false,"metadata":{"payment":")" +
           id + R"("}})";
  }
  std::string refund(const std::string& state, const std::string& amount) {
    return R"({"id":"r1","payment_id":")" + std::string(k_shop_payment_id) + R"(","status":")" +
           state + R"(","amount":{"value":")" + amount +
           R"(","currency":"RUB"},"created_at":"2026-01-05T09:00:00.000Z"})";
  }

  Json book(std::string_view at = k_first_slot) {
    const auto reply = post_booking(app, lead, at);
    CAPTURE(reply.body);
    REQUIRE(reply.status == 201);
    return app.body_of(reply);
  }
  Json now(const Json& booking) {
    return app.body_of(app.get("/api/v1/bookings/" + booking.text("id").value_or(""),
                               app.token(tenants::Role::viewer)));
  }
  std::string state(const Json& booking) { return now(booking).text("status").value_or(""); }
  money::Payment payment(const Json& booking) {
    auto found = app.store().read([&](store::Tx& tx) {
      return money::payments_of(tx, app.tenant().id, booking.text("id").value_or(""));
    });
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    return found->back();
  }
  void run(std::string answer) {
    app.provider("yookassa").then(200, std::move(answer));
    app.run_jobs();
  }
  // The next answer, whatever it said last.
  void answer(std::string body) {
    app.provider("yookassa").then(200, std::move(body));
    channels::HttpRequest request;
    request.label = "yookassa";
    app.transport().http(request);
  }
  // Whatever is due meanwhile is done. (What a provider said last it says once more first.)
  void wait_minutes(int minutes) {
    for (int i = 0; i < minutes; ++i) {
      app.advance(std::chrono::minutes(1));
      app.run_jobs();
    }
  }
  // Booked, and the provider has the payment.
  Json book_pending() {
    const Json booking = book();
    run(object("pending", payment(booking).id.text()));
    REQUIRE(payment(booking).state == "pending");
    return booking;
  }
  void pay(const Json& booking) {
    app.provider("yookassa").then(200, object("succeeded", payment(booking).id.text()));
    wait_minutes(2);
    REQUIRE(payment(booking).state == "succeeded");
  }
  std::int64_t balance(const std::string& account) {
    return app.store()
        .read([&](store::Tx& tx) { return money::balance(tx, app.tenant().id, account, "RUB"); })
        .value();
  }
  std::int64_t expert() { return balance(money::account::expert(rules.host.id.text())); }
  std::int64_t prepaid() { return balance(money::account::prepaid(LeadId(lead))); }
  std::int64_t owed() { return balance(money::account::refunds(LeadId(lead))); }
  std::int64_t at_provider() { return balance(money::account::provider("yookassa")); }
  std::int64_t messages(const std::string& name) {
    return count_rows(app.store(), "messages WHERE template = '" + name + "'");
  }
  // What the host was told, by the news it was.
  std::int64_t host_heard(const std::string& news) {
    return count_rows(
        app.store(),
        "messages WHERE template = 'operator.booking' AND unique_key LIKE '%:" + news + "'");
  }
  void check_ledger() {
    const auto check =
        app.store().read([&](store::Tx& tx) { return money::verify(tx, app.tenant().id); });
    REQUIRE(check);
    for (const auto& fault : check->faults) FAIL_CHECK(fault.code << ": " << fault.message);
  }
};

}  // namespace flead::test
