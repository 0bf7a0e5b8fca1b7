#include "core/intake/counters_store.h"

#include "core/base/limits.h"

namespace flead::intake {

Result<std::vector<DayCount>> day_counts(store::Tx& tx, const TenantId& tenant,
                                         std::string_view first, std::string_view last) {
  return tx.all(
      R"sql(
      SELECT day, metric, key, count FROM day_counts
      WHERE tenant_id = $1 AND day >= $2 AND day <= $3
      ORDER BY day, metric, key LIMIT $4
  )sql",
      [](const store::Row& row) {
        return DayCount{row.string(0), row.string(1), row.string(2), row.integer(3)};
      },
      tenant, first, last, k_day_counts_max);
}

Result<std::vector<StatusTotal>> lead_totals(store::Tx& tx, const TenantId& tenant) {
  return tx.all(
      "SELECT status, count FROM lead_totals WHERE tenant_id = $1 AND count > 0"
      " ORDER BY status LIMIT 100",
      [](const store::Row& row) { return StatusTotal{row.string(0), row.integer(1)}; }, tenant);
}

namespace counters_store {

Status add(store::Tx& tx, const TenantId& tenant, std::string_view day, std::string_view metric,
           std::string_view key, std::int64_t by) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO day_counts (tenant_id, day, metric, key, count) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (tenant_id, day, metric, key) DO UPDATE
      SET count = day_counts.count + excluded.count
  )sql",
                      tenant, day, metric, key, by));
  return {};
}

Status add_total(store::Tx& tx, const TenantId& tenant, std::string_view status, std::int64_t by) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO lead_totals (tenant_id, status, count) VALUES ($1, $2, $3)
      ON CONFLICT (tenant_id, status) DO UPDATE SET count = lead_totals.count + excluded.count
  )sql",
                      tenant, status, by));
  return {};
}

Status clear(store::Tx& tx, const TenantId& tenant) {
  FLEAD_CHECK(tx.exec("DELETE FROM day_counts WHERE tenant_id = $1", tenant));
  FLEAD_CHECK(tx.exec("DELETE FROM lead_totals WHERE tenant_id = $1", tenant));
  return {};
}

Status each_sum(store::Tx& tx, const TenantId& tenant,
                const std::function<void(std::string_view metric, std::string_view key,
                                         std::int64_t sum)>& visit) {
  return tx.each(
      R"sql(
      SELECT metric, key, CAST(SUM(count) AS BIGINT) FROM day_counts WHERE tenant_id = $1
      GROUP BY metric, key
      UNION ALL
      SELECT 'total', status, count FROM lead_totals WHERE tenant_id = $1
  )sql",
      [&](const store::Row& row) {
        visit(row.text(0), row.text(1), row.integer(2));
        return true;
      },
      tenant);
}

Status each_fact(store::Tx& tx, const TenantId& tenant,
                 const std::function<void(const Fact&)>& fact,
                 const std::function<void(std::string_view)>& status) {
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT status, source, utm_source, created_at_ms, first_answer_at_ms FROM leads
      WHERE tenant_id = $1
  )sql",
      [&](const store::Row& row) {
        status(row.text(0));
        const TimeMs created = row.integer(3);
        if (row.text(0) == "suspect") {
          fact({created, k_metric_suspects, "", 1});
        } else {
          fact({created, k_metric_leads, row.text(2).empty() ? row.text(1) : row.text(2), 1});
        }
        if (!row.is_null(4)) {
          fact({row.integer(4), k_metric_answered, "", 1});
          fact({row.integer(4), k_metric_answer_ms, "", row.integer(4) - created});
        }
        return true;
      },
      tenant));
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT bookings.created_at_ms,
             CASE WHEN leads.utm_source = '' THEN leads.source ELSE leads.utm_source END
      FROM bookings JOIN leads ON leads.id = bookings.lead_id
      WHERE bookings.tenant_id = $1
        AND bookings.status IN ('confirmed', 'cancelled', 'completed', 'no_show')
  )sql",
      [&](const store::Row& row) {
        fact({row.integer(0), k_metric_bookings, row.text(1), 1});
        return true;
      },
      tenant));
  return tx.each(
      R"sql(
      SELECT sent_at_ms, channel_kind FROM messages
      WHERE tenant_id = $1 AND sent_at_ms IS NOT NULL AND template <> 'channel.test'
  )sql",
      [&](const store::Row& row) {
        fact({row.integer(0), k_metric_messages, row.text(1), 1});
        return true;
      },
      tenant);
}

}  // namespace counters_store
}  // namespace flead::intake
