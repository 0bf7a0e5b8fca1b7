// The SQL of the desk. Called by desk.cpp and desk_sync.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/chat.h"
#include "core/channels/desk.h"

namespace flead::channels::desk_store {

Result<std::optional<DeskThread>> by_lead(store::Tx& tx, const LeadId& lead);
Result<std::optional<DeskThread>> by_conversation(store::Tx& tx, const ChannelId& channel,
                                                  std::string_view conversation);
Status insert(store::Tx& tx, const DeskThread& thread);
// Its contact, conversation and introduced: what a sync learns. It never touches what operators
// and leads change meanwhile.
Status set_place(store::Tx& tx, const DeskThread& thread, TimeMs now);
// Seen by an operator for another reason now, in the state that is to be told.
Status set_wanted(store::Tx& tx, const DeskThreadId& id, std::string_view wanted,
                  std::string_view why, TimeMs now);
Status set_told(store::Tx& tx, const DeskThreadId& id, std::string_view told, TimeMs now);
// A word of the lead's was told: the inbox opens what was resolved or snoozed by itself.
Status set_woken(store::Tx& tx, const DeskThreadId& id, TimeMs now);
// The wanted state was told, unless another one is wanted by now.
Status end_wanted(store::Tx& tx, const DeskThreadId& id, std::string_view told, TimeMs now);
Status set_state(store::Tx& tx, const DeskThreadId& id, std::string_view state, TimeMs now);
Status remove(store::Tx& tx, const DeskThreadId& id);

// Lines after `told`, oldest first: the lead's own and what was queued for it, without the answers
// that came from the desk.
Result<std::vector<ChatLine>> lines_after(store::Tx& tx, const DeskThread& thread,
                                          std::int64_t limit);
// The last line before the lead's last words, "" when there is none: what a new conversation begins
// behind.
Result<std::string> line_before_last_words(store::Tx& tx, const LeadId& lead);

struct DeskAnswer {
  ChannelId channel;
  std::string answer;
  DeskThreadId thread;
  MessageId message;  // "" when none could take it
  std::string error;
};
// False when it was there.
Result<bool> insert_answer(store::Tx& tx, const DeskAnswer& answer, TimeMs now);
Status set_answer(store::Tx& tx, const DeskAnswer& answer);
// Another message took over on another channel.
Status move_answer(store::Tx& tx, const MessageId& from, const MessageId& to);
// An answer whose fate the desk has not been told as it is now.
struct Fate {
  std::string answer;
  std::string state;  // delivered read failed
  std::string error;
};
Result<std::vector<Fate>> untold_fates(store::Tx& tx, const DeskThreadId& thread,
                                       std::int64_t limit);
Status set_fate_told(store::Tx& tx, const ChannelId& channel, std::string_view answer,
                     std::string_view state);

// Conversations of this desk that are not resolved, those longest unchecked first.
Result<std::vector<DeskThread>> to_check(store::Tx& tx, const ChannelId& channel,
                                         TimeMs checked_before, std::int64_t limit);
Status set_checked(store::Tx& tx, const DeskThreadId& id, TimeMs now);

}  // namespace flead::channels::desk_store
