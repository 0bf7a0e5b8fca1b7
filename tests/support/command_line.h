// CommandLine: the whole command-line program in a temporary folder, without a process: words in,
// exit code and the two streams out.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cli/io/run.h"
#include "cli/io/shell.h"
#include "core/base/json.h"
#include "support/temp_dir.h"

namespace flead::test {

class ScriptedShell final : public cli::Shell {
 public:
  explicit ScriptedShell(std::string folder) : folder_(std::move(folder)) {}

  std::map<std::string, std::string> environment;
  std::deque<std::string> answers;  // lines typed at prompts
  std::string input;                // what standard input holds for read_input()
  bool terminal = false;            // all three streams
  bool reader_gone = false;         // writing to stdout is a broken pipe
  int columns = 80;
  std::string out_text, err_text;

  Status out(std::string_view data) override;
  void err(std::string_view data) override { err_text += data; }
  std::optional<std::string> read_line(std::size_t bytes_max, bool echo) override;
  Result<std::string> read_input(std::size_t bytes_max) override;
  bool in_is_terminal() const override { return terminal; }
  bool out_is_terminal() const override { return terminal; }
  bool err_is_terminal() const override { return terminal; }
  int width() const override { return columns; }
  std::optional<std::string> env(const char* name) const override;
  std::string folder() const override { return folder_; }

 private:
  std::string folder_;
};

struct Ran {
  int exit = 0;
  std::string out, err;
};

class CommandLine {
 private:
  TempDir dir_;  // before the shell, which starts in it

 public:
  ScriptedShell shell{dir_.path()};

  Ran run(const std::vector<std::string>& args);
  // Runs it with --json; fails the test unless it exits 0 and prints JSON.
  Json json(std::vector<std::string> args);
  const std::string& dir() const { return dir_.path(); }
  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  void write_file(const std::string& name, std::string_view text) const;
  std::string read_file(const std::string& name) const;
  bool exists(const std::string& name) const;
};

}  // namespace flead::test
