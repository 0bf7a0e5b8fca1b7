// Restoring a backup: made ready and checked beside the store, then put in its place in one step,
// so that the store is never missing, whatever line the power fails on. Callers: `flead restore`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"

namespace flead::upkeep {

struct RestorePlan {
  std::string db_path;
  std::string file;  // the backup
  // Lists of erased people (`privacy list --json`) or stores to take them from; the present store
  // and what an earlier restore kept are asked anyway.
  std::vector<std::string> erasures;
  bool check = false;  // rehearse all of it, put nothing in place
};

struct Restored {
  std::string db, file;
  std::int64_t leads = 0;
  std::optional<TimeMs> newest_lead_at;
  std::int64_t schema = 0;
  std::int64_t erased_again = 0;
  std::string kept;  // where the store that was there is now; "" when there was none
  bool checked_only = false;
};

// Nobody may have the store open, but for a rehearsal. Errors: backup_not_found, restore_source
// (refused: it is the store itself, or one that is in use), bad_erasures; store_busy,
// store_not_ours, store_newer, store_damaged, store_full, file_failed (all exit 9). After any of
// them the store is as it was.
Result<Restored> restore(World& world, const RestorePlan& plan);

Json to_json(const Restored& restored);

}  // namespace flead::upkeep
