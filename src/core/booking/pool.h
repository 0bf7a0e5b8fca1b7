// Pools: one offer to the visitor, several behind it ("any expert"). A pool's slots are those of
// its members; who gets a booking is decided when it is made: of those free at that time the one
// with the fewest meetings ahead, which in the long run is round robin. SQL in pools_store.cpp.
// Callers: bookings.cpp (reserve), GET /api/v1/slots, /b/, `flead offer pool`, `flead slot list`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/booking/offer.h"

namespace flead::booking {

FLEAD_ID(PoolId, "pool");

struct Pool {
  PoolId id;
  TenantId tenant;
  std::string slug, name;
  std::vector<std::string> offers;  // slugs of its members, in the order given
  TimeMs created_at = 0;
};

struct NewPool {
  std::string slug, name;
  std::vector<std::string> offers;
};
// The same slug again changes it. Errors: slug_invalid, text_invalid, too_long, name_empty,
// pool_empty, too_many_members (refused), offer_exists (conflict), offer_not_found.
Result<Pool> set_pool(World& world, store::Tx& tx, const TenantId& tenant, const NewPool& input);
Result<Pool> remove_pool(store::Tx& tx, const TenantId& tenant, std::string_view slug);
Result<std::vector<Pool>> list_pools(store::Tx& tx, const TenantId& tenant);  // by slug
// Nothing when no pool has this slug.
Result<std::optional<Pool>> find_pool(store::Tx& tx, const TenantId& tenant, std::string_view slug);

// Error offer_exists (conflict): an offer may not have a pool's slug.
Status no_pool_named(store::Tx& tx, const TenantId& tenant, std::string_view slug);

// Its active members, the one with the fewest meetings ahead first.
Result<std::vector<Offer>> members_by_load(store::Tx& tx, const Pool& pool, TimeMs now);

// Free slots of an offer or of a pool, each with the slug of the offer it would be booked of.
// Errors of find_offer and check_booked_here.
Result<FreeSlots> list_slots(World& world, store::Tx& tx, const TenantId& tenant,
                             std::string_view slug, TimeMs from, TimeMs to, std::size_t count_max);

// Slots at the same time are one: the first list that has it says whose it is, their seats are
// added. Ascending; at most `count_max`, then next_start says where to go on. Pure.
FreeSlots merge_slots(const std::vector<FreeSlots>& members, std::size_t count_max);

Json to_json(const Pool& pool);

}  // namespace flead::booking
