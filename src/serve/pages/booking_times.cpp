// The first page of booking: the days and times that are free, in the visitor's zone.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/messengers.h"

namespace flead::pages {

namespace {

struct Day {
  Date date;
  std::vector<booking::Slot> slots;
};

std::vector<Day> days_of(const std::vector<booking::Slot>& slots, const Zone& zone) {
  std::vector<Day> days;
  for (const auto& slot : slots) {
    const Date date = zone.wall(slot.starts_at).date;
    if (days.empty() || days.back().date != date) days.push_back({date, {}});
    days.back().slots.push_back(slot);
  }
  return days;
}

void add_zones(Data& data, const Visit& visit, TimeMs now) {
  for (const auto& zone : picker_zones(visit, now)) {
    Data& row = data.add("ZONE");
    row.set("ID", zone.name()).set("LABEL", zone_label(zone, now));
    row.show_if("SELECTED", zone.name() == visit.zone.name());
  }
}

void add_day(Data& data, const Visit& visit, const Day& day, bool open) {
  Data& section = data.add("DAY");
  section.set("DATE", day_label(visit.zone, day.slots.front().starts_at, visit.language));
  section.set("COUNT", std::to_string(day.slots.size()));
  section.show_if("OPEN", open);
  for (const auto& slot : day.slots) {
    Data& time = section.add("TIME");
    time.set("LABEL", time_label(visit.zone, slot.starts_at));
    Visit chosen = visit;
    chosen.offer.slug = slot.offer;  // of a pool, whose turn it is
    time.set("URL", visit_url(chosen, {{"at", format_time(slot.starts_at)}}));
    if (visit.offer.terms.seats > 1) {
      time.add("SEATS").set("LEFT", text_with("booking.seats_left", visit.language,
                                              {{"seats", std::to_string(slot.seats_left)}}));
    }
  }
}

// A first day that was asked for and makes no sense shows the first days there are.
TimeMs first_moment(const Visit& visit, const std::string& from, TimeMs now) {
  const auto date = parse_date(from);
  return date ? std::max(visit.zone.day_start(*date), now) : now;
}

// What stands in the address of this page: the pool's name, or the offer's.
std::string times_slug(const Visit& visit) {
  return visit.pool ? visit.pool->slug : visit.offer.slug;
}

// This page's own visit: its links lead back to the pool.
Visit with_own_slug(Visit visit) {
  if (!visit.pool) return visit;
  visit.offer.slug = visit.pool->slug;
  visit.offer.name = visit.pool->name;
  return visit;
}

}  // namespace

Result<http::Reply> render_times(App& app, const Visit& asked, const TimesPage& times) {
  const Visit visit = with_own_slug(asked);
  const TimeMs now = app.world.clock.now();
  const TimeMs start = first_moment(visit, times.from, now);
  const TimeMs end = now + (visit.offer.terms.horizon_days + 1) * k_day_ms;
  FLEAD_TRY(const auto found, app.store.read([&](store::Tx& tx) {
    return booking::list_slots(app.world, tx, visit.tenant.id, times_slug(visit), start, end,
                               k_slots_on_page_max);
  }));
  const auto days = days_of(found.slots, visit.zone);
  const std::size_t shown = std::min(days.size(), k_days_on_page_max);

  Page page = booking_page("booking_times", visit.language, visit.tenant, visit.offer.name);
  page.script = "booking.js";
  Data& data = page.data;
  data.set("OFFER", visit.offer.name);
  data.set("ABOUT",
           visit.pool ? std::string(text("booking.any", visit.language)) : offer_label(visit));
  data.set("ACTION", offer_path(visit.tenant, visit.offer));
  if (!times.notice.empty()) data.add("NOTICE").set("TEXT", times.notice);
  if (visit.moving) {
    const TimeMs old = visit.moving->starts_at;
    data.add("MOVING").set(
        "WHEN", day_label(visit.zone, old, visit.language) + ", " + time_label(visit.zone, old));
  }
  Visit no_zone = visit;
  no_zone.zone_chosen = false;  // the picker itself sends tz
  add_hidden(data, no_zone, {{"from", times.from}});
  data.set("ZONE_STATE", visit.zone_chosen ? "chosen" : "guessed");
  add_zones(data, visit, now);
  for (std::size_t i = 0; i < shown; ++i) add_day(data, visit, days[i], i == 0);
  data.show_if("NONE", days.empty());
  if (!visit.moving && !visit.pool) {
    const std::size_t path_length = offer_path(visit.tenant, visit.offer).size();
    data.add("WAIT").set("URL", visit_url(visit, {}).insert(path_length, "/wait"));
  }
  if (!times.from.empty()) data.add("FIRST").set("URL", visit_url(visit, {}));
  if (shown < days.size() || found.next_start) {
    const Date next =
        shown < days.size() ? days[shown].date : visit.zone.wall(*found.next_start).date;
    data.add("MORE").set("URL", visit_url(visit, {{"from", format_date(next)}}));
  }
  // The step after the widget's form. Whoever moves a booking has been here before.
  if (visit.lead && !visit.moving) {
    FLEAD_TRY(const auto links, app.store.read([&](store::Tx& tx) {
      return shown_links(app, tx, visit.tenant, *visit.lead);
    }));
    page.messengers = messengers_of(links, visit.language);
  }
  http::Reply reply = render(times.status, page);
  reply.header("cache-control", "no-store");
  return reply;
}

}  // namespace flead::pages
