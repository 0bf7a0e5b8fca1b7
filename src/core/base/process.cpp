#include "core/base/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "core/base/text.h"

namespace flead {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

// The numbers of processes mean something only within one of these: two containers may share a
// host's name, and after a reboot all numbers begin again. "-" where /proc does not say.
std::string pid_space() {
  std::array<char, 64> link{};
  const auto size = ::readlink("/proc/self/ns/pid", link.data(), link.size() - 1);
  std::string space = size > 0 ? std::string(link.data(), static_cast<std::size_t>(size)) : "-";
  std::array<char, 40> boot{};
  const int file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    const auto count = ::read(file, boot.data(), 8);  // the first of its groups
    ::close(file);
    if (count > 0) space.append(1, '.').append(boot.data(), static_cast<std::size_t>(count));
  }
  std::erase(space, '/');
  return space;
}

// Field 22 of /proc/PID/stat, in clock ticks since boot; "" when there is no such process, nothing
// when it cannot be known (no descriptor left, a hidden /proc). Source: man 5 proc.
std::optional<std::string> start_ticks(std::string_view pid) {
  const std::string path = "/proc/" + std::string(pid) + "/stat";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? std::optional(std::string()) : std::nullopt;
  std::array<char, 1024> buffer{};
  const auto size = ::read(file, buffer.data(), buffer.size());
  const bool gone = size < 0 && errno == ESRCH;
  ::close(file);
  if (gone) return std::string();
  if (size <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  // The command name in brackets may hold blanks: count from behind it. The next field is the 3rd.
  const auto bracket = text.rfind(')');
  if (bracket == std::string_view::npos) return std::nullopt;
  const auto fields = split(text.substr(bracket + 2), ' ');
  constexpr std::size_t k_start_field = 22 - 3;
  if (fields.size() <= k_start_field) return std::nullopt;
  return fields[k_start_field];
}

// Our own start, asked once: later there may be no descriptor left to ask with.
const std::string& own_start() {
  static const std::string k_start = start_ticks(std::to_string(::getpid())).value_or("");
  return k_start;
}

}  // namespace

std::string process_name() {
  return host_name() + "/" + pid_space() + "/" + std::to_string(::getpid()) + "/" + own_start();
}

ProcessState process_state(std::string_view name) {
  const auto parts = split(name, '/');
  if (parts.size() != 4 || parts[0] != host_name() || parts[1] != pid_space()) {
    return ProcessState::elsewhere;
  }
  if (parts[2] == std::to_string(::getpid())) {
    return parts[3] == own_start() ? ProcessState::alive : ProcessState::dead;
  }
  // A /proc that hides others' processes (hidepid) says of each that it is not there; that of the
  // first process tells whether this one does.
  const auto ticks = start_ticks(parts[2]);
  if (!ticks || parts[3].empty()) return ProcessState::elsewhere;
  if (ticks->empty() && ::access("/proc/1/stat", R_OK) != 0) return ProcessState::elsewhere;
  return *ticks == parts[3] ? ProcessState::alive : ProcessState::dead;
}

}  // namespace flead
