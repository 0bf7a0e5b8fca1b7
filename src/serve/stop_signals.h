// How a server of ours waits for its end: the first SIGINT or SIGTERM is taken, the second ends the
// process at once. Callers: serve() and the doubles.
#pragma once

#include <pthread.h>

#include <csignal>

namespace flead::serve {

// SIGINT and SIGTERM wait for take() instead of ending the process. Made before any thread, so that
// all of them inherit it.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int take() {
    int number = 0;
    sigwait(&set_, &number);
    // The next one ends the process, as if nobody had ever asked for it.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return number;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace flead::serve
