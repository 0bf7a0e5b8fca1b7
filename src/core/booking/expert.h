// Experts: hosts with a profile that people can find. Types and operations here, SQL in
// experts_store.cpp. Callers: `flead expert`, GET /api/v1/experts, the pages /m/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/booking/offer.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::booking {

struct Expert {
  Host host;  // name, zone and e-mail are the host's
  std::string headline, about;
  std::string photo_url;   // https; for clients: our pages load nothing from elsewhere
  std::string photo_mark;  // of a photo that is kept here (photo.h), which goes before it; or ""
  std::vector<std::string> languages, topics;     // in the order given
  bool listed = true;                             // shown in lists and on the pages
  std::int64_t rating_sum = 0, rating_count = 0;  // of the reviews that are not hidden
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// Nothing: unchanged.
struct ExpertEdit {
  std::optional<std::string> name, email, zone, headline, about, photo_url;
  std::optional<std::vector<std::string>> languages, topics;
  std::optional<bool> listed;
};
// Makes the host when there is none of this slug. Errors: expert_exists (conflict); slug_invalid,
// text_invalid, too_long, email_invalid, zone_unknown, photo_invalid, too_many_tags (refused).
Result<Expert> add_expert(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                          std::string_view slug, const ExpertEdit& edit);
Result<Expert> edit_expert(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                           std::string_view slug, const ExpertEdit& edit);
Result<Expert> load_expert(store::Tx& tx, const TenantId& tenant, std::string_view slug);

struct ExpertFilter {
  std::string topic, language;                    // whole, in any case
  std::string query;                              // any part of name, headline, about and topics
  std::optional<std::int64_t> rating_min_tenths;  // 45 is 4.5 and more
  // Of what the expert offers: something costs at most this, is met in this way, is free in time.
  std::optional<std::int64_t> price_max_minor;
  std::string format;
  std::optional<TimeMs> free_before;
  bool unlisted = false;   // those that are not shown, too
  std::string after_slug;  // page key
  std::int64_t limit = k_page_default;
};
struct ExpertPage {
  std::vector<Expert> experts;  // by slug
  std::string next_after;       // "" at the end; after k_experts_looked_max there may be more
};
Result<ExpertPage> list_experts(World& world, store::Tx& tx, const TenantId& tenant,
                                const ExpertFilter& filter);

// Those of these slugs that are listed, in this order; at most k_favourites_max.
Result<std::vector<Expert>> experts_named(store::Tx& tx, const TenantId& tenant,
                                          const std::vector<std::string>& slugs);

// "4.7", "" without reviews.
std::string rating_text(std::int64_t sum, std::int64_t count);

// BASE/m/TENANT/NAME/photo?v=MARK of a photo kept here, else the address elsewhere, or "".
// `catalogue` is BASE/m/TENANT, or only its path.
std::string photo_address(const Expert& expert, std::string_view catalogue);
Json to_json(const Expert& expert, std::string_view catalogue = {});

}  // namespace flead::booking
