// Payouts from the ledger to the recipient: by a gateway that loses answers, and by hand.
#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/payment.h"
#include "support/payouts.h"
#include "support/temp_dir.h"

namespace flead::test {
namespace {

using Fault = FakeGateway::Fault;

bool is_create(const channels::HttpRequest& request) {
  return request.label == "yookassa payout create";
}

money::PayoutRunOptions for_host(std::string_view host,
                                 std::optional<std::int64_t> minor = std::nullopt) {
  money::PayoutRunOptions options;
  options.wish.host = host;
  options.wish.amount_minor = minor;
  return options;
}

Result<money::Payout> act_on(PayoutDesk& desk, const money::Payout& payout,
                             Result<money::Payout> (*act)(App&, store::Tx&, const money::Payout&,
                                                          std::string_view)) {
  return desk.test.store().write([&](store::Tx& tx) { return act(desk.app, tx, payout, "ira"); });
}

}  // namespace

TEST_CASE("payouts: earnings old enough go to the phone number, the rest waits", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  desk.earn(ira, 100000, 6 * k_day_ms);  // younger than payout.delay
  const auto planned = desk.plan();
  REQUIRE(planned.size() == 1);
  CHECK(planned[0].amount.amount_minor == 300000);
  CHECK(planned[0].balance_minor == 400000);
  CHECK(planned[0].maturing_minor == 100000);
  CHECK(desk.payouts().empty());  // a plan changes nothing

  REQUIRE(desk.run());
  CHECK(desk.owed(ira) == 100000);
  CHECK(desk.balance("assets:payouts") == -300000);
  CHECK(desk.gateway.made.empty());  // a run itself sends nothing
  desk.work();
  REQUIRE(desk.gateway.made.size() == 1);
  auto payout = desk.payouts().at(0);
  CHECK(payout.state == "pending");
  CHECK(desk.gateway.made[0].key == payout.id.text());
  CHECK(desk.gateway.made[0].minor == 300000);
  CHECK(desk.gateway.sent.back().body.find("79160000001") != std::string::npos);

  desk.gateway.settle("succeeded");
  desk.work_for(2 * k_minute_ms, k_minute_ms);
  payout = desk.payouts().at(0);
  CHECK(payout.state == "succeeded");
  CHECK(payout.ended_at);
  CHECK(desk.balance("assets:payouts") == 0);
  CHECK(desk.balance("assets:gateway:gate") == -300000);
  CHECK(desk.owed(ira) == 100000);
  desk.check_book();
}

TEST_CASE("payouts: a run again pays nothing again", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(desk.run());
    desk.work();
  }
  CHECK(desk.payouts().size() == 1);
  CHECK(desk.gateway.made.size() == 1);
  // The same name pays a host once, whatever was earned meanwhile.
  money::PayoutRunOptions named;
  named.key = "2026-01";
  desk.earn(ira, 50000);
  REQUIRE(desk.run(named));
  desk.earn(ira, 60000);
  const auto again = desk.run(named);
  REQUIRE(again);
  CHECK(again->lines.at(0).reason == "in_this_run");
  CHECK(desk.payouts().size() == 2);
  CHECK(desk.owed(ira) == 60000);
}

TEST_CASE("payouts: what was refunded while it was young is not subtracted twice", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.earn(ira, 100000);
  desk.earn(ira, 80000, k_day_ms);
  desk.give_back(ira, 80000);
  const auto lines = desk.plan();
  CHECK(lines.at(0).balance_minor == 100000);
  CHECK(lines.at(0).maturing_minor == 0);
  CHECK(lines.at(0).amount.amount_minor == 100000);
}

TEST_CASE("payouts: a balance below zero is carried over", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.earn(ira, 100000);
  REQUIRE(desk.run());
  desk.give_back(ira, 100000);
  CHECK(desk.owed(ira) == -100000);
  CHECK(desk.plan().at(0).reason == "negative");
  desk.test.clock().advance(1000);
  desk.earn(ira, 130000);
  CHECK(desk.plan().at(0).amount.amount_minor == 30000);
}

