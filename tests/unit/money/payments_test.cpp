// Payments against a scripted provider: each way that one can begin, wait and end.
#include <string>
#include <string_view>

#include "core/channels/transport.h"
#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {
namespace {

using money::Payment;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view k_with = "assets:provider:yookassa";
constexpr std::string_view k_prepaid = "liabilities:prepaid:others";

std::string pay_header(const channels::HttpRequest& request, std::string_view name) {
  for (const auto& [known, value] : request.headers) {
    if (known == name) return value;
  }
  return "";
}

std::vector<std::string> labels(TestApp& app) {
  std::vector<std::string> out;
  for (const auto& request : app.sent("yookassa")) out.push_back(request.label);
  return out;
}

money::PayAccount account_now(TestApp& app, const money::PayAccount& account) {
  const auto now =
      app.store().read([&](store::Tx& tx) { return money::load_pay_account(tx, account.id); });
  REQUIRE(now);
  return *now;
}

void set_pay_account(TestApp& app, const money::PayAccount& account, std::string_view status) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return money::set_pay_status(app.world(), tx, account.id, status, "");
  }));
}

}  // namespace

TEST_CASE("payments: created, pending, paid, and posted with its fee once", "[money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const Payment payment = paid_payment(app, shop, {}, "1447.50");
  CHECK(payment.provider_id == k_kassa_id);
  CHECK(payment.confirm_url == "https://yoomoney.ru/checkout?orderId=1");
  CHECK(payment.fee_minor == 5250);
  CHECK(ledger_balance(app, k_with) == 144750);
  CHECK(ledger_balance(app, k_prepaid) == -150000);
  CHECK(ledger_balance(app, "expenses:fees:yookassa") == 5250);
  CHECK(ledger_size(app) == 2);
  // It has ended: nobody asks any more, and whoever asks again posts nothing.
  const std::size_t calls = app.sent("yookassa").size();
  app.advance(hours(5));
  app.run_jobs();
  CHECK(app.sent("yookassa").size() == calls);
  for (int i = 0; i < 2; ++i) {
    record_outcome(app, run_pay_job(app, money::sync_payment, "payment.sync",
                                    Json::object({{"payment", payment.id.text()}})));
    record_outcome(app, run_pay_job(app, money::open_payment, "payment.open",
                                    Json::object({{"payment", payment.id.text()}})));
  }
  CHECK(ledger_size(app) == 2);
  check_ledger(app);
}

TEST_CASE("payments: two looks that both saw it paid post it once", "[money][jobs]") {
  TestApp app;
  const Payment payment = pending_payment(app, add_shop(app));
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  const Json payload = Json::object({{"payment", payment.id.text()}});
  // Both have asked before either has written: a worker that lost its lease, a hook beside it.
  const auto first = run_pay_job(app, money::sync_payment, "payment.sync", payload);
  const auto second = run_pay_job(app, money::sync_payment, "payment.sync", payload);
  record_outcome(app, first);
  record_outcome(app, second);
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_size(app) == 1);
  CHECK(payment_now(app, payment).problem.empty());
}

TEST_CASE("payments: a process that dies behind the call asks with the same key", "[money][jobs]") {
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app));
  kassa_says(app, 200, kassa_payment(payment, {}));
  const Json payload = Json::object({{"payment", payment.id.text()}});
  run_pay_job(app, money::open_payment, "payment.open", payload);  // and its result is lost
  CHECK(payment_now(app, payment).state == "created");
  CHECK(payment_now(app, payment).called_at.has_value());
  record_outcome(app, run_pay_job(app, money::open_payment, "payment.open", payload));
  CHECK(payment_now(app, payment).state == "pending");
  REQUIRE(app.sent("yookassa").size() == 2);
  const auto& sent = app.sent("yookassa");
  CHECK(pay_header(sent[0], "Idempotence-Key") == payment.id.text());
  CHECK(pay_header(sent[1], "Idempotence-Key") == payment.id.text());
  CHECK(sent[0].body == sent[1].body);
}

