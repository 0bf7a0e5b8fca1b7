// The store: one SQL text for two engines, handed functions to run inside transactions.
// Callers are *_store.cpp files; the call site never knows the engine. Nothing here logs SQL
// or values. Dialect and driver duties: see src/README.md, "SQL".
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace flead::store {

// Bytes that are not text (raw requests, sealed secrets).
struct Bytes {
  std::string_view data;
};

// One typed parameter, text borrowed for the call. Typed NULLs: std::optional of each.
class Param {
 public:
  enum class Type { integer, text, bytes };

  template <std::integral T>
  Param(T value) : type_(Type::integer), integer_(static_cast<std::int64_t>(value)) {}
  Param(std::string_view value) : type_(Type::text), text_(value) {}
  Param(const std::string& value) : type_(Type::text), text_(value) {}
  Param(const char* value) : type_(Type::text), text_(value) {}
  Param(Bytes value) : type_(Type::bytes), text_(value.data) {}
  template <class Tag>
  Param(const Id<Tag>& id) : type_(Type::text), text_(id.text()) {}
  template <class T>
  Param(const std::optional<T>& value) : Param(value ? Param(*value) : Param(T{})) {
    null_ = !value.has_value();
  }

  Type type() const { return type_; }
  bool null() const { return null_; }
  std::int64_t integer() const { return integer_; }
  std::string_view text() const { return text_; }

 private:
  Type type_;
  bool null_ = false;
  std::int64_t integer_ = 0;
  std::string_view text_;
};

// A row under the cursor. Views live until the next row. A NULL reads as 0 or "" unless asked for
// with the *_or_null form.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  // bytes too
  virtual bool is_null(int column) const = 0;

  std::string string(int column) const { return std::string(text(column)); }
  bool flag(int column) const { return integer(column) == 1; }
  std::optional<std::int64_t> integer_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<std::string> string_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(string(column));
  }
  template <class IdType>
  IdType id(int column) const {
    return IdType(string(column));
  }
};

// A transaction. After a failed statement it is poisoned: every further statement fails, and it
// rolls back (as PostgreSQL does, made so on SQLite too).
class Tx {
 public:
  virtual ~Tx() = default;

  // Exactly one row; internal error when there is none.
  template <class Read, class... Args>
  auto one(std::string_view sql, Read read, const Args&... args)
      -> Result<std::invoke_result_t<Read, const Row&>>;
  // None or one row.
  template <class Read, class... Args>
  auto maybe(std::string_view sql, Read read, const Args&... args)
      -> Result<std::optional<std::invoke_result_t<Read, const Row&>>>;
  // All rows; the statement carries a LIMIT.
  template <class Read, class... Args>
  auto all(std::string_view sql, Read read, const Args&... args)
      -> Result<std::vector<std::invoke_result_t<Read, const Row&>>>;
  // Rows changed.
  template <class... Args>
  Result<std::int64_t> exec(std::string_view sql, const Args&... args);
  // Streams rows in constant memory; `visit` returns false to stop early.
  template <class... Args>
  Status each(std::string_view sql, const std::function<bool(const Row&)>& visit,
              const Args&... args);

  // Runs `visit` per row. Errors: conflict for a unique violation, store for the rest; a busy or
  // serialization failure makes Store::write run the whole function again.
  virtual Result<std::int64_t> run(std::string_view sql, std::span<const Param> params,
                                   const std::function<bool(const Row&)>& visit) = 0;
};

// Tables that a process may keep in memory: few rows, read by each request, seldom changed.
inline constexpr std::array<std::string_view, 3> k_remembered_tables = {"settings", "tenants",
                                                                        "tokens"};

struct OpenOptions {
  std::string path;
  bool create = false;  // make the file when it is missing
  bool read_only = false;
  int wait_ms = 5000;   // for another writer, then `store_busy` (exit 9)
  int readers_max = 3;  // connections for read()
  // Writes do everything and are rolled back where they would be committed: `--dry-run`. A store
  // that would have to be migrated first is refused (`store_older`); on_commit is never called.
  bool dry_run = false;
};

// What group commit has made of the writes so far: `functions` given to write() shared
// `transactions`; `waiting` are queued right now. For /metrics.
struct WriteStats {
  std::int64_t transactions = 0;
  std::int64_t functions = 0;
  std::int64_t waiting = 0;
};

struct StoreSize {
  std::int64_t bytes = 0;
  std::int64_t free_bytes = 0;  // of these: pages that hold nothing
  std::int64_t log_bytes = 0;   // the write-ahead log beside the store
};

// One store per process. Safe from many threads: one writer connection, a few readers.
class Store {
 public:
  virtual ~Store() = default;

  // Runs `work` in a write transaction and commits when it returns a value: when write() returns
  // one too, it is on the disk. The function may run again after a lost race and on another thread
  // (group_commit.h: functions that arrive together share one commit, a failed one harms none), so
  // it touches only `tx` and what the waiting caller owns.
  template <class F>
  auto write(F&& work) -> std::invoke_result_t<F&, Tx&>;
  // Runs `work` against one consistent snapshot; writing is an error.
  template <class F>
  auto read(F&& work) -> std::invoke_result_t<F&, Tx&>;

