// Whether the store takes a write right now, for /readyz and doctor. Only a commit can tell: a full
// disk shows itself at the end of a transaction.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::store {

// Commits one small row, always the same.
Status probe_write(World& world, Store& store);

// A process's sign of life, for others: now, under `name`; and when the last one was.
Status leave_mark(World& world, Store& store, std::string_view name);
Result<std::optional<TimeMs>> last_mark(Store& store, std::string_view name);
inline constexpr std::string_view k_worker_mark = "worker";

}  // namespace flead::store
