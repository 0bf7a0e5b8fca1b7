// Free slots: from weekly windows, exceptions and busy times to the starts a person may pick. Pure:
// no store, no clock. Callers: the operations in offers.cpp and bookings.cpp, `flead slot check`,
// tests. Windows are wall time in the host's zone, everything else is UTC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/base/weekly.h"
#include "core/base/zone.h"

namespace flead::booking {

// A civil date that differs: closed (both minutes 0), or open in this window instead of the weekly
// ones. Several rows of one date are several windows; one closed row closes the whole date.
struct DayException {
  Date date;
  int from_min = 0;
  int to_min = 0;
  bool closed() const { return from_min == 0 && to_min == 0; }
  friend auto operator<=>(const DayException&, const DayException&) = default;
};

struct Terms {
  std::int64_t length_min = 30;
  std::int64_t buffer_min = 0;     // kept free after each booking
  std::int64_t notice_min = 0;     // no start sooner than this from now
  std::int64_t horizon_days = 60;  // no start later than this from now
  std::int64_t seats = 1;          // people in one slot
  // Meetings on one civil day, and in one week from Monday, of the host's zone; 0: as many as fit.
  std::int64_t day_max = 0;
  std::int64_t week_max = 0;
  bool capped() const { return day_max > 0 || week_max > 0; }
};

struct Schedule {
  Zone zone = Zone::utc();
  Terms terms;
  std::vector<Window> windows;
  std::vector<DayException> exceptions;
};

// A booking or hold that takes the host's time.
struct Busy {
  TimeMs starts_at = 0;
  TimeMs ends_at = 0;
  TimeMs busy_until = 0;    // ends_at and its buffer
  bool same_offer = false;  // only these can share a slot's seats
};

struct Slot {
  TimeMs starts_at = 0;
  TimeMs ends_at = 0;
  std::int64_t seats_left = 0;
  std::string offer = {};  // slug of the offer it is booked of, where that was asked for
  friend bool operator==(const Slot&, const Slot&) = default;
};

// Every start of one civil date, ascending, without regard to now or to bookings. Starts lie on a
// grid of wall times from the window's start, a length apart. A wall time that the clock skips is
// no start; one that comes twice is two starts. A slot lies wholly inside its window: each of its
// minutes reads as a time of the window on the host's wall clock.
std::vector<TimeMs> starts_on(const Schedule& schedule, Date date);
bool is_start(const Schedule& schedule, TimeMs start);

// Whether a start keeps the notice and the horizon.
bool is_open_at(const Terms& terms, TimeMs now, TimeMs start);

// Seats that are free: 0 when anything but bookings of this very slot overlaps it. Buffers count on
// both sides. `busy` is sorted by starts_at.
std::int64_t seats_left(const Terms& terms, TimeMs start, std::span<const Busy> busy);

// Whether a meeting at `start` keeps the caps beside those at `others`, the other starts of the
// same offer, sorted, each once. One more person in a meeting that is there is no further meeting.
bool within_caps(const Terms& terms, const Zone& zone, std::span<const TimeMs> others,
                 TimeMs start);
struct TimeSpan {
  TimeMs from = 0;
  TimeMs to = 0;
};
// The civil week, from Monday, that a moment lies in: all that its caps depend on.
TimeSpan week_of(const Zone& zone, TimeMs time);

struct SlotRange {
  TimeMs from = 0;  // starts in [from, to)
  TimeMs to = 0;
  TimeMs now = 0;
};
// Ascending, at most `count_max`; only slots with a seat left. `busy` is sorted by starts_at.
std::vector<Slot> free_slots(const Schedule& schedule, std::span<const Busy> busy,
                             const SlotRange& range, std::size_t count_max);

}  // namespace flead::booking
