#include "core/booking/reminder.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/outbox.h"
#include "support/booking.h"
#include "support/lead_help.h"

namespace flead::booking {
namespace reminder_test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using test::add_host;
using test::TestApp;

// The clock stands at 2026-01-05T09:00Z: 22 and 46 hours before these slots of 30 minutes.
constexpr std::string_view k_tomorrow = "2026-01-06T07:00:00.000Z";
constexpr std::string_view k_day_after = "2026-01-07T07:00:00.000Z";
constexpr std::string_view k_still_later = "2026-01-08T07:00:00.000Z";

TimeMs instant(std::string_view time) {
  return parse_time(time).value();
}

void set_reminders(TestApp& app, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "booking.reminders", value);
  }));
}

Booking book_slot(TestApp& app, std::string_view time, bool request_only = false) {
  NewBooking input;
  input.starts_at = instant(time);
  input.lead = LeadId(test::add_lead(app, 1));
  input.request_only = request_only;
  auto made =
      app.store().write([&](store::Tx& tx) { return book(app.app(), tx, app.tenant(), input); });
  REQUIRE(made);
  return *made;
}

Booking act_on(TestApp& app, const Booking& booking, Action action,
               std::string_view starts_at = {}) {
  Change input;
  input.id = booking.id;
  input.action = action;
  if (!starts_at.empty()) input.starts_at = instant(starts_at);
  auto changed =
      app.store().write([&](store::Tx& tx) { return change(app.app(), tx, app.tenant(), input); });
  REQUIRE(changed);
  return *changed;
}

// Oldest first.
std::vector<channels::Message> reminders(TestApp& app) {
  auto found = app.store().read([&](store::Tx& tx) {
    return channels::list_messages(tx, app.tenant().id, channels::MessageFilter{});
  });
  REQUIRE(found);
  std::erase_if(*found, [](const channels::Message& message) {
    return message.template_name != "booking.reminder";
  });
  std::reverse(found->begin(), found->end());
  return *found;
}

std::int64_t planned(TestApp& app) {
  return test::count_rows(app, "jobs WHERE kind = 'booking.remind' AND state = 'ready'");
}

// Until `time`, with what is due then.
void go_to(TestApp& app, TimeMs time) {
  app.clock().set(time);
  app.run_jobs();
}

}  // namespace

TEST_CASE("reminder: the setting is times before the start, or off", "[booking][reminder]") {
  using Times = std::vector<std::int64_t>;
  CHECK(parse_reminders("24h,1h") == Times{24 * k_hour_ms, k_hour_ms});
  CHECK(parse_reminders(" 1h , 1d12h ") == Times{36 * k_hour_ms, k_hour_ms});
  CHECK(parse_reminders("1m") == Times{k_minute_ms});
  CHECK(parse_reminders("30d") == Times{30 * k_day_ms});
  CHECK(parse_reminders("off") == Times{});
  CHECK(parse_reminders("5h,4h,3h,2h,1h")->size() == 5);
  const auto bad = GENERATE(values<std::string>(
      {"", "on", "1h,", ",", "0s", "59s", "31d", "1h,1h", "1h,60m", "-1h", "1h;2h", "off,1h",
       "6h,5h,4h,3h,2h,1h", "\xff", "99999999999999999999h"}));
  CAPTURE(bad);
  CHECK_FALSE(parse_reminders(bad));
}

TEST_CASE("reminder: a day and an hour before, each once", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_day_after);
  app.run_jobs();
  CHECK(planned(app) == 2);
  CHECK(reminders(app).empty());
  go_to(app, booking.starts_at - 24 * k_hour_ms - 1);
  CHECK(reminders(app).empty());
  go_to(app, booking.starts_at - 24 * k_hour_ms);
  REQUIRE(reminders(app).size() == 1);
  const auto first = reminders(app)[0];
  CHECK(first.state == "sent");
  CHECK(first.give_up_at == booking.starts_at);
  CHECK(first.calendar.empty());
  CHECK_THAT(first.body_text, ContainsSubstring("среда, 7 января, 10:00"));
  CHECK_THAT(first.body_text, ContainsSubstring("http://flead.test/my/"));
  CHECK(first.button_url == manage_url("http://flead.test", booking));
  go_to(app, booking.starts_at - k_hour_ms);
  CHECK(reminders(app).size() == 2);
  go_to(app, booking.starts_at + k_day_ms);
  CHECK(reminders(app).size() == 2);
  CHECK(planned(app) == 0);
}

TEST_CASE("reminder: a time that has passed at booking is not made", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_tomorrow);
  CHECK(planned(app) == 1);
  go_to(app, booking.starts_at - k_hour_ms);
  CHECK(reminders(app).size() == 1);
}

