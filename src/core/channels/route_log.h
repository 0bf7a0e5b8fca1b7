// What was tried to reach a person, and why a channel was passed over: rows that are only added.
// Callers: the outbox (writes), `flead route explain` (reads).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::channels {

struct RouteLine {
  RouteStepId id;
  TenantId tenant;
  LeadId lead;
  std::string root;     // the first message of this way; its own id for the first
  std::string channel;  // name
  std::string outcome;  // taken skipped reached exhausted
  std::string reason;
  std::optional<MessageId> message;
  TimeMs at = 0;
};
// `id` and `at` are set here.
Status log_route(World& world, store::Tx& tx, RouteLine line);
// Newest last; the newest `limit` of them.
Result<std::vector<RouteLine>> route_of(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                        std::int64_t limit);

Json to_json(const RouteLine& line);

}  // namespace flead::channels
