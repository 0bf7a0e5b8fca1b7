#include "core/reports/weekly.h"

#include <fmt/format.h>

#include "core/reports/weekly_store.h"

namespace flead::reports {

namespace {

// The Monday of week 1: the week that has the year's first Thursday, so 4 January is in it.
Date first_monday(std::int32_t year) {
  return monday_of(Date{year, 1, 4});
}

Date plus_days(Date date, std::int64_t days) {
  return date_from_days(days_from_date(date) + days);
}

std::optional<std::int32_t> digits(std::string_view text) {
  std::int32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

Period week_period(const Zone& zone, Date monday) {
  return {zone.day_start(monday), zone.day_start(plus_days(monday, 7))};
}

Json figures_json(const Figures& figures) {
  Json answer = Json::object();
  answer.set("answered", figures.answered);
  answer.set("median_seconds",
             figures.median_answer_ms ? Json(*figures.median_answer_ms / k_second_ms) : Json());
  answer.set("within_5_minutes", figures.answered_fast);
  answer.set("share_within_5_minutes",
             figures.leads == 0
                 ? Json()
                 : Json(static_cast<double>(figures.answered_fast * 1000 / figures.leads) / 1000));
  Json object = Json::object();
  object.set("leads", figures.leads);
  object.set("first_answer", std::move(answer));
  object.set("bookings", figures.bookings);
  return object;
}

Json shares_json(const std::vector<Share>& shares, std::string_view key) {
  Json array = Json::array();
  for (const Share& share : shares) {
    Json row = Json::object();
    row.set(key, share.name.empty() ? Json() : Json(share.name));
    row.set("leads", share.leads);
    row.set("leads_before", share.leads_before);
    row.set("bookings", share.bookings);
    row.set("bookings_before", share.bookings_before);
    array.push(std::move(row));
  }
  return array;
}

}  // namespace

Date monday_of(Date day) {
  return plus_days(day, 1 - weekday_of(day));
}

std::string format_week(Date monday) {
  const std::int32_t year = plus_days(monday, 3).year;  // its Thursday's
  const std::int64_t days = days_from_date(monday) - days_from_date(first_monday(year));
  return fmt::format("{:04}-W{:02}", year, days / 7 + 1);
}

std::optional<Date> parse_week(std::string_view text) {
  if (text.size() != 8 || text[4] != '-' || (text[5] != 'W' && text[5] != 'w')) return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto week = digits(text.substr(6));
  if (!year || !week || *year < 1970 || *week < 1 || *week > 53) return std::nullopt;
  const Date monday = plus_days(first_monday(*year), (*week - 1) * 7);
  // Week 53 of a year with 52 weeks is week 1 of the next: not what was meant.
  if (plus_days(monday, 3).year != *year) return std::nullopt;
  return monday;
}

Date last_full_week(TimeMs now, const Zone& zone) {
  return plus_days(monday_of(zone.wall(now).date), -7);
}

Result<Weekly> weekly(store::Tx& tx, const tenants::Tenant& tenant, Date monday) {
  FLEAD_TRY(const auto zone, Zone::load(tenant.zone));
  Weekly report;
  report.tenant_slug = tenant.slug;
  report.tenant_name = tenant.name;
  report.zone_name = zone.name();
  report.monday = monday;
  report.period = week_period(zone, monday);
  const Period before = week_period(zone, plus_days(monday, -7));

  FLEAD_TRY(report.now, load_figures(tx, tenant.id, report.period));
  FLEAD_TRY(report.before, load_figures(tx, tenant.id, before));
  FLEAD_TRY(report.by_source, load_shares(tx, tenant.id, Dimension::source, before, report.period));
  FLEAD_TRY(report.by_utm_source,
            load_shares(tx, tenant.id, Dimension::utm_source, before, report.period));
  FLEAD_TRY(report.by_channel,
            load_shares(tx, tenant.id, Dimension::channel, before, report.period));
  return report;
}

Json to_json(const Weekly& report) {
  Json object = Json::object();
  object.set("tenant", report.tenant_slug);
  object.set("week", format_week(report.monday));
  object.set("zone", report.zone_name);
  object.set("from", format_time(report.period.from));
  object.set("to", format_time(report.period.to));
  const Json now = figures_json(report.now);
  for (const auto& [key, value] : now.members()) object.set(key, value);
  object.set("before",
             figures_json(report.before).set("week", format_week(plus_days(report.monday, -7))));
  object.set("by_source", shares_json(report.by_source, "source"));
  object.set("by_utm_source", shares_json(report.by_utm_source, "utm_source"));
  object.set("by_channel", shares_json(report.by_channel, "channel"));
  return object;
}

}  // namespace flead::reports
