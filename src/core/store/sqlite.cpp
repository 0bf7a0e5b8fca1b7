// The SQLite driver: one writer connection, opened at the first write; a few readers, each on its
// own snapshot; and, in a process that stays, a thread that keeps the write-ahead log short.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/blocking.h"
#include "core/base/limits.h"
#include "core/store/group_commit.h"
#include "core/store/log_plan.h"
#include "core/store/migrate.h"
#include "core/store/sqlite_connection.h"
#include "core/store/store.h"

namespace flead::store {
namespace {

using sqlite::Connection;

constexpr std::string_view k_raise_remembered =
    "UPDATE remembered SET version = version + 1 WHERE name = 'callers'";

class ConnectionBatch final : public BatchEngine {
 public:
  explicit ConnectionBatch(Connection& connection, bool dry_run = false)
      : connection_(connection), dry_run_(dry_run) {}

  Status statement(const char* sql) override {
    if (std::string_view(sql) == "COMMIT") {
      if (dry_run_) sql = "ROLLBACK";
      if (connection_.took_note()) FLEAD_CHECK(connection_.run(k_raise_remembered, {}, {}));
    }
    FLEAD_CHECK(connection_.run(sql, {}, {}));
    return {};
  }
  bool in_transaction() const override { return connection_.in_transaction(); }
  std::int64_t changes() const override { return connection_.changes(); }
  Status call(const std::function<Status(Tx&)>& work, bool& again) override {
    sqlite::ConnectionTx tx(connection_);
    Status done = work(tx);
    if (done && tx.poison()) done = *tx.poison();
    again = tx.poison() && tx.poison()->code == "store_busy";
    return done;
  }

 private:
  Connection& connection_;
  bool dry_run_;
};

// A write inside a write of the same thread would wait for itself for ever.
thread_local bool t_in_transaction = false;

struct TransactionScope {
  TransactionScope() {
    FLEAD_ASSERT(!t_in_transaction);
    t_in_transaction = true;
  }
  ~TransactionScope() { t_in_transaction = false; }
};

// The thread that copies the write-ahead log back: within a commit all of it would make that
// commit's visitor wait. See log_plan.h.
class LogKeeper {
  static constexpr int k_log_passes_max = 5;
  static constexpr int k_log_rest_pages = 500;  // the writer's own part, a few milliseconds

 public:
  explicit LogKeeper(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), thread_([this] { loop(); }) {}
  ~LogKeeper() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // The log is `pages` long now. Called by the writer between two commits.
  void committed(Connection& writer, int pages) {
    LogPlan::Step step = LogPlan::Step::none;
    {
      const std::lock_guard lock(mutex_);
      step = plan_.committed(pages);
      if (step == LogPlan::Step::copy) pages_ = pages;
    }
    if (step == LogPlan::Step::copy) wake_.notify_one();
    // A failure here (busy, full disk) loses nothing: the log is copied at the next turn.
    if (step == LogPlan::Step::finish) {
      static_cast<void>(writer.checkpoint(Connection::Checkpoint::passive).ok());
    }
  }

 private:
  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || pages_ > 0; });
      if (stopping_) return;
      const int pages = std::exchange(pages_, 0);
      lock.unlock();
      const bool copied = keep_short(pages);
      lock.lock();
      plan_.copied(copied);
    }
  }

  // What fails here (busy, full disk) fails for the writers too, who say so.
  bool keep_short(int pages) {
    connection_->set_wait(0);
    // Each pass finds what was added during the one before, and that is less each time.
    int copied = 0;
    for (int pass = 0; pass < k_log_passes_max; ++pass) {
      const auto log = connection_->checkpoint(Connection::Checkpoint::passive);
      if (!log) return false;
      const int added = log->pages_copied - std::exchange(copied, log->pages_copied);
      if (added < k_log_rest_pages) break;
    }
    if (pages < k_wal_pages_restart) return true;
    connection_->set_wait(k_wal_restart_wait_ms);
    return connection_->checkpoint(Connection::Checkpoint::restart).ok();
  }

  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable wake_;
  LogPlan plan_;           // guarded by mutex_
  int pages_ = 0;          // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: it uses all of the above
};

