#include "core/channels/away.h"

#include <utility>

#include "core/base/time.h"
#include "core/channels/template.h"

namespace flead::channels {

namespace {

constexpr int k_days_looked_at = 8;  // today's later hours, then a week

// A window's end may be 24:00: the next day's midnight.
TimeMs moment_of(const Zone& zone, Date date, int minute) {
  constexpr int k_day_min = 24 * 60;
  if (minute == k_day_min) return zone.day_start(date_from_days(days_from_date(date) + 1));
  return zone.lookup(WallTime{date, minute / 60, minute % 60, 0}).first;
}

std::string our_text(std::string_view language) {
  return language == "ru" ? "Сейчас у нас нерабочее время. Человек ответит после: {when}."
                          : "We are closed right now. A person will answer after: {when}.";
}

}  // namespace

std::optional<TimeMs> away_until(const std::vector<Window>& hours, const Zone& zone, TimeMs now) {
  const std::int64_t today = days_from_date(zone.wall(now).date);
  std::optional<TimeMs> next;
  // Yesterday too: a window that ends at 24:00 may end on a later day's clock.
  for (std::int64_t day = today - 1; day < today + k_days_looked_at; ++day) {
    const Date date = date_from_days(day);
    for (const Window& window : hours) {
      if (window.weekday != weekday_of(date)) continue;
      const TimeMs from = moment_of(zone, date, window.from_min);
      if (from <= now && now < moment_of(zone, date, window.to_min)) return std::nullopt;
      if (from > now && (!next || from < *next)) next = from;
    }
  }
  return next;
}

Result<std::string> away_text(store::Tx& tx, const tenants::Tenant& tenant,
                              std::string_view language, TimeMs now) {
  FLEAD_TRY(const std::string hours, tenants::setting(tx, tenant.id, "business.hours"));
  if (hours.empty()) return std::string();
  const auto windows = parse_weekly(hours);
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  const auto until = windows ? away_until(*windows, zone, now) : std::nullopt;
  if (!until) return std::string();
  FLEAD_TRY(std::string text, tenants::setting(tx, tenant.id, "business.text"));
  if (text.empty()) text = our_text(language);
  const Variables values = {
      {"tenant", tenant.name},
      {"when", format_wall_long(zone.wall(*until), language) + " (" + zone.name() + ")"}};
  auto filled = substitute(text, {"tenant", "when"}, values, Medium::text);
  // Braces that mean nothing to us are the tenant's own.
  return filled ? std::move(*filled) : text;
}

}  // namespace flead::channels
