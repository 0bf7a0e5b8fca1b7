// The Monday report's SQL. Called by weekly.cpp alone.
#pragma once

#include <vector>

#include "core/base/id.h"
#include "core/reports/weekly.h"
#include "core/store/store.h"

namespace flead::reports {

Result<Figures> load_figures(store::Tx& tx, const TenantId& tenant, Period period);

enum class Dimension { source, utm_source, channel };
// Both periods at once; `before.to` is `now.from`. The busiest names; the tail is left out.
Result<std::vector<Share>> load_shares(store::Tx& tx, const TenantId& tenant, Dimension dimension,
                                       Period before, Period now);

}  // namespace flead::reports
