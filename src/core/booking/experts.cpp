#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/expert.h"
#include "core/booking/experts_store.h"
#include "core/booking/offer_rules.h"
#include "core/booking/offers_store.h"
#include "core/booking/price.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_headline_characters_max = 200;
constexpr std::size_t k_about_characters_max = 8000;
constexpr std::size_t k_expert_tags_max = 30;  // of one kind
constexpr std::size_t k_tag_characters_max = 60;

// What is equal but for its case is there once.
Result<std::vector<std::string>> clean_tags(std::string_view field,
                                            const std::vector<std::string>& tags) {
  std::vector<std::string> out, seen;
  for (const std::string& tag : tags) {
    const std::string trimmed(trim(tag));
    if (trimmed.empty()) continue;
    FLEAD_CHECK(check_text(field, trimmed, k_tag_characters_max));
    const std::string folded = fold(trimmed);
    if (std::find(seen.begin(), seen.end(), folded) != seen.end()) continue;
    seen.push_back(folded);
    out.push_back(trimmed);
  }
  if (out.size() > k_expert_tags_max) {
    return refused_field(std::string(field), "too_many_tags",
                         fmt::format("There are up to {} {}.", k_expert_tags_max, field));
  }
  return out;
}

Status check_long(std::string_view field, std::string_view text, std::size_t characters_max) {
  if (valid_utf8(text) && utf8_length(text) <= characters_max) return {};
  return refused_field(
      std::string(field), "too_long",
      fmt::format("The {} is text of up to {} characters.", field, characters_max));
}

Status apply(const ExpertEdit& edit, Expert& expert) {
  expert.headline = edit.headline.value_or(expert.headline);
  expert.about = edit.about.value_or(expert.about);
  expert.photo_url = edit.photo_url.value_or(expert.photo_url);
  expert.listed = edit.listed.value_or(expert.listed);
  if (edit.languages) {
    FLEAD_TRY(expert.languages, clean_tags("languages", *edit.languages));
  }
  if (edit.topics) {
    FLEAD_TRY(expert.topics, clean_tags("topics", *edit.topics));
  }
  FLEAD_CHECK(check_text("headline", expert.headline, k_headline_characters_max));
  FLEAD_CHECK(check_long("about", expert.about, k_about_characters_max));
  FLEAD_CHECK(check_text("photo", expert.photo_url, k_url_characters_max));
  if (!expert.photo_url.empty() && !expert.photo_url.starts_with("https://")) {
    return refused_field("photo", "photo_invalid", "A photo is an address with https://.");
  }
  return {};
}

// Name, zone and e-mail belong to the host.
Result<Host> host_for(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                      std::string_view slug, const ExpertEdit& edit) {
  NewRules wanted;
  wanted.host = slug;
  wanted.host_name = edit.name;
  wanted.email = edit.email;
  wanted.zone = edit.zone;
  bool made = false;
  return make_or_update_host(world, tx, tenant, wanted, made);
}

Error no_expert(std::string_view slug) {
  return not_found("expert_not_found", fmt::format("There is no expert \"{}\".", slug),
                   "See: flead expert list --all");
}

// What a visitor can pay at least for this offer in this way; nothing when it is not met so. What
// has no price is free.
Result<std::optional<std::int64_t>> least_price(store::Tx& tx, const Offer& offer,
                                                const std::string& format) {
  FLEAD_TRY(const auto prices, prices_of(tx, offer.id));
  if (prices.empty()) {
    return format.empty() ? std::optional<std::int64_t>(0) : std::optional<std::int64_t>();
  }
  std::optional<std::int64_t> least;
  for (const Price& price : prices) {
    if (price.ended || (!format.empty() && fold(price.format) != fold(format))) continue;
    const std::int64_t amount = price.least_minor.value_or(price.money.amount_minor);
    least = std::min(least.value_or(amount), amount);
  }
  return least;
}

Result<bool> offers_match(World& world, store::Tx& tx, const Expert& expert,
                          const ExpertFilter& filter) {
  if (!filter.price_max_minor && filter.format.empty() && !filter.free_before) return true;
  FLEAD_TRY(const auto offers, offers_kept_by(tx, expert.host.id));
  for (const Offer& offer : offers) {
    FLEAD_TRY(const auto least, least_price(tx, offer, filter.format));
    if (!least || (filter.price_max_minor && *least > *filter.price_max_minor)) continue;
    if (!filter.free_before) return true;
    FLEAD_TRY(const auto free,
              list_free(world, tx, offer, world.clock.now(), *filter.free_before, 1));
    if (!free.slots.empty()) return true;
  }
  return false;
}

}  // namespace

