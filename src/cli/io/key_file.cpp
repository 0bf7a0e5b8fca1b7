#include "cli/io/key_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io/output.h"

namespace flead::cli {
namespace {

Error key_unwritable(const std::string& path) {
  return refused("key_unwritable",
                 fmt::format("The key file {} cannot be written: {}.", path, std::strerror(errno)),
                 "Choose a folder that you may write to.");
}

bool write_and_sync(int fd, const std::string& text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(fd) == 0;
}

}  // namespace

Result<SealKey> make_key_file(const std::string& path, Random& random) {
  const SealKey key = SealKey::make(random);
  std::string temporary = path + ".tmp-XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return key_unwritable(path);
  const bool written = write_and_sync(fd, key.base64() + "\n");
  const Error trouble = key_unwritable(path);
  ::close(fd);
  if (!written) {
    ::unlink(temporary.c_str());
    return trouble;
  }
  // link() and not rename(): the key of somebody who was first must survive.
  const int linked = ::link(temporary.c_str(), path.c_str());
  const int reason = errno;
  ::unlink(temporary.c_str());
  if (linked != 0) {
    errno = reason;
    if (reason == EEXIST) return conflict("key_exists", "There is a key file already.");
    return key_unwritable(path);
  }
  sync_folder_of(path);
  return key;
}

bool readable_by_others(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & 0077) != 0;
}

}  // namespace flead::cli
