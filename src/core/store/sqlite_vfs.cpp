// Why it is safe: what is written to the log counts for nobody until the log's index names it, and
// the library writes the index only after xSync of the log has succeeded (synchronous=FULL). So
// whatever is still in the buffer when the power fails, or when a flush fails, belongs to a
// transaction that nobody was told of. Readers of this connection's own unfinished pages come
// through xRead, which empties the buffer first. Source: sqlite.org/c3ref/vfs.html,
// sqlite.org/c3ref/io_methods.html (read 2026-11-26).
#include "core/store/sqlite_vfs.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>

namespace flead::store::sqlite {
namespace {

// The library's own door takes at most 128 KiB less a byte at once, and calls a longer write a full
// disk when what is left of it happens to be a multiple of that.
constexpr int k_log_buffer_bytes = 124 * 1024;

// Lies at the beginning of what SQLite sets aside for a file; the real one follows.
struct LogFile {
  sqlite3_file base;
  char* buffer;          // from the library's allocator, made at the first write
  sqlite3_int64 offset;  // where the buffer belongs in the file
  int size;              // bytes in the buffer
};

sqlite3_vfs* g_real = nullptr;  // set once, before ours is registered

LogFile* log_of(sqlite3_file* file) {
  return reinterpret_cast<LogFile*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(log_of(file) + 1);
}
const sqlite3_io_methods* methods_of(sqlite3_file* file) {
  return real_of(file)->pMethods;
}

// What a failed write leaves behind is written anew by whoever tries again: the buffer is dropped.
int empty_buffer(sqlite3_file* file) {
  LogFile* const log = log_of(file);
  if (log->size == 0) return SQLITE_OK;
  const int size = log->size;
  log->size = 0;
  return methods_of(file)->xWrite(real_of(file), log->buffer, size, log->offset);
}

int log_close(sqlite3_file* file) {
  sqlite3_free(log_of(file)->buffer);
  log_of(file)->buffer = nullptr;
  return methods_of(file)->xClose(real_of(file));
}

int log_read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  const int emptied = empty_buffer(file);
  if (emptied != SQLITE_OK) return emptied;
  return methods_of(file)->xRead(real_of(file), data, size, offset);
}

int log_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  LogFile* const log = log_of(file);
  if (log->buffer == nullptr) {
    log->buffer = static_cast<char*>(sqlite3_malloc(k_log_buffer_bytes));
    if (log->buffer == nullptr) return SQLITE_NOMEM;
  }
  const bool follows = offset == log->offset + log->size && log->size + size <= k_log_buffer_bytes;
  if (log->size > 0 && !follows) {
    const int emptied = empty_buffer(file);
    if (emptied != SQLITE_OK) return emptied;
  }
  if (size > k_log_buffer_bytes) {
    return methods_of(file)->xWrite(real_of(file), data, size, offset);
  }
  if (log->size == 0) log->offset = offset;
  std::memcpy(log->buffer + log->size, data, static_cast<std::size_t>(size));
  log->size += size;
  return SQLITE_OK;
}

int log_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int emptied = empty_buffer(file);
  if (emptied != SQLITE_OK) return emptied;
  return methods_of(file)->xTruncate(real_of(file), size);
}

int log_sync(sqlite3_file* file, int flags) {
  const int emptied = empty_buffer(file);
  if (emptied != SQLITE_OK) return emptied;
  return methods_of(file)->xSync(real_of(file), flags);
}

int log_size(sqlite3_file* file, sqlite3_int64* size) {
  const int emptied = empty_buffer(file);
  if (emptied != SQLITE_OK) return emptied;
  return methods_of(file)->xFileSize(real_of(file), size);
}

// A log is never locked, shared or mapped: the store's own file is.
int log_lock(sqlite3_file* file, int level) {
  return methods_of(file)->xLock(real_of(file), level);
}
int log_unlock(sqlite3_file* file, int level) {
  return methods_of(file)->xUnlock(real_of(file), level);
}
int log_reserved(sqlite3_file* file, int* answer) {
  return methods_of(file)->xCheckReservedLock(real_of(file), answer);
}
int log_control(sqlite3_file* file, int what, void* argument) {
  return methods_of(file)->xFileControl(real_of(file), what, argument);
}
int log_sector(sqlite3_file* file) {
  return methods_of(file)->xSectorSize(real_of(file));
}
int log_traits(sqlite3_file* file) {
  return methods_of(file)->xDeviceCharacteristics(real_of(file));
}

constexpr sqlite3_io_methods k_log_methods = {
    1,        log_close,  log_read,     log_write,   log_truncate, log_sync,   log_size,
    log_lock, log_unlock, log_reserved, log_control, log_sector,   log_traits, nullptr,
    nullptr,  nullptr,    nullptr,      nullptr,     nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return g_real->xOpen(g_real, name, file, flags, out_flags);
  file->pMethods = nullptr;
  LogFile* const log = log_of(file);
  log->buffer = nullptr;
  log->offset = 0;
  log->size = 0;
  const int code = g_real->xOpen(g_real, name, real_of(file), flags, out_flags);
  // The library closes a file that has methods, opened or not.
  if (code == SQLITE_OK) {
    file->pMethods = &k_log_methods;
  } else if (methods_of(file) != nullptr) {
    methods_of(file)->xClose(real_of(file));
  }
  return code;
}

bool register_vfs() {
  g_real = sqlite3_vfs_find(nullptr);
  if (g_real == nullptr) return false;
  // All but the opening of files is the real one's; so are the data that it keeps.
  static sqlite3_vfs k_ours = *g_real;
  k_ours.pNext = nullptr;
  k_ours.zName = "flead-log";
  k_ours.szOsFile = static_cast<int>(sizeof(LogFile)) + g_real->szOsFile;
  k_ours.xOpen = open_file;
  return sqlite3_vfs_register(&k_ours, 0) == SQLITE_OK;
}

}  // namespace

const char* log_buffering_vfs() {
  static const bool k_registered = register_vfs();
  return k_registered ? "flead-log" : nullptr;
}

}  // namespace flead::store::sqlite
