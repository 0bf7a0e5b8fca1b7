#include "core/channels/desk.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/channels/channels_store.h"
#include "core/channels/chat.h"
#include "core/channels/desk_store.h"

namespace flead::channels {
namespace {

constexpr std::string_view k_all_words = "all";
constexpr std::int64_t k_desk_waiting_max = 200;

Result<std::optional<Channel>> active_desk(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto live, channels_store::live(tx, tenant));
  for (Channel& channel : live) {
    if (channel.status == "active" && is_desk(channel)) {
      return std::optional<Channel>(std::move(channel));
    }
  }
  return std::optional<Channel>();
}

Status enqueue_sync(World& world, store::Tx& tx, const DeskThread& thread) {
  jobs::NewJob job;
  job.kind = "desk.sync";
  job.payload = Json::object({{"lead", thread.lead.text()}});
  job.tenant = thread.tenant;
  job.subject_id = thread.lead.text();
  job.unique_key = "desk.sync:" + thread.lead.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

// What takes an answer to the lead, or why nothing does. A refusal of ours is for the operator to
// read; an error of the store is an error.
Result<desk_store::DeskAnswer> send_answer(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                           const DeskThread& thread, const Inbound& event) {
  desk_store::DeskAnswer answer{thread.channel, event.provider_id, thread.id, MessageId(), ""};
  FLEAD_TRY(const intake::Lead lead, intake::load(tx, tenant.id, thread.lead));
  ChatWords words;
  words.text = event.text;
  words.actor = "operator";
  words.unique_key = "desk:" + thread.channel.text() + ":" + event.provider_id;
  const auto sent = send_words(app, tx, tenant, lead, words);
  if (sent) {
    answer.message = MessageId(sent->id);
  } else if (sent.error().kind == ErrorKind::refused) {
    answer.error = sent.error().message;
  } else {
    return sent.error();
  }
  return answer;
}

Status apply_answer(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                    const DeskThread& thread, const Inbound& event) {
  const desk_store::DeskAnswer first{thread.channel, event.provider_id, thread.id, MessageId(), ""};
  FLEAD_TRY(const bool is_new, desk_store::insert_answer(tx, first, app.world.clock.now()));
  if (!is_new) return {};
  FLEAD_TRY(const auto answer, send_answer(app, tx, tenant, thread, event));
  FLEAD_CHECK(desk_store::set_answer(tx, answer));
  return answer.message.empty() ? enqueue_sync(app.world, tx, thread) : Status();
}

Status apply_state(App& app, store::Tx& tx, const tenants::Tenant& tenant, const DeskThread& thread,
                   const Inbound& event) {
  if (event.payload == thread.state || !thread.wanted.empty()) return {};
  FLEAD_CHECK(desk_store::set_state(tx, thread.id, event.payload, app.world.clock.now()));
  if (event.payload != "resolved" && event.payload != "pending") return {};
  return finish_thread(app.world, tx, tenant.id, thread.lead, "operator");
}

}  // namespace

bool is_desk(const Channel& channel) {
  const Provider* provider = find_provider(channel.kind);
  return provider != nullptr && provider->capabilities.desk;
}

Result<std::optional<DeskThread>> desk_thread_of(store::Tx& tx, const LeadId& lead) {
  return desk_store::by_lead(tx, lead);
}

Status open_desk(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                 std::string_view why) {
  FLEAD_TRY(const auto desk, active_desk(tx, tenant));
  if (!desk) return {};
  FLEAD_TRY(auto thread, desk_store::by_lead(tx, lead));
  if (thread && thread->channel == desk->id) {
    // Opened there by the sync, which is the one to know whether it still stands.
    FLEAD_CHECK(desk_store::set_wanted(tx, thread->id, "open", why, world.clock.now()));
    return enqueue_sync(world, tx, *thread);
  }
  // Of a desk that is gone: its conversation says nothing to this one.
  if (thread) FLEAD_CHECK(desk_store::remove(tx, thread->id));
  DeskThread made;
  made.id = new_id<DeskThreadIdTag>(world);
  made.tenant = tenant;
  made.lead = lead;
  made.channel = desk->id;
  made.why = why;
  made.created_at = world.clock.now();
  FLEAD_TRY(made.told, desk_store::line_before_last_words(tx, lead));
  FLEAD_CHECK(desk_store::insert(tx, made));
  return enqueue_sync(world, tx, made);
}

Status open_desk_for_words(World& world, store::Tx& tx, const TenantId& tenant,
                           const LeadId& lead) {
  FLEAD_TRY(const auto thread, desk_store::by_lead(tx, lead));
  if (thread) return enqueue_sync(world, tx, *thread);
  FLEAD_TRY(const auto desk, active_desk(tx, tenant));
  if (!desk || desk->config.text("when") != k_all_words) return {};
  return open_desk(world, tx, tenant, lead, "wrote");
}

Status open_desk_for_waiting(World& world, store::Tx& tx, const TenantId& tenant) {
  intake::LeadFilter filter;
  filter.needs_human = true;
  filter.limit = k_desk_waiting_max;
  FLEAD_TRY(const auto leads, intake::list(tx, tenant, filter));
  for (const intake::Lead& lead : leads) {
    FLEAD_TRY(const auto thread, desk_store::by_lead(tx, lead.id));
    if (!thread) FLEAD_CHECK(open_desk(world, tx, tenant, lead.id, lead.needs_human_why));
  }
  return {};
}

Status touch_desk(World& world, store::Tx& tx, const LeadId& lead) {
  FLEAD_TRY(const auto thread, desk_store::by_lead(tx, lead));
  return thread ? enqueue_sync(world, tx, *thread) : Status();
}

Status close_desk(World& world, store::Tx& tx, const LeadId& lead) {
  FLEAD_TRY(const auto thread, desk_store::by_lead(tx, lead));
  if (!thread || thread->state == "resolved" || thread->state == "pending") return {};
  FLEAD_CHECK(desk_store::set_wanted(tx, thread->id, "resolved", thread->why, world.clock.now()));
  return enqueue_sync(world, tx, *thread);
}

Status move_desk_answer(store::Tx& tx, const MessageId& from, const MessageId& to) {
  return desk_store::move_answer(tx, from, to);
}

Status apply_desk_event(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const Channel& channel, const Inbound& event) {
  if (!event.handle.empty() &&
      event.handle != std::to_string(channel.config.integer("account").value_or(0))) {
    return {};
  }
  FLEAD_TRY(const auto thread, desk_store::by_conversation(tx, channel.id, event.address));
  if (!thread) return {};
  return event.kind == Inbound::Kind::answer ? apply_answer(app, tx, tenant, *thread, event)
                                             : apply_state(app, tx, tenant, *thread, event);
}

}  // namespace flead::channels
