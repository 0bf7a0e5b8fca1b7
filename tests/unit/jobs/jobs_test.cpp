#include "core/jobs/jobs.h"

#include <atomic>
#include <chrono>
#include <future>
#include <set>

#include "core/app.h"
#include "core/base/process.h"
#include "core/jobs/worker.h"
#include "support/catch.h"
#include "support/fakes.h"
#include "support/temp_dir.h"

namespace flead::jobs {
namespace {

// The queue alone: a store, a standing clock, a table of the test's own.
struct Queue {
  test::TempDir dir;
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  std::unique_ptr<store::Store> store = open();
  App app{*store, {clock, random}, {}, {}, transport};

  std::unique_ptr<store::Store> open() {
    store::OpenOptions options;
    options.path = dir.path() + "/flead.db";
    options.create = true;
    auto opened = store::open_sqlite(options);
    REQUIRE(opened);
    return std::move(*opened);
  }
  JobId add(NewJob job) {
    auto id = store->write([&](store::Tx& tx) { return enqueue(app.world, tx, job); });
    REQUIRE(id);
    return *id;
  }
  JobId add(const std::string& kind) {
    NewJob job;
    job.kind = kind;
    return add(job);
  }
  Job job(const JobId& id) {
    auto found = store->read([&](store::Tx& tx) { return load(tx, id); });
    REQUIRE(found);
    return *found;
  }
  bool work(const Table& table, const std::string& worker = "w") {
    auto worked = work_one(app, table, worker);
    REQUIRE(worked);
    return *worked;
  }
};

Table answering(std::function<Outcome(const Job&)> answer) {
  return {{"probe", [answer](App&, const Job& job) { return answer(job); }}};
}

}  // namespace

TEST_CASE("jobs: a due job runs once and is done", "[jobs]") {
  Queue queue;
  int runs = 0;
  const Table table = answering([&](const Job&) {
    ++runs;
    return Outcome::done();
  });
  const JobId id = queue.add("probe");
  CHECK(queue.work(table));
  CHECK_FALSE(queue.work(table));
  CHECK(runs == 1);
  CHECK(queue.job(id).state == "done");
  CHECK(queue.job(id).finished_at == queue.clock.now());
}

TEST_CASE("jobs: a job of a rolled back transaction never existed", "[jobs]") {
  Queue queue;
  CHECK_FALSE(queue.store->write([&](store::Tx& tx) -> Status {
    NewJob job;
    job.kind = "probe";
    FLEAD_CHECK(enqueue(queue.app.world, tx, job));
    return refused("no", "No.");
  }));
  CHECK_FALSE(queue.work(answering([](const Job&) { return Outcome::done(); })));
}

TEST_CASE("jobs: earlier due times go first", "[jobs]") {
  Queue queue;
  NewJob later;
  later.kind = "probe";
  later.subject_id = "later";
  later.run_at = queue.clock.now() - 1;
  queue.add(later);
  NewJob sooner = later;
  sooner.subject_id = "sooner";
  sooner.run_at = queue.clock.now() - 2;
  queue.add(sooner);
  NewJob future = later;
  future.subject_id = "future";
  future.run_at = queue.clock.now() + 1;
  queue.add(future);
  std::vector<std::string> order;
  const Table table = answering([&](const Job& job) {
    order.push_back(job.subject_id);
    return Outcome::done();
  });
  while (queue.work(table)) {
  }
  CHECK(order == std::vector<std::string>{"sooner", "later"});
}

TEST_CASE("jobs: a retry waits by the back-off and ends dead when attempts are used up", "[jobs]") {
  Queue queue;
  NewJob job;
  job.kind = "probe";
  job.attempts_max = 3;
  const JobId id = queue.add(job);
  const Table table = answering([](const Job&) { return Outcome::retry("server busy"); });
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CAPTURE(attempt);
    CHECK(queue.work(table));
    CHECK(queue.job(id).attempt == attempt);
    CHECK_FALSE(queue.work(table));
    queue.clock.advance(k_job_backoff_max_ms * 2);
  }
  CHECK(queue.job(id).state == "dead");
  CHECK(queue.job(id).last_error == "server busy");
  CHECK_FALSE(queue.work(table));
}

TEST_CASE("jobs: the back-off doubles, is capped, and jitters by a fifth", "[jobs]") {
  test::SeededRandom random;
  struct Case {
    int attempt;
    std::int64_t base_ms;
  };
  const auto one = GENERATE(values<Case>(
      {{1, 5000}, {2, 10000}, {5, 80000}, {10, 2560000}, {11, 3600000}, {64, 3600000}, {0, 5000}}));
  CAPTURE(one.attempt);
  std::set<std::int64_t> seen;
  for (int draw = 0; draw < 50; ++draw) {
    const std::int64_t delay = backoff_ms(one.attempt, random);
    CHECK(delay >= one.base_ms * 8 / 10);
    CHECK(delay <= one.base_ms * 12 / 10);
    seen.insert(delay);
  }
  CHECK(seen.size() > 10);
}

