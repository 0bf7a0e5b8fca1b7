// Forward-only, checked migrations: NNNN_name.sql, embedded, each in one transaction, never edited
// once released (the store keeps a checksum); where engines truly differ a pair,
// NNNN_name.sqlite.sql and NNNN_name.postgres.sql. Called by the drivers when a store is opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/store/store.h"

namespace flead::store {

enum class SchemaState {
  empty,    // no tables at all
  foreign,  // tables, but not ours
  older,
  current,
  newer,  // made by a later program: refused, not guessed at
};

// `tables`: the names of all tables, which each driver finds in its own way.
Result<SchemaState> schema_state(Tx& tx, const std::vector<std::string>& tables);

// Runs what is missing. Two processes may do this at once: the second finds nothing to do.
Status migrate(Store& store);

// The number of the last migration that ran here; 0 for none.
Result<std::int64_t> schema_version(Tx& tx);

// Compares the recorded checksums with the embedded texts: error `store_damaged`.
Status check_migrations(Tx& tx);

struct Migration {
  std::int64_t version = 0;
  std::string_view name;  // "0001_start"
  std::string_view sql;
};
// In the order of their versions.
const std::vector<Migration>& known_migrations();

// Splits a script at the semicolons that end statements: not those in quotes or comments, nor
// within a trigger. Pure.
std::vector<std::string_view> split_statements(std::string_view script);

}  // namespace flead::store
