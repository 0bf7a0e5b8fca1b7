// What does not fit what was asked for: it changes nothing, and a person is told.
#include <string>
#include <string_view>

#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {

using money::Payment;

namespace {

constexpr std::string_view k_held_by = "assets:provider:yookassa";

}  // namespace

TEST_CASE("payments: what does not fit is a problem, and nothing is posted", "[money]") {
  struct Case {
    std::string_view what, problem;
  };
  const Case one = GENERATE(values<Case>({
      {"amount", "the amount differs"},
      {"less", "the amount differs"},
      {"currency", "the currency differs"},
      {"test", "a test payment for a live account"},
      {"ours", "the provider's object is not of this payment"},
      {"nobody's", "the provider's object is not of this payment"},
      {"id", "the provider has two objects of this payment"},
  }));
  CAPTURE(one.what);
  TestApp app;
  const Payment payment = pending_payment(app, add_shop(app));
  Kassa forged;
  forged.status = "succeeded";
  if (one.what == "amount") forged.value = "1500.01";
  if (one.what == "less") forged.value = "15.00";
  if (one.what == "currency") forged.currency = "USD";
  if (one.what == "test") forged.test = true;
  if (one.what == "ours") forged.ours = "pay_01k9x0000000000000000000zz";
  if (one.what == "nobody's") forged.ours = " ";
  if (one.what == "id") forged.id = "30aa0f10-000f-5000-8000-000000000000";
  kassa_says(app, 200, kassa_payment(payment, forged));
  look_later(app);
  Payment now = payment_now(app, payment);
  CHECK(now.state == "pending");
  CHECK(now.problem == one.problem);
  CHECK(now.amount == Money{150000, "RUB"});
  CHECK(ledger_size(app) == 0);
  // Whoever has looked asks again; what is told then fits, and the problem is gone.
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  ask_again(app, now);
  app.run_jobs();
  now = payment_now(app, payment);
  CHECK(now.state == "succeeded");
  CHECK(now.problem.empty());
}

TEST_CASE("payments: what did not fit once is asked about until it does", "[money]") {
  TestApp app;
  const Payment payment = pending_payment(app, add_shop(app));
  Kassa slip;
  slip.status = "succeeded";
  slip.value = "1.00";
  kassa_says(app, 200, kassa_payment(payment, slip));
  look_later(app);
  REQUIRE(payment_now(app, payment).problem == "the amount differs");
  // Somebody asks, and an old answer fits: the problem is gone, the money is not there yet.
  kassa_says(app, 200, kassa_payment(payment, {}));
  ask_again(app, payment_now(app, payment));
  app.run_jobs();
  REQUIRE(payment_now(app, payment).problem.empty());
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  for (int i = 0; i < 3; ++i) look_later(app);
  CHECK(payment_now(app, payment).state == "succeeded");
}

TEST_CASE("payments: a live object is never believed by a test account", "[money]") {
  TestApp app;
  const auto shop = add_shop(app, Json::object({{"test", true}}));
  const Payment payment = add_payment(app, shop);
  kassa_says(app, 200, kassa_payment(payment, {}));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "created");
  CHECK(payment_now(app, payment).problem == "a live payment for a test account");
}

TEST_CASE("payments: what was tried out stands in the ledger as XTS", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app, Json::object({{"test", true}})));
  Kassa paid;
  paid.status = "succeeded";
  paid.test = true;
  kassa_says(app, 200, kassa_payment(payment, paid));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_balance(app, k_held_by, "XTS") == 150000);
  CHECK(ledger_balance(app, k_held_by, "RUB") == 0);
}

TEST_CASE("payments: the same provider's id in two accounts is two payments", "[money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto other = add_shop(app, Json::object(), "other", app.add_tenant("beta").id);
  const Payment ours = pending_payment(app, shop);
  const Payment theirs = pending_payment(app, other);
  // Beta's provider says that acme's payment was paid: it is asked about beta's alone.
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(ours, paid));
  const Json payload = Json::object({{"payment", theirs.id.text()}});
  record_outcome(app, run_pay_job(app, money::sync_payment, "payment.sync", payload));
  CHECK(payment_now(app, theirs).problem == "the provider's object is not of this payment");
  CHECK(payment_now(app, theirs).state == "pending");
  CHECK(payment_now(app, ours).state == "pending");
  CHECK(ledger_size(app) == 0);
}

TEST_CASE("payments: paid after all, once it was canceled, is a problem for a person", "[money]") {
  TestApp app;
  const Payment payment = pending_payment(app, add_shop(app));
  Kassa lapsed;
  lapsed.status = "canceled";
  kassa_says(app, 200, kassa_payment(payment, lapsed));
  look_later(app);
  REQUIRE(payment_now(app, payment).state == "canceled");
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  ask_again(app, payment_now(app, payment));
  app.run_jobs();
  const Payment now = payment_now(app, payment);
  CHECK(now.state == "canceled");
  CHECK(now.problem == "the provider now says succeeded");
  CHECK(ledger_size(app) == 0);
  money::PaymentFilter filter;
  filter.problems = true;
  const auto found = app.store().read(
      [&](store::Tx& tx) { return money::list_payments(tx, app.tenant().id, filter); });
  REQUIRE(found);
  CHECK(found->size() == 1);
}

TEST_CASE("payments: a problem that was dealt with is told no more", "[money]") {
  TestApp app;
  money::NewPayment input;
  input.lead = LeadId(post_lead(app, R"("phone":"+79160000001")"));
  const Payment payment = pending_payment(app, add_shop(app), input);
  const auto resolve = [&](const Payment& one) {
    return app.store().write([&](store::Tx& tx) {
      return money::resolve_problem(app.app(), tx, one, "Refunded there", "cli");
    });
  };
  CHECK(resolve(payment).error().code == "payment_no_problem");
  Kassa forged;
  forged.value = "1.00";
  kassa_says(app, 200, kassa_payment(payment, forged));
  look_later(app);
  REQUIRE(payment_now(app, payment).problem == "the amount differs");
  REQUIRE(resolve(payment));
  CHECK(payment_now(app, payment).problem.empty());
  CHECK(payment_now(app, payment).state == "pending");
  CHECK(count_rows(app, "events WHERE kind = 'payment.resolved'") == 1);
}

TEST_CASE("payments: a state never goes back", "[money]") {
  TestApp app;
  const Payment payment = paid_payment(app, add_shop(app));
  for (const char* state : {"pending", "waiting_for_capture", "canceled"}) {
    CAPTURE(state);
    money::PayObject object;
    object.id = k_kassa_id;
    object.ours = payment.id.text();
    object.amount = payment.amount;
    object.state = *money::parse_pay_state(state);
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return money::apply_object(app.app(), tx, payment, object); }));
    CHECK(payment_now(app, payment).state == "succeeded");
    CHECK(payment_now(app, payment).problem == "the provider now says " + std::string(state));
  }
  CHECK(ledger_size(app) == 1);
}

}  // namespace flead::test
