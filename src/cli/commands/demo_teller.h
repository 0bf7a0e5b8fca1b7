// DemoTeller: a thread that tells new events of a tenant as they are committed. Used by `flead
// demo` alone. It reads; it never writes, and it ends before the store does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/id.h"
#include "core/demo/demo.h"
#include "core/store/store.h"

namespace flead::cli {

class DemoTeller {
 public:
  DemoTeller(store::Store& store, TenantId tenant, std::function<void(const demo::Told&)> tell);
  ~DemoTeller();
  DemoTeller(const DemoTeller&) = delete;
  DemoTeller& operator=(const DemoTeller&) = delete;

  // From now on; events before are not told. `stop_after_ms` above 0 asks the process to stop then,
  // as Ctrl-C would.
  void start(std::int64_t stop_after_ms);
  // A commit happened. From any thread.
  void wake();

 private:
  void loop(std::int64_t stop_after_ms);
  void tell_news();

  store::Store& store_;
  TenantId tenant_;
  std::function<void(const demo::Told&)> tell_;
  std::string last_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool news_ = false;      // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace flead::cli
