// When the write-ahead log is copied back to the store, and by whom. Pure. Caller: sqlite.cpp.
//
// A thread beside the writers copies often and little, so that no flush of the store is long enough
// to be felt by a commit behind it. A log only begins anew when it is copied to its end, and while
// writers add to it that thread never gets there: once the log is long enough the writer itself
// copies the little that is left, between two commits, when nobody can add anything.
#pragma once

#include "core/base/limits.h"

namespace flead::store {

class LogPlan {
 public:
  enum class Step {
    none,
    copy,    // the thread copies what is there
    finish,  // the writer copies the rest, now
  };

  // After each commit: the log is `pages` long.
  Step committed(int pages) {
    if (pages < last_) next_copy_ = next_finish_ = 0;  // it began anew
    if (next_copy_ == 0) next_copy_ = k_wal_pages_copy;
    if (next_finish_ == 0) next_finish_ = k_wal_pages_finish;
    last_ = pages;
    if (copying_) return Step::none;
    if (copied_ && pages >= next_finish_) {
      copied_ = false;
      // Where a reader holds the log it goes on growing: the next try is that much later.
      next_finish_ = pages + k_wal_pages_finish;
      return Step::finish;
    }
    if (pages < next_copy_) return Step::none;
    copying_ = true;
    return Step::copy;
  }

  // The thread has copied what it found, or could not.
  void copied(bool well) {
    copying_ = false;
    copied_ = well;
    next_copy_ = last_ + k_wal_pages_copy;
  }

 private:
  int last_ = 0;
  int next_copy_ = k_wal_pages_copy;
  int next_finish_ = k_wal_pages_finish;
  bool copying_ = false;
  bool copied_ = false;  // not long ago: little is left
};

}  // namespace flead::store
