// Deletes of old rows, the oldest first by the time in their ids, at most `limit` at once; each
// returns how many went. Only upkeep includes this.
#pragma once

#include <cstdint>

#include "core/base/time.h"
#include "core/store/store.h"

namespace flead::upkeep::prune_store {

Result<std::int64_t> jobs(store::Tx& tx, TimeMs before, std::int64_t limit);
Result<std::int64_t> requests(store::Tx& tx, TimeMs before, std::int64_t limit);
Result<std::int64_t> callbacks(store::Tx& tx, TimeMs before, std::int64_t limit);
Result<std::int64_t> pay_notices(store::Tx& tx, TimeMs before, std::int64_t limit);
Result<std::int64_t> calcom_calls(store::Tx& tx, TimeMs before, std::int64_t limit);

}  // namespace flead::upkeep::prune_store
