// Housekeeping: what is old goes, and the file shrinks again. A job of its own that comes back
// every ten minutes (`store.housekeep`), so `serve`, `work` and `work --once` all do it. Small
// commits, so that no visitor waits for it.
#pragma once

#include <cstdint>

#include "core/app.h"
#include "core/jobs/jobs.h"

namespace flead::upkeep {

struct Pruned {
  std::int64_t jobs = 0;         // done and cancelled ones; dead ones stay until somebody looks
  std::int64_t requests = 0;     // the raw intake log
  std::int64_t callbacks = 0;    // what providers called with
  std::int64_t pay_notices = 0;  // what payment providers called with
  std::int64_t keys = 0;         // idempotency keys of more than a day ago
};
// By the settings retain.jobs, retain.raw, retain.callbacks; at most k_prune_rows_per_run of each.
Result<Pruned> prune(App& app);

// Gives free pages back to the disk when they are many: a tenth of the file and more than 4 MiB.
// What is kept is what the next days write into. Returns the pages given back.
Result<std::int64_t> shrink(store::Store& store);

// The job: both, then again in k_housekeep_every_ms.
jobs::Outcome housekeep(App& app, const jobs::Job& job);

}  // namespace flead::upkeep
