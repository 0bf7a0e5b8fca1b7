// The canary's marks and the record of its runs. Callers: intake itself, which knows a marked
// request by them, and core/upkeep/canary, which runs the canary. Nobody outside can mark a lead:
// the token is 160 random bits, written here before it is sent, good for one lead and one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/intake/lead.h"
#include "core/store/store.h"

namespace flead::intake {

FLEAD_ID(CanaryId, "canary");

// The member of a lead's `custom` that carries the token.
inline constexpr std::string_view k_canary_field = "flead_canary";

struct CanaryRun {
  CanaryId id;
  TenantId tenant;
  std::string state = "running";  // running passed failed
  std::optional<LeadId> lead;     // while it is in the store
  Json hops = Json::array();      // {"hop","ok","ms","detail"}
  TimeMs started_at = 0;
  std::optional<TimeMs> ended_at;
};

// Records the beginning; the token is known to whoever called, here stays its hash.
Status begin_canary(store::Tx& tx, const CanaryRun& run, std::string_view token);
// For create(), when `custom` has the member: the canary's lead, which is nobody's duplicate and no
// suspect, whatever else holds for leads without a proof. Nothing when the token is none of this
// tenant's: then it is a lead like any other. Errors (conflict): canary_over for a token that was
// used, or came after its run had ended; canary_contact_taken when a lead has its phone number.
Result<std::optional<Created>> create_canary(World& world, store::Tx& tx,
                                             const tenants::Tenant& tenant,
                                             const CheckedLead& checked, const Origin& origin);
// The run of this tenant with this token.
Result<std::optional<CanaryRun>> marked_canary(store::Tx& tx, const TenantId& tenant,
                                               std::string_view token);
// Which lead of the run is in the store; nothing once it is removed.
Status set_canary_lead(store::Tx& tx, const CanaryId& canary, const std::optional<LeadId>& lead);
// Its state, its hops and its end.
Status end_canary(store::Tx& tx, const CanaryRun& run);

Result<std::optional<CanaryRun>> find_canary(store::Tx& tx, const CanaryId& id);
// Newest first.
Result<std::vector<CanaryRun>> list_canaries(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit);
// Runs that began before `before` and whose lead was never removed: their process was killed.
Result<std::vector<CanaryRun>> stray_canaries(store::Tx& tx, const TenantId& tenant, TimeMs before);
// Forgets runs that began before `before` and left nothing.
Status prune_canaries(store::Tx& tx, const TenantId& tenant, TimeMs before);

// Leads of people since `since`, at most `most`: no canaries, no suspects.
Result<std::int64_t> count_real_leads(store::Tx& tx, const TenantId& tenant, TimeMs since,
                                      std::int64_t most);

}  // namespace flead::intake
