// `flead db ...`: the store as a file.
#include <sys/stat.h>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/file_lock.h"
#include "core/intake/counters.h"
#include "core/money/books.h"
#include "core/store/migrate.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

Result<std::unique_ptr<store::Store>> open_store(Context& context, bool read_only) {
  FLEAD_TRY(const Config config, context.config());
  store::OpenOptions options;
  options.path = config.db_path;
  options.read_only = read_only;
  FLEAD_TRY(options.wait_ms, context.wait_ms());
  return store::open_sqlite(options);
}

// Opens for reading only, so that asking about a store never migrates it.
Status show_status(Context& context) {
  FLEAD_TRY(const Config config, context.config());
  const auto opened = open_store(context, true);
  struct stat info {};
  const bool exists = ::stat(config.db_path.c_str(), &info) == 0;
  Json object = Json::object({{"db", config.db_path},
                              {"size_bytes", exists ? std::int64_t{info.st_size} : 0},
                              {"in_use", store_is_locked(config.db_path, StoreUse::open)},
                              {"schema_known", store::known_migrations().back().version}});
  if (!opened) {
    if (opened.error().code != "store_older") return opened.error();
    object.set("state", "older");
    FLEAD_CHECK(context.print_object(object));
    context.say("`flead db migrate` brings it up to date; so does any command that writes.");
    return {};
  }
  FLEAD_CHECK(context.obey_now(**opened));
  FLEAD_TRY(const std::int64_t version, (*opened)->read(store::schema_version));
  FLEAD_TRY(const bool test_store, (*opened)->read(tenants::is_test_store));
  FLEAD_TRY(const store::StoreSize size, (*opened)->size());
  object.set("state", "current")
      .set("size_bytes", size.bytes)
      .set("free_bytes", size.free_bytes)
      .set("log_bytes", size.log_bytes)
      .set("schema", version)
      .set("engine", (*opened)->engine())
      .set("test", test_store);
  return context.print_object(object);
}

constexpr std::int64_t k_tenants_max = 100000;

// A figure that is kept must be what counting again finds.
Status check_counters(store::Store& store) {
  return store.read([](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto all, tenants::list(tx, k_tenants_max));
    for (const tenants::Tenant& tenant : all) {
      FLEAD_TRY(const auto gaps, intake::counter_gaps(tx, tenant));
      if (gaps.empty()) continue;
      const intake::CounterGap& first = gaps.front();
      Error error = store_error(
          "counters_differ",
          fmt::format("{} of the figures of {} differ from its leads; {} {} is kept as {}, "
                      "and {} are there.",
                      gaps.size(), tenant.slug, first.metric, first.key, first.kept,
                      first.counted));
      error.hint = "No lead is lost: flead db recount makes the figures anew.";
      return error;
    }
    return {};
  });
}

// The book is never changed by the program, so a difference is somebody's hand.
Status check_ledgers(store::Store& store) {
  FLEAD_TRY(const auto books, store.read(money::tenants_with_books));
  for (const TenantId& id : books) {
    FLEAD_CHECK(store.read([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto tenant, tenants::load(tx, id));
      FLEAD_TRY(const auto check, money::verify(tx, id));
      if (check.faults.empty()) return {};
      Error error = store_error("ledger_damaged", fmt::format("The book of {}: {}.", tenant.slug,
                                                              check.faults.front().message));
      error.hint = fmt::format("All of it: flead ledger verify --tenant {}", tenant.slug);
      return error;
    }));
  }
  return {};
}

Status recount_store(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto all,
            app->store.read([](store::Tx& tx) { return tenants::list(tx, k_tenants_max); }));
  for (const tenants::Tenant& tenant : all) {
    FLEAD_CHECK(app->store.write([&](store::Tx& tx) { return intake::recount(tx, tenant); }));
  }
  return context.print_object(Json::object(
      {{"db", app->config.db_path}, {"tenants", static_cast<std::int64_t>(all.size())}}));
}

Status vacuum_store(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const store::StoreSize before, app->store.size());
  FLEAD_CHECK(app->store.vacuum());
  FLEAD_TRY(const store::StoreSize after, app->store.size());
  return context.print_object(Json::object({{"db", app->config.db_path},
                                            {"size_bytes", after.bytes},
                                            {"freed_bytes", before.bytes - after.bytes}}));
}

Status check_store(Context& context) {
  FLEAD_TRY(const auto opened, open_store(context, true));
  FLEAD_CHECK(context.obey_now(*opened));
  FLEAD_CHECK(opened->check());
  FLEAD_CHECK(check_counters(*opened));
  FLEAD_CHECK(check_ledgers(*opened));
  FLEAD_TRY(const Config config, context.config());
  return context.print_object(Json::object({{"db", config.db_path}, {"state", "ok"}}));
}

Status migrate_store(Context& context) {
  FLEAD_TRY(const Config config, context.config());
  const auto before = open_store(context, true);
  const bool older = !before && before.error().code == "store_older";
  if (before) FLEAD_CHECK(context.obey_now(**before));
  FLEAD_TRY(const auto now, context.wanted_now());
  if (older && now) {
    return refused("now_refused", "A migration keeps real time: --now and FLEAD_NOW are refused.");
  }
  FLEAD_TRY(const auto opened, open_store(context, false));
  FLEAD_TRY(const std::int64_t version, opened->read(store::schema_version));
  return context.print_object(
      Json::object({{"db", config.db_path}, {"schema", version}, {"migrated", older}}));
}

}  // namespace

void add_db_commands(Command& root) {
  Command& db = root.sub("db").group(Group::jobs).summary("The store as a file");
  db.sub("status")
      .summary("Show the store's schema and size, and whether it is in use; changes nothing")
      .example("flead db status --json")
      .run(show_status);
  db.sub("check")
      .summary(
          "Check the whole store for damage, its figures and its books; exit 9 if there is any")
      .example("flead db check")
      .run(check_store);
  db.sub("vacuum")
      .summary("Rewrite the file without its holes; others wait meanwhile")
      .description(
          "Needs as much free disk again as the store is large. It is seldom worth it: the store "
          "gives free pages back by itself.")
      .example("flead db vacuum")
      .no_dry_run("changes the file as a whole")
      .prints([] {
        return Json::object({{"db", ""}, {"size_bytes", 0}, {"freed_bytes", 0}});
      })
      .run(vacuum_store);
  db.sub("recount")
      .summary("Make the figures of stats and lists anew from the leads")
      .description("Reads every lead of every tenant while others wait: for a quiet hour.")
      .example("flead db recount")
      .no_dry_run("makes every figure anew, tenant by tenant")
      .prints([] {
        return Json::object({{"db", ""}, {"tenants", 0}});
      })
      .run(recount_store);
  db.sub("migrate")
      .summary("Bring the store up to this program's schema")
      .example("flead db migrate")
      .no_dry_run("changes the file as a whole")
      .prints([] {
        return Json::object({{"db", ""}, {"schema", 0}, {"migrated", false}});
      })
      .run(migrate_store);
}

}  // namespace flead::cli
