// A disk that keeps a diary: preloaded into the real binary (LD_PRELOAD), it appends to the file
// FLEAD_RECORD_LOG what was done to the store FLEAD_RECORD_STORE (a whole path), to its -wal and
// -journal and to the names in its folder: each write with its bytes, when each flush began and
// ended, and when a 2xx was about to be sent. From that, power_disk.py makes the files as they may
// be after a power cut at any moment. FLEAD_RECORD_SWALLOW makes the disk lie for the files that
// its letters name (d, w, j, n): their flushes are answered with success, not done and not told of.
//
// An entry is written under one lock with what it tells of, so the diary has the order of the disk;
// an answer's entry stands before the answer leaves. A flush is waited for outside the lock: what
// is written meanwhile is not covered by it. Calls that are not caught here are found by comparing
// the files with what the diary says.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace {

// One entry; of a write or an answer, `size` bytes follow. power_disk.py reads it by this layout.
struct Entry {
  char what;  // c created, u unlinked, w written, t truncated, f flush begins, s flush succeeded, a
              // answer
  char file;  // d database, w log, j journal, n the names in the folder, - none
  char unused[6];
  std::int64_t at;  // w: offset, t: the new size, s: the number of its f in this diary
  std::int64_t size;
};
static_assert(sizeof(Entry) == 24);

constexpr char k_other = '\0';
constexpr std::size_t k_fds_max = 65536;

