// A payout from its approval to its end: what moves in the ledger, and what an answer makes of it.
#include <utility>

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/payout.h"
#include "core/money/payout_steps.h"
#include "core/money/payouts_store.h"

namespace flead::money {
namespace {

constexpr std::size_t k_payout_reason_characters_max = 200;

Error payout_state(const Payout& payout, std::string_view needs) {
  return conflict("payout_state", fmt::format("{}, and this payout is {}", needs, payout.state),
                  "flead payout show has all of it");
}

// The row as it is, held until the end of the transaction.
Result<Payout> hold(store::Tx& tx, const Payout& seen) {
  FLEAD_CHECK(payouts_store::lock(tx, seen.id));
  return load_payout(tx, seen.tenant, seen.id);
}

Status save(App& app, store::Tx& tx, Payout& payout, std::string_view from) {
  payout.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payouts_store::update(tx, payout, from));
  if (!changed) return payout_state(payout, "Something else was done with it meanwhile");
  return {};
}

Status post_payout(App& app, store::Tx& tx, const Payout& payout, std::string_view kind,
                   std::string text, Move move) {
  NewTransaction entry;
  entry.kind = kind;
  entry.text = std::move(text);
  entry.subject = payout.id.text();
  entry.unique_key = std::string(kind) + ":" + payout.id.text();
  entry.currency = payout_ledger_currency(payout.test, payout.amount.currency);
  entry.actor = payout.approved_by.empty() ? payout.actor : payout.approved_by;
  entry.moves = {std::move(move)};
  FLEAD_CHECK(post(app.world, tx, payout.tenant, std::move(entry)));
  return {};
}

// Arrived: out of what is on its way, into nobody's hands of ours.
Status post_arrived(App& app, store::Tx& tx, const Payout& payout) {
  const std::string from =
      payout.account ? account::gateway(payout.account_name) : std::string(account::k_bank);
  return post_payout(app, tx, payout, "payout_done", "Payout " + payout.id.text() + " arrived",
                     {std::string(account::k_payouts), from, payout.amount.amount_minor});
}

Status post_back(App& app, store::Tx& tx, const Payout& payout) {
  return post_payout(app, tx, payout, "payout_back", "Payout " + payout.id.text() + " came back",
                     {std::string(account::k_payouts), account::expert(payout.host.text()),
                      payout.amount.amount_minor});
}

Status end_well(App& app, store::Tx& tx, Payout& payout) {
  const std::string from = std::exchange(payout.state, "succeeded");
  payout.ended_at = app.world.clock.now();
  payout.reason.clear();
  FLEAD_CHECK(save(app, tx, payout, from));
  return post_arrived(app, tx, payout);
}

Status end_badly(App& app, store::Tx& tx, Payout& payout, std::string_view state,
                 std::string_view reason) {
  const std::string from = std::exchange(payout.state, std::string(state));
  payout.ended_at = app.world.clock.now();
  payout.reason = utf8_prefix(repair_utf8(reason), k_payout_reason_characters_max);
  FLEAD_CHECK(save(app, tx, payout, from));
  return post_back(app, tx, payout);
}

Result<Payout> note_payout_problem(App& app, store::Tx& tx, Payout payout, std::string problem) {
  if (payout.problem == problem) return payout;
  payout.problem = std::move(problem);
  FLEAD_CHECK(save(app, tx, payout, payout.state));
  return payout;
}

}  // namespace

std::string payout_ledger_currency(bool test, std::string_view currency) {
  return std::string(test ? k_payout_test_currency : currency);
}

Status post_payout_start(App& app, store::Tx& tx, const Payout& payout) {
  return post_payout(app, tx, payout, "payout", "Payout " + payout.id.text(),
                     {account::expert(payout.host.text()), std::string(account::k_payouts),
                      payout.amount.amount_minor});
}

