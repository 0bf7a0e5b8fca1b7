#include "core/store/sqlite_connection.h"

#include <sqlite3.h>

#include <cstdlib>

#include "core/store/sqlite_vfs.h"

namespace flead::store::sqlite {
namespace {

// Keeps the write-ahead log file from staying as large as the busiest moment made it.
constexpr const char* k_pragmas =
    "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;";

Error sqlite_error(int extended_code, const char* text) {
  const std::string detail = "sqlite " + std::to_string(extended_code) + ": " + (text ? text : "");
  const auto fail = [&](ErrorKind kind, const char* code, const char* message, const char* hint) {
    Error error;
    error.kind = kind;
    error.code = code;
    error.message = message;
    error.hint = hint;
    error.detail = detail;
    return error;
  };
  if (extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY)
    return fail(ErrorKind::conflict, "already_exists", "This already exists.", "");
  if (extended_code == SQLITE_CONSTRAINT_FOREIGNKEY)
    return fail(ErrorKind::conflict, "still_referenced", "Something else refers to this.", "");
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorKind::store, "store_busy", "The store is locked by another process.",
                  "Try again, or wait longer with --timeout.");
    case SQLITE_FULL:
      return fail(ErrorKind::store, "store_full", "The disk that holds the store is full.",
                  "Free some space: nothing was written, and nothing is lost.");
    case SQLITE_READONLY:
      return fail(ErrorKind::store, "store_read_only", "The store cannot be written.",
                  "Check the owner and mode of the file and its folder.");
    case SQLITE_CORRUPT:
      return fail(ErrorKind::store, "store_damaged", "The store is damaged.",
                  "Stop flead, keep the file, and restore the last backup.");
    case SQLITE_NOTADB:
      return fail(ErrorKind::store, "store_not_ours", "The file is not a flead store.",
                  "Name another file with --db.");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fail(ErrorKind::store, "store_unreadable", "The store cannot be opened.",
                  "Check that the folder exists and who may read and write it.");
    case SQLITE_IOERR:
      return fail(ErrorKind::store, "store_io", "The disk that holds the store reports an error.",
                  "Look at the system's log; the last write was not accepted.");
    default:
      return fail(ErrorKind::internal, "internal", "A database statement failed.", "");
  }
}

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* handle) : handle_(handle) {}
  std::int64_t integer(int column) const override { return sqlite3_column_int64(handle_, column); }
  std::string_view text(int column) const override {
    const void* data = sqlite3_column_blob(handle_, column);
    const int size = sqlite3_column_bytes(handle_, column);
    return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size))
                : std::string_view();
  }
  bool is_null(int column) const override {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
  }

 private:
  sqlite3_stmt* handle_;
};

}  // namespace

struct Connection::Statement {
  sqlite3_stmt* handle = nullptr;
  std::vector<std::size_t> numbers;  // numbers[i]: which $N stands at SQLite's index i + 1
  bool busy = false;

  ~Statement() { sqlite3_finalize(handle); }
};

// The library's own count of its memory is a lock that every allocation of every connection takes.
Connection::Connection() {
  static const int k_configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(k_configured);
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(handle_);
}

Status Connection::open(const std::string& path, Access access, int wait_ms) {
  int flags = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, log_buffering_vfs());
  if (code != SQLITE_OK) return fail();
  sqlite3_busy_timeout(handle_, wait_ms);
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return script(k_pragmas);
}

Status Connection::script(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail();
  return {};
}

Result<std::int64_t> Connection::run(std::string_view sql, std::span<const Param> params,
                                     const std::function<bool(const Row&)>& visit) {
  FLEAD_TRY(Statement * statement, prepare(sql));
  struct Reset {
    Connection* connection;
    Statement* statement;
    ~Reset() { connection->release(statement); }
  } reset{this, statement};
  FLEAD_CHECK(bind(*statement, params));
  const StatementRow row(statement->handle);
  while (true) {
    const int code = sqlite3_step(statement->handle);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return fail();
    if (visit && !visit(row)) break;
  }
  if (sqlite3_stmt_readonly(statement->handle) != 0) return std::int64_t{0};
  return static_cast<std::int64_t>(sqlite3_changes64(handle_));
}

