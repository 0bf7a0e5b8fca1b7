// The SQL of channels. Called by channels.cpp and the outbox alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"

namespace flead::channels::channels_store {

// Nothing when the tenant has a channel of this name.
Result<std::optional<Channel>> insert(store::Tx& tx, const Channel& channel,
                                      const std::optional<std::string>& sealed_secret);
Result<std::optional<Channel>> by_id(store::Tx& tx, const ChannelId& id);
Result<std::vector<Channel>> live(store::Tx& tx, const TenantId& tenant);  // oldest first
Result<std::optional<std::string>> sealed_secret(store::Tx& tx, const ChannelId& id);
// Nothing when it was removed.
Result<std::optional<Channel>> set_status(store::Tx& tx, const ChannelId& id,
                                          std::string_view status, std::string_view reason,
                                          TimeMs now);
// The secret goes for good.
Result<std::optional<Channel>> set_removed(store::Tx& tx, const ChannelId& id, TimeMs now);
// What was learned from the provider, in place of what was known.
Result<std::optional<Channel>> set_state(store::Tx& tx, const ChannelId& id, const Json& state,
                                         TimeMs now);
// Settings and secret in place of the former ones.
Result<std::optional<Channel>> set_config(store::Tx& tx, const ChannelId& id, const Json& config,
                                          TimeMs now);
Status set_secret(store::Tx& tx, const ChannelId& id, std::string_view sealed, TimeMs now);
// Those of every tenant of which anything was learned.
Result<std::vector<Channel>> tended(store::Tx& tx, std::int64_t limit);
// Never shortens a hold.
Status set_hold(store::Tx& tx, const ChannelId& id, TimeMs until);
Result<std::vector<Channel>> paused(store::Tx& tx, std::int64_t limit);

}  // namespace flead::channels::channels_store
