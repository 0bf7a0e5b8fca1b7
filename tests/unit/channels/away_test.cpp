#include "core/channels/away.h"

#include <string>

#include "support/catch.h"
#include "support/test_app.h"

namespace flead::channels {

namespace {

struct Case {
  std::string_view hours, zone, now, until;  // until "" is open
};

}  // namespace

TEST_CASE("channels: outside of the business hours somebody is there from their next beginning",
          "[channels][away]") {
  const auto one = GENERATE(values<Case>({
      {"mon-fri 09:00-18:00", "Europe/Moscow", "2026-01-05T06:00:00Z", ""},  // Monday 09:00
      {"mon-fri 09:00-18:00", "Europe/Moscow", "2026-01-05T05:59:59Z", "2026-01-05T06:00:00Z"},
      {"mon-fri 09:00-18:00", "Europe/Moscow", "2026-01-05T15:00:00Z", "2026-01-06T06:00:00Z"},
      {"mon-fri 09:00-18:00", "Europe/Moscow", "2026-01-09T15:00:00Z", "2026-01-12T06:00:00Z"},
      {"mon 09:00-10:00", "UTC", "2026-01-05T10:00:00Z", "2026-01-12T09:00:00Z"},  // a week on
      {"daily 00:00-24:00", "Europe/Moscow", "2026-01-05T20:59:59Z", ""},
      {"daily 10:00-12:00,14:00-16:00", "UTC", "2026-01-05T12:30:00Z", "2026-01-05T14:00:00Z"},
      // The clock leaps from 02:00 to 03:00.
      {"sun 02:30-05:00", "Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29T01:30:00Z"},
      {"", "UTC", "2026-01-05T03:00:00Z", ""},
  }));
  CAPTURE(one.hours, one.now);
  const auto zone = Zone::load(one.zone);
  const auto now = parse_time(one.now);
  REQUIRE(zone);
  REQUIRE(now);
  std::vector<Window> windows;
  if (!one.hours.empty()) windows = parse_weekly(one.hours).value();
  const auto until = away_until(windows, *zone, *now);
  CHECK((until ? format_time(*until) : "") ==
        (one.until.empty() ? "" : format_time(parse_time(one.until).value())));
}

TEST_CASE("channels: the away text is the tenant's, or ours in the person's language",
          "[channels][away]") {
  test::TestApp app;  // Monday, 2026-01-05, 12:00 in Moscow
  const auto text = [&](std::string_view language) {
    return app.store()
        .read([&](store::Tx& tx) {
          return away_text(tx, app.tenant(), language, app.world().clock.now());
        })
        .value();
  };
  const auto set = [&](std::string_view key, std::string_view value) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, key, value);
    }));
  };
  CHECK(text("en").empty());
  set("business.hours", "mon-fri 15:00-18:00");
  CHECK_THAT(text("en"), ContainsSubstring("after: Monday, 5 January, 15:00 ("));
  CHECK_THAT(text("ru"), ContainsSubstring("после: понедельник, 5 января, 15:00 ("));
  set("business.text", "{tenant}: {when} {x} :-}");
  CHECK(text("ru") == "{tenant}: {when} {x} :-}");
  set("business.text", "Back at {when}");
  CHECK_THAT(text("en"), ContainsSubstring("Back at Monday"));
}

}  // namespace flead::channels
