// One SQLite connection with its statement cache: the fence around the library, whose header only
// sqlite_connection.cpp includes. Errors are mapped by code, never by text. Used by sqlite.cpp; by
// one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/store/store.h"

struct sqlite3;

namespace flead::store::sqlite {

class Connection {
 public:
  enum class Access { read, write, create };  // create: and make the file when it is missing

  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status open(const std::string& path, Access access, int wait_ms);
  // Several statements without parameters.
  Status script(const char* sql);
  // As Tx::run.
  Result<std::int64_t> run(std::string_view sql, std::span<const Param> params,
                           const std::function<bool(const Row&)>& visit);
  bool in_transaction() const;
  std::int64_t changes() const;  // rows, since it was opened; rolled back or not
  // How long to wait for others' locks from here on.
  void set_wait(int wait_ms);

  // Calls `committed` after each commit with the length of the write-ahead log; from here on this
  // connection leaves copying it back to whoever listens.
  void watch_log(std::function<void(int pages)> committed);
  // From here on took_note() tells whether rows of k_remembered_tables were changed, kept or not.
  void watch_remembered();
  bool took_note() { return std::exchange(noted_, false); }
  enum class Checkpoint {
    passive,  // copies back what nobody reads any more, disturbs nobody
    restart,  // and waits for readers and writers, so that the log begins anew
  };
  struct Log {
    int pages = 0;
    int pages_copied = 0;
  };
  Result<Log> checkpoint(Checkpoint kind);

 private:
  struct Statement;
  Error fail() const;
  Result<Statement*> prepare(std::string_view sql);
  void release(Statement* statement);
  Status bind(Statement& statement, std::span<const Param> params);

  sqlite3* handle_ = nullptr;
  // Looked up by text without making a string of it.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, std::unique_ptr<Statement>, TextHash, std::equal_to<>>
      statements_;
  std::list<std::unique_ptr<Statement>> extra_;
  std::function<void(int)> committed_;
  bool noted_ = false;
};

// A transaction that its owner begins and ends; poisoned by its first failed statement.
class ConnectionTx final : public Tx {
 public:
  explicit ConnectionTx(Connection& connection) : connection_(connection) {}

  Result<std::int64_t> run(std::string_view sql, std::span<const Param> params,
                           const std::function<bool(const Row&)>& visit) override {
    if (poison_) return *poison_;
    auto changed = connection_.run(sql, params, visit);
    if (!changed) poison_ = changed.error();
    return changed;
  }
  const std::optional<Error>& poison() const { return poison_; }

 private:
  Connection& connection_;
  std::optional<Error> poison_;
};

}  // namespace flead::store::sqlite
