// The queue's SQL. Called by jobs.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/jobs/jobs.h"

namespace flead::jobs {

// The id of the row that stands: the new one, or the live one that holds the unique key.
Result<JobId> insert_job(store::Tx& tx, const JobId& id, const NewJob& job, TimeMs now);
// Takes one due job for `worker`; nothing when none is due.
Result<std::optional<Job>> claim_job(store::Tx& tx, TimeMs now, std::int64_t lease_ms,
                                     const std::string& worker);

struct Ending {
  std::string state;    // ready done dead
  TimeMs run_at = 0;    // for ready
  bool counted = true;  // false: this attempt does not count (snooze)
  std::string error;
};
// False when the lease was lost meanwhile: somebody else has the job now.
Result<bool> end_job(store::Tx& tx, const Job& job, const Ending& ending, TimeMs now);

// Jobs whose worker is late or gone: whoever finds them ends them (end_job) as crashed.
Result<std::vector<Job>> expired_jobs(store::Tx& tx, TimeMs now);
Result<std::vector<Job>> jobs_of_worker(store::Tx& tx, const std::string& worker);
// Hands back what `worker` holds as if it had never claimed it.
Result<std::int64_t> release_worker(store::Tx& tx, const std::string& worker);
Result<std::vector<std::string>> running_workers(store::Tx& tx);
Result<Job> restart_job(store::Tx& tx, const JobId& id, TimeMs now);
Result<Job> cancel_job(store::Tx& tx, const JobId& id, TimeMs now);

}  // namespace flead::jobs
