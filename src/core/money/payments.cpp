// A payment from its making to its end: what a fetched object makes of it, and what the book says.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/outbox.h"
#include "core/intake/lead.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"

namespace flead::money {
namespace {

constexpr std::string_view k_test_currency = "XTS";  // ISO 4217: for testing

Error payment_not_found() {
  return not_found("payment_not_found", "There is no such payment", "flead payment list");
}

Error payment_over(const Payment& payment) {
  return conflict("payment_over", "This payment has " + payment.state);
}

int rank_of(std::string_view state) {
  if (state == "created") return 0;
  if (state == "pending") return 1;
  return state == "waiting_for_capture" ? 2 : 3;
}

// Paid: out of nowhere into the provider's hands, owed to the person until it is earned.
Status post_success(App& app, store::Tx& tx, const Payment& payment) {
  const std::string with = payment.provider == "manual" ? std::string(account::k_bank)
                                                        : account::provider(payment.account_name);
  NewTransaction entry;
  entry.kind = "payment";
  entry.text = "Payment " + payment.id.text();
  entry.subject = payment.id.text();
  entry.unique_key = "payment:" + payment.id.text();
  entry.currency = ledger_currency(payment);
  entry.moves = {{with, prepaid_account(payment), payment.amount.amount_minor}};
  FLEAD_CHECK(post(app.world, tx, payment.tenant, entry));
  if (payment.fee_minor.value_or(0) <= 0) return {};
  entry.kind = "fee";
  entry.text = "Fee of payment " + payment.id.text();
  entry.unique_key = "fee:" + payment.id.text();
  entry.moves = {{account::fees(payment.account_name), with, *payment.fee_minor}};
  FLEAD_CHECK(post(app.world, tx, payment.tenant, entry));
  return {};
}

// Whoever waits for the money goes on in a job of its own: "booking.paid", "booking.unpaid".
Status tell_purpose(App& app, store::Tx& tx, const Payment& payment, std::string_view what) {
  if (payment.purpose == "other" || payment.subject.empty()) return {};
  jobs::NewJob job;
  job.kind = payment.purpose + "." + std::string(what);
  job.payload = Json::object({{"payment", payment.id.text()}});
  job.tenant = payment.tenant;
  job.subject_id = payment.subject;
  job.unique_key = job.kind + ":" + payment.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Status record_end(App& app, store::Tx& tx, const Payment& payment) {
  if (payment.state == "succeeded") {
    FLEAD_CHECK(post_success(app, tx, payment));
    FLEAD_CHECK(tell_payer(app, tx, payment, "payment.succeeded", Json::object()));
    FLEAD_CHECK(
        write_payer(app, tx, payment, "payment.received", payment.amount, "", payment.id.text()));
    return tell_purpose(app, tx, payment, "paid");
  }
  FLEAD_CHECK(
      tell_payer(app, tx, payment, "payment.canceled", Json::object({{"reason", payment.reason}})));
  return tell_purpose(app, tx, payment, "unpaid");
}

// Taken or let go: whichever was said first is on its way, and nothing else is said meanwhile.
Status enqueue_act(App& app, store::Tx& tx, const Payment& payment, std::string_view kind,
                   std::int64_t amount_minor) {
  jobs::NewJob job;
  job.kind = kind;
  job.payload = Json::object({{"payment", payment.id.text()}, {"amount_minor", amount_minor}});
  job.tenant = payment.tenant;
  job.subject_id = payment.id.text();
  job.unique_key = "payment.act:" + payment.id.text();
  FLEAD_TRY(const JobId id, jobs::enqueue(app.world, tx, job));
  FLEAD_TRY(const jobs::Job live, jobs::load(tx, id));
  if (live.kind == kind && live.payload.integer("amount_minor") == amount_minor) return {};
  return conflict("payment_act_under_way",
                  "The provider is being asked already to " +
                      std::string(live.kind == "payment.capture" ? "take this" : "let this go"),
                  "Wait for its answer: flead payment show " + payment.id.text());
}

Status check_note(std::string_view note) {
  if (valid_utf8(note) && !has_control_characters(note) &&
      utf8_length(note) <= k_payment_text_characters_max) {
    return {};
  }
  return refused_field(
      "note", "text_invalid",
      fmt::format("A note is one line of up to {} characters", k_payment_text_characters_max));
}

}  // namespace

std::string ledger_currency(const Payment& payment) {
  return payment.test ? std::string(k_test_currency) : payment.amount.currency;
}

std::string prepaid_account(const Payment& payment) {
  return account::prepaid(LeadId(payment.payer));
}

std::string refunds_account(const Payment& payment) {
  return account::refunds(LeadId(payment.payer));
}

std::string pay_url(std::string_view base_url, const Payment& payment) {
  return std::string(base_url) + "/pay/" + payment.token;
}

Status tell_payer(App& app, store::Tx& tx, const Payment& payment, std::string_view event,
                  Json data) {
  if (!payment.lead) return {};
  data.set("payment", payment.id.text());
  data.set("amount", to_json(payment.amount));
  if (!payment.subject.empty()) data.set("subject", payment.subject);
  if (payment.test) data.set("test", true);
  return intake::add_event(app.world, tx, payment.tenant, *payment.lead, event, "system", data);
}

Status write_payer(App& app, store::Tx& tx, const Payment& payment, std::string_view template_name,
                   const Money& amount, std::string_view reason, std::string_view key) {
  if (!payment.lead) return {};
  FLEAD_TRY(const auto tenant, tenants::load(tx, payment.tenant));
  FLEAD_TRY(const auto lead, intake::load(tx, payment.tenant, *payment.lead));
  if (tenant.suspended || lead.status == "suspect") return {};
  channels::NewMessage message;
  message.template_name = template_name;
  const bool ru = (lead.locale.empty() ? tenant.locale : lead.locale) == "ru";
  message.variables = {{"name", lead.name},
                       {"tenant", tenant.name},
                       {"amount", print_money(amount, ru ? "ru" : "en")},
                       {"what", payment.text},
                       {"reason", std::string(reason)}};
  message.unique_key = std::string(template_name) + ":" + std::string(key);
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

Status plan_payment_job(App& app, store::Tx& tx, const Payment& payment, std::string_view kind,
                        TimeMs at) {
  jobs::NewJob job;
  job.kind = kind;
  job.payload = Json::object({{"payment", payment.id.text()}});
  job.tenant = payment.tenant;
  job.subject_id = payment.id.text();
  job.run_at = at;
  job.unique_key = std::string(kind) + ":" + payment.id.text();
  job.attempts_max = k_payment_attempts_max;
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Result<Payment> note_problem(App& app, store::Tx& tx, Payment payment, std::string problem) {
  if (payment.problem == problem) return payment;
  payment.problem = std::move(problem);
  payment.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, payment.state));
  if (changed) {
    FLEAD_CHECK(tell_payer(app, tx, payment, "payment.problem",
                           Json::object({{"problem", payment.problem}})));
  }
  return payment;
}

Status plan_payment_look(App& app, store::Tx& tx, const Payment& payment) {
  jobs::NewJob job;
  job.kind = "payment.sync";
  job.payload = Json::object({{"payment", payment.id.text()}, {"once", true}});
  job.tenant = payment.tenant;
  job.subject_id = payment.id.text();
  job.unique_key = "payment.look:" + payment.id.text();
  job.attempts_max = k_payment_attempts_max;
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Result<Payment> load_payment(store::Tx& tx, const TenantId& tenant, const PaymentId& id) {
  FLEAD_TRY(auto found, payments_store::by_id(tx, id));
  if (!found || found->tenant != tenant) return payment_not_found();
  return std::move(*found);
}

Result<std::optional<Payment>> payment_by_token(store::Tx& tx, std::string_view token) {
  if (token.empty()) return std::optional<Payment>();
  return payments_store::by_token(tx, token);
}

Result<std::vector<Payment>> payments_of(store::Tx& tx, const TenantId& tenant,
                                         std::string_view subject) {
  return payments_store::of_subject(tx, tenant, subject);
}

Result<std::vector<Payment>> list_payments(store::Tx& tx, const TenantId& tenant,
                                           const PaymentFilter& filter) {
  return payments_store::list(tx, tenant, filter);
}

Status set_hold(store::Tx& tx, const PaymentId& id, TimeMs until) {
  return payments_store::set_hold(tx, id, until);
}

Status set_subject(store::Tx& tx, const PaymentId& id, std::string_view subject) {
  return payments_store::set_subject(tx, id, subject);
}

std::string misfit(const Payment& payment, const PayObject& object) {
  if (object.ours != payment.id.text()) return "the provider's object is not of this payment";
  if (!payment.provider_id.empty() && object.id != payment.provider_id) {
    return "the provider has two objects of this payment";
  }
  if (object.test != payment.test) {
    return object.test ? "a test payment for a live account" : "a live payment for a test account";
  }
  if (!object.amount_told) {
    return payment.state == "succeeded" ? "" : "the provider does not say how much was paid";
  }
  if (object.amount.currency != payment.amount.currency) return "the currency differs";
  const bool partly = payment.two_step && object.state == PayState::succeeded &&
                      object.amount.amount_minor < payment.amount.amount_minor;
  if (object.amount.amount_minor != payment.amount.amount_minor && !partly) {
    return "the amount differs";
  }
  return {};
}

std::optional<std::int64_t> ask_wait_ms(std::int64_t age_ms) {
  struct Step {
    std::int64_t until_ms, wait_ms;
  };
  constexpr std::array<Step, 5> k_steps = {{{5 * k_minute_ms, 20 * k_second_ms},
                                            {20 * k_minute_ms, k_minute_ms},
                                            {2 * k_hour_ms, 5 * k_minute_ms},
                                            {10 * k_hour_ms, 30 * k_minute_ms},
                                            {8 * k_day_ms, 4 * k_hour_ms}}};
  for (const Step& step : k_steps) {
    if (age_ms < step.until_ms) return step.wait_ms;
  }
  return std::nullopt;
}

Result<Payment> apply_object(App& app, store::Tx& tx, const Payment& seen,
                             const PayObject& object) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));  // as it is under the lock
  if (std::string why = misfit(payment, object); !why.empty()) {
    return note_problem(app, tx, std::move(payment), std::move(why));
  }
  const std::string from = payment.state;
  const std::string to(pay_state_name(object.state));
  if (rank_of(to) < rank_of(from) || (rank_of(from) == 3 && to != from)) {
    // What has ended does not end in another way: one of the two was untrue.
    // Nor is it untrue that it was open when it was looked at, if we thought so then.
    if (rank_of(from) < 3 || (rank_of(to) < 3 && seen.state != from)) return payment;
    return note_problem(app, tx, std::move(payment), "the provider now says " + to);
  }
  if (rank_of(from) == 3) {
    // Given back by somebody in the cabinet, or taken back by a bank: not by us.
    FLEAD_TRY(const std::int64_t promised, payments_store::refunding_minor(tx, payment.id));
    if (object.refunded_minor <= promised) return payment;
    return note_problem(app, tx, std::move(payment),
                        "the provider has given back more than is known here");
  }
  payment.provider_id = object.id;
  if (!object.confirm_url.empty()) payment.confirm_url = object.confirm_url;
  if (!object.method.empty()) payment.method = object.method;
  payment.state = to;
  payment.problem.clear();
  payment.updated_at = app.world.clock.now();
  if (to == "succeeded") {
    payment.amount.amount_minor = object.amount.amount_minor;
    payment.succeeded_at = payment.updated_at;
    if (object.income_minor && *object.income_minor <= object.amount.amount_minor) {
      payment.fee_minor = object.amount.amount_minor - *object.income_minor;
    }
  }
  if (to == "canceled") {
    payment.reason =
        object.reason_by.empty() ? object.reason : object.reason_by + ": " + object.reason;
  }
  FLEAD_CHECK(apply_saving(app, tx, payment, object));
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, from));
  if (!changed) return conflict("payment_taken", "Somebody else has changed this payment");
  if (to != from && rank_of(to) == 3) FLEAD_CHECK(record_end(app, tx, payment));
  return payment;
}

