#include "core/base/time.h"

#include "core/base/zone.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(time) {
  if (const auto time = parse_time(input)) {
    FLEAD_ASSERT(*time >= 0 && parse_time(format_time(*time)) == time);
    static_cast<void>(format_mail_date(*time));
    const Zone zone = Zone::utc();
    FLEAD_ASSERT(zone.lookup(zone.wall(*time)).first == *time / 1000 * 1000);
  }
  if (const auto duration_ms = parse_duration_ms(input)) {
    FLEAD_ASSERT(*duration_ms >= 0 && *duration_ms <= 3660 * k_day_ms);
    FLEAD_ASSERT(parse_duration_ms(format_duration(*duration_ms)) == duration_ms);
  }
  if (const auto date = parse_date(input)) {
    FLEAD_ASSERT(format_date(*date) == input);
    FLEAD_ASSERT(date_from_days(days_from_date(*date)) == *date);
  }
  if (const auto zone = Zone::load(input)) {
    FLEAD_ASSERT(Zone::load(zone->name())->name() == zone->name());
    static_cast<void>(format_wall_long(zone->wall(0), "ru"));
  }
}

}  // namespace flead
