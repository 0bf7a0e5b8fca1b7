// SQL of bookings. Called by bookings.cpp, offers.cpp (busy times) and slot_check.cpp; holds no
// rule of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/booking/booking.h"

namespace flead::booking {

Result<std::optional<Booking>> booking_by_id(store::Tx& tx, const TenantId& tenant,
                                             const BookingId& id);
Result<std::optional<Booking>> booking_by_token(store::Tx& tx, std::string_view manage_token);
// How many bookings of a lead make it "booked": confirmed ones, and meetings that took place.
Result<std::int64_t> count_booked(store::Tx& tx, const TenantId& tenant, const LeadId& lead);
Status insert_booking(store::Tx& tx, const Booking& booking);
Status update_booking(store::Tx& tx, const Booking& booking);
Result<std::vector<Booking>> bookings_page(store::Tx& tx, const TenantId& tenant,
                                           const Filter& filter);

struct BusyQuery {
  HostId host;
  OfferId offer;    // these share seats
  TimeMs from = 0;  // what overlaps [from, to)
  TimeMs to = 0;
  TimeMs now = 0;    // holds that lapsed before it do not count
  BookingId except;  // a booking that is being moved
};
Result<std::vector<Busy>> busy_times(store::Tx& tx, const BusyQuery& query);
Status expire_holds(store::Tx& tx, const HostId& host, TimeMs now);

// One booking with what it should belong to, for `slot check`: nothing is taken for granted.
struct CheckRow {
  std::string id, host, offer, status;
  TimeMs starts_at = 0, ends_at = 0, busy_until = 0;
  std::optional<TimeMs> held_until;
  bool has_lead = false;
  bool host_ok = false, offer_ok = false, lead_ok = false;  // exist, same tenant, offer of the host
  std::int64_t seats = 0;
  bool kept = false;  // by another calendar: our windows and seats say nothing of it
};
Status each_for_check(store::Tx& tx, const TenantId& tenant,
                      const std::function<bool(const CheckRow&)>& visit);

}  // namespace flead::booking
