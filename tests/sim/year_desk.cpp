// The other half of a Year: what we do. The worker, which dies and is started again; operators and
// an accountant in the morning; cron, which pays experts; and the bank's calls of our hook.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/money/payout.h"
#include "sim/year.h"

namespace flead::sim {
namespace {

constexpr std::uint64_t k_commits_of_a_worker = 160;
constexpr std::int64_t k_morning_ms = 6 * k_hour_ms;
constexpr std::int64_t k_calm_year_days = 40;
constexpr std::int64_t k_turns_of_a_year_max = 40'000'000;
constexpr std::int64_t k_top_up_minor = 3'000'000;

// Done, or somebody was there before.
template <class T>
void must_or_late(const T& done) {
  if (done) return;
  CAPTURE(done.error().code);
  REQUIRE(done.error().kind == ErrorKind::conflict);
}

}  // namespace

// ---- the worker and the clock ------------------------------------------------------------------

void Year::work() {
  wire.process = &store;
  while (true) {
    try {
      const auto ran = jobs::work_on(app, job_table(), worker_, [] { return true; });
      REQUIRE(ran);
      return;
    } catch (const Killed&) {
      store.live(wire.faulty ? k_commits_of_a_worker : 0);
      REQUIRE(jobs::rescue(test.world(), test.store()));
    }
  }
}

TimeMs Year::next_moment(TimeMs end) {
  TimeMs next = std::min({end, wire.next_arrival(), bank.next_end()});
  if (!plan_.empty()) next = std::min(next, plan_.begin()->first);
  const auto due = read([](store::Tx& tx) { return jobs::next_due(tx); });
  return due ? std::min(next, *due) : next;
}

void Year::run() {
  const TimeMs first = begin_ - begin_ % k_day_ms;
  const TimeMs last = first + size.days * k_day_ms;
  const TimeMs end = last + k_calm_year_days * k_day_ms;
  for (TimeMs day = first; day < end; day += k_day_ms) {
    at(std::max(day, begin_), [this, day, last] {
      if (day < last) plan_day(day);
      if (day >= last && wire.faulty) {
        wire.faulty = false;
        bank.strict_balance = false;  // the shop has put in what was missing
        store.live(0);
      }
    });
    at(day + k_morning_ms, [this] { morning(); });
    if ((day - first) / k_day_ms % 60 == 20) wire.down = {0, 0};
    if ((day - first) / k_day_ms % 60 == 20 && day < last) {
      at(day + 3 * k_hour_ms, [this, day] {
        wire.down = {day + 3 * k_hour_ms, day + 28 * k_hour_ms};
        ++counts["days_down"];
      });
    }
  }
  store.live(k_commits_of_a_worker);
  for (TimeMs now = test.clock().now(); now < end; now = test.clock().now()) {
    REQUIRE(++counts["turns"] < k_turns_of_a_year_max);
    bank.tick();
    while (!plan_.empty() && plan_.begin()->first <= now) {
      const auto what = plan_.extract(plan_.begin()).mapped();
      what();
    }
    wire.send_notices();
    for (BankNotice& notice : wire.arrived()) deliver(std::move(notice));
    work();
    wire.send_notices();
    test.clock().set(std::max(now, next_moment(end)));
  }
}

// ---- what the bank tells -----------------------------------------------------------------------

// The process that takes it may end before or after it has kept it: then the bank tells it again.
void Year::deliver(BankNotice notice) {
  const std::string path = bank.shop(notice.shop).hook;
  const std::uint64_t fate = wire.faulty ? chance.below(100) : 50;
  if (fate < 4) return wire.come_again(std::move(notice));
  ++counts["notices_taken"];
  const auto reply = test.request("POST", path, notice.body, "-");
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  if (fate < 8) wire.come_again(std::move(notice));
}

// Nobody signs these, so anybody sends them: another amount, another state, another's payment.
void Year::forge_notices(std::size_t firm) {
  const std::string& shop = firms[firm].shop;
  std::vector<const BankObject*> mine, others;
  for (const auto& [id, object] : bank.objects()) {
    if (object.kind != BankObject::Kind::payment) continue;
    (object.shop == shop ? mine : others).push_back(&object);
  }
  const auto told = [&](const BankObject& of, std::string_view event, std::int64_t minor) {
    Json object = Json::object({{"id", of.id}, {"status", "succeeded"}, {"paid", true}});
    object.set("amount", Json::object({{"value", bank_amount(minor)}, {"currency", "RUB"}}));
    object.set("metadata", Json::object({{"payment", of.ours}}));
    object.set("payment_id", of.id).set("test", rolls(50));
    Json body = Json::object({{"type", "notification"}, {"event", event}});
    body.set("object", std::move(object));
    wire.forge(shop, body.dump());
  };
  const auto any = [&](const std::vector<const BankObject*>& list) -> const BankObject& {
    return *list[static_cast<std::size_t>(chance.below(list.size()))];
  };
  if (!mine.empty()) {
    told(*mine.back(), "payment.succeeded", mine.back()->asked_minor);
    told(any(mine), "payment.succeeded", 100);
    told(any(mine), "payment.canceled", any(mine).asked_minor);
    told(any(mine), "refund.succeeded", any(mine).asked_minor);
  }
  if (!others.empty()) told(any(others), "payment.succeeded", any(others).asked_minor);
  BankObject nobody;
  nobody.id = "00000000-dead-5000-8000-000000000000";
  told(nobody, rolls(50) ? "payment.succeeded" : "payout.succeeded", 100);
  if (rolls(20)) wire.forge(shop, "<xml>hello</xml>");
}

// ---- in the morning ----------------------------------------------------------------------------

void Year::morning() {
  retry_dead_jobs();
  for (Firm& firm : firms) {
    operate(firm);
    pay_experts(firm);
    if (rolls(30)) pay_experts(firm);  // cron that was set up twice
    close_month(firm);
  }
  const auto date = format_time(test.clock().now()).substr(8, 2);
  if (date == "01" && at_month_end) at_month_end();
}

void Year::operate(Firm& firm) {
  resume_accounts(firm);
  answer_requests(firm);
  if (firm.cash) keep_till(firm);
  look_at_refunds(firm);
  look_at_problems(firm);
  look_at_payouts(firm);
}

void Year::resume_accounts(Firm& firm) {
  for (const money::PayAccount& account :
       read([&](store::Tx& tx) { return money::list_pay_accounts(tx, firm.tenant.id); })) {
    if (account.status != "paused") continue;
    ++counts["accounts_resumed"];
    REQUIRE(write([&](App& of, store::Tx& tx) {
      return money::set_pay_status(of.world, tx, account.id, "active", "");
    }));
  }
}

void Year::answer_requests(Firm& firm) {
  booking::Filter filter;
  filter.status = "requested";
  filter.limit = k_page_max;
  for (const booking::Booking& one :
       read([&](store::Tx& tx) { return booking::list(tx, firm.tenant.id, filter); })) {
    booking::Change change;
    change.id = one.id;
    change.action = rolls(85) ? booking::Action::confirm : booking::Action::decline;
    change.actor = "host";
    const auto done =
        write([&](App& of, store::Tx& tx) { return booking::change(of, tx, firm.tenant, change); });
    ++counts[done ? "requests_answered" : "requests_too_late"];
  }
}

// The bank's statement against what is expected: transfers that came, and those to be sent.
void Year::keep_till(Firm& firm) {
  for (const std::string& id : std::exchange(firm.unconfirmed, {})) {
    const auto payment = read([&](store::Tx& tx) {
      return money::load_payment(tx, firm.tenant.id, money::PaymentId(id));
    });
    if (payment.state == "succeeded") continue;
    const auto done = write(
        [&](App& of, store::Tx& tx) { return money::confirm_payment(of, tx, payment, "cli"); });
    must_or_late(done);
  }
  money::PaymentFilter filter;
  filter.state = "succeeded";
  filter.limit = k_page_max;
  filter.since = test.clock().now() - 40 * k_day_ms;
  for (const money::Payment& payment :
       read([&](store::Tx& tx) { return money::list_payments(tx, firm.tenant.id, filter); })) {
    for (const money::Refund& refund :
         read([&](store::Tx& tx) { return money::refunds_of(tx, payment.id); })) {
      if (refund.state != "pending" || rolls(30)) continue;
      firm.went_back[payment.id.text()] += refund.amount.amount_minor;
      const auto done = write(
          [&](App& of, store::Tx& tx) { return money::confirm_refund(of, tx, refund, "cli"); });
      must_or_late(done);
    }
  }
}

void Year::look_at_refunds(Firm& firm) {
  for (const money::Refund& refund : read([&](store::Tx& tx) {
         return money::canceled_refunds(tx, firm.tenant.id, k_page_max);
       })) {
    ++counts["refunds_tried_again"];
    const auto done =
        write([&](App& of, store::Tx& tx) { return money::retry_refund(of, tx, refund); });
    must_or_late(done);
  }
}

// What does not fit is asked about again; what stays is compared with the bank's own office.
void Year::look_at_problems(Firm& firm) {
  money::PaymentFilter filter;
  filter.problems = true;
  filter.limit = k_page_max;
  for (const money::Payment& payment :
       read([&](store::Tx& tx) { return money::list_payments(tx, firm.tenant.id, filter); })) {
    ++counts["problems_seen"];
    const auto refunds = read([&](store::Tx& tx) { return money::refunds_of(tx, payment.id); });
    bool open = payment.open();
    for (const money::Refund& refund : refunds) {
      if (refund.state != "created" && refund.state != "pending") continue;
      open = true;
      must_or_late(write([&](App& of, store::Tx& tx) { return money::ask_again(of, tx, refund); }));
    }
    if (open) {
      must_or_late(
          write([&](App& of, store::Tx& tx) { return money::ask_again(of, tx, payment); }));
      if (++problem_days_[payment.id.text()] < 20) continue;
    }
    const BankObject* there = bank.find(payment.provider_id);
    const bool unknown_here = payment.state == "canceled" && there != nullptr &&
                              there->status == "succeeded" && there->back_minor < there->minor;
    if (unknown_here) {
      // We said that it had failed: it goes back in the bank's office.
      ++counts["given_back_in_office"];
      bank.give_back_by_hand(there->id, there->minor - there->back_minor);
      cabinet.insert(there->id);
    }
    ++counts["problems_resolved"];
    const auto done = write([&](App& of, store::Tx& tx) {
      return money::resolve_problem(of, tx, payment, "compared with the bank", "cli");
    });
    must_or_late(done);
  }
}

void Year::look_at_payouts(Firm& firm) {
  money::PayoutFilter filter;
  filter.open = true;
  filter.limit = k_page_max;
  for (const money::Payout& payout :
       read([&](store::Tx& tx) { return money::list_payouts(tx, firm.tenant.id, filter); })) {
    if (payout.state == "planned") {
      const bool yes = rolls(85);
      const auto done = write([&](App& of, store::Tx& tx) {
        return yes ? money::approve_payout(of, tx, payout, "cli")
                   : money::cancel_payout(of, tx, payout, "not now", "cli");
      });
      must_or_late(done);
      ++counts[yes ? "payouts_approved" : "payouts_called_off"];
    } else if (payout.manual() && payout.state == "approved" && rolls(70)) {
      firm.paid_out[payout.host.text()] += payout.amount.amount_minor;
      const auto done = write(
          [&](App& of, store::Tx& tx) { return money::confirm_payout(of, tx, payout, "cli"); });
      must_or_late(done);
    } else if (!payout.problem.empty()) {
      ++counts["payout_problems_seen"];
      must_or_late(
          write([&](App& of, store::Tx& tx) { return money::ask_payout_again(of, tx, payout); }));
    }
  }
}

void Year::retry_dead_jobs() {
  jobs::Filter filter;
  filter.state = "dead";
  filter.limit = k_page_max;
  for (const jobs::Job& job : read([&](store::Tx& tx) { return jobs::list(tx, filter); })) {
    ++counts["dead_jobs_retried"];
    ++counts["dead " + job.kind];
    REQUIRE(write([&](App& of, store::Tx& tx) { return jobs::retry(of.world, tx, job.id); }));
  }
}

// `flead payout run`, which may end anywhere; then cron runs it the next day, or at once again.
void Year::pay_experts(Firm& firm) {
  std::vector<money::PayoutRecipient> experts;
  for (const Expert& one : firm.experts) experts.push_back(one.who);
  money::PayoutRunOptions options;
  options.actor = "cron";
  wire.process = &other;
  other.live(wire.faulty && rolls(25) ? 6 : 0);
  try {
    const auto report = money::run_payouts(other_app, firm.tenant, experts, options);
    ++counts["payout_runs"];
    if (!report && report.error().code == "payout_balance") {
      ++counts["gateways_topped_up"];
      bank.top_up(firm.gateway, k_top_up_minor);
    } else if (!report) {
      ++counts["payout_runs_refused"];
      CAPTURE(report.error().code, report.error().message);
      REQUIRE(report.error().kind == ErrorKind::provider);
    }
  } catch (const Killed&) {
    ++counts["payout_runs_died"];
  }
  wire.process = &store;
}

// On the sixth, the month before.
void Year::close_month(Firm& firm) {
  const std::string today = format_time(test.clock().now());
  if (today.substr(8, 2) != "06") return;
  const std::string month = format_time(test.clock().now() - 7 * k_day_ms).substr(0, 7);
  const auto zone = Zone::load(firm.tenant.zone);
  REQUIRE(zone);
  const auto done = write([&](App& of, store::Tx& tx) {
    return money::close_month(of.world, tx, firm.tenant.id, *zone, month);
  });
  CAPTURE(month);
  if (!done) REQUIRE(done.error().code == "month_closed");
  ++counts["months_closed"];
}

}  // namespace flead::sim
