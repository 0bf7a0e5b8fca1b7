// How a message goes on when a channel did not reach the person, and the log of all that.
#include <algorithm>
#include <utility>

#include "core/channels/channels_store.h"
#include "core/channels/desk.h"
#include "core/channels/human.h"
#include "core/channels/inbox.h"
#include "core/channels/outbox_steps.h"
#include "core/channels/outbox_store.h"
#include "core/channels/route_log.h"

namespace flead::channels {

namespace {

// How long the route waits for the outcome of a message that is being sent.
constexpr std::int64_t k_under_way_wait_ms = k_minute_ms;
constexpr std::string_view k_sequence_templates = "sequence.";

// Without a route of the tenant's own only what a person or a rule forbids is worth a line: that a
// lead has no VK page says nothing.
bool worth_telling(const RoutePolicy& policy, std::string_view why) {
  return !policy.steps.empty() || why == "opted_out" || why == "no_consent" ||
         why == "foreign_denied" || why == "over_cost" || why == "window_closed";
}

RouteLine line_of(const intake::Lead& lead, const Message* message) {
  RouteLine line;
  line.tenant = lead.tenant;
  line.lead = lead.id;
  if (message != nullptr) line.root = message->root.empty() ? message->id.text() : message->root;
  return line;
}

bool arrived(const Message& message) {
  return message.state == "delivered" || message.state == "read";
}

// Why the route need not go on; "" when it must.
Result<std::string_view> sign_of_life(store::Tx& tx, const Message& message,
                                      const intake::Lead& lead) {
  if (arrived(message)) return std::string_view("delivered");
  if (message.state == "cancelled") return std::string_view("cancelled");
  if (lead.status == "booked" || lead.status == "won") return std::string_view("booked");
  FLEAD_TRY(const bool wrote, wrote_since(tx, lead.id, message.created_at));
  if (wrote) return std::string_view("replied");
  return std::string_view();
}

}  // namespace

Status log_choice(World& world, store::Tx& tx, const intake::Lead& lead, const RoutePolicy& policy,
                  const Choice& choice, const Message* taken) {
  for (const Passed& passed : choice.passed) {
    if (!worth_telling(policy, passed.why)) continue;
    RouteLine line = line_of(lead, taken);
    line.channel = passed.channel;
    line.outcome = "skipped";
    line.reason = passed.why;
    FLEAD_CHECK(log_route(world, tx, std::move(line)));
  }
  if (policy.steps.empty() && taken != nullptr && taken->root.empty()) return {};
  RouteLine line = line_of(lead, taken);
  line.outcome = taken != nullptr ? "taken" : "exhausted";
  if (taken != nullptr) {
    line.channel = choice.channel->name;
    line.message = taken->id;
  }
  return log_route(world, tx, std::move(line));
}

Status call_for(App& app, store::Tx& tx, const Message& message, std::string_view why) {
  if (!message.lead || message.purpose == "ad") return {};
  FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, message.tenant));
  FLEAD_TRY(const intake::Lead lead, intake::load(tx, message.tenant, *message.lead));
  return call_human(app, tx, tenant, lead, why);
}

Status enqueue_next_step(App& app, store::Tx& tx, const Message& message, std::int64_t wait_ms) {
  jobs::NewJob job;
  job.kind = "route.next";
  job.payload = Json::object({{"message", message.id.text()}, {"wait_ms", wait_ms}});
  job.tenant = message.tenant;
  job.subject_id = message.id.text();
  job.run_at = app.world.clock.now() + wait_ms;
  job.unique_key = "route.next:" + message.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

std::string tried_with(const Message& message) {
  return message.tried.empty() ? message.channel.text()
                               : message.tried + "," + message.channel.text();
}

Status fall_back(App& app, store::Tx& tx, const Message& failed, std::string_view why) {
  if (!failed.lead) return {};
  // Who shuts one door on us is not followed to the next, unless they have to know it.
  const bool unasked =
      failed.purpose == "ad" || failed.template_name.starts_with(k_sequence_templates);
  if (why == "opted_out" && unasked) return {};
  FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, failed.tenant));
  FLEAD_TRY(const Person person, load_person(tx, failed.tenant, *failed.lead, failed.purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, failed.tenant));
  FLEAD_TRY(const auto live, channels_store::live(tx, failed.tenant));
  const TimeMs now = app.world.clock.now();
  Message next = failed;
  next.tried = tried_with(failed);
  next.root = failed.root.empty() ? failed.id.text() : failed.root;
  const Choice choice = choose_channel(live, person, policy, next.tried, std::nullopt, now);
  if (!choice.channel) {
    FLEAD_CHECK(log_choice(app.world, tx, person.lead, policy, choice, nullptr));
    // An advertisement that reaches nobody calls nobody.
    return failed.purpose == "ad" ? Status()
                                  : call_human(app, tx, tenant, person.lead, "unreachable");
  }
  next.id = new_id<MessageIdTag>(app.world);
  next.channel = choice.channel->id;
  next.channel_kind = choice.channel->kind;
  next.address = choice.address;
  next.provider_id.clear();
  next.created_at = now;
  // What has an end of its own (a reminder) keeps it.
  if (failed.give_up_at >= failed.created_at + k_message_age_max_ms) {
    next.give_up_at = now + k_message_age_max_ms;
  }
  FLEAD_CHECK(render_for_channel(app, tx, next));
  // Keyed by what it replaces: a replay makes no third one.
  FLEAD_TRY(const auto queued, queue(app, tx, next, "fallback:" + failed.id.text()));
  if (!queued) return {};
  FLEAD_CHECK(move_desk_answer(tx, failed.id, queued->id));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant.id, person.lead.id, "message.rerouted",
                                "system",
                                Json::object({{"message", queued->id.text()},
                                              {"channel", queued->channel_kind},
                                              {"instead_of", failed.id.text()},
                                              {"why", why}})));
  FLEAD_CHECK(log_choice(app.world, tx, person.lead, policy, choice, &*queued));
  return choice.wait_ms > 0 ? enqueue_next_step(app, tx, *queued, choice.wait_ms) : Status();
}

