// Worker: threads that run due jobs inside a living process (`serve`, `work`). Woken by commits of
// this process, by due times, and at the latest every k_job_poll_ms for commits of others.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/app.h"
#include "core/jobs/jobs.h"

namespace flead::jobs {

class Worker {
 public:
  // `leaves_marks`: tells other processes of its life in the store (`serve --no-jobs` asks).
  Worker(App& app, const Table& table, int threads, bool leaves_marks = false);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Rescues what a crash left, then starts the threads.
  Status start();
  // Stops claiming, waits up to `wait_ms` for running handlers, hands the rest back uncounted.
  // True when everything had ended in time.
  bool stop(std::int64_t wait_ms);
  // A commit happened: look at the queue now. Cheap; from any thread.
  void notify();
  // Steady clock of the last successful look at the queue: /readyz.
  std::int64_t last_look_ms() const { return last_look_ms_.load(); }

 private:
  void loop(int number);
  bool wait_for_work(bool rescues);
  bool goes_on(bool rescues);
  void look_after_queue();

  App& app_;
  const Table& table_;
  int thread_count_;
  const bool leaves_marks_;
  std::string process_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t commits_ = 0;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  int running_ = 0;            // guarded by mutex_: threads not yet ended
  std::condition_variable ended_;
  std::atomic<std::int64_t> last_look_ms_{0};
  // Touched by start() and then by thread 1 alone.
  std::int64_t rescued_at_ms_ = 0;
  std::int64_t marked_at_ms_ = 0;
};

// Everything that is due now, one job after the other, at most k_jobs_once_max: `work --once`.
// Returns how many ran. Safe beside `serve`: a claim is a lease. Once `stop` is true no further job
// is claimed; what hangs is handed back with release(..., once_worker_name()).
Result<std::int64_t> work_all_due(App& app, const Table& table,
                                  const std::atomic<bool>* stop = nullptr);
std::string once_worker_name();

}  // namespace flead::jobs
