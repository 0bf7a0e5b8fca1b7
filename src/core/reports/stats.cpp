#include "core/reports/stats.h"

#include <algorithm>
#include <map>

#include "core/base/limits.h"
#include "core/intake/counters.h"

namespace flead::reports {
namespace {

void add(StatsRow& row, std::string_view metric, std::int64_t count, std::int64_t& answer_ms) {
  if (metric == intake::k_metric_leads) row.leads += count;
  if (metric == intake::k_metric_answered) row.answered += count;
  if (metric == intake::k_metric_answer_ms) answer_ms += count;
  if (metric == intake::k_metric_bookings) row.bookings += count;
  if (metric == intake::k_metric_messages) row.messages += count;
  if (metric == intake::k_metric_suspects) row.suspects += count;
}

// The row that a figure belongs to; nothing when it has none in this breakdown.
std::optional<std::string> place(const intake::DayCount& one, StatsBy by) {
  switch (by) {
    case StatsBy::day:
      return one.day;
    case StatsBy::source:
      if (one.metric == intake::k_metric_leads || one.metric == intake::k_metric_bookings) {
        return one.key;
      }
      return std::nullopt;
    case StatsBy::channel:
      if (one.metric == intake::k_metric_messages) return one.key;
      return std::nullopt;
  }
  return std::nullopt;
}

struct Sum {
  StatsRow row;
  std::int64_t answer_ms = 0;

  StatsRow finish(std::string name) {
    row.name = std::move(name);
    if (row.answered > 0) row.answer_ms = answer_ms / row.answered;
    return row;
  }
};

}  // namespace

std::optional<StatsBy> parse_stats_by(std::string_view name) {
  if (name == "day") return StatsBy::day;
  if (name == "source") return StatsBy::source;
  if (name == "channel") return StatsBy::channel;
  return std::nullopt;
}

Result<Stats> stats(store::Tx& tx, const tenants::Tenant& tenant, Date first, Date last,
                    StatsBy by) {
  const std::int64_t days = days_from_date(last) - days_from_date(first) + 1;
  if (days < 1 || days > k_stats_days_max) {
    return usage_error("period_invalid", "The period runs from one day to a later one, at most " +
                                             std::to_string(k_stats_days_max) + " days.");
  }
  FLEAD_TRY(const auto counts,
            intake::day_counts(tx, tenant.id, format_date(first), format_date(last)));
  Stats stats;
  stats.first = first;
  stats.last = last;
  Sum total;
  std::map<std::string, Sum> sums;
  if (by == StatsBy::day) {
    for (std::int64_t day = 0; day < days; ++day) {
      sums[format_date(date_from_days(days_from_date(first) + day))];
    }
  }
  for (const intake::DayCount& one : counts) {
    add(total.row, one.metric, one.count, total.answer_ms);
    if (const auto name = place(one, by)) {
      Sum& sum = sums[*name];
      add(sum.row, one.metric, one.count, sum.answer_ms);
    }
  }
  stats.total = total.finish("total");
  for (auto& [name, sum] : sums) stats.rows.push_back(sum.finish(name));
  if (by != StatsBy::day) {
    std::stable_sort(stats.rows.begin(), stats.rows.end(),
                     [](const StatsRow& a, const StatsRow& b) {
                       return a.leads + a.messages > b.leads + b.messages;
                     });
  }
  FLEAD_TRY(const auto totals, intake::lead_totals(tx, tenant.id));
  for (const auto& [status, count] : totals) stats.leads_by_status.emplace_back(status, count);
  return stats;
}

Json to_json(const StatsRow& row) {
  return Json::object({{"name", row.name},
                       {"leads", row.leads},
                       {"answered", row.answered},
                       {"answer_ms", row.answer_ms ? Json(*row.answer_ms) : Json()},
                       {"bookings", row.bookings},
                       {"messages", row.messages},
                       {"suspects", row.suspects}});
}

Json to_json(const Stats& stats) {
  Json rows = Json::array();
  for (const StatsRow& row : stats.rows) rows.push(to_json(row));
  Json statuses = Json::object();
  for (const auto& [status, count] : stats.leads_by_status) statuses.set(status, count);
  return Json::object({{"from", format_date(stats.first)},
                       {"to", format_date(stats.last)},
                       {"total", to_json(stats.total)},
                       {"leads_by_status", std::move(statuses)},
                       {"data", std::move(rows)}});
}

}  // namespace flead::reports
