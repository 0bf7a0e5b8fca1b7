// Locks between processes: each is one byte of the file `<db>.lock`, held as long as the object
// lives and gone with the process, however it ends. Callers: whoever opens the store for its work
// (shared), `restore` (alone), `work --once`, `backup`. Never waits, and never locks the store's
// own file: that belongs to the database.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"

namespace flead {

// What a lock says; each is the number of its byte.
enum class StoreUse {
  open = 0,       // shared by every command that has the store open; restore needs it alone
  work_once = 1,  // one `work --once` at a time
  backup = 2,     // one backup at a time, so that a half copy found beside it is nobody's
  rehearsal = 3,  // one `restore --check` at a time
};

class FileLock {
 public:
  enum class Kind { shared, exclusive };

  FileLock() = default;  // holds nothing
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  friend Result<std::optional<FileLock>> lock_store(const std::string& db_path, StoreUse use,
                                                    Kind kind);
  explicit FileLock(int file) : file_(file) {}

  int file_ = -1;
};

// Nothing when another process holds it against us. Where no lock file can be made (a folder that
// only may be read) a shared lock holds nothing: nobody could replace that store either. Error
// `store_unreadable` (store) when the lock file may not be opened.
Result<std::optional<FileLock>> lock_store(const std::string& db_path, StoreUse use,
                                           FileLock::Kind kind);

// Whether anybody, we too, holds such a lock now. Makes no file.
bool store_is_locked(const std::string& db_path, StoreUse use);

}  // namespace flead
