// The route: in what order a person's channels are tried, how long each may take, and why one is
// passed over. Pure rules here; the outbox takes the steps, route_log.h keeps them. Callers: the
// outbox, `flead route ...`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/channels/channel.h"
#include "core/channels/identity.h"
#include "core/intake/consents.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

// A step of a tenant's route: a kind or the name of a channel, and how long to wait there for a
// sign of life before the next; 0 waits for ever.
struct RouteStep {
  std::string channel;
  std::int64_t wait_ms = 0;
  friend bool operator==(const RouteStep&, const RouteStep&) = default;
};

// "max 10m, telegram 10m, sms"; "→" and ">" separate as well; "" is no route. Errors (refused):
// route_invalid names the step, route_too_long.
Result<std::vector<RouteStep>> parse_route(std::string_view text);
std::string format_route(const std::vector<RouteStep>& steps);

// A time of day to the next, in minutes after midnight; it may pass midnight.
struct QuietHours {
  int from_min = 0;
  int to_min = 0;
};
// "22:00-08:00"; nothing for "off" and for what is no such text.
std::optional<QuietHours> parse_quiet_hours(std::string_view text);
// When the quiet ends in this zone; nothing when it is not quiet at `now`.
std::optional<TimeMs> quiet_until(const QuietHours& hours, std::string_view zone, TimeMs now);

// The tenant's settings that a route obeys.
struct RoutePolicy {
  std::vector<RouteStep> steps;          // `route`
  std::optional<QuietHours> quiet;       // `quiet.hours`
  bool foreign_denied = false;           // `channels.foreign`
  std::optional<std::int64_t> cost_max;  // `route.cost_max`, minor units, for one lead
};
Result<RoutePolicy> load_policy(store::Tx& tx, const TenantId& tenant);

// Whom a message is for.
struct Person {
  intake::Lead lead;
  std::vector<Identity> identities;
  std::vector<Identity> closed;  // of the addresses that the lead gave, see closed_at()
  // On this person's messages so far; what is on its way or has no price yet counts as its segments
  // at the last known price of one.
  std::int64_t spent_minor = 0;
  bool advertising = false;  // the message is an advertisement, and `said` decides as well
  intake::Advertising said;
};
// `purpose` of the message: service or ad.
Result<Person> load_person(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                           std::string_view purpose);
Result<Person> load_person(store::Tx& tx, const intake::Lead& lead, std::string_view purpose);

// Whether a person can be reached on a channel, and if not, why.
struct Reach {
  std::string address;  // "" when `why` is set
  bool window_open = true;
  // no_contact, not_started, opted_out, no_consent, window_closed, foreign_denied, over_cost
  std::string_view why;
};
// What the lead gave for a kind, where that is an address by itself; "" elsewhere. For `file`
// whatever there is.
std::string given_address(const intake::Lead& lead, std::string_view kind);
Reach reach(const Person& person, const Channel& channel, const RoutePolicy& policy, TimeMs now);

// A channel and what became of it when a message looked for its way.
struct Passed {
  std::string channel;   // name, or the step's word when there is no such channel
  std::string_view why;  // of reach(), or no_channel, paused, tried
};
struct Choice {
  std::optional<Channel> channel;
  std::string address;
  std::int64_t wait_ms = 0;    // of the step; 0: nothing follows by itself
  std::vector<Passed> passed;  // before it
};
// The first channel that reaches the person: `via` first, then the steps of the route; without a
// route the preferred kind, the one where the person wrote last, and the provider table's order.
// Active before paused, where a message waits; `file` only while there is no real channel. `tried`:
// ids that have failed already, joined by commas.
Choice choose_channel(const std::vector<Channel>& live, const Person& person,
                      const RoutePolicy& policy, std::string_view tried,
                      const std::optional<ChannelId>& via, TimeMs now);

}  // namespace flead::channels