bool Connection::in_transaction() const {
  return handle_ && sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t Connection::changes() const {
  return handle_ ? sqlite3_total_changes64(handle_) : 0;
}

void Connection::set_wait(int wait_ms) {
  sqlite3_busy_timeout(handle_, wait_ms);
}

void Connection::watch_log(std::function<void(int pages)> committed) {
  committed_ = std::move(committed);
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->committed_(pages);
        return SQLITE_OK;
      },
      this);
}

void Connection::watch_remembered() {
  sqlite3_update_hook(
      handle_,
      [](void* self, int, const char*, const char* table, sqlite3_int64) {
        for (const std::string_view remembered : k_remembered_tables) {
          if (remembered == table) static_cast<Connection*>(self)->noted_ = true;
        }
      },
      this);
}

Result<Connection::Log> Connection::checkpoint(Checkpoint kind) {
  Log log;
  const int mode =
      kind == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &log.pages, &log.pages_copied);
  if (code != SQLITE_OK) return fail();
  return log;
}

Error Connection::fail() const {
  return sqlite_error(handle_ ? sqlite3_extended_errcode(handle_) : SQLITE_CANTOPEN,
                      handle_ ? sqlite3_errmsg(handle_) : "");
}

Result<Connection::Statement*> Connection::prepare(std::string_view sql) {
  auto found = statements_.find(sql);
  // A statement that is being read further up the stack is prepared once more, not shared.
  if (found != statements_.end() && !found->second->busy) {
    found->second->busy = true;
    return found->second.get();
  }
  auto made = std::make_unique<Statement>();
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &made->handle, nullptr);
  if (code != SQLITE_OK) return fail();
  for (int index = 1; index <= sqlite3_bind_parameter_count(made->handle); ++index) {
    const char* name = sqlite3_bind_parameter_name(made->handle, index);
    FLEAD_ASSERT(name != nullptr && name[0] == '$');
    made->numbers.push_back(static_cast<std::size_t>(std::atoi(name + 1)));
  }
  made->busy = true;
  Statement* statement = made.get();
  if (found == statements_.end()) {
    statements_.emplace(std::string(sql), std::move(made));
  } else {
    extra_.push_back(std::move(made));
  }
  return statement;
}

void Connection::release(Statement* statement) {
  sqlite3_reset(statement->handle);
  sqlite3_clear_bindings(statement->handle);
  statement->busy = false;
  extra_.remove_if([&](const auto& extra) { return extra.get() == statement; });
}

Status Connection::bind(Statement& statement, std::span<const Param> params) {
  for (std::size_t at = 0; at < statement.numbers.size(); ++at) {
    const std::size_t number = statement.numbers[at];
    FLEAD_ASSERT(number >= 1 && number <= params.size());
    const Param& param = params[number - 1];
    const int index = static_cast<int>(at) + 1;
    int code = SQLITE_OK;
    if (param.null()) {
      code = sqlite3_bind_null(statement.handle, index);
    } else if (param.type() == Param::Type::integer) {
      code = sqlite3_bind_int64(statement.handle, index, param.integer());
    } else {
      const std::string_view text = param.text();
      const char* data = text.data() ? text.data() : "";
      code = param.type() == Param::Type::text
                 ? sqlite3_bind_text64(statement.handle, index, data, text.size(), SQLITE_STATIC,
                                       SQLITE_UTF8)
                 : sqlite3_bind_blob64(statement.handle, index, data, text.size(), SQLITE_STATIC);
    }
    if (code != SQLITE_OK) return fail();
  }
  return {};
}

}  // namespace flead::store::sqlite
