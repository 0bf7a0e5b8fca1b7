// `flead tenant ...`: who uses this store.
#include "core/tenants/tenant.h"
#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/app.h"

namespace flead::cli {
namespace {

const std::vector<std::string>& tenant_columns() {
  static const std::vector<std::string> k_columns = {"slug",   "name",   "zone", "locale",
                                                     "region", "status", "id"};
  return k_columns;
}

// The tenant named on the line, else the one of --tenant and its kin.
Result<tenants::Tenant> chosen_tenant(Context& context, const std::string& slug) {
  if (!slug.empty()) context.globals.tenant = slug;
  return context.tenant();
}

void add_tenant_add(Command& tenant) {
  auto input = std::make_shared<tenants::NewTenant>();
  tenant.sub("add")
      .summary("Add a tenant with its legal texts and a channel for trying")
      .example("flead tenant add acme --name 'Acme Ltd' --tz Europe/Berlin")
      .positional("SLUG", input->slug, "Its name in addresses: a-z, 0-9 and -")
      .option("--name", input->name, "Its name for people; default the slug")
      .option("--tz ZONE", input->zone, "Its time zone; default UTC")
      .option("--locale", input->locale, "Its language; default ru in Russian zones, else en")
      .choices({"ru", "en"})
      .option("--region", input->region,
              "Country of phone numbers without +, such as RU; default the zone's")
      .writes()
      .prints(fields_of<tenants::Tenant>)
      .run([input](Context& context) -> Status {
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const tenants::Tenant made, app->store.write([&](store::Tx& tx) {
          return add_tenant(app->world, tx, *input);
        }));
        return context.print_object(tenants::to_json(made));
      });
}

void add_tenant_list(Command& tenant) {
  auto limit = std::make_shared<std::int64_t>(k_page_default);
  tenant.sub("list")
      .summary("List tenants, oldest first")
      .example("flead tenant list --json=slug,publishable_key")
      .option("--limit", *limit, k_limit_text)
      .prints(fields_of<tenants::Tenant>)
      .run([limit](Context& context) -> Status {
        FLEAD_CHECK(check_limit(*limit));
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto tenants,
                  app->store.read([&](store::Tx& tx) { return tenants::list(tx, *limit); }));
        Json::Array rows;
        for (const tenants::Tenant& one : tenants) rows.push_back(tenants::to_json(one));
        return context.print_list(rows, tenant_columns(), tenants::to_json(tenants::Tenant{}));
      });
}

void add_tenant_show(Command& tenant) {
  auto slug = std::make_shared<std::string>();
  tenant.sub("show")
      .summary("Show one tenant")
      .example("flead tenant show acme")
      .optional_positional("SLUG", *slug, "The tenant; default as in --tenant")
      .prints(fields_of<tenants::Tenant>)
      .run([slug](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant shown, chosen_tenant(context, *slug));
        return context.print_object(tenants::to_json(shown));
      });
}

Status change(Context& context, const std::string& slug, const tenants::TenantEdit& edit) {
  FLEAD_TRY(const tenants::Tenant before, chosen_tenant(context, slug));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const tenants::Tenant after, app->store.write([&](store::Tx& tx) {
    return tenants::edit(app->world, tx, before.id, edit);
  }));
  return context.print_object(tenants::to_json(after));
}

void add_tenant_edit(Command& tenant) {
  struct Options {
    std::string slug;
    tenants::TenantEdit edit;
  };
  auto options = std::make_shared<Options>();
  tenant.sub("edit")
      .summary("Change a tenant's name, zone, language or region")
      .example("flead tenant edit acme --tz Asia/Almaty --region KZ")
      .optional_positional("SLUG", options->slug, "The tenant; default as in --tenant")
      .option("--name", options->edit.name, "Its name for people")
      .option("--tz ZONE", options->edit.zone, "Its time zone")
      .option("--locale", options->edit.locale, "Its language")
      .choices({"ru", "en"})
      .option("--region", options->edit.region, "Country of phone numbers without +, such as RU")
      .writes()
      .prints(fields_of<tenants::Tenant>)
      .run([options](Context& context) { return change(context, options->slug, options->edit); });
}

void add_tenant_suspend(Command& tenant) {
  struct Options {
    std::string slug;
    bool undo = false;
  };
  auto options = std::make_shared<Options>();
  tenant.sub("suspend")
      .summary("Refuse a tenant's keys and tokens until --undo; its data stays")
      .example("flead tenant suspend acme --yes")
      .example("flead tenant suspend acme --undo", "back to work")
      .positional("SLUG", options->slug, "The tenant")
      .option("--undo", options->undo, "Let it work again")
      .writes()
      .prints(fields_of<tenants::Tenant>)
      .run([options](Context& context) -> Status {
        if (!options->undo) {
          FLEAD_CHECK(context.confirm("Refuse every key and token of " + options->slug + "?"));
        }
        tenants::TenantEdit edit;
        edit.suspended = !options->undo;
        return change(context, options->slug, edit);
      });
}

}  // namespace

void add_tenant_commands(Command& root) {
  Command& tenant = root.sub("tenant").group(Group::tenants).summary("Firms that use this store");
  add_tenant_add(tenant);
  add_tenant_list(tenant);
  add_tenant_show(tenant);
  add_tenant_edit(tenant);
  add_tenant_suspend(tenant);
}

}  // namespace flead::cli
