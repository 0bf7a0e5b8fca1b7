// Shell: what the shell handed to this process: the three streams, the environment, the folder.
// Commands reach it through Context; tests hand in a scripted one. Knows nothing of commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace flead::cli {

class Shell {
 public:
  virtual ~Shell() = default;

  // Error `broken_pipe` when the reader has gone, `output_failed` for anything else.
  virtual Status out(std::string_view data) = 0;
  // Best effort: there is nobody left to tell.
  virtual void err(std::string_view data) = 0;
  // One line without its newline; nothing at the end of input or beyond `bytes_max`.
  virtual std::optional<std::string> read_line(std::size_t bytes_max, bool echo) = 0;
  // All of standard input up to `bytes_max`; error `input_too_large` (refused) beyond that.
  virtual Result<std::string> read_input(std::size_t bytes_max) = 0;

  virtual bool in_is_terminal() const = 0;
  virtual bool out_is_terminal() const = 0;
  virtual bool err_is_terminal() const = 0;
  virtual int width() const = 0;  // columns of the terminal; 80 where it does not say

  virtual std::optional<std::string> env(const char* name) const = 0;  // an empty value is nothing
  virtual std::string folder() const = 0;  // where flead.json and flead.db are looked for: "."
};

// The process's own. One per process.
Shell& system_shell();

// SIGPIPE is ignored (a broken pipe becomes an error value); SIGINT and SIGTERM end the process
// with 130 and 143 after the terminal's echo is back and an unfinished -o file is gone. `serve` and
// `work` put their own handlers in place of these.
void install_signal_handlers();
// Temporary files that those handlers remove: a few at a time, those beyond that stay.
void add_unfinished_file(std::string_view path);
void drop_unfinished_file(std::string_view path);

}  // namespace flead::cli
