// The steps that the outbox is made of, shared by its files and by `channel test`; nobody else
// includes this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/outbox.h"
#include "core/channels/route.h"

namespace flead::channels {

// One live job per message; `run_at` 0 is now, and wakes a job that sleeps until later.
Status enqueue_send(World& world, store::Tx& tx, const TenantId& tenant, const MessageId& message,
                    TimeMs run_at);

// The row and its job. Nothing when the key was used.
Result<std::optional<Message>> queue(App& app, store::Tx& tx, const Message& message,
                                     const std::optional<std::string>& unique_key);

// Renders `message` for its channel's kind: fills subject, bodies, purpose and segments.
Status render_for_channel(App& app, store::Tx& tx, Message& message);

// The page where this person ends advertising.
std::string unsubscribe_url(const App& app, const tenants::Tenant& tenant,
                            const intake::Lead& lead);

// How a message looks to a connector now. `lead` may be null.
Result<Outgoing> outgoing(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                          const intake::Lead* lead, const Message& message);

// `channel.test` to one address, at once, as a message of its own.
Result<Delivery> send_test(App& app, const tenants::Tenant& tenant, const Channel& channel,
                           std::string_view to);

// The channels of `tried`, and the message's own.
std::string tried_with(const Message& message);

// The same message on the next channel that reaches the person; where there is none, somebody has
// to look at the lead. `why` is for the log of the route: "unreachable", "no sign of life".
Status fall_back(App& app, store::Tx& tx, const Message& failed, std::string_view why);

// The lines of the route's log for one choice: what was passed over, and what was taken, or that
// nothing was left. `taken` may be null.
Status log_choice(World& world, store::Tx& tx, const intake::Lead& lead, const RoutePolicy& policy,
                  const Choice& choice, const Message* taken);

// The job that takes the next step of the route unless there is a sign of life by then.
Status enqueue_next_step(App& app, store::Tx& tx, const Message& message, std::int64_t wait_ms);

// Whether the tenant's route goes on by itself after this message's step.
Result<bool> route_goes_on(store::Tx& tx, const Message& message);

// What a message's job finds to do.
struct Step {
  enum class Kind { nothing, send, ask, wait, lost };
  Kind kind = Kind::nothing;
  bool repeats = false;  // send: an unclear message again, where that reaches nobody twice
  bool over = false;     // lost: too old to be asked about again
  TimeMs until = 0;      // wait
  std::string why;
  Message message;
  Channel channel;
  Account account;
  Outgoing outgoing;
};
// The intention: decides, and marks the row as sending where it may go. In outbox_begin.cpp.
Result<Step> begin_step(App& app, store::Tx& tx, const MessageId& id);
// Fills account and outgoing; false when the secret cannot be opened, which pauses the channel.
Result<bool> prepare(App& app, store::Tx& tx, Step& step);

// Until when this message waits as it is quiet where the person is; nothing when it may go.
Result<std::optional<TimeMs>> quiet_for(store::Tx& tx, const Message& message, const Person& person,
                                        const RoutePolicy& policy, TimeMs now);

// Nothing more is tried for this message: somebody has to look at its lead, as it is
// "unreachable", or "unclear" whether the person has it. An advertisement that reaches nobody calls
// nobody.
Status call_for(App& app, store::Tx& tx, const Message& message, std::string_view why);

// An event of the message on its lead's timeline, if it has one.
Json message_event(const Message& message);
Status tell_lead(App& app, store::Tx& tx, const Message& message, std::string_view kind);

}  // namespace flead::channels