TEST_CASE("payments: 500 is asked again with the same key and the same words", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app));
  app.provider("yookassa").then(500, "").then(200, kassa_payment(payment, {}));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "created");
  app.advance(seconds(29));
  app.run_jobs();
  CHECK(app.sent("yookassa").size() == 1);  // not at once
  app.advance(minutes(1));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "pending");
  const auto& sent = app.sent("yookassa");
  REQUIRE(sent.size() >= 2);
  CHECK(pay_header(sent[1], "Idempotence-Key") == pay_header(sent[0], "Idempotence-Key"));
  CHECK(sent[1].body == sent[0].body);
}

TEST_CASE("payments: past the day of a key only the list is asked", "[money]") {
  const bool there = GENERATE(true, false);
  CAPTURE(there);
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app));
  kassa_says(app, 500, "");
  app.run_jobs();
  // The worker was away for a day.
  app.advance(hours(23) + minutes(1));
  app.sent("yookassa").clear();
  Kassa other;
  other.ours = "pay_01k9x0000000000000000000zz";
  other.id = "other";
  const std::string first_page =
      R"({"items":[)" + kassa_payment(payment, other) + R"(],"next_cursor":"n1"})";
  const std::string second_page =
      R"({"items":[)" + (there ? kassa_payment(payment, {}) : "") + "]}";
  app.provider("yookassa") = ScriptedProvider();
  app.provider("yookassa").then(200, first_page).then(200, second_page);
  app.run_jobs();
  CHECK(labels(app) == std::vector<std::string>{"yookassa payment list", "yookassa payment list"});
  CHECK(app.sent("yookassa")[1].url.find("cursor=n1") != std::string::npos);
  const Payment now = payment_now(app, payment);
  CHECK(now.state == (there ? "pending" : "canceled"));
  CHECK(now.problem.empty());
  CHECK(ledger_size(app) == 0);
}

TEST_CASE("payments: a list that cannot be read decides nothing", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app));
  kassa_says(app, 500, "");
  app.run_jobs();
  app.advance(hours(24));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "created");
}

TEST_CASE("payments: what the provider refuses ends as not paid", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_shop(app));
  kassa_says(app, 400, R"({"type":"error","code":"invalid_request","parameter":"amount.value"})");
  app.run_jobs();
  const Payment now = payment_now(app, payment);
  CHECK(now.state == "canceled");
  CHECK(now.reason == "refused: HTTP 400 invalid_request, amount.value");
  CHECK(ledger_size(app) == 0);
}

TEST_CASE("payments: one that the payer let lapse is canceled with the reason", "[money]") {
  TestApp app;
  const Payment payment = pending_payment(app, add_shop(app));
  Kassa lapsed;
  lapsed.status = "canceled";
  kassa_says(app, 200, kassa_payment(payment, lapsed));
  look_later(app);
  const Payment now = payment_now(app, payment);
  CHECK(now.state == "canceled");
  CHECK(now.reason == "yoo_money: expired_on_confirmation");
  CHECK(ledger_size(app) == 0);
}

TEST_CASE("payments: a wrong key pauses the account, and nothing is lost", "[money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const Payment payment = add_payment(app, shop);
  kassa_says(app, 401, R"({"type":"error","code":"invalid_credentials"})");
  app.run_jobs();
  CHECK(account_now(app, shop).status == "paused");
  CHECK(account_now(app, shop).status_reason == "HTTP 401 invalid_credentials");
  CHECK(payment_now(app, payment).state == "created");
  const std::size_t calls = app.sent("yookassa").size();
  for (int i = 0; i < 100; ++i) {
    app.advance(minutes(5));
    app.run_jobs();
  }
  CHECK(app.sent("yookassa").size() == calls);  // nobody is asked while it is paused
  CHECK(count_rows(app, "jobs WHERE state = 'dead'") == 0);
  set_pay_account(app, shop, "active");
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  app.advance(minutes(5));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_size(app) == 1);
}