TEST_CASE("jobs: a retry never runs before the time the provider asked for", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  const TimeMs asked = queue.clock.now() + 3 * k_hour_ms;
  queue.work(answering([&](const Job&) { return Outcome::retry("slow down", asked); }));
  CHECK(queue.job(id).run_at == asked);
}

TEST_CASE("jobs: a snooze does not count as an attempt", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  const TimeMs morning = queue.clock.now() + k_hour_ms;
  queue.work(answering([&](const Job&) { return Outcome::snooze(morning, "quiet hours"); }));
  CHECK(queue.job(id).attempt == 0);
  CHECK(queue.job(id).state == "ready");
  CHECK(queue.job(id).run_at == morning);
}

TEST_CASE("jobs: the outcome and what goes with it are one commit", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  queue.work(answering([&](const Job&) {
    return Outcome::done([&](store::Tx& tx) -> Status {
      NewJob next;
      next.kind = "probe.next";
      FLEAD_CHECK(enqueue(queue.app.world, tx, next));
      return internal_error("The second half failed.");
    });
  }));
  CHECK(queue.job(id).state == "ready");  // to be tried again, and nothing of it stayed
  CHECK(test::count_rows(*queue.store, "jobs") == 1);
}

TEST_CASE("jobs: a live job with the same unique key is one job", "[jobs]") {
  Queue queue;
  NewJob job;
  job.kind = "probe";
  job.unique_key = "probe:1";
  job.run_at = queue.clock.now() + k_hour_ms;
  const JobId first = queue.add(job);
  job.run_at = queue.clock.now() + 2 * k_hour_ms;
  CHECK(queue.add(job) == first);
  CHECK(queue.job(first).run_at == queue.clock.now() + k_hour_ms);
  job.run_at = queue.clock.now();
  CHECK(queue.add(job) == first);
  CHECK(queue.job(first).run_at == queue.clock.now());  // the earlier wish wins
  CHECK(queue.work(answering([](const Job&) { return Outcome::done(); })));
  CHECK_FALSE(queue.add(job) == first);  // a finished one blocks nobody
}

TEST_CASE("jobs: a crashed worker's job is rescued and the late outcome is dropped", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  int runs = 0;
  const Table table = answering([&](const Job&) {
    if (++runs == 1) {
      // While the first handler hangs, its lease runs out and another worker does the job.
      queue.clock.advance(k_job_lease_ms + 1);
      CHECK(*rescue(queue.app.world, *queue.store) == 1);
      CHECK(*work_one(queue.app, answering([](const Job&) { return Outcome::done(); }), "second"));
      return Outcome::dead("too late");
    }
    return Outcome::done();
  });
  CHECK(queue.work(table, "first"));
  CHECK(queue.job(id).state == "done");
  CHECK(queue.job(id).attempt == 2);
}

TEST_CASE("jobs: whoever goes on claims the next job with the end of the last", "[jobs]") {
  Queue queue;
  std::vector<JobId> jobs = {queue.add("probe"), queue.add("probe"), queue.add("probe")};
  int commits = 0;
  queue.store->on_commit = [&] { ++commits; };
  std::vector<std::string> ran;
  const Table table = answering([&](const Job& job) {
    ran.push_back(job.id.text());
    return Outcome::done();
  });
  int asked = 0;
  CHECK(*work_on(queue.app, table, "one", [&] { return ++asked < 3; }) == 2);
  CHECK(ran == std::vector<std::string>{jobs[0].text(), jobs[1].text()});
  CHECK(commits == 3);  // one to claim the first, one for the end of each
  CHECK(queue.job(jobs[2]).state == "ready");
  CHECK(*work_on(queue.app, table, "one", [] { return true; }) == 1);
  CHECK(queue.job(jobs[2]).state == "done");
  CHECK(*work_on(queue.app, table, "one", [] { return true; }) == 0);
}

TEST_CASE("jobs: a lost lease claims nothing", "[jobs]") {
  Queue queue;
  queue.add("probe");
  const Table table = answering([&](const Job&) {
    queue.clock.advance(k_job_lease_ms + 1);
    CHECK(*rescue(queue.app.world, *queue.store) == 1);
    CHECK(*work_one(queue.app, answering([](const Job&) { return Outcome::done(); }), "second"));
    queue.add("probe");
    return Outcome::done();
  });
  CHECK(*work_on(queue.app, table, "first", [] { return true; }) == 1);
}

TEST_CASE("jobs: a job of a dead process is free at the next start", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  const std::string here = process_name();
  const std::string gone = here.substr(0, here.rfind('/')) + "/1#1";  // same pid, other start time
  REQUIRE(*work_one(queue.app, answering([&](const Job&) {
                      CHECK(*rescue(queue.app.world, *queue.store) == 1);
                      return Outcome::done();
                    }),
                    gone));
  CHECK(queue.job(id).state == "ready");
  CHECK(process_state(here) == ProcessState::alive);
  CHECK(process_state("elsewhere/pid:[1].aaaaaaaa/1/1") == ProcessState::elsewhere);
  // The same host name, but another container: its numbers say nothing here.
  const std::size_t space = here.find('/') + 1;
  CHECK(process_state(here.substr(0, space) + "pid:[1].aaaaaaaa" +
                      here.substr(here.find('/', space))) == ProcessState::elsewhere);
  CHECK(process_state("") == ProcessState::elsewhere);
}

