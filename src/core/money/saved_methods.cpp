// Means of payment that may be charged again: agreed to, kept, charged, forgotten, revoked.
#include "core/money/saved_method.h"

#include <utility>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/outbox.h"
#include "core/intake/lead.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"
#include "core/money/saved_methods_store.h"

namespace flead::money {
namespace {

Error saved_method_over(const SavedMethod& method) {
  return conflict("saved_method_over", "This means of payment is " + method.status);
}

// On the timeline, if it is anybody's.
Status tell_saved(App& app, store::Tx& tx, const SavedMethod& method, std::string_view event,
                  std::string_view actor, std::string_view reason) {
  if (!method.lead) return {};
  return intake::add_event(
      app.world, tx, method.tenant, *method.lead, event, actor,
      Json::object(
          {{"saved_method", method.id.text()}, {"title", method.title}, {"reason", reason}}));
}

// "payment.method_dropped", to whoever thinks that it is charged still.
Status write_dropped(App& app, store::Tx& tx, const SavedMethod& method) {
  if (!method.lead) return {};
  FLEAD_TRY(const auto tenant, tenants::load(tx, method.tenant));
  FLEAD_TRY(const auto lead, intake::load(tx, method.tenant, *method.lead));
  if (tenant.suspended || lead.status == "suspect") return {};
  channels::NewMessage message;
  message.template_name = "payment.method_dropped";
  message.variables = {{"name", lead.name}, {"tenant", tenant.name}, {"method", method.title}};
  message.unique_key = "payment.method_dropped:" + method.id.text();
  FLEAD_CHECK(channels::send_to_lead(app, tx, tenant, lead, message));
  return {};
}

// The one of this payer with the same title, else another one; the oldest goes when there are too
// many.
Result<SavedMethodId> keep(App& app, store::Tx& tx, const Payment& payment,
                           const PayObject& object) {
  SavedMethod method;
  method.id = new_id<SavedMethodIdTag>(app.world);
  method.tenant = payment.tenant;
  method.account = payment.account;
  method.lead = payment.lead;
  method.payer = payment.payer;
  method.kind = object.saved_kind;
  method.title = object.saved_title;
  method.provider_method = object.saved_method;
  method.test = payment.test;
  method.consent = payment.saving_words;
  method.payment = payment.id;
  method.created_at = app.world.clock.now();
  method.consent_at = payment.saving_at.value_or(method.created_at);
  FLEAD_TRY(const auto known, list_saved_methods(tx, payment.tenant, payment.payer));
  for (const SavedMethod& one : known) {
    const bool same = one.account == method.account && one.kind == method.kind &&
                      one.title == method.title && !method.title.empty();
    if (!same) continue;
    method.id = one.id;
    FLEAD_CHECK(saved_methods_store::renew(tx, method));
    return method.id;
  }
  if (static_cast<std::int64_t>(known.size()) >= k_saved_methods_max) {
    FLEAD_CHECK(forget_saved_method(app, tx, known.back(), "system"));
  }
  FLEAD_CHECK(saved_methods_store::insert(tx, method));
  FLEAD_CHECK(tell_saved(app, tx, method, "payment.method_saved", "system", ""));
  return method.id;
}

Status revoke(App& app, store::Tx& tx, const SavedMethodId& id, std::string_view reason) {
  FLEAD_TRY(const auto method, saved_methods_store::by_id(tx, id));
  if (!method) return {};
  FLEAD_TRY(const bool ended,
            saved_methods_store::end(tx, id, "revoked", reason, app.world.clock.now()));
  if (!ended) return {};
  FLEAD_CHECK(tell_saved(app, tx, *method, "payment.method_dropped", "system", reason));
  return write_dropped(app, tx, *method);
}

}  // namespace

Result<std::vector<SavedMethod>> list_saved_methods(store::Tx& tx, const TenantId& tenant,
                                                    const SavedMethodFilter& filter) {
  return saved_methods_store::list(tx, tenant, filter);
}

Result<std::vector<SavedMethod>> list_saved_methods(store::Tx& tx, const TenantId& tenant,
                                                    std::string_view payer) {
  if (payer.empty() || payer == "others") return std::vector<SavedMethod>();
  SavedMethodFilter filter;
  filter.payer = payer;
  return saved_methods_store::list(tx, tenant, filter);
}

Result<SavedMethod> load_saved_method(store::Tx& tx, const TenantId& tenant,
                                      const SavedMethodId& id) {
  FLEAD_TRY(auto found, saved_methods_store::by_id(tx, id));
  if (found && found->tenant == tenant) return std::move(*found);
  return not_found("saved_method_not_found", "There is no such means of payment",
                   "flead payment method list");
}

Result<SavedMethod> forget_saved_method(App& app, store::Tx& tx, const SavedMethod& method,
                                        std::string_view actor) {
  FLEAD_TRY(const bool ended,
            saved_methods_store::end(tx, method.id, "forgotten", "by " + std::string(actor),
                                     app.world.clock.now()));
  if (!ended) return saved_method_over(method);
  FLEAD_CHECK(tell_saved(app, tx, method, "payment.method_forgotten", actor, ""));
  return load_saved_method(tx, method.tenant, method.id);
}

Status check_saved_method(store::Tx& tx, const Payment& payment, const SavedMethodId& id) {
  FLEAD_TRY(const SavedMethod method, load_saved_method(tx, payment.tenant, id));
  if (method.status != "active") {
    return refused("saved_method_over", "This means of payment is " + method.status,
                   "flead payment method list");
  }
  if (method.payer == payment.payer && method.account == payment.account) return {};
  return refused("saved_method_elsewhere",
                 method.payer != payment.payer
                     ? "This means of payment is somebody else's"
                     : "This means of payment is charged by " + method.account_name + " alone");
}

Status apply_saving(App& app, store::Tx& tx, Payment& payment, const PayObject& object) {
  const bool charged = !payment.saved_method.empty();
  if (payment.state == "canceled" && charged && object.revoked) {
    return revoke(app, tx, SavedMethodId(payment.saved_method), payment.reason);
  }
  if (payment.state != "succeeded") return {};
  if (charged) {
    return saved_methods_store::set_used(tx, SavedMethodId(payment.saved_method),
                                         app.world.clock.now());
  }
  if (payment.saving != "agreed") return {};
  payment.saving = object.saved_method.empty() ? "not_saved" : "saved";
  if (object.saved_method.empty()) return {};
  FLEAD_TRY(const SavedMethodId kept, keep(app, tx, payment, object));
  payment.saved_method = kept.text();
  return {};
}

Status decide_saving(App& app, store::Tx& tx, const Payment& seen, bool agrees,
                     std::string_view words) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (!payment.asks_payer()) return {};
  if (!agrees && payment.saving_needed) {
    return refused("saving_needed", "This cannot be paid without the consent");
  }
  payment.saving = agrees ? "agreed" : "declined";
  payment.saving_words = agrees ? std::string(words) : std::string();
  payment.updated_at = app.world.clock.now();
  payment.saving_at = payment.updated_at;
  FLEAD_TRY(const bool changed, payments_store::set_saving(tx, payment, "asked"));
  FLEAD_ASSERT(changed);  // it is locked
  if (agrees) {
    FLEAD_CHECK(
        tell_payer(app, tx, payment, "payment.saving_agreed", Json::object({{"words", words}})));
  }
  return plan_payment_job(app, tx, payment, "payment.open", 0);
}

