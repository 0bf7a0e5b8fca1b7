// Arguments: from the words of a command line to filled targets of one command. The only door to
// the parser library (args.cpp). Called by run.cpp and by tests; runs nothing, prints nothing.
#pragma once

#include <string>
#include <vector>

#include "cli/io/command.h"
#include "cli/io/shell.h"
#include "core/base/result.h"

namespace flead::cli {

struct Parsed {
  const Command* command = nullptr;  // never null; a noun alone has no handler
  bool help = false;                 // --help was there: nothing else has been checked
  bool version = false;              // --version, the same
  // The command's own options and arguments as one text, equal for lines that mean the same.
  std::string fingerprint;
};

// `args` without the program's name. The root's own options are the global ones and may stand
// anywhere, after the verb too. Errors (all usage): unknown_command, unknown_option,
// value_missing, value_unexpected, value_empty, argument_missing, argument_unexpected, bad_choice,
// bad_number.
Result<Parsed> parse_args(const Command& root, const std::vector<std::string>& args,
                          const Shell& shell);

// Whether errors are to be printed as JSON; works on lines that do not parse.
bool wants_json(const std::vector<std::string>& args);

}  // namespace flead::cli
