// Refunds against a scripted provider: whole, in part, by hand, refused, unanswered.
#include <string>
#include <string_view>

#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {
namespace {

using money::Payment;
using money::Refund;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view k_at_provider = "assets:provider:yookassa";
constexpr std::string_view k_owed = "liabilities:prepaid:others";
constexpr std::string_view k_due = "liabilities:refunds:others";

Refund only_refund(TestApp& app, const Payment& payment) {
  const auto all = refunds_now(app, payment);
  REQUIRE(all.size() == 1);
  return all[0];
}

std::string key_of(const channels::HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "Idempotence-Key") return value;
  }
  return "";
}

}  // namespace

TEST_CASE("refunds: all of it goes back, and the fee stays with the provider", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app), {}, "1447.50");
  const Refund refund = add_refund(app, payment, 150000);
  // Promised is not given: it is owed, and the provider holds it yet.
  CHECK(ledger_balance(app, k_owed) == 0);
  CHECK(ledger_balance(app, k_due) == -150000);
  CHECK(payment_now(app, payment).refunded_minor == 0);
  app.sent("yookassa").clear();
  kassa_says(app, 200, kassa_refund(refund, "succeeded"));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "succeeded");
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_balance(app, k_due) == 0);
  CHECK(ledger_balance(app, k_at_provider) == -5250);
  REQUIRE(app.sent("yookassa").size() == 1);
  CHECK(key_of(app.sent("yookassa")[0]) == refund.id.text());
  check_ledger(app);
}

TEST_CASE("refunds: parts add up to what was paid and never to more", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund part = add_refund(app, payment, 50000);
  kassa_says(app, 200, kassa_refund(part, "succeeded", "500.00"));
  app.run_jobs();
  for (const std::int64_t amount : {100001, 0, -1}) {
    const auto refused = try_refund(app, payment, amount);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "refund_too_large");
  }
  const Refund rest = add_refund(app, payment, 100000);
  kassa_says(app, 200, kassa_refund(rest, "succeeded", "1000.00", "r2"));
  app.run_jobs();
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK_FALSE(try_refund(app, payment, 1));
  CHECK(ledger_balance(app, k_at_provider) == 0);
  check_ledger(app);
}

TEST_CASE("refunds: however often a little of what was earned goes back, the parts are right",
          "[money]") {
  TestApp app;
  money::NewPayment terms;
  terms.payee = "host_x";
  terms.share_percent = 15;
  const Payment payment = paid_payment(app, add_shop(app), terms);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return money::earn_payment(app.app(), tx, payment); }));
  const std::string expert = money::account::expert("host_x");
  CHECK(ledger_balance(app, expert) == -127500);
  std::int64_t left = 150000;
  for (const std::int64_t amount : {3, 3, 3, 1, 1, 1, 333, 99, 149556}) {
    add_refund(app, payment, amount);
    left -= amount;
    const money::Parts stays = money::split_amount(payment, left);
    CAPTURE(left);
    CHECK(ledger_balance(app, expert) == -stays.payee_minor);
    CHECK(ledger_balance(app, money::account::k_share) == -stays.share_minor);
  }
  CHECK(left == 0);
  check_ledger(app);
}

TEST_CASE("refunds: the same key gives back once", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const auto first = try_refund(app, payment, 50000, "booking.cancelled");
  const auto second = try_refund(app, payment, 50000, "booking.cancelled");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->has_value());
  CHECK_FALSE(second->has_value());
  CHECK(refunds_now(app, payment).size() == 1);
  CHECK(ledger_balance(app, k_due) == -50000);
}

TEST_CASE("refunds: only what was paid can go back", "[money]") {
  TestApp app;
  const auto refused = try_refund(app, add_payment(app, add_shop(app)), 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "payment_not_paid");
}

TEST_CASE("refunds: a pending one is asked about until it is done", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund refund = add_refund(app, payment, 150000);
  kassa_says(app, 200, kassa_refund(refund, "pending"));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "pending");
  app.advance(minutes(10));
  app.run_jobs();
  app.advance(minutes(10));
  app.run_jobs();
  CHECK(payment_now(app, payment).refunded_minor == 0);
  kassa_says(app, 200, kassa_refund(refund, "succeeded"));
  app.advance(minutes(10));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "succeeded");
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK(ledger_balance(app, k_due) == 0);
}

TEST_CASE("refunds: a canceled one is still owed, and is tried again with another key", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund refund = add_refund(app, payment, 150000);
  kassa_says(app, 200, kassa_refund(refund, "canceled"));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "canceled");
  CHECK(only_refund(app, payment).reason == "insufficient_funds");
  CHECK(ledger_balance(app, k_due) == -150000);
  CHECK_FALSE(try_refund(app, payment, 1));  // all of it is promised
  app.sent("yookassa").clear();
  const auto retry = [&] {
    const Refund then = only_refund(app, payment);
    return app.store().write(
        [&](store::Tx& tx) { return money::retry_refund(app.app(), tx, then); });
  };
  REQUIRE(retry());
  CHECK(retry().error().code == "refund_state");  // it is under way
  Refund second = refund;                         // the provider knows it by the key of the attempt
  second.id = money::RefundId(refund.id.text() + "-2");
  kassa_says(app, 200, kassa_refund(second, "succeeded", "1500.00", "r2"));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "succeeded");
  CHECK(key_of(app.sent("yookassa").at(0)) == refund.id.text() + "-2");
  CHECK(ledger_balance(app, k_due) == 0);
  CHECK(ledger_size(app) == 3);  // paid, promised once, given once
  check_ledger(app);
}