Status plan_payout_job(App& app, store::Tx& tx, const Payout& payout, std::string_view kind,
                       TimeMs at) {
  jobs::NewJob job;
  job.kind = kind;
  job.payload = Json::object({{"payout", payout.id.text()}});
  job.tenant = payout.tenant;
  job.subject_id = payout.id.text();
  job.run_at = at;
  job.unique_key = std::string(kind) + ":" + payout.id.text();
  job.attempts_max = k_payout_attempts_max;
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Result<Payout> load_payout(store::Tx& tx, const TenantId& tenant, const PayoutId& id) {
  FLEAD_TRY(auto found, payouts_store::by_id(tx, id));
  if (!found || found->tenant != tenant) {
    return not_found("payout_not_found", "There is no such payout", "flead payout list");
  }
  return std::move(*found);
}

Result<std::vector<Payout>> list_payouts(store::Tx& tx, const TenantId& tenant,
                                         const PayoutFilter& filter) {
  return payouts_store::list(tx, tenant, filter);
}

Result<Payout> approve_payout(App& app, store::Tx& tx, const Payout& seen, std::string_view actor) {
  FLEAD_TRY(Payout payout, hold(tx, seen));
  if (payout.state != "planned") return payout_state(payout, "Only what waits is approved");
  FLEAD_TRY(const auto method, load_payout_method(tx, payout.method));
  if (method.status != "active") {
    return refused("payout_method_changed", "The way to pay was changed after this was planned",
                   "flead payout cancel gives it back, and the next run pays in the new way");
  }
  payout.state = "approved";
  payout.approved_by = actor;
  FLEAD_CHECK(save(app, tx, payout, "planned"));
  if (!payout.manual()) FLEAD_CHECK(plan_payout_job(app, tx, payout, "payout.open", 0));
  return payout;
}

Result<Payout> confirm_payout(App& app, store::Tx& tx, const Payout& seen, std::string_view actor) {
  FLEAD_TRY(Payout payout, hold(tx, seen));
  if (!payout.manual()) {
    return refused("payout_not_manual", "The provider knows whether this has arrived",
                   "flead payout sync asks it");
  }
  if (payout.state != "approved") return payout_state(payout, "Only what is approved is confirmed");
  payout.approved_by = actor;
  FLEAD_CHECK(end_well(app, tx, payout));
  return payout;
}

Result<Payout> cancel_payout(App& app, store::Tx& tx, const Payout& seen, std::string_view reason,
                             std::string_view actor) {
  FLEAD_TRY(Payout payout, hold(tx, seen));
  if (payout.state != "planned" && payout.state != "approved") {
    return payout_state(payout, "Only what was not sent is canceled");
  }
  payout.approved_by = actor;
  FLEAD_CHECK(end_badly(app, tx, payout, "canceled", reason));
  return payout;
}

Status ask_payout_again(App& app, store::Tx& tx, const Payout& payout) {
  if (payout.manual()) {
    return refused("payout_manual", "Nobody can be asked about this payout",
                   "flead payout paid says that the bank has done it");
  }
  if (payout.state != "approved" && payout.state != "sending" && payout.state != "pending") {
    return payout_state(payout, "Only what is on its way is asked about");
  }
  return plan_payout_job(app, tx, payout, payout.state == "pending" ? "payout.sync" : "payout.open",
                         0);
}

// ---- what a provider says --------------------------------------------------------------------

std::string misfit(const Payout& payout, const PayObject& object) {
  if (!object.ours.empty() && object.ours != payout.id.text()) return "it is of another payout";
  if (!payout.provider_id.empty() && object.id != payout.provider_id) {
    return "there is a second one of it: " + object.id;
  }
  if (object.amount != payout.amount) {
    return "the provider's amount is " + print_money(object.amount, "en");
  }
  if (object.test != payout.test) {
    return object.test ? "it is a test, and the account is live" : "it is live, and we test";
  }
  return "";
}

std::int64_t payout_wait_ms(std::int64_t age_ms) {
  if (age_ms < k_hour_ms) return k_minute_ms;
  if (age_ms < k_day_ms) return 10 * k_minute_ms;
  return age_ms < 30 * k_day_ms ? 4 * k_hour_ms : k_day_ms;
}

Result<Payout> apply_payout(App& app, store::Tx& tx, const Payout& seen, const PayObject& object) {
  FLEAD_TRY(Payout payout, hold(tx, seen));
  std::string wrong = misfit(payout, object);
  if (!wrong.empty()) return note_payout_problem(app, tx, std::move(payout), std::move(wrong));
  const bool arrived = object.state == PayState::succeeded;
  const bool refused_there = object.state == PayState::canceled;
  if (!payout.open()) {
    // Final here. That the other side says the opposite is for a person.
    const bool differs = (payout.state == "succeeded" && refused_there) ||
                         (payout.state != "succeeded" && !refused_there);
    if (!differs) return payout;
    return note_payout_problem(app, tx, std::move(payout),
                               "it is final here, and the provider says that it is " +
                                   std::string(pay_state_name(object.state)));
  }
  payout.provider_id = object.id;
  payout.destination = object.method;
  if (arrived) {
    FLEAD_CHECK(end_well(app, tx, payout));
  } else if (refused_there) {
    FLEAD_CHECK(end_badly(app, tx, payout, "failed",
                          object.reason.empty() ? "canceled by the provider" : object.reason));
  } else {
    const std::string from = std::exchange(payout.state, "pending");
    FLEAD_CHECK(save(app, tx, payout, from));
    FLEAD_CHECK(
        plan_payout_job(app, tx, payout, "payout.sync", app.world.clock.now() + payout_wait_ms(0)));
  }
  return payout;
}

Result<Payout> fail_payout(App& app, store::Tx& tx, const Payout& seen, std::string_view reason) {
  FLEAD_TRY(Payout payout, hold(tx, seen));
  if (!payout.open()) return payout;
  FLEAD_CHECK(end_badly(app, tx, payout, "failed", reason));
  return payout;
}

Result<bool> notice_payout(App& app, store::Tx& tx, const PayAccount& account,
                           std::string_view provider_id) {
  FLEAD_TRY(const auto payout, payouts_store::by_provider_id(tx, account.id, provider_id));
  if (!payout) return false;
  if (payout->state == "pending") FLEAD_CHECK(plan_payout_job(app, tx, *payout, "payout.sync", 0));
  return true;
}

Json to_json(const Payout& payout) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", payout.id.text()},
                       {"run", payout.run.text()},
                       {"host", payout.host_slug},
                       {"state", payout.state},
                       {"amount", to_json(payout.amount)},
                       {"test", payout.test},
                       {"kind", payout.kind},
                       {"to", payout.shown},
                       {"account", payout.account_name},
                       {"text", payout.text},
                       {"provider_id", payout.provider_id},
                       {"destination", payout.destination},
                       {"reason", payout.reason},
                       {"problem", payout.problem},
                       {"actor", payout.actor},
                       {"approved_by", payout.approved_by},
                       {"bank_batch", payout.bank_batch},
                       {"called_at", time(payout.called_at)},
                       {"ended_at", time(payout.ended_at)},
                       {"created_at", format_time(payout.created_at)},
                       {"updated_at", format_time(payout.updated_at)}});
}

}  // namespace flead::money
