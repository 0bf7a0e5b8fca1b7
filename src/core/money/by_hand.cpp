#include "core/money/by_hand.h"

#include <utility>

#include "core/base/assert.h"

namespace flead::money {

Result<Transaction> record(World& world, store::Tx& tx, const TenantId& tenant,
                           const HandEntry& entry) {
  if (entry.amount_minor == 0) {
    return refused_field("amount", "amount_invalid", "An amount is more than nothing");
  }
  if (entry.at && *entry.at > world.clock.now()) {
    return refused("entry_in_future", "The book has what has happened, not what will",
                   "Leave --at out for now, or name an earlier day");
  }
  NewTransaction input;
  input.kind = k_kind_manual;
  input.text = entry.text;
  input.unique_key = "manual:" + new_id<LedgerIdTag>(world).text();
  input.currency = entry.currency;
  input.moves = {{entry.debit, entry.credit, entry.amount_minor}};
  input.actor = entry.actor;
  input.at = entry.at;
  FLEAD_TRY(auto posted, post(world, tx, tenant, std::move(input)));
  FLEAD_ASSERT(posted.has_value());
  return std::move(*posted);
}

}  // namespace flead::money