TEST_CASE("refunds: no answer is asked again with the same key, and not for ever", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund refund = add_refund(app, payment, 150000);
  app.sent("yookassa").clear();
  kassa_says(app, 500, "");
  app.run_jobs();
  app.advance(minutes(2));
  app.run_jobs();
  REQUIRE(app.sent("yookassa").size() == 2);
  CHECK(key_of(app.sent("yookassa")[0]) == key_of(app.sent("yookassa")[1]));
  // A second one with a key that is forgotten might give it back twice: the list is looked through.
  const bool made = GENERATE(false, true);
  std::string list = R"({"type":"list","items":[)" +
                     (made ? kassa_refund(refund, "succeeded", "1500.00") : "") + "]}";
  kassa_says(app, 200, list);
  app.advance(hours(24));
  app.run_jobs();
  app.advance(hours(2));
  app.run_jobs();
  CHECK_THAT(app.sent("yookassa").back().url, ContainsSubstring("/refunds?payment_id="));
  CHECK(only_refund(app, payment).state == (made ? "succeeded" : "canceled"));
  CHECK(ledger_balance(app, k_due) == (made ? 0 : -150000));
}

TEST_CASE("refunds: an answer about another refund changes nothing, and is told", "[money]") {
  struct Case {
    std::string_view what;
  };
  const Case one = GENERATE(values<Case>({{"amount"}, {"payment"}, {"ours"}}));
  CAPTURE(one.what);
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund refund = add_refund(app, payment, 50000);
  Refund other = refund;
  if (one.what == "ours") other.id = money::RefundId("rfd_01k9x0000000000000000000zz");
  std::string body = kassa_refund(other, "succeeded", one.what == "amount" ? "1500.00" : "500.00");
  if (one.what == "payment") {
    body.replace(body.find(k_kassa_id), k_kassa_id.size(), "another");
  }
  kassa_says(app, 200, body);
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "created");
  CHECK(payment_now(app, payment).refunded_minor == 0);
  CHECK(ledger_balance(app, k_due) == -50000);
  CHECK(payment_now(app, payment).problem.find(refund.id.text()) != std::string::npos);
  // Whoever has looked asks again.
  kassa_says(app, 200, kassa_refund(refund, "succeeded", "500.00"));
  const Refund stuck = only_refund(app, payment);
  REQUIRE(app.store().write([&](store::Tx& tx) { return money::ask_again(app.app(), tx, stuck); }));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "succeeded");
}

TEST_CASE("refunds: by hand, a person confirms once", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_cashbox(app));
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return money::confirm_payment(app.app(), tx, payment, "cli"); }));
  const Refund refund = add_refund(app, payment, 50000);
  CHECK(refund.state == "pending");
  app.run_jobs();
  const auto confirm = [&] {
    return app.store().write(
        [&](store::Tx& tx) { return money::confirm_refund(app.app(), tx, refund, "cli"); });
  };
  REQUIRE(confirm());
  CHECK(confirm().error().code == "refund_over");
  CHECK(ledger_balance(app, "assets:bank") == 100000);
  CHECK(payment_now(app, payment).refunded_minor == 50000);
  check_ledger(app);
}

TEST_CASE("refunds: two looks that both saw it given count it once", "[money][jobs]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  const Refund refund = add_refund(app, payment, 150000);
  kassa_says(app, 200, kassa_refund(refund, "pending"));
  app.run_jobs();
  kassa_says(app, 200, kassa_refund(refund, "succeeded"));
  const Json payload = Json::object({{"refund", refund.id.text()}});
  const auto first = run_pay_job(app, money::sync_refund, "refund.sync", payload);
  const auto second = run_pay_job(app, money::sync_refund, "refund.sync", payload);
  record_outcome(app, first);
  record_outcome(app, second);
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK(ledger_size(app) == 3);
  check_ledger(app);
}

TEST_CASE("refunds: a wrong key pauses the account and the refund waits", "[money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const Payment payment = paid_payment(app, shop);
  const Refund refund = add_refund(app, payment, 150000);
  kassa_says(app, 403, R"({"type":"error","code":"forbidden"})");
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "created");
  kassa_says(app, 200, kassa_refund(refund, "succeeded"));
  app.advance(minutes(5));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "created");  // paused
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return money::set_pay_status(app.world(), tx, shop.id, "active", "");
  }));
  app.advance(minutes(5));
  app.run_jobs();
  CHECK(only_refund(app, payment).state == "succeeded");
}

}  // namespace flead::test