TEST_CASE("reminder: the tenant says when, or that there are none", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  SECTION("three hours") {
    set_reminders(app, "3h");
    const Booking booking = book_slot(app, k_tomorrow);
    CHECK(planned(app) == 1);
    go_to(app, booking.starts_at - 3 * k_hour_ms);
    CHECK(reminders(app).size() == 1);
  }
  SECTION("off") {
    set_reminders(app, "off");
    book_slot(app, k_tomorrow);
    CHECK(planned(app) == 0);
  }
  SECTION("off since the booking") {
    const Booking booking = book_slot(app, k_tomorrow);
    set_reminders(app, "off");
    go_to(app, booking.starts_at - k_hour_ms);
    CHECK(reminders(app).empty());
  }
  SECTION("no such time") {
    const auto set = app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "booking.reminders", "soon");
    });
    REQUIRE_FALSE(set);
    CHECK(set.error().code == "setting_invalid");
  }
}

TEST_CASE("reminder: a request is reminded of once it is confirmed", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_tomorrow, true);
  CHECK(planned(app) == 0);
  act_on(app, booking, Action::confirm);
  CHECK(planned(app) == 1);
  go_to(app, booking.starts_at - k_hour_ms);
  CHECK(reminders(app).size() == 1);
}

TEST_CASE("reminder: nobody is reminded of what does not take place", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_tomorrow);
  SECTION("cancelled") {
    act_on(app, booking, Action::cancel);
  }
  SECTION("the lead is gone") {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tx.exec("UPDATE bookings SET lead_id = NULL WHERE id = $1", booking.id);
    }));
  }
  SECTION("the tenant is suspended") {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      tenants::TenantEdit edit;
      edit.suspended = true;
      return tenants::edit(app.world(), tx, app.tenant().id, edit);
    }));
  }
  go_to(app, booking.starts_at - k_hour_ms);
  CHECK(reminders(app).empty());
  CHECK(planned(app) == 0);
}

TEST_CASE("reminder: a moved booking is reminded of at its new time only", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_day_after);
  const Booking moved = act_on(app, booking, Action::move, k_still_later);
  go_to(app, booking.starts_at - k_hour_ms);
  // A day and an hour before the new start lies ahead.
  CHECK(reminders(app).empty());
  go_to(app, moved.starts_at - 24 * k_hour_ms);
  CHECK(reminders(app).size() == 1);
  go_to(app, moved.starts_at - k_hour_ms);
  CHECK(reminders(app).size() == 2);
}

TEST_CASE("reminder: moved there and back it still comes once", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_day_after);
  act_on(app, booking, Action::move, k_still_later);
  act_on(app, booking, Action::move, k_day_after);
  go_to(app, booking.starts_at - k_hour_ms);
  CHECK(reminders(app).size() == 1);
}

TEST_CASE("reminder: after a standstill only the nearest is sent, and none after the start",
          "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_day_after);
  SECTION("half an hour before") {
    go_to(app, booking.starts_at - 30 * k_minute_ms);
    REQUIRE(reminders(app).size() == 1);
  }
  SECTION("two hours before: the day's reminder is still true") {
    go_to(app, booking.starts_at - 2 * k_hour_ms);
    CHECK(reminders(app).size() == 1);
  }
  SECTION("at the start") {
    go_to(app, booking.starts_at);
    CHECK(reminders(app).empty());
  }
  CHECK(test::count_rows(app, "jobs WHERE state = 'dead'") == 0);
}

TEST_CASE("reminder: what still waits at the start is not sent any more", "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_tomorrow);
  app.run_jobs();
  const auto channel = app.store().write([&](store::Tx& tx) -> Result<channels::Channel> {
    FLEAD_TRY(const auto file, channels::find(tx, app.tenant().id, "file"));
    return channels::pause(app.world(), tx, file.id, "for a test");
  });
  REQUIRE(channel);
  go_to(app, booking.starts_at - k_hour_ms);
  REQUIRE(reminders(app).size() == 1);
  CHECK(reminders(app)[0].state == "queued");
  app.clock().set(booking.starts_at);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::resume(app.world(), tx, channel->id); }));
  app.run_jobs();
  CHECK(reminders(app)[0].state == "unreachable");
}

TEST_CASE("reminder: a job that runs again, or names nothing, does no harm",
          "[booking][reminder]") {
  TestApp app;
  add_host(app);
  const Booking booking = book_slot(app, k_tomorrow);
  go_to(app, booking.starts_at - k_hour_ms);
  jobs::Job job;
  job.kind = "booking.remind";
  job.tenant = app.tenant().id;
  job.payload = Json::object(
      {{"booking", booking.id.text()}, {"starts_at", booking.starts_at}, {"before_ms", k_hour_ms}});
  const jobs::Outcome again = remind(app.app(), job);
  REQUIRE(again.also);
  REQUIRE(app.store().write([&](store::Tx& tx) { return again.also(tx); }));
  CHECK(reminders(app).size() == 1);
  job.payload = Json::object({{"booking", booking.id.text()}});
  CHECK(remind(app.app(), job).kind == jobs::Outcome::Kind::dead);
  job.payload = Json::object(
      {{"booking", "bkg_none"}, {"starts_at", booking.starts_at}, {"before_ms", k_hour_ms}});
  const jobs::Outcome unknown = remind(app.app(), job);
  REQUIRE(unknown.also);
  CHECK(app.store().write([&](store::Tx& tx) { return unknown.also(tx); }));
}

}  // namespace reminder_test
}  // namespace flead::booking
