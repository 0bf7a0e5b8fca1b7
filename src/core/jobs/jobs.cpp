#include "core/jobs/jobs.h"

#include <algorithm>

#include "core/app.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/jobs/jobs_store.h"

namespace flead::jobs {
namespace {

Outcome make_outcome(Outcome::Kind kind, TimeMs at, std::string error,
                     std::function<Status(store::Tx&)> also) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.at = at;
  outcome.error = std::move(error);
  outcome.also = std::move(also);
  return outcome;
}

// The rule of style.md section 2: what becomes of the row. Pure but for the jitter.
Ending ending_of(const Job& job, const Outcome& outcome, TimeMs now, Random& random) {
  switch (outcome.kind) {
    case Outcome::Kind::done:
      return {"done", 0, true, ""};
    case Outcome::Kind::dead:
      return {"dead", 0, true, outcome.error};
    case Outcome::Kind::snooze:
      return {"ready", outcome.at, false, outcome.error};
    case Outcome::Kind::retry:
      break;
  }
  if (job.attempt >= job.attempts_max) return {"dead", 0, true, outcome.error};
  const TimeMs by_backoff = now + backoff_ms(job.attempt, random);
  return {"ready", std::max(by_backoff, outcome.at), true, outcome.error};
}

Outcome run_handler(App& app, const Table& table, const Job& job) {
  const auto found = table.find(job.kind);
  if (found == table.end()) return Outcome::dead("No handler for this kind of job.");
  try {
    return found->second(app, job);
  } catch (const std::exception& failure) {
    log_error("job.exception",
              {{"job", job.id.text()}, {"kind", job.kind}, {"what", failure.what()}});
    return Outcome::retry("The handler failed unexpectedly.");
  } catch (...) {
    log_error("job.exception", {{"job", job.id.text()}, {"kind", job.kind}});
    return Outcome::retry("The handler failed unexpectedly.");
  }
}

struct Recorded {
  bool held = true;         // false: the lease was lost, all is rolled back
  std::optional<Job> next;  // claimed in the same commit
};

// Outcome, business result and row in one commit.
Result<Recorded> record(App& app, const Job& job, const Outcome& outcome, bool claims_next) {
  const TimeMs now = app.world.clock.now();
  const Ending ending = ending_of(job, outcome, now, app.world.random);
  Recorded recorded;
  Status done = app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(recorded.held, end_job(tx, job, ending, now));
    if (!recorded.held) return conflict("lease_lost", "Another worker has taken the job.");
    if (outcome.also) FLEAD_CHECK(outcome.also(tx));
    if (claims_next) {
      FLEAD_TRY(recorded.next, claim_job(tx, now, k_job_lease_ms, job.worker));
    }
    return {};
  });
  if (!done && recorded.held) return std::move(done).error();
  if (!done) recorded.next.reset();
  return recorded;
}

Result<std::int64_t> end_crashed(store::Tx& tx, const std::vector<Job>& jobs,
                                 const std::string& why, TimeMs now) {
  for (const Job& job : jobs) {
    const bool over = job.attempt >= job.attempts_max;
    const Ending ending{over ? "dead" : "ready", now + crash_pause_ms(job.attempt), true, why};
    FLEAD_CHECK(end_job(tx, job, ending, now));
  }
  return static_cast<std::int64_t>(jobs.size());
}

bool never() {
  return false;
}

// Runs a claimed job. What it returns is the next one, if there is one and `go_on` agrees.
Result<std::optional<Job>> run_job(App& app, const Table& table, const Job& job,
                                   const std::function<bool()>& go_on) {
  const Outcome outcome = run_handler(app, table, job);
  const bool claims_next = go_on();  // asked now: the handler may have taken long
  auto recorded = record(app, job, outcome, claims_next);
  if (!recorded && recorded.error().kind != ErrorKind::store) {
    // The business result cannot be written: a fault of ours or a rule. The job tells it.
    log_error("job.outcome_failed", {{"job", job.id.text()},
                                     {"kind", job.kind},
                                     {"code", recorded.error().code},
                                     {"detail", recorded.error().detail}});
    const std::string why = "Recording the result failed: " + recorded.error().message;
    recorded = record(app, job, Outcome::retry(why), claims_next);
  }
  if (!recorded) return std::move(recorded).error();
  if (!recorded->held) log_warning("job.lease_lost", {{"job", job.id.text()}, {"kind", job.kind}});
  if (outcome.kind == Outcome::Kind::dead || outcome.kind == Outcome::Kind::retry) {
    // Not the error: providers repeat whom a message was for. `flead job show` has it.
    log_warning("job.failed", {{"job", job.id.text()},
                               {"kind", job.kind},
                               {"attempt", job.attempt},
                               {"dead", outcome.kind == Outcome::Kind::dead}});
  }
  return std::move(recorded->next);
}

