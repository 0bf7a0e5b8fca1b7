#include "core/upkeep/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/base/crypto.h"

namespace flead::upkeep {
namespace {

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return file_; }
  bool ok() const { return file_ >= 0; }

 private:
  int file_;
};

Status flush(const std::string& path, int flags) {
  const Descriptor file(path, flags);
  if (!file.ok() || ::fsync(file.get()) != 0) return file_error(path + " cannot be flushed");
  return {};
}

}  // namespace

Error file_error(const std::string& what) {
  const int number = errno;
  Error error = store_error(number == ENOSPC || number == EDQUOT ? "store_full" : "file_failed",
                            what + ": " + std::strerror(number) + ".");
  error.hint = number == ENOSPC || number == EDQUOT ? "Free some space, or name another folder."
                                                    : "Check that the folder exists and who may "
                                                      "write to it.";
  return error;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::int64_t file_bytes(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_size} : 0;
}

Status make_private_file(const std::string& path) {
  remove_file(path);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return file_error(path + " cannot be written");
  ::close(file);
  return {};
}

Status dress_like(const std::string& path, const std::string& model) {
  struct stat info {};
  const bool known = ::stat(model.c_str(), &info) == 0;
  // Of a store that is not there, the folder knows whose it will be.
  if (!known && ::stat(folder_of(path).c_str(), &info) != 0) return file_error(folder_of(path));
  if (::geteuid() == 0 && ::chown(path.c_str(), info.st_uid, info.st_gid) != 0) {
    return file_error(path + " cannot be given to its owner");
  }
  if (::chmod(path.c_str(), known ? info.st_mode & 0777 : 0600) != 0) {
    return file_error(path + " cannot be given its mode");
  }
  return {};
}

Status flush_file(const std::string& path) {
  return flush(path, O_RDONLY);
}

Status flush_folder(const std::string& folder) {
  return flush(folder, O_RDONLY | O_DIRECTORY);
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error(to + " cannot be put in place");
  return {};
}

void remove_file(const std::string& path) {
  static_cast<void>(::unlink(path.c_str()));
}

Status name_again(const std::string& path, const std::string& second) {
  if (::link(path.c_str(), second.c_str()) == 0) return {};
  std::error_code code;
  std::filesystem::copy_file(path, second, code);
  if (!code) return flush_file(second);
  errno = code.value();
  return file_error(second + " cannot be made");
}

Result<std::string> sha256_of_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  struct stat info {};
  if (!file.ok() || ::fstat(file.get(), &info) != 0) return file_error(path + " cannot be read");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return sha256_hex({});
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return file_error(path + " cannot be read");
  static_cast<void>(::madvise(bytes, size, MADV_SEQUENTIAL));
  std::string hash = sha256_hex({static_cast<const char*>(bytes), size});
  ::munmap(bytes, size);
  return hash;
}

}  // namespace flead::upkeep