Status charge_by(App& app, store::Tx& tx, const Payment& seen, const SavedMethodId& method) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (!payment.open()) return conflict("payment_over", "This payment has " + payment.state);
  if (payment.state != "created" || payment.called_at || !payment.saved_method.empty()) {
    return conflict("payment_pending", "This payment is with the provider already",
                    "Pay it on the provider's page");
  }
  FLEAD_CHECK(check_saved_method(tx, payment, method));
  const std::string from = std::exchange(payment.saving, "none");
  payment.saved_method = method.text();
  payment.updated_at = app.world.clock.now();
  FLEAD_TRY(const bool changed, payments_store::set_saving(tx, payment, from));
  FLEAD_ASSERT(changed);  // it is locked
  return plan_payment_job(app, tx, payment, "payment.open", 0);
}

Decline decline_of(const Payment& payment) {
  const PayProvider* provider = find_pay_provider(payment.provider);
  if (payment.state != "canceled" || provider == nullptr || provider->read_decline == nullptr) {
    return Decline::unknown;
  }
  // "yoo_money: permission_revoked": who, and why.
  std::string_view reason = payment.reason;
  if (const std::size_t at = reason.find(": "); at != std::string_view::npos) {
    reason.remove_prefix(at + 2);
  }
  return provider->read_decline(reason);
}

Json to_json(const SavedMethod& method) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", method.id.text()},
                       {"status", method.status},
                       {"title", method.title},
                       {"kind", method.kind},
                       {"account", method.account_name},
                       {"lead", method.lead ? Json(method.lead->text()) : Json()},
                       {"payer", method.payer},
                       {"test", method.test},
                       {"reason", method.reason},
                       {"consent", method.consent},
                       {"consent_at", format_time(method.consent_at)},
                       {"payment", method.payment.text()},
                       {"used_at", time(method.used_at)},
                       {"ended_at", time(method.ended_at)},
                       {"created_at", format_time(method.created_at)}});
}

}  // namespace flead::money
