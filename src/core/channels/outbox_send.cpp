// message.send and message.check: intention, act, outcome. The decision what to do with a row is
// begin_step() in outbox_begin.cpp, the decision what an answer means is settle(); the call between
// them is outside any transaction.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/log.h"
#include "core/channels/call_place.h"
#include "core/channels/channels_store.h"
#include "core/channels/closing.h"
#include "core/channels/desk.h"
#include "core/channels/open_token.h"
#include "core/channels/outbox_steps.h"
#include "core/channels/outbox_store.h"
#include "core/channels/route_log.h"
#include "core/intake/counters.h"

namespace flead::channels {

namespace {

using jobs::Outcome;

// Questions about an unanswered send before a person has to look.
constexpr int k_questions_max = 10;
// Greylisting and full boxes: minutes, then hours.
constexpr std::array<std::int64_t, 4> k_slow_waits_ms = {5 * k_minute_ms, 15 * k_minute_ms,
                                                         k_hour_ms, 4 * k_hour_ms};
// When a sent message is asked about: minutes at first, a day at the end.
constexpr std::array<std::int64_t, 6> k_check_waits_ms = {
    k_minute_ms, 5 * k_minute_ms, 30 * k_minute_ms, 2 * k_hour_ms, 12 * k_hour_ms, 24 * k_hour_ms};

// How long an unclear message waits at least before the next try or question.
constexpr std::int64_t k_unclear_wait_ms = 5 * k_second_ms;
// How soon a message looks again for a place among its channel's calls.
constexpr std::int64_t k_calls_wait_ms = 500;

outbox_store::Ending ending(std::string_view state, const Delivery& delivery) {
  outbox_store::Ending out;
  out.state = state;
  out.provider_id = delivery.provider_id;
  out.says = delivery.stage.empty() ? delivery.says : delivery.stage + ": " + delivery.says;
  out.segments = delivery.segments;
  out.cost_minor = delivery.cost_minor;
  out.currency = delivery.currency;
  return out;
}

// Writes the end of this attempt; a stranger's row is left alone and its job does the rest.
Status end_attempt(App& app, store::Tx& tx, const Message& message, std::string_view state,
                   const Delivery& delivery) {
  FLEAD_TRY(const bool ours, outbox_store::end(tx, message.id, message.attempt,
                                               ending(state, delivery), app.world.clock.now()));
  if (!ours) return conflict("message_taken", "Another worker has ended this attempt");
  // What became of an operator's answer is told where it was written.
  return message.lead && state != "queued" ? touch_desk(app.world, tx, *message.lead) : Status();
}

Status enqueue_check(App& app, store::Tx& tx, const Message& message, std::size_t number) {
  if (number >= k_check_waits_ms.size()) return {};
  jobs::NewJob job;
  job.kind = "message.check";
  job.payload =
      Json::object({{"message", message.id.text()}, {"number", static_cast<std::int64_t>(number)}});
  job.tenant = message.tenant;
  job.subject_id = message.id.text();
  job.run_at = app.world.clock.now() + k_check_waits_ms[number];
  job.unique_key = "message.check:" + message.id.text() + ":" + std::to_string(number);
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Outcome settle_sent(App& app, const Step& step, const Delivery& delivery) {
  return Outcome::done([&app, message = step.message, delivery](store::Tx& tx) -> Status {
    FLEAD_CHECK(end_attempt(app, tx, message, "sent", delivery));
    if (delivery.delivered) {
      FLEAD_CHECK(outbox_store::settle(tx, message.id, "delivered", "", delivery.says,
                                       app.world.clock.now()));
    }
    FLEAD_CHECK(intake::count(tx, message.tenant, app.world.clock.now(), intake::k_metric_messages,
                              message.channel_kind));
    const Provider* provider = find_provider(message.channel_kind);
    if (!delivery.delivered && provider != nullptr && provider->capabilities.delivery_reports) {
      FLEAD_CHECK(enqueue_check(app, tx, message, 0));
    }
    if (!message.lead) return {};
    return intake::advance(app.world, tx, message.tenant, *message.lead, "contacted",
                           "message.sent", message_event(message), "system");
  });
}

// Final, without success: visible in `message list`, told to the timeline, tried elsewhere.
Outcome settle_failed(App& app, const Step& step, const Delivery& delivery, std::string_view state,
                      bool elsewhere) {
  return Outcome::done([&app, message = step.message, delivery, state,
                        elsewhere](store::Tx& tx) -> Status {
    FLEAD_CHECK(end_attempt(app, tx, message, state, delivery));
    FLEAD_CHECK(note_closing(app.world, tx, message, delivery));
    FLEAD_CHECK(tell_lead(app, tx, message, "message.failed"));
    const std::string_view why = delivery.closes == Closes::dialog ? "opted_out" : state;
    return elsewhere ? fall_back(app, tx, message, why) : call_for(app, tx, message, "unreachable");
  });
}

Outcome settle_retry(App& app, const jobs::Job& job, const Step& step, const Delivery& delivery) {
  const TimeMs now = app.world.clock.now();
  if (job.attempt >= job.attempts_max || now >= step.message.give_up_at) {
    return settle_failed(app, step, delivery, "unreachable", true);
  }
  auto also = [&app, message = step.message, delivery, now](store::Tx& tx) -> Status {
    FLEAD_CHECK(end_attempt(app, tx, message, "queued", delivery));
    if (!delivery.hold_channel) return {};
    return channels_store::set_hold(tx, message.channel, now + delivery.retry_after_ms);
  };
  if (delivery.retry_after_ms > 0) {
    return Outcome::snooze(now + delivery.retry_after_ms, delivery.says, std::move(also));
  }
  TimeMs not_before = 0;
  if (delivery.slow) {
    const auto index = std::clamp<std::size_t>(static_cast<std::size_t>(step.message.attempt), 1,
                                               k_slow_waits_ms.size());
    not_before = now + k_slow_waits_ms[index - 1];
  }
  return Outcome::retry(delivery.says, not_before, std::move(also));
}

Outcome settle_misconfigured(App& app, const Step& step, const Delivery& delivery) {
  const std::string reason =
      delivery.stage.empty() ? delivery.says : delivery.stage + ": " + delivery.says;
  // Not the reason, which is the provider's own text: `flead channel list` has it.
  log_error("channel.paused", {{"channel", step.channel.id.text()}, {"kind", step.channel.kind}});
  // The message runs again at once and finds the channel paused: it moves over or waits.
  return Outcome::snooze(app.world.clock.now(), "the channel was paused",
                         [&app, message = step.message, delivery, reason](store::Tx& tx) -> Status {
                           FLEAD_CHECK(end_attempt(app, tx, message, "queued", delivery));
                           FLEAD_CHECK(pause(app.world, tx, message.channel, reason));
                           return {};
                         });
}

// May be out. Where the provider can be asked the row stays `sending` and the next run asks; where
// it cannot, or never answers, a person decides with `message retry`.
Outcome settle_ambiguous(App& app, const jobs::Job& job, const Step& step,
                         const Delivery& delivery) {
  const Provider* provider = find_provider(step.channel.kind);
  const bool repeats = provider != nullptr && provider->capabilities.idempotent_ms > 0;
  if (repeats && !step.over && job.attempt < k_questions_max) {
    return Outcome::retry(delivery.says);
  }
  const bool can_ask = provider != nullptr && provider->reconcile != nullptr;
  if (can_ask && !step.over && job.attempt < k_questions_max) {
    return Outcome::retry(delivery.says, app.world.clock.now() + provider->capabilities.settle_ms);
  }
  log_warning("message.ambiguous",
              {{"message", step.message.id.text()}, {"kind", step.channel.kind}});
  return Outcome::dead("It may have been sent; flead message retry sends it again",
                       [&app, message = step.message, delivery](store::Tx& tx) -> Status {
                         FLEAD_CHECK(end_attempt(app, tx, message, "ambiguous", delivery));
                         FLEAD_CHECK(tell_lead(app, tx, message, "message.ambiguous"));
                         FLEAD_TRY(const bool goes_on, route_goes_on(tx, message));
                         return goes_on ? Status() : call_for(app, tx, message, "unclear");
                       });
}

// An answer that settles nothing about a message that may be out: the row stays as it is, and
// whatever the answer says of the channel counts.
Outcome settle_unclear(App& app, const Step& step, const Delivery& delivery) {
  const TimeMs now = app.world.clock.now();
  const std::int64_t wait_ms = std::max(delivery.retry_after_ms, k_unclear_wait_ms);
  return Outcome::snooze(now + wait_ms, delivery.says,
                         [&app, id = step.channel.id, delivery, now](store::Tx& tx) -> Status {
                           if (delivery.verdict == Verdict::misconfigured) {
                             FLEAD_CHECK(pause(app.world, tx, id, delivery.says));
                           }
                           if (!delivery.hold_channel) return {};
                           return channels_store::set_hold(tx, id, now + delivery.retry_after_ms);
                         });
}

Outcome settle(App& app, const jobs::Job& job, const Step& step, const Delivery& delivery) {
  const bool asked = step.kind == Step::Kind::ask;
  if ((step.repeats && delivery.verdict == Verdict::retry) ||
      ((step.repeats || asked) && delivery.verdict == Verdict::misconfigured)) {
    return settle_unclear(app, step, delivery);
  }
  switch (delivery.verdict) {
    case Verdict::sent:
      return settle_sent(app, step, delivery);
    case Verdict::retry:
      return settle_retry(app, job, step, delivery);
    case Verdict::ambiguous:
      return settle_ambiguous(app, job, step, delivery);
    case Verdict::unreachable:
      return settle_failed(app, step, delivery, "unreachable", true);
    case Verdict::rejected:
      return settle_failed(app, step, delivery, "rejected", false);
    case Verdict::misconfigured:
      return settle_misconfigured(app, step, delivery);
  }
  return Outcome::dead("An unknown verdict");
}

// Where a message goes and how fast messages may go there.
struct Target {
  ChannelId channel;
  double per_s = 0.0;
};

Result<std::optional<Target>> find_target(store::Tx& tx, const MessageId& id) {
  FLEAD_TRY(const auto message, outbox_store::by_id(tx, id));
  if (!message) return std::optional<Target>();
  FLEAD_TRY(const Channel channel, load_channel(tx, message->channel));
  const Provider* provider = find_provider(channel.kind);
  const double usual = provider != nullptr ? provider->capabilities.calls_per_s : 0.0;
  return std::optional<Target>(Target{channel.id, channel.config.number("rate").value_or(usual)});
}

Delivery call_provider(App& app, Step& step) {
  const Provider* provider = find_provider(step.channel.kind);
  if (step.kind == Step::Kind::ask) return provider->reconcile(app, step.account, step.outgoing);
  if (provider->capabilities.late_handover) {
    step.outgoing.before_data = [&app, id = step.message.id, attempt = step.message.attempt] {
      const auto marked = app.store.write([&](store::Tx& tx) {
        return outbox_store::mark_handed(tx, id, attempt, app.world.clock.now());
      });
      return marked && *marked;
    };
  }
  return provider->send(app, step.account, step.outgoing);
}

}  // namespace

jobs::Outcome send_message(App& app, const jobs::Job& job) {
  const MessageId id(job.payload.text("message").value_or(job.subject_id));
  const auto target = app.store.read([&](store::Tx& tx) { return find_target(tx, id); });
  if (!target) return Outcome::retry(target.error().message);
  if (!*target) return Outcome::done();
  const TimeMs now = app.world.clock.now();
  const std::int64_t pause_ms =
      CallPace::reserve((*target)->channel, id, (*target)->per_s, app.world.clock.steady_ms());
  if (pause_ms > 0) return Outcome::snooze(now + pause_ms, "the channel's pace");
  const CallPlace place((*target)->channel);
  if (!place.taken()) {
    return Outcome::snooze(now + k_calls_wait_ms,
                           "other messages of this channel are on their way");
  }
  auto begun = app.store.write([&](store::Tx& tx) { return begin_step(app, tx, id); });
  if (!begun) return Outcome::retry(begun.error().message);
  Step& step = *begun;
  switch (step.kind) {
    case Step::Kind::nothing:
      return Outcome::done();
    case Step::Kind::wait:
      return Outcome::snooze(step.until, step.why);
    case Step::Kind::lost: {
      Delivery unknown;
      unknown.says = "the process ended while the message was leaving";
      return settle_ambiguous(app, job, step, unknown);
    }
    case Step::Kind::send:
    case Step::Kind::ask:
      break;
  }
  return settle(app, job, step, call_provider(app, step));
}

Status report_delivery(App& app, store::Tx& tx, const Message& message, const Delivery& delivery,
                       bool read) {
  const TimeMs now = app.world.clock.now();
  const auto settle_as = [&](std::string_view state) {
    return outbox_store::settle(tx, message.id, state, delivery.provider_id, delivery.says, now);
  };
  if (delivery.verdict == Verdict::sent) {
    const std::string_view state = read ? "read" : delivery.delivered ? "delivered" : "sent";
    FLEAD_TRY(const bool moved, settle_as(state));
    if (!moved) return {};
    if (message.lead) FLEAD_CHECK(touch_desk(app.world, tx, *message.lead));
    // What was unclear is clear now: the lead has been answered.
    const bool unclear = message.state == "sending" || message.state == "ambiguous";
    if (unclear) {
      FLEAD_CHECK(
          intake::count(tx, message.tenant, now, intake::k_metric_messages, message.channel_kind));
    }
    if (message.lead && unclear) {
      FLEAD_CHECK(intake::advance(app.world, tx, message.tenant, *message.lead, "contacted",
                                  "message.sent", message_event(message), "system"));
    }
    if (state == "sent") return {};
    return tell_lead(app, tx, message, read ? "message.read" : "message.delivered");
  }
  if (delivery.verdict != Verdict::unreachable && delivery.verdict != Verdict::rejected) return {};
  FLEAD_TRY(const bool first, settle_as(verdict_name(delivery.verdict)));
  if (!first) return {};
  if (message.lead) FLEAD_CHECK(touch_desk(app.world, tx, *message.lead));
  FLEAD_CHECK(note_closing(app.world, tx, message, delivery));
  FLEAD_CHECK(tell_lead(app, tx, message, "message.failed"));
  return delivery.verdict == Verdict::unreachable
             ? fall_back(
                   app, tx, message,
                   delivery.closes == Closes::dialog ? "opted_out" : "the provider gave it up")
             : call_for(app, tx, message, "unreachable");
}

jobs::Outcome check_message(App& app, const jobs::Job& job) {
  const MessageId id(job.payload.text("message").value_or(job.subject_id));
  const auto number = static_cast<std::size_t>(
      std::clamp<std::int64_t>(job.payload.integer("number").value_or(0), 0, 100));
  auto step = app.store.write([&](store::Tx& tx) -> Result<Step> {
    Step out;
    FLEAD_TRY(auto found, outbox_store::by_id(tx, id));
    if (!found || found->state != "sent") return out;
    out.message = std::move(*found);
    FLEAD_TRY(out.channel, load_channel(tx, out.message.channel));
    const Provider* provider = find_provider(out.channel.kind);
    if (out.channel.status == "removed" || provider == nullptr || provider->reconcile == nullptr) {
      return out;
    }
    FLEAD_TRY(const bool ready, prepare(app, tx, out));
    if (ready) out.kind = Step::Kind::ask;
    return out;
  });
  if (!step) return Outcome::retry(step.error().message);
  if (step->kind != Step::Kind::ask) return Outcome::done();
  const Delivery delivery = call_provider(app, *step);
  return Outcome::done([&app, message = step->message, delivery, number](store::Tx& tx) -> Status {
    FLEAD_CHECK(report_delivery(app, tx, message, delivery));
    const bool settled = delivery.delivered || delivery.verdict == Verdict::unreachable ||
                         delivery.verdict == Verdict::rejected;
    return settled ? Status() : enqueue_check(app, tx, message, number + 1);
  });
}

std::string unsubscribe_url(const App& app, const tenants::Tenant& tenant,
                            const intake::Lead& lead) {
  return app.config.base_url + "/u/" + tenant.slug + "/" + lead.link_token;
}

Result<Outgoing> outgoing(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                          const intake::Lead* lead, const Message& message) {
  Outgoing out;
  out.id = message.id;
  out.address = message.address;
  out.sender = tenant.name;
  out.purpose = message.purpose;
  out.template_name = message.template_name;
  out.subject = message.subject;
  out.text = message.body_text;
  out.html = message.body_html;
  out.button_text = message.button_text;
  out.button_url = message.button_url;
  out.reply_buttons = message.reply_buttons;
  out.variables = message.variables;
  out.calendar = message.calendar;
  out.calendar_method = message.calendar_method;
  out.reply_to = message.reply_to;
  out.provider_id = message.provider_id;
  out.created_at = message.created_at;
  out.now = app.world.clock.now();
  out.locale = message.language;
  if (lead == nullptr) return out;
  out.person = lead->name;
  if (message.purpose == "ad") out.unsubscribe_url = unsubscribe_url(app, tenant, *lead);
  if (message.channel_kind == "email" && app.key.present()) {
    FLEAD_TRY(const std::string pixel, tenants::setting(app, tx, tenant.id, "email.open_pixel"));
    if (pixel == "true") {
      out.open_pixel_url =
          app.config.base_url + "/o/" + make_open_token(app.key, message.id) + ".gif";
    }
  }
  FLEAD_TRY(const auto thread,
            outbox_store::thread_start(tx, lead->id, message.channel, message.id));
  if (thread) out.thread_id = *thread;
  return out;
}

Result<Delivery> send_test(App& app, const tenants::Tenant& tenant, const Channel& channel,
                           std::string_view to) {
  auto begun = app.store.write([&](store::Tx& tx) -> Result<Step> {
    Step step;
    step.channel = channel;
    Message message;
    message.id = new_id<MessageIdTag>(app.world);
    message.tenant = tenant.id;
    message.channel = channel.id;
    message.channel_kind = channel.kind;
    message.template_name = "channel.test";
    message.language = tenant.locale;
    message.address = to;
    message.variables = {{"tenant", tenant.name}, {"channel", channel.name}};
    message.created_at = app.world.clock.now();
    message.give_up_at = message.created_at;
    FLEAD_CHECK(render_for_channel(app, tx, message));
    FLEAD_TRY(auto inserted, outbox_store::insert(tx, message, std::nullopt));
    FLEAD_ASSERT(inserted.has_value());
    const Provider* provider = find_provider(channel.kind);
    const std::string ours = provider->provider_id ? provider->provider_id(message.id) : "";
    FLEAD_TRY(step.message,
              outbox_store::begin(tx, *inserted, ours, message.created_at, message.created_at));
    FLEAD_TRY(step.account, open_account(tx, app.key, channel));
    FLEAD_TRY(step.outgoing, outgoing(app, tx, tenant, nullptr, step.message));
    step.outgoing.provider_id = ours;
    step.kind = Step::Kind::send;
    return step;
  });
  if (!begun) return std::move(begun).error();
  const Delivery delivery = call_provider(app, *begun);
  // A person is waiting for the answer: whatever it was, the message is over.
  const std::string_view state = delivery.verdict == Verdict::sent          ? "sent"
                                 : delivery.verdict == Verdict::ambiguous   ? "ambiguous"
                                 : delivery.verdict == Verdict::unreachable ? "unreachable"
                                                                            : "rejected";
  FLEAD_CHECK(app.store.write(
      [&](store::Tx& tx) { return end_attempt(app, tx, begun->message, state, delivery); }));
  return delivery;
}

}  // namespace flead::channels
