// The calls to payment providers: intention stored, act, outcome stored. What an answer means is
// apply_object() and apply_refund(); here is only when to ask again.
#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/intake/lead.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"
#include "core/money/saved_method.h"
#include "core/money/saved_methods_store.h"
#include "core/tenants/tenant.h"

namespace flead::money {
namespace {

using jobs::Outcome;

constexpr std::int64_t k_paused_account_wait_ms = 5 * k_minute_ms;
constexpr std::int64_t k_unknown_wait_ms = 30 * k_second_ms;  // grows with the back-off
constexpr int k_search_pages_max = 20;
constexpr std::int64_t k_search_margin_ms = 10 * k_minute_ms;  // clocks differ
constexpr std::int64_t k_untold_ms = 8 * k_day_ms;             // as long as others are asked
constexpr std::int64_t k_refund_wait_ms = 10 * k_minute_ms;
constexpr std::int64_t k_refund_slow_ms = 4 * k_hour_ms;

// Everything that a call needs, read in one go.
struct Call {
  Payment payment;
  std::optional<Refund> refund;
  PayAccount account;
  PayAccess access;
  const PayProvider* provider = nullptr;
  std::string return_url, notify_url;
  std::optional<Receipt> receipt;
  std::optional<SavedMethod> method;  // that it is charged by
};

// 54-FZ: who is written to, and what was bought. Nothing where the account sends no receipts, or
// where nobody is known to write to (an erased person, a payment that is nobody's).
Result<std::optional<Receipt>> receipt_of(store::Tx& tx, const PayAccount& account,
                                          const Payment& payment, std::int64_t amount_minor) {
  if (!account.config.boolean("receipts").value_or(false)) return std::optional<Receipt>();
  Receipt receipt;
  if (payment.lead) {
    FLEAD_TRY(const auto lead, intake::load(tx, payment.tenant, *payment.lead));
    receipt.email = lead.email;
    receipt.phone = lead.phone.value_or("");
  }
  if (receipt.email.empty() && receipt.phone.empty()) return std::optional<Receipt>();
  receipt.lines.push_back({payment.text.empty() ? "Services" : payment.text, 1, amount_minor});
  return std::optional<Receipt>(std::move(receipt));
}

Result<Call> load_call(App& app, store::Tx& tx, Payment payment, std::int64_t amount_minor) {
  Call call;
  call.payment = std::move(payment);
  FLEAD_TRY(call.account, load_pay_account(tx, call.payment.account));
  FLEAD_TRY(call.access, open_pay_account(app, tx, call.account));
  call.provider = find_pay_provider(call.account.provider);
  FLEAD_ASSERT(call.provider != nullptr);
  call.return_url = pay_url(app.config.base_url, call.payment) + "?back=1";
  call.notify_url = pay_hook_url(app, call.account);
  if (!call.payment.saved_method.empty()) {
    FLEAD_TRY(call.method,
              saved_methods_store::by_id(tx, SavedMethodId(call.payment.saved_method)));
  }
  FLEAD_TRY(call.receipt, receipt_of(tx, call.account, call.payment, amount_minor));
  return call;
}

Result<std::optional<Call>> load_payment_call(App& app, store::Tx& tx, const PaymentId& id,
                                              std::optional<std::int64_t> amount_minor = {}) {
  FLEAD_TRY(auto payment, payments_store::by_id(tx, id));
  if (!payment) return std::optional<Call>();
  const std::int64_t amount = amount_minor.value_or(payment->amount.amount_minor);
  FLEAD_TRY(Call call, load_call(app, tx, std::move(*payment), amount));
  return std::optional<Call>(std::move(call));
}

PayOrder order_of(const Call& call) {
  PayOrder order;
  order.id = call.payment.id;
  order.save_method = call.payment.saving == "agreed";
  // Without it other things are asked for, and they are another call.
  order.key = order.id.text() + (call.payment.saving == "not_saved" ? "-plain" : "");
  if (call.method) order.saved_method = call.method->provider_method;
  order.amount = call.payment.amount;
  order.text = call.payment.text;
  order.return_url = call.return_url;
  order.notify_url = call.notify_url;
  order.language = call.payment.language;
  order.hold = call.payment.two_step;
  order.receipt = call.receipt;
  return order;
}

// No answer that settles anything: the same call again, or a person.
Outcome not_settled(App& app, const Call& call, const PayAnswer& answer) {
  const TimeMs now = app.world.clock.now();
  if (answer.result == CallResult::misconfigured) {
    log_error("pay_account.paused",
              {{"account", call.account.id.text()}, {"provider", call.account.provider}});
    return Outcome::snooze(
        now + k_paused_account_wait_ms, "the payment account was paused",
        [&app, id = call.account.id, why = answer.says](store::Tx& tx) -> Status {
          FLEAD_CHECK(set_pay_status(app.world, tx, id, "paused", why));
          return {};
        });
  }
  const std::int64_t wait = std::max(answer.retry_after_ms, k_unknown_wait_ms);
  return Outcome::retry(std::string(call_result_name(answer.result)) + ": " + answer.says,
                        now + wait);
}

Outcome applied(App& app, const Call& call, const PayAnswer& answer) {
  return Outcome::done(
      [&app, payment = call.payment, object = answer.object](store::Tx& tx) -> Status {
        FLEAD_TRY(const Payment now, apply_object(app, tx, payment, object));
        if (!now.open() || !now.problem.empty()) return {};
        const auto wait = ask_wait_ms(0);
        return plan_payment_job(app, tx, now, "payment.sync", app.world.clock.now() + *wait);
      });
}

// Less than was asked for would look like a part that somebody took: it is looked up first.
Outcome took_another_sum(App& app, const Call& call) {
  return Outcome::done([&app, payment = call.payment](store::Tx& tx) -> Status {
    FLEAD_TRY(const Payment now, load_payment(tx, payment.tenant, payment.id));
    FLEAD_CHECK(note_problem(app, tx, now, "the provider says that it took another sum"));
    return plan_payment_look(app, tx, now);
  });
}

// The provider will never make it: as if the payer had not paid.
Outcome refused_for_good(App& app, const Call& call, const PayAnswer& answer) {
  return Outcome::done([&app, payment = call.payment, says = answer.says,
                        revoked = answer.object.revoked](store::Tx& tx) -> Status {
    PayObject object;
    object.ours = payment.id.text();
    object.id = payment.provider_id;
    object.state = PayState::canceled;
    object.amount = payment.amount;
    object.test = payment.test;
    object.reason = says;
    object.reason_by = "refused";
    object.revoked = revoked;
    FLEAD_CHECK(apply_object(app, tx, payment, object));
    return {};
  });
}

// The account may do everything but keep means of payment: paid all the same, if it can be.
Outcome without_saving(App& app, const Call& call, const PayAnswer& answer) {
  if (call.method || call.payment.saving_needed) return refused_for_good(app, call, answer);
  return Outcome::snooze(
      app.world.clock.now(), "the account may keep no means of payment: paid without",
      [&app, payment = call.payment, says = answer.says](store::Tx& tx) mutable -> Status {
        payment.saving = "not_saved";
        payment.updated_at = app.world.clock.now();
        FLEAD_CHECK(payments_store::set_saving(tx, payment, "agreed"));
        return tell_payer(app, tx, payment, "payment.not_saved", Json::object({{"reason", says}}));
      });
}

// Whether a call whose answer never came has made its object: a list says so, page by page.
// Nothing: it is on no page, so it was never made.
std::optional<PayAnswer> search_in(
    App& app, const Call& call, std::string_view ours,
    const std::function<channels::HttpRequest(std::string_view cursor)>& build,
    PayAnswer (*parse)(const channels::HttpReply&)) {
  std::string cursor;
  for (int page = 0; page < k_search_pages_max; ++page) {
    PayAnswer answer = parse(call_provider(app, call.access, build(cursor)));
    if (answer.result != CallResult::done) return answer;
    for (PayObject& object : answer.found) {
      if (object.ours != ours) continue;
      answer.object = std::move(object);
      return answer;
    }
    if (answer.next_cursor.empty()) return std::nullopt;
    cursor = answer.next_cursor;
  }
  PayAnswer unsure;
  unsure.says = "too many objects to look through";
  return unsure;
}

std::optional<PayAnswer> search_for(App& app, const Call& call) {
  const TimeMs from = *call.payment.called_at - k_search_margin_ms;
  return search_in(
      app, call, call.payment.id.text(),
      [&](std::string_view cursor) {
        return call.provider->build_search(
            call.access,
            {call.payment.id.text(), from, app.world.clock.now(), std::string(cursor)});
      },
      call.provider->parse_search);
}

std::optional<PayAnswer> search_refund(App& app, const Call& call) {
  return search_in(
      app, call, refund_key(*call.refund),
      [&](std::string_view cursor) {
        return call.provider->build_refund_search(call.access, call.payment.provider_id, cursor);
      },
      call.provider->parse_refund_search);
}

PaymentId payment_of(const jobs::Job& job) {
  return PaymentId(job.payload.text("payment").value_or(""));
}

// Read for a job; an account that is paused waits for a person.
struct Begun {
  std::optional<Call> call;
  std::optional<Outcome> instead;
};
Begun begun_of(App& app, Result<std::optional<Call>> loaded) {
  Begun begun;
  if (!loaded) {
    begun.instead = Outcome::retry(loaded.error().message);
  } else if (!*loaded) {
    begun.instead = Outcome::done();
  } else if ((*loaded)->account.status == "removed") {
    begun.instead = Outcome::dead("The payment account was removed: nobody can be asked");
  } else if ((*loaded)->account.status == "paused") {
    begun.instead = Outcome::snooze(app.world.clock.now() + k_paused_account_wait_ms,
                                    "the payment account is paused");
  } else {
    begun.call = std::move(*loaded);
  }
  return begun;
}

Begun begin(App& app, const jobs::Job& job, std::optional<std::int64_t> amount_minor = {}) {
  return begun_of(app, app.store.read([&](store::Tx& tx) {
    return load_payment_call(app, tx, payment_of(job), amount_minor);
  }));
}

Begun begin_refund(App& app, const jobs::Job& job) {
  return begun_of(app, app.store.read([&](store::Tx& tx) -> Result<std::optional<Call>> {
    const RefundId id(job.payload.text("refund").value_or(""));
    FLEAD_TRY(auto refund, payments_store::refund_by_id(tx, id));
    if (!refund) return std::optional<Call>();
    FLEAD_TRY(auto call, load_payment_call(app, tx, refund->payment, refund->amount.amount_minor));
    if (call) call->refund = std::move(refund);
    return call;
  }));
}

}  // namespace

jobs::Outcome open_payment(App& app, const jobs::Job& job) {
  Begun begun = begin(app, job);
  if (begun.instead) return std::move(*begun.instead);
  Call& call = *begun.call;
  if (call.payment.state != "created" || call.payment.asks_payer()) return Outcome::done();
  // Forgotten since: not charged any more, and what was charged before is looked for.
  const bool forgotten =
      !call.payment.saved_method.empty() && !(call.method && call.method->status == "active");
  if (forgotten && !call.payment.called_at) {
    PayAnswer over;
    over.says = "the saved method was forgotten";
    return refused_for_good(app, call, over);
  }
  const TimeMs now = app.world.clock.now();
  const bool key_holds = !call.payment.called_at || call.provider->make_page != nullptr ||
                         now < *call.payment.called_at + call.provider->can.key_ms;
  if (!key_holds || forgotten) {
    // The key would make a second payment now: only looking is left.
    const auto found = search_for(app, call);
    if (found && found->result == CallResult::done) return applied(app, call, *found);
    if (found) return not_settled(app, call, *found);
    // One that takes no keys is asked anew for what it does not have: that is a page, no charge.
    const bool anew = call.provider->can.key_ms == 0 && !forgotten &&
                      now < *call.payment.called_at + call.provider->can.pay_ms;
    if (!anew) {
      PayAnswer never;
      never.says = "the provider never had it";
      return refused_for_good(app, call, never);
    }
  }
  const auto marked = app.store.write(
      [&](store::Tx& tx) { return payments_store::set_called(tx, call.payment.id, now); });
  if (!marked) return Outcome::retry(marked.error().message);
  if (!*marked) return Outcome::done();  // given up since
  const PayOrder order = order_of(call);
  const PayAnswer answer =
      call.provider->make_page != nullptr
          ? call.provider->make_page(call.access, order)
          : call.provider->parse_payment(
                call_provider(app, call.access, call.provider->build_create(call.access, order)));
  switch (answer.result) {
    case CallResult::done:
      return applied(app, call, answer);
    case CallResult::refused:
    case CallResult::missing:
      return refused_for_good(app, call, answer);
    case CallResult::misconfigured:
      if (answer.forbidden && (order.save_method || call.method)) {
        return without_saving(app, call, answer);
      }
      [[fallthrough]];
    case CallResult::retry:
    case CallResult::unknown:
      return not_settled(app, call, answer);
  }
  return Outcome::dead("An unknown result");
}

namespace {

// Nobody can be asked: it is told, or was never paid.
Outcome give_up_waiting(App& app, const Call& call) {
  const TimeMs until = call.payment.created_at + k_untold_ms;
  if (!call.payment.open()) return Outcome::done();
  if (app.world.clock.now() < until) return Outcome::snooze(until, "nothing was told of it yet");
  PayAnswer never;
  never.says = "nothing was ever told of it";
  return refused_for_good(app, call, never);
}

}  // namespace

jobs::Outcome sync_payment(App& app, const jobs::Job& job) {
  Begun begun = begin(app, job);
  if (begun.instead) return std::move(*begun.instead);
  const Call& call = *begun.call;
  // What has ended is looked at, too, when somebody says otherwise: late money, another hand.
  const bool once = job.payload.boolean("once").value_or(false);
  if (call.provider->build_fetch == nullptr) return give_up_waiting(app, call);
  if (call.payment.provider_id.empty()) return Outcome::done();
  if (call.payment.state == "succeeded" && !once) return Outcome::done();
  const PayAnswer answer = call.provider->parse_payment(call_provider(
      app, call.access, call.provider->build_fetch(call.access, call.payment.provider_id)));
  if (answer.result != CallResult::done) return not_settled(app, call, answer);
  const TimeMs now = app.world.clock.now();
  const auto wait = ask_wait_ms(now - call.payment.called_at.value_or(call.payment.created_at));
  const bool ends =
      (answer.object.state == PayState::succeeded || answer.object.state == PayState::canceled) &&
      misfit(call.payment, answer.object).empty();
  const bool goes_on = !ends && wait && call.payment.open();  // what is untrue may be mended
  auto also = [=, &app, payment = call.payment, object = answer.object](store::Tx& tx) -> Status {
    FLEAD_TRY(const Payment seen, apply_object(app, tx, payment, object));
    if (!once || !goes_on || !seen.open()) return {};
    return plan_payment_job(app, tx, seen, "payment.sync", now + *wait);
  };
  if (once || !goes_on) return Outcome::done(std::move(also));
  return Outcome::snooze(now + *wait, "it is not paid yet", std::move(also));
}

jobs::Outcome act_on_payment(App& app, const jobs::Job& job) {
  const bool captures = job.kind == "payment.capture";
  const auto amount = job.payload.integer("amount_minor");
  Begun begun = begin(app, job, captures ? amount : std::nullopt);
  if (begun.instead) return std::move(*begun.instead);
  const Call& call = *begun.call;
  if (call.payment.state != "waiting_for_capture") return Outcome::done();
  PayOrder order = order_of(call);
  if (captures) order.amount.amount_minor = amount.value_or(order.amount.amount_minor);
  const PayAnswer answer = call.provider->parse_payment(call_provider(
      app, call.access,
      captures ? call.provider->build_capture(call.access, order, call.payment.provider_id)
               : call.provider->build_cancel(call.access, order, call.payment.provider_id)));
  const bool other_sum = captures && answer.object.state == PayState::succeeded &&
                         answer.object.amount.amount_minor != order.amount.amount_minor;
  if (answer.result == CallResult::done && other_sum) return took_another_sum(app, call);
  if (answer.result == CallResult::done) return applied(app, call, answer);
  if (answer.result == CallResult::refused || answer.result == CallResult::missing) {
    // It has ended by itself, perhaps: what it is says the provider.
    return Outcome::done([&app, payment = call.payment, kind = job.kind,
                          says = answer.says](store::Tx& tx) -> Status {
      FLEAD_CHECK(
          tell_payer(app, tx, payment, kind + "_refused", Json::object({{"reason", says}})));
      return plan_payment_look(app, tx, payment);
    });
  }
  return not_settled(app, call, answer);
}

namespace {

Status plan_refund_look(App& app, store::Tx& tx, const Refund& refund, TimeMs at) {
  return plan_refund_job(app, tx, refund, "refund.sync", at);
}

Outcome refund_applied(App& app, const Call& call, const PayAnswer& answer) {
  return Outcome::done([&app, payment = call.payment, refund = *call.refund,
                        object = answer.object](store::Tx& tx) -> Status {
    FLEAD_TRY(const Refund now, apply_refund(app, tx, payment, refund, object));
    if (now.state != "pending") return {};
    return plan_refund_look(app, tx, now, app.world.clock.now() + k_refund_wait_ms);
  });
}

Outcome refund_refused(App& app, const Call& call, const PayAnswer& answer) {
  return Outcome::done([&app, payment = call.payment, refund = *call.refund,
                        says = answer.says](store::Tx& tx) -> Status {
    PayObject object;
    object.ours = refund_key(refund);
    object.payment_id = payment.provider_id;
    object.amount = refund.amount;
    object.state = PayState::canceled;
    object.reason = says;
    FLEAD_CHECK(apply_refund(app, tx, payment, refund, object));
    return {};
  });
}

RefundOrder refund_order_of(const Call& call) {
  RefundOrder order;
  order.id = call.refund->id;
  order.key = refund_key(*call.refund);
  order.payment = call.payment.provider_id;
  order.amount = call.refund->amount;
  order.text = call.refund->why;
  order.receipt = call.receipt;
  return order;
}

// What the provider's list says of a refund that nobody answered for; `never` when it has none.
Outcome refund_as_found(App& app, const Call& call, std::string_view never) {
  if (call.provider->build_refund_search == nullptr) {
    PayAnswer none;
    none.says = never;
    return refund_refused(app, call, none);
  }
  const auto found = search_refund(app, call);
  if (found && found->result == CallResult::done) return refund_applied(app, call, *found);
  if (found) return not_settled(app, call, *found);
  PayAnswer none;
  none.says = never;
  return refund_refused(app, call, none);
}

}  // namespace

jobs::Outcome open_refund(App& app, const jobs::Job& job) {
  Begun begun = begin_refund(app, job);
  if (begun.instead) return std::move(*begun.instead);
  const Call& call = *begun.call;
  const Refund& refund = *call.refund;
  if (refund.state != "created") return Outcome::done();
  const TimeMs now = app.world.clock.now();
  // Without a search the key is remembered for good.
  const bool key_is_over = call.provider->build_refund_search != nullptr && refund.called_at &&
                           now >= *refund.called_at + call.provider->can.key_ms;
  // The key is forgotten there, and a second call might give it back twice: only looking is left.
  if (key_is_over) return refund_as_found(app, call, "the provider never had it");
  const auto marked = app.store.write([&](store::Tx& tx) -> Status {
    if (refund.called_at) return {};
    Refund next = refund;
    next.called_at = now;
    FLEAD_CHECK(payments_store::update_refund(tx, next, "created"));
    return {};
  });
  if (!marked) return Outcome::retry(marked.error().message);
  const PayAnswer answer = call.provider->parse_refund(call_provider(
      app, call.access, call.provider->build_refund(call.access, refund_order_of(call))));
  switch (answer.result) {
    case CallResult::done:
      return refund_applied(app, call, answer);
    case CallResult::refused:
    case CallResult::missing:
      // After a call without an answer this no may be the consequence of a yes.
      return refund.called_at ? refund_as_found(app, call, answer.says)
                              : refund_refused(app, call, answer);
    case CallResult::retry:
    case CallResult::unknown:
    case CallResult::misconfigured:
      return not_settled(app, call, answer);
  }
  return Outcome::dead("An unknown result");
}

jobs::Outcome sync_refund(App& app, const jobs::Job& job) {
  Begun begun = begin_refund(app, job);
  if (begun.instead) return std::move(*begun.instead);
  const Call& call = *begun.call;
  if (call.refund->state != "pending" || call.refund->provider_id.empty()) return Outcome::done();
  const PayAnswer answer = call.provider->parse_refund(
      call_provider(app, call.access,
                    call.provider->build_refund_fetch != nullptr
                        ? call.provider->build_refund_fetch(call.access, call.refund->provider_id)
                        : call.provider->build_refund(call.access, refund_order_of(call))));
  if (answer.result != CallResult::done) return not_settled(app, call, answer);
  if (answer.object.state != PayState::pending) return refund_applied(app, call, answer);
  const TimeMs now = app.world.clock.now();
  const bool young = now < call.refund->created_at + k_day_ms;
  return Outcome::snooze(now + (young ? k_refund_wait_ms : k_refund_slow_ms),
                         "it is not given back yet");
}

}  // namespace flead::money
