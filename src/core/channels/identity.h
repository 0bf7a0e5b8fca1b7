// Identities: whom a lead is on a channel. Messengers write only to people who came to them, by a
// start link or by writing first, and know them by ids of their own: a phone number is never one.
// Callers: the inbox (learns them), the outbox and the route (ask for them), `flead channel link`.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/channels/channel.h"
#include "core/store/store.h"

namespace flead::channels {

struct Identity {
  IdentityId id;
  TenantId tenant;
  LeadId lead;
  ChannelId channel;
  std::string channel_kind;
  std::string address;
  std::string name, handle;
  std::string closed_why;            // "", blocked (at the provider), stop (in words), bounced
  std::optional<TimeMs> inbound_at;  // the person's last word: opens the provider's window
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// One per channel at most.
Result<std::vector<Identity>> identities_of(store::Tx& tx, const LeadId& lead);
Result<std::optional<Identity>> find_identity(store::Tx& tx, const ChannelId& channel,
                                              std::string_view address);

// Closed ones of these addresses, on any channel of the tenant and whoever's they were: what an
// address has refused counts for everybody who has it.
Result<std::vector<Identity>> closed_at(store::Tx& tx, const TenantId& tenant,
                                        const std::array<std::string, 3>& addresses);

// The address is this lead's from now on, and open: a person who comes back may be written to. Who
// had it before, or what the lead had there before, loses it.
Result<Identity> link_identity(World& world, store::Tx& tx, const Channel& channel,
                               const LeadId& lead, std::string_view address, std::string_view name,
                               std::string_view handle);
// The person has written at `at`.
Status touch_identity(World& world, store::Tx& tx, const IdentityId& id, TimeMs at);
// "" opens. For a channel where the lead has no identity yet (a phone that says stop) see
// link_identity.
Status close_identity(World& world, store::Tx& tx, const IdentityId& id, std::string_view why);

Json to_json(const Identity& identity);

// ---- start tokens ----------------------------------------------------------------------------

// What a start link carries: one lead and a day on which it ends, signed; 55 characters of
// A-Z a-z 0-9 _ -, so it fits every provider. Pure.
std::string make_start_token(const SealKey& key, const LeadId& lead, TimeMs expires_at);
// Shorter, and asked over the network alone, where every guess is counted: for BASE/s/TOKEN.
std::string make_start_page_token(const SealKey& key, const LeadId& lead, TimeMs expires_at);
std::optional<LeadId> read_start_page_token(const SealKey& key, std::string_view token, TimeMs now);
// The lead it names; nothing when it is not ours, is damaged, or has ended.
std::optional<LeadId> read_start_token(const SealKey& key, std::string_view token, TimeMs now);

}  // namespace flead::channels
