// Turns: two threads of which one polls. While that one is away, doing something itself, nobody
// polls; when it stays away for long (a slow disk, a slow handler) the other takes over. Nobody is
// woken for that but the other, who looks now and then as long as there is anything to see. Caller:
// Connections.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace flead::http {

class Turns {
 public:
  static constexpr int k_threads = 2;

  // Waits until it is this thread's turn (0 or 1); false after stop().
  bool wait(int self);
  // Both by whose turn it is: the second as soon as it is done. Whether it is its turn still,
  // wait() tells.
  void leave();
  void come_back(int self);
  void stop();

 private:
  static constexpr int k_away_ms = 20;      // so long one may be away
  static constexpr int k_quiet_looks = 50;  // then the other stops looking, until the next time

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_, as all
  int turn_ = 0;
  bool away_ = false;
  std::uint64_t absences_ = 0;
  bool watched_ = true;
  bool stopped_ = false;
};

}  // namespace flead::http
