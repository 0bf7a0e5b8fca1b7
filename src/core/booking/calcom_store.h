// SQL of Cal.com's connections. Called by calcom_links.cpp and calcom_sync.cpp; holds no rule of
// its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/booking/calcom_link.h"

namespace flead::booking::calcom_store {

Status save(store::Tx& tx, const CalcomLink& link, std::string_view sealed);  // by its id
Status update(store::Tx& tx, const CalcomLink& link);
Status remove(store::Tx& tx, const CalcomLinkId& id);  // with its calls
Result<std::optional<CalcomLink>> by_id(store::Tx& tx, const CalcomLinkId& id);
Result<std::optional<CalcomLink>> by_offer(store::Tx& tx, const OfferId& offer);
Result<std::vector<CalcomLink>> of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::vector<CalcomLink>> all(store::Tx& tx);
Result<std::string> sealed_of(store::Tx& tx, const CalcomLinkId& id);
// Whose offer it is now: bookings that a calendar kept are ours again.
Status release_bookings(store::Tx& tx, const OfferId& offer);
Result<bool> is_pooled(store::Tx& tx, const OfferId& offer);

struct Known {
  std::string uid;
  BookingId booking;
  std::string next_uid;
  bool absent = false;
  TimeMs changed_at = 0;
};
Result<std::optional<Known>> known(store::Tx& tx, const TenantId& tenant, std::string_view uid);
Status put_known(store::Tx& tx, const TenantId& tenant, const Known& one);

struct KeptCall {
  std::string id;
  TenantId tenant;
  CalcomLinkId link;
  std::string dedupe_key, uid, body;
  TimeMs received_at = 0;
  bool read = false;
};
Result<bool> insert_call(store::Tx& tx, const KeptCall& call);  // false: it was there
Result<std::vector<CalcomCall>> calls_of(store::Tx& tx, const CalcomLinkId& link,
                                         std::int64_t limit);
Result<std::optional<KeptCall>> call_by_id(store::Tx& tx, std::string_view id);
Status end_call(store::Tx& tx, std::string_view id, TimeMs now);
Status delete_call(store::Tx& tx, std::string_view id);

}  // namespace flead::booking::calcom_store
