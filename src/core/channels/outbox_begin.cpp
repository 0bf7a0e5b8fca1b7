// The intention of a send: what a message's job finds to do, decided inside one transaction, before
// any provider is called.
#include <utility>

#include "core/base/log.h"
#include "core/channels/channels_store.h"
#include "core/channels/outbox_steps.h"
#include "core/channels/outbox_store.h"
#include "core/channels/route.h"
#include "core/intake/consents.h"

namespace flead::channels {

namespace {

// How long a message waits on a paused channel before it looks again; `channel resume` wakes it.
constexpr std::int64_t k_paused_wait_ms = 15 * k_minute_ms;

Step wait_step(TimeMs until, std::string why) {
  Step step;
  step.kind = Step::Kind::wait;
  step.until = until;
  step.why = std::move(why);
  return step;
}

// A channel that cannot be used now: where another one reaches the person the route goes on there,
// as it does after any failed step, with the log and the deadline of its own.
Result<bool> go_on_elsewhere(App& app, store::Tx& tx, const Message& message,
                             const Channel& channel) {
  if (!message.lead) return false;
  FLEAD_TRY(const Person person, load_person(tx, message.tenant, *message.lead, message.purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, message.tenant));
  FLEAD_TRY(const auto live, channels_store::live(tx, message.tenant));
  const TimeMs now = app.world.clock.now();
  const Choice choice =
      choose_channel(live, person, policy, tried_with(message), std::nullopt, now);
  if (!choice.channel || choice.channel->status != "active") return false;
  const std::string why = "the channel is " + channel.status;
  FLEAD_CHECK(outbox_store::give_up(tx, message.id, "unreachable", why, now));
  FLEAD_CHECK(fall_back(app, tx, message, why));
  return true;
}

// What the person did shortly before is answered at any hour, and so is what an operator writes.
bool obeys_quiet(const Message& message, const Person& person, TimeMs now) {
  if (message.purpose == "ad") return true;
  const std::string& name = message.template_name;
  const bool ours = name == "lead.greeting" || name == "channel.welcome" ||
                    name == "booking.reminder" || name == "booking.review" ||
                    name == "sequence.step";
  if (!ours) return false;
  if (now < person.lead.created_at + k_fresh_ms) return false;
  for (const Identity& identity : person.identities) {
    if (identity.inbound_at && now < *identity.inbound_at + k_fresh_ms) return false;
  }
  return true;
}

// Is the person still to be written to, there and now? Nothing: yes.
Result<std::optional<Step>> person_hinders(App& app, store::Tx& tx, Step& step) {
  using Answer = std::optional<Step>;
  const TimeMs now = app.world.clock.now();
  Message& message = step.message;
  if (!message.lead) return Answer();
  FLEAD_TRY(const Person person, load_person(tx, message.tenant, *message.lead, message.purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, message.tenant));
  if (person.advertising && !intake::agrees_anywhere(person.said)) {
    FLEAD_CHECK(
        outbox_store::give_up(tx, message.id, "cancelled", "no consent to advertising", now));
    FLEAD_CHECK(tell_lead(app, tx, message, "message.cancelled"));
    return Answer(Step());
  }
  const Reach found = reach(person, step.channel, policy, now);
  // What was sent by hand to a bare address of the lead's stays; only what the person or the
  // provider forbids is stopped here.
  const bool forbidden = found.why == "opted_out" || found.why == "no_consent" ||
                         found.why == "foreign_denied" || found.why == "window_closed" ||
                         found.why == "not_started";
  if (forbidden) {
    FLEAD_CHECK(outbox_store::give_up(tx, message.id, "unreachable", found.why, now));
    FLEAD_CHECK(tell_lead(app, tx, message, "message.failed"));
    FLEAD_CHECK(fall_back(app, tx, message, found.why));
    return Answer(Step());
  }
  FLEAD_TRY(const auto quiet, quiet_for(tx, message, person, policy, now));
  if (quiet) return Answer(wait_step(*quiet, "quiet hours"));
  step.outgoing.window_open = found.window_open;
  return Answer();
}

// A row that has not been handed over yet: may it go now, and where? Nothing: yes, on
// step.channel.
Result<std::optional<Step>> hindrance(App& app, store::Tx& tx, Step& step) {
  using Answer = std::optional<Step>;
  const TimeMs now = app.world.clock.now();
  Message& message = step.message;
  std::string over;
  std::string_view state = "unreachable";
  if (now >= message.give_up_at) {
    over = "given up: too old";
  } else if (step.channel.status != "active") {
    FLEAD_TRY(const bool elsewhere, go_on_elsewhere(app, tx, message, step.channel));
    if (elsewhere) return Answer(Step());
    if (step.channel.status == "paused") {
      return Answer(wait_step(now + k_paused_wait_ms, "the channel is paused"));
    }
    over = "the channel was removed";
    state = "cancelled";
  }
  if (!over.empty()) {
    FLEAD_CHECK(outbox_store::give_up(tx, message.id, state, over, now));
    FLEAD_CHECK(tell_lead(app, tx, message, "message.failed"));
    FLEAD_CHECK(call_for(app, tx, message, "unreachable"));
    return Answer(Step());
  }
  if (step.channel.hold_until > now) {
    return Answer(wait_step(step.channel.hold_until, "the provider asked for a pause"));
  }
  return person_hinders(app, tx, step);
}

// Whether the person may still be written to there: an unclear message is not repeated after a
// stop.
Result<bool> still_wanted(App& app, store::Tx& tx, const Step& step) {
  if (!step.message.lead) return true;
  FLEAD_TRY(const Person person,
            load_person(tx, step.message.tenant, *step.message.lead, step.message.purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, step.message.tenant));
  return reach(person, step.channel, policy, app.world.clock.now()).why.empty();
}

// A row that was handed over and has no outcome: a crash, or an answer that never came.
Result<Step> resolve_step(App& app, store::Tx& tx, Step step) {
  const TimeMs now = app.world.clock.now();
  const Provider* provider = find_provider(step.channel.kind);
  step.kind = Step::Kind::lost;
  if (provider == nullptr || step.channel.status == "removed") return step;
  if (now >= step.message.give_up_at) {
    step.over = true;
    return step;
  }
  const bool can_act = provider->reconcile != nullptr || provider->capabilities.idempotent_ms > 0;
  if (can_act && step.channel.status == "paused") {
    return wait_step(now + k_paused_wait_ms, "the channel is paused");
  }
  // Where a repeat reaches nobody twice it is simply repeated, as long as that holds.
  if (provider->capabilities.idempotent_ms > 0 &&
      now < *step.message.handed_at + provider->capabilities.idempotent_ms) {
    FLEAD_TRY(const bool wanted, still_wanted(app, tx, step));
    if (!wanted) return step;
    FLEAD_TRY(const bool ready, prepare(app, tx, step));
    if (!ready) return wait_step(now + k_paused_wait_ms, "the channel is paused");
    FLEAD_TRY(step.message, outbox_store::begin(tx, step.message, step.message.provider_id,
                                                step.message.handed_at, now));
    step.kind = Step::Kind::send;
    step.repeats = true;
    return step;
  }
  if (provider->reconcile == nullptr) return step;
  const TimeMs sure_at = *step.message.handed_at + provider->capabilities.settle_ms;
  if (now < sure_at) return wait_step(sure_at, "waiting until the provider surely knows");
  FLEAD_TRY(const bool ready, prepare(app, tx, step));
  if (!ready) return wait_step(now + k_paused_wait_ms, "the channel is paused");
  step.kind = Step::Kind::ask;
  return step;
}

}  // namespace

Result<std::optional<TimeMs>> quiet_for(store::Tx& tx, const Message& message, const Person& person,
                                        const RoutePolicy& policy, TimeMs now) {
  using Until = std::optional<TimeMs>;
  if (!policy.quiet || !obeys_quiet(message, person, now)) return Until();
  std::string zone = person.lead.zone;
  if (zone.empty()) {
    FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, message.tenant));
    zone = tenant.zone;
  }
  return quiet_until(*policy.quiet, zone, now);
}

