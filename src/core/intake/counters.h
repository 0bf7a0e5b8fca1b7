// Counters: the figures of a dashboard, kept in the transaction that changes them, so that asking
// costs the same at ten leads and at ten million. Callers: intake itself, booking and channels
// (add), reports (days, totals). recount() makes them anew from the leads and is how tests and
// `db recount` know that they are right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::intake {

struct Lead;

// What is counted by day; the key is in brackets.
inline constexpr std::string_view k_metric_leads = "leads";          // (source_label)
inline constexpr std::string_view k_metric_suspects = "suspects";    // ("")
inline constexpr std::string_view k_metric_answered = "answered";    // ("") first answers
inline constexpr std::string_view k_metric_answer_ms = "answer_ms";  // ("") their waits, summed
inline constexpr std::string_view k_metric_bookings = "bookings";    // (source_label)
inline constexpr std::string_view k_metric_messages = "messages";    // (kind of channel)

// Where a lead came from, as people ask: its campaign's source, else how it came in.
std::string source_label(const Lead& lead);

// `by` more of `metric` on the day that `now` is at the tenant's.
Status count(store::Tx& tx, const tenants::Tenant& tenant, TimeMs now, std::string_view metric,
             std::string_view key, std::int64_t by = 1);
// For callers that know the tenant by its id only: one more read.
Status count(store::Tx& tx, const TenantId& tenant, TimeMs now, std::string_view metric,
             std::string_view key, std::int64_t by = 1);
// A lead's status changed; "" is "was not there" or "is no more".
Status count_status(store::Tx& tx, const TenantId& tenant, std::string_view from,
                    std::string_view to);

struct DayCount {
  std::string day;  // 2026-01-05
  std::string metric, key;
  std::int64_t count = 0;
};
// Days from `first` to `last` inclusive, oldest first; at most k_day_counts_max rows.
Result<std::vector<DayCount>> day_counts(store::Tx& tx, const TenantId& tenant,
                                         std::string_view first, std::string_view last);
struct StatusTotal {
  std::string status;
  std::int64_t count = 0;
};
Result<std::vector<StatusTotal>> lead_totals(store::Tx& tx, const TenantId& tenant);

// Counts all leads of the tenant again and replaces their figures (leads, suspects, answered,
// answer_ms, totals); bookings and messages too. One transaction that reads every lead: for a
// maintenance hour.
Status recount(store::Tx& tx, const tenants::Tenant& tenant);

// A kept figure that is not what a recount would find; metric "total" is the leads of one status.
struct CounterGap {
  std::string metric, key;
  std::int64_t kept = 0, counted = 0;
};
// Reads only, and reads every lead: for `db check`. Days are compared by their sum, for a tenant's
// zone may have changed meanwhile. Bookings are left out: whether one that was cancelled had been
// confirmed before is not kept.
Result<std::vector<CounterGap>> counter_gaps(store::Tx& tx, const tenants::Tenant& tenant);

}  // namespace flead::intake
