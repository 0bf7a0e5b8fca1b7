// Man pages and shell completions as text, from the command tree. Callers: `flead completion`,
// `flead gen-docs` (scripts/gen-docs) and the test that compares the committed files. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/io/command.h"

namespace flead::cli {

std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);

struct GeneratedFile {
  std::string path;  // relative to the repository: "man/flead-lead.1"
  std::string text;
};
// All of completions/ and man/.
std::vector<GeneratedFile> generated_docs(const Command& root);

// A page of section 1 for the root or for one of its nouns.
std::string man_page(const Command& command, std::string_view version);

// Every command that is not hidden and has a handler, nouns before their verbs.
std::vector<const Command*> visible_commands(const Command& root);
// Names of all options that take a value, long and short, joined by `separator`.
std::string value_option_names(const Command& root, std::string_view separator);
// What completes an option's value: its choices, or its suggestions.
const std::vector<std::string>& completed_words(const Option& option);
enum class ValueKind { other, file, folder };
ValueKind value_kind(const Option& option);

}  // namespace flead::cli
