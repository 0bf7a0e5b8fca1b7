// What the outbox keeps about one person: how their messages stand, and how all of it is erased.
// Callers: core/upkeep (erase, canary).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/store/store.h"

namespace flead::channels {

struct PersonMessage {
  MessageId id;
  ChannelId channel;
  std::string channel_kind;
  std::string state;
  std::string address;
  std::string provider_says;
  std::optional<TimeMs> sent_at;
};
// Oldest first.
Result<std::vector<PersonMessage>> messages_of(store::Tx& tx, const TenantId& tenant,
                                               const LeadId& lead);

// Ids of callbacks since `since` that name the number one of these messages went to, or an address
// that this person has on a channel. Reads every callback of those channels since then.
Result<std::vector<std::string>> callbacks_about(store::Tx& tx, const LeadId& lead,
                                                 const std::vector<PersonMessage>& messages,
                                                 TimeMs since);

// The messages, whatever their state, what the person wrote, who they are on channels, what was
// tried to reach them, their sequences, and these callbacks. A message that is leaving right now
// finds nothing to record its end in.
Status erase_messages(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                      const std::vector<std::string>& callbacks);

}  // namespace flead::channels
