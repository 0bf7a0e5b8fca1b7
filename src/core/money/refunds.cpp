// Refunds: promised in the ledger at once, given when the provider or a person says so.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"

namespace flead::money {
namespace {

constexpr std::size_t k_refund_why_characters_max = 200;

Error refund_over(const Refund& refund) {
  return conflict("refund_over", "This refund has " + refund.state);
}

bool is_manual(const Payment& payment) {
  return refunds_by_hand(payment.provider);
}

// By hand out of our bank, or out of the provider's hands in its cabinet.
std::string paid_from(const Payment& payment) {
  const PayProvider* provider = find_pay_provider(payment.provider);
  const bool ours = provider == nullptr || !provider->can.online;
  return ours ? std::string(account::k_bank) : account::provider(payment.account_name);
}

// Promised: out of what was prepaid (or earned) into what is to be given back.
Status post_promise(App& app, store::Tx& tx, const Payment& payment, const Refund& refund,
                    std::vector<Move> moves) {
  NewTransaction entry;
  entry.kind = "refund_due";
  entry.text = "Refund " + refund.id.text() + " of " + payment.id.text();
  entry.subject = payment.id.text();
  entry.unique_key = "refund_due:" + refund.id.text();
  entry.currency = ledger_currency(payment);
  entry.actor = refund.actor;
  entry.moves = std::move(moves);
  FLEAD_CHECK(post(app.world, tx, payment.tenant, std::move(entry)));
  return {};
}

// Given back: what was owed is no more.
Status post_given(App& app, store::Tx& tx, const Payment& payment, const Refund& refund) {
  NewTransaction entry;
  entry.kind = "refund";
  entry.text = "Refund " + refund.id.text() + " was paid";
  entry.subject = payment.id.text();
  entry.unique_key = "refund:" + refund.id.text();
  entry.currency = ledger_currency(payment);
  entry.moves = {{refunds_account(payment), paid_from(payment), refund.amount.amount_minor}};
  FLEAD_CHECK(post(app.world, tx, payment.tenant, std::move(entry)));
  return {};
}

Status record_given(App& app, store::Tx& tx, const Payment& seen, const Refund& refund) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  payment.refunded_minor += refund.amount.amount_minor;
  payment.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, payment.state));
  FLEAD_ASSERT(changed);
  FLEAD_CHECK(post_given(app, tx, payment, refund));
  FLEAD_CHECK(write_payer(app, tx, payment, "payment.refunded", refund.amount, refund.why,
                          refund.id.text()));
  return tell_payer(app, tx, payment, "payment.refunded",
                    Json::object({{"refund", refund.id.text()},
                                  {"refunded", to_json(refund.amount)},
                                  {"why", refund.why}}));
}

}  // namespace

