#include "cli/commands/demo_teller.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace flead::cli {
namespace {

// Commits of other processes (a command in the next terminal) wake nobody here.
constexpr std::int64_t k_look_every_ms = 500;

}  // namespace

DemoTeller::DemoTeller(store::Store& store, TenantId tenant,
                       std::function<void(const demo::Told&)> tell)
    : store_(store), tenant_(std::move(tenant)), tell_(std::move(tell)) {}

DemoTeller::~DemoTeller() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DemoTeller::start(std::int64_t stop_after_ms) {
  const auto newest = store_.read([&](store::Tx& tx) { return demo::newest_event(tx, tenant_); });
  if (newest) last_ = *newest;
  thread_ = std::thread([this, stop_after_ms] { loop(stop_after_ms); });
}

void DemoTeller::wake() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  wake_.notify_all();
}

void DemoTeller::loop(std::int64_t stop_after_ms) {
  std::int64_t left_ms = stop_after_ms;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const bool woken = wake_.wait_for(lock, std::chrono::milliseconds(k_look_every_ms),
                                        [&] { return stopping_ || news_; });
      if (stopping_) return;
      news_ = false;
      // Counted in quiet waits, so busy seconds make it a little longer: good enough to end a demo.
      if (!woken && stop_after_ms > 0 && (left_ms -= k_look_every_ms) <= 0) {
        ::kill(::getpid(), SIGTERM);
        stop_after_ms = 0;
      }
    }
    tell_news();
  }
}

void DemoTeller::tell_news() {
  const auto news =
      store_.read([&](store::Tx& tx) { return demo::told_since(tx, tenant_, last_); });
  if (!news) return;  // a busy store: the next look tells it
  for (const demo::Told& told : *news) {
    tell_(told);
    last_ = told.event_id;
  }
}

}  // namespace flead::cli
