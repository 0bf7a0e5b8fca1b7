// The calls of payouts: intention stored, act, outcome stored. What an answer means is
// apply_payout(); here is only what may be asked when. A payout that may be out is never sent with
// a key that the provider has forgotten, and never given back before the provider was asked.
#include <algorithm>
#include <utility>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/money/payout.h"
#include "core/money/payout_steps.h"
#include "core/money/payouts_store.h"

namespace flead::money {
namespace {

using jobs::Outcome;

constexpr std::int64_t k_payout_paused_wait_ms = 5 * k_minute_ms;
constexpr std::int64_t k_payout_unknown_wait_ms = k_minute_ms;  // grows with the back-off
constexpr std::int64_t k_payout_findable_ms = k_hour_ms;        // then a search has it for certain

struct PayoutCall {
  Payout payout;
  PayoutMethod method;
  PayoutDetails details;
  PayAccount account;
  PayAccess access;
  const PayProvider* provider = nullptr;
};

Result<std::optional<PayoutCall>> load_payout_call(App& app, store::Tx& tx, const PayoutId& id) {
  FLEAD_TRY(auto payout, payouts_store::by_id(tx, id));
  if (!payout || !payout->account) return std::optional<PayoutCall>();
  PayoutCall call;
  call.payout = std::move(*payout);
  FLEAD_TRY(call.method, load_payout_method(tx, call.payout.method));
  FLEAD_TRY(call.account, load_pay_account(tx, *call.payout.account));
  if (call.account.status != "active") return std::optional<PayoutCall>(std::move(call));
  FLEAD_TRY(call.details, open_payout_details(app, tx, call.method));
  FLEAD_TRY(call.access, open_pay_account(app, tx, call.account));
  call.provider = find_pay_provider(call.account.provider);
  FLEAD_ASSERT(call.provider != nullptr && call.provider->build_payout != nullptr);
  return std::optional<PayoutCall>(std::move(call));
}

struct BegunPayout {
  std::optional<PayoutCall> call;
  std::optional<Outcome> instead;
};

// An account that is paused or taken away waits for a person: the money may be out.
BegunPayout begin_payout(App& app, const jobs::Job& job) {
  BegunPayout begun;
  auto loaded = app.store.read([&](store::Tx& tx) {
    return load_payout_call(app, tx, PayoutId(job.payload.text("payout").value_or("")));
  });
  if (!loaded) {
    begun.instead = Outcome::retry(loaded.error().message);
  } else if (!*loaded || !(*loaded)->payout.open()) {
    begun.instead = Outcome::done();
  } else if ((*loaded)->account.status != "active") {
    begun.instead = Outcome::snooze(app.world.clock.now() + k_payout_paused_wait_ms,
                                    "the account for payouts is " + (*loaded)->account.status);
  } else {
    begun.call = std::move(*loaded);
  }
  return begun;
}

PayoutOrder order_of(const PayoutCall& call) {
  PayoutOrder order;
  order.id = call.payout.id;
  order.amount = call.payout.amount;
  order.text = call.payout.text;
  order.phone = call.details.phone;
  order.bank = call.details.bank_id;
  order.wallet = call.details.wallet;
  order.token = call.details.token;
  return order;
}

Outcome payout_not_settled(App& app, const PayoutCall& call, const PayAnswer& answer) {
  const TimeMs now = app.world.clock.now();
  if (answer.result == CallResult::misconfigured) {
    log_error("pay_account.paused",
              {{"account", call.account.id.text()}, {"provider", call.account.provider}});
    return Outcome::snooze(
        now + k_payout_paused_wait_ms, "the account for payouts was paused",
        [&app, id = call.account.id, why = answer.says](store::Tx& tx) -> Status {
          FLEAD_CHECK(set_pay_status(app.world, tx, id, "paused", why));
          return {};
        });
  }
  const std::int64_t wait = std::max(answer.retry_after_ms, k_payout_unknown_wait_ms);
  return Outcome::retry(std::string(call_result_name(answer.result)) + ": " + answer.says,
                        now + wait);
}

Outcome payout_applied(App& app, const PayoutCall& call, const PayAnswer& answer) {
  return Outcome::done(
      [&app, payout = call.payout, object = answer.object](store::Tx& tx) -> Status {
        FLEAD_CHECK(apply_payout(app, tx, payout, object));
        return {};
      });
}

Outcome payout_failed(App& app, const PayoutCall& call, std::string reason) {
  return Outcome::done(
      [&app, payout = call.payout, why = std::move(reason)](store::Tx& tx) -> Status {
        FLEAD_CHECK(fail_payout(app, tx, payout, why));
        return {};
      });
}

// Whether a call that was never answered has made it; `otherwise` is why it failed if it has not,
// which is believed only when the call is old enough to be found.
Outcome look_for_payout(App& app, const PayoutCall& call, std::string otherwise) {
  PayAnswer answer = call.provider->parse_payout_search(call_provider(
      app, call.access, call.provider->build_payout_search(call.access, call.payout.id)));
  if (answer.result == CallResult::refused || answer.result == CallResult::missing) {
    answer.result = CallResult::unknown;  // no answer to what was asked
  }
  if (answer.result != CallResult::done) return payout_not_settled(app, call, answer);
  for (PayObject& object : answer.found) {
    if (object.ours != call.payout.id.text()) continue;
    answer.object = std::move(object);
    return payout_applied(app, call, answer);
  }
  const bool strange = !answer.found.empty() || !answer.next_cursor.empty();
  const TimeMs called = call.payout.called_at.value_or(app.world.clock.now());
  if (strange || app.world.clock.now() < called + k_payout_findable_ms) {
    answer.result = CallResult::unknown;
    answer.says = strange ? "the search gave what was not asked for" : otherwise;
    return payout_not_settled(app, call, answer);
  }
  return payout_failed(app, call, std::move(otherwise));
}

// The intention, before the call. False: it was canceled meanwhile.
Result<bool> mark_sending(App& app, const Payout& seen) {
  return app.store.write([&](store::Tx& tx) -> Result<bool> {
    Payout payout = seen;
    payout.state = "sending";
    payout.called_at = app.world.clock.now();
    payout.updated_at = *payout.called_at;
    return payouts_store::update(tx, payout, "approved");
  });
}

}  // namespace

jobs::Outcome open_payout(App& app, const jobs::Job& job) {
  BegunPayout begun = begin_payout(app, job);
  if (begun.instead) return std::move(*begun.instead);
  const PayoutCall& call = *begun.call;
  const bool repeats = call.payout.state == "sending";
  if (call.payout.state != "approved" && !repeats) return Outcome::done();
  const TimeMs now = app.world.clock.now();
  if (repeats && now >= call.payout.called_at.value_or(0) + call.provider->can.key_ms) {
    return look_for_payout(app, call, "the provider never had it");
  }
  if (!repeats && call.method.status != "active") {
    return payout_failed(app, call, "the way to pay was changed");
  }
  if (!repeats) {
    const auto marked = mark_sending(app, call.payout);
    if (!marked) return Outcome::retry(marked.error().message);
    if (!*marked) return Outcome::done();
  }
  const PayAnswer answer = call.provider->parse_payout(
      call_provider(app, call.access, call.provider->build_payout(call.access, order_of(call))));
  switch (answer.result) {
    case CallResult::done:
      return payout_applied(app, call, answer);
    case CallResult::refused:
    case CallResult::missing:
      // A call before this one may have made it.
      return repeats ? look_for_payout(app, call, answer.says)
                     : payout_failed(app, call, answer.says);
    case CallResult::retry:
    case CallResult::unknown:
    case CallResult::misconfigured:
      return payout_not_settled(app, call, answer);
  }
  return Outcome::dead("An unknown result");
}

jobs::Outcome sync_payout(App& app, const jobs::Job& job) {
  BegunPayout begun = begin_payout(app, job);
  if (begun.instead) return std::move(*begun.instead);
  const PayoutCall& call = *begun.call;
  if (call.payout.state != "pending" || call.payout.provider_id.empty()) return Outcome::done();
  PayAnswer answer = call.provider->parse_payout(call_provider(
      app, call.access, call.provider->build_payout_fetch(call.access, call.payout.provider_id)));
  // They had it: that they know nothing of it now settles nothing.
  if (answer.result == CallResult::missing) answer.result = CallResult::unknown;
  if (answer.result != CallResult::done) return payout_not_settled(app, call, answer);
  if (answer.object.state != PayState::pending) return payout_applied(app, call, answer);
  const TimeMs now = app.world.clock.now();
  return Outcome::snooze(
      now + payout_wait_ms(now - call.payout.called_at.value_or(call.payout.created_at)),
      "it is not there yet",
      [&app, payout = call.payout, object = answer.object](store::Tx& tx) -> Status {
        const std::string wrong = misfit(payout, object);
        if (wrong.empty()) return {};
        FLEAD_CHECK(apply_payout(app, tx, payout, object));
        return {};
      });
}

}  // namespace flead::money
