#include "cli/io/shell.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/io/exit_code.h"

namespace flead::cli {
namespace {

// Touched by the signal handler: plain memory, set before the flag that makes it valid.
struct UnfinishedFile {
  char path[4096];
  volatile std::sig_atomic_t valid;
};
UnfinishedFile g_unfinished[4];  // -o, --rejects, and room for two more
termios g_saved_terminal;
volatile std::sig_atomic_t g_echo_is_off = 0;

void on_stop_signal(int signal) {
  if (g_echo_is_off != 0) tcsetattr(STDIN_FILENO, TCSANOW, &g_saved_terminal);
  for (const UnfinishedFile& file : g_unfinished) {
    if (file.valid != 0) unlink(file.path);
  }
  _exit(signal == SIGINT ? k_exit_interrupted : k_exit_terminated);
}

Status write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) {
        Error error = internal_error("The reader of the output went away.");
        error.code = "broken_pipe";
        return error;
      }
      Error error = internal_error("The output cannot be written.", std::strerror(errno));
      error.code = "output_failed";
      error.hint = "Is the disk full?";
      return error;
    }
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

class SystemShell final : public Shell {
 public:
  Status out(std::string_view data) override { return write_all(STDOUT_FILENO, data); }
  void err(std::string_view data) override {
    if (const Status status = write_all(STDERR_FILENO, data); !status) return;
  }

  std::optional<std::string> read_line(std::size_t bytes_max, bool echo) override {
    const bool hide = !echo && in_is_terminal() && tcgetattr(STDIN_FILENO, &g_saved_terminal) == 0;
    if (hide) {
      termios silent = g_saved_terminal;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      g_echo_is_off = 1;
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    std::optional<std::string> line = read_until_newline(bytes_max);
    if (hide) {
      tcsetattr(STDIN_FILENO, TCSANOW, &g_saved_terminal);
      g_echo_is_off = 0;
      err("\n");
    }
    return line;
  }

  Result<std::string> read_input(std::size_t bytes_max) override {
    std::string text;
    char buffer[16 * 1024];
    while (true) {
      const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(count));
      if (text.size() > bytes_max) {
        return refused("input_too_large", "Standard input is too large.");
      }
    }
  }

  bool in_is_terminal() const override { return isatty(STDIN_FILENO) == 1; }
  bool out_is_terminal() const override { return isatty(STDOUT_FILENO) == 1; }
  bool err_is_terminal() const override { return isatty(STDERR_FILENO) == 1; }

  int width() const override {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
  }

  std::optional<std::string> env(const char* name) const override {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  }

  std::string folder() const override { return "."; }

 private:
  // Byte by byte: what follows the line belongs to whoever reads next.
  static std::optional<std::string> read_until_newline(std::size_t bytes_max) {
    std::string line;
    while (true) {
      char byte = 0;
      const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return line.empty() ? std::nullopt : std::optional(line);
      if (byte == '\n') {
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      line += byte;
      if (line.size() > bytes_max) return std::nullopt;
    }
  }
};

}  // namespace

Shell& system_shell() {
  static SystemShell shell;
  return shell;
}

void install_signal_handlers() {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = on_stop_signal;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup, background
  }
}

void add_unfinished_file(std::string_view path) {
  for (UnfinishedFile& file : g_unfinished) {
    if (file.valid != 0) continue;
    if (path.size() >= sizeof file.path) return;
    std::memcpy(file.path, path.data(), path.size());
    file.path[path.size()] = '\0';
    file.valid = 1;
    return;
  }
}

void drop_unfinished_file(std::string_view path) {
  for (UnfinishedFile& file : g_unfinished) {
    if (file.valid != 0 && path == file.path) file.valid = 0;
  }
}

}  // namespace flead::cli
