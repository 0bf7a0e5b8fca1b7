// The SQL of the outbox. Called by the outbox's own files and channels.cpp alone. Every change of
// state is guarded by the state it starts from, so a late worker changes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/outbox.h"

namespace flead::channels::outbox_store {

// Nothing when the tenant has a message with this unique key.
Result<std::optional<Message>> insert(store::Tx& tx, const Message& message,
                                      const std::optional<std::string>& unique_key);
Result<std::optional<Message>> by_id(store::Tx& tx, const MessageId& id);
Result<std::optional<Message>> by_provider_id(store::Tx& tx, const ChannelId& channel,
                                              std::string_view provider_id);
Result<std::vector<Message>> list(store::Tx& tx, const TenantId& tenant,
                                  const MessageFilter& filter);
// Messages of a channel that are not over.
Result<std::vector<MessageId>> waiting(store::Tx& tx, const ChannelId& channel, std::int64_t limit);
// The first e-mail that this person got from us before `before`.
Result<std::optional<MessageId>> thread_start(store::Tx& tx, const LeadId& lead,
                                              const ChannelId& channel, const MessageId& before);

// queued or sending → sending, the attempt counted. `handed_at`: the message leaves with the call.
Result<Message> begin(store::Tx& tx, const Message& message, std::string_view provider_id,
                      std::optional<TimeMs> handed_at, TimeMs now);
// False: this attempt is no longer the one that runs.
Result<bool> mark_handed(store::Tx& tx, const MessageId& id, int attempt, TimeMs now);

struct Ending {
  std::string state;  // queued sending sent ambiguous unreachable rejected cancelled
  std::string provider_id;
  std::string says;
  std::int64_t segments = 0;  // 0 keeps what was counted
  std::optional<std::int64_t> cost_minor;
  std::string currency;
};
// sending → `state`. False: another worker has ended this attempt.
Result<bool> end(store::Tx& tx, const MessageId& id, int attempt, const Ending& ending, TimeMs now);
// Not handed over yet → cancelled or unreachable, without a call.
Result<bool> give_up(store::Tx& tx, const MessageId& id, std::string_view state,
                     std::string_view says, TimeMs now);
// Where a message stands by what the provider said later; only forward, see report_delivery. An
// empty provider_id keeps the one that is there. False when it stood there already.
Result<bool> settle(store::Tx& tx, const MessageId& id, std::string_view state,
                    std::string_view provider_id, std::string_view says, TimeMs now);
// What this person's messages have cost, in minor units, and what is still to be added.
struct Spent {
  std::int64_t priced_minor = 0;
  std::int64_t unpriced_segments = 0;  // of messages that are to go, or went and have no price yet
  std::int64_t segment_minor = 0;      // what one cost the tenant last; 0 when that is not known
};
Result<Spent> spent_on(store::Tx& tx, const TenantId& tenant, const LeadId& lead);
// Ended without success → queued.
Result<std::optional<Message>> reopen(store::Tx& tx, const MessageId& id, TimeMs give_up_at,
                                      TimeMs now);

}  // namespace flead::channels::outbox_store
