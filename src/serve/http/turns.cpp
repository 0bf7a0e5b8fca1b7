#include "serve/http/turns.h"

#include <chrono>

namespace flead::http {

bool Turns::wait(int self) {
  std::unique_lock lock(mutex_);
  int quiet = 0;
  while (!stopped_ && turn_ != self) {
    if (quiet == k_quiet_looks) {
      watched_ = false;
      changed_.wait(lock, [&] { return stopped_ || watched_; });
      quiet = 0;
      continue;
    }
    const bool away = away_;
    const std::uint64_t before = absences_;
    changed_.wait_for(lock, std::chrono::milliseconds(k_away_ms));
    quiet = absences_ == before ? quiet + 1 : 0;
    if (away && away_ && absences_ == before) {
      turn_ = self;
      away_ = false;
    }
  }
  return !stopped_;
}

void Turns::leave() {
  const std::lock_guard lock(mutex_);
  away_ = true;
  ++absences_;
  if (watched_) return;
  watched_ = true;
  changed_.notify_one();
}

void Turns::come_back(int self) {
  const std::lock_guard lock(mutex_);
  if (turn_ == self) away_ = false;
}

void Turns::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace flead::http
