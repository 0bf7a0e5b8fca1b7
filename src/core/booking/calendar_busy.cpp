#include "core/booking/calendar_busy.h"

#include <dlfcn.h>
#include <libical/ical.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"

namespace flead::booking {

namespace {

constexpr char k_ical_library[] = "libical.so.3";
constexpr std::string_view k_utf8_mark = "\xEF\xBB\xBF";

#define FLEAD_ICAL_FUNCTIONS(use)                                                                  \
  use(icalparser_parse_string) use(icalerror_set_errors_are_fatal) use(icalcomponent_free)         \
      use(icalcomponent_isa) use(icalcomponent_get_first_component)                                \
          use(icalcomponent_get_next_component) use(icalcomponent_get_first_property)              \
              use(icalcomponent_get_next_property) use(icalcomponent_get_timezone)                 \
                  use(icalproperty_get_attendee) use(icalproperty_get_dtend)                       \
                      use(icalproperty_get_dtstart) use(icalproperty_get_duration)                 \
                          use(icalproperty_get_exdate) use(icalproperty_get_freebusy) use(         \
                              icalproperty_get_parameter_as_string_r) use(icalproperty_get_rdate)  \
                              use(icalproperty_get_recurrenceid) use(icalproperty_get_rrule)       \
                                  use(icalproperty_get_status) use(icalproperty_get_summary)       \
                                      use(icalproperty_get_transp) use(icalproperty_get_uid)       \
                                          use(icalrecur_iterator_free) use(icalrecur_iterator_new) \
                                              use(icalrecur_iterator_next)                         \
                                                  use(icaltime_as_timet_with_zone)                 \
                                                      use(icaltime_is_utc)                         \
                                                          use(icaldurationtype_as_int)

struct IcalLibrary {
#define FLEAD_ICAL_FIELD(name) decltype(&::name) name = nullptr;
  FLEAD_ICAL_FUNCTIONS(FLEAD_ICAL_FIELD)
#undef FLEAD_ICAL_FIELD
  bool complete = false;
};

IcalLibrary load_ical_library() {
  IcalLibrary library;
  void* const handle = dlopen(k_ical_library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return library;
  library.complete = true;
#define FLEAD_ICAL_LOOK(function)                                                       \
  library.function = reinterpret_cast<decltype(&::function)>(dlsym(handle, #function)); \
  library.complete = library.complete && library.function != nullptr;
  FLEAD_ICAL_FUNCTIONS(FLEAD_ICAL_LOOK)
#undef FLEAD_ICAL_LOOK
  if (library.complete) library.icalerror_set_errors_are_fatal(0);
  return library;
}

// Never unloaded. The library keeps tables without locks: one reader at a time.
const IcalLibrary& ical_library() {
  static const IcalLibrary k_library = load_ical_library();
  return k_library;
}

std::mutex& ical_lock() {
  static std::mutex lock;
  return lock;
}

using Component = std::unique_ptr<icalcomponent, void (*)(icalcomponent*)>;

template <class Visit>
void each_component(const IcalLibrary& ical, icalcomponent* parent, icalcomponent_kind kind,
                    Visit visit) {
  for (icalcomponent* child = ical.icalcomponent_get_first_component(parent, kind);
       child != nullptr; child = ical.icalcomponent_get_next_component(parent, kind)) {
    visit(child);
  }
}

template <class Visit>
void each_property(const IcalLibrary& ical, icalcomponent* owner, icalproperty_kind kind,
                   Visit visit) {
  for (icalproperty* property = ical.icalcomponent_get_first_property(owner, kind);
       property != nullptr; property = ical.icalcomponent_get_next_property(owner, kind)) {
    visit(property);
  }
}

std::string parameter_of(const IcalLibrary& ical, icalproperty* property, const char* name) {
  char* const text = ical.icalproperty_get_parameter_as_string_r(property, name);
  if (text == nullptr) return {};
  std::string out = text;
  std::free(text);  // "_r": ours to free
  return out;
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

Date date_of(const icaltimetype& time) {
  return Date{time.year, time.month, time.day};
}

// Fields as a wall clock shows them, whatever they mean.
bool is_plausible(const icaltimetype& time) {
  return time.year >= 1970 && time.year <= 2200 && time.month >= 1 && time.month <= 12 &&
         time.day >= 1 && time.day <= 31;
}

// How the times of one property are to be read.
struct Clock {
  std::optional<Zone> zone;         // of our own data
  icaltimezone* defined = nullptr;  // by the calendar itself, for a zone nobody knows
  bool utc = false;
};

class Reader {
 public:
  Reader(const IcalLibrary& ical, const BusyWish& wish) : ical_(ical), wish_(wish) {}

  void read_calendar(icalcomponent* calendar) {
    collect_overrides(calendar);
    each_component(ical_, calendar, ICAL_VEVENT_COMPONENT,
                   [&](icalcomponent* event) { read_event(calendar, event); });
    each_component(ical_, calendar, ICAL_VFREEBUSY_COMPONENT,
                   [&](icalcomponent* times) { read_free_busy(calendar, times); });
  }

  // One event by itself, whether or not its time is marked as free.
  void read_one(icalcomponent* calendar, icalcomponent* event) {
    takes_free_ = true;
    read_event(calendar, event);
  }

  BusyReading take() {
    reading_.busy = join_spans(std::move(spans_), wish_.window);
    return std::move(reading_);
  }

 private:
  Clock clock_of(icalcomponent* calendar, icalproperty* property) const {
    Clock clock;
    const std::string name = parameter_of(ical_, property, "TZID");
    if (name.empty()) {
      clock.zone = wish_.zone;
      return clock;
    }
    clock.zone = calendar_zone(name);
    if (!clock.zone) clock.defined = ical_.icalcomponent_get_timezone(calendar, name.c_str());
    if (!clock.zone && clock.defined == nullptr) clock.zone = wish_.zone;
    return clock;
  }

  TimeMs moment(const icaltimetype& time, const Clock& clock) const {
    if (time.is_date != 0) {
      return (clock.zone ? *clock.zone : wish_.zone).day_start(date_of(time));
    }
    const WallTime wall{date_of(time), time.hour, time.minute, time.second};
    if (clock.utc || ical_.icaltime_is_utc(time) != 0) return Zone::utc().lookup(wall).first;
    if (clock.zone) return clock.zone->lookup(wall).first;
    icaltimetype bare = time;
    bare.zone = nullptr;
    return static_cast<TimeMs>(ical_.icaltime_as_timet_with_zone(bare, clock.defined)) *
           k_second_ms;
  }

  std::string uid_of(icalcomponent* event) const {
    icalproperty* const property = ical_.icalcomponent_get_first_property(event, ICAL_UID_PROPERTY);
    return property == nullptr ? "" : text_or_empty(ical_.icalproperty_get_uid(property));
  }

  // "booking-bkg_…@our.host": what we wrote there ourselves.
  bool is_ours(const std::string& uid) const {
    return !wish_.own_host.empty() && uid.starts_with("booking-bkg_") &&
           uid.ends_with("@" + wish_.own_host);
  }

  bool is_declined(icalcomponent* event) const {
    if (wish_.own_email.empty()) return false;
    bool declined = false;
    each_property(ical_, event, ICAL_ATTENDEE_PROPERTY, [&](icalproperty* property) {
      const std::string who = ascii_lower(text_or_empty(ical_.icalproperty_get_attendee(property)));
      if (who != "mailto:" + ascii_lower(wish_.own_email)) return;
      declined = declined || parameter_of(ical_, property, "PARTSTAT") == "DECLINED";
    });
    return declined;
  }

  bool is_free(icalcomponent* event) const {
    if (icalproperty* const transp =
            ical_.icalcomponent_get_first_property(event, ICAL_TRANSP_PROPERTY);
        transp != nullptr && ical_.icalproperty_get_transp(transp) == ICAL_TRANSP_TRANSPARENT) {
      return true;
    }
    if (icalproperty* const status =
            ical_.icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
        status != nullptr && ical_.icalproperty_get_status(status) == ICAL_STATUS_CANCELLED) {
      return true;
    }
    return is_declined(event);
  }

  // Moments of a repeated event that have an event of their own.
  void collect_overrides(icalcomponent* calendar) {
    each_component(ical_, calendar, ICAL_VEVENT_COMPONENT, [&](icalcomponent* event) {
      icalproperty* const property =
          ical_.icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
      if (property == nullptr) return;
      const icaltimetype time = ical_.icalproperty_get_recurrenceid(property);
      if (!is_plausible(time)) return;
      overrides_[uid_of(event)].insert(moment(time, clock_of(calendar, property)));
    });
  }

  bool is_full() const { return spans_.size() >= k_calendar_events_max; }

  void add_span(TimeMs from, TimeMs to) {
    if (from >= to || to <= wish_.window.from || from >= wish_.window.to) return;
    if (is_full()) {
      ++reading_.unreadable;
    } else {
      spans_.push_back({from, to});
    }
  }

  // How long it lasts: whole days, or milliseconds.
  struct Length {
    std::int64_t days = 0;
    std::int64_t ms = 0;
  };

  Length length_of(icalcomponent* calendar, icalcomponent* event, const icaltimetype& start,
                   const Clock& clock) const {
    Length length;
    if (icalproperty* const end =
            ical_.icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY)) {
      const icaltimetype time = ical_.icalproperty_get_dtend(end);
      if (!is_plausible(time)) return length;
      if (start.is_date != 0 && time.is_date != 0) {
        length.days = days_from_date(date_of(time)) - days_from_date(date_of(start));
      } else {
        length.ms = moment(time, clock_of(calendar, end)) - moment(start, clock);
      }
    } else if (icalproperty* const lasts =
                   ical_.icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY)) {
      const std::int64_t seconds =
          ical_.icaldurationtype_as_int(ical_.icalproperty_get_duration(lasts));
      if (start.is_date != 0) {
        length.days = seconds * k_second_ms / k_day_ms;
      } else {
        length.ms = seconds * k_second_ms;
      }
    }
    if (start.is_date != 0 && length.days <= 0 && length.ms <= 0) length.days = 1;
    return length;
  }

  void add_at(const icaltimetype& start, const Clock& clock, const Length& length) {
    const TimeMs from = moment(start, clock);
    if (length.days > 0) {
      const Zone& zone = clock.zone ? *clock.zone : wish_.zone;
      const Date last = date_from_days(days_from_date(date_of(start)) + length.days);
      add_span(from, zone.day_start(last));
    } else {
      add_span(from, from + length.ms);
    }
  }

  struct Left {
    std::set<TimeMs> moments;
    std::set<std::int64_t> days;  // EXDATE;VALUE=DATE of an event that has a time
  };

  Left left_out(icalcomponent* calendar, icalcomponent* event, const std::string& uid) const {
    Left left;
    if (const auto found = overrides_.find(uid); found != overrides_.end()) {
      left.moments = found->second;
    }
    each_property(ical_, event, ICAL_EXDATE_PROPERTY, [&](icalproperty* property) {
      const icaltimetype time = ical_.icalproperty_get_exdate(property);
      if (!is_plausible(time)) return;
      if (time.is_date != 0) left.days.insert(days_from_date(date_of(time)));
      left.moments.insert(moment(time, clock_of(calendar, property)));
    });
    return left;
  }

  // The rule's end as the same wall clock shows it: the library compares fields.
  void set_until(icalrecurrencetype& rule, const icaltimetype& start, const Clock& clock) const {
    if (rule.until.year == 0) return;
    if (start.is_date == 0 && rule.until.is_date != 0) {
      rule.until.is_date = 0;
      rule.until.hour = 23;
      rule.until.minute = 59;
      rule.until.second = 59;
    } else if (rule.until.is_date == 0 && ical_.icaltime_is_utc(rule.until) != 0 && clock.zone) {
      const WallTime wall = clock.zone->wall(moment(rule.until, Clock{{}, nullptr, true}));
      rule.until.year = wall.date.year;
      rule.until.month = wall.date.month;
      rule.until.day = wall.date.day;
      rule.until.hour = wall.hour;
      rule.until.minute = wall.minute;
      rule.until.second = wall.second;
    }
    rule.until.zone = nullptr;
  }

  void repeat(icalrecurrencetype rule, icaltimetype start, const Clock& clock, const Length& length,
              const Left& left) {
    const bool is_utc = ical_.icaltime_is_utc(start) != 0;
    Clock reading = clock;
    if (is_utc) reading = Clock{Zone::utc(), nullptr, true};
    set_until(rule, start, reading);
    start.zone = nullptr;
    icalrecur_iterator* const times = ical_.icalrecur_iterator_new(rule, start);
    if (times == nullptr) {
      ++reading_.unreadable;
      return;
    }
    std::size_t steps = 0;
    for (icaltimetype time = ical_.icalrecur_iterator_next(times); time.year != 0;
         time = ical_.icalrecur_iterator_next(times)) {
      if (++steps > k_calendar_events_max || is_full()) {
        ++reading_.unreadable;
        break;
      }
      const TimeMs at = moment(time, reading);
      if (at >= wish_.window.to) break;
      if (left.moments.contains(at) || left.days.contains(days_from_date(date_of(time)))) continue;
      add_at(time, reading, length);
    }
    ical_.icalrecur_iterator_free(times);
  }

  void add_more_dates(icalcomponent* calendar, icalcomponent* event, const Length& length,
                      const Left& left) {
    each_property(ical_, event, ICAL_RDATE_PROPERTY, [&](icalproperty* property) {
      const icaldatetimeperiodtype more = ical_.icalproperty_get_rdate(property);
      const Clock clock = clock_of(calendar, property);
      if (is_plausible(more.time) && !left.moments.contains(moment(more.time, clock))) {
        add_at(more.time, clock, length);
      } else if (is_plausible(more.period.start)) {
        add_period(more.period, clock);
      }
    });
  }

  void add_period(const icalperiodtype& period, const Clock& clock) {
    const TimeMs from = moment(period.start, clock);
    const TimeMs to = is_plausible(period.end)
                          ? moment(period.end, clock)
                          : from + ical_.icaldurationtype_as_int(period.duration) * k_second_ms;
    add_span(from, to);
  }

  void read_event(icalcomponent* calendar, icalcomponent* event) {
    ++reading_.events;
    icalproperty* const begins =
        ical_.icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    const icaltimetype start =
        begins == nullptr ? icaltimetype{} : ical_.icalproperty_get_dtstart(begins);
    if (!is_plausible(start)) {
      ++reading_.unreadable;
      return;
    }
    const std::string uid = uid_of(event);
    if (is_ours(uid) || (!takes_free_ && is_free(event))) return;
    const Clock clock = clock_of(calendar, begins);
    const Length length = length_of(calendar, event, start, clock);
    const bool overrides =
        ical_.icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr;
    icalproperty* const repeats =
        ical_.icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    const Left left = overrides ? Left{} : left_out(calendar, event, uid);
    if (repeats == nullptr || overrides) {
      if (!left.moments.contains(moment(start, clock))) add_at(start, clock, length);
    } else {
      const icalrecurrencetype rule = ical_.icalproperty_get_rrule(repeats);
      if (rule.freq == ICAL_SECONDLY_RECURRENCE || rule.freq == ICAL_MINUTELY_RECURRENCE ||
          rule.freq == ICAL_NO_RECURRENCE) {
        ++reading_.unreadable;
        return;
      }
      repeat(rule, start, clock, length, left);
    }
    if (!overrides) add_more_dates(calendar, event, length, left);
  }

  void read_free_busy(icalcomponent* calendar, icalcomponent* times) {
    ++reading_.events;
    each_property(ical_, times, ICAL_FREEBUSY_PROPERTY, [&](icalproperty* property) {
      if (parameter_of(ical_, property, "FBTYPE") == "FREE") return;
      const icalperiodtype period = ical_.icalproperty_get_freebusy(property);
      if (is_plausible(period.start)) add_period(period, clock_of(calendar, property));
    });
  }

  const IcalLibrary& ical_;
  const BusyWish& wish_;
  bool takes_free_ = false;
  std::map<std::string, std::set<TimeMs>> overrides_;
  std::vector<TimeSpan> spans_;
  BusyReading reading_;
};

Result<Component> parse_text(const IcalLibrary& ical, std::string_view text) {
  if (!ical.complete) {
    return internal_error("The library that reads calendars is not here: install libical3");
  }
  if (text.starts_with(k_utf8_mark)) text.remove_prefix(k_utf8_mark.size());
  std::string whole(text);
  whole.erase(std::remove(whole.begin(), whole.end(), '\0'), whole.end());
  Component root(ical.icalparser_parse_string(whole.c_str()), ical.icalcomponent_free);
  return root;
}

// Every calendar of the text: it may hold one, or several behind each other.
template <class Visit>
Status each_calendar(const IcalLibrary& ical, icalcomponent* root, Visit visit) {
  bool found = false;
  if (root != nullptr && ical.icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT) {
    found = true;
    visit(root);
  } else if (root != nullptr) {
    each_component(ical, root, ICAL_VCALENDAR_COMPONENT, [&](icalcomponent* calendar) {
      found = true;
      visit(calendar);
    });
  }
  if (found) return {};
  return refused("calendar_invalid", "There is no calendar in this text.",
                 "An address of a calendar answers with BEGIN:VCALENDAR");
}

}  // namespace

Result<BusyReading> read_busy(std::string_view text, const BusyWish& wish) {
  const std::lock_guard guard(ical_lock());
  const IcalLibrary& ical = ical_library();
  FLEAD_TRY(const Component root, parse_text(ical, text));
  Reader reader(ical, wish);
  FLEAD_CHECK(each_calendar(ical, root.get(),
                            [&](icalcomponent* calendar) { reader.read_calendar(calendar); }));
  return reader.take();
}

Result<std::vector<NamedDay>> read_days(std::string_view text, Date first, Date last) {
  const std::lock_guard guard(ical_lock());
  const IcalLibrary& ical = ical_library();
  FLEAD_TRY(const Component root, parse_text(ical, text));
  std::vector<NamedDay> days;
  BusyWish wish;
  wish.window = {Zone::utc().day_start(first),
                 Zone::utc().day_start(date_from_days(days_from_date(last) + 1))};
  FLEAD_CHECK(each_calendar(ical, root.get(), [&](icalcomponent* calendar) {
    each_component(ical, calendar, ICAL_VEVENT_COMPONENT, [&](icalcomponent* event) {
      icalproperty* const title =
          ical.icalcomponent_get_first_property(event, ICAL_SUMMARY_PROPERTY);
      const std::string name =
          title == nullptr ? "" : text_or_empty(ical.icalproperty_get_summary(title));
      Reader one(ical, wish);
      one.read_one(calendar, event);
      for (const TimeSpan& span : one.take().busy) {
        for (TimeMs day = span.from; day + k_day_ms <= span.to; day += k_day_ms) {
          days.push_back({Zone::utc().wall(day).date, name});
        }
      }
    });
  }));
  return days;
}

}  // namespace flead::booking