Result<bool> route_goes_on(store::Tx& tx, const Message& message) {
  return jobs::has_live(tx, "route.next:" + message.id.text());
}

namespace {

// Until when the next step waits: while this message is under way nobody knows whether it arrives,
// and while it is quiet it has had no time to. Nothing: the step is due.
Result<std::optional<TimeMs>> step_waits(App& app, store::Tx& tx, const MessageId& id,
                                         std::int64_t wait_ms) {
  using Until = std::optional<TimeMs>;
  FLEAD_TRY(const auto message, outbox_store::by_id(tx, id));
  if (!message || !message->lead) return Until();
  const TimeMs now = app.world.clock.now();
  if (message->state == "sending" && message->handed_at) {
    // As long as the step is allowed to take, and no longer where nobody is asking.
    FLEAD_TRY(const Channel channel, load_channel(tx, message->channel));
    const TimeMs patience = *message->handed_at + std::max(wait_ms, k_under_way_wait_ms);
    if (channel.status != "active" || now >= patience) return Until();
    return Until(std::min(now + k_under_way_wait_ms, patience));
  }
  if (message->state != "queued") return Until();
  FLEAD_TRY(const Person person,
            load_person(tx, message->tenant, *message->lead, message->purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, message->tenant));
  FLEAD_TRY(const auto quiet, quiet_for(tx, *message, person, policy, now));
  return quiet ? Until(*quiet + wait_ms) : Until();
}

}  // namespace

jobs::Outcome next_step(App& app, const jobs::Job& job) {
  const MessageId id(job.payload.text("message").value_or(job.subject_id));
  const std::int64_t wait_ms = job.payload.integer("wait_ms").value_or(0);
  const auto waits =
      app.store.read([&](store::Tx& tx) { return step_waits(app, tx, id, wait_ms); });
  if (!waits) return jobs::Outcome::retry(waits.error().message);
  if (*waits) return jobs::Outcome::snooze(**waits, "the message has not left yet");
  return jobs::Outcome::done([&app, id](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto message, outbox_store::by_id(tx, id));
    if (!message || !message->lead) return {};
    FLEAD_TRY(const intake::Lead lead, intake::load(tx, message->tenant, *message->lead));
    FLEAD_TRY(const std::string_view life, sign_of_life(tx, *message, lead));
    if (!life.empty()) {
      RouteLine line = line_of(lead, &*message);
      FLEAD_TRY(const Channel channel, load_channel(tx, message->channel));
      line.channel = channel.name;
      line.outcome = "reached";
      line.reason = life;
      line.message = message->id;
      return log_route(app.world, tx, std::move(line));
    }
    // A failure has moved on by itself. What still waits here goes elsewhere instead.
    if (message->state == "unreachable" || message->state == "rejected") return {};
    const TimeMs now = app.world.clock.now();
    FLEAD_TRY(const bool given_up,
              outbox_store::give_up(tx, id, "cancelled", "the route went on", now));
    // A worker has taken it since we looked: what it learns comes first.
    const bool just_taken =
        message->state == "queued" || (message->state == "sending" && message->handed_at &&
                                       now < *message->handed_at + k_under_way_wait_ms);
    if (!given_up && just_taken) {
      return enqueue_next_step(app, tx, *message, k_under_way_wait_ms);
    }
    return fall_back(app, tx, *message, "no sign of life");
  });
}

}  // namespace flead::channels
