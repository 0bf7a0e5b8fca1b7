// The inbox: from what a provider told us to a person's words on their timeline. A verified call is
// kept as it came and answered at once; a job reads it. Callers: the hook route and the pull job
// (keep), the worker (read), `flead webhook ...`, `flead chat ...`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels {

// One call of a provider, or one event that was pulled from it.
struct Callback {
  std::string id;  // raw_…
  TenantId tenant;
  ChannelId channel;
  std::string delivery_id;  // the provider's, or a hash of the body
  std::string origin;       // hook pull
  std::string body;
  std::string state;  // waiting done failed
  std::string told;   // what was read in it: "text", "receipt, receipt"; or why it failed
  TimeMs received_at = 0;
  std::optional<TimeMs> read_at;
};

// The row and the job that reads it, `callback.read`. False for a repeat: nothing is written.
Result<bool> keep_callback(World& world, store::Tx& tx, const Channel& channel,
                           std::string_view origin, std::string_view delivery_id,
                           std::string_view raw);

struct CallbackFilter {
  std::string channel_id, state;       // "" is any
  std::optional<TimeMs> since, until;  // received_at in [since, until)
  std::string before_id;               // page key; "" is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<Callback>> list_callbacks(store::Tx& tx, const TenantId& tenant,
                                             const CallbackFilter& filter);  // newest first
Result<Callback> load_callback(store::Tx& tx, const TenantId& tenant,
                               std::string_view id);  // callback_not_found
// Reads it again. What it told before changes nothing: events have keys of their own.
Result<Callback> replay_callback(World& world, store::Tx& tx, const TenantId& tenant,
                                 std::string_view id);

// What a person wrote or pressed.
struct InboundMessage {
  InboundId id;
  TenantId tenant;
  LeadId lead;
  ChannelId channel;
  std::string channel_kind;
  std::string kind;  // text button start contact
  std::string body, payload, provider_id;
  TimeMs sent_at = 0;  // by the provider's clock
  TimeMs received_at = 0;
};
// Of a lead that the caller has loaded by its tenant. Newest first; older than `before_id` ("" is
// the newest page).
Result<std::vector<InboundMessage>> inbound_of(store::Tx& tx, const LeadId& lead,
                                               std::string_view before_id, std::int64_t limit);
// Whether this person has written since `since`.
Result<bool> wrote_since(store::Tx& tx, const LeadId& lead, TimeMs since);

// Makes true what one event says: the timeline, the identity, the receipt. Changes nothing when the
// event was told before. Callers: read_callback and tests.
Status apply_event(App& app, store::Tx& tx, const Channel& channel, const Inbound& event);

// The job handler `callback.read`.
jobs::Outcome read_callback(App& app, const jobs::Job& job);

Json to_json(const Callback& callback);  // with the body as text
Json to_json(const InboundMessage& message);

}  // namespace flead::channels
