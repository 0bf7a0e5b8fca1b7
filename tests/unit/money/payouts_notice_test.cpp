// What a gateway tells of a payout: compared before it counts, and believed only when it was asked.
#include "core/money/payment.h"
#include "support/payouts.h"

namespace flead::test {

TEST_CASE("payouts: what a gateway says is compared before it counts", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  REQUIRE(desk.run());
  desk.work();
  const auto payout = desk.payouts().at(0);
  money::PayObject object;
  object.id = payout.provider_id;
  object.ours = payout.id.text();
  object.amount = payout.amount;
  object.state = money::PayState::succeeded;
  CHECK(money::misfit(payout, object).empty());
  auto wrong = object;
  const int which = GENERATE(0, 1, 2, 3);
  if (which == 0) wrong.ours = "po_other";
  if (which == 1) wrong.id = "another";
  if (which == 2) wrong.amount.amount_minor += 1;
  if (which == 3) wrong.test = true;
  CHECK_FALSE(money::misfit(payout, wrong).empty());
  REQUIRE(desk.test.store().write(
      [&](store::Tx& tx) { return money::apply_payout(desk.app, tx, payout, wrong); }));
  const auto now = desk.payouts().at(0);
  CHECK(now.state == "pending");
  CHECK_FALSE(now.problem.empty());
  CHECK(desk.balance("assets:payouts") == -300000);
}

TEST_CASE("payouts: the opposite of what is final is for a person", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  desk.gateway.born = "succeeded";
  REQUIRE(desk.run());
  desk.work();
  const auto payout = desk.payouts().at(0);
  money::PayObject object;
  object.id = payout.provider_id;
  object.ours = payout.id.text();
  object.amount = payout.amount;
  object.state = money::PayState::canceled;
  REQUIRE(desk.test.store().write(
      [&](store::Tx& tx) { return money::apply_payout(desk.app, tx, payout, object); }));
  CHECK(desk.payouts().at(0).state == "succeeded");
  CHECK_FALSE(desk.payouts().at(0).problem.empty());
  CHECK(desk.owed(ira) == 0);
}

TEST_CASE("payouts: a notification makes us look, whatever it says", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  const auto account = desk.connect();
  desk.pay_by_phone(ira);
  desk.earn(ira, 300000);
  REQUIRE(desk.run());
  desk.work();
  const auto tell = [&](std::string_view id) {
    money::PayNotice notice;
    notice.genuine = true;
    notice.kind = money::PayNotice::Kind::payout;
    notice.id = id;
    notice.delivery_id = "payout.succeeded:" + std::string(id);
    REQUIRE(desk.test.store().write(
        [&](store::Tx& tx) { return money::keep_notice(desk.app, tx, account, notice, "{}"); }));
  };
  tell("po-of-nobody");
  tell(desk.payouts().at(0).provider_id);  // forged: it is still pending there
  desk.work();
  CHECK(desk.payouts().at(0).state == "pending");
  desk.gateway.settle("succeeded");
  tell(desk.payouts().at(0).provider_id);
  desk.work();
  CHECK(desk.payouts().at(0).state == "succeeded");
}

}  // namespace flead::test
