// What payments keep about one person, for whoever erases that person. Callers: core/upkeep/erase.
#pragma once

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::money {

// Payments and refunds stay as amounts with the provider's ids, for the books and the tax office
// want them, and name nobody: no lead, no text, no card's last digits, no reason in somebody's
// words. What is owed can still be given back. What the provider has told about them goes, and so
// do the means of payment that they let us keep.
Status forget_payer(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead);

}  // namespace flead::money
