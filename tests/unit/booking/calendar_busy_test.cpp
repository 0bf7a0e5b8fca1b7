// Busy times out of calendars as programs really write them.
#include "core/booking/calendar_busy.h"

#include <string>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/holiday.h"
#include "support/catch.h"

namespace flead::booking {
namespace {

BusyWish january(std::string_view zone = "Europe/Moscow") {
  BusyWish wish;
  wish.zone = Zone::load(zone).value();
  wish.window = {parse_time("2026-01-01T00:00:00Z").value(),
                 parse_time("2026-02-01T00:00:00Z").value()};
  wish.own_host = "flead.test";
  wish.own_email = "me@acme.test";
  return wish;
}

std::string calendar_of(const std::string& inside) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n" +
         replace_all(inside, "\n", "\r\n") + "END:VCALENDAR\r\n";
}

std::string event_of(const std::string& lines, const std::string& uid = "a@b") {
  return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260101T000000Z\n" + lines + "END:VEVENT\n";
}

// "01-05T07:00/08:00 …": UTC, the end without its date when that is the same.
std::string print_busy(const std::vector<TimeSpan>& busy) {
  std::string out;
  for (const TimeSpan& span : busy) {
    const std::string from = format_time(span.from);
    const std::string to = format_time(span.to);
    if (!out.empty()) out += " ";
    out += from.substr(5, 11) + "/" +
           (from.substr(0, 10) == to.substr(0, 10) ? to.substr(11, 5) : to.substr(5, 11));
  }
  return out;
}

std::string busy_in(const std::string& text, const BusyWish& wish = january()) {
  const auto reading = read_busy(text, wish);
  return reading ? print_busy(reading->busy) : reading.error().code;
}

std::string busy_of(const std::string& lines, const BusyWish& wish = january()) {
  return busy_in(calendar_of(event_of(lines)), wish);
}

struct BusyCase {
  const char* what;
  std::string lines;
  std::string busy;
};

}  // namespace

TEST_CASE("calendar: times are read as the calendar means them", "[calendar]") {
  const BusyCase cases[] = {
      {"UTC", "DTSTART:20260105T070000Z\nDTEND:20260105T080000Z\n", "01-05T07:00/08:00"},
      {"a zone by name", "DTSTART;TZID=Europe/Berlin:20260105T070000\nDURATION:PT1H30M\n",
       "01-05T06:00/07:30"},
      {"Outlook's name", "DTSTART;TZID=Russian Standard Time:20260105T070000\nDURATION:PT1H\n",
       "01-05T04:00/05:00"},
      {"quoted", "DTSTART;TZID=\"Russian Standard Time\":20260105T070000\nDURATION:PT1H\n",
       "01-05T04:00/05:00"},
      {"a prefix",
       "DTSTART;TZID=/freeassociation.sourceforge.net/Asia/Tokyo:20260105T090000\n"
       "DURATION:PT1H\n",
       "01-05T00:00/01:00"},
      {"floating: the owner's", "DTSTART:20260105T100000\nDTEND:20260105T110000\n",
       "01-05T07:00/08:00"},
      {"a whole day", "DTSTART;VALUE=DATE:20260105\n", "01-04T21:00/01-05T21:00"},
      {"whole days, the end is not one", "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\n",
       "01-04T21:00/01-06T21:00"},
      {"in days", "DTSTART;VALUE=DATE:20260105\nDURATION:P2D\n", "01-04T21:00/01-06T21:00"},
      {"no end at all", "DTSTART:20260105T070000Z\n", ""},
      {"an end before its start", "DTSTART:20260105T070000Z\nDTEND:20260105T060000Z\n", ""},
      {"free", "DTSTART:20260105T070000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT\n", ""},
      {"off", "DTSTART:20260105T070000Z\nDURATION:PT1H\nSTATUS:CANCELLED\n", ""},
      {"declined by its owner",
       "DTSTART:20260105T070000Z\nDURATION:PT1H\nATTENDEE;PARTSTAT=DECLINED:mailto:ME@acme.test\n",
       ""},
      {"declined by another",
       "DTSTART:20260105T070000Z\nDURATION:PT1H\nATTENDEE;PARTSTAT=DECLINED:mailto:x@acme.test\n",
       "01-05T07:00/08:00"},
      {"begins before the window", "DTSTART:20251231T220000Z\nDTEND:20260101T010000Z\n",
       "01-01T00:00/01:00"},
      {"outside", "DTSTART:20260301T070000Z\nDURATION:PT1H\n", ""},
      {"daily", "DTSTART:20260105T070000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n",
       "01-05T07:00/08:00 01-06T07:00/08:00 01-07T07:00/08:00"},
      {"weekly since long, by wall clock",
       "DTSTART;TZID=Europe/Berlin:20240701T100000\nDURATION:PT1H\n"
       "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260112T090000Z\n",
       "01-05T09:00/10:00 01-12T09:00/10:00"},
      {"until a day, and that day is in",
       "DTSTART:20260105T070000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260106\n",
       "01-05T07:00/08:00 01-06T07:00/08:00"},
      {"exceptions",
       "DTSTART;TZID=Europe/Moscow:20260105T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\n"
       "EXDATE;TZID=Europe/Moscow:20260106T100000\nEXDATE:20260107T070000Z\n",
       "01-05T07:00/08:00 01-08T07:00/08:00"},
      {"an exception by its day",
       "DTSTART:20260105T070000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n"
       "EXDATE;VALUE=DATE:20260106\n",
       "01-05T07:00/08:00"},
      {"more dates", "DTSTART:20260105T070000Z\nDURATION:PT1H\nRDATE:20260107T070000Z\n",
       "01-05T07:00/08:00 01-07T07:00/08:00"},
      {"the last Friday, monthly",
       "DTSTART:20251128T070000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=-1FR\n",
       "01-30T07:00/08:00"},
      {"every second of a day: not for us",
       "DTSTART:20260105T070000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\n", ""},
      {"never",
       "DTSTART:20260105T070000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;"
       "BYMONTHDAY=30\n",
       ""},
      {"ours", "X-A:b\nDTSTART:20260105T070000Z\nDURATION:PT1H\n", "01-05T07:00/08:00"},
  };
  for (const BusyCase& one : cases) {
    CAPTURE(one.what);
    CHECK(busy_of(one.lines) == one.busy);
  }
}

