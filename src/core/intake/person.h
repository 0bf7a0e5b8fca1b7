// Everything that intake keeps about one person, for whoever erases that person. Callers:
// core/upkeep/erase, which takes what other areas keep first.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::intake {

struct Lead;

// What no index leads to: raw requests, and answers kept for idempotency.
struct Traces {
  std::vector<RawId> requests;
  std::vector<std::pair<std::string, std::string>> replies;  // scope and key
};
// Those since `since`; 0 is all. Reads every request of the tenant since then, so the long look
// belongs outside of a write.
Result<Traces> find_traces(store::Tx& tx, const TenantId& tenant, const LeadId& lead, TimeMs since);

// The lead with its tags, events and consents, and these traces. Figures are the caller's.
Status erase_lead(store::Tx& tx, const Lead& lead, const Traces& traces);

}  // namespace flead::intake