class Diary {
 public:
  Diary() {
    const char* const store = std::getenv("FLEAD_RECORD_STORE");
    const char* const log = std::getenv("FLEAD_RECORD_LOG");
    const char* const swallowed = std::getenv("FLEAD_RECORD_SWALLOW");
    if (store == nullptr || log == nullptr) return;
    store_ = store;
    folder_ = store_.substr(0, store_.rfind('/'));
    if (swallowed != nullptr) swallowed_ = swallowed;
    // Not by a call that is caught below: this object is not there yet.
    file_ = ::openat(AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }

  // Which of the store's files a path names, if any.
  char file_of(const char* path) const {
    if (file_ < 0 || path == nullptr) return k_other;
    if (folder_ == path) return 'n';
    if (std::strncmp(path, store_.c_str(), store_.size()) != 0) return k_other;
    const char* const end = path + store_.size();
    if (*end == '\0') return 'd';
    if (std::strcmp(end, "-wal") == 0) return 'w';
    return std::strcmp(end, "-journal") == 0 ? 'j' : k_other;
  }
  char file_of(int fd) const {
    return fd >= 0 && static_cast<std::size_t>(fd) < k_fds_max ? fds_[fd].load() : k_other;
  }
  void set_file(int fd, char file) {
    if (fd >= 0 && static_cast<std::size_t>(fd) < k_fds_max) fds_[fd].store(file);
  }
  bool is_kept() const { return file_ >= 0; }
  bool swallows(char file) const { return swallowed_.find(file) != std::string::npos; }

  // Returns the entry's number. The caller holds the lock.
  std::int64_t add(char what, char file, std::int64_t at, const void* bytes = nullptr,
                   std::int64_t size = 0) {
    const int error = errno;
    Entry entry{what, file, {}, at, size};
    iovec parts[2] = {{&entry, sizeof entry},
                      {const_cast<void*>(bytes), static_cast<std::size_t>(size)}};
    const auto all = static_cast<ssize_t>(sizeof entry + static_cast<std::size_t>(size));
    // A diary with a gap would prove nothing.
    if (::writev(file_, parts, 2) != all) std::abort();
    errno = error;
    return count_++;
  }

  std::mutex mutex;

 private:
  std::string store_, folder_, swallowed_;
  int file_ = -1;
  std::int64_t count_ = 0;
  std::atomic<char> fds_[k_fds_max]{};
};

// Never taken down: threads may write until the very end.
Diary& diary() {
  static Diary* const k_diary = new Diary;
  return *k_diary;
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

using Open = int (*)(const char*, int, ...);

// SQLite closes its files through close() below, so a number is never of an older file.
int open_noted(Open real, const char* path, int flags, mode_t mode) {
  Diary& notes = diary();
  const char file = notes.file_of(path);
  if (file == k_other) return real(path, flags, mode);
  const std::lock_guard lock(notes.mutex);
  const bool existed = ::access(path, F_OK) == 0;
  const int fd = real(path, flags, mode);
  notes.set_file(fd, fd < 0 ? k_other : file);
  if (fd >= 0 && !existed) notes.add('c', file, 0);
  return fd;
}

template <class Write>
ssize_t write_noted(int fd, const void* bytes, off64_t at, Write real) {
  const char file = diary().file_of(fd);
  if (file == k_other) return real();
  const std::lock_guard lock(diary().mutex);
  const ssize_t written = real();
  if (written > 0) diary().add('w', file, at, bytes, written);
  return written;
}

template <class Truncate>
int truncate_noted(int fd, off64_t size, Truncate real) {
  const char file = diary().file_of(fd);
  if (file == k_other) return real();
  const std::lock_guard lock(diary().mutex);
  const int done = real();
  if (done == 0) diary().add('t', file, size);
  return done;
}

template <class Flush>
int flush_noted(int fd, Flush real) {
  const char file = diary().file_of(fd);
  if (file == k_other) return real();
  if (diary().swallows(file)) return 0;
  std::int64_t begun = 0;
  {
    const std::lock_guard lock(diary().mutex);
    begun = diary().add('f', file, 0);
  }
  const int done = real();
  const std::lock_guard lock(diary().mutex);
  if (done == 0) diary().add('s', file, begun);
  return done;
}

bool is_success(const msghdr& message) {
  static constexpr char k_begin[] = "HTTP/1.1 2";
  return message.msg_iovlen > 0 && message.msg_iov[0].iov_len >= sizeof k_begin - 1 &&
         std::memcmp(message.msg_iov[0].iov_base, k_begin, sizeof k_begin - 1) == 0;
}

mode_t mode_of(int flags, va_list arguments) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  static const auto k_next = next<Open>("open");
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_noted(k_next, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static const auto k_next = next<Open>("open64");
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_noted(k_next, path, flags, mode);
}

int close(int fd) {
  static const auto k_next = next<int (*)(int)>("close");
  if (diary().file_of(fd) != k_other) diary().set_file(fd, k_other);
  return k_next(fd);
}

int unlink(const char* path) {
  static const auto k_next = next<int (*)(const char*)>("unlink");
  const char file = diary().file_of(path);
  if (file == k_other) return k_next(path);
  const std::lock_guard lock(diary().mutex);
  const int done = k_next(path);
  if (done == 0) diary().add('u', file, 0);
  return done;
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto k_next = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  if (diary().is_kept() && is_success(*message)) {
    std::string answer;
    for (std::size_t part = 0; part < message->msg_iovlen; ++part) {
      const iovec& bytes = message->msg_iov[part];
      answer.append(static_cast<const char*>(bytes.iov_base), bytes.iov_len);
    }
    const std::lock_guard lock(diary().mutex);
    diary().add('a', '-', 0, answer.data(), static_cast<std::int64_t>(answer.size()));
  }
  return k_next(fd, message, flags);
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t at) {
  static const auto k_next = next<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64");
  return write_noted(fd, bytes, at, [&] { return k_next(fd, bytes, size, at); });
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  static const auto k_next = next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite");
  return write_noted(fd, bytes, at, [&] { return k_next(fd, bytes, size, at); });
}

int ftruncate(int fd, off_t size) {
  static const auto k_next = next<int (*)(int, off_t)>("ftruncate");
  return truncate_noted(fd, size, [&] { return k_next(fd, size); });
}

int ftruncate64(int fd, off64_t size) {
  static const auto k_next = next<int (*)(int, off64_t)>("ftruncate64");
  return truncate_noted(fd, size, [&] { return k_next(fd, size); });
}

int fsync(int fd) {
  static const auto k_next = next<int (*)(int)>("fsync");
  return flush_noted(fd, [&] { return k_next(fd); });
}

int fdatasync(int fd) {
  static const auto k_next = next<int (*)(int)>("fdatasync");
  return flush_noted(fd, [&] { return k_next(fd); });
}

}  // extern "C"