// The account, the person and the texts as they are now; a secret that cannot be opened pauses the
// channel, which is told by an empty answer.
Result<bool> prepare(App& app, store::Tx& tx, Step& step) {
  auto account = open_account(tx, app.key, step.channel);
  if (!account) {
    FLEAD_CHECK(pause(app.world, tx, step.channel.id, account.error().message));
    return false;
  }
  step.account = std::move(*account);
  FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, step.message.tenant));
  std::optional<intake::Lead> lead;
  if (step.message.lead) {
    FLEAD_TRY(lead, intake::load(tx, step.message.tenant, *step.message.lead));
  }
  const bool window_open = step.outgoing.window_open;
  FLEAD_TRY(step.outgoing, outgoing(app, tx, tenant, lead ? &*lead : nullptr, step.message));
  step.outgoing.window_open = window_open;
  return true;
}

Result<Step> begin_step(App& app, store::Tx& tx, const MessageId& id) {
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(auto found, outbox_store::by_id(tx, id));
  Step step;
  if (!found) return step;
  step.message = std::move(*found);
  if (step.message.state != "queued" && step.message.state != "sending") return step;
  FLEAD_TRY(step.channel, load_channel(tx, step.message.channel));
  if (step.message.handed_at) return resolve_step(app, tx, std::move(step));

  FLEAD_TRY(auto hindered, hindrance(app, tx, step));
  if (hindered) return std::move(*hindered);
  const Provider* provider = find_provider(step.channel.kind);
  if (provider == nullptr) return wait_step(now + k_paused_wait_ms, "no such kind of channel");
  FLEAD_TRY(const bool ready, prepare(app, tx, step));
  if (!ready) return wait_step(now, "the channel is paused");
  const std::string ours = provider->provider_id != nullptr ? provider->provider_id(id) : "";
  const auto handed_at =
      provider->capabilities.late_handover ? std::nullopt : std::optional<TimeMs>(now);
  FLEAD_TRY(step.message, outbox_store::begin(tx, step.message, ours, handed_at, now));
  step.outgoing.provider_id = ours;
  step.kind = Step::Kind::send;
  return step;
}

}  // namespace flead::channels
