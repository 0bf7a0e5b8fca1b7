// The durable queue. Enqueue in the caller's transaction; a claim is a lease; an expired lease is
// rescued; a handler may run twice, so each survives a replay. Callers: operations (enqueue), the
// worker in serve and `work` (work_one), `flead job ...`. Never calls the network itself.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead {
struct App;
}

namespace flead::jobs {

struct NewJob {
  std::string kind;               // "lead.greet": area-noun dot verb, one row in the job table
  Json payload = Json::object();  // small: ids, not copies
  std::optional<TenantId> tenant;
  std::string subject_id;  // what it is about (lead, booking, message), for lists
  TimeMs run_at = 0;       // 0: now
  // While a job with this key is ready or running, enqueue returns that one instead of a second.
  std::optional<std::string> unique_key;
  int attempts_max = k_job_attempts_max;
};

struct Job {
  JobId id;
  std::optional<TenantId> tenant;
  std::string kind;
  Json payload;
  std::string subject_id;
  std::string state;  // ready running done dead cancelled
  int attempt = 0;    // this run included
  int attempts_max = 0;
  TimeMs run_at = 0;
  std::optional<TimeMs> lease_until;
  std::string worker;
  std::string last_error;
  TimeMs created_at = 0;
  std::optional<TimeMs> finished_at;
};

// The existing job's id when `unique_key` is taken. An earlier run_at of the new one wins.
Result<JobId> enqueue(World& world, store::Tx& tx, const NewJob& job);

// How a handler ended. `also` runs in the same transaction that records the outcome, so a business
// result and its job are one commit; it may enqueue more. If it fails, the job is retried.
struct Outcome {
  enum class Kind { done, retry, snooze, dead };
  Kind kind = Kind::done;
  TimeMs at = 0;      // retry: not before this (0: by the back-off); snooze: until this
  std::string error;  // for retry and dead: shown by `job show`; no personal data
  std::function<Status(store::Tx&)> also;

  static Outcome done(std::function<Status(store::Tx&)> also = {});
  static Outcome retry(std::string error, TimeMs not_before = 0,
                       std::function<Status(store::Tx&)> also = {});
  // Does not count as an attempt: quiet hours, flood control, paused channel, shutdown.
  static Outcome snooze(TimeMs until, std::string why, std::function<Status(store::Tx&)> also = {});
  static Outcome dead(std::string error, std::function<Status(store::Tx&)> also = {});
};

using Handler = std::function<Outcome(App&, const Job&)>;
using Table = std::map<std::string, Handler, std::less<>>;

// Claims one due job, runs its handler outside any transaction, records the outcome.
// False: nothing was due. Errors are the store's.
Result<bool> work_one(App& app, const Table& table, const std::string& worker);
// The same until nothing is due or `go_on` says no, which is asked before each job; returns how
// many ran. The commit that ends a job claims the next, so a busy worker needs one commit less.
Result<std::int64_t> work_on(App& app, const Table& table, const std::string& worker,
                             const std::function<bool()>& go_on);

// Jobs whose lease has run out, or whose process is gone, become ready again (attempts used up by
// crashes: dead), after a crash_pause. Returns how many. Called at start and every half lease.
Result<std::int64_t> rescue(World& world, store::Store& store);
// Hands back what `worker` still holds, uncounted: for a clean stop.
Result<std::int64_t> release(store::Store& store, const std::string& worker);

// Those of `kinds` that have no job waiting or running. A periodic job's unique key is its kind; it
// ends by snoozing until its next turn.
Result<std::vector<std::string>> missing_periodic(store::Tx& tx,
                                                  std::span<const std::string_view> kinds);

// Whether a job with this key is waiting or running.
Result<bool> has_live(store::Tx& tx, std::string_view unique_key);

// When the next ready job is due; nothing when none is.
Result<std::optional<TimeMs>> next_due(store::Tx& tx);

// Delay before attempt `attempt + 1`: k_job_backoff_base_ms doubled per attempt, capped at
// k_job_backoff_max_ms, plus or minus 20 % jitter. Pure but for `random`.
std::int64_t backoff_ms(int attempt, Random& random);

// How long a job waits that was running when its process died for the `attempt`th time. A crash is
// no fault of most jobs that were running, so the first ones cost nothing; but the oldest jobs are
// claimed first after every start, and without a growing pause a machine that keeps losing its
// power would count the same few to death. Pure.
std::int64_t crash_pause_ms(int attempt);

struct Filter {
  std::optional<TenantId> tenant;
  std::string state;                   // "" is any
  std::string kind;                    // "" is any
  std::string subject_id;              // "" is any
  std::optional<TimeMs> since, until;  // created_at in [since, until)
  std::string before_id;               // page key: ids older than this; "" is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<Job>> list(store::Tx& tx, const Filter& filter);  // newest first
Result<Job> load(store::Tx& tx, const JobId& id);                    // job_not_found
// A dead, cancelled or waiting job runs now with fresh attempts; conflict `job_running` otherwise
// or `job_done`.
Result<Job> retry(World& world, store::Tx& tx, const JobId& id);
Result<Job> cancel(World& world, store::Tx& tx, const JobId& id);

struct Count {
  std::string kind;
  std::string state;
  std::int64_t jobs = 0;
};
// For /metrics and doctor: live and dead jobs by kind and state (done ones are not counted).
Result<std::vector<Count>> counts(store::Tx& tx);

Json to_json(const Job& job);

}  // namespace flead::jobs