TEST_CASE("payments: held money is taken whole, in part, or let go", "[money]") {
  struct Case {
    std::string_view act, value, state;
    std::int64_t posted;
  };
  const Case one = GENERATE(values<Case>({{"capture", "1500.00", "succeeded", 150000},
                                          {"capture", "1000.00", "succeeded", 100000},
                                          {"cancel", "1500.00", "canceled", 0}}));
  CAPTURE(one.act, one.value);
  TestApp app;
  money::NewPayment input;
  input.two_step = true;
  const Payment payment = pending_payment(app, add_shop(app), input);
  CHECK(app.sent("yookassa")[0].body.find(R"("capture":false)") != std::string::npos);
  const auto capture = [&](std::int64_t amount) {
    const Payment then = payment_now(app, payment);
    return app.store().write(
        [&](store::Tx& tx) { return money::capture_payment(app.app(), tx, then, amount); });
  };
  CHECK(capture(1).error().code == "payment_state");
  Kassa held;
  held.status = "waiting_for_capture";
  kassa_says(app, 200, kassa_payment(payment, held));
  look_later(app);
  REQUIRE(payment_now(app, payment).state == "waiting_for_capture");
  CHECK(ledger_size(app) == 0);  // not ours yet
  CHECK(capture(150001).error().code == "amount_too_large");
  CHECK(capture(0).error().code == "amount_too_large");
  const auto let_go = [&] {
    const Payment then = payment_now(app, payment);
    return app.store().write(
        [&](store::Tx& tx) { return money::cancel_payment(app.app(), tx, then, "not wanted"); });
  };
  for (int said = 0; said < 2; ++said) {  // twice is once
    if (one.act == "capture") REQUIRE(capture(one.posted));
    if (one.act == "cancel") REQUIRE(let_go());
  }
  // Another word while the first is on its way is refused, not lost.
  CHECK(capture(77).error().code == "payment_act_under_way");
  if (one.act == "capture") CHECK(let_go().error().code == "payment_act_under_way");
  Kassa ended;
  ended.status = one.state;
  ended.value = one.value;
  app.sent("yookassa").clear();
  // Nobody knows whether the first call was heard: it is made again with its key.
  app.provider("yookassa") = ScriptedProvider();
  app.provider("yookassa").then(500, "").then(200, kassa_payment(payment, ended));
  app.run_jobs();
  app.advance(minutes(1));
  app.run_jobs();
  const Payment now = payment_now(app, payment);
  CHECK(now.state == one.state);
  CHECK(now.amount.amount_minor == (one.posted == 0 ? 150000 : one.posted));
  CHECK(ledger_balance(app, k_with) == one.posted);
  CHECK(pay_header(app.sent("yookassa")[0], "Idempotence-Key") ==
        payment.id.text() + "-" + std::string(one.act));
  check_ledger(app);
}

TEST_CASE("payments: less taken than was asked for is looked up before it counts", "[money]") {
  TestApp app;
  money::NewPayment input;
  input.two_step = true;
  const Payment payment = pending_payment(app, add_shop(app), input);
  Kassa says;
  says.status = "waiting_for_capture";
  kassa_says(app, 200, kassa_payment(payment, says));
  look_later(app);
  const Payment held = payment_now(app, payment);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return money::capture_payment(app.app(), tx, held, 150000); }));
  says.status = "succeeded";
  says.value = "1.00";
  const std::string slip = kassa_payment(payment, says);
  says.value = "1500.00";
  app.provider("yookassa") = ScriptedProvider();
  app.provider("yookassa").then(200, slip).then(200, kassa_payment(payment, says));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(payment_now(app, payment).amount.amount_minor == 150000);
  CHECK(payment_now(app, payment).problem.empty());
  CHECK(ledger_balance(app, k_with) == 150000);
}