TEST_CASE("payouts: what failed is final, the money is back, the next run is a new row",
          "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  desk.gateway.born = "canceled";
  desk.gateway.born_reason = "recipient_not_found";
  REQUIRE(desk.run());
  desk.work();
  CHECK(desk.payouts().at(0).state == "failed");
  CHECK(desk.payouts().at(0).reason == "recipient_not_found");
  CHECK(desk.owed(ira) == 300000);
  CHECK(desk.balance("assets:payouts") == 0);
  desk.gateway.born = "succeeded";
  REQUIRE(desk.run());
  desk.work();
  REQUIRE(desk.payouts().size() == 2);
  CHECK(desk.payouts().at(1).state == "succeeded");
  CHECK(desk.gateway.made.at(0).key != desk.gateway.made.at(1).key);
  CHECK(desk.owed(ira) == 0);
  desk.check_book();
}

TEST_CASE("payouts: a lost answer is asked for with the same key", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  int left = 3;
  desk.gateway.fault = [&](const auto& request) {
    return is_create(request) && left-- > 0 ? Fault::lost : Fault::none;
  };
  REQUIRE(desk.run());
  desk.work();
  CHECK(desk.payouts().at(0).state == "sending");
  desk.work_for(k_hour_ms, 5 * k_minute_ms);
  CHECK(desk.payouts().at(0).state == "pending");
  CHECK(desk.gateway.made.size() == 1);
  CHECK(desk.gateway.asked("yookassa payout search") == 0);
}

TEST_CASE("payouts: after 23 hours it is looked up and never sent again", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  const bool had_it = GENERATE(true, false);
  CAPTURE(had_it);
  bool down = true;
  desk.gateway.fault = [&](const auto& request) {
    if (!down || request.label == "yookassa account get") return Fault::none;
    return had_it && desk.gateway.made.empty() ? Fault::lost : Fault::unacted;
  };
  REQUIRE(desk.run());
  desk.work_for(23 * k_hour_ms + 1, k_hour_ms);
  const auto creates = desk.gateway.asked("yookassa payout create");
  desk.gateway.keys_forgotten = true;  // now a repeat would pay a second time
  down = false;
  desk.work_for(4 * k_hour_ms, k_hour_ms);
  CHECK(desk.gateway.asked("yookassa payout create") == creates);
  CHECK(desk.gateway.asked("yookassa payout search") > 0);
  CHECK(desk.gateway.made.size() == (had_it ? 1U : 0U));
  CHECK(desk.payouts().at(0).state == (had_it ? "pending" : "failed"));
  CHECK(desk.owed(ira) == (had_it ? 0 : 300000));
}

TEST_CASE("payouts: a refusal after a lost answer is no proof that nothing was sent", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  const bool had_it = GENERATE(true, false);
  CAPTURE(had_it);
  int calls = 0;
  desk.gateway.fault = [&](const auto& request) {
    if (!is_create(request)) return Fault::none;
    if (++calls == 1) return had_it ? Fault::lost : Fault::unacted;
    return Fault::bad_request;
  };
  REQUIRE(desk.run());
  desk.work_for(50 * k_minute_ms, k_minute_ms);
  CHECK(desk.payouts().at(0).state == (had_it ? "pending" : "sending"));
  desk.work_for(3 * k_hour_ms, 10 * k_minute_ms);
  CHECK(desk.payouts().at(0).state == (had_it ? "pending" : "failed"));
  CHECK(desk.owed(ira) == (had_it ? 0 : 300000));
}

TEST_CASE("payouts: a refusal at once puts the money back", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  desk.gateway.fault = [](const auto& request) {
    return is_create(request) ? Fault::bad_request : Fault::none;
  };
  REQUIRE(desk.run());
  desk.work();
  CHECK(desk.payouts().at(0).state == "failed");
  CHECK(desk.payouts().at(0).reason.find("invalid_request") != std::string::npos);
  CHECK(desk.owed(ira) == 300000);
}

