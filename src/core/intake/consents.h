// What a person has agreed to, as of now. Callers: the outbox (advertising), the unsubscribe page.
// Rows are evidence: a withdrawal is a row of its own, nothing is changed or deleted.
#pragma once

#include <string>
#include <string_view>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::intake {

// The newest row of this purpose says so. No row: no consent.
Result<bool> has_consent(store::Tx& tx, const LeadId& lead, std::string_view purpose);

// Writes the withdrawal; the caller writes the event. False when there was nothing to withdraw.
Result<bool> withdraw_consent(World& world, store::Tx& tx, const TenantId& tenant,
                              const LeadId& lead, std::string_view purpose, std::string_view ip,
                              std::string_view user_agent);

}  // namespace flead::intake
