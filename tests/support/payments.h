// Payments in one line: acme's account with YooKassa, what YooKassa says of a payment, and what
// stands in the ledger then.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money/books.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::test {

inline constexpr std::string_view k_kassa_id = "30aa0f10-000f-5000-8000-1c1b7d5b1a11";

inline money::PayAccount add_shop(TestApp& app, Json config = Json::object(),
                                  std::string_view name = "yookassa",
                                  std::optional<TenantId> tenant = std::nullopt) {
  config.set("shop_id", "100500");
  money::NewPayAccount input;
  input.provider = "yookassa";
  input.name = name;
  input.config = std::move(config);
  input.secret = "live_key";
  const auto made = app.store().write([&](store::Tx& tx) {
    return money::add_pay_account(app.app(), tx, tenant.value_or(app.tenant().id), input);
  });
  REQUIRE(made);
  return *made;
}

inline money::PayAccount add_cashbox(TestApp& app) {
  money::NewPayAccount input;
  input.provider = "manual";
  const auto made = app.store().write(
      [&](store::Tx& tx) { return money::add_pay_account(app.app(), tx, app.tenant().id, input); });
  REQUIRE(made);
  return *made;
}

inline money::Payment add_payment(TestApp& app, const money::PayAccount& account,
                                  money::NewPayment input = {}) {
  if (input.amount.amount_minor == 0) input.amount = {150000, "RUB"};
  const auto made = app.store().write(
      [&](store::Tx& tx) { return money::create_payment(app.app(), tx, account, input); });
  REQUIRE(made);
  return *made;
}

inline money::Payment payment_now(TestApp& app, const money::Payment& payment) {
  const auto now = app.store().read(
      [&](store::Tx& tx) { return money::load_payment(tx, payment.tenant, payment.id); });
  REQUIRE(now);
  return *now;
}

inline std::vector<money::Refund> refunds_now(TestApp& app, const money::Payment& payment) {
  const auto now =
      app.store().read([&](store::Tx& tx) { return money::refunds_of(tx, payment.id); });
  REQUIRE(now);
  return *now;
}

// What YooKassa says of a payment of ours.
struct Kassa {
  std::string status = "pending";
  std::string value = "1500.00", currency = "RUB";
  std::string id = std::string(k_kassa_id);
  std::string ours;    // absent: the payment's
  std::string income;  // "" is not told
  bool test = false;
};
inline std::string kassa_payment(const money::Payment& payment, const Kassa& says) {
  Json body = Json::object(
      {{"id", says.id},
       {"status", says.status},
       {"paid", says.status == "succeeded"},
       {"amount", Json::object({{"value", says.value}, {"currency", says.currency}})},
       {"created_at", "2026-01-05T09:00:00.111Z"},
       {"test", says.test},
       {"metadata",
        Json::object({{"payment", says.ours.empty() ? payment.id.text() : says.ours}})}});
  if (!says.income.empty()) {
    body.set("income_amount", Json::object({{"value", says.income}, {"currency", says.currency}}));
  }
  if (says.status == "pending") {
    body.set("confirmation",
             Json::object({{"type", "redirect"},
                           {"confirmation_url", "https://yoomoney.ru/checkout?orderId=1"}}));
  }
  if (says.status == "canceled") {
    body.set("cancellation_details",
             Json::object({{"party", "yoo_money"}, {"reason", "expired_on_confirmation"}}));
  }
  return body.dump();
}
inline std::string kassa_refund(const money::Refund& refund, std::string_view status,
                                std::string_view value = "1500.00",
                                std::string_view id = "216749f7-0016-50be-b000-078d43a63ae4") {
  Json body = Json::object({{"id", id},
                            {"payment_id", k_kassa_id},
                            {"status", status},
                            {"amount", Json::object({{"value", value}, {"currency", "RUB"}})},
                            {"created_at", "2026-01-05T09:10:00.111Z"},
                            {"metadata", Json::object({{"refund", refund.id.text()}})}});
  if (status == "canceled") {
    body.set("cancellation_details",
             Json::object({{"party", "yoo_money"}, {"reason", "insufficient_funds"}}));
  }
  return body.dump();
}

