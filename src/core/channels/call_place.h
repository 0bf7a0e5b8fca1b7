// CallPlace: how many calls to one channel run at once, in this process. A provider that hangs
// takes so many of the job threads and no more, so no channel blocks another. CallPace: how fast
// they follow each other. Caller: outbox_send.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
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

// Each message gets a moment of its own in its channel's pace, at its first look, and comes back at
// that moment: nobody waits in a thread, and a long queue costs each of its messages one look.
class CallPace {
 public:
  // How long this message has to wait from `now_ms` (steady) on; 0: it goes now. `per_s` 0 sets no
  // pace.
  static std::int64_t reserve(const ChannelId& channel, const MessageId& message, double per_s,
                              std::int64_t now_ms) {
    if (per_s <= 0.0) return 0;
    Paces& paces = paces_();
    const std::lock_guard lock(paces.mutex);
    Line& line = paces.lines[channel.text()];
    const auto known = line.moments.find(message.text());
    if (known != line.moments.end()) {
      if (known->second > now_ms) return known->second - now_ms;
      line.moments.erase(known);
      return 0;
    }
    const double moment = std::max(line.next_ms, static_cast<double>(now_ms));
    line.next_ms = moment + 1000.0 / per_s;
    const auto rounded = static_cast<std::int64_t>(std::ceil(moment));
    if (rounded <= now_ms) return 0;
    // Forgetting a message only makes it ask for another moment.
    if (line.moments.size() >= k_paced_messages_max) line.moments.clear();
    line.moments.emplace(message.text(), rounded);
    return rounded - now_ms;
  }

 private:
  struct Line {
    double next_ms = 0.0;
    std::map<std::string, std::int64_t> moments;  // of messages that wait
  };
  struct Paces {
    std::mutex mutex;
    std::map<std::string, Line> lines;  // by channel; guarded by mutex
  };
  static Paces& paces_() {
    static Paces k_paces;
    return k_paces;
  }
};

}  // namespace flead::channels
