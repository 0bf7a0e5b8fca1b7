// The canary: a marked lead through the public address, followed hop by hop to the channel, and
// removed again. Callers: `flead canary`. It holds no transaction while it waits or calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/app.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/intake/canary.h"
#include "core/tenants/tenant.h"

namespace flead::upkeep {

struct CanaryPlan {
  std::string url;  // where the site posts to; "" is the configured public address
  std::string to;   // an e-mail address or a phone; "" by `canary.to`, else the channel's own
  std::int64_t wait_ms = k_canary_wait_ms;  // for each hop
  // Waits so long; false ends the run now. How one waits is the caller's.
  std::function<bool(std::int64_t ms)> pause;
};

// The hops, in their order. `removed` is tried whatever came before it.
inline constexpr std::string_view k_hop_health = "health";    // the address answers
inline constexpr std::string_view k_hop_intake = "intake";    // the lead is accepted
inline constexpr std::string_view k_hop_store = "store";      // it is here: event, consent, job
inline constexpr std::string_view k_hop_channel = "channel";  // its greeting was accepted
inline constexpr std::string_view k_hop_booking = "booking";  // the link in it answers
inline constexpr std::string_view k_hop_removed = "removed";  // and nothing is left

// `passed` or `failed`; the run is recorded either way. Errors before anything was sent:
// canary_address (usage) when no address for the tenant's channel is known.
Result<intake::CanaryRun> run_canary(App& app, const tenants::Tenant& tenant,
                                     const CanaryPlan& plan);

// The first hop that failed, "" for none.
std::string failed_hop(const intake::CanaryRun& run);
Json to_json(const intake::CanaryRun& run);

// "hi@example.org" → "hi+canary@example.org". Pure.
std::string canary_address(std::string_view address);

}  // namespace flead::upkeep
