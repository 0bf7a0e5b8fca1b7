// The desk: a human inbox (Chatwoot) in which operators read a lead's words and answer them. A
// lead that needs a person gets a conversation there, with its history as a note; from then on each
// line of the thread goes there, an operator's answer goes to the lead by the channel of its last
// word, and what became of it is told back. Without one `flead chat` is the inbox. Callers: human
// (escalate), the inbox and the outbox (touch), chat (finish), the worker (sync, check).
// What is told there is decided here and in desk_sync.cpp; nothing here calls the network but the
// two job handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/channels/channel.h"
#include "core/channels/inbound.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

bool is_desk(const Channel& channel);  // by what its provider can

struct DeskThread {
  DeskThreadId id;
  TenantId tenant;
  LeadId lead;
  ChannelId channel;
  std::string contact, conversation;  // the inbox's own numbers; "" until they are made
  bool introduced = false;            // the note with the history stands there
  std::string state = "open";         // open resolved pending snoozed
  std::string wanted;                 // a state to be told there, "" is none
  std::string why;                    // asked unreachable wrote
  std::string told;                   // id of the last line told there, without its prefix
  TimeMs created_at = 0, updated_at = 0;
};
Result<std::optional<DeskThread>> desk_thread_of(store::Tx& tx, const LeadId& lead);

// The lead gets its conversation, or its old one is opened again; nothing when the tenant has no
// active desk. `why` is why an operator sees it.
Status open_desk(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                 std::string_view why);
// The same for whoever writes, where the desk is set to take all words.
Status open_desk_for_words(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead);
// Those that need a person already, when a desk comes: the newest 200 of them.
Status open_desk_for_waiting(World& world, store::Tx& tx, const TenantId& tenant);
// Something of this lead is new: the desk is told, if it has a conversation.
Status touch_desk(World& world, store::Tx& tx, const LeadId& lead);
// Nothing more to say to this lead: the conversation is closed there.
Status close_desk(World& world, store::Tx& tx, const LeadId& lead);
// The message that took an operator's answer failed, and another one goes on with it.
Status move_desk_answer(store::Tx& tx, const MessageId& from, const MessageId& to);

// What operators did: an answer goes out to the lead, a resolved thread is done. Changes nothing
// the second time, nor for a conversation that is not ours.
Status apply_desk_event(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        const Channel& channel, const Inbound& event);

// Job handlers: desk.sync tells what is new of one lead, desk.check asks for what a lost call would
// have told.
jobs::Outcome sync_desk(App& app, const jobs::Job& job);
jobs::Outcome check_desk(App& app, const jobs::Job& job);

}  // namespace flead::channels
