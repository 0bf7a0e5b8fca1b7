// What is in a store's file, and whether all of it is sound: for backup and restore. Reads only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/store/store.h"

namespace flead::upkeep {

struct Contents {
  std::int64_t leads = 0;
  std::optional<TimeMs> newest_lead_at;
  std::int64_t schema = 0;
  std::vector<std::pair<std::string, std::int64_t>> rows;  // of the main tables; if verified
};

Result<Contents> read_contents(store::Tx& tx);
// The same of a file, whatever its age.
Result<Contents> look_into(const std::string& path);

// Opens the file as a store, reading only, and checks every page, index, reference and migration;
// counts the rows of the main tables. Error `store_damaged`, and those of opening a store.
Result<Contents> verify_store(const std::string& path);

}  // namespace flead::upkeep
