// The provider inside this program: the whole way of a payment, a refund, a hold and a payout with
// nobody to call, in test money alone.
#include "core/money/mock_provider.h"

#include <chrono>
#include <string>

#include "core/money/saved_method.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/payments.h"
#include "support/payouts.h"
#include "support/test_app.h"

namespace flead::money {
namespace {

using test::ledger_balance;
using test::payment_now;
using test::TestApp;

PayAccount add_mock(TestApp& app, std::string_view provider = "mock") {
  NewPayAccount input;
  input.provider = provider;
  const auto made = app.store().write(
      [&](store::Tx& tx) { return add_pay_account(app.app(), tx, app.tenant().id, input); });
  REQUIRE(made);
  return *made;
}

Status press_button(TestApp& app, const Payment& payment, std::string_view what) {
  const Payment now = payment_now(app, payment);
  return app.store().write([&](store::Tx& tx) { return mock::press(app.app(), tx, now, what); });
}

// A payment that the inside has.
Payment opened(TestApp& app, const PayAccount& account, NewPayment input = {}) {
  const Payment payment = test::add_payment(app, account, std::move(input));
  app.run_jobs();
  REQUIRE(payment_now(app, payment).state == "pending");
  return payment_now(app, payment);
}

}  // namespace

TEST_CASE("mock provider: paid by a button, given back in parts, in XTS alone", "[money][mock]") {
  TestApp app;
  const PayAccount account = add_mock(app);
  CHECK(account.test());
  const Payment payment = opened(app, account);
  CHECK(payment.test);
  REQUIRE(press_button(app, payment, "pay"));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_balance(app, "assets:provider:mock", "XTS") == 150000);
  CHECK(ledger_balance(app, "assets:provider:mock", "RUB") == 0);
  CHECK(press_button(app, payment, "pay").error().code == "payment_over");
  test::add_refund(app, payment_now(app, payment), 50000);
  app.run_jobs();
  test::add_refund(app, payment_now(app, payment), 100000);
  app.run_jobs();
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK(ledger_balance(app, "assets:provider:mock", "XTS") == 0);
  CHECK(payment_now(app, payment).problem.empty());
  CHECK(app.transport().http_sent.empty());  // nobody was called
  test::check_ledger(app);
}

TEST_CASE("mock provider: declined, and left without paying", "[money][mock]") {
  TestApp app;
  const PayAccount account = add_mock(app);
  const Payment declined = opened(app, account);
  REQUIRE(press_button(app, declined, "decline"));
  app.run_jobs();
  CHECK(payment_now(app, declined).state == "canceled");
  CHECK(decline_of(payment_now(app, declined)) == Decline::later);
  const Payment left = opened(app, account);
  for (int i = 0; i < 70; ++i) {
    app.advance(std::chrono::minutes(1));
    app.run_jobs();
  }
  CHECK(payment_now(app, left).state == "canceled");
  CHECK_THAT(payment_now(app, left).reason, ContainsSubstring("expired"));
  CHECK(ledger_balance(app, "assets:provider:mock", "XTS") == 0);
}

TEST_CASE("mock provider: held money is taken in part, or let go", "[money][mock]") {
  TestApp app;
  const PayAccount account = add_mock(app);
  NewPayment input;
  input.two_step = true;
  const Payment held = opened(app, account, input);
  REQUIRE(press_button(app, held, "pay"));
  app.run_jobs();
  REQUIRE(payment_now(app, held).state == "waiting_for_capture");
  const bool takes = GENERATE(false, true);
  const Payment now = payment_now(app, held);
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    if (takes) return capture_payment(app.app(), tx, now, 100000);
    FLEAD_CHECK(cancel_payment(app.app(), tx, now, "not wanted"));
    return {};
  }));
  app.run_jobs();
  CHECK(payment_now(app, held).state == (takes ? "succeeded" : "canceled"));
  CHECK(ledger_balance(app, "assets:provider:mock", "XTS") == (takes ? 100000 : 0));
  test::check_ledger(app);
}

