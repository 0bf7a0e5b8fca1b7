// `flead slot check`: counts again, by another way than the one that books.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/weekly.h"
#include "core/booking/booking.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calcom_link.h"
#include "core/booking/calendar.h"
#include "core/booking/calendars_store.h"
#include "core/booking/offers_store.h"

namespace flead::booking {
namespace {

// Rows come by host and start, so only what still lasts is kept: one sweep, whatever the history.
class OverlapSweep {
 public:
  OverlapSweep(TimeMs now, CheckReport& report) : now_(now), report_(report) {}

  void add(const CheckRow& row) {
    ++report_.bookings;
    check_row(row);
    const auto state = parse_state(row.status);
    if (!state || !takes_time(*state)) return;
    if (state == State::held && row.held_until.value_or(0) <= now_) return;
    if (row.host != host_) open_.clear();
    host_ = row.host;
    std::erase_if(open_, [&](const CheckRow& other) {
      return std::max(other.busy_until, other.ends_at) <= row.starts_at;
    });
    std::int64_t same_slot = 1;
    for (const auto& other : open_) {
      const bool shares = other.offer == row.offer && other.starts_at == row.starts_at &&
                          other.ends_at == row.ends_at;
      if (shares) {
        ++same_slot;
      } else {
        // Another calendar took its time without asking: the host has to look, but nothing of ours
        // is wrong.
        add_finding(!row.kept && !other.kept, row, "overlap",
                    fmt::format("Overlaps booking {} at {}", other.id, format_time(row.starts_at)));
      }
    }
    if (same_slot > row.seats && !row.kept) {
      report(row, "seats",
             fmt::format("{} in a slot of {} at {}", same_slot, row.seats,
                         format_time(row.starts_at)));
    }
    open_.push_back(row);
  }

 private:
  void check_row(const CheckRow& row) {
    if (!row.host_ok) report(row, "orphan", "Its host is missing, or another tenant's");
    if (!row.offer_ok) report(row, "orphan", "Its offer is missing, or another host's");
    if (row.has_lead && !row.lead_ok) {
      report(row, "orphan", "Its lead is missing, or another tenant's");
    }
    const bool is_hold = row.status == "held" || row.status == "expired";
    if (is_hold && !row.held_until) report(row, "span", "A hold without an end");
    const bool fits = row.starts_at < row.ends_at && row.ends_at <= row.busy_until &&
                      (row.kept || row.busy_until - row.starts_at <= k_booking_span_ms_max);
    if (!fits) report(row, "span", "Its times do not follow each other");
  }

  void report(const CheckRow& row, std::string_view code, std::string message) {
    add_finding(true, row, code, std::move(message));
  }

  void add_finding(bool problem, const CheckRow& row, std::string_view code, std::string message) {
    report_.findings.push_back({problem, std::string(code), row.id, row.host, std::move(message)});
  }

