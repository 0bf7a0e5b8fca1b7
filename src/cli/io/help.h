// Help as text, from the command tree. Callers: run.cpp (--help), the `help` command, man pages.
#pragma once

#include <string>
#include <string_view>

#include "cli/io/command.h"

namespace flead::cli {

// "flead lead show LEAD [options]"
std::string usage_line(const Command& command);
// "--status STATUS", "-o, --output FILE", "--json[=FIELDS]", "LEAD..."
std::string option_label(const Option& option);
// The option's text with its choices and variable: "Only leads in this state (new, won)".
std::string option_text(const Option& option);

// "id, name, utm": what --json=FIELDS takes; "" for a command that says nothing of it.
std::string fields_text(const Command& command);

// What --help prints for any command; for the root its everyday commands and groups.
std::string help_text(const Command& command);
// Every command that is not hidden, one line each.
std::string help_all(const Command& root);

// Paragraph text broken into lines of at most `width` columns, each after `indent` spaces. Lines
// that begin with a space are kept as they are.
std::string wrap(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace flead::cli