TEST_CASE("mock provider: a card is kept and charged again", "[money][mock]") {
  TestApp app;
  const PayAccount account = add_mock(app);
  NewPayment input;
  input.lead = LeadId(test::add_lead(app, 1));
  input.saving = Saving::offered;
  const Payment first = test::add_payment(app, account, input);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return decide_saving(app.app(), tx, first, true, "yes"); }));
  app.run_jobs();
  REQUIRE(press_button(app, first, "pay"));
  app.run_jobs();
  const auto kept = app.store().read(
      [&](store::Tx& tx) { return list_saved_methods(tx, app.tenant().id, input.lead->text()); });
  REQUIRE(kept->size() == 1);
  NewPayment again;
  again.lead = input.lead;
  again.saved_method = kept->front().id;
  const Payment charged = test::add_payment(app, account, again);
  app.run_jobs();
  CHECK(payment_now(app, charged).state == "succeeded");
}

TEST_CASE("mock provider: it is asked with a key, so a repeat makes nothing twice",
          "[money][mock]") {
  TestApp app;
  const PayAccount account = add_mock(app);
  const auto access =
      app.store().read([&](store::Tx& tx) { return open_pay_account(app.app(), tx, account); });
  PayOrder order;
  order.id = PaymentId("pay_01k9x000000000000000000000");
  order.amount = {100, "RUB"};
  const auto make = [&] {
    return mock::parse_object(
        call_provider(app.app(), *access, mock::build_create(*access, order)));
  };
  const PayAnswer first = make();
  REQUIRE(first.result == CallResult::done);
  CHECK(make().object.id == first.object.id);
  CHECK(mock::parse_object(call_provider(app.app(), *access, mock::build_fetch(*access, "x")))
            .result == CallResult::missing);
  // Another account's object is nobody's here.
  PayAccess other = *access;
  other.id = PayAccountId("pac_01k9x000000000000000000000");
  CHECK(
      mock::parse_object(call_provider(app.app(), other, mock::build_fetch(other, first.object.id)))
          .result == CallResult::missing);
  RefundOrder refund;
  refund.key = "rfd_1";
  refund.payment = first.object.id;
  refund.amount = {50, "RUB"};
  CHECK(mock::parse_object(call_provider(app.app(), *access, mock::build_refund(*access, refund)))
            .result == CallResult::refused);  // it was not paid
}

TEST_CASE("mock provider: it takes over from nobody", "[money][mock]") {
  TestApp app;
  const PayAccount inside = add_mock(app);
  const auto paying = [&] {
    return app.store()
        .read([&](store::Tx& tx) { return paying_account(app.app(), tx, app.tenant().id); })
        .value()
        ->name;
  };
  CHECK(paying() == "mock");
  test::add_shop(app);
  CHECK(paying() == "yookassa");
  CHECK(mock::check_config(Json::object({{"base_url", "http://x"}})).error().code ==
        "mock_no_settings");
  // However it is asked for, it is a test.
  CHECK(mock::check_config(Json::object({{"test", false}}))->boolean("test") == true);
  const Payment other = test::pending_payment(app, test::add_shop(app, Json::object(), "second"));
  CHECK(press_button(app, other, "pay").error().code == "payment_not_mock");
}

TEST_CASE("mock provider: experts are paid what they have earned with test money",
          "[money][mock][payouts]") {
  test::PayoutDesk desk;
  const auto who = desk.add_expert("irene");
  desk.earn(who, 500000, 30 * k_day_ms, true);
  NewPayAccount input;
  input.provider = "mock";
  REQUIRE(desk.store.run_write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(add_pay_account(desk.app, tx, desk.test.tenant().id, input));
    return {};
  }));
  desk.pay_by_phone(who);
  const auto ran = desk.run();
  CAPTURE(ran ? "" : ran.error().message);
  REQUIRE(ran);
  desk.work();
  const auto payouts = desk.payouts();
  REQUIRE(payouts.size() == 1);
  CHECK(payouts.front().state == "succeeded");
  CHECK(payouts.front().test);
  CHECK(desk.owed(who, "XTS") == 0);
  CHECK(desk.gateway.sent.empty());
  desk.check_book();
}

}  // namespace flead::money
