// `flead offer pool`: several offers as one.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/text.h"
#include "core/booking/pool.h"

namespace flead::cli {
namespace {

struct PoolOptions {
  std::string slug, name, of;
};

Json pool_shape() {
  return booking::to_json(booking::Pool{}).set("url", "");
}

Json pool_json(const App& app, const tenants::Tenant& tenant, const booking::Pool& pool) {
  return booking::to_json(pool).set("url",
                                    app.config.base_url + "/b/" + tenant.slug + "/" + pool.slug);
}

Status write_pool(Context& context, const PoolOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  const booking::NewPool input{options.slug, options.name, split(options.of, ',')};
  FLEAD_TRY(const auto pool, app->store.write([&](store::Tx& tx) {
    return booking::set_pool(app->world, tx, tenant.id, input);
  }));
  return context.print_object(pool_json(*app, tenant, pool));
}

Status print_pools(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto pools,
            app->store.read([&](store::Tx& tx) { return booking::list_pools(tx, tenant.id); }));
  Json::Array rows;
  for (const auto& pool : pools) {
    rows.push_back(pool_json(*app, tenant, pool));
  }
  return context.print_list(rows, {"slug", "name", "offers", "url"}, pool_shape());
}

Status drop_pool(Context& context, const PoolOptions& options) {
  FLEAD_CHECK(context.confirm(fmt::format("Take {} off the pages?", options.slug)));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto pool, app->store.write([&](store::Tx& tx) {
    return booking::remove_pool(tx, tenant.id, options.slug);
  }));
  return context.print_object(pool_json(*app, tenant, pool));
}

}  // namespace

void add_offer_pools(Command& offer) {
  Command& noun = offer.sub("pool").summary("Several offers as one: any expert, round robin");
  auto options = std::make_shared<PoolOptions>();
  noun.sub("set")
      .summary("Make a pool, or change what is behind it")
      .description(
          "Visitors see one offer with the free times of all. Of those free at the chosen time the "
          "one with the fewest meetings ahead gets it, with its own price and terms.")
      .example("flead offer pool set first-call --name \"Знакомство\" --of ira,max")
      .positional("POOL", options->slug, "Its name in addresses: no offer may have the same")
      .option("--name TEXT", options->name, "Its name for visitors; needed the first time")
      .required("--of LIST", options->of, "Offers, joined by commas")
      .writes()
      .prints(pool_shape)
      .run([options](Context& context) { return write_pool(context, *options); });
  noun.sub("list")
      .summary("List pools and what is behind them")
      .example("flead offer pool list")
      .prints(pool_shape)
      .run(print_pools);
  noun.sub("remove")
      .summary("Take a pool away; offers and bookings stay")
      .example("flead offer pool remove first-call --yes")
      .positional("POOL", options->slug, "Its name in addresses")
      .writes()
      .prints(pool_shape)
      .run([options](Context& context) { return drop_pool(context, *options); });
}

}  // namespace flead::cli