TEST_CASE("calendar: overrides, own bookings, busy lists and touching times", "[calendar]") {
  const std::string master =
      event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n");
  const std::string moved =
      event_of("RECURRENCE-ID:20260106T070000Z\nDTSTART:20260106T120000Z\nDURATION:PT30M\n");
  CHECK(busy_in(calendar_of(master + moved)) ==
        "01-05T07:00/08:00 01-06T12:00/12:30 01-07T07:00/08:00");
  const std::string gone = event_of(
      "RECURRENCE-ID:20260106T070000Z\nDTSTART:20260106T070000Z\nDURATION:PT1H\n"
      "STATUS:CANCELLED\n");
  CHECK(busy_in(calendar_of(master + gone)) == "01-05T07:00/08:00 01-07T07:00/08:00");
  CHECK(busy_in(calendar_of(event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\n",
                                     "booking-bkg_01k9x@flead.test"))) == "");
  CHECK(busy_in(calendar_of(event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\n",
                                     "booking-bkg_01k9x@other.test"))) == "01-05T07:00/08:00");
  CHECK(busy_in(calendar_of("BEGIN:VFREEBUSY\nUID:f\nDTSTAMP:20260101T000000Z\n"
                            "FREEBUSY;FBTYPE=BUSY:20260105T070000Z/PT1H\n"
                            "FREEBUSY;FBTYPE=FREE:20260106T070000Z/PT1H\n"
                            "FREEBUSY:20260107T070000Z/20260107T080000Z\nEND:VFREEBUSY\n")) ==
        "01-05T07:00/08:00 01-07T07:00/08:00");
  CHECK(busy_in(calendar_of(event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\n", "1") +
                            event_of("DTSTART:20260105T080000Z\nDURATION:PT1H\n", "2") +
                            event_of("DTSTART:20260105T073000Z\nDURATION:PT15M\n", "3"))) ==
        "01-05T07:00/09:00");
  // A zone of the calendar's own, which nobody else knows: two hours east of UTC.
  CHECK(busy_in(calendar_of("BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
                            "TZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n" +
                            event_of("DTSTART;TZID=Own:20260105T090000\nDURATION:PT1H\n"))) ==
        "01-05T07:00/08:00");
}

