#include "core/jobs/jobs_store.h"

#include <cstdint>

namespace flead::jobs {
namespace {

// Columns of every read, in the order of read_job.
#define FLEAD_JOB_COLUMNS                                                               \
  "id, tenant_id, kind, payload, subject_id, state, attempt, attempts_max, run_at_ms, " \
  "lease_until_ms, worker, last_error, created_at_ms, finished_at_ms"

Job read_job(const store::Row& row) {
  Job job;
  job.id = row.id<JobId>(0);
  if (!row.is_null(1)) job.tenant = row.id<TenantId>(1);
  job.kind = row.string(2);
  // Payloads are our own writing; one that does not parse reads as an empty object and the handler
  // says what it misses.
  auto payload = parse_json(row.text(3));
  job.payload = payload ? std::move(*payload) : Json::object();
  job.subject_id = row.string(4);
  job.state = row.string(5);
  job.attempt = static_cast<int>(row.integer(6));
  job.attempts_max = static_cast<int>(row.integer(7));
  job.run_at = row.integer(8);
  job.lease_until = row.integer_or_null(9);
  job.worker = row.string(10);
  job.last_error = row.string(11);
  job.created_at = row.integer(12);
  job.finished_at = row.integer_or_null(13);
  return job;
}

Error job_not_found() {
  return not_found("job_not_found", "There is no such job.", "`flead job list` shows them.");
}

}  // namespace

Result<JobId> insert_job(store::Tx& tx, const JobId& id, const NewJob& job, TimeMs now) {
  return tx.one(
      R"sql(
      INSERT INTO jobs (id, tenant_id, kind, payload, subject_id, state, unique_key, attempt,
                        attempts_max, run_at_ms, worker, last_error, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, 'ready', $6, 0, $7, $8, '', '', $9)
      ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'running')
        DO UPDATE SET run_at_ms = CASE WHEN excluded.run_at_ms < jobs.run_at_ms
                                       THEN excluded.run_at_ms ELSE jobs.run_at_ms END
      RETURNING id
  )sql",
      [](const store::Row& row) { return row.id<JobId>(0); }, id, job.tenant, job.kind,
      job.payload.dump(), job.subject_id, job.unique_key, job.attempts_max,
      job.run_at > 0 ? job.run_at : now, now);
}

Result<std::optional<Job>> claim_job(store::Tx& tx, TimeMs now, std::int64_t lease_ms,
                                     const std::string& worker) {
  return tx.maybe(R"sql(
      UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_until_ms = $1 + $2,
                      worker = $3
      WHERE state = 'ready' AND id IN (SELECT id FROM jobs WHERE state = 'ready' AND run_at_ms <= $1
                                       ORDER BY run_at_ms, id LIMIT 1 /*skip_locked*/)
      RETURNING )sql" FLEAD_JOB_COLUMNS,
                  read_job, now, lease_ms, worker);
}

Result<bool> end_job(store::Tx& tx, const Job& job, const Ending& ending, TimeMs now) {
  const bool over = ending.state != "ready";
  FLEAD_TRY(auto changed, tx.exec(R"sql(
      UPDATE jobs SET state = $1, run_at_ms = CASE WHEN $1 = 'ready' THEN $2 ELSE run_at_ms END,
                      attempt = attempt - $3, last_error = $4, lease_until_ms = NULL,
                      finished_at_ms = $5
      WHERE id = $6 AND state = 'running' AND worker = $7 AND attempt = $8
  )sql",
                                  ending.state, ending.run_at, ending.counted ? 0 : 1, ending.error,
                                  over ? std::optional<TimeMs>(now) : std::nullopt, job.id,
                                  job.worker, job.attempt));
  return changed == 1;
}

// In the order of their leases, here and below: by id, all jobs that ever ran would be looked at.
Result<std::vector<Job>> expired_jobs(store::Tx& tx, TimeMs now) {
  return tx.all("SELECT " FLEAD_JOB_COLUMNS R"sql( FROM jobs
      WHERE state = 'running' AND lease_until_ms < $1 ORDER BY lease_until_ms, id LIMIT $2
  )sql",
                read_job, now, k_jobs_rescued_max);
}

Result<std::vector<Job>> jobs_of_worker(store::Tx& tx, const std::string& worker) {
  return tx.all("SELECT " FLEAD_JOB_COLUMNS R"sql( FROM jobs
      WHERE state = 'running' AND worker = $1 ORDER BY lease_until_ms, id LIMIT $2
  )sql",
                read_job, worker, k_jobs_rescued_max);
}