Result<Payment> confirm_payment(App& app, store::Tx& tx, const Payment& seen,
                                std::string_view actor) {
  const PayProvider* provider = find_pay_provider(seen.provider);
  if (provider == nullptr || provider->can.online) {
    return refused("payment_not_manual", "The provider knows whether this was paid",
                   "flead payment sync asks it");
  }
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  // One that was given up may come in all the same: whoever waited for it decides what then.
  if (payment.state == "succeeded") return payment_over(payment);
  const std::string from = std::exchange(payment.state, "succeeded");
  payment.updated_at = app.world.clock.now();
  payment.succeeded_at = payment.updated_at;
  payment.method = "by hand: " + std::string(actor);
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, from));
  if (!changed) return payment_over(payment);
  FLEAD_CHECK(record_end(app, tx, payment));
  return payment;
}

Result<Payment> resolve_problem(App& app, store::Tx& tx, const Payment& seen, std::string_view note,
                                std::string_view actor) {
  FLEAD_CHECK(check_note(note));
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (payment.problem.empty()) {
    return conflict("payment_no_problem", "Nothing is wrong with this payment");
  }
  const std::string was = std::exchange(payment.problem, "");
  payment.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, payment.state));
  FLEAD_ASSERT(changed);  // it is locked
  FLEAD_CHECK(tell_payer(app, tx, payment, "payment.resolved",
                         Json::object({{"problem", was}, {"note", note}, {"actor", actor}})));
  return payment;
}

