// One command line from its words to its exit code. Called by main and by tests.
#pragma once

#include <string>
#include <vector>

#include "cli/io/context.h"

namespace flead::cli {

// `args` without the program's name. Data goes to `shell.out`, errors as one line (or one JSON
// object with --json) to `shell.err`. Stops no exception: main does.
int run(const std::vector<std::string>& args, Ports ports, Shell& shell);

// The root's own words, before its options and commands are added.
void describe_root(Command& root);

// The global options of features.md section 4, bound to `globals`, on the root command.
void add_global_options(Command& root, Globals& globals);

// "flead: message" and a hint, or the JSON error object of contract section 2.
std::string error_text(const Error& error, bool json);

}  // namespace flead::cli
