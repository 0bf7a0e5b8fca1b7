// Group commit: writes that arrive together share one transaction and one flush to the disk. The
// first to come leads: it takes what has queued and commits it while the next ones queue. Nobody
// waits for company: a lonely write is committed at once. Used by the drivers.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/store/store.h"

namespace flead::store {

// One caller's function and what became of it.
struct PendingWrite {
  const std::function<Status(Tx&)>* work = nullptr;
  Status outcome;
  std::exception_ptr thrown;
  bool ended = false;
  std::condition_variable wake;  // of a caller that waits; who does not wait is told by a Later
};

class GroupCommit {
 public:
  // Runs the batch in one transaction, filling `outcome` or `thrown` of each. Called by one thread
  // at a time.
  using Execute = std::function<void(std::vector<PendingWrite*>& batch)>;

  explicit GroupCommit(Execute execute) : execute_(std::move(execute)) {}
  ~GroupCommit();  // after what has queued is committed
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Returns when `work` is committed or has failed; rethrows what it threw. Any thread; it leads
  // when nobody else does.
  Status run(const std::function<Status(Tx&)>& work);
  // Returns at once while somebody leads: then that one, or a thread of this object's own, takes
  // it along. Else the caller leads, which costs a lonely write no other thread. Whoever leads
  // calls `done` with the outcome: short, and without the store. What `work` throws is an internal
  // error.
  void run_later(std::function<Status(Tx&)> work, std::function<void(Status)> done);

  WriteStats stats() const;

 private:
  struct Later final : PendingWrite {
    std::function<Status(Tx&)> kept;
    std::function<void(Status)> done;
  };
  struct Queued {
    PendingWrite* write = nullptr;
    std::unique_ptr<Later> later;  // the same, when nobody waits for it
  };
  void lead(std::unique_lock<std::mutex>& lock);
  void loop();
  static void tell(Later& later);

  Execute execute_;
  mutable std::mutex mutex_;
  std::deque<Queued> queue_;
  bool leading_ = false;
  bool ending_ = false;
  WriteStats stats_;
  std::condition_variable later_;  // wakes the thread
  std::thread thread_;             // made by the first run_later()
};

// The engine's side of a batch, the same on both engines: BEGIN, each function, COMMIT. A failed
// function harms none beside it.
class BatchEngine {
 public:
  virtual ~BatchEngine() = default;
  virtual Status statement(const char* sql) = 0;
  // False when the engine has given up the whole transaction by itself (full disk).
  virtual bool in_transaction() const = 0;
  // How many rows were changed so far, rolled back or not: tells whether a function did anything.
  virtual std::int64_t changes() const = 0;
  // Runs one function on a fresh Tx; a poisoned one that pretends success is its first error.
  // `again` is set for a lost race that is worth another try.
  virtual Status call(const std::function<Status(Tx&)>& work, bool& again) = 0;
};

void execute_batch(BatchEngine& engine, const char* begin, std::vector<PendingWrite*>& batch);

}  // namespace flead::store