Status plan_refund_job(App& app, store::Tx& tx, const Refund& refund, std::string_view kind,
                       TimeMs at) {
  jobs::NewJob job;
  job.kind = kind;
  job.payload = Json::object({{"refund", refund.id.text()}});
  job.tenant = refund.tenant;
  job.subject_id = refund.payment.text();
  job.run_at = at;
  job.unique_key = std::string(kind) + ":" + refund.id.text();
  job.attempts_max = k_payment_attempts_max;
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Status ask_again(App& app, store::Tx& tx, const Refund& refund) {
  FLEAD_TRY(const Payment payment, load_payment(tx, refund.tenant, refund.payment));
  if (is_manual(payment)) {
    return refused("refund_manual", "Nobody can be asked about this refund",
                   "flead payment confirm says that it was given back");
  }
  if (refund.state != "created" && refund.state != "pending") return refund_over(refund);
  return plan_refund_job(app, tx, refund, refund.state == "created" ? "refund.open" : "refund.sync",
                         0);
}

Result<std::optional<Refund>> refund_payment(App& app, store::Tx& tx, const Payment& seen,
                                             const NewRefund& input) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(const Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (payment.state != "succeeded") {
    return conflict("payment_not_paid",
                    "Only what was paid can be given back, and this payment is " + payment.state);
  }
  if (utf8_length(input.why) > k_refund_why_characters_max || has_control_characters(input.why)) {
    return refused_field(
        "reason", "too_long",
        fmt::format("A reason is one line of up to {} characters", k_refund_why_characters_max));
  }
  FLEAD_TRY(const std::int64_t left, left_of(tx, payment));
  FLEAD_TRY(const auto known, payments_store::refunds_of(tx, payment.id));
  for (const Refund& one : known) {
    if (one.unique_key == input.unique_key) return std::optional<Refund>();
  }
  if (input.amount_minor <= 0 || input.amount_minor > left) {
    return refused_field("amount", "refund_too_large",
                         fmt::format("{} of this payment is left to be given back",
                                     print_money({left, payment.amount.currency}, "en")));
  }
  Refund refund;
  refund.id = new_id<RefundIdTag>(app.world);
  refund.tenant = payment.tenant;
  refund.payment = payment.id;
  refund.amount = {input.amount_minor, payment.amount.currency};
  refund.state = is_manual(payment) ? "pending" : "created";
  refund.why = input.why;
  refund.actor = input.actor;
  refund.unique_key = input.unique_key.empty() ? refund.id.text() : input.unique_key;
  refund.created_at = app.world.clock.now();
  refund.updated_at = refund.created_at;
  FLEAD_TRY(const bool made, payments_store::insert_refund(tx, refund));
  if (!made) return std::optional<Refund>();
  FLEAD_TRY(auto moves, moves_back(tx, payment, left, input.amount_minor));
  FLEAD_CHECK(post_promise(app, tx, payment, refund, std::move(moves)));
  FLEAD_CHECK(tell_payer(app, tx, payment, "payment.refunding",
                         Json::object({{"refund", refund.id.text()},
                                       {"refunded", to_json(refund.amount)},
                                       {"why", refund.why}})));
  if (!is_manual(payment)) FLEAD_CHECK(plan_refund_job(app, tx, refund, "refund.open", 0));
  return std::optional<Refund>(std::move(refund));
}

Result<std::int64_t> open_refunds(store::Tx& tx, const PayAccountId& account) {
  return payments_store::open_refunds(tx, account);
}

std::string refund_key(const Refund& refund) {
  return refund.id.text() + (refund.attempt > 1 ? "-" + std::to_string(refund.attempt) : "");
}

RefundId refund_of_key(std::string_view key) {
  return RefundId(std::string(key.substr(0, key.find('-'))));
}

Result<Refund> load_refund(store::Tx& tx, const TenantId& tenant, const RefundId& id) {
  FLEAD_TRY(auto found, payments_store::refund_by_id(tx, id));
  if (!found || found->tenant != tenant) {
    return not_found("refund_not_found", "There is no such refund",
                     "flead payment show lists those of a payment");
  }
  return std::move(*found);
}

Result<std::vector<Refund>> refunds_of(store::Tx& tx, const PaymentId& payment) {
  return payments_store::refunds_of(tx, payment);
}

Result<std::vector<Refund>> canceled_refunds(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit) {
  return payments_store::canceled_refunds(tx, tenant, limit);
}

Result<Refund> apply_refund(App& app, store::Tx& tx, const Payment& payment, const Refund& seen,
                            const PayObject& object) {
  FLEAD_CHECK(payments_store::lock(tx, payment.id));
  FLEAD_TRY(Refund refund, load_refund(tx, seen.tenant, seen.id));
  if (refund.state == "succeeded" || refund.state == "canceled") return refund;
  const bool fits = object.amount == refund.amount &&
                    (object.ours.empty() || object.ours == refund_key(refund)) &&
                    object.payment_id == payment.provider_id;
  if (!fits) {
    refund.reason = "the provider's object is not of this refund";
    refund.updated_at = app.world.clock.now();
    FLEAD_CHECK(payments_store::update_refund(tx, refund, refund.state));
    FLEAD_TRY(const Payment now, load_payment(tx, payment.tenant, payment.id));
    FLEAD_CHECK(note_problem(app, tx, now, "refund " + refund.id.text() + ": " + refund.reason));
    return refund;
  }
  const std::string from = refund.state;
  refund.provider_id = object.id;
  refund.updated_at = app.world.clock.now();
  refund.state = object.state == PayState::succeeded  ? "succeeded"
                 : object.state == PayState::canceled ? "canceled"
                                                      : "pending";
  refund.reason = object.reason;
  FLEAD_TRY(const bool changed, payments_store::update_refund(tx, refund, from));
  if (!changed) return refund_over(refund);
  if (refund.state == "succeeded") FLEAD_CHECK(record_given(app, tx, payment, refund));
  if (refund.state == "canceled") {
    FLEAD_CHECK(
        tell_payer(app, tx, payment, "payment.refund_failed",
                   Json::object({{"refund", refund.id.text()}, {"reason", refund.reason}})));
  }
  return refund;
}

Result<Refund> confirm_refund(App& app, store::Tx& tx, const Refund& seen, std::string_view actor) {
  FLEAD_TRY(const Payment payment, load_payment(tx, seen.tenant, seen.payment));
  if (!is_manual(payment)) {
    return refused("refund_not_manual", "The provider knows whether this was given back",
                   "flead payment sync asks it");
  }
  FLEAD_CHECK(payments_store::lock(tx, payment.id));
  FLEAD_TRY(Refund refund, load_refund(tx, seen.tenant, seen.id));
  if (refund.state == "succeeded") return refund_over(refund);
  const std::string from = std::exchange(refund.state, "succeeded");
  refund.actor = actor;
  refund.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update_refund(tx, refund, from));
  if (!changed) return refund_over(refund);
  FLEAD_CHECK(record_given(app, tx, payment, refund));
  return refund;
}

Result<Refund> retry_refund(App& app, store::Tx& tx, const Refund& seen) {
  FLEAD_TRY(const Payment payment, load_payment(tx, seen.tenant, seen.payment));
  FLEAD_CHECK(payments_store::lock(tx, payment.id));
  FLEAD_TRY(Refund refund, load_refund(tx, seen.tenant, seen.id));
  if (refund.state != "canceled") {
    return conflict("refund_state",
                    "Only a refund that failed is tried again, and this one is " + refund.state);
  }
  refund.state = "created";
  refund.provider_id.clear();
  refund.called_at.reset();
  ++refund.attempt;
  refund.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update_refund(tx, refund, "canceled"));
  if (!changed) return refund_over(refund);
  FLEAD_CHECK(plan_refund_job(app, tx, refund, "refund.open", 0));
  return refund;
}

Json to_json(const Refund& refund) {
  return Json::object({{"id", refund.id.text()},
                       {"payment", refund.payment.text()},
                       {"state", refund.state},
                       {"amount", to_json(refund.amount)},
                       {"why", refund.why},
                       {"actor", refund.actor},
                       {"attempt", refund.attempt},
                       {"provider_id", refund.provider_id},
                       {"reason", refund.reason},
                       {"created_at", format_time(refund.created_at)},
                       {"updated_at", format_time(refund.updated_at)}});
}

}  // namespace flead::money
