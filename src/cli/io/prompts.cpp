// Context's input half: files, and questions, which are asked only with a terminal on both ends.
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "cli/io/context.h"
#include "cli/io/context_state.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

std::string first_line(std::string text) {
  text.resize(std::min(text.size(), text.find('\n')));
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

Result<std::string> Context::read_file(const std::string& path, std::size_t bytes_max) {
  if (path == "-") return shell_.read_input(bytes_max);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return usage_error("file_unreadable", fmt::format("{} cannot be read", path),
                       "Name a file that exists, or - for standard input.");
  }
  std::string text;
  char buffer[16 * 1024];
  while (stream.read(buffer, sizeof buffer) || stream.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > bytes_max) {
      return refused("input_too_large",
                     fmt::format("{} is larger than {} bytes.", path, bytes_max));
    }
  }
  if (stream.bad()) return usage_error("file_unreadable", fmt::format("{} cannot be read", path));
  return text;
}

bool Context::may_prompt() const {
  return !globals.no_input && shell_.in_is_terminal() && shell_.err_is_terminal();
}

Result<std::string> Context::ask(std::string_view question, std::string_view fallback,
                                 std::string_view flag) {
  if (!may_prompt()) {
    return usage_error("needs_input", fmt::format("{} is needed", flag),
                       fmt::format("Give {}: there is no terminal to ask on.", flag));
  }
  shell_.err(fallback.empty() ? fmt::format("{}: ", question)
                              : fmt::format("{} [{}]: ", question, fallback));
  const auto line = shell_.read_line(k_answer_bytes_max, true);
  if (!line) return usage_error("needs_input", fmt::format("{} is needed", flag));
  const std::string answer(trim(*line));
  return answer.empty() ? std::string(fallback) : answer;
}

Status Context::confirm(std::string_view question) {
  if (globals.yes || globals.dry_run) return {};
  if (!may_prompt()) {
    return usage_error("needs_yes", "this needs a confirmation", "Add --yes.");
  }
  shell_.err(fmt::format("{} [y/N]: ", question));
  const std::string answer =
      ascii_lower(trim(shell_.read_line(k_answer_bytes_max, true).value_or("")));
  if (answer == "y" || answer == "yes") return {};
  return usage_error("needs_yes", "nothing was changed");
}

Result<std::string> Context::read_secret(const std::optional<std::string>& file,
                                         std::string_view question, std::string_view flag) {
  std::string secret;
  if (file && *file == "-") {
    FLEAD_TRY(std::string text, shell_.read_input(k_secret_bytes_max));
    secret = first_line(std::move(text));
  } else if (file) {
    // Only the first line counts, so what follows may be as long as it likes.
    std::ifstream stream(*file, std::ios::binary);
    if (!stream) {
      return unauthorized("secret_missing", fmt::format("{} cannot be read", *file),
                          fmt::format("{} names a file, or - for standard input.", flag));
    }
    std::string text(k_secret_bytes_max + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    secret = first_line(std::move(text));
  } else if (may_prompt()) {
    shell_.err(fmt::format("{}: ", question));
    secret = shell_.read_line(k_secret_bytes_max, false).value_or("");
  } else {
    return unauthorized("secret_missing", fmt::format("{} is needed", flag),
                        "Name a file with the secret in its first line, or - for standard input.");
  }
  if (secret.empty()) return unauthorized("secret_missing", "the secret is empty");
  if (secret.size() > k_secret_bytes_max) {
    return usage_error("secret_too_long",
                       fmt::format("the secret is longer than {} bytes", k_secret_bytes_max));
  }
  return secret;
}

}  // namespace flead::cli
