// Stats: what a dashboard shows, from the kept counters: the same cost for ten leads and for ten
// million, for a day and for a year. Callers: `flead stats`, GET /api/v1/stats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::reports {

enum class StatsBy { day, source, channel };
std::optional<StatsBy> parse_stats_by(std::string_view name);  // "day", "source", "channel"

struct StatsRow {
  std::string name;  // 2026-01-05, vk, sms
  std::int64_t leads = 0;
  std::int64_t answered = 0;
  std::optional<std::int64_t> answer_ms;  // mean wait of those; nothing when none was
  std::int64_t bookings = 0;
  std::int64_t messages = 0;
  std::int64_t suspects = 0;
};

struct Stats {
  Date first, last;  // civil days of the tenant, both inclusive
  StatsRow total;
  std::vector<StatsRow> rows;  // days oldest first; else most leads first
  std::vector<std::pair<std::string, std::int64_t>> leads_by_status;  // now, of all time
};

// By source there are leads and bookings, by channel messages; the other columns stay 0 there.
// Error period_invalid (usage) unless first <= last and at most k_stats_days_max days.
Result<Stats> stats(store::Tx& tx, const tenants::Tenant& tenant, Date first, Date last,
                    StatsBy by);

Json to_json(const StatsRow& row);
Json to_json(const Stats& stats);

}  // namespace flead::reports
