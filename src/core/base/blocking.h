// Blocking: whoever is about to wait for a disk or for another thread says so, and the pool that
// its thread belongs to lets another thread work meanwhile. Callers: the store; serve/http/front
// has the pool. On a thread of no pool this is nothing.
#pragma once

namespace flead {

class Pool {
 public:
  virtual ~Pool() = default;
  // Called by the pool's own threads, in pairs.
  virtual void thread_waits() = 0;
  virtual void thread_works() = 0;
};

// The pool of this thread, or nothing.
inline thread_local Pool* t_pool = nullptr;

// Set while this thread does something for its pool and goes back to it right after: what it hands
// over meanwhile it takes itself, and no other thread need be woken for it.
inline thread_local bool t_returns_to_pool = false;

class BlockingScope {
 public:
  BlockingScope() {
    if (t_pool != nullptr) t_pool->thread_waits();
  }
  ~BlockingScope() {
    if (t_pool != nullptr) t_pool->thread_works();
  }
  BlockingScope(const BlockingScope&) = delete;
  BlockingScope& operator=(const BlockingScope&) = delete;
};

}  // namespace flead