  TimeMs now_;
  CheckReport& report_;
  std::string host_;
  std::vector<CheckRow> open_;
};

bool has_exception(const Schedule& schedule, Date date) {
  return std::any_of(schedule.exceptions.begin(), schedule.exceptions.end(),
                     [&](const DayException& exception) { return exception.date == date; });
}

std::string print_window(const Window& window) {
  return fmt::format("{} {}-{}", weekday_name(window.weekday), print_minutes(window.from_min),
                     print_minutes(window.to_min));
}

// Days on which the host's clock changes inside a window: people would be offered another count of
// slots than in other weeks. A day that has an exception was decided on by a person.
void check_clock_changes(const Host& host, const Schedule& schedule, TimeMs now,
                         CheckReport& report) {
  const std::int64_t today = days_from_date(schedule.zone.wall(now).date);
  for (std::int64_t day = today; day <= today + schedule.terms.horizon_days; ++day) {
    const Date date = date_from_days(day);
    const TimeMs start = schedule.zone.day_start(date);
    const TimeMs end = schedule.zone.day_start(date_from_days(day + 1));
    if (end - start == k_day_ms || has_exception(schedule, date)) continue;
    for (const auto& window : schedule.windows) {
      if (window.weekday != weekday_of(date)) continue;
      Schedule single = schedule;
      single.windows = {window};
      const auto made = static_cast<std::int64_t>(starts_on(single, date).size());
      const std::int64_t usual = (window.to_min - window.from_min) / schedule.terms.length_min;
      if (made == usual) continue;
      report.findings.push_back(
          {true, made < usual ? "dst_gap" : "dst_repeat", "", host.slug,
           fmt::format("The clock of {} changes on {} inside {}: {} slots instead of {}. Decide on "
                       "that day: flead slot except add",
                       host.zone, format_date(date), print_window(window), made, usual)});
    }
  }
}

Status check_offer(store::Tx& tx, const Host& host, const Offer& offer, TimeMs now,
                   CheckReport& report, std::map<std::string, Schedule>& schedules) {
  const auto problem = [&](bool is_problem, std::string_view code, std::string message) {
    report.findings.push_back({is_problem, std::string(code), "", host.slug, std::move(message)});
  };
  auto schedule = load_schedule(tx, offer);
  if (!schedule && schedule.error().code != "zone_unknown") return schedule.error();
  if (!schedule) {
    problem(true, "zone_unknown", fmt::format("The zone \"{}\" is not known here", host.zone));
    return {};
  }
  for (const auto& window : schedule->windows) {
    ++report.rules;
    if (window.to_min - window.from_min < offer.terms.length_min) {
      problem(false, "window_too_short",
              fmt::format("{} is shorter than a slot of {}", print_window(window), offer.slug));
    }
  }
  if (!offer.retired) check_clock_changes(host, *schedule, now, report);
  schedules.emplace(offer.id.text(), std::move(*schedule));
  return {};
}

// What other calendars say: the host would be in two places, or nobody knows any more.
Status check_calendars(store::Tx& tx, const tenants::Tenant& tenant, TimeMs now,
                       CheckReport& report) {
  FLEAD_TRY(const auto clashes, calendars_store::clashes(tx, tenant.id, now));
  for (const auto& clash : clashes) {
    report.findings.push_back({true, "calendar_overlap", clash.booking.text(), clash.host_slug,
                               fmt::format("At {} calendar {} is busy, too",
                                           format_time(clash.starts_at), clash.calendar.text())});
  }
  FLEAD_TRY(const auto calendars, list_calendars(tx, tenant.id));
  for (const Calendar& calendar : calendars) {
    if (!is_stale(calendar, now)) continue;
    report.findings.push_back({true, "calendar_stale", "", calendar.host_slug,
                               fmt::format("Calendar {} at {} could not be read lately: {}",
                                           calendar.id.text(), calendar.place, calendar.error)});
  }
  FLEAD_TRY(const auto links, list_calcom(tx, tenant.id));
  for (const CalcomLink& link : links) {
    if (!is_stale(link, now)) continue;
    report.findings.push_back({true, "calcom_stale", "", "",
                               fmt::format("What is booked of {} at Cal.com is not known here: {}",
                                           link.offer_slug, link.error)});
  }
  return {};
}

bool is_live(const CheckRow& row) {
  return row.status == "requested" || row.status == "confirmed";
}

}  // namespace

Result<CheckReport> check(World& world, store::Tx& tx, const tenants::Tenant& tenant) {
  CheckReport report;
  const TimeMs now = world.clock.now();
  std::map<std::string, Schedule> schedules;
  FLEAD_TRY(const auto hosts, hosts_of(tx, tenant.id));
  for (const auto& host : hosts) {
    ++report.hosts;
    FLEAD_TRY(const auto offers, offers_of_host(tx, host.id));
    for (const auto& offer : offers) {
      FLEAD_CHECK(check_offer(tx, host, offer, now, report, schedules));
    }
  }
  OverlapSweep sweep(now, report);
  FLEAD_CHECK(each_for_check(tx, tenant.id, [&](const CheckRow& row) {
    sweep.add(row);
    const auto schedule = schedules.find(row.offer);
    if (is_live(row) && !row.kept && row.starts_at > now && schedule != schedules.end() &&
        !is_start(schedule->second, row.starts_at)) {
      report.findings.push_back({false, "outside_windows", row.id, row.host,
                                 fmt::format("{} is outside today's windows and exceptions",
                                             format_time(row.starts_at))});
    }
    return true;
  }));
  FLEAD_CHECK(check_calendars(tx, tenant, now, report));
  return report;
}

}  // namespace flead::booking
