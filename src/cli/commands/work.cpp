// `flead work`: the queue without HTTP, as a service of its own or from cron.
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/file_lock.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/jobs/worker.h"

namespace flead::cli {
namespace {

struct WorkFlags {
  bool once = false;
};

// cron starts one a minute, whether the last one has ended or not: jobs of two would not mix, but a
// slow provider would gather more and more of them.
Result<bool> is_alone(Context& context, const App& app, std::optional<FileLock>& lock) {
  FLEAD_TRY(lock, lock_store(app.config.db_path, StoreUse::work_once, FileLock::Kind::exclusive));
  if (!lock) context.say("Another `flead work --once` is running; nothing to do.");
  return lock.has_value();
}

// SIGINT and SIGTERM, kept from every thread until take(); a second one stops at once.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set_, signal);
    // Before any thread, so that all of them leave these to sigwait().
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Waits. False: finished() was called first, and a signal that came too late is forgotten.
  bool take() {
    int number = 0;
    sigwait(&set_, &number);
    const bool stopped = number != SIGUSR1;
    if (stopped) {
      std::signal(SIGINT, SIG_DFL);
      std::signal(SIGTERM, SIG_DFL);
      std::signal(SIGUSR1, SIG_IGN);
    } else {
      constexpr timespec k_at_once{};
      while (sigtimedwait(&set_, nullptr, &k_at_once) > 0) continue;
    }
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return stopped;
  }
  // From another thread: there is nothing left to stop.
  void finished() const { pthread_kill(waiting_, SIGUSR1); }

 private:
  sigset_t set_{};
  pthread_t waiting_ = pthread_self();
};

// What it held was handed back; the thread that hangs must not hold the process.
[[noreturn]] void leave_behind() {
  log_warning("work.stopped", {{"finished", false}});
  std::_Exit(EXIT_SUCCESS);
}

Status work_once(Context& context, App& app) {
  std::optional<FileLock> lock;
  FLEAD_TRY(const bool alone, is_alone(context, app, lock));
  if (!alone) {
    return context.wants_json() ? context.print_object(Json::object({{"jobs", 0}})) : Status();
  }
  FLEAD_CHECK(ensure_periodic_jobs(app));
  StopSignals signals;
  std::atomic<bool> stop = false;
  std::promise<Result<std::int64_t>> promise;
  auto ending = promise.get_future();
  std::thread thread([&] {
    promise.set_value(jobs::work_all_due(app, job_table(), &stop));
    signals.finished();
  });
  if (signals.take()) {
    stop = true;
    if (ending.wait_for(std::chrono::milliseconds(k_stop_timeout_ms)) !=
        std::future_status::ready) {
      const auto freed = jobs::release(app.store, jobs::once_worker_name());
      if (!freed) log_error("job.release_failed", {{"code", freed.error().code}});
      leave_behind();
    }
  }
  thread.join();
  FLEAD_TRY(const std::int64_t ran, ending.get());
  if (context.wants_json()) return context.print_object(Json::object({{"jobs", ran}}));
  context.say(fmt::format("{} {} done.", ran, ran == 1 ? "job" : "jobs"));
  return {};
}

Status work_on(Context& context, App& app) {
  StopSignals signals;
  FLEAD_CHECK(app.store.start_upkeep());
  FLEAD_CHECK(ensure_periodic_jobs(app));
  jobs::Worker worker(app, job_table(), k_job_threads, true);
  app.store.on_commit = [&worker] { worker.notify(); };
  if (Status started = worker.start(); !started) {
    app.store.on_commit = nullptr;
    return started;
  }
  context.say("Working (Ctrl-C stops)");
  signals.take();
  if (!worker.stop(k_stop_timeout_ms)) leave_behind();
  app.store.on_commit = nullptr;
  return {};
}

}  // namespace

void add_work_command(Command& root) {
  auto flags = std::make_shared<WorkFlags>();
  root.sub("work")
      .group(Group::jobs)
      .summary("Run the jobs, without serving")
      .description(
          "Runs what is due and waits for more, until SIGINT or SIGTERM. With --once it does all "
          "that is due now and ends: one line in cron is enough; while one still runs, the next "
          "says so and ends, and a signal ends it after the job at hand. Safe beside serve and "
          "beside another work: a job is leased to one of them.")
      .example("flead work --once", "from cron, every minute")
      .option("--once", flags->once, "Do what is due now, then end")
      .no_dry_run("sends messages")
      .prints([] {
        return Json::object({{"jobs", 0}});
      })
      .run([flags](Context& context) -> Status {
        FLEAD_CHECK(context.start_log(LogLevel::info));
        FLEAD_TRY(App * app, context.app());
        return flags->once ? work_once(context, *app) : work_on(context, *app);
      });
}

}  // namespace flead::cli
