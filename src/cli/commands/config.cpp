// `flead config ...`: settings that live in the store. Where the store is, and how the program
// listens, is configuration of the process: `flead help config`.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

struct ConfigFlags {
  std::string key;
  std::string value;
  bool whole_store = false;
};

constexpr const char* k_store_text = "Of the whole store instead of one tenant";

Result<std::optional<TenantId>> scope(Context& context, const ConfigFlags& options) {
  const tenants::SettingSpec* spec = tenants::find_setting(options.key);
  if (options.whole_store || (spec != nullptr && !spec->per_tenant)) {
    return std::optional<TenantId>();
  }
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  return std::optional(tenant.id);
}

Json setting_json(const tenants::SettingRow& row) {
  const tenants::SettingSpec* spec = tenants::find_setting(row.key);
  return Json::object({{"key", row.key},
                       {"value", row.value},
                       {"origin", row.origin},
                       {"help", spec != nullptr ? spec->help : ""}});
}

Json setting_fields() {
  return setting_json({});
}

Result<Json::Array> settings_in(store::Tx& tx, const std::optional<TenantId>& tenant,
                                const std::string& key) {
  FLEAD_TRY(const auto rows, tenants::list_settings(tx, tenant));
  Json::Array found;
  for (const tenants::SettingRow& row : rows) {
    if (key.empty() || row.key == key) found.push_back(setting_json(row));
  }
  return found;
}

Result<Json::Array> load_settings(Context& context, const ConfigFlags& options) {
  FLEAD_TRY(const auto tenant, scope(context, options));
  FLEAD_TRY(App * app, context.app());
  return app->store.read([&](store::Tx& tx) { return settings_in(tx, tenant, options.key); });
}

Status get_setting(Context& context, const ConfigFlags& options) {
  FLEAD_TRY(const Json::Array found, load_settings(context, options));
  if (found.empty()) {
    return not_found("setting_unknown", fmt::format("There is no setting '{}'.", options.key),
                     "flead config list");
  }
  const bool structured = context.wants_json() || context.globals.csv || context.globals.tsv;
  if (structured) return context.print_object(found.front());
  context.print_text(found.front().text("value").value_or(""));
  return {};
}

Status set_setting(Context& context, const ConfigFlags& options) {
  FLEAD_TRY(const auto tenant, scope(context, options));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto found, app->store.write([&](store::Tx& tx) -> Result<Json::Array> {
    FLEAD_CHECK(tenants::set_setting(app->world, tx, tenant, options.key, options.value));
    return settings_in(tx, tenant, options.key);
  }));
  FLEAD_ASSERT(!found.empty());
  return context.print_object(found.front());
}

}  // namespace

void add_config_commands(Command& root) {
  Command& config = root.sub("config").group(Group::start).summary("Settings kept in the store");
  auto options = std::make_shared<ConfigFlags>();
  config.sub("get")
      .summary("Print a setting's value")
      .example("flead config get origins")
      .positional("KEY", options->key, "Its name, from `config list`")
      .option("--store", options->whole_store, k_store_text)
      .prints(setting_fields)
      .run([options](Context& context) { return get_setting(context, *options); });
  config.sub("set")
      .summary("Change a setting; a tenant's value wins over the store's")
      .example("flead config set origins https://example.org")
      .example("flead config set rate.address 5/s --store", "for every tenant without its own")
      .positional("KEY", options->key, "Its name, from `config list`")
      .positional("VALUE", options->value, "The new value")
      .option("--store", options->whole_store, k_store_text)
      .writes()
      .prints(setting_fields)
      .run([options](Context& context) { return set_setting(context, *options); });
  config.sub("list")
      .summary("List all settings, their values and where each comes from")
      .example("flead config list")
      .option("--store", options->whole_store, k_store_text)
      .prints(setting_fields)
      .run([options](Context& context) -> Status {
        FLEAD_TRY(const Json::Array rows, load_settings(context, *options));
        return context.print_list(rows, {"key", "value", "origin", "help"});
      });
}

}  // namespace flead::cli
