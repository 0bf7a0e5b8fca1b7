// Erasing a person everywhere in the store, and the tombstone that keeps it so: a restored backup
// erases them again. Callers: `flead privacy`, restore, the canary (without a tombstone).
#pragma once

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
#include "core/tenants/tenant.h"

namespace flead::upkeep {

// Nothing of the person but the id of the lead that they were.
struct Tombstone {
  LeadId lead;
  TenantId tenant;
  std::string reason;  // the operator's words: a law, a request's number, never a name
  TimeMs erased_at = 0;
};

// One transaction: the lead, its tags, events, consents, raw requests, kept answers, messages and
// their callbacks, jobs; bookings stay without a name, those to come are cancelled and nobody is
// told; payments stay as amounts; figures move as if the person had never come. What no index leads
// to is looked for before, while others write. Errors: lead_not_found, too_long (refused) for the
// reason.
Result<Tombstone> erase_person(World& world, store::Store& store, const tenants::Tenant& tenant,
                               const LeadId& lead, std::string_view reason);
// The same without a tombstone, for a lead that was nobody.
Status erase_traceless(World& world, store::Store& store, const tenants::Tenant& tenant,
                       const LeadId& lead);

// For restore: keeps the tombstone, and erases the person if the store has them. True if it had.
Result<bool> erase_again(World& world, store::Store& store, const Tombstone& tombstone);

Result<std::optional<Tombstone>> find_tombstone(store::Tx& tx, const LeadId& lead);
// Newest first.
Result<std::vector<Tombstone>> list_tombstones(store::Tx& tx, const TenantId& tenant,
                                               std::int64_t limit);
// Of every tenant. `file` may be a store of any age: one without tombstones has none.
Result<std::vector<Tombstone>> tombstones_in(const std::string& file);
// What `privacy list` printed as JSON or JSONL. Error bad_erasures (usage) names the line.
Result<std::vector<Tombstone>> parse_tombstones(std::string_view text);

Json to_json(const Tombstone& tombstone);

}  // namespace flead::upkeep
