#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/caldav.h"
#include "core/booking/calendar.h"
#include "core/booking/calendars_store.h"
#include "core/booking/feed.h"
#include "core/channels/call_place.h"
#include "core/tenants/store_key.h"

namespace flead::booking {

namespace {

constexpr std::int64_t k_coming_page = 500;
constexpr std::int64_t k_coming_pages_max = 40;                 // of a calendar that is new
constexpr std::int64_t k_calendar_pause_ms = 30 * k_minute_ms;  // after a try that failed
constexpr std::int64_t k_calendar_past_ms = k_day_ms;           // what lies behind is of no use

Error no_calendar() {
  return not_found("calendar_not_found", "There is no such calendar.",
                   "flead calendar list shows them");
}

std::string sealed_text(const CaldavAccount& account) {
  return Json::object(
             {{"url", account.url}, {"user", account.user}, {"password", account.password}})
      .dump();
}

Result<CaldavAccount> open_account(App& app, store::Tx& tx, const Calendar& calendar) {
  if (!app.key.present()) {
    return unauthorized("key_missing", "The key that seals secrets is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  FLEAD_TRY(const std::string sealed, calendars_store::sealed_of(tx, calendar.id));
  FLEAD_TRY(const std::string text, app.key.open(sealed, calendar.id.text()));
  FLEAD_TRY(const Json json, parse_json(text));
  return CaldavAccount{json.text("url").value_or(""), json.text("user").value_or(""),
                       json.text("password").value_or(""), calendar.ca_file};
}

channels::HttpRequest feed_request(const CaldavAccount& account) {
  channels::HttpRequest request;
  request.method = "GET";
  request.url = account.url;
  request.label = "calendar read";
  request.headers = {{"accept", "text/calendar"}};
  if (!account.user.empty()) request.headers.push_back(basic_login(account));
  request.ca_file = account.ca_file;
  request.timeout_ms = k_request_timeout_ms;
  request.reply_bytes_max = k_calendar_bytes_max;
  return request;
}

// What an answer means, before its body is looked at.
Status check_answer(const channels::HttpReply& reply) {
  if (reply.status == 0) {
    return provider_error("calendar_unreachable", "The calendar does not answer: " + reply.error);
  }
  if (reply.status == 401 || reply.status == 403) {
    return provider_error("calendar_login", "The calendar refuses this user and password.");
  }
  if (!reply.error.empty()) {
    return provider_error("calendar_answer", "The calendar's answer is too large.");
  }
  if (reply.status >= 300 && reply.status < 400) {
    return provider_error("calendar_answer",
                          "The calendar has another address now: take that one.");
  }
  if (reply.status >= 300) {
    return provider_error("calendar_answer", fmt::format("The calendar answers {}.", reply.status));
  }
  return {};
}

Result<BusyReading> read_objects(const std::vector<std::string>& objects, const BusyWish& wish) {
  BusyReading all;
  for (const std::string& object : objects) {
    auto one = read_busy(object, wish);
    if (!one && one.error().code != "calendar_invalid") return one.error();
    if (!one) {
      ++all.unreadable;
      continue;
    }
    all.events += one->events;
    all.unreadable += one->unreadable;
    all.busy.insert(all.busy.end(), one->busy.begin(), one->busy.end());
    if (all.busy.size() > k_calendar_events_max) break;
  }
  all.busy = join_spans(std::move(all.busy), wish.window);
  return all;
}

// The network is asked here, so never inside a transaction.
Result<BusyReading> fetch_busy(App& app, std::string_view kind, const CaldavAccount& account,
                               const BusyWish& wish) {
  const bool is_feed = kind == "ics";
  const auto reply =
      app.transport.http(is_feed ? feed_request(account) : caldav_query(account, wish.window));
  FLEAD_CHECK(check_answer(reply));
  if (is_feed) return read_busy(reply.body, wish);
  FLEAD_TRY(const auto objects, parse_caldav_query(reply.body));
  return read_objects(objects, wish);
}

// An account's address answers a question for events, too, with none.
Status check_collection(App& app, const CaldavAccount& account) {
  const auto reply = app.transport.http(caldav_kind(account));
  FLEAD_CHECK(check_answer(reply));
  FLEAD_TRY(const bool is_calendar, parse_caldav_kind(reply.body));
  if (is_calendar) return {};
  return provider_error("calendar_address",
                        "This address is not one of a calendar, but of an account or a folder.");
}

Result<BusyWish> wish_for(App& app, const Host& host) {
  BusyWish wish;
  FLEAD_TRY(wish.zone, Zone::load(host.zone));
  const TimeMs now = app.world.clock.now();
  wish.window = {now - k_calendar_past_ms, now + k_calendar_days_max * k_day_ms};
  wish.own_host = host_of_url(app.config.base_url);
  wish.own_email = host.email;
  return wish;
}

Status keep_reading(store::Tx& tx, Calendar& calendar, const BusyReading& reading, TimeMs now) {
  calendar.synced_at = now;
  calendar.tried_at = now;
  calendar.error = reading.unreadable == 0
                       ? std::string()
                       : fmt::format("{} entries could not be read", reading.unreadable);
  calendar.busy_count = static_cast<std::int64_t>(reading.busy.size());
  calendar.updated_at = now;
  FLEAD_CHECK(calendars_store::replace_busy(tx, calendar, reading.busy));
  return calendars_store::update(tx, calendar);
}

Status enqueue_read(World& world, store::Tx& tx, const Calendar& calendar, TimeMs at) {
  jobs::NewJob job;
  job.kind = "calendar.read";
  job.payload = Json::object({{"calendar", calendar.id.text()}});
  job.tenant = calendar.tenant;
  job.subject_id = calendar.id.text();
  job.run_at = at;
  job.unique_key = "calendar.read:" + calendar.id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

Status enqueue_write(World& world, store::Tx& tx, const Calendar& calendar,
                     const Booking& booking) {
  jobs::NewJob job;
  job.kind = "calendar.write";
  job.payload = Json::object({{"calendar", calendar.id.text()}, {"booking", booking.id.text()}});
  job.tenant = calendar.tenant;
  job.subject_id = booking.id.text();
  job.unique_key = fmt::format("calendar.write:{}:{}:{}:{}", calendar.id.text(), booking.id.text(),
                               booking.sequence, state_name(booking.state));
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

// Whether it stands in the host's calendar.
bool is_shown(const Booking& booking) {
  return takes_time(booking.state) && booking.state != State::held && booking.kept_by.empty();
}

Status write_coming(World& world, store::Tx& tx, const Calendar& calendar) {
  Filter filter;
  filter.host = calendar.host_slug;
  filter.from = world.clock.now();
  filter.limit = k_coming_page;
  for (std::int64_t page = 0; page < k_coming_pages_max; ++page) {
    FLEAD_TRY(const auto bookings, list(tx, calendar.tenant, filter));
    for (const Booking& booking : bookings) {
      if (is_shown(booking)) FLEAD_CHECK(enqueue_write(world, tx, calendar, booking));
    }
    if (static_cast<std::int64_t>(bookings.size()) < k_coming_page) break;
    filter.after_start = bookings.back().starts_at;
    filter.after_id = bookings.back().id.text();
  }
  return {};
}

struct Opened {
  Calendar calendar;
  CaldavAccount account;
  Host host;
};

Result<Opened> open_calendar(App& app, const TenantId& tenant, const CalendarId& id) {
  return app.store.read([&](store::Tx& tx) -> Result<Opened> {
    Opened opened;
    FLEAD_TRY(opened.calendar, load_calendar(tx, tenant, id));
    FLEAD_TRY(opened.account, open_account(app, tx, opened.calendar));
    FLEAD_TRY(opened.host, load_host(tx, tenant, opened.calendar.host));
    return opened;
  });
}

Result<BusyReading> read_opened(App& app, const Opened& opened) {
  FLEAD_TRY(const BusyWish wish, wish_for(app, opened.host));
  return fetch_busy(app, opened.calendar.kind, opened.account, wish);
}

// What the store holds now may be younger than what was opened.
Status keep_outcome(App& app, store::Tx& tx, const TenantId& tenant, const CalendarId& id,
                    const Result<BusyReading>& reading) {
  FLEAD_TRY(auto calendar, calendars_store::by_id(tx, tenant, id));
  if (!calendar) return {};  // removed meanwhile
  const TimeMs now = app.world.clock.now();
  if (reading) return keep_reading(tx, *calendar, *reading, now);
  calendar->tried_at = now;
  calendar->error = reading.error().message;
  calendar->updated_at = now;
  return calendars_store::update(tx, *calendar);
}

// All calendars together take as many job threads as one channel: many that hang hold up nobody.
ChannelId all_calendars() {
  return ChannelId("calendars");
}

jobs::Outcome come_again(App& app) {
  return jobs::Outcome::snooze(app.world.clock.now() + k_second_ms, "Other calendars go first");
}

struct WrittenEntry {
  Booking booking;
  std::string text;
  bool shown = false;
};

Result<WrittenEntry> entry_now(App& app, const TenantId& tenant_id, const BookingId& id) {
  return app.store.read([&](store::Tx& tx) -> Result<WrittenEntry> {
    FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
    WrittenEntry entry;
    FLEAD_TRY(entry.booking, load(tx, tenant.id, id));
    entry.shown = is_shown(entry.booking) && entry.booking.lead.has_value();
    FLEAD_TRY(const auto appointment, host_entry(app, tx, tenant, entry.booking, true));
    entry.text = write_calendar(appointment);
    return entry;
  });
}

bool is_local(std::string_view url) {
  const std::string host = host_of_url(url);
  return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

}  // namespace

Result<NewCalendar> check_calendar(NewCalendar input) {
  if (input.kind != "ics" && input.kind != "caldav") {
    return refused_field("kind", "kind_invalid", "A calendar is ics or caldav.");
  }
  if (input.kind == "ics" && input.writes) {
    return refused_field("writes", "writes_invalid",
                         "An .ics address can only be read; give a CalDAV calendar.");
  }
  if (!input.reads && !input.writes) {
    return refused_field("reads", "writes_invalid", "It is neither read nor written.");
  }
  constexpr std::string_view k_webcal = "webcal://";
  if (input.url.starts_with(k_webcal)) input.url = "https://" + input.url.substr(k_webcal.size());
  const bool secure = input.url.starts_with("https://");
  const bool plain = input.url.starts_with("http://") && is_local(input.url);
  if ((!secure && !plain) || input.url.size() > k_url_characters_max ||
      has_control_characters(input.url) || input.url.find(' ') != std::string::npos) {
    return refused_field("url", "url_invalid",
                         "The address of a calendar begins with https:// or webcal://.");
  }
  for (const std::string* one : {&input.user, &input.password}) {
    if (has_control_characters(*one) || one->size() > k_url_characters_max) {
      return refused_field("user", "login_invalid", "User and password are one line each.");
    }
  }
  if (input.user.find(':') != std::string::npos) {
    return refused_field("user", "login_invalid", "A user name has no colon in it.");
  }
  if (input.kind == "caldav" && !input.url.ends_with('/')) input.url += '/';
  return input;
}

Result<Calendar> add_calendar(App& app, const tenants::Tenant& tenant, const NewCalendar& wanted) {
  FLEAD_TRY(const NewCalendar input, check_calendar(wanted));
  FLEAD_TRY(const Host host,
            app.store.read([&](store::Tx& tx) { return find_host(tx, tenant.id, input.host); }));
  if (!app.key.present()) {
    return unauthorized("key_missing", "The key that seals secrets is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  const CaldavAccount account{input.url, input.user, input.password, input.ca_file};
  if (input.kind == "caldav") FLEAD_CHECK(check_collection(app, account));
  FLEAD_TRY(const BusyWish wish, wish_for(app, host));
  FLEAD_TRY(const BusyReading reading, fetch_busy(app, input.kind, account, wish));
  Calendar calendar;
  calendar.id = new_id<CalendarIdTag>(app.world);
  calendar.tenant = tenant.id;
  calendar.host = host.id;
  calendar.host_slug = host.slug;
  calendar.kind = input.kind;
  calendar.place = host_of_url(input.url);
  calendar.ca_file = input.ca_file;
  calendar.reads = input.reads;
  calendar.writes = input.writes;
  calendar.created_at = app.world.clock.now();
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(tenants::check_key(tx, app.key));
    FLEAD_TRY(const auto others, calendars_store::of_host(tx, host.id));
    if (others.size() >= static_cast<std::size_t>(k_calendars_max)) {
      return refused("too_many_calendars",
                     fmt::format("A host has at most {} calendars.", k_calendars_max));
    }
    const std::string sealed =
        app.key.seal(app.world.random, sealed_text(account), calendar.id.text());
    FLEAD_CHECK(calendars_store::insert(tx, calendar, sealed));
    if (calendar.writes) FLEAD_CHECK(write_coming(app.world, tx, calendar));
    if (!calendar.reads) return {};
    FLEAD_CHECK(keep_reading(tx, calendar, reading, app.world.clock.now()));
    return enqueue_read(app.world, tx, calendar, app.world.clock.now() + k_calendar_every_ms);
  }));
  return calendar;
}

Result<std::vector<Calendar>> list_calendars(store::Tx& tx, const TenantId& tenant) {
  return calendars_store::of_tenant(tx, tenant);
}

Result<Calendar> load_calendar(store::Tx& tx, const TenantId& tenant, const CalendarId& id) {
  FLEAD_TRY(auto found, calendars_store::by_id(tx, tenant, id));
  if (!found) return no_calendar();
  return std::move(*found);
}

Result<Calendar> remove_calendar(store::Tx& tx, const TenantId& tenant, const CalendarId& id) {
  FLEAD_TRY(const auto found, load_calendar(tx, tenant, id));
  FLEAD_CHECK(calendars_store::remove(tx, id));
  return found;
}

Result<Calendar> sync_calendar(App& app, const TenantId& tenant, const CalendarId& id) {
  FLEAD_TRY(const Opened opened, open_calendar(app, tenant, id));
  if (!opened.calendar.reads) {
    return refused("calendar_not_read", "This calendar is only written.");
  }
  const auto reading = read_opened(app, opened);
  FLEAD_CHECK(
      app.store.write([&](store::Tx& tx) { return keep_outcome(app, tx, tenant, id, reading); }));
  if (!reading) return reading.error();
  return app.store.read([&](store::Tx& tx) { return load_calendar(tx, tenant, id); });
}

bool is_stale(const Calendar& calendar, TimeMs now) {
  return calendar.reads &&
         calendar.synced_at.value_or(calendar.created_at) + k_calendar_stale_ms < now;
}

Status plan_calendar_writes(World& world, store::Tx& tx, const Booking& booking) {
  FLEAD_TRY(const auto calendars, calendars_store::of_host(tx, booking.host));
  for (const Calendar& calendar : calendars) {
    if (calendar.writes) FLEAD_CHECK(enqueue_write(world, tx, calendar, booking));
  }
  return {};
}

Result<bool> has_calendars(store::Tx& tx) {
  FLEAD_TRY(const auto calendars, calendars_store::all_read(tx));
  return !calendars.empty();
}

Status ensure_calendar_jobs(World& world, store::Tx& tx) {
  FLEAD_TRY(const auto calendars, calendars_store::all_read(tx));
  for (const Calendar& calendar : calendars) {
    FLEAD_CHECK(enqueue_read(world, tx, calendar, world.clock.now() + k_calendar_every_ms));
  }
  return {};
}

jobs::Outcome pull_calendar(App& app, const jobs::Job& job) {
  const auto id = job.payload.text("calendar");
  if (!id || !job.tenant) return jobs::Outcome::dead("The job names no calendar");
  const channels::CallPlace place(all_calendars());
  if (!place.taken()) return come_again(app);
  const CalendarId calendar(*id);
  const auto opened = open_calendar(app, *job.tenant, calendar);
  if (!opened && opened.error().kind == ErrorKind::not_found) return jobs::Outcome::done();
  const TimeMs pause = app.world.clock.now() + k_calendar_pause_ms;
  if (!opened) {
    const Result<BusyReading> nothing = opened.error();
    return jobs::Outcome::snooze(pause, opened.error().message,
                                 [&app, tenant = *job.tenant, calendar, nothing](store::Tx& tx) {
                                   return keep_outcome(app, tx, tenant, calendar, nothing);
                                 });
  }
  const auto reading = read_opened(app, *opened);
  return jobs::Outcome::snooze(reading ? app.world.clock.now() + k_calendar_every_ms : pause,
                               reading ? "" : reading.error().message,
                               [&app, tenant = *job.tenant, calendar, reading](store::Tx& tx) {
                                 return keep_outcome(app, tx, tenant, calendar, reading);
                               });
}

jobs::Outcome push_calendar(App& app, const jobs::Job& job) {
  const auto id = job.payload.text("calendar");
  const auto booking_id = job.payload.text("booking");
  if (!id || !booking_id || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  const channels::CallPlace place(all_calendars());
  if (!place.taken()) return come_again(app);
  const auto opened = open_calendar(app, *job.tenant, CalendarId(*id));
  if (!opened && opened.error().kind == ErrorKind::not_found) return jobs::Outcome::done();
  if (!opened) return jobs::Outcome::retry(opened.error().message);
  const auto written = entry_now(app, *job.tenant, BookingId(*booking_id));
  if (!written) return jobs::Outcome::retry(written.error().message);
  const auto reply = app.transport.http(
      written->shown ? caldav_put(opened->account, written->booking.uid, written->text)
                     : caldav_delete(opened->account, written->booking.uid));
  const bool gone = !written->shown && (reply.status == 404 || reply.status == 410);
  const Status answer = gone ? Status() : check_answer(reply);
  if (!answer) return jobs::Outcome::retry(answer.error().message);
  // Another change may have been written while this call was on its way, and be older there now.
  const auto now = entry_now(app, *job.tenant, BookingId(*booking_id));
  if (!now) return jobs::Outcome::retry(now.error().message);
  if (now->shown == written->shown && now->booking.sequence == written->booking.sequence) {
    return jobs::Outcome::done();
  }
  return jobs::Outcome::snooze(app.world.clock.now() + k_second_ms, "It has changed meanwhile");
}

Json to_json(const Calendar& calendar) {
  return Json::object(
      {{"id", calendar.id.text()},
       {"host", calendar.host_slug},
       {"kind", calendar.kind},
       {"place", calendar.place},
       {"reads", calendar.reads},
       {"writes", calendar.writes},
       {"busy", calendar.busy_count},
       {"synced_at", calendar.synced_at ? Json(format_time(*calendar.synced_at)) : Json()},
       {"tried_at", calendar.tried_at ? Json(format_time(*calendar.tried_at)) : Json()},
       {"error", calendar.error},
       {"created_at", format_time(calendar.created_at)}});
}

}  // namespace flead::booking
