#include "core/booking/figures.h"

#include "core/base/money.h"

namespace flead::booking {

namespace {

void add_row(ExpertFigures& figures, const store::Row& row) {
  const std::string_view status = row.text(1);
  const std::int64_t count = row.integer(3);
  if (status == "completed") figures.completed += count;
  if (status == "no_show") figures.no_shows += count;
  if (status == "cancelled") figures.cancelled += count;
  if (status == "confirmed") figures.coming += row.integer(4);
  const bool earned = status == "completed" || status == "no_show" || status == "cancelled";
  if (earned && row.integer(5) != 0) figures.income_minor[row.string(2)] += row.integer(5);
  figures.answers += row.integer(6);
  figures.answer_ms += row.integer(7);
}

}  // namespace

Result<std::map<HostId, ExpertFigures>> figures(store::Tx& tx, const TenantId& tenant,
                                                const FiguresFilter& filter, TimeMs now) {
  std::string sql = R"sql(
      SELECT host_id, status, price_currency, COUNT(*),
             CAST(SUM(CASE WHEN starts_at_ms > $4 THEN 1 ELSE 0 END) AS BIGINT),
             CAST(SUM(price_minor - COALESCE(refund_due_minor, 0)) AS BIGINT),
             COUNT(answered_at_ms),
             CAST(SUM(COALESCE(answered_at_ms - created_at_ms, 0)) AS BIGINT)
      FROM bookings
      WHERE tenant_id = $1 AND starts_at_ms >= $2 AND starts_at_ms < $3 AND )sql";
  sql += filter.host ? "host_id = $5" : "CAST($5 AS TEXT) IS NULL";
  sql += " GROUP BY host_id, status, price_currency";
  std::map<HostId, ExpertFigures> found;
  FLEAD_CHECK(tx.each(
      sql,
      [&](const store::Row& row) {
        add_row(found[row.id<HostId>(0)], row);
        return true;
      },
      tenant, filter.from, filter.to, now, filter.host));
  return found;
}

Result<std::map<HostId, Rating>> ratings(store::Tx& tx, const TenantId& tenant) {
  std::map<HostId, Rating> found;
  FLEAD_CHECK(tx.each(
      "SELECT host_id, rating_sum, rating_count FROM experts WHERE tenant_id = $1 AND "
      "rating_count > 0 ORDER BY slug",
      [&](const store::Row& row) {
        found[row.id<HostId>(0)] = {row.integer(1), row.integer(2)};
        return true;
      },
      tenant));
  return found;
}

Json to_json(const ExpertFigures& figures) {
  Json income = Json::array();
  for (const auto& [currency, minor] : figures.income_minor) {
    income.push(to_json(Money{minor, currency}));
  }
  return Json::object(
      {{"sessions", figures.completed},
       {"no_shows", figures.no_shows},
       {"cancelled", figures.cancelled},
       {"coming", figures.coming},
       {"income", std::move(income)},
       {"answers", figures.answers},
       {"answer_ms", figures.answers == 0 ? Json() : Json(figures.answer_ms / figures.answers)}});
}

}  // namespace flead::booking
