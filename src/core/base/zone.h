// Time zones: the only file pair that includes the zone library. Rules are wall time in an IANA
// zone, everything stored is UTC (time.h). Zone data is the system's tzdata.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace flead {

// A moment on a wall clock; fields count as in Date, hour 0 to 23.
struct WallTime {
  Date date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

// What a wall time means in a zone. In a gap (`skipped`) and in an overlap (`repeated`) `first` is
// read with the offset before the change and `second` with the one after it; otherwise both agree.
struct WallLookup {
  enum class Kind { unique, skipped, repeated };
  Kind kind = Kind::unique;
  TimeMs first = 0;
  TimeMs second = 0;
};

class Zone {
 public:
  // Error `zone_unknown` (refused). Old names (Europe/Kiev, US/Pacific) are accepted and become
  // today's. Cheap to copy; loading the same zone again is free.
  static Result<Zone> load(std::string_view name);
  static Zone utc();

  const std::string& name() const { return name_; }  // canonical IANA name
  WallTime wall(TimeMs time) const;
  WallLookup lookup(const WallTime& wall) const;
  // Start of the civil day, also where midnight itself is skipped.
  TimeMs day_start(Date date) const;
  int offset_seconds(TimeMs time) const;       // east of UTC is positive
  std::string abbreviation(TimeMs time) const;  // "MSK", "CEST", "+05"

 private:
  struct Impl;
  Zone(std::string name, std::shared_ptr<const Impl> impl);
  std::string name_;
  std::shared_ptr<const Impl> impl_;
};

// "2026-01-05 12:00" in the zone; what lists and messages show beside the zone's name.
std::string format_wall(const WallTime& wall);

// For people, in "ru" or "en": "понедельник, 5 января, 12:00" and "Monday, 5 January, 12:00".
std::string format_wall_long(const WallTime& wall, std::string_view language);

}  // namespace flead
