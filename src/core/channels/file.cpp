#include "core/channels/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"

namespace flead::channels::file {

namespace {

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The reason in words; a path is no secret, but it is not needed either.
Delivery file_trouble(Verdict verdict, std::string_view stage, int error) {
  Delivery out;
  out.verdict = verdict;
  out.stage = std::string(stage);
  std::array<char, 128> buffer{};
  out.says = ::strerror_r(error, buffer.data(), buffer.size());
  return out;
}

bool is_passing(int error) {
  return error == EINTR || error == ENOSPC || error == EMFILE || error == ENFILE || error == EDQUOT;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  const std::string path = config.text("path").value_or("");
  if (has_control_characters(path) || path.size() > 4000) {
    return refused_field("path", "path_invalid", "The path of the file cannot be used");
  }
  return Json::object({{"path", path}});
}

std::string path_of(const Account& account, std::string_view db_path) {
  const std::string path = account.config.text("path").value_or("");
  if (!path.empty()) return path;
  const std::size_t slash = db_path.rfind('/');
  if (slash == std::string_view::npos) return "outbox.jsonl";
  return std::string(db_path.substr(0, slash + 1)) + "outbox.jsonl";
}

std::string build_line(const Outgoing& message) {
  Json line = Json::object({{"id", message.id.text()},
                            {"at", format_time(message.now)},
                            {"template", message.template_name},
                            {"purpose", message.purpose},
                            {"locale", message.locale},
                            {"from", message.sender},
                            {"to", message.address},
                            {"name", message.person},
                            {"subject", message.subject},
                            {"text", message.text}});
  if (!message.html.empty()) line.set("html", message.html);
  if (!message.button_url.empty()) {
    line.set("button", Json::object({{"text", message.button_text}, {"url", message.button_url}}));
  }
  if (!message.calendar.empty()) {
    line.set("calendar", message.calendar).set("calendar_method", message.calendar_method);
  }
  return line.dump() + "\n";
}

Delivery append(const std::string& path, std::string_view line) {
  const OpenFile file(path, O_WRONLY | O_APPEND | O_CREAT);
  if (file.fd() < 0) {
    return file_trouble(is_passing(errno) ? Verdict::retry : Verdict::misconfigured, "open", errno);
  }
  // The lock is for the length: a short write is taken back before anybody else appends.
  if (::flock(file.fd(), LOCK_EX) != 0) return file_trouble(Verdict::retry, "lock", errno);
  struct stat before{};
  if (::fstat(file.fd(), &before) != 0) return file_trouble(Verdict::retry, "stat", errno);
  const ssize_t written = ::write(file.fd(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    const int error = written < 0 ? errno : ENOSPC;
    const bool undone = written <= 0 || ::ftruncate(file.fd(), before.st_size) == 0;
    return file_trouble(undone ? Verdict::retry : Verdict::ambiguous, "write", error);
  }
  if (::fsync(file.fd()) != 0 && errno != EINVAL) {  // EINVAL: a pipe or a terminal
    return file_trouble(Verdict::ambiguous, "fsync", errno);
  }
  Delivery out;
  out.verdict = Verdict::sent;
  out.says = "written";
  return out;
}

Delivery look_up(const std::string& path, const MessageId& id) {
  const OpenFile file(path, O_RDONLY);
  Delivery out;
  if (file.fd() < 0) {
    if (errno != ENOENT) return file_trouble(Verdict::ambiguous, "open", errno);
    out.verdict = Verdict::retry;  // no file, no message
    out.says = "not written";
    return out;
  }
  const std::string wanted = "{\"id\":\"" + id.text() + "\"";
  std::string window;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t got = ::read(file.fd(), buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return file_trouble(Verdict::ambiguous, "read", errno);
    }
    if (got == 0) break;
    window.append(buffer.data(), static_cast<std::size_t>(got));
    if (window.find(wanted) != std::string::npos) {
      out.verdict = Verdict::sent;
      out.says = "written";
      return out;
    }
    if (window.size() > wanted.size()) window.erase(0, window.size() - wanted.size());
  }
  out.verdict = Verdict::retry;
  out.says = "not written";
  return out;
}

Delivery probe(const std::string& path) {
  const OpenFile file(path, O_WRONLY | O_APPEND | O_CREAT);
  if (file.fd() < 0) return file_trouble(Verdict::misconfigured, "open", errno);
  Delivery out;
  out.verdict = Verdict::sent;
  out.says = "the file can be written";
  return out;
}

}  // namespace flead::channels::file
