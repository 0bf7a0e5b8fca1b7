// SQL of experts and their reviews. Called by experts.cpp and reviews.cpp alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/booking/expert.h"
#include "core/booking/photo.h"
#include "core/booking/review.h"

namespace flead::booking {

Result<std::optional<Expert>> expert_by_slug(store::Tx& tx, const TenantId& tenant,
                                             std::string_view slug);
Result<std::vector<Expert>> experts_page(store::Tx& tx, const TenantId& tenant,
                                         const ExpertFilter& filter);
Status insert_expert(store::Tx& tx, const Expert& expert);
Status update_expert(store::Tx& tx, const Expert& expert);
// The rating of a host, whether it has a profile or not.
// Nothing takes the picture away. What is read has no mark: the expert has it.
Status put_photo(store::Tx& tx, const Host& host, const std::optional<Photo>& photo, TimeMs now);
Result<std::optional<Photo>> photo_of(store::Tx& tx, const HostId& host);
Status add_to_rating(store::Tx& tx, const HostId& host, std::int64_t sum, std::int64_t count);

Result<std::optional<Review>> review_by_booking(store::Tx& tx, const TenantId& tenant,
                                                const BookingId& booking);
Result<std::vector<Review>> reviews_page(store::Tx& tx, const TenantId& tenant,
                                         const ReviewFilter& filter);
Result<bool> insert_review(store::Tx& tx, const TenantId& tenant, const HostId& host,
                           const Review& review);
Status set_hidden(store::Tx& tx, const BookingId& booking, std::string_view why, TimeMs now);

}  // namespace flead::booking
