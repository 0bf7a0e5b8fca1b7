#include "core/intake/counters.h"

#include <map>
#include <tuple>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/zone.h"
#include "core/intake/counters_store.h"
#include "core/intake/lead.h"

namespace flead::intake {
namespace {

// A source comes from an address that anybody may write: a label is as long as a column is wide.
std::string label(std::string_view text) {
  return std::string(utf8_prefix(text, k_source_label_characters_max));
}

// The tenant's own zone was checked when it was set; without it, UTC is as good as any.
std::string day_of(const std::string& zone_name, TimeMs time) {
  const auto zone = Zone::load(zone_name);
  return format_date((zone ? *zone : Zone::utc()).wall(time).date);
}

}  // namespace

std::string source_label(const Lead& lead) {
  return label(lead.utm.source.empty() ? lead.source : lead.utm.source);
}

Status count(store::Tx& tx, const tenants::Tenant& tenant, TimeMs now, std::string_view metric,
             std::string_view key, std::int64_t by) {
  return counters_store::add(tx, tenant.id, day_of(tenant.zone, now), metric, key, by);
}

Status count(store::Tx& tx, const TenantId& tenant, TimeMs now, std::string_view metric,
             std::string_view key, std::int64_t by) {
  FLEAD_TRY(const tenants::Tenant whole, tenants::load(tx, tenant));
  return count(tx, whole, now, metric, key, by);
}

Status count_status(store::Tx& tx, const TenantId& tenant, std::string_view from,
                    std::string_view to) {
  if (from == to) return {};
  if (!from.empty()) FLEAD_CHECK(counters_store::add_total(tx, tenant, from, -1));
  if (!to.empty()) FLEAD_CHECK(counters_store::add_total(tx, tenant, to, 1));
  return {};
}

Status recount(store::Tx& tx, const tenants::Tenant& tenant) {
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> days;
  std::map<std::string, std::int64_t, std::less<>> totals;
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  FLEAD_CHECK(counters_store::each_fact(
      tx, tenant.id,
      [&](const counters_store::Fact& fact) {
        days[{format_date(zone.wall(fact.at).date), std::string(fact.metric), label(fact.key)}] +=
            fact.by;
      },
      [&](std::string_view status) { ++totals[std::string(status)]; }));
  FLEAD_CHECK(counters_store::clear(tx, tenant.id));
  for (const auto& [place, count] : days) {
    const auto& [day, metric, key] = place;
    FLEAD_CHECK(counters_store::add(tx, tenant.id, day, metric, key, count));
  }
  for (const auto& [status, count] : totals) {
    FLEAD_CHECK(counters_store::add_total(tx, tenant.id, status, count));
  }
  return {};
}

Result<std::vector<CounterGap>> counter_gaps(store::Tx& tx, const tenants::Tenant& tenant) {
  std::map<std::pair<std::string, std::string>, CounterGap> all;
  const auto figure = [&](std::string_view metric, std::string_view key) -> CounterGap& {
    return all[{std::string(metric), std::string(key)}];
  };
  FLEAD_CHECK(counters_store::each_fact(
      tx, tenant.id,
      [&](const counters_store::Fact& fact) {
        figure(fact.metric, label(fact.key)).counted += fact.by;
      },
      [&](std::string_view status) { ++figure("total", status).counted; }));
  FLEAD_CHECK(counters_store::each_sum(
      tx, tenant.id, [&](std::string_view metric, std::string_view key, std::int64_t sum) {
        figure(metric, key).kept = sum;
      }));
  std::vector<CounterGap> gaps;
  for (auto& [place, gap] : all) {
    if (gap.kept == gap.counted || place.first == k_metric_bookings) continue;
    std::tie(gap.metric, gap.key) = place;
    gaps.push_back(std::move(gap));
  }
  return gaps;
}

}  // namespace flead::intake
