#include "core/base/zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>

#include "core/base/zone_names.h"

namespace flead {

struct Zone::Impl {
  cctz::time_zone zone;
};

namespace {

using ZoneInstant = cctz::time_point<cctz::seconds>;

ZoneInstant zone_instant(TimeMs time) {
  const std::int64_t seconds = time / 1000 - (time % 1000 < 0 ? 1 : 0);
  return ZoneInstant(cctz::seconds(seconds));
}

TimeMs zone_time_ms(ZoneInstant instant) {
  constexpr std::int64_t k_most = std::numeric_limits<std::int64_t>::max() / 1000;
  const std::int64_t seconds = instant.time_since_epoch().count();
  return std::clamp(seconds, -k_most, k_most) * 1000;
}

// The zone library looks a name up as a file and remembers every name it was ever asked for, so
// only names of real files of the zone database reach it, whatever a visitor's browser says.
bool is_zone_file(std::string_view name) {
  constexpr std::size_t k_name_bytes_max = 64;
  const bool shaped = !name.empty() && name.size() <= k_name_bytes_max && name.front() >= 'A' &&
                      name.front() <= 'Z' && name != "Factory" && name.back() != '/' &&
                      std::all_of(name.begin(), name.end(), [](char c) {
                        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                               (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' ||
                               c == '/';
                      });
  if (!shaped) return false;
  const char* const set_by_user = std::getenv("TZDIR");
  const std::filesystem::path folder = set_by_user != nullptr ? set_by_user : "/usr/share/zoneinfo";
  std::error_code error;
  return std::filesystem::is_regular_file(folder / name, error);
}

}  // namespace

Zone::Zone(std::string name, std::shared_ptr<const Impl> impl)
    : name_(std::move(name)), impl_(std::move(impl)) {}

Result<Zone> Zone::load(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, Zone, std::less<>> loaded;  // at most the zones of the database
  const std::string_view current = current_zone_name(name);
  if (current == "UTC") return utc();
  const std::lock_guard lock(mutex);
  if (const auto found = loaded.find(current); found != loaded.end()) return found->second;
  auto impl = std::make_shared<Impl>();
  if (!is_zone_file(current) || !cctz::load_time_zone(std::string(current), &impl->zone)) {
    return refused("zone_unknown", "The time zone is not known.",
                   "Use a name such as Europe/Moscow or America/New_York; the package tzdata "
                   "lists them in /usr/share/zoneinfo/zone1970.tab.");
  }
  return loaded.emplace(current, Zone(std::string(current), std::move(impl))).first->second;
}

Zone Zone::utc() {
  static const auto k_utc = std::make_shared<const Impl>(Impl{cctz::utc_time_zone()});
  return Zone("UTC", k_utc);
}

WallTime Zone::wall(TimeMs time) const {
  const auto civil = impl_->zone.lookup(zone_instant(time)).cs;
  WallTime wall;
  wall.date = {static_cast<std::int32_t>(civil.year()), civil.month(), civil.day()};
  wall.hour = civil.hour();
  wall.minute = civil.minute();
  wall.second = civil.second();
  return wall;
}

WallLookup Zone::lookup(const WallTime& wall) const {
  using Civil = cctz::time_zone::civil_lookup;
  const Civil civil = impl_->zone.lookup(cctz::civil_second(
      wall.date.year, wall.date.month, wall.date.day, wall.hour, wall.minute, wall.second));
  WallLookup lookup;
  lookup.kind = civil.kind == Civil::SKIPPED    ? WallLookup::Kind::skipped
                : civil.kind == Civil::REPEATED ? WallLookup::Kind::repeated
                                                : WallLookup::Kind::unique;
  lookup.first = zone_time_ms(civil.pre);
  lookup.second = zone_time_ms(civil.post);
  return lookup;
}

TimeMs Zone::day_start(Date date) const {
  using Civil = cctz::time_zone::civil_lookup;
  const Civil civil =
      impl_->zone.lookup(cctz::civil_second(date.year, date.month, date.day, 0, 0, 0));
  // Where midnight is skipped the day begins at the change; where it is repeated, at the first.
  return zone_time_ms(civil.kind == Civil::SKIPPED ? civil.trans : civil.pre);
}

int Zone::offset_seconds(TimeMs time) const {
  return impl_->zone.lookup(zone_instant(time)).offset;
}

std::string Zone::abbreviation(TimeMs time) const {
  return impl_->zone.lookup(zone_instant(time)).abbr;
}

}  // namespace flead
