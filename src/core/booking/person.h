// What booking keeps about one person, for whoever erases that person. Callers: core/upkeep/erase.
#pragma once

#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::booking {

struct PersonBooking {
  BookingId id;
  std::string status;
  TimeMs created_at = 0;
  TimeMs ends_at = 0;
};
Result<std::vector<PersonBooking>> bookings_of(store::Tx& tx, const TenantId& tenant,
                                               const LeadId& lead);

// Bookings stay, as times that were taken, and name nobody: no lead, no reason, and the person's
// own link leads nowhere. Those still to come are cancelled, which frees the seat; nobody is told.
// Calendars that flead writes to lose them, too: they carry a name. Of a booking that Cal.com keeps
// its calls go, and what it tells from then on is not kept; it has to be erased there as well. What
// the person and the host wrote about them goes, and so does the person's place on waiting lists.
Status forget_person(World& world, store::Tx& tx, const LeadId& lead,
                     const std::vector<PersonBooking>& bookings);

}  // namespace flead::booking
