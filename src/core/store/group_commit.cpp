#include "core/store/group_commit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/blocking.h"
#include "core/base/limits.h"
#include "core/base/log.h"

namespace flead::store {
namespace {

void call(BatchEngine& engine, PendingWrite& write, bool& again) {
  write.thrown = nullptr;
  try {
    write.outcome = engine.call(*write.work, again);
  } catch (...) {
    write.thrown = std::current_exception();
  }
}

bool succeeded(const PendingWrite& write) {
  return write.outcome && !write.thrown;
}

enum class Ran {
  well,     // or failed without having changed anything
  spoiled,  // failed halfway: what it did is in the transaction of all
  lost,     // the engine has given up the transaction
};

// Nearly always all go well, and a savepoint costs a copy of each page that is changed after it.
Ran run_plainly(BatchEngine& engine, PendingWrite& write) {
  const std::int64_t before = engine.changes();
  bool again = false;
  call(engine, write, again);
  if (!engine.in_transaction()) return Ran::lost;
  return succeeded(write) || engine.changes() == before ? Ran::well : Ran::spoiled;
}

Ran run_between_savepoints(BatchEngine& engine, PendingWrite& write) {
  write.outcome = engine.statement("SAVEPOINT one");
  if (!write.outcome) return engine.in_transaction() ? Ran::well : Ran::lost;
  bool again = false;
  call(engine, write, again);
  if (!engine.in_transaction()) return Ran::lost;
  if (!succeeded(write) && !engine.statement("ROLLBACK TO one")) return Ran::lost;
  return engine.statement("RELEASE one") ? Ran::well : Ran::lost;
}

// Whoever was told "done" so far is told what happened to the transaction instead.
void fail_all(std::vector<PendingWrite*>& batch, const Error& error) {
  for (PendingWrite* write : batch) {
    if (succeeded(*write)) write->outcome = error;
  }
}

void roll_back(BatchEngine& engine) {
  // After a full disk the engine has done so itself; otherwise a rollback cannot fail.
  if (engine.in_transaction()) static_cast<void>(engine.statement("ROLLBACK").ok());
}

Error transaction_lost(const PendingWrite& last) {
  if (!last.outcome && last.outcome.error().kind == ErrorKind::store) return last.outcome.error();
  return store_error("store_io", "The store gave up the transaction.");
}

using RunOne = Ran (*)(BatchEngine&, PendingWrite&);

// False when one of the functions spoiled the transaction: nothing is committed then.
bool execute_together(BatchEngine& engine, const char* begin, std::vector<PendingWrite*>& batch,
                      RunOne run_one) {
  for (PendingWrite* write : batch) write->outcome = Status();
  if (const Status begun = engine.statement(begin); !begun) {
    fail_all(batch, begun.error());
    return true;
  }
  bool any = false;
  for (PendingWrite* write : batch) {
    const Ran ran = run_one(engine, *write);
    if (ran == Ran::well) {
      any = any || succeeded(*write);
      continue;
    }
    roll_back(engine);
    if (ran == Ran::spoiled) return false;
    fail_all(batch, transaction_lost(*write));
    return true;
  }
  if (!any) {
    roll_back(engine);
  } else if (const Status committed = engine.statement("COMMIT"); !committed) {
    roll_back(engine);
    fail_all(batch, committed.error());
  }
  return true;
}

// Without company there are no savepoints to pay for. True when it is worth another try.
bool execute_alone(BatchEngine& engine, const char* begin, PendingWrite& write) {
  write.outcome = engine.statement(begin);
  if (!write.outcome) return false;
  bool again = false;
  call(engine, write, again);
  if (succeeded(write)) {
    write.outcome = engine.statement("COMMIT");
    if (write.outcome) return false;
  }
  roll_back(engine);
  return again;
}

}  // namespace

void execute_batch(BatchEngine& engine, const char* begin, std::vector<PendingWrite*>& batch) {
  if (batch.size() > 1) {
    if (execute_together(engine, begin, batch, run_plainly)) return;
    // Once more, with each function by itself. All of them may run again.
    for (PendingWrite* write : batch) write->thrown = nullptr;
    static_cast<void>(execute_together(engine, begin, batch, run_between_savepoints));
    return;
  }
  for (int attempt = 1; attempt <= k_transaction_tries_max; ++attempt) {
    if (!execute_alone(engine, begin, *batch.front())) return;
  }
}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  later_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status GroupCommit::run(const std::function<Status(Tx&)>& work) {
  PendingWrite mine;
  mine.work = &work;
  {
    const BlockingScope blocking;
    std::unique_lock lock(mutex_);
    queue_.push_back({&mine, nullptr});
    // A full group may leave this write for the next one.
    while (!mine.ended) {
      mine.wake.wait(lock, [&] { return mine.ended || !leading_; });
      if (!mine.ended) lead(lock);
    }
  }
  if (mine.thrown) std::rethrow_exception(mine.thrown);
  return std::move(mine.outcome);
}

void GroupCommit::run_later(std::function<Status(Tx&)> work, std::function<void(Status)> done) {
  auto later = std::make_unique<Later>();
  later->kept = std::move(work);
  later->work = &later->kept;
  later->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    const bool free = !leading_ && queue_.empty();
    queue_.push_back({later.get(), std::move(later)});
    if (!free) return;  // whoever leads passes it on
    leading_ = true;    // from here on others only join
  }
  // Nobody else is at it, and to wake a thread costs as much as a lonely write: this one does it.
  // Whoever called goes back to its pool now, unlike the caller of run(), who may go on for long.
  const BlockingScope blocking;
  std::unique_lock lock(mutex_);
  t_returns_to_pool = true;
  lead(lock);
  t_returns_to_pool = false;
}

void GroupCommit::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    later_.wait(lock, [&] { return !leading_ && (ending_ || !queue_.empty()); });
    if (queue_.empty()) return;
    lead(lock);
  }
}

// Entered by a caller whose own write is still queued, or by the thread.
void GroupCommit::lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  const auto end =
      queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), k_commit_group_max));
  std::vector<Queued> taken(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  lock.unlock();
  std::vector<PendingWrite*> batch;
  batch.reserve(taken.size());
  for (const Queued& queued : taken) batch.push_back(queued.write);
  execute_(batch);
  for (const Queued& queued : taken) {
    if (!queued.later) continue;
    tell(*queued.later);
    queued.later->kept = nullptr;  // what it holds is let go of here, and not under the lock
    queued.later->done = nullptr;
  }
  lock.lock();
  ++stats_.transactions;
  stats_.functions += static_cast<std::int64_t>(batch.size());
  leading_ = false;
  for (const Queued& queued : taken) {
    if (queued.later) continue;
    queued.write->ended = true;
    // Under the lock: its owner may only leave, and take the condition with it, after us.
    queued.write->wake.notify_one();
  }
  if (queue_.empty()) {
    if (ending_) later_.notify_one();
  } else if (queue_.front().later) {
    later_.notify_one();
  } else {
    queue_.front().write->wake.notify_one();
  }
}

void GroupCommit::tell(Later& later) {
  if (later.thrown) {
    log_error("store.write_threw", {});
    later.outcome = internal_error("Something went wrong on our side.");
  }
  later.done(std::move(later.outcome));
}

WriteStats GroupCommit::stats() const {
  const std::lock_guard lock(mutex_);
  WriteStats now = stats_;
  now.waiting = static_cast<std::int64_t>(queue_.size());
  return now;
}

}  // namespace flead::store