TEST_CASE("payments: by hand, a person confirms once", "[money]") {
  TestApp app;
  const Payment payment = add_payment(app, add_cashbox(app));
  CHECK(payment.state == "pending");
  app.run_jobs();
  const auto confirm = [&](const Payment& one) {
    return app.store().write(
        [&](store::Tx& tx) { return money::confirm_payment(app.app(), tx, one, "cli"); });
  };
  REQUIRE(confirm(payment));
  CHECK(ledger_balance(app, "assets:bank") == 150000);
  CHECK(ledger_balance(app, k_prepaid) == -150000);
  const auto again = confirm(payment);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == "payment_over");
  CHECK(ledger_size(app) == 1);
  const auto known = confirm(pending_payment(app, add_shop(app)));
  REQUIRE_FALSE(known);
  CHECK(known.error().code == "payment_not_manual");
}

TEST_CASE("payments: what nobody has begun is canceled at once, what the payer has is not",
          "[money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const auto cancel = [&](const Payment& one) {
    return app.store().write(
        [&](store::Tx& tx) { return money::cancel_payment(app.app(), tx, one, "not wanted"); });
  };
  const Payment fresh = add_payment(app, shop);
  REQUIRE(cancel(fresh));
  app.run_jobs();
  CHECK(app.sent("yookassa").empty());  // nobody asks for it then
  CHECK(payment_now(app, fresh).reason == "not wanted");
  const auto with_payer = cancel(pending_payment(app, shop));
  REQUIRE_FALSE(with_payer);
  CHECK(with_payer.error().code == "payment_pending");
}

TEST_CASE("payments: orders that cannot be are refused", "[money]") {
  struct Case {
    std::int64_t amount;
    std::string text;
    bool hold;
    std::string code;
  };
  const Case one = GENERATE(values<Case>({{0, "", false, "amount_invalid"},
                                          {-1, "", false, "amount_invalid"},
                                          {70'000'001, "", false, "amount_too_large"},
                                          {100, "a\nb", false, "text_invalid"},
                                          {100, "\xff", false, "text_invalid"},
                                          {100, std::string(201, 'a'), false, "text_invalid"},
                                          {100, "", true, "holds_unsupported"}}));
  CAPTURE(one.code);
  TestApp app;
  const auto account = one.hold ? add_cashbox(app) : add_shop(app);
  money::NewPayment input;
  input.amount = {one.amount, "RUB"};
  input.text = one.text;
  input.two_step = one.hold;
  const auto made = app.store().write(
      [&](store::Tx& tx) { return money::create_payment(app.app(), tx, account, input); });
  REQUIRE_FALSE(made);
  CHECK(made.error().code == one.code);
}

TEST_CASE("payments: a receipt goes to the payer, and is left out where nobody is known",
          "[money]") {
  TestApp app;
  const auto shop = add_shop(app, Json::object({{"receipts", true}, {"vat_code", 4}}));
  money::NewPayment input;
  input.lead = LeadId(post_lead(app, R"("email":"a@example.ru")"));
  input.text = "Talk";
  pending_payment(app, shop, input);
  const auto body = parse_json(app.sent("yookassa").at(0).body);
  REQUIRE(body);
  CHECK(body->text("receipt.customer.email") == "a@example.ru");
  app.sent("yookassa").clear();
  const Payment nobodys = add_payment(app, shop);
  Kassa other;
  other.id = "30aa0f10-000f-5000-8000-000000000000";
  kassa_says(app, 200, kassa_payment(nobodys, other));
  app.run_jobs();
  CHECK(app.sent("yookassa").at(0).body.find("receipt") == std::string::npos);
}

TEST_CASE("payments: an open payment is asked about ever more rarely, and at last no more",
          "[money]") {
  std::int64_t before = 0;
  for (std::int64_t age = 0; age < 8 * k_day_ms; age += k_minute_ms) {
    const auto wait = money::ask_wait_ms(age);
    REQUIRE(wait);
    CHECK(*wait >= before);
    before = *wait;
  }
  CHECK_FALSE(money::ask_wait_ms(8 * k_day_ms).has_value());
}

}  // namespace flead::test
