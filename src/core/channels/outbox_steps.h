// The steps that the outbox is made of, shared by its files and by `channel test`; nobody else
// includes this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/outbox.h"

namespace flead::channels {

// One live job per message; `run_at` 0 is now, and wakes a job that sleeps until later.
Status enqueue_send(World& world, store::Tx& tx, const TenantId& tenant, const MessageId& message,
                    TimeMs run_at);

// The person's address on a kind of channel, "" when it has none.
std::string address_on(const intake::Lead& lead, std::string_view kind);

// The channel for a person: preferred kind first, then the order of the provider table; active
// before paused; `file` only while there is no real channel. `tried`: ids that failed already.
std::optional<Channel> choose_channel(const std::vector<Channel>& live, const intake::Lead& lead,
                                      std::string_view tried);

// Renders `message` for its channel's kind: fills subject, bodies, purpose and segments.
Status render_for_channel(store::Tx& tx, Message& message);

// How a message looks to a connector now. `lead` may be null.
Result<Outgoing> outgoing(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                          const intake::Lead* lead, const Message& message);

// `channel.test` to one address, at once, as a message of its own.
Result<Delivery> send_test(App& app, const tenants::Tenant& tenant, const Channel& channel,
                           std::string_view to);

// After a final failure: the same message on the next channel that reaches the person, if any.
Status fall_back(App& app, store::Tx& tx, const Message& failed);

}  // namespace flead::channels
