// A disk that fails on demand: preloaded into the real binary (LD_PRELOAD), it makes the n-th write
// or flush of a file fail. The file FLEAD_FAIL_CONTROL, shared with the test, holds three int64:
// calls to let through before the failing one (-1: all), the errno, and 1 if all later ones fail
// too. Only files whose path contains FLEAD_FAIL_PATH count.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Control {
  std::atomic<std::int64_t> before;
  std::atomic<std::int64_t> error;
  std::atomic<std::int64_t> sticky;
};

Control* open_control() {
  const char* path = std::getenv("FLEAD_FAIL_CONTROL");
  if (path == nullptr) return nullptr;
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<Control*>(memory);
}

bool counts(int fd) {
  static const char* const k_part = std::getenv("FLEAD_FAIL_PATH");
  if (k_part == nullptr) return false;
  char link[64];
  char path[1024];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return std::strstr(path, k_part) != nullptr;
}

// Whether this call is the one; sets errno.
bool fails(int fd) {
  static Control* const k_control = open_control();
  if (k_control == nullptr || k_control->before.load() < 0 || !counts(fd)) return false;
  if (k_control->before.load() > 0) {
    k_control->before.fetch_sub(1);
    return false;
  }
  if (k_control->sticky.load() == 0) k_control->before.store(-1);
  errno = static_cast<int>(k_control->error.load());
  return true;
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, std::size_t size) {
  static const auto k_next = next<ssize_t (*)(int, const void*, std::size_t)>("write");
  return fails(fd) ? -1 : k_next(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t at) {
  static const auto k_next =
      next<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64");
  return fails(fd) ? -1 : k_next(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  static const auto k_next = next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite");
  return fails(fd) ? -1 : k_next(fd, bytes, size, at);
}

int fsync(int fd) {
  static const auto k_next = next<int (*)(int)>("fsync");
  return fails(fd) ? -1 : k_next(fd);
}

int fdatasync(int fd) {
  static const auto k_next = next<int (*)(int)>("fdatasync");
  return fails(fd) ? -1 : k_next(fd);
}

int ftruncate64(int fd, off64_t size) {
  static const auto k_next = next<int (*)(int, off64_t)>("ftruncate64");
  return fails(fd) ? -1 : k_next(fd, size);
}

}  // extern "C"