TEST_CASE("jobs: attempts used up by crashes end dead, not in a loop", "[jobs]") {
  Queue queue;
  NewJob job;
  job.kind = "probe";
  job.attempts_max = 2;
  const JobId id = queue.add(job);
  const Table crashing = answering([&](const Job&) {
    queue.clock.advance(k_job_lease_ms + 1);
    CHECK(rescue(queue.app.world, *queue.store));
    return Outcome::done();
  });
  CHECK(queue.work(crashing));
  CHECK(queue.work(crashing));
  CHECK_FALSE(queue.work(crashing));
  CHECK(queue.job(id).state == "dead");
}

TEST_CASE("jobs: each crash after the second costs a longer pause", "[jobs]") {
  struct Case {
    int attempt;
    std::int64_t pause_ms;
  };
  const auto [attempt, pause_ms] = GENERATE(values<Case>(
      {{1, 0}, {2, 0}, {3, 5'000}, {4, 10'000}, {5, 20'000}, {11, 1'280'000}, {13, 3'600'000}}));
  CAPTURE(attempt);
  CHECK(crash_pause_ms(attempt) == pause_ms);
}

TEST_CASE("jobs: a job that keeps crashing lets those behind it pass", "[jobs]") {
  Queue queue;
  const JobId crashes = queue.add("probe");
  queue.clock.advance(1);
  const JobId behind = queue.add("probe");
  int runs = 0;
  const Table table = answering([&](const Job& job) {
    if (job.id != crashes) return Outcome::done();
    ++runs;
    queue.clock.advance(k_job_lease_ms + 1);
    CHECK(*rescue(queue.app.world, *queue.store) == 1);
    return Outcome::done();
  });
  for (int round = 0; round < 4; ++round) CHECK(queue.work(table));
  CHECK(runs == 3);
  CHECK(queue.job(behind).state == "done");
  CHECK_FALSE(queue.work(table));
  const Job job = queue.job(crashes);
  CHECK(job.state == "ready");
  CHECK(job.run_at == queue.clock.now() + crash_pause_ms(3));
}

TEST_CASE("jobs: a throwing handler is retried, an unknown kind is dead", "[jobs]") {
  Queue queue;
  const JobId thrown = queue.add("probe");
  const JobId unknown = queue.add("nobody.knows");
  const Table table = answering([](const Job&) -> Outcome { throw std::runtime_error("oops"); });
  CHECK(queue.work(table));
  CHECK(queue.work(table));
  CHECK(queue.job(thrown).state == "ready");
  CHECK(queue.job(unknown).state == "dead");
}

TEST_CASE("jobs: retry and cancel work on what waits, and say no to what runs or is done",
          "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  const auto change = [&](auto operation) {
    return queue.store->write([&](store::Tx& tx) { return operation(queue.app.world, tx, id); });
  };
  CHECK(change(cancel)->state == "cancelled");
  CHECK(change(cancel)->state == "cancelled");
  CHECK(change(retry)->state == "ready");
  CHECK(queue.work(answering([&](const Job&) {
    CHECK(change(retry).error().code == "job_running");
    CHECK(change(cancel).error().code == "job_running");
    return Outcome::done();
  })));
  CHECK(change(retry).error().code == "job_done");
  CHECK(change(cancel).error().code == "job_done");
  CHECK(queue.store
            ->write([&](store::Tx& tx) { return retry(queue.app.world, tx, JobId("job_missing")); })
            .error()
            .code == "job_not_found");
}

TEST_CASE("jobs: the worker runs what is committed while it waits, and stops cleanly", "[jobs]") {
  Queue queue;
  std::atomic<int> runs{0};
  std::promise<void> all_ran;
  const Table table = answering([&](const Job&) {
    if (++runs == 20) all_ran.set_value();
    return Outcome::done();
  });
  Worker worker(queue.app, table, 2);
  queue.store->on_commit = [&] { worker.notify(); };
  REQUIRE(worker.start());
  for (int job = 0; job < 20; ++job) queue.add("probe");
  CHECK(all_ran.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CHECK(worker.stop(5000));
  queue.add("probe");
  CHECK(runs == 20);
  queue.store->on_commit = {};
}

TEST_CASE("jobs: a clean stop hands back what runs too long, uncounted", "[jobs]") {
  Queue queue;
  const JobId id = queue.add("probe");
  std::promise<void> started;
  std::promise<void> go_on;
  const Table table = answering([&](const Job&) {
    started.set_value();
    go_on.get_future().wait();
    return Outcome::done();
  });
  {
    Worker worker(queue.app, table, 1);
    REQUIRE(worker.start());
    started.get_future().wait();
    CHECK_FALSE(worker.stop(1));
    CHECK(queue.job(id).state == "ready");
    CHECK(queue.job(id).attempt == 0);
    go_on.set_value();
  }
  CHECK(queue.job(id).state == "ready");  // its late outcome changed nothing
}

}  // namespace flead::jobs
