#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/law/legal.h"
#include "core/tenants/tenant.h"
#include "core/tenants/tenants_store.h"
#include "core/tenants/zone_regions.h"

namespace flead::tenants {
namespace {

constexpr std::size_t k_slug_characters_max = 40;
constexpr std::string_view k_test_store_key = "store.test";

bool is_slug(std::string_view text) {
  if (text.empty() || text.size() > k_slug_characters_max) return false;
  if (text.front() < 'a' || text.front() > 'z') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

Status check_name(std::string_view name) {
  if (name.empty() || !valid_utf8(name) || has_control_characters(name) ||
      utf8_length(name) > k_name_characters_max) {
    return refused_field(
        "name", "name_invalid",
        fmt::format("A tenant's name is one line of 1 to {} characters.", k_name_characters_max));
  }
  return {};
}

Status check_locale(std::string_view locale) {
  if (locale == "ru" || locale == "en") return {};
  return refused_field("locale", "locale_unknown", "The locale is ru or en.");
}

Status check_region(std::string_view region) {
  if (is_region(region)) return {};
  return refused_field("region", "region_unknown",
                       "The region is a country's two letters, such as RU or DE.");
}

// Everything about a new tenant that needs no store: what is derived, and what is refused.
Result<Tenant> prepare(const NewTenant& input) {
  if (!is_slug(input.slug)) {
    return refused_field("slug", "slug_invalid",
                         fmt::format("A slug is 1 to {} of a-z, 0-9 and -, and starts with a "
                                     "letter.",
                                     k_slug_characters_max));
  }
  Tenant tenant;
  tenant.slug = input.slug;
  tenant.name = input.name.empty() ? input.slug : std::string(trim(input.name));
  FLEAD_CHECK(check_name(tenant.name));
  FLEAD_TRY(const Zone zone, Zone::load(input.zone.empty() ? "UTC" : input.zone));
  tenant.zone = zone.name();
  const std::string_view zone_region = region_of_zone(tenant.zone);
  tenant.locale = !input.locale.empty() ? input.locale : zone_region == "RU" ? "ru" : "en";
  FLEAD_CHECK(check_locale(tenant.locale));
  if (!input.region.empty()) {
    FLEAD_CHECK(check_region(input.region));
    tenant.region = input.region;
  } else if (!zone_region.empty()) {
    tenant.region = zone_region;
  } else {
    tenant.region = tenant.locale == "ru" ? "RU" : "US";
  }
  return tenant;
}

}  // namespace

Status check(const NewTenant& input) {
  FLEAD_CHECK(prepare(input));
  return {};
}

Result<Tenant> create(World& world, store::Tx& tx, const NewTenant& input) {
  FLEAD_TRY(Tenant tenant, prepare(input));
  tenant.id = new_id<TenantIdTag>(world);
  tenant.publishable_key = make_token(world.random, "pk_");
  tenant.created_at = tenant.updated_at = world.clock.now();
  FLEAD_TRY(const bool inserted, insert_tenant(tx, tenant));
  if (!inserted) {
    return conflict("slug_taken", fmt::format("There is already a tenant '{}'.", tenant.slug));
  }
  FLEAD_CHECK(law::publish_defaults(world, tx, tenant.id, tenant.name));
  return tenant;
}

Result<Tenant> edit(World& world, store::Tx& tx, const TenantId& id, const TenantEdit& edit) {
  FLEAD_TRY(Tenant tenant, load(tx, id));
  if (edit.name) {
    tenant.name = trim(*edit.name);
    FLEAD_CHECK(check_name(tenant.name));
  }
  if (edit.zone) {
    FLEAD_TRY(const Zone zone, Zone::load(*edit.zone));
    tenant.zone = zone.name();
  }
  if (edit.locale) {
    FLEAD_CHECK(check_locale(*edit.locale));
    tenant.locale = *edit.locale;
  }
  if (edit.region) {
    FLEAD_CHECK(check_region(*edit.region));
    tenant.region = *edit.region;
  }
  if (edit.suspended) tenant.suspended = *edit.suspended;
  tenant.updated_at = world.clock.now();
  FLEAD_CHECK(update_tenant(tx, tenant));
  return tenant;
}

Result<bool> is_test_store(store::Tx& tx) {
  FLEAD_TRY(const auto mark, load_setting(tx, "", k_test_store_key));
  return mark == "1";
}

Status mark_test_store(World& world, store::Tx& tx) {
  return save_setting(tx, "", k_test_store_key, "1", world.clock.now());
}

Json to_json(const Tenant& tenant) {
  return Json::object({{"id", tenant.id.text()},
                       {"slug", tenant.slug},
                       {"name", tenant.name},
                       {"zone", tenant.zone},
                       {"locale", tenant.locale},
                       {"region", tenant.region},
                       {"status", tenant.suspended ? "suspended" : "active"},
                       {"publishable_key", tenant.publishable_key},
                       {"created_at", format_time(tenant.created_at)},
                       {"updated_at", format_time(tenant.updated_at)}});
}

}  // namespace flead::tenants
