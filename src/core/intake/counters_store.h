// Rows of day_counts and lead_totals. Only counters.cpp includes this.
#pragma once

#include "core/intake/counters.h"

namespace flead::intake::counters_store {

Status add(store::Tx& tx, const TenantId& tenant, std::string_view day, std::string_view metric,
           std::string_view key, std::int64_t by);
Status add_total(store::Tx& tx, const TenantId& tenant, std::string_view status, std::int64_t by);
Status clear(store::Tx& tx, const TenantId& tenant);

// Every kept figure: those of days summed by metric and key, totals as metric "total".
Status each_sum(store::Tx& tx, const TenantId& tenant,
                const std::function<void(std::string_view metric, std::string_view key,
                                         std::int64_t sum)>& visit);

// One thing to be counted again.
struct Fact {
  TimeMs at = 0;
  std::string_view metric, key;
  std::int64_t by = 1;
};
// Every lead, booking and message of the tenant, as facts; a lead's status goes to `status`.
Status each_fact(store::Tx& tx, const TenantId& tenant,
                 const std::function<void(const Fact&)>& fact,
                 const std::function<void(std::string_view)>& status);

}  // namespace flead::intake::counters_store