  // Called after every commit of this process (the worker wakes on it). Set once, before use.
  std::function<void()> on_commit;

  virtual Status run_write(const std::function<Status(Tx&)>& work) = 0;
  // For who has other things to do than to wait. While nobody else writes the caller's thread does
  // it, which costs less than to wake another; else this returns at once. `done` is called with the
  // outcome by whoever wrote, must be short, and must not ask the store. The function owns what it
  // touches.
  virtual void write_later(std::function<Status(Tx&)> work, std::function<void(Status)> done) = 0;
  virtual Status run_read(const std::function<Status(Tx&)>& work) = 0;
  // "sqlite" or "postgres", for `doctor` and `version`.
  virtual std::string_view engine() const = 0;
  virtual WriteStats write_stats() const = 0;
  // Another number after each commit, of whatever process, that changed a remembered table: what
  // was loaded under this number still holds. One short question to the store.
  virtual Result<std::int64_t> remembered_version() = 0;

  // For a process that stays: copies the write-ahead log back beside the writers instead of within
  // a commit, until the store is closed. Once.
  virtual Status start_upkeep() = 0;
  virtual Result<StoreSize> size() = 0;
  // Gives up to `pages` free pages at the end of the file back to the disk; returns how many are
  // still free. Short: it holds the writer.
  virtual Result<std::int64_t> release_pages(std::int64_t pages) = 0;
  // Rewrites the file without its holes. Needs as much free disk again; writers wait meanwhile.
  virtual Status vacuum() = 0;
  // A complete, compact copy of one moment at `path`, which must not exist; nothing deleted is in
  // it. Writers go on meanwhile. On the disk when it returns.
  virtual Status copy_to(const std::string& path) = 0;
  // Whole-store check; the text of the first problem as Error `store_damaged`.
  virtual Status check() = 0;
};

// Errors (all `store`): store_missing (with the command that makes one), store_not_ours,
// store_newer, store_older (run `flead db migrate`; every opening writer does it by itself),
// store_read_only, store_busy, store_full, store_damaged.
Result<std::unique_ptr<Store>> open_sqlite(const OpenOptions& options);

// ---- templates -------------------------------------------------------------------------------

namespace detail {
template <class... Args>
auto params(const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    return std::span<const Param>();
  } else {
    return std::vector<Param>{Param(args)...};
  }
}
Error no_row();
Error too_many_rows();
}  // namespace detail

template <class Read, class... Args>
auto Tx::maybe(std::string_view sql, Read read, const Args&... args)
    -> Result<std::optional<std::invoke_result_t<Read, const Row&>>> {
  using T = std::invoke_result_t<Read, const Row&>;
  std::optional<T> found;
  bool extra = false;
  FLEAD_CHECK(run(sql, detail::params(args...), [&](const Row& row) {
    extra = found.has_value();
    if (!extra) found.emplace(read(row));
    return !extra;
  }));
  if (extra) return detail::too_many_rows();
  return found;
}

template <class Read, class... Args>
auto Tx::one(std::string_view sql, Read read, const Args&... args)
    -> Result<std::invoke_result_t<Read, const Row&>> {
  FLEAD_TRY(auto found, maybe(sql, std::move(read), args...));
  if (!found) return detail::no_row();
  return std::move(*found);
}

template <class Read, class... Args>
auto Tx::all(std::string_view sql, Read read, const Args&... args)
    -> Result<std::vector<std::invoke_result_t<Read, const Row&>>> {
  std::vector<std::invoke_result_t<Read, const Row&>> rows;
  FLEAD_CHECK(run(sql, detail::params(args...), [&](const Row& row) {
    rows.push_back(read(row));
    return true;
  }));
  return rows;
}

template <class... Args>
Result<std::int64_t> Tx::exec(std::string_view sql, const Args&... args) {
  return run(sql, detail::params(args...), {});
}

template <class... Args>
Status Tx::each(std::string_view sql, const std::function<bool(const Row&)>& visit,
                const Args&... args) {
  FLEAD_CHECK(run(sql, detail::params(args...), visit));
  return {};
}

namespace detail {
template <class R, class F, class Run>
R with_value(F& work, Run run) {
  if constexpr (std::is_same_v<R, Status>) {
    return run([&](Tx& tx) { return work(tx); });
  } else {
    std::optional<R> outcome;
    Status status = run([&](Tx& tx) -> Status {
      outcome.emplace(work(tx));
      if (!*outcome) return outcome->error();
      return {};
    });
    if (!status) return std::move(status).error();
    return std::move(*outcome);
  }
}
}  // namespace detail

template <class F>
auto Store::write(F&& work) -> std::invoke_result_t<F&, Tx&> {
  return detail::with_value<std::invoke_result_t<F&, Tx&>>(
      work, [this](const std::function<Status(Tx&)>& f) { return run_write(f); });
}

template <class F>
auto Store::read(F&& work) -> std::invoke_result_t<F&, Tx&> {
  return detail::with_value<std::invoke_result_t<F&, Tx&>>(
      work, [this](const std::function<Status(Tx&)>& f) { return run_read(f); });
}

}  // namespace flead::store
