#include "core/jobs/worker.h"

#include <algorithm>
#include <chrono>

#include "core/base/log.h"
#include "core/base/process.h"
#include "core/store/probe_store.h"

namespace flead::jobs {

Worker::Worker(App& app, const Table& table, int threads, bool leaves_marks)
    : app_(app),
      table_(table),
      thread_count_(threads),
      leaves_marks_(leaves_marks),
      process_(process_name()) {}

Worker::~Worker() {
  static_cast<void>(stop(k_stop_timeout_ms));
  for (std::thread& thread : threads_) thread.join();
}

Status Worker::start() {
  FLEAD_TRY(auto rescued, rescue(app_.world, app_.store));
  if (rescued > 0) log_warning("job.rescued", {{"jobs", rescued}});
  last_look_ms_ = app_.world.clock.steady_ms();
  rescued_at_ms_ = last_look_ms_;
  running_ = thread_count_;
  for (int number = 1; number <= thread_count_; ++number)
    threads_.emplace_back([this, number] { loop(number); });
  return {};
}

bool Worker::stop(std::int64_t wait_ms) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  const bool all_ended =
      ended_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return running_ == 0; });
  lock.unlock();
  if (all_ended) return true;
  for (int number = 1; number <= thread_count_; ++number) {
    const auto freed = release(app_.store, process_ + "#" + std::to_string(number));
    if (!freed) log_error("job.release_failed", {{"code", freed.error().code}});
  }
  return false;
}

void Worker::notify() {
  const std::lock_guard lock(mutex_);
  ++commits_;
  wake_.notify_one();
}

// What one thread does for all: leases that have run out, looked for twice in their length; and
// the sign of life.
void Worker::look_after_queue() {
  const std::int64_t now = app_.world.clock.steady_ms();
  if (now - rescued_at_ms_ >= k_job_lease_ms / 2) {
    rescued_at_ms_ = now;
    const auto rescued = rescue(app_.world, app_.store);
    if (rescued && *rescued > 0) log_warning("job.rescued", {{"jobs", *rescued}});
  }
  if (leaves_marks_ && (marked_at_ms_ == 0 || now - marked_at_ms_ >= k_heartbeat_ms)) {
    marked_at_ms_ = now;
    const Status marked = store::leave_mark(app_.world, app_.store, store::k_worker_mark);
    if (!marked) log_error("job.mark_failed", {{"code", marked.error().code}});
  }
}

// True when it is worth trying to claim; false when stopping.
bool Worker::wait_for_work(bool rescues) {
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      seen = commits_;
    }
    if (rescues) look_after_queue();
    const TimeMs now = app_.world.clock.now();
    const auto due = app_.store.read([](store::Tx& tx) { return next_due(tx); });
    std::int64_t pause_ms = k_job_poll_ms;
    if (due) {
      last_look_ms_ = app_.world.clock.steady_ms();
      if (*due && **due <= now) return true;
      if (*due) pause_ms = std::clamp<std::int64_t>(**due - now, 1, k_job_poll_ms);
    } else {
      log_error("job.look_failed", {{"code", due.error().code}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(pause_ms),
                   [&] { return stopping_ || commits_ != seen; });
  }
}

// Asked between two jobs: a thread that never runs out of them looks up all the same.
bool Worker::goes_on(bool rescues) {
  last_look_ms_ = app_.world.clock.steady_ms();
  if (rescues) look_after_queue();
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

void Worker::loop(int number) {
  const std::string name = process_ + "#" + std::to_string(number);
  while (wait_for_work(number == 1)) {
    const auto worked =
        work_on(app_, table_, name, [this, number] { return goes_on(number == 1); });
    if (!worked) {
      // The store refuses (full, read-only): waiting is all there is to do; /readyz tells.
      log_error("job.step_failed", {{"code", worked.error().code}});
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::milliseconds(k_job_poll_ms), [&] { return stopping_; });
    }
  }
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

std::string once_worker_name() {
  return process_name() + "#once";
}

Result<std::int64_t> work_all_due(App& app, const Table& table, const std::atomic<bool>* stop) {
  FLEAD_CHECK(store::leave_mark(app.world, app.store, store::k_worker_mark));
  FLEAD_CHECK(rescue(app.world, app.store));
  const std::string name = once_worker_name();
  for (std::int64_t count = 0; count < k_jobs_once_max; ++count) {
    if (stop != nullptr && stop->load()) return count;
    FLEAD_TRY(auto due, app.store.read([](store::Tx& tx) { return next_due(tx); }));
    if (!due || *due > app.world.clock.now()) return count;
    FLEAD_TRY(bool worked, work_one(app, table, name));
    if (!worked) return count;
  }
  return std::int64_t{k_jobs_once_max};
}

}  // namespace flead::jobs
