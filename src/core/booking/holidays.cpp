#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/calendars_store.h"
#include "core/booking/holiday.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_holiday_name_max = 200;
constexpr int k_saturday = 6;  // of weekday_of

struct LawDay {
  int month, day;
  std::string_view name;
};
// Article 112 of the Labour Code of the Russian Federation. Those of January don't move by
// themselves: the government says where to.
constexpr LawDay k_law_days[] = {
    {1, 1, "Новогодние каникулы"},
    {1, 2, "Новогодние каникулы"},
    {1, 3, "Новогодние каникулы"},
    {1, 4, "Новогодние каникулы"},
    {1, 5, "Новогодние каникулы"},
    {1, 6, "Новогодние каникулы"},
    {1, 7, "Рождество Христово"},
    {1, 8, "Новогодние каникулы"},
    {2, 23, "День защитника Отечества"},
    {3, 8, "Международный женский день"},
    {5, 1, "Праздник Весны и Труда"},
    {5, 9, "День Победы"},
    {6, 12, "День России"},
    {11, 4, "День народного единства"},
};

// Days off that the government moved to working days.
constexpr Date k_transfers[] = {
    {2026, 1, 9},    // decree 1466 of 24 September 2025: from Saturday, 3 January
    {2026, 12, 31},  // and from Sunday, 4 January
};

bool is_weekend(Date date) {
  return weekday_of(date) >= k_saturday;
}

}  // namespace

bool knows_transfers(int year) {
  return std::any_of(std::begin(k_transfers), std::end(k_transfers),
                     [&](const Date& date) { return date.year == year; });
}

std::vector<NamedDay> russian_holidays(int year) {
  std::set<std::int64_t> taken;
  for (const LawDay& day : k_law_days) taken.insert(days_from_date({year, day.month, day.day}));
  std::vector<NamedDay> days;
  for (const LawDay& day : k_law_days) {
    const Date date{year, day.month, day.day};
    days.push_back({date, std::string(day.name)});
    if (!is_weekend(date) || day.month == 1) continue;
    std::int64_t moved = days_from_date(date) + 1;
    while (is_weekend(date_from_days(moved)) || taken.contains(moved)) ++moved;
    taken.insert(moved);
    days.push_back({date_from_days(moved), std::string(day.name)});
  }
  for (const Date& date : k_transfers) {
    if (date.year == year) days.push_back({date, "Перенесённый выходной"});
  }
  std::sort(days.begin(), days.end(),
            [](const NamedDay& a, const NamedDay& b) { return a.date < b.date; });
  return days;
}

Status add_holidays(store::Tx& tx, const TenantId& tenant, const std::vector<NamedDay>& days) {
  for (const NamedDay& day : days) {
    NamedDay clean = day;
    clean.name = trim(day.name);
    if (utf8_length(clean.name) > k_holiday_name_max || !valid_utf8(clean.name) ||
        has_control_characters(clean.name)) {
      return refused_field(
          "name", "name_invalid",
          fmt::format("A holiday's name is one line of up to {} characters.", k_holiday_name_max));
    }
    FLEAD_CHECK(calendars_store::put_holiday(tx, tenant, clean));
  }
  FLEAD_TRY(const auto all, calendars_store::holidays(tx, tenant));
  if (all.size() >= static_cast<std::size_t>(k_holidays_max)) {
    return refused("too_many_holidays",
                   fmt::format("A tenant has fewer than {} holidays.", k_holidays_max));
  }
  return {};
}

Status remove_holiday(store::Tx& tx, const TenantId& tenant, Date date) {
  FLEAD_TRY(const bool gone, calendars_store::delete_holiday(tx, tenant, date));
  if (!gone) {
    return not_found("holiday_not_found", format_date(date) + " is no holiday.",
                     "flead slot holiday list shows them");
  }
  return {};
}

Result<std::vector<NamedDay>> list_holidays(store::Tx& tx, const TenantId& tenant) {
  return calendars_store::holidays(tx, tenant);
}

}  // namespace flead::booking
