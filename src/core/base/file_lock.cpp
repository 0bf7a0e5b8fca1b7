#include "core/base/file_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace flead {
namespace {

// Locks of the open file and not of the process: another part of the same process that opens the
// file again is another holder, and closing one of them drops nobody else's. Source: man 2 fcntl,
// "Open file description locks".
struct flock byte_lock(StoreUse use, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(use);
  lock.l_len = 1;
  return lock;
}

std::string lock_path(const std::string& db_path) {
  return db_path + ".lock";
}

// A lock file that root made by a backup from cron must not keep out the user that serves: it gets
// the owner and the mode of its store, as the database does with its own files. Before there is a
// store, the folder tells whose it will be.
void take_after_store(int file, const std::string& db_path) {
  struct stat model {};
  if (::stat(db_path.c_str(), &model) == 0) {
    static_cast<void>(::fchmod(file, model.st_mode & 0666));
  } else {
    const std::size_t slash = db_path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : db_path.substr(0, slash + 1);
    if (::stat(folder.c_str(), &model) != 0) return;
  }
  if (::geteuid() == 0 && ::fchown(file, model.st_uid, model.st_gid) != 0) return;
}

// -1 with errno.
int open_lock_file(const std::string& db_path, FileLock::Kind kind) {
  const std::string path = lock_path(db_path);
  int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) take_after_store(file, db_path);
    if (file < 0 && errno == EEXIST) file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  // Reading is enough for a shared lock.
  if (file < 0 && kind == FileLock::Kind::shared && errno != ENOENT) {
    const int error = errno;
    file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) errno = error;
  }
  return file;
}

Error lock_error(const std::string& db_path, int error) {
  Error out = store_error("store_unreadable", lock_path(db_path) + " cannot be locked.",
                          std::strerror(error));
  out.hint = "Check the owner and mode of the file and its folder.";
  return out;
}

}  // namespace

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Result<std::optional<FileLock>> lock_store(const std::string& db_path, StoreUse use,
                                           FileLock::Kind kind) {
  const int file = open_lock_file(db_path, kind);
  if (file < 0) {
    const int error = errno;
    const bool no_file = ::access(lock_path(db_path).c_str(), F_OK) != 0;
    if (kind == FileLock::Kind::shared && no_file) return std::optional(FileLock());
    return lock_error(db_path, error);
  }
  FileLock held(file);
  struct flock lock = byte_lock(use, kind == FileLock::Kind::shared ? F_RDLCK : F_WRLCK);
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return std::optional(std::move(held));
  if (errno == EAGAIN || errno == EACCES) return std::optional<FileLock>();
  return lock_error(db_path, errno);
}

bool store_is_locked(const std::string& db_path, StoreUse use) {
  const int file = ::open(lock_path(db_path).c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock = byte_lock(use, F_WRLCK);
  const bool asked = ::fcntl(file, F_OFD_GETLK, &lock) == 0;
  ::close(file);
  return asked && lock.l_type != F_UNLCK;
}

}  // namespace flead