Status ask_again(App& app, store::Tx& tx, const Payment& payment) {
  const PayProvider* provider = find_pay_provider(payment.provider);
  if (provider == nullptr || !provider->can.online) {
    return refused("payment_manual", "Nobody can be asked about this payment",
                   "flead payment confirm says that it was paid");
  }
  if (provider->build_fetch == nullptr) {
    return refused("payment_told",
                   fmt::format("{} tells by itself and cannot be asked", provider->name),
                   "Look into its cabinet, and whether its notifications get here");
  }
  // What was canceled may have been paid late; what has succeeded stays so.
  const bool unknown_there = payment.provider_id.empty();
  if (payment.state == "succeeded" || (unknown_there && !payment.open())) {
    return payment_over(payment);
  }
  if (payment.asks_payer()) {
    return conflict("payment_asks_payer", "The payer has not been on the page yet",
                    "It waits for them: " + pay_url(app.config.base_url, payment));
  }
  if (unknown_there) return plan_payment_job(app, tx, payment, "payment.open", 0);
  return plan_payment_look(app, tx, payment);
}

Status capture_payment(App& app, store::Tx& tx, const Payment& payment, std::int64_t amount_minor) {
  if (payment.state != "waiting_for_capture") {
    return conflict("payment_state",
                    "Only what is held can be taken, and this payment is " + payment.state);
  }
  if (amount_minor <= 0 || amount_minor > payment.amount.amount_minor) {
    return refused_field("amount", "amount_too_large",
                         "At most " + print_money(payment.amount, "en") + " is held");
  }
  return enqueue_act(app, tx, payment, "payment.capture", amount_minor);
}

