// Reviews: what people who met a host say of it, once for each meeting. Callers: /my/{token},
// `flead review`, the pages /m/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/booking/booking.h"

namespace flead::booking {

struct Review {
  BookingId booking;  // which it is one of: its name, too
  std::string host_slug;
  std::optional<LeadId> lead;  // nothing once the person was erased
  std::string name;            // the person's
  std::int64_t rating = 0;     // 1 to 5
  std::string text;
  std::string hidden_why;  // "": shown
  TimeMs created_at = 0;
};

// Only of a meeting that took place. Errors: review_exists (conflict), booking_not_completed
// (conflict), rating_invalid, too_long (refused), booking_not_found.
Result<Review> add_review(World& world, store::Tx& tx, const TenantId& tenant,
                          const BookingId& booking, std::int64_t rating, std::string_view text,
                          std::string_view actor);
Result<std::optional<Review>> find_review(store::Tx& tx, const TenantId& tenant,
                                          const BookingId& booking);
// "" shows it again. Errors: review_not_found; reason_needed, too_long (refused).
Result<Review> hide_review(World& world, store::Tx& tx, const TenantId& tenant,
                           const BookingId& booking, std::string_view why);
Result<Review> show_review(World& world, store::Tx& tx, const TenantId& tenant,
                           const BookingId& booking);

struct ReviewFilter {
  std::optional<HostId> host;
  bool hidden = false;   // hidden ones, too
  std::string after_id;  // page key: reviews of older bookings
  std::int64_t limit = k_page_default;
};
Result<std::vector<Review>> list_reviews(store::Tx& tx, const TenantId& tenant,
                                         const ReviewFilter& filter);  // newest booking first

Json to_json(const Review& review);

}  // namespace flead::booking