TEST_CASE("payouts: less in the gateway than is needed, and nothing is sent", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  const auto max = desk.add_expert("max");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.pay_by_phone(max);
  desk.earn(ira, 300000);
  desk.earn(max, 200000);
  desk.gateway.balance_minor = 499999;
  const auto refused = desk.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "payout_balance");
  CHECK(refused.error().kind == ErrorKind::refused);
  CHECK(refused.error().message.find("0.01") != std::string::npos);
  CHECK(desk.payouts().empty());
  CHECK(desk.owed(ira) == 300000);
  desk.gateway.balance_minor = 500000;
  REQUIRE(desk.run());
  // What was promised and is not sent yet counts.
  desk.earn(ira, 100000);
  const auto again = desk.run();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == "payout_balance");
}

TEST_CASE("payouts: a gateway that says nothing, or is of the other mode, sends nothing",
          "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  desk.gateway.fault = [](const auto&) { return Fault::unacted; };
  auto none = desk.run();
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::provider);
  desk.gateway.fault = nullptr;
  desk.gateway.tests = true;
  none = desk.run();
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::provider);
  CHECK(desk.payouts().empty());
}

TEST_CASE("payouts: large ones wait for a word", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.set("payout.approve_above", "1000");
  desk.earn(ira, 300000);
  REQUIRE(desk.run());
  desk.work();
  auto payout = desk.payouts().at(0);
  CHECK(payout.state == "planned");
  CHECK(desk.gateway.made.empty());
  CHECK(desk.owed(ira) == 0);  // set aside
  SECTION("yes") {
    REQUIRE(act_on(desk, payout, money::approve_payout));
    const auto twice = act_on(desk, payout, money::approve_payout);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == "payout_state");
    desk.work();
    CHECK(desk.gateway.made.size() == 1);
  }
  SECTION("no") {
    REQUIRE(desk.test.store().write([&](store::Tx& tx) {
      return money::cancel_payout(desk.app, tx, payout, "wrong sum", "ira");
    }));
    CHECK(desk.owed(ira) == 300000);
    CHECK(desk.payouts().at(0).state == "canceled");
    CHECK_FALSE(act_on(desk, payout, money::approve_payout));
  }
  SECTION("the way to pay was changed meanwhile") {
    desk.pay_by_hand(ira);
    const auto late = act_on(desk, payout, money::approve_payout);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "payout_method_changed");
  }
  desk.check_book();
}

TEST_CASE("payouts: what was approved goes nowhere once the way to pay has changed", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  REQUIRE(desk.run());
  desk.pay_by_phone(ira);
  desk.work();
  CHECK(desk.gateway.made.empty());
  CHECK(desk.payouts().at(0).state == "failed");
  CHECK(desk.owed(ira) == 300000);
}

TEST_CASE("payouts: an account that pays out takes no payment", "[money]") {
  PayoutDesk desk;
  const auto account = desk.connect();
  const auto taken = desk.test.store().write([&](store::Tx& tx) {
    money::NewPayment input;
    input.amount = {1000, "RUB"};
    return money::create_payment(desk.app, tx, account, input);
  });
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == "account_pays_out");
  const auto paying = desk.test.store().read(
      [&](store::Tx& tx) { return money::paying_account(desk.app, tx, desk.test.tenant().id); });
  REQUIRE(paying);
  CHECK_FALSE(paying->has_value());
}

TEST_CASE("payouts: by hand, with the bank's file and a confirmation", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.earn(ira, 123450);
  const auto report = desk.run();
  REQUIRE(report);
  const auto written = [&](bool again) {
    return desk.test.store()
        .write([&](store::Tx& tx) {
          return money::bank_file(desk.app, tx, desk.test.tenant().id,
                                  {report->run->text(), again, "t"});
        })
        .value();
  };
  const auto file = written(false);
  const auto payout = desk.payouts().at(0);
  CHECK(file.text ==
        "payout,recipient,account,bank,inn,amount,currency,purpose\n" + payout.id.text() +
            ",Ира И,40817810099910004312,044525225,,1234.50,RUB,\"Вознаграждение за услуги, "
            "2026-01-05\"\n");
  CHECK(file.lines == 1);
  CHECK(payout.bank_batch == file.batch);
  // It stands in one file, unless it is asked for again, and was in that one first.
  const auto next = written(false);
  CHECK(next.lines == 0);
  CHECK(next.left_out == 1);
  CHECK(next.batch.empty());
  const auto again = written(true);
  CHECK(again.text == file.text);
  CHECK(again.batch.empty());
  CHECK(desk.payouts().at(0).bank_batch == file.batch);
  CHECK(count_rows(desk.test.store(), "payout_batches WHERE lines = 1 AND actor = 't'") == 1);
  REQUIRE(act_on(desk, payout, money::confirm_payout));
  CHECK_FALSE(act_on(desk, payout, money::confirm_payout));
  CHECK(desk.balance("assets:bank") == -123450);
  CHECK(desk.balance("assets:payouts") == 0);
  CHECK(desk.owed(ira) == 0);
  desk.check_book();
}

