#include "core/store/store_file.h"

#include "core/base/limits.h"
#include "core/store/sqlite_connection.h"

namespace flead::store {

Status read_file(const std::string& path, const std::function<Status(Tx&)>& work) {
  sqlite::Connection connection;
  FLEAD_CHECK(connection.open(path, sqlite::Connection::Access::read, k_store_wait_ms));
  FLEAD_CHECK(connection.script("BEGIN"));
  sqlite::ConnectionTx tx(connection);
  FLEAD_CHECK(work(tx));
  return connection.script("COMMIT");
}

Result<SchemaState> file_state(const std::string& path) {
  SchemaState state = SchemaState::foreign;
  FLEAD_CHECK(read_file(path, [&](Tx& tx) -> Status {
    FLEAD_TRY(const std::vector<std::string> tables,
              tx.all("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1000",
                     [](const Row& row) { return row.string(0); }));
    FLEAD_TRY(state, schema_state(tx, tables));
    return {};
  }));
  return state;
}

Status copy_file(const std::string& path, const std::string& target) {
  sqlite::Connection connection;
  FLEAD_CHECK(connection.open(path, sqlite::Connection::Access::read, k_store_wait_ms));
  const Param into(target);
  FLEAD_CHECK(connection.run("VACUUM INTO $1", {&into, 1}, {}));
  return {};
}

Status fold_log(const std::string& path) {
  sqlite::Connection connection;
  FLEAD_CHECK(connection.open(path, sqlite::Connection::Access::write, k_store_wait_ms));
  return connection.script("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace flead::store
