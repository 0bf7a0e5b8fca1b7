#include "core/money/payout_run.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/owed.h"
#include "core/money/payout_steps.h"
#include "core/money/payouts_store.h"

namespace flead::money {
namespace {

constexpr std::string_view k_provider_currency = "RUB";
constexpr std::size_t k_run_key_bytes_max = 60;
constexpr std::int64_t k_card_least_minor = 500;  // the vendor's, in kopecks
constexpr std::int64_t k_least_minor = 100;

// Everything that the tenant's settings say, and where its day and month begin.
struct PayoutTerms {
  PayoutRules rules;
  DayRule schedule;
  std::map<std::string, PayoutLimits, std::less<>> limits;  // by kind
  Date today;
  TimeMs day_start = 0, month_start = 0, ripe = 0;
};

std::optional<std::int64_t> amount_or_off(const std::string& text) {
  return text == "off" ? std::nullopt : parse_money_minor(text);
}

std::optional<std::int64_t> count_or_off(const std::string& text) {
  std::int64_t count = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return count;
}

Result<PayoutTerms> load_terms(const App& app, store::Tx& tx, const tenants::Tenant& tenant) {
  FLEAD_TRY(const auto settings, tenants::load_settings(app, tx, tenant.id));
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  const TimeMs now = app.world.clock.now();
  PayoutTerms terms;
  terms.rules.delay_ms = parse_duration_ms(settings["payout.delay"]).value_or(0);
  terms.rules.minimum_minor = parse_money_minor(settings["payout.minimum"]).value_or(0);
  terms.rules.approve_above_minor = amount_or_off(settings["payout.approve_above"]);
  terms.schedule = parse_day_rule(settings["payout.schedule"]).value_or(DayRule{});
  for (const std::string_view kind : k_payout_kinds) {
    const std::string name = "payout." + std::string(payout_kind_word(kind)) + "_";
    PayoutLimits limits;
    limits.least_minor = kind == "manual"                ? 1
                         : kind == "yookassa_card_token" ? k_card_least_minor
                                                         : k_least_minor;
    limits.each_minor = amount_or_off(settings[name + "each"]);
    limits.month_minor = amount_or_off(settings[name + "month"]);
    limits.day_count = count_or_off(settings[name + "day"]);
    terms.limits.emplace(kind, limits);
  }
  terms.today = zone.wall(now).date;
  terms.day_start = zone.day_start(terms.today);
  terms.month_start = zone.day_start({terms.today.year, terms.today.month, 1});
  terms.ripe = now - terms.rules.delay_ms;
  return terms;
}

// Why a way to pay cannot be used for money of this kind; "" when it can.
std::string blocked(const std::optional<PayoutMethod>& method,
                    const std::optional<PayAccount>& account, std::string_view book_currency) {
  const bool tests = book_currency == k_payout_test_currency;
  if (!method) return "no_method";
  if (method->kind == "manual") return tests ? "test_money" : "";
  if (!account) return "no_account";
  if (account->status != "active") return "account_paused";
  if (account->test()) return tests ? "" : "test_account";
  if (tests) return "test_money";
  return book_currency == k_provider_currency ? "" : "currency_unsupported";
}

Result<PayoutLine> plan_line(store::Tx& tx, const TenantId& tenant, const PayoutTerms& terms,
                             const PayoutRecipient& recipient, std::string_view book_currency,
                             std::optional<std::int64_t> wanted_minor) {
  PayoutLine line;
  line.recipient = recipient;
  line.test = book_currency == k_payout_test_currency;
  line.amount.currency = line.test ? k_provider_currency : book_currency;
  FLEAD_TRY(line.method, payout_method_of(tx, recipient.host));
  if (line.method && line.method->kind != "manual") {
    FLEAD_TRY(line.account, payout_account(tx, tenant));
  }
  FLEAD_TRY(const Earnings earned, earnings(tx, tenant, recipient.host, book_currency, terms.ripe));
  Standing standing;
  standing.balance_minor = line.balance_minor = earned.balance_minor;
  standing.maturing_minor = line.maturing_minor = earned.maturing_minor;
  const std::string kind = line.method ? line.method->kind : "manual";
  FLEAD_TRY(const auto month,
            payouts_store::sum_since(tx, recipient.host, kind, line.test, terms.month_start));
  FLEAD_TRY(const auto day,
            payouts_store::sum_since(tx, recipient.host, kind, line.test, terms.day_start));
  standing.month_minor = month.minor;
  standing.day_count = day.count;
  const auto limits = terms.limits.find(kind);
  FLEAD_ASSERT(limits != terms.limits.end());
  const PayoutDecision decision =
      decide_payout(terms.rules, limits->second, standing, wanted_minor);
  line.payable_minor = decision.payable_minor;
  line.amount.amount_minor = decision.amount_minor;
  line.needs_approval = decision.needs_approval;
  line.reason = decision.reason;
  if (line.amount.amount_minor == 0) return line;
  std::string block = blocked(line.method, line.account, book_currency);
  if (!block.empty()) {
    line.amount.amount_minor = 0;
    line.needs_approval = false;
    line.reason = std::move(block);
  }
  return line;
}

Result<std::vector<PayoutLine>> plan_with(store::Tx& tx, const TenantId& tenant,
                                          const PayoutTerms& terms,
                                          const std::vector<PayoutRecipient>& recipients,
                                          const PayoutWish& wish) {
  std::vector<PayoutLine> lines;
  for (const PayoutRecipient& one : recipients) {
    if (!wish.host.empty() && wish.host != one.slug) continue;
    FLEAD_TRY(auto currencies, earned_currencies(tx, one.host, tenant));
    if (currencies.empty() && !wish.host.empty()) currencies.emplace_back(k_provider_currency);
    for (const std::string& currency : currencies) {
      FLEAD_TRY(PayoutLine line, plan_line(tx, tenant, terms, one, currency, wish.amount_minor));
      if (line.balance_minor == 0 && wish.host.empty()) continue;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

// ---- before anything is stored ---------------------------------------------------------------

struct RunPlan {
  PayoutTerms terms;
  PayoutTurn turn;
  std::vector<PayoutLine> lines;
  std::optional<PayAccount> account;  // when any line goes out of it
  std::int64_t needed_minor = 0;      // there: these lines, and what was promised before
};

Status leave_out_paid(store::Tx& tx, const TenantId& tenant, const std::string& key,
                      std::vector<PayoutLine>& lines) {
  if (key.empty()) return {};
  FLEAD_TRY(const auto run, payouts_store::run_by_key(tx, tenant, key));
  if (!run) return {};
  for (PayoutLine& line : lines) {
    if (line.amount.amount_minor == 0) continue;
    FLEAD_TRY(const bool paid, payouts_store::has_of_run(tx, run->id, line.recipient.host,
                                                         line.amount.currency, line.test));
    if (!paid) continue;
    line.amount.amount_minor = 0;
    line.needs_approval = false;
    line.reason = "in_this_run";
  }
  return {};
}

Result<RunPlan> plan_run(const App& app, store::Tx& tx, const tenants::Tenant& tenant,
                         const std::vector<PayoutRecipient>& recipients,
                         const PayoutRunOptions& options) {
  RunPlan plan;
  FLEAD_TRY(plan.terms, load_terms(app, tx, tenant));
  FLEAD_TRY(plan.turn, payout_turn_of(app, tx, tenant));
  const bool asked = options.anyway || !options.key.empty() || !options.wish.host.empty();
  if (asked) {
    plan.turn.due = true;
    plan.turn.key = options.key;
    // A named sum typed twice on one day is one payout; another one wants a name of its own.
    if (options.key.empty() && options.wish.amount_minor) {
      plan.turn.key = fmt::format("{}-{}-{}", options.wish.host, *options.wish.amount_minor,
                                  format_time(app.world.clock.now()).substr(0, 10));
    }
  }
  if (!plan.turn.due) return plan;
  FLEAD_TRY(plan.lines, plan_with(tx, tenant.id, plan.terms, recipients, options.wish));
  FLEAD_CHECK(leave_out_paid(tx, tenant.id, plan.turn.key, plan.lines));
  for (const PayoutLine& line : plan.lines) {
    if (line.amount.amount_minor == 0 || !line.account) continue;
    plan.account = line.account;
    plan.needed_minor += line.amount.amount_minor;
  }
  if (plan.account) {
    FLEAD_TRY(const std::int64_t promised, payouts_store::unsent_minor(tx, plan.account->id));
    plan.needed_minor += promised;
  }
  return plan;
}

// What the account holds is enough for all of it, or nothing is sent.
Status check_gateway(App& app, const RunPlan& plan) {
  if (!plan.account) return {};
  const PayAnswer answer = probe_pay_account(app, *plan.account);
  if (answer.result != CallResult::done) {
    return provider_error("payout_account_failed",
                          fmt::format("{} did not say what it holds: {}. Nothing was sent",
                                      plan.account->name, answer.says));
  }
  if (!answer.object.balance_minor || answer.object.amount.currency != k_provider_currency) {
    return provider_error(
        "payout_account_failed",
        fmt::format("{} has no balance for payouts. Nothing was sent", plan.account->name));
  }
  const std::int64_t missing = plan.needed_minor - *answer.object.balance_minor;
  if (missing <= 0) return {};
  const auto money = [](std::int64_t minor) {
    return print_money({minor, std::string(k_provider_currency)}, "en");
  };
  return refused("payout_balance",
                 fmt::format("{} holds {} and {} is needed: {} is missing. Nothing was sent",
                             plan.account->name, money(*answer.object.balance_minor),
                             money(plan.needed_minor), money(missing)),
                 "Top it up at the provider, then run it again");
}

Error nothing_for(const PayoutLine& line) {
  return refused("payout_" + line.reason,
                 fmt::format("Nothing is paid to {}: {}", line.recipient.slug,
                             payout_reason_text(line.reason, "en")),
                 "flead payout plan shows the sums");
}

// ---- one expert ------------------------------------------------------------------------------

std::string payout_text(const tenants::Tenant& tenant, Date day) {
  return (tenant.locale == "ru" ? "Вознаграждение за услуги, " : "Payment for services, ") +
         format_date(day);
}

// The line as it came to be: with its payout, or with the reason why there is none.
Result<PayoutLine> pay_line(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                            const RunPlan& plan, const PayoutRunId& run, const PayoutLine& planned,
                            const PayoutRunOptions& options) {
  FLEAD_CHECK(payouts_store::lock_method(tx, planned.method->id));
  const std::string currency = payout_ledger_currency(planned.test, planned.amount.currency);
  FLEAD_TRY(PayoutLine line, plan_line(tx, tenant.id, plan.terms, planned.recipient, currency,
                                       options.wish.amount_minor));
  const auto instead = [&line](std::string_view reason) {
    line.amount.amount_minor = 0;
    line.reason = reason;
    return line;
  };
  FLEAD_TRY(const bool paid, payouts_store::has_of_run(tx, run, line.recipient.host,
                                                       line.amount.currency, line.test));
  if (paid) return instead("in_this_run");
  if (line.amount.amount_minor == 0) return line;
  const bool same_way = line.method && line.method->id == planned.method->id;
  if (!same_way) return instead("method_changed");
  // The sum that was looked for in the account, at most.
  line.amount.amount_minor = std::min(line.amount.amount_minor, planned.amount.amount_minor);
  Payout payout;
  payout.id = new_id<PayoutIdTag>(app.world);
  payout.tenant = tenant.id;
  payout.run = run;
  payout.host = line.recipient.host;
  payout.host_slug = line.recipient.slug;
  payout.method = line.method->id;
  payout.kind = line.method->kind;
  payout.shown = line.method->shown;
  if (line.account) {
    payout.account = line.account->id;
    payout.account_name = line.account->name;
  }
  payout.amount = line.amount;
  payout.test = line.test;
  payout.state = line.needs_approval ? "planned" : "approved";
  payout.text = payout_text(tenant, plan.terms.today);
  payout.actor = options.actor;
  payout.created_at = payout.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool stored, payouts_store::insert(tx, payout));
  if (!stored) return instead("in_this_run");
  FLEAD_CHECK(post_payout_start(app, tx, payout));
  if (!line.needs_approval && !payout.manual()) {
    FLEAD_CHECK(plan_payout_job(app, tx, payout, "payout.open", 0));
  }
  line.payout = std::move(payout);
  return line;
}

Result<payouts_store::Run> begin_run(App& app, const TenantId& tenant, const RunPlan& plan,
                                     const PayoutRunOptions& options) {
  return app.store.write([&](store::Tx& tx) {
    payouts_store::Run run;
    run.id = new_id<PayoutRunIdTag>(app.world);
    run.tenant = tenant;
    run.key = plan.turn.key.empty() ? run.id.text() : plan.turn.key;
    run.actor = options.actor;
    run.created_at = app.world.clock.now();
    return payouts_store::make_run(tx, run);
  });
}

Status check_run_key(std::string_view key) {
  const bool good = key.size() <= k_run_key_bytes_max &&
                    key.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_.:") == std::string_view::npos;
  if (good) return {};
  return refused_field("run", "run_key_invalid",
                       "A run is named by up to 60 Latin letters, digits and - _ . :");
}

}  // namespace

PayoutTurn payout_turn(const DayRule& schedule, Date today, bool finished, bool before) {
  PayoutTurn turn;
  turn.next = next_day_of(schedule, today);
  if (schedule.kind == DayRule::Kind::manual) {
    turn.due = true;
    return turn;
  }
  const auto last = last_day_of(schedule, today);
  FLEAD_ASSERT(last.has_value());
  turn.due = !finished && (*last == today || before);
  turn.key = format_date(*last);
  return turn;
}

Result<PayoutTurn> payout_turn_of(const App& app, store::Tx& tx, const tenants::Tenant& tenant) {
  FLEAD_TRY(const PayoutTerms terms, load_terms(app, tx, tenant));
  bool finished = false;
  bool before = false;
  if (const auto last = last_day_of(terms.schedule, terms.today)) {
    FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
    FLEAD_TRY(const auto run, payouts_store::run_by_key(tx, tenant.id, format_date(*last)));
    finished = run && run->finished_at;
    FLEAD_TRY(before, payouts_store::ran_before(tx, tenant.id, zone.day_start(*last)));
  }
  return payout_turn(terms.schedule, terms.today, finished, before);
}

Result<std::vector<PayoutLine>> plan_payouts(const App& app, store::Tx& tx,
                                             const tenants::Tenant& tenant,
                                             const std::vector<PayoutRecipient>& recipients,
                                             const PayoutWish& wish) {
  FLEAD_TRY(const PayoutTerms terms, load_terms(app, tx, tenant));
  return plan_with(tx, tenant.id, terms, recipients, wish);
}

Result<PayoutRunReport> run_payouts(App& app, const tenants::Tenant& tenant,
                                    const std::vector<PayoutRecipient>& recipients,
                                    const PayoutRunOptions& options) {
  FLEAD_CHECK(check_run_key(options.key));
  FLEAD_TRY(const RunPlan plan, app.store.read([&](store::Tx& tx) {
    return plan_run(app, tx, tenant, recipients, options);
  }));
  PayoutRunReport report;
  report.turn = plan.turn;
  if (!plan.turn.due) return report;
  if (!options.wish.host.empty()) {
    const bool any = std::any_of(plan.lines.begin(), plan.lines.end(), [](const PayoutLine& line) {
      return line.amount.amount_minor > 0;
    });
    const bool repeated = std::any_of(plan.lines.begin(), plan.lines.end(), [](const auto& line) {
      return line.reason == "in_this_run";
    });
    if (!any && !repeated && !plan.lines.empty()) return nothing_for(plan.lines.front());
  }
  FLEAD_CHECK(check_gateway(app, plan));
  FLEAD_TRY(const auto run, begin_run(app, tenant.id, plan, options));
  report.run = run.id;
  report.key = run.key;
  for (const PayoutLine& planned : plan.lines) {
    if (planned.amount.amount_minor == 0) {
      report.lines.push_back(planned);
      continue;
    }
    FLEAD_TRY(PayoutLine line, app.store.write([&](store::Tx& tx) {
      return pay_line(app, tx, tenant, plan, run.id, planned, options);
    }));
    report.lines.push_back(std::move(line));
  }
  FLEAD_CHECK(app.store.write(
      [&](store::Tx& tx) { return payouts_store::finish_run(tx, run.id, app.world.clock.now()); }));
  return report;
}

Json to_json(const PayoutLine& line) {
  const auto money = [&line](std::int64_t minor) {
    return to_json(Money{minor, line.amount.currency});
  };
  return Json::object({{"host", line.recipient.slug},
                       {"amount", to_json(line.amount)},
                       {"balance", money(line.balance_minor)},
                       {"maturing", money(line.maturing_minor)},
                       {"payable", money(line.payable_minor)},
                       {"test", line.test},
                       {"kind", line.method ? line.method->kind : ""},
                       {"to", line.method ? line.method->shown : ""},
                       {"account", line.account ? line.account->name : ""},
                       {"needs_approval", line.needs_approval},
                       {"reason", line.reason},
                       {"payout", line.payout ? Json(line.payout->id.text()) : Json()},
                       {"state", line.payout ? Json(line.payout->state) : Json()}});
}

}  // namespace flead::money
