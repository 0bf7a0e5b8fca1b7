#include "core/reports/weekly_store.h"

#include "core/base/limits.h"
#include "core/intake/lead.h"

namespace flead::reports {

namespace {

// Ids begin with their time: without their bound, each figure would walk all leads that ever were.
constexpr std::string_view k_count_leads = R"sql(
    SELECT COUNT(*), COUNT(first_answer_at_ms),
           CAST(COALESCE(SUM(CASE WHEN first_answer_at_ms - created_at_ms <= $4
                                  THEN 1 ELSE 0 END), 0) AS BIGINT)
    FROM leads
    WHERE tenant_id = $1 AND id >= $5 AND created_at_ms >= $2 AND created_at_ms < $3
      AND status <> 'suspect'
)sql";

constexpr std::string_view k_count_bookings = R"sql(
    SELECT COUNT(*) FROM bookings
    WHERE tenant_id = $1 AND created_at_ms >= $2 AND created_at_ms < $3
      AND status IN ('requested', 'confirmed', 'completed', 'no_show')
)sql";

// The middle wait, or the mean of the two in the middle: the engine sorts, we keep one number.
constexpr std::string_view k_median_answer = R"sql(
    SELECT CAST(SUM(wait_ms) AS BIGINT) / COUNT(*)
    FROM (SELECT first_answer_at_ms - created_at_ms AS wait_ms,
                 ROW_NUMBER() OVER (ORDER BY first_answer_at_ms - created_at_ms, id) AS place
          FROM leads
          WHERE tenant_id = $1 AND id >= $6 AND created_at_ms >= $2 AND created_at_ms < $3
            AND status <> 'suspect' AND first_answer_at_ms IS NOT NULL) AS waits
    WHERE place = $4 OR place = $5
)sql";

// $2 to $3 is the week before, $3 to $4 the week. A booking counts under its lead's name, in the
// week when it was made. A lead's channel is the kind of the first message that a channel took,
// else the kind the person asked for.
constexpr std::string_view k_shares = R"sql(
    SELECT name, CAST(SUM(leads_now) AS BIGINT), CAST(SUM(leads_before) AS BIGINT),
           CAST(SUM(bookings_now) AS BIGINT), CAST(SUM(bookings_before) AS BIGINT)
    FROM (SELECT CASE WHEN $5 = 'source' THEN l.source
                      WHEN $5 = 'utm_source' THEN l.utm_source
                      ELSE COALESCE((SELECT m.channel_kind FROM messages m
                                     WHERE m.lead_id = l.id AND m.sent_at_ms IS NOT NULL
                                     ORDER BY m.sent_at_ms, m.id LIMIT 1), l.channel) END AS name,
                 leads_now, leads_before, bookings_now, bookings_before
          FROM (SELECT id AS lead_id, 1 - before AS leads_now, before AS leads_before,
                       0 AS bookings_now, 0 AS bookings_before
                FROM (SELECT id, CASE WHEN created_at_ms < $3 THEN 1 ELSE 0 END AS before
                      FROM leads
                      WHERE tenant_id = $1 AND id >= $7 AND created_at_ms >= $2
                        AND created_at_ms < $4 AND status <> 'suspect') AS came
                UNION ALL
                SELECT lead_id, 0, 0, 1 - before, before
                FROM (SELECT lead_id, CASE WHEN created_at_ms < $3 THEN 1 ELSE 0 END AS before
                      FROM bookings
                      WHERE tenant_id = $1 AND created_at_ms >= $2 AND created_at_ms < $4
                        AND status IN ('requested', 'confirmed', 'completed', 'no_show'))
                     AS booked) AS counted
          JOIN leads l ON l.id = counted.lead_id) AS named
    GROUP BY name ORDER BY 2 DESC, 3 DESC, 4 DESC, 1 LIMIT $6
)sql";

Figures read_lead_counts(const store::Row& row) {
  Figures figures;
  figures.leads = row.integer(0);
  figures.answered = row.integer(1);
  figures.answered_fast = row.integer(2);
  return figures;
}

std::int64_t read_count(const store::Row& row) {
  return row.integer(0);
}

Share read_share(const store::Row& row) {
  return {row.string(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4)};
}

std::string_view dimension_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::source:
      return "source";
    case Dimension::utm_source:
      return "utm_source";
    case Dimension::channel:
      return "channel";
  }
  return "";
}

}  // namespace

Result<Figures> load_figures(store::Tx& tx, const TenantId& tenant, Period period) {
  FLEAD_TRY(auto figures, tx.one(k_count_leads, read_lead_counts, tenant, period.from, period.to,
                                 k_fast_answer_ms, least_id(LeadIdTag::k_prefix, period.from)));
  FLEAD_TRY(figures.bookings, tx.one(k_count_bookings, read_count, tenant, period.from, period.to));
  if (figures.answered > 0) {
    const std::int64_t lower = (figures.answered + 1) / 2;
    const std::int64_t upper = (figures.answered + 2) / 2;
    FLEAD_TRY(figures.median_answer_ms,
              tx.one(k_median_answer, read_count, tenant, period.from, period.to, lower, upper,
                     least_id(LeadIdTag::k_prefix, period.from)));
  }
  return figures;
}

Result<std::vector<Share>> load_shares(store::Tx& tx, const TenantId& tenant, Dimension dimension,
                                       Period before, Period now) {
  return tx.all(k_shares, read_share, tenant, before.from, now.from, now.to,
                dimension_name(dimension), k_report_shares_max,
                least_id(LeadIdTag::k_prefix, before.from));
}

}  // namespace flead::reports
