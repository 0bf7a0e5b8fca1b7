// Tenants, their tokens and their settings: who may do what, for whom. Callers: every handler and
// command. Tokens are stored as hashes and shown once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/base/zone.h"
#include "core/store/store.h"

namespace flead {
struct App;
}

namespace flead::tenants {

struct Tenant {
  TenantId id;
  std::string slug;  // a-z 0-9 and -, 1 to 40 characters, starts with a letter; in URLs
  std::string name;
  std::string zone = "UTC";   // IANA, canonical
  std::string locale = "en";  // "ru" or "en"
  std::string region = "US";  // ISO 3166 alpha-2: how phone numbers without +7 are read
  bool suspended = false;
  std::string publishable_key;  // pk_…: public, in the widget's address
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

struct NewTenant {
  std::string slug;
  std::string name;    // "" becomes the slug
  std::string zone;    // "" is UTC
  std::string locale;  // "" is "ru" in Russian zones, else "en"
  std::string region;  // "" is derived from the zone
};

// Also publishes the default legal texts. Commands call flead::add_tenant (app.h), which adds what
// other areas give a new tenant too.
// Errors: slug_taken (conflict), slug_invalid, zone_unknown, locale_unknown, region_unknown.
Result<Tenant> create(World& world, store::Tx& tx, const NewTenant& input);
// The same errors without a store, but for slug_taken.
Status check(const NewTenant& input);
Result<Tenant> load(store::Tx& tx, const TenantId& id);
Result<Tenant> by_slug(store::Tx& tx, std::string_view slug);  // tenant_not_found
// Suspended ones too: whoever serves them says so.
Result<std::optional<Tenant>> by_publishable_key(store::Tx& tx, std::string_view key);
Result<std::vector<Tenant>> list(store::Tx& tx, std::int64_t limit);

struct TenantEdit {
  std::optional<std::string> name, zone, locale, region;
  std::optional<bool> suspended;
};
Result<Tenant> edit(World& world, store::Tx& tx, const TenantId& id, const TenantEdit& edit);

// Whether the store was made by `init --test`: only such a store takes --now, and rate limits and
// spam checks are off in it until set.
Result<bool> is_test_store(store::Tx& tx);
Status mark_test_store(World& world, store::Tx& tx);

Json to_json(const Tenant& tenant);  // no token; the publishable key is public

// ---- tokens ----------------------------------------------------------------------------------

enum class Role { owner, admin, operator_, viewer, expert };
std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);

struct Token {
  TokenId id;
  TenantId tenant;
  Role role = Role::viewer;
  std::string label;
  TimeMs created_at = 0;
  std::optional<TimeMs> revoked_at;
};
struct MadeToken {
  Token token;
  std::string secret;  // sk_…, the only time it exists outside the caller's hands
};
Result<MadeToken> create_token(World& world, store::Tx& tx, const TenantId& tenant, Role role,
                               std::string_view label);
// Tokens that were not revoked; whether the tenant is suspended is the caller's to judge.
Result<std::optional<Token>> find_token(store::Tx& tx, std::string_view secret);
Result<std::vector<Token>> list_tokens(store::Tx& tx, const TenantId& tenant, std::int64_t limit);
Result<Token> revoke_token(World& world, store::Tx& tx, const TenantId& tenant, const TokenId& id);
Json to_json(const Token& token);

// ---- settings --------------------------------------------------------------------------------

// One row of the settings catalogue: what exists, its default, how its value is checked.
struct SettingSpec {
  std::string_view key;  // "rate.address"
  std::string_view default_value;
  std::string_view help;   // one line
  bool per_tenant = true;  // false: for the whole store only
  bool (*valid)(std::string_view value) = nullptr;
  std::string_view expects;  // for the error: "a rate such as 20/s, or off"
};
const std::vector<SettingSpec>& setting_specs();
const SettingSpec* find_setting(std::string_view key);

// The days of "30d"; k_retain_forever for "forever"; nothing for other texts. Pure.
inline constexpr std::int64_t k_retain_forever = 0;
std::optional<std::int64_t> parse_age_days(std::string_view text);

// Tenant's value, else the store's, else the default. An unknown key is a fault of ours.
Result<std::string> setting(store::Tx& tx, const TenantId& tenant, std::string_view key);
// The same, but `serve --set KEY=VALUE` of this process wins: what serve's handlers ask.
Result<std::string> setting(const App& app, store::Tx& tx, const TenantId& tenant,
                            std::string_view key);
// All of them at one moment: for whoever asks for several, or keeps them.
class Settings {
 public:
  // An unknown key is a fault of ours.
  const std::string& operator[](std::string_view key) const;

 private:
  friend Result<Settings> load_settings(store::Tx& tx, const TenantId& tenant);
  friend Result<Settings> load_settings(const App& app, store::Tx& tx, const TenantId& tenant);
  std::map<std::string, std::string, std::less<>> values_;
};
// Without a tenant (""): the store's own.
Result<Settings> load_settings(store::Tx& tx, const TenantId& tenant);
Result<Settings> load_settings(const App& app, store::Tx& tx, const TenantId& tenant);
// What set_setting() would say to this value; changes nothing. For `serve --set`.
Status check_setting(std::string_view key, std::string_view value);
// Errors: setting_unknown (names the nearest), setting_invalid, both refused.
Status set_setting(World& world, store::Tx& tx, const std::optional<TenantId>& tenant,
                   std::string_view key, std::string_view value);
struct SettingRow {
  std::string key, value, origin;  // origin: default, store, tenant
};
Result<std::vector<SettingRow>> list_settings(store::Tx& tx, const std::optional<TenantId>& tenant);

// Free-form rows in the same table, for areas that keep a JSON document (widget settings).
Result<std::optional<std::string>> document(store::Tx& tx, const TenantId& tenant,
                                            std::string_view key);
Status set_document(World& world, store::Tx& tx, const TenantId& tenant, std::string_view key,
                    std::string_view value);

}  // namespace flead::tenants
