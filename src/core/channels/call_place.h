// CallPlace: how many calls to one channel run at once, in this process. A provider that hangs
// takes so many of the job threads and no more, so no channel blocks another. Caller:
// outbox_send.cpp.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/id.h"
#include "core/base/limits.h"

namespace flead::channels {

// One place among a channel's calls, if there was one; given back at the end of the scope.
class CallPlace {
 public:
  explicit CallPlace(ChannelId channel) : channel_(std::move(channel)), taken_(take()) {}
  ~CallPlace() {
    if (taken_) give_back();
  }
  CallPlace(const CallPlace&) = delete;
  CallPlace& operator=(const CallPlace&) = delete;
  bool taken() const { return taken_; }

 private:
  static constexpr int k_calls_max = 6;
  static_assert(2 * k_calls_max < k_job_threads);

  struct Running {
    std::mutex mutex;
    std::map<std::string, int> calls;  // by channel; guarded by mutex
  };
  static Running& running() {
    static Running k_running;
    return k_running;
  }

  bool take() const {
    const std::lock_guard lock(running().mutex);
    int& count = running().calls[channel_.text()];
    if (count >= k_calls_max) return false;
    ++count;
    return true;
  }
  void give_back() const {
    const std::lock_guard lock(running().mutex);
    const auto found = running().calls.find(channel_.text());
    if (--found->second == 0) running().calls.erase(found);
  }

  ChannelId channel_;
  bool taken_;
};

}  // namespace flead::channels
