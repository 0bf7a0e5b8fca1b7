// Rows of erasures. Only erase.cpp includes this.
#pragma once

#include "core/upkeep/erase.h"

namespace flead::upkeep::erasures_store {

// The first tombstone of a lead stands.
Status insert(store::Tx& tx, const Tombstone& tombstone);
// Every tenant's; none where the schema is too old for them.
Result<std::vector<Tombstone>> all(store::Tx& tx);
// Whether the store has this lead.
Result<bool> has_lead(store::Tx& tx, const TenantId& tenant, const LeadId& lead);

}  // namespace flead::upkeep::erasures_store