// Says this from now on, whatever was scripted before.
inline void kassa_says(TestApp& app, int status, std::string body) {
  app.provider("yookassa") = ScriptedProvider();
  app.provider("yookassa").then(status, std::move(body));
}

// A payment that the provider has, not paid yet.
inline money::Payment pending_payment(TestApp& app, const money::PayAccount& account,
                                      money::NewPayment input = {}) {
  const money::Payment payment = add_payment(app, account, std::move(input));
  kassa_says(app, 200, kassa_payment(payment, {}));
  app.run_jobs();
  REQUIRE(payment_now(app, payment).state == "pending");
  return payment_now(app, payment);
}

inline void look_later(TestApp& app) {
  app.advance(std::chrono::seconds(20));
  app.run_jobs();
}

inline void ask_again(TestApp& app, const money::Payment& payment) {
  REQUIRE(
      app.store().write([&](store::Tx& tx) { return money::ask_again(app.app(), tx, payment); }));
}

// A payment that was made and paid, by the way that it goes: asked for, pending, looked up.
inline money::Payment paid_payment(TestApp& app, const money::PayAccount& account,
                                   money::NewPayment input = {}, std::string_view income = "") {
  const money::Payment payment = add_payment(app, account, std::move(input));
  kassa_says(app, 200, kassa_payment(payment, {}));
  app.run_jobs();
  Kassa paid;
  paid.status = "succeeded";
  paid.income = income;
  kassa_says(app, 200, kassa_payment(payment, paid));
  app.advance(std::chrono::seconds(20));
  app.run_jobs();
  const money::Payment now = payment_now(app, payment);
  REQUIRE(now.state == "succeeded");
  return now;
}

inline std::int64_t ledger_balance(TestApp& app, std::string_view account,
                                   std::string_view currency = "RUB") {
  const auto found = app.store().read(
      [&](store::Tx& tx) { return money::balance(tx, app.tenant().id, account, currency); });
  REQUIRE(found);
  return *found;
}

inline std::size_t ledger_size(TestApp& app) {
  const auto found = app.store().read([&](store::Tx& tx) {
    return money::list_transactions(tx, app.tenant().id, money::LedgerFilter{});
  });
  REQUIRE(found);
  return found->size();
}

// Nothing is wrong with the book.
inline void check_ledger(TestApp& app) {
  const auto check =
      app.store().read([&](store::Tx& tx) { return money::verify(tx, app.tenant().id); });
  REQUIRE(check);
  CHECK(check->faults.empty());
}

inline Result<std::optional<money::Refund>> try_refund(TestApp& app, const money::Payment& payment,
                                                       std::int64_t amount_minor,
                                                       std::string_view key = "") {
  money::NewRefund input;
  input.amount_minor = amount_minor;
  input.why = "cancelled";
  input.unique_key = key;
  return app.store().write(
      [&](store::Tx& tx) { return money::refund_payment(app.app(), tx, payment, input); });
}
inline money::Refund add_refund(TestApp& app, const money::Payment& payment,
                                std::int64_t amount_minor) {
  auto made = try_refund(app, payment, amount_minor);
  REQUIRE(made);
  REQUIRE(made->has_value());
  return **made;
}

// One run of a handler, and its result recorded, as the worker does.
using PayHandler = jobs::Outcome (*)(App&, const jobs::Job&);
inline jobs::Outcome run_pay_job(TestApp& app, PayHandler handler, const char* kind, Json payload) {
  jobs::Job job;
  job.kind = kind;
  job.payload = std::move(payload);
  return handler(app.app(), job);
}
inline void record_outcome(TestApp& app, const jobs::Outcome& outcome) {
  if (!outcome.also) return;
  const Status done = app.store().write([&](store::Tx& tx) { return outcome.also(tx); });
  REQUIRE(done);
}

}  // namespace flead::test
