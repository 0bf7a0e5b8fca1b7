// Rows of events. Only intake's operations include this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/intake/feed.h"
#include "core/intake/lead.h"

namespace flead::intake::events_store {

// An event as its row has it, worked out before the transaction.
struct NewEvent {
  EventId id;
  std::string kind, actor, data;
  TimeMs at = 0;
};
NewEvent new_event(const Event& event);
Status insert(store::Tx& tx, const TenantId& tenant, const LeadId& lead, const NewEvent& event);
Status insert(store::Tx& tx, const TenantId& tenant, const Event& event);
Result<std::vector<Event>> list(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                std::string_view after_id, std::int64_t limit);

// Of all tenants: the newest ids, newest first; those after one, oldest first; one event, when it
// has not been erased.
Result<std::vector<std::string>> newest_ids(store::Tx& tx, std::int64_t limit);
Result<std::vector<std::string>> ids_after(store::Tx& tx, std::string_view after_id,
                                           std::int64_t limit);
Result<std::optional<TenantEvent>> find(store::Tx& tx, std::string_view id);

}  // namespace flead::intake::events_store
