#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/experts_store.h"
#include "core/booking/offers_store.h"
#include "core/booking/review.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_review_characters_max = 4000;

Result<Review> set_shown(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                         std::string_view why) {
  FLEAD_TRY(auto review, review_by_booking(tx, tenant, id));
  if (!review) return not_found("review_not_found", "There is no review of this booking.");
  FLEAD_TRY(const auto booking, load(tx, tenant, id));
  FLEAD_CHECK(lock_host(tx, booking.host));
  FLEAD_TRY(review, review_by_booking(tx, tenant, id));
  const bool was_shown = review->hidden_why.empty();
  const std::int64_t step = (why.empty() ? 1 : 0) - (was_shown ? 1 : 0);
  FLEAD_CHECK(set_hidden(tx, id, why, world.clock.now()));
  FLEAD_CHECK(add_to_rating(tx, booking.host, step * review->rating, step));
  review->hidden_why = why;
  return std::move(*review);
}

}  // namespace

Result<Review> add_review(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                          std::int64_t rating, std::string_view text, std::string_view actor) {
  if (rating < 1 || rating > 5) {
    return refused_field("rating", "rating_invalid", "A rating is 1 to 5.");
  }
  if (!valid_utf8(text) || utf8_length(text) > k_review_characters_max) {
    return refused_field(
        "text", "too_long",
        fmt::format("A review is text of up to {} characters.", k_review_characters_max));
  }
  FLEAD_TRY(const auto booking, load(tx, tenant, id));
  if (booking.state != State::completed || !booking.lead) {
    return conflict("booking_not_completed", "Only a meeting that took place can be reviewed.");
  }
  FLEAD_CHECK(lock_host(tx, booking.host));
  Review review;
  review.booking = id;
  review.host_slug = booking.host_slug;
  review.lead = booking.lead;
  review.rating = rating;
  review.text = trim(text);
  review.created_at = world.clock.now();
  FLEAD_TRY(const bool made, insert_review(tx, tenant, booking.host, review));
  if (!made) return conflict("review_exists", "This meeting has been reviewed already.");
  FLEAD_CHECK(add_to_rating(tx, booking.host, rating, 1));
  FLEAD_CHECK(intake::add_event(world, tx, tenant, *booking.lead, "booking.reviewed", actor,
                                Json::object({{"booking", id.text()}, {"rating", rating}})));
  FLEAD_TRY(auto stored, review_by_booking(tx, tenant, id));
  return std::move(*stored);
}

Result<std::optional<Review>> find_review(store::Tx& tx, const TenantId& tenant,
                                          const BookingId& booking) {
  return review_by_booking(tx, tenant, booking);
}

Result<Review> hide_review(World& world, store::Tx& tx, const TenantId& tenant,
                           const BookingId& booking, std::string_view why) {
  if (trim(why).empty()) {
    return refused_field("reason", "reason_needed", "Say why it is hidden.");
  }
  if (!valid_utf8(why) || utf8_length(why) > k_reason_characters_max) {
    return refused_field("reason", "too_long",
                         fmt::format("A reason has up to {} characters.", k_reason_characters_max));
  }
  return set_shown(world, tx, tenant, booking, trim(why));
}

Result<Review> show_review(World& world, store::Tx& tx, const TenantId& tenant,
                           const BookingId& booking) {
  return set_shown(world, tx, tenant, booking, "");
}

Result<std::vector<Review>> list_reviews(store::Tx& tx, const TenantId& tenant,
                                         const ReviewFilter& filter) {
  return reviews_page(tx, tenant, filter);
}

Json to_json(const Review& review) {
  return Json::object({{"booking", review.booking.text()},
                       {"expert", review.host_slug},
                       {"lead", review.lead ? Json(review.lead->text()) : Json()},
                       {"name", review.name},
                       {"rating", review.rating},
                       {"text", review.text},
                       {"hidden_why", review.hidden_why},
                       {"created_at", format_time(review.created_at)}});
}

}  // namespace flead::booking