Status flush_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!flushed) return store_error("store_io", "The copy could not be flushed to the disk.");
  return {};
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(OpenOptions options) : options_(std::move(options)) {}

  Status run_write(const std::function<Status(Tx&)>& work) override {
    FLEAD_ASSERT(!t_in_transaction);
    return writes_.run(work);
  }

  void write_later(std::function<Status(Tx&)> work, std::function<void(Status)> done) override {
    writes_.run_later(std::move(work), std::move(done));
  }

  Status run_read(const std::function<Status(Tx&)>& work) override {
    const TransactionScope scope;
    const BlockingScope blocking;  // it reads the disk, and a search reads much of it
    FLEAD_TRY(std::unique_ptr<Connection> reader, take_reader());
    ConnectionBatch engine(*reader);
    PendingWrite one;
    one.work = &work;
    std::vector<PendingWrite*> batch{&one};
    execute_batch(engine, "BEGIN", batch);
    give_back(std::move(reader));
    if (one.thrown) std::rethrow_exception(one.thrown);
    return std::move(one.outcome);
  }

  std::string_view engine() const override { return "sqlite"; }

  WriteStats write_stats() const override { return writes_.stats(); }

  Result<std::int64_t> remembered_version() override {
    FLEAD_TRY(std::unique_ptr<Connection> reader, take_reader());
    std::optional<std::int64_t> version;
    // One statement is its own snapshot.
    const auto found = reader->run("SELECT version FROM remembered WHERE name = 'callers'", {},
                                   [&](const Row& row) {
                                     version = row.integer(0);
                                     return true;
                                   });
    give_back(std::move(reader));
    if (!found) return found.error();
    if (!version) return detail::no_row();  // never a number that would always be right
    return *version;
  }

  Status check() override {
    return run_read([](Tx& tx) -> Status {
      FLEAD_TRY(auto verdict, tx.maybe("PRAGMA integrity_check(1)",
                                       [](const Row& row) { return row.string(0); }));
      if (!verdict || *verdict != "ok") {
        Error error = store_error("store_damaged", "The store is damaged.", verdict.value_or(""));
        error.hint = "Stop flead, keep the file, and restore the last backup.";
        return error;
      }
      FLEAD_TRY(auto orphans,
                tx.all("PRAGMA foreign_key_check", [](const Row& row) { return row.string(0); }));
      if (!orphans.empty())
        return store_error("store_damaged", "Rows of table " + orphans.front() +
                                                " refer to rows that do not exist.");
      return check_migrations(tx);
    });
  }

  Status start_upkeep() override {
    FLEAD_TRY(auto connection, extra_connection());
    FLEAD_ASSERT(!log_keeper_);
    log_keeper_ = std::make_unique<LogKeeper>(std::move(connection));
    return run_write([this](Tx&) -> Status {  // the writer belongs to whoever writes
      if (writer_) {
        watch_log(*writer_);
      }
      return {};
    });
  }

  Result<StoreSize> size() override {
    StoreSize size;
    FLEAD_CHECK(run_read([&](Tx& tx) -> Status {
      const auto number = [](const Row& row) { return row.integer(0); };
      FLEAD_TRY(const std::int64_t page, tx.one("PRAGMA page_size", number));
      FLEAD_TRY(const std::int64_t pages, tx.one("PRAGMA page_count", number));
      FLEAD_TRY(const std::int64_t free, tx.one("PRAGMA freelist_count", number));
      size.bytes = page * pages;
      size.free_bytes = page * free;
      return {};
    }));
    struct stat info {};
    if (::stat((options_.path + "-wal").c_str(), &info) == 0) size.log_bytes = info.st_size;
    return size;
  }

  Result<std::int64_t> release_pages(std::int64_t pages) override {
    std::int64_t left = 0;
    FLEAD_CHECK(run_write([&](Tx& tx) -> Status {
      FLEAD_CHECK(tx.run("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")", {},
                         [](const Row&) { return true; }));
      FLEAD_TRY(left,
                tx.one("PRAGMA freelist_count", [](const Row& row) { return row.integer(0); }));
      return {};
    }));
    return left;
  }

  Status vacuum() override {
    FLEAD_TRY(const auto connection, extra_connection());
    return connection->script("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
  }

  Status copy_to(const std::string& path) override {
    FLEAD_TRY(const auto connection, extra_connection());
    const Param target(path);
    FLEAD_CHECK(connection->run("VACUUM INTO $1", {&target, 1}, {}));
    return flush_file(path);
  }

  // Called once by open_sqlite: is it ours, is it of our time, and bring it up to date.
  Status start() {
    struct stat info {};
    const bool exists = ::stat(options_.path.c_str(), &info) == 0;
    if (!exists && !options_.create) {
      Error error = store_error("store_missing", "There is no store at " + options_.path + ".");
      error.hint = "Make one with `flead init`, or name another with --db.";
      return error;
    }
    if (exists && !S_ISREG(info.st_mode))
      return store_error("store_not_ours", options_.path + " is not a file.");
    if (exists && info.st_size == 0 && !options_.create) {
      Error error = store_error("store_not_ours", options_.path + " is an empty file.");
      error.hint = "Make a store with `flead init`.";
      return error;
    }
    if (!exists || info.st_size == 0) return migrate_here();
    FLEAD_TRY(SchemaState state, run_state());
    switch (state) {
      case SchemaState::current:
        return {};
      case SchemaState::older:
        if (options_.read_only || options_.dry_run) {
          Error error = store_error("store_older", "The store is older than this program.");
          error.hint = "flead db migrate brings it up to date.";
          return error;
        }
        return migrate_here();
      case SchemaState::empty:
        if (options_.create) return migrate_here();
        [[fallthrough]];
      case SchemaState::foreign:
        return store_error("store_not_ours", options_.path + " is not a flead store.");
      case SchemaState::newer: {
        Error error = store_error("store_newer", "The store was made by a newer flead.");
        error.hint = "Install that version or a later one; this one changes nothing.";
        return error;
      }
    }
    return internal_error("Unknown schema state.");
  }

 private:
  Result<SchemaState> run_state() {
    SchemaState state = SchemaState::foreign;
    FLEAD_CHECK(run_read([&](Tx& tx) -> Status {
      FLEAD_TRY(auto tables,
                tx.all("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1000",
                       [](const Row& row) { return row.string(0); }));
      FLEAD_TRY(state, schema_state(tx, tables));
      return {};
    }));
    return state;
  }

  Status migrate_here() {
    if (options_.read_only) return store_error("store_read_only", "The store cannot be written.");
    return migrate(*this);
  }

  // Called by whoever leads the group commit, so by one thread at a time.
  void watch_log(Connection& writer) {
    writer.watch_log(
        [keeper = log_keeper_.get(), &writer](int pages) { keeper->committed(writer, pages); });
  }

  Status open_writer() {
    if (writer_) return {};
    if (options_.read_only)
      return store_error("store_read_only", "The store was opened for reading only.");
    auto writer = std::make_unique<Connection>();
    const auto access = options_.create ? Connection::Access::create : Connection::Access::write;
    FLEAD_CHECK(writer->open(options_.path, access, options_.wait_ms));
    // auto_vacuum only takes hold before the first table; WAL stays with the file. 16 MiB of pages
    // hold the upper levels of the indexes that scattered values (phones, names) go into.
    FLEAD_CHECK(writer->script(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA cache_size=-16384;"));
    if (log_keeper_) {
      watch_log(*writer);
    }
    writer->watch_remembered();
    writer_ = std::move(writer);
    return {};
  }

  void write_together(std::vector<PendingWrite*>& batch) {
    if (const Status opened = open_writer(); !opened) {
      for (PendingWrite* write : batch) write->outcome = opened.error();
      return;
    }
    ConnectionBatch engine(*writer_, options_.dry_run);
    {
      const TransactionScope scope;
      execute_batch(engine, "BEGIN IMMEDIATE", batch);
    }
    if (options_.dry_run) return;
    const bool committed = std::any_of(batch.begin(), batch.end(), [](const PendingWrite* write) {
      return write->outcome && !write->thrown;
    });
    if (committed && on_commit) on_commit();
  }

  Result<std::unique_ptr<Connection>> take_reader() {
    {
      std::unique_lock lock(readers_mutex_);
      readers_free_.wait(lock, [&] { return !idle_.empty() || readers_ < options_.readers_max; });
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
      ++readers_;
    }
    auto reader = std::make_unique<Connection>();
    const auto access = options_.read_only ? Connection::Access::read : Connection::Access::write;
    Status opened = reader->open(options_.path, access, options_.wait_ms);
    if (opened) opened = reader->script("PRAGMA query_only=ON");
    if (!opened) {
      const std::lock_guard lock(readers_mutex_);
      --readers_;
      readers_free_.notify_one();
      return std::move(opened).error();
    }
    return reader;
  }

  void give_back(std::unique_ptr<Connection> reader) {
    const std::lock_guard lock(readers_mutex_);
    idle_.push_back(std::move(reader));
    readers_free_.notify_one();
  }

  // A connection of its own for what must not be inside a transaction.
  Result<std::unique_ptr<Connection>> extra_connection() {
    auto connection = std::make_unique<Connection>();
    FLEAD_CHECK(connection->open(
        options_.path, options_.read_only ? Connection::Access::read : Connection::Access::write,
        options_.wait_ms));
    return connection;
  }

  OpenOptions options_;
  std::unique_ptr<LogKeeper> log_keeper_;  // before writer_, which tells it of its commits
  std::unique_ptr<Connection> writer_;
  GroupCommit writes_{[this](std::vector<PendingWrite*>& batch) { write_together(batch); }};
  std::mutex readers_mutex_;
  std::condition_variable readers_free_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int readers_ = 0;
};

}  // namespace

namespace detail {
Error no_row() {
  return internal_error("A row that must exist is not there.");
}
Error too_many_rows() {
  return internal_error("More rows than one where one was expected.");
}
}  // namespace detail

Result<std::unique_ptr<Store>> open_sqlite(const OpenOptions& options) {
  auto store = std::make_unique<SqliteStore>(options);
  FLEAD_CHECK(store->start());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace flead::store
