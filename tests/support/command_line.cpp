#include "support/command_line.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "support/catch.h"

namespace flead::test {

Status ScriptedShell::out(std::string_view data) {
  if (reader_gone) {
    Error error = internal_error("gone");
    error.code = "broken_pipe";
    return error;
  }
  out_text += data;
  return {};
}

std::optional<std::string> ScriptedShell::read_line(std::size_t, bool) {
  if (answers.empty()) return std::nullopt;
  std::string line = answers.front();
  answers.pop_front();
  return line;
}

Result<std::string> ScriptedShell::read_input(std::size_t bytes_max) {
  if (input.size() > bytes_max) return refused("input_too_large", "too large");
  return input;
}

std::optional<std::string> ScriptedShell::env(const char* name) const {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Ran CommandLine::run(const std::vector<std::string>& args) {
  shell.out_text.clear();
  shell.err_text.clear();
  Ran ran;
  ran.exit = cli::run(args, {}, shell);
  ran.out = shell.out_text;
  ran.err = shell.err_text;
  return ran;
}

Json CommandLine::json(std::vector<std::string> args) {
  args.emplace_back("--json");
  const Ran ran = run(args);
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
  auto parsed = parse_json(ran.out);
  REQUIRE(parsed);
  return *parsed;
}

void CommandLine::write_file(const std::string& name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

std::string CommandLine::read_file(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool CommandLine::exists(const std::string& name) const {
  struct stat info{};
  return ::stat(path(name).c_str(), &info) == 0;
}

}  // namespace flead::test
