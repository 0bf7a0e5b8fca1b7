#include "core/upkeep/housekeep.h"

#include <algorithm>
#include <functional>

#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/intake/idempotency.h"
#include "core/tenants/tenant.h"
#include "core/upkeep/prune_store.h"

namespace flead::upkeep {
namespace {

using PruneSome = std::function<Result<std::int64_t>(store::Tx&, std::int64_t limit)>;

// One commit after the other until nothing is left to prune or the run's share is used up.
Result<std::int64_t> prune_all(store::Store& store, const PruneSome& some) {
  std::int64_t total = 0;
  while (total < k_prune_rows_per_run) {
    FLEAD_TRY(const std::int64_t gone,
              store.write([&](store::Tx& tx) { return some(tx, k_prune_rows_per_commit); }));
    total += gone;
    if (gone < k_prune_rows_per_commit) break;
  }
  return total;
}

// The time before which a thing is old; nothing when it is kept for ever.
Result<std::optional<TimeMs>> old_before(App& app, std::string_view key) {
  FLEAD_TRY(const std::string age, app.store.read([&](store::Tx& tx) {
    return tenants::setting(app, tx, TenantId(), key);
  }));
  const std::int64_t days = tenants::parse_age_days(age).value_or(k_retain_days_max);
  if (days == tenants::k_retain_forever) return std::optional<TimeMs>();
  return std::optional(app.world.clock.now() - days * k_day_ms);
}

using PruneOld = Result<std::int64_t> (*)(store::Tx&, TimeMs before, std::int64_t limit);

Result<std::int64_t> prune_old(App& app, std::string_view key, PruneOld prune) {
  FLEAD_TRY(const auto before, old_before(app, key));
  if (!before) return std::int64_t{0};
  return prune_all(app.store,
                   [&](store::Tx& tx, std::int64_t limit) { return prune(tx, *before, limit); });
}

}  // namespace

Result<Pruned> prune(App& app) {
  Pruned pruned;
  FLEAD_TRY(pruned.jobs, prune_old(app, "retain.jobs", prune_store::jobs));
  FLEAD_TRY(pruned.requests, prune_old(app, "retain.raw", prune_store::requests));
  FLEAD_TRY(pruned.callbacks, prune_old(app, "retain.callbacks", prune_store::callbacks));
  FLEAD_TRY(pruned.pay_notices, prune_old(app, "retain.callbacks", prune_store::pay_notices));
  FLEAD_TRY(const std::int64_t calls,
            prune_old(app, "retain.callbacks", prune_store::calcom_calls));
  pruned.callbacks += calls;
  FLEAD_TRY(pruned.keys, prune_all(app.store, [&](store::Tx& tx, std::int64_t limit) {
              return intake::purge_idempotency_keys(app.world, tx, limit);
            }));
  return pruned;
}

Result<std::int64_t> shrink(store::Store& store) {
  constexpr std::int64_t k_free_bytes_kept = 4 * 1024 * 1024;
  constexpr std::int64_t k_free_share = 10;
  FLEAD_TRY(const store::StoreSize size, store.size());
  if (size.free_bytes < std::max(k_free_bytes_kept, size.bytes / k_free_share)) {
    return std::int64_t{0};
  }
  std::int64_t given = 0;
  std::int64_t left = 1;
  while (given < k_vacuum_pages_per_run && left > 0) {
    FLEAD_TRY(left, store.release_pages(k_vacuum_pages_per_commit));
    given += k_vacuum_pages_per_commit;
  }
  return given;
}

jobs::Outcome housekeep(App& app, const jobs::Job&) {
  const TimeMs next = app.world.clock.now() + k_housekeep_every_ms;
  const auto pruned = prune(app);
  const auto given = pruned ? shrink(app.store) : Result<std::int64_t>(pruned.error());
  if (!given) {
    // Never dead: a full disk today must not end the upkeep for good.
    log_error("store.housekeep_failed", {{"code", given.error().code}});
    return jobs::Outcome::snooze(next, given.error().code);
  }
  if (pruned->jobs + pruned->requests + pruned->callbacks + pruned->pay_notices + *given > 0) {
    log_info("store.housekeep", {{"jobs", pruned->jobs},
                                 {"requests", pruned->requests},
                                 {"callbacks", pruned->callbacks + pruned->pay_notices},
                                 {"pages", *given}});
  }
  return jobs::Outcome::snooze(next, "");
}

}  // namespace flead::upkeep
