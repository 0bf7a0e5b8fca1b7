// Opening: every state a file can be in, each with its own error.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/store/migrate.h"
#include "core/store/store.h"
#include "support/catch.h"
#include "support/temp_dir.h"

namespace flead::store {
namespace {

using test::TempDir;

Result<std::unique_ptr<Store>> open_at(const std::string& path, bool create, bool read_only) {
  OpenOptions options;
  options.path = path;
  options.create = create;
  options.read_only = read_only;
  return open_sqlite(options);
}

std::string code_of(const Result<std::unique_ptr<Store>>& opened) {
  return opened ? std::string("opened") : opened.error().code;
}

// Through the engine itself, as another program would.
void execute(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

}  // namespace

TEST_CASE("store: a missing store is made only on request", "[store]") {
  TempDir dir;
  const std::string path = dir.path() + "/flead.db";
  CHECK(code_of(open_at(path, false, false)) == "store_missing");
  CHECK(::access(path.c_str(), F_OK) != 0);
  CHECK(code_of(open_at(path, true, false)) == "opened");
  CHECK(code_of(open_at(path, false, false)) == "opened");
  CHECK(code_of(open_at(path, false, true)) == "opened");
}

TEST_CASE("store: what is not a store is refused and left as it is", "[store]") {
  TempDir dir;
  const std::string text = dir.path() + "/notes.txt";
  std::ofstream(text) << "not a database, only somebody's notes about one, long enough to see";
  CHECK(code_of(open_at(text, true, false)) == "store_not_ours");

  const std::string foreign = dir.path() + "/foreign.db";
  execute(foreign, "CREATE TABLE people (name TEXT)");
  CHECK(code_of(open_at(foreign, true, false)) == "store_not_ours");
  CHECK(code_of(open_at(dir.path(), true, false)) == "store_not_ours");

  const std::string empty = dir.path() + "/empty.db";
  { std::ofstream file(empty); }
  CHECK(code_of(open_at(empty, false, false)) == "store_not_ours");
}

TEST_CASE("store: a store newer than the program is refused", "[store]") {
  TempDir dir;
  const std::string path = dir.path() + "/flead.db";
  REQUIRE(open_at(path, true, false));
  execute(path, "INSERT INTO schema_migrations VALUES (9999, '9999_future', 'x')");
  auto opened = open_at(path, false, false);
  CHECK(code_of(opened) == "store_newer");
  CHECK(opened.error().kind == ErrorKind::store);
}

TEST_CASE("store: an edited migration is found by its checksum", "[store]") {
  TempDir dir;
  const std::string path = dir.path() + "/flead.db";
  REQUIRE(open_at(path, true, false));
  execute(path, "UPDATE schema_migrations SET checksum = 'other' WHERE version = 1");
  auto opened = open_at(path, false, false);
  REQUIRE(opened);
  CHECK((*opened)->check().error().code == "store_damaged");
}

TEST_CASE("store: opened for reading, it reads and does not write", "[store]") {
  TempDir dir;
  const std::string path = dir.path() + "/flead.db";
  REQUIRE(open_at(path, true, false));
  auto store = open_at(path, false, true);
  REQUIRE(store);
  CHECK((*store)->read([](Tx& tx) {
    return tx.one("SELECT COUNT(*) FROM tenants", [](const Row& row) { return row.integer(0); });
  }));
  CHECK((*store)->write([](Tx&) -> Status { return {}; }).error().code == "store_read_only");
}

TEST_CASE("store: a damaged file is noticed by the check", "[store]") {
  TempDir dir;
  const std::string path = dir.path() + "/flead.db";
  REQUIRE(open_at(path, true, false));
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 2);
    for (int byte = 0; byte < 4096 * 3; ++byte) file.put('\x5a');
  }
  auto opened = open_at(path, false, false);
  const std::string code = opened ? (*opened)->check().error().code : opened.error().code;
  CHECK(code == "store_damaged");
}

TEST_CASE("store: scripts are split at the semicolons that end statements", "[store]") {
  const auto parts = split_statements(
      "-- a; comment\nCREATE TABLE a (b TEXT DEFAULT ';''x'); -- tail; tail\n\nINSERT INTO a "
      "VALUES ('-- no comment');;\n  ");
  REQUIRE(parts.size() == 2);
  CHECK(parts[0] == "CREATE TABLE a (b TEXT DEFAULT ';''x')");
  CHECK(parts[1] == "INSERT INTO a VALUES ('-- no comment')");
  const auto trigger = split_statements(
      "CREATE TRIGGER t BEFORE UPDATE ON a BEGIN SELECT 1; SELECT 2; END;\nCREATE TRIGGER u BEFORE "
      "DELETE ON a FOR EACH ROW EXECUTE FUNCTION f();\nSELECT 3;");
  REQUIRE(trigger.size() == 3);
  CHECK(trigger[0] == "CREATE TRIGGER t BEFORE UPDATE ON a BEGIN SELECT 1; SELECT 2; END");
  CHECK(trigger[2] == "SELECT 3");
  CHECK(split_statements("").empty());
  CHECK(split_statements("-- only words").empty());
  CHECK(split_statements("SELECT 'cut").size() == 1);
}

TEST_CASE("store: every migration has its own number, in order", "[store]") {
  std::int64_t before = 0;
  for (const Migration& migration : known_migrations()) {
    CHECK(migration.version > before);  // one may be given out and land later
    before = migration.version;
  }
}

}  // namespace flead::store
