#include "core/store/migrate.h"
#include "core/store/store_file.h"
#include "core/upkeep/contents.h"

namespace flead::upkeep {
namespace {

Status count_main_tables(store::Tx& tx, Contents& contents) {
  constexpr const char* k_tables[] = {"tenants",  "intake_raw", "leads",    "events", "consents",
                                      "messages", "bookings",   "channels", "jobs"};
  for (const char* table : k_tables) {
    FLEAD_TRY(const std::int64_t rows,
              tx.one(std::string("SELECT COUNT(*) FROM ") + table,
                     [](const store::Row& row) { return row.integer(0); }));
    contents.rows.emplace_back(table, rows);
  }
  return {};
}

}  // namespace

Result<Contents> read_contents(store::Tx& tx) {
  Contents contents;
  FLEAD_TRY(contents.schema, store::schema_version(tx));
  const auto number = [](const store::Row& row) { return row.integer(0); };
  FLEAD_TRY(contents.leads, tx.one("SELECT COUNT(*) FROM leads", number));
  // Ids begin with their time.
  FLEAD_TRY(contents.newest_lead_at,
            tx.maybe("SELECT created_at_ms FROM leads ORDER BY id DESC LIMIT 1", number));
  return contents;
}

Result<Contents> look_into(const std::string& path) {
  Contents contents;
  FLEAD_CHECK(store::read_file(path, [&](store::Tx& tx) -> Status {
    FLEAD_TRY(contents, read_contents(tx));
    return {};
  }));
  return contents;
}

Result<Contents> verify_store(const std::string& path) {
  store::OpenOptions options;
  options.path = path;
  options.read_only = true;
  FLEAD_TRY(const auto opened, store::open_sqlite(options));
  FLEAD_CHECK(opened->check());
  return opened->read([](store::Tx& tx) -> Result<Contents> {
    FLEAD_TRY(auto contents, read_contents(tx));
    FLEAD_CHECK(count_main_tables(tx, contents));
    return contents;
  });
}

}  // namespace flead::upkeep