Result<Payment> cancel_payment(App& app, store::Tx& tx, const Payment& seen,
                               std::string_view reason) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (!payment.open()) return payment_over(payment);
  if (payment.state == "waiting_for_capture") {
    FLEAD_CHECK(enqueue_act(app, tx, payment, "payment.cancel", 0));
    return payment;
  }
  const PayProvider* provider = find_pay_provider(payment.provider);
  const bool nobody_has_it =
      provider == nullptr || !provider->can.online || !payment.called_at.has_value();
  // What a provider has may be paid yet; that it is not wanted any more is its subject's to say.
  if (!nobody_has_it) {
    return conflict("payment_pending", "The payer has the provider's page and may pay on it yet",
                    "It ends by itself; what is paid late is given back");
  }
  const std::string from = std::exchange(payment.state, "canceled");
  payment.reason = reason;
  payment.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::update(tx, payment, from));
  if (!changed) return payment_over(payment);
  FLEAD_CHECK(record_end(app, tx, payment));
  return payment;
}

Json to_json(const Payment& payment, std::string_view base_url) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  Json out = Json::object(
      {{"id", payment.id.text()},
       {"state", payment.state},
       {"amount", to_json(payment.amount)},
       {"refunded", to_json(Money{payment.refunded_minor, payment.amount.currency})},
       {"fee",
        payment.fee_minor ? to_json(Money{*payment.fee_minor, payment.amount.currency}) : Json()},
       {"purpose", payment.purpose},
       {"subject", payment.subject},
       {"lead", payment.lead ? Json(payment.lead->text()) : Json()},
       {"account", payment.account_name},
       {"provider", payment.provider},
       {"provider_id", payment.provider_id},
       {"method", payment.method},
       {"saving", payment.saving},
       {"saved_method", payment.saved_method.empty() ? Json() : Json(payment.saved_method)},
       {"text", payment.text}});
  out.set("test", payment.test).set("two_step", payment.two_step);
  out.set("reason", payment.reason).set("problem", payment.problem);
  out.set("pay_url", payment.open() ? Json(pay_url(base_url, payment)) : Json());
  out.set("hold_until", time(payment.hold_until));
  out.set("succeeded_at", time(payment.succeeded_at));
  out.set("created_at", format_time(payment.created_at));
  out.set("updated_at", format_time(payment.updated_at));
  return out;
}

}  // namespace flead::money