TEST_CASE("payouts: limits of a recipient leave the rest, and refuse a named sum", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.set("payout.manual_each", "2000");
  desk.set("payout.manual_month", "3000");
  desk.earn(ira, 500000);
  const auto over = desk.run(for_host("ira", 200001));
  REQUIRE_FALSE(over);
  CHECK(over.error().code == "payout_limit_each");
  CHECK(over.error().kind == ErrorKind::refused);
  REQUIRE(desk.run());
  REQUIRE(desk.run());
  const auto none = desk.run(for_host("ira"));
  REQUIRE_FALSE(none);
  CHECK(none.error().code == "payout_limit_month");
  CHECK(desk.payouts().at(0).amount.amount_minor == 200000);
  CHECK(desk.payouts().at(1).amount.amount_minor == 100000);
  // The next month begins; what came to nothing never counted.
  desk.test.clock().advance(30 * k_day_ms);
  REQUIRE(desk.run());
  CHECK(desk.payouts().size() == 3);
}

TEST_CASE("payouts: nobody is paid without a way, an account or the right money", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.earn(ira, 300000);
  CHECK(desk.plan().at(0).reason == "no_method");
  desk.pay_by_phone(ira);
  CHECK(desk.plan().at(0).reason == "no_account");
  const auto account = desk.connect(true);
  CHECK(desk.plan().at(0).reason == "test_account");
  desk.earn(ira, 200000, 30 * k_day_ms, true);
  REQUIRE(desk.run());
  desk.work();
  REQUIRE(desk.gateway.made.size() == 1);
  CHECK(desk.gateway.made[0].minor == 200000);
  CHECK(desk.owed(ira) == 300000);
  CHECK(desk.owed(ira, "XTS") == 0);
  REQUIRE(desk.test.store().write([&](store::Tx& tx) {
    return money::set_pay_status(desk.test.world(), tx, account.id, "paused", "by hand");
  }));
  desk.earn(ira, 200000, 30 * k_day_ms, true);
  const auto lines = desk.plan();
  CHECK(lines.at(1).reason == "account_paused");
  desk.pay_by_hand(ira);
  CHECK(desk.plan().at(1).reason == "test_money");
}

TEST_CASE("payouts: the schedule pays on its day, once, and catches up", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.set("payout.schedule", "weekly tue");
  desk.earn(ira, 300000);
  auto report = desk.run();  // a Monday
  REQUIRE(report);
  CHECK_FALSE(report->run);
  CHECK(desk.payouts().empty());
  desk.test.clock().advance(k_day_ms);
  REQUIRE(desk.run());
  CHECK(desk.payouts().size() == 1);
  desk.earn(ira, 100000);
  REQUIRE(desk.run());  // the same Tuesday
  CHECK(desk.payouts().size() == 1);
  desk.test.clock().advance(9 * k_day_ms);  // the Tuesday after was missed: Thursday
  REQUIRE(desk.run());
  CHECK(desk.payouts().size() == 2);
  money::PayoutRunOptions anyway;
  anyway.anyway = true;
  desk.earn(ira, 100000);
  REQUIRE(desk.run());
  CHECK(desk.payouts().size() == 2);
  REQUIRE(desk.run(anyway));
  CHECK(desk.payouts().size() == 3);
}

}  // namespace flead::test
