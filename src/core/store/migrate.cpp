#include "core/store/migrate.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/crypto.h"
#include "core/base/embedded.h"

namespace flead::store {
namespace {

// Present in each store of ours; the same two statements on every engine.
constexpr std::string_view k_make_journal =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";

constexpr std::string_view k_other_engine = ".postgres.sql";
constexpr std::string_view k_trigger = "CREATE TRIGGER";  // has statements of its own, up to END

std::int64_t latest_version() {
  return known_migrations().back().version;
}

// A table marked so is kept in the order of its primary key where an engine can do that: one tree
// less to write into for each row.
constexpr std::string_view k_clustered = "/*clustered*/";

std::string for_engine(std::string_view statement, std::string_view engine) {
  std::string text(statement);
  const std::size_t mark = text.find(k_clustered);
  if (mark != std::string::npos && engine == "sqlite") {
    text.replace(mark, k_clustered.size(), "WITHOUT ROWID");
  }
  return text;
}

Status apply(Tx& tx, const Migration& migration, std::string_view engine) {
  for (const std::string_view statement : split_statements(migration.sql))
    FLEAD_CHECK(tx.exec(for_engine(statement, engine)));
  FLEAD_CHECK(tx.exec("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                      migration.version, migration.name, sha256_hex(migration.sql)));
  return {};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

const std::vector<Migration>& known_migrations() {
  static const std::vector<Migration> k_known = [] {
    std::vector<Migration> found;
    for (const embedded::File& file : embedded::migrations()) {
      const std::string_view name = file.path.substr(0, file.path.find('.'));
      // Of a pair the one that this program's driver takes.
      if (file.path.ends_with(k_other_engine)) continue;
      found.push_back({std::atoll(std::string(name.substr(0, 4)).c_str()), name, file.data});
    }
    std::sort(found.begin(), found.end(),
              [](const Migration& a, const Migration& b) { return a.version < b.version; });
    return found;
  }();
  return k_known;
}

std::vector<std::string_view> split_statements(std::string_view script) {
  std::vector<std::string_view> statements;
  std::size_t start = 0;
  bool code = false;  // anything but blanks and comments since `start`
  for (std::size_t at = 0; at < script.size(); ++at) {
    const char character = script[at];
    if (character == '-' && script.substr(at, 2) == "--") {
      at = std::min(script.find('\n', at), script.size()) - 1;
      if (!code) start = at + 1;
    } else if (character == '\'') {
      at = std::min(script.find('\'', at + 1), script.size() - 1);
    } else if (character == ';') {
      const std::string_view before = script.substr(start, at - start);
      if (code && before.starts_with(k_trigger) && before.find("BEGIN") != before.npos &&
          !before.ends_with("END")) {
        continue;
      }
      if (code) statements.push_back(script.substr(start, at - start));
      start = at + 1;
      code = false;
    } else if (character != ' ' && character != '\n' && character != '\t' && character != '\r') {
      if (!code) start = at;
      code = true;
    }
  }
  if (code && !is_blank(script.substr(start))) statements.push_back(script.substr(start));
  return statements;
}

Result<std::int64_t> schema_version(Tx& tx) {
  return tx.one("SELECT COALESCE(MAX(version), 0) FROM schema_migrations",
                [](const Row& row) { return row.integer(0); });
}

Result<SchemaState> schema_state(Tx& tx, const std::vector<std::string>& tables) {
  if (tables.empty()) return SchemaState::empty;
  if (std::find(tables.begin(), tables.end(), "schema_migrations") == tables.end())
    return SchemaState::foreign;
  FLEAD_TRY(auto version, schema_version(tx));
  if (version > latest_version()) return SchemaState::newer;
  return version < latest_version() ? SchemaState::older : SchemaState::current;
}

Status migrate(Store& store) {
  FLEAD_CHECK(store.write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec(k_make_journal));
    return {};
  }));
  for (const Migration& migration : known_migrations()) {
    FLEAD_CHECK(store.write([&](Tx& tx) -> Status {
      FLEAD_TRY(auto version, schema_version(tx));
      if (version >= migration.version) return {};
      return apply(tx, migration, store.engine());
    }));
  }
  return {};
}

Status check_migrations(Tx& tx) {
  struct Applied {
    std::int64_t version;
    std::string checksum;
  };
  FLEAD_TRY(auto applied,
            tx.all("SELECT version, checksum FROM schema_migrations ORDER BY version LIMIT 1000",
                   [](const Row& row) {
                     return Applied{row.integer(0), row.string(1)};
                   }));
  for (const Applied& one : applied) {
    for (const Migration& migration : known_migrations()) {
      if (migration.version == one.version && sha256_hex(migration.sql) != one.checksum)
        return store_error("store_damaged", "Migration " + std::string(migration.name) +
                                                " differs from the one this store was made with.");
    }
  }
  return {};
}

}  // namespace flead::store