Result<std::int64_t> release_worker(store::Tx& tx, const std::string& worker) {
  return tx.exec(R"sql(
      UPDATE jobs SET state = 'ready', attempt = attempt - 1, lease_until_ms = NULL
      WHERE state = 'running' AND worker = $1
  )sql",
                 worker);
}

Result<std::vector<std::string>> running_workers(store::Tx& tx) {
  return tx.all("SELECT DISTINCT worker FROM jobs WHERE state = 'running' LIMIT 1000",
                [](const store::Row& row) { return row.string(0); });
}

Result<Job> restart_job(store::Tx& tx, const JobId& id, TimeMs now) {
  FLEAD_TRY(auto restarted, tx.maybe(R"sql(
      UPDATE jobs SET state = 'ready', attempt = 0, run_at_ms = $2, finished_at_ms = NULL
      WHERE id = $1 AND state IN ('ready', 'dead', 'cancelled')
      RETURNING )sql" FLEAD_JOB_COLUMNS,
                                     read_job, id, now));
  if (restarted) return std::move(*restarted);
  FLEAD_TRY(auto job, load(tx, id));
  if (job.state == "running") return conflict("job_running", "The job is running right now.");
  return conflict("job_done", "The job has been done.");
}

Result<Job> cancel_job(store::Tx& tx, const JobId& id, TimeMs now) {
  FLEAD_TRY(auto cancelled, tx.maybe(R"sql(
      UPDATE jobs SET state = 'cancelled', finished_at_ms = $2
      WHERE id = $1 AND state IN ('ready', 'dead')
      RETURNING )sql" FLEAD_JOB_COLUMNS,
                                     read_job, id, now));
  if (cancelled) return std::move(*cancelled);
  FLEAD_TRY(auto job, load(tx, id));
  if (job.state == "cancelled") return job;
  if (job.state == "running") return conflict("job_running", "The job is running right now.");
  return conflict("job_done", "The job has been done.");
}

Result<Job> load(store::Tx& tx, const JobId& id) {
  FLEAD_TRY(auto job,
            tx.maybe("SELECT " FLEAD_JOB_COLUMNS " FROM jobs WHERE id = $1", read_job, id));
  if (!job) return job_not_found();
  return std::move(*job);
}

Result<std::vector<Job>> list(store::Tx& tx, const Filter& filter) {
  return tx.all("SELECT " FLEAD_JOB_COLUMNS R"sql( FROM jobs
      WHERE ($1 IS NULL OR tenant_id = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR kind = $3)
        AND ($4 = '' OR subject_id = $4) AND ($5 = '' OR id < $5)
        AND created_at_ms >= $6 AND created_at_ms < $7
      ORDER BY id DESC LIMIT $8
  )sql",
                read_job, filter.tenant, filter.state, filter.kind, filter.subject_id,
                filter.before_id, filter.since.value_or(INT64_MIN),
                filter.until.value_or(INT64_MAX), filter.limit);
}

Result<bool> has_live(store::Tx& tx, std::string_view unique_key) {
  FLEAD_TRY(const auto there, tx.maybe(R"sql(
      SELECT 1 FROM jobs WHERE unique_key = $1 AND state IN ('ready', 'running')
  )sql",
                                       [](const store::Row&) { return true; }, unique_key));
  return there.has_value();
}

Result<std::vector<std::string>> missing_periodic(store::Tx& tx,
                                                  std::span<const std::string_view> kinds) {
  std::vector<std::string> missing;
  for (const std::string_view kind : kinds) {
    FLEAD_TRY(const bool there, has_live(tx, kind));
    if (!there) missing.emplace_back(kind);
  }
  return missing;
}

Result<std::optional<TimeMs>> next_due(store::Tx& tx) {
  return tx.maybe("SELECT run_at_ms FROM jobs WHERE state = 'ready' ORDER BY run_at_ms, id LIMIT 1",
                  [](const store::Row& row) { return row.integer(0); });
}

// One question for each state: each has its own partial index, and most jobs are in none.
Result<std::vector<Count>> counts(store::Tx& tx) {
  return tx.all(
      R"sql(
      SELECT kind, state, COUNT(*) FROM jobs WHERE state = 'ready' GROUP BY kind, state
      UNION ALL
      SELECT kind, state, COUNT(*) FROM jobs WHERE state = 'running' GROUP BY kind, state
      UNION ALL
      SELECT kind, state, COUNT(*) FROM jobs WHERE state = 'dead' GROUP BY kind, state
      ORDER BY 1, 2 LIMIT 1000
  )sql",
      [](const store::Row& row) {
        return Count{row.string(0), row.string(1), row.integer(2)};
      });
}

#undef FLEAD_JOB_COLUMNS

}  // namespace flead::jobs
