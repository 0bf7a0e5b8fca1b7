#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/offer_rules.h"
#include "core/booking/offers_store.h"
#include "core/booking/pools_store.h"

namespace flead::booking {

namespace {

Result<std::vector<OfferId>> find_members(store::Tx& tx, const TenantId& tenant,
                                          const std::vector<std::string>& slugs) {
  if (slugs.empty()) {
    return refused_field("of", "pool_empty", "A pool needs offers behind it.");
  }
  if (slugs.size() > k_pool_members_max) {
    return refused_field("of", "too_many_members",
                         fmt::format("A pool has at most {} offers.", k_pool_members_max));
  }
  std::vector<OfferId> found;
  for (const std::string& slug : slugs) {
    FLEAD_TRY(const auto offer, find_offer(tx, tenant, slug));
    FLEAD_CHECK(check_booked_here(offer));
    if (std::find(found.begin(), found.end(), offer.id) == found.end()) found.push_back(offer.id);
  }
  return found;
}

}  // namespace

Result<Pool> set_pool(World& world, store::Tx& tx, const TenantId& tenant, const NewPool& input) {
  FLEAD_CHECK(check_slug("pool", input.slug));
  FLEAD_CHECK(check_text("name", input.name, k_name_characters_max));
  FLEAD_TRY(const auto taken, offer_by_slug(tx, tenant, input.slug));
  if (taken) {
    return conflict("offer_exists", fmt::format("There is an offer \"{}\" already.", input.slug),
                    "Give the pool another name");
  }
  FLEAD_TRY(const auto known, find_pool(tx, tenant, input.slug));
  FLEAD_TRY(const auto members, find_members(tx, tenant, input.offers));
  Pool pool = known.value_or(Pool{});
  if (!input.name.empty()) pool.name = input.name;
  if (trim(pool.name).empty()) return refused_field("name", "name_empty", "A pool needs a name.");
  if (known) {
    FLEAD_CHECK(rename_pool(tx, pool));
  } else {
    pool.id = new_id<PoolIdTag>(world);
    pool.tenant = tenant;
    pool.slug = input.slug;
    pool.created_at = world.clock.now();
    FLEAD_CHECK(insert_pool(tx, pool));
  }
  FLEAD_CHECK(set_members(tx, pool.id, members));
  FLEAD_TRY(auto made, find_pool(tx, tenant, input.slug));
  FLEAD_ASSERT(made.has_value());
  return std::move(*made);
}

Result<Pool> remove_pool(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  FLEAD_TRY(auto pool, find_pool(tx, tenant, slug));
  if (!pool) return not_found("pool_not_found", "There is no such pool.");
  FLEAD_CHECK(delete_pool(tx, pool->id));
  return std::move(*pool);
}

Status no_pool_named(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  FLEAD_TRY(const auto pool, find_pool(tx, tenant, slug));
  if (!pool) return {};
  return conflict("offer_exists", fmt::format("There is a pool \"{}\" already.", slug),
                  "Give the offer another name");
}

Result<std::vector<Offer>> members_by_load(store::Tx& tx, const Pool& pool, TimeMs now) {
  FLEAD_TRY(const auto ids, members_of(tx, pool.id));
  std::vector<std::pair<std::int64_t, Offer>> loaded;
  for (const OfferId& id : ids) {
    FLEAD_TRY(auto offer, load_offer(tx, pool.tenant, id));
    if (offer.retired) continue;
    FLEAD_TRY(const auto load, meetings_ahead(tx, offer, now));
    loaded.emplace_back(load, std::move(offer));
  }
  std::stable_sort(loaded.begin(), loaded.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Offer> offers;
  for (auto& [load, offer] : loaded) offers.push_back(std::move(offer));
  return offers;
}

FreeSlots merge_slots(const std::vector<FreeSlots>& members, std::size_t count_max) {
  std::map<TimeMs, Slot> by_start;
  std::optional<TimeMs> unknown_from;  // beyond this a member may have more
  for (const FreeSlots& member : members) {
    for (const Slot& slot : member.slots) {
      const auto [at, is_new] = by_start.emplace(slot.starts_at, slot);
      if (!is_new) at->second.seats_left += slot.seats_left;
    }
    if (!member.next_start) continue;
    unknown_from = std::min(unknown_from.value_or(*member.next_start), *member.next_start);
  }
  FreeSlots merged;
  merged.next_start = unknown_from;
  for (auto& [start, slot] : by_start) {
    if (unknown_from && start >= *unknown_from) break;
    if (merged.slots.size() == count_max) {
      merged.next_start = start;
      break;
    }
    merged.slots.push_back(std::move(slot));
  }
  return merged;
}

Result<FreeSlots> list_slots(World& world, store::Tx& tx, const TenantId& tenant,
                             std::string_view slug, TimeMs from, TimeMs to, std::size_t count_max) {
  const auto of_offer = [&](const Offer& offer) -> Result<FreeSlots> {
    FLEAD_TRY(auto free, list_free(world, tx, offer, from, to, count_max));
    for (Slot& slot : free.slots) slot.offer = offer.slug;
    return free;
  };
  FLEAD_TRY(const auto pool, find_pool(tx, tenant, slug));
  if (!pool) {
    FLEAD_TRY(const auto offer, find_offer(tx, tenant, slug));
    FLEAD_CHECK(check_booked_here(offer));
    return of_offer(offer);
  }
  FLEAD_TRY(const auto offers, members_by_load(tx, *pool, world.clock.now()));
  std::vector<FreeSlots> members;
  for (const Offer& offer : offers) {
    FLEAD_TRY(auto free, of_offer(offer));
    members.push_back(std::move(free));
  }
  return merge_slots(members, count_max);
}

Json to_json(const Pool& pool) {
  Json offers = Json::array();
  for (const std::string& slug : pool.offers) offers.push(slug);
  return Json::object({{"slug", pool.slug},
                       {"name", pool.name},
                       {"offers", std::move(offers)},
                       {"created_at", format_time(pool.created_at)}});
}

}  // namespace flead::booking