Result<std::optional<Job>> claim(App& app, const std::string& worker) {
  return app.store.write(
      [&](store::Tx& tx) { return claim_job(tx, app.world.clock.now(), k_job_lease_ms, worker); });
}

}  // namespace

Outcome Outcome::done(std::function<Status(store::Tx&)> also) {
  return make_outcome(Kind::done, 0, {}, std::move(also));
}
Outcome Outcome::retry(std::string error, TimeMs not_before,
                       std::function<Status(store::Tx&)> also) {
  return make_outcome(Kind::retry, not_before, std::move(error), std::move(also));
}
Outcome Outcome::snooze(TimeMs until, std::string why, std::function<Status(store::Tx&)> also) {
  return make_outcome(Kind::snooze, until, std::move(why), std::move(also));
}
Outcome Outcome::dead(std::string error, std::function<Status(store::Tx&)> also) {
  return make_outcome(Kind::dead, 0, std::move(error), std::move(also));
}

Result<JobId> enqueue(World& world, store::Tx& tx, const NewJob& job) {
  return insert_job(tx, new_id<JobIdTag>(world), job, world.clock.now());
}

std::int64_t backoff_ms(int attempt, Random& random) {
  const int doublings = std::clamp(attempt - 1, 0, 30);
  const std::int64_t base =
      std::min(k_job_backoff_max_ms, k_job_backoff_base_ms * (std::int64_t{1} << doublings));
  const std::int64_t jitter = base / 5;
  return base - jitter +
         static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2 * jitter + 1)));
}

std::int64_t crash_pause_ms(int attempt) {
  if (attempt <= k_job_crashes_free) return 0;
  const int doublings = std::min(attempt - k_job_crashes_free - 1, 30);
  return std::min(k_job_backoff_max_ms, k_job_backoff_base_ms * (std::int64_t{1} << doublings));
}

Result<bool> work_one(App& app, const Table& table, const std::string& worker) {
  FLEAD_TRY(const auto job, claim(app, worker));
  if (!job) return false;
  FLEAD_CHECK(run_job(app, table, *job, never));
  return true;
}

Result<std::int64_t> work_on(App& app, const Table& table, const std::string& worker,
                             const std::function<bool()>& go_on) {
  std::int64_t count = 0;
  std::optional<Job> job;
  if (go_on()) {
    FLEAD_TRY(job, claim(app, worker));
  }
  while (job) {
    ++count;
    FLEAD_TRY(job, run_job(app, table, *job, go_on));
  }
  return count;
}

Result<std::int64_t> rescue(World& world, store::Store& store) {
  // Reading first keeps an idle server from writing every half minute.
  FLEAD_TRY(auto workers, store.read([](store::Tx& tx) { return running_workers(tx); }));
  if (workers.empty()) return std::int64_t{0};
  return store.write([&](store::Tx& tx) -> Result<std::int64_t> {
    const TimeMs now = world.clock.now();
    FLEAD_TRY(const auto late, expired_jobs(tx, now));
    FLEAD_TRY(auto rescued, end_crashed(tx, late, "crashed: the lease ran out", now));
    for (const std::string& worker : workers) {
      // A worker's name is its process and a number: "host/pid/start#2".
      if (process_state(worker.substr(0, worker.find('#'))) != ProcessState::dead) continue;
      FLEAD_TRY(const auto held, jobs_of_worker(tx, worker));
      FLEAD_TRY(const auto freed, end_crashed(tx, held, "crashed: the process is gone", now));
      rescued += freed;
    }
    return rescued;
  });
}

Result<std::int64_t> release(store::Store& store, const std::string& worker) {
  return store.write([&](store::Tx& tx) { return release_worker(tx, worker); });
}

Result<Job> retry(World& world, store::Tx& tx, const JobId& id) {
  return restart_job(tx, id, world.clock.now());
}

Result<Job> cancel(World& world, store::Tx& tx, const JobId& id) {
  return cancel_job(tx, id, world.clock.now());
}

Json to_json(const Job& job) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", job.id.text()},
                       {"kind", job.kind},
                       {"state", job.state},
                       {"subject", job.subject_id},
                       {"attempt", job.attempt},
                       {"attempts_max", job.attempts_max},
                       {"run_at", format_time(job.run_at)},
                       {"lease_until", time(job.lease_until)},
                       {"last_error", job.last_error},
                       {"payload", job.payload},
                       {"created_at", format_time(job.created_at)},
                       {"finished_at", time(job.finished_at)}});
}

}  // namespace flead::jobs
