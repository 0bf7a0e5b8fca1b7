// Whatever happens, each expert gets what was earned, once: two runs at once, the process ended at
// each commit, random histories.
#include <thread>
#include <utility>

#include "support/payouts.h"

namespace flead::test {
namespace {

// A day of a random history: something is earned or given back, a run, a person's words, what the
// gateway makes of it.
class History {
 public:
  explicit History(std::uint64_t seed) : chance_(seed) {
    for (int i = 0; i < 3; ++i) {
      const auto who = desk.add_expert("e" + std::to_string(i));
      if (i == 0) {
        desk.pay_by_hand(who);
      } else {
        desk.pay_by_phone(who);
      }
    }
    desk.connect();
    desk.set("payout.approve_above", "2000");
    desk.set("payout.sbp_each", "3000");
    desk.gateway.fault = [this](const channels::HttpRequest& request) {
      if (request.label == "yookassa account get" || chance_.below(3) > 0) {
        return FakeGateway::Fault::none;
      }
      return std::array{FakeGateway::Fault::lost, FakeGateway::Fault::unacted,
                        FakeGateway::Fault::too_many}[chance_.below(3)];
    };
  }

  void day() {
    for (const auto& who : desk.experts) {
      if (chance_.below(2) == 0) earn(who);
    }
    if (chance_.below(4) == 0) {
      const auto& who = desk.experts[chance_.below(desk.experts.size())];
      const auto minor = static_cast<std::int64_t>(1 + chance_.below(100000));
      desk.give_back(who, minor);
      given_back_minor += minor;
    }
    if (chance_.below(2) == 0) REQUIRE(desk.run());
    for (const auto& payout : desk.payouts()) decide(payout);
    settle();
    desk.work_for(k_day_ms, 6 * k_hour_ms);
    check();
  }

  // Nothing is lost and nothing is made: earned = paid + on its way + still owed.
  void check() {
    std::int64_t paid = 0;
    std::int64_t under_way = 0;
    for (const auto& payout : desk.payouts()) {
      if (payout.state == "succeeded") paid += payout.amount.amount_minor;
      if (payout.open()) under_way += payout.amount.amount_minor;
    }
    std::int64_t owed = 0;
    for (const auto& who : desk.experts) owed += desk.owed(who);
    CHECK(earned_minor - given_back_minor == paid + under_way + owed);
    CHECK(desk.balance("assets:payouts") == -under_way);
    CHECK(desk.balance("assets:bank") + desk.balance("assets:gateway:gate") == -paid);
    // The gateway has never sent more than we know of.
    CHECK(-desk.balance("assets:gateway:gate") <= desk.gateway.paid_minor());
  }

  void quiet() {
    desk.gateway.fault = nullptr;
    for (int i = 0; i < 5; ++i) {
      desk.gateway.settle("succeeded");
      desk.work_for(k_day_ms, 6 * k_hour_ms);
    }
    check();
    CHECK(-desk.balance("assets:gateway:gate") == desk.gateway.paid_minor());
    desk.check_book();
  }

  PayoutDesk desk;
  std::int64_t earned_minor = 0, given_back_minor = 0;

 private:
  void earn(const money::PayoutRecipient& who) {
    const auto minor = static_cast<std::int64_t>(1 + chance_.below(300000));
    desk.earn(who, minor, static_cast<std::int64_t>(chance_.below(20)) * k_day_ms);
    earned_minor += minor;
  }
  void decide(const money::Payout& payout) {
    if (chance_.below(2) == 0) return;
    const bool yes = chance_.below(3) > 0;
    const auto done = desk.test.store().write([&](store::Tx& tx) -> Status {
      if (payout.state == "planned" && yes) {
        FLEAD_CHECK(money::approve_payout(desk.app, tx, payout, "ira"));
      } else if (payout.state == "planned" || (payout.state == "approved" && !yes)) {
        FLEAD_CHECK(money::cancel_payout(desk.app, tx, payout, "no", "ira"));
      } else if (payout.state == "approved" && payout.manual()) {
        FLEAD_CHECK(money::confirm_payout(desk.app, tx, payout, "ira"));
      }
      return {};
    });
    REQUIRE(done);
  }
  void settle() {
    desk.gateway.born = std::array{"pending", "succeeded", "canceled"}[chance_.below(3)];
    desk.gateway.born_reason = desk.gateway.born == "canceled" ? "rejected_by_payee" : "";
    if (chance_.below(2) == 0) {
      desk.gateway.settle(chance_.below(3) == 0 ? "canceled" : "succeeded", "issuer_unavailable");
    }
  }

