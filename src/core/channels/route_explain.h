// What a tenant's route would do for one person now, step by step, and why. Pure. Caller: `flead
// route explain`; what was done is in route_log.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/channels/route.h"

namespace flead::channels {

struct RouteAnswer {
  std::string channel;  // name, or the step's word when there is no such channel
  std::string outcome;  // next (a message would go here), later (if nothing comes of it), skipped
  std::string reason;   // of reach(), or no_channel, paused; "" for next and later
  std::int64_t wait_ms = 0;
};
// In the order in which they are tried.
std::vector<RouteAnswer> explain_route(const std::vector<Channel>& live, const Person& person,
                                       const RoutePolicy& policy, TimeMs now);

// A reason as a person reads it.
std::string_view reason_sentence(std::string_view reason);

Json to_json(const RouteAnswer& answer);

}  // namespace flead::channels