TEST_CASE("calendar: any bytes are an error or a reading", "[calendar]") {
  CHECK(busy_in("") == "calendar_invalid");
  CHECK(busy_in("<html>Sign in</html>") == "calendar_invalid");
  CHECK(busy_in("\xEF\xBB\xBF" +
                calendar_of(event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\n"))) ==
        "01-05T07:00/08:00");
  std::string half = calendar_of(event_of("DTSTART:20260105T070000Z\nDURATION:PT1H\n"));
  for (std::size_t size = 0; size < half.size(); size += 7) {
    busy_in(half.substr(0, size));
  }
  CHECK(busy_in(replace_all(half, "\r\n", "\n")) == "01-05T07:00/08:00");
  CHECK(busy_of("DTSTART:rubbish\n") == "");
  CHECK(busy_of("DTSTART:99999999T999999Z\nDTEND:00000000T000000Z\n") == "");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "BEGIN:VEVENT\r\n";
  busy_in("BEGIN:VCALENDAR\r\n" + deep);
}

TEST_CASE("calendar: a huge one is cut, not chewed", "[calendar]") {
  std::string many;
  for (int i = 0; i < 40; ++i) {
    many += event_of(
        "DTSTART:20200101T0" + std::to_string(i % 10) + "0000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY\n",
        std::to_string(i));
  }
  const auto reading = read_busy(calendar_of(many), january());
  REQUIRE(reading);
  CHECK(reading->unreadable == 40);
  CHECK(reading->events == 40);
}

TEST_CASE("calendar: generated repetitions agree with a count day by day", "[calendar][property]") {
  constexpr const char* k_zones[] = {"Europe/Moscow", "Europe/Berlin", "America/New_York",
                                     "Asia/Kathmandu"};
  constexpr const char* k_days[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  std::uint64_t state = 42;
  const auto dice = [&](int bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state >> 33) % static_cast<std::uint64_t>(bound));
  };
  for (int round = 0; round < 300; ++round) {
    const Zone zone = Zone::load(k_zones[dice(4)]).value();
    const std::int64_t first = days_from_date(Date{2025, 10, 1}) + dice(120);
    const int hour = 6 + dice(14);
    const int minutes = 15 + dice(300);
    const bool weekly = dice(2) == 0;
    const int interval = 1 + dice(3);
    const int count = dice(2) == 0 ? 1 + dice(60) : 0;
    const std::int64_t excluded = first + dice(60);
    std::string by_day;
    bool on[8] = {};
    on[weekday_of(date_from_days(first))] = true;
    for (int i = dice(4); i > 0; --i) on[1 + dice(7)] = true;
    for (int day = 1; day <= 7; ++day) {
      if (on[day]) by_day += (by_day.empty() ? "" : ",") + std::string(k_days[day - 1]);
    }
    const auto local = [&](std::int64_t day) {
      return replace_all(format_date(date_from_days(day)), "-", "") + "T" + (hour < 10 ? "0" : "") +
             std::to_string(hour) + "0000";
    };
    const std::string tz = ";TZID=" + zone.name() + ":";
    std::string lines = "DTSTART" + tz + local(first) + "\nDURATION:PT" + std::to_string(minutes) +
                        "M\nEXDATE" + tz + local(excluded) +
                        "\nRRULE:FREQ=" + (weekly ? "WEEKLY;BYDAY=" + by_day : "DAILY") +
                        ";INTERVAL=" + std::to_string(interval);
    if (count > 0) lines += ";COUNT=" + std::to_string(count);
    const BusyWish wish = january("UTC");
    std::vector<TimeSpan> wanted;
    const std::int64_t monday = first - (weekday_of(date_from_days(first)) - 1);
    int left = count == 0 ? 100000 : count;
    for (std::int64_t day = first; day < days_from_date(Date{2026, 2, 3}) && left > 0; ++day) {
      const bool hit =
          weekly ? (day - monday) / 7 % interval == 0 && on[weekday_of(date_from_days(day))]
                 : (day - first) % interval == 0;
      if (!hit) continue;
      --left;  // an exception counts, too
      if (day == excluded) continue;
      // No clock of these changes by day: its offset at noon of UTC is that of the whole day.
      const TimeMs noon = day * k_day_ms + 12 * k_hour_ms;
      const TimeMs at = day * k_day_ms + hour * k_hour_ms - zone.offset_seconds(noon) * k_second_ms;
      wanted.push_back({at, at + minutes * k_minute_ms});
    }
    CAPTURE(round, zone.name(), lines);
    CHECK(busy_of(lines + "\n", wish) == print_busy(join_spans(wanted, wish.window)));
  }
}

TEST_CASE("calendar: whole days become holidays", "[calendar]") {
  const auto days = read_days(
      calendar_of(event_of("DTSTART;VALUE=DATE:20260107\nSUMMARY:Christmas\nTRANSP:TRANSPARENT\n") +
                  event_of("DTSTART;VALUE=DATE:20250501\nRRULE:FREQ=YEARLY\nSUMMARY:May\n", "m") +
                  event_of("DTSTART:20260109T100000Z\nDURATION:PT1H\nSUMMARY:Call\n", "c")),
      Date{2026, 1, 1}, Date{2026, 12, 31});
  REQUIRE(days);
  REQUIRE(days->size() == 2);
  CHECK(format_date((*days)[0].date) == "2026-01-07");
  CHECK((*days)[0].name == "Christmas");
  CHECK(format_date((*days)[1].date) == "2026-05-01");
}

TEST_CASE("holidays: Russia's production calendar", "[calendar]") {
  const auto off = [](int year) {
    std::string out;
    for (const NamedDay& day : russian_holidays(year)) out += format_date(day.date).substr(5) + " ";
    return out;
  };
  // Decree 1466 of 24 September 2025.
  CHECK(off(2026) ==
        "01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 01-09 02-23 03-08 03-09 05-01 05-09 05-11 "
        "06-12 11-04 12-31 ");
  CHECK(knows_transfers(2026));
  CHECK_FALSE(knows_transfers(2031));
  // 1 May 2027 is a Saturday, 9 May a Sunday, 12 June a Saturday.
  CHECK(off(2027) ==
        "01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 02-23 03-08 05-01 05-03 05-09 05-10 06-12 "
        "06-14 11-04 ");
}

}  // namespace flead::booking