  SeededRandom chance_;
};

}  // namespace

TEST_CASE("payouts: in any history, what was earned is paid, on its way, or owed", "[money]") {
  const auto seed = GENERATE(range(1, 9));
  CAPTURE(seed);
  History history(static_cast<std::uint64_t>(seed));
  for (int day = 0; day < 20; ++day) history.day();
  history.quiet();
}

TEST_CASE("payouts: two runs at once pay nobody twice", "[money]") {
  PayoutDesk desk;
  for (int i = 0; i < 4; ++i) {
    const auto one = desk.add_expert("e" + std::to_string(i));
    desk.pay_by_phone(one);
    desk.earn(one, 100000 + i);
  }
  desk.connect();
  SECTION("the second runs while the first asks the gateway") {
    bool inside = false;
    desk.gateway.before = [&](const auto&) {
      if (std::exchange(inside, true)) return;
      REQUIRE(desk.run());
    };
    REQUIRE(desk.run());
    desk.gateway.before = nullptr;
  }
  SECTION("on two threads") {
    App plain = desk.test.app();
    FakeGateway other;
    App first{desk.test.store(), desk.test.world(), plain.config, plain.key, desk.gateway};
    App second{desk.test.store(), desk.test.world(), plain.config, plain.key, other};
    const auto pay = [&](App& app) {
      (void)money::run_payouts(app, desk.test.tenant(), desk.experts, {});
    };
    std::thread one([&] { pay(first); });
    std::thread two([&] { pay(second); });
    one.join();
    two.join();
  }
  desk.work();
  CHECK(desk.payouts().size() == 4);
  CHECK(desk.gateway.made.size() == 4);
  for (const auto& one : desk.experts) CHECK(desk.owed(one) == 0);
  desk.check_book();
}

TEST_CASE("payouts: the process ends at any commit, and everybody is paid once", "[money]") {
  const bool after = GENERATE(false, true);
  for (std::int64_t commit = 1; commit <= 30; ++commit) {
    PayoutDesk desk;
    std::int64_t sum = 0;
    for (int i = 0; i < 3; ++i) {
      const auto one = desk.add_expert("e" + std::to_string(i));
      desk.pay_by_phone(one);
      desk.earn(one, 100000 + i);
      sum += 100000 + i;
    }
    desk.connect();
    desk.gateway.born = "succeeded";
    CAPTURE(commit, after);
    bool ended = false;
    desk.store.end_at(commit, after);
    try {
      const auto report = desk.run();
      REQUIRE(report);
      desk.work();
    } catch (const PayoutKilled&) {
      ended = true;
    }
    desk.store.end_at(0, false);
    desk.test.clock().advance(2 * k_hour_ms);  // leases run out
    REQUIRE(desk.run());
    desk.work_for(3 * k_hour_ms, k_hour_ms);
    CHECK(desk.gateway.made.size() == 3);
    CHECK(desk.gateway.paid_minor() == sum);
    CHECK(desk.balance("assets:gateway:gate") == -sum);
    CHECK(desk.balance("assets:payouts") == 0);
    for (const auto& one : desk.experts) CHECK(desk.owed(one) == 0);
    desk.check_book();
    if (!ended) break;  // fewer commits than that
  }
}

}  // namespace flead::test