Result<Expert> add_expert(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                          std::string_view slug, const ExpertEdit& edit) {
  FLEAD_CHECK(check_slug("expert", slug));
  FLEAD_TRY(const auto known, expert_by_slug(tx, tenant.id, slug));
  if (known) {
    return conflict("expert_exists", fmt::format("There is an expert \"{}\" already.", slug),
                    fmt::format("flead expert edit {} changes the profile", slug));
  }
  Expert expert;
  FLEAD_TRY(expert.host, host_for(world, tx, tenant, slug, edit));
  FLEAD_CHECK(apply(edit, expert));
  expert.created_at = world.clock.now();
  expert.updated_at = expert.created_at;
  FLEAD_CHECK(insert_expert(tx, expert));
  return load_expert(tx, tenant.id, slug);
}

Result<Expert> edit_expert(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                           std::string_view slug, const ExpertEdit& edit) {
  FLEAD_TRY(Expert expert, load_expert(tx, tenant.id, slug));
  FLEAD_TRY(expert.host, host_for(world, tx, tenant, slug, edit));
  FLEAD_CHECK(apply(edit, expert));
  expert.updated_at = world.clock.now();
  FLEAD_CHECK(update_expert(tx, expert));
  return load_expert(tx, tenant.id, slug);
}

Result<Expert> load_expert(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  FLEAD_TRY(auto found, expert_by_slug(tx, tenant, slug));
  if (!found) return no_expert(slug);
  return std::move(*found);
}

Result<ExpertPage> list_experts(World& world, store::Tx& tx, const TenantId& tenant,
                                const ExpertFilter& filter) {
  ExpertFilter rest = filter;
  ExpertPage page;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(filter.limit, 1));
  std::size_t looked = 0;
  rest.limit = static_cast<std::int64_t>(wanted) + 1;
  for (;;) {
    FLEAD_TRY(auto candidates, experts_page(tx, tenant, rest));
    const bool last = candidates.size() < static_cast<std::size_t>(rest.limit);
    for (Expert& expert : candidates) {
      ++looked;
      rest.after_slug = expert.host.slug;
      FLEAD_TRY(const bool good, offers_match(world, tx, expert, filter));
      if (!good) continue;
      if (page.experts.size() == wanted) {
        page.next_after = page.experts.back().host.slug;
        return page;
      }
      page.experts.push_back(std::move(expert));
    }
    if (last) return page;
    if (looked >= k_experts_looked_max) {
      page.next_after = rest.after_slug;
      return page;
    }
  }
}

Result<std::vector<Expert>> experts_named(store::Tx& tx, const TenantId& tenant,
                                          const std::vector<std::string>& slugs) {
  std::vector<Expert> found;
  for (std::size_t i = 0; i < std::min(slugs.size(), k_favourites_max); ++i) {
    FLEAD_TRY(auto expert, expert_by_slug(tx, tenant, slugs[i]));
    if (expert && expert->listed) found.push_back(std::move(*expert));
  }
  return found;
}

std::string rating_text(std::int64_t sum, std::int64_t count) {
  if (count == 0) return {};
  const std::int64_t tenths = (sum * 20 + count) / (count * 2);  // a half goes up
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

std::string photo_address(const Expert& expert, std::string_view catalogue) {
  if (expert.photo_mark.empty()) return expert.photo_url;
  return fmt::format("{}/{}/photo?v={}", catalogue, percent_encode(expert.host.slug),
                     expert.photo_mark);
}

Json to_json(const Expert& expert, std::string_view catalogue) {
  const std::string photo = photo_address(expert, catalogue);
  const auto array = [](const std::vector<std::string>& items) {
    Json out = Json::array();
    for (const std::string& item : items) out.push(item);
    return out;
  };
  const std::string rating = rating_text(expert.rating_sum, expert.rating_count);
  return Json::object({{"slug", expert.host.slug},
                       {"name", expert.host.name},
                       {"headline", expert.headline},
                       {"about", expert.about},
                       {"photo_url", photo.empty() ? Json() : Json(photo)},
                       {"languages", array(expert.languages)},
                       {"topics", array(expert.topics)},
                       {"zone", expert.host.zone},
                       {"listed", expert.listed},
                       {"rating", rating.empty() ? Json() : Json(rating)},
                       {"reviews", expert.rating_count},
                       {"created_at", format_time(expert.created_at)},
                       {"updated_at", format_time(expert.updated_at)}});
}

}  // namespace flead::booking
