// Jobs about one person, for whoever erases that person. Callers: core/upkeep/erase.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/store/store.h"

namespace flead::jobs {

// Ids of the tenant's jobs, from `from_id` on, whose subject is one of these. Reads every job from
// there on.
Result<std::vector<JobId>> jobs_about(store::Tx& tx, const TenantId& tenant,
                                      const std::set<std::string, std::less<>>& subjects,
                                      std::string_view from_id);
// One that runs right now finds nothing to record its end in.
Status erase_jobs(store::Tx& tx, const std::vector<JobId>& ids);

}  // namespace flead::jobs
