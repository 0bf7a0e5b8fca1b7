// The tree is walked by us, so that only the one command that the line names is built for CLI11:
// one parser object with some twenty options instead of the whole tree at every start. CLI11 then
// matches options and arguments, counts them and finds the missing ones.
#include "cli/io/args.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/text.h"

namespace flead::cli {
namespace {

// Stands for the missing value of `--json`: no argument can hold this byte by accident.
constexpr std::string_view k_no_value = "\x01";

// Goes before every positional word on its way through the library, which would split "[a,b]".
constexpr char k_guard = '\x02';

struct Line {
  const Command* command = nullptr;
  std::vector<std::string> options;  // "--name", "value", ... in the order given
  std::vector<std::string> positionals;
  bool help = false;
  bool version = false;
};

std::string help_hint(const Command& command) {
  return command.path() + " --help";
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const Option& option : command.options()) {
    if (!option.positional && (option.name == name || option.short_name == name)) return &option;
  }
  return nullptr;
}

const Option* find_option(const Command& root, const Command& command, std::string_view name) {
  if (const Option* own = find_option(command, name)) return own;
  return find_option(root, name);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& choices) {
  const std::string near = nearest(word, choices);
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

Error unknown_option(const Command& root, const Command& command, std::string_view name) {
  std::vector<std::string> names;
  for (const Command* owner : {&command, &root}) {
    for (const Option& option : owner->options()) {
      if (!option.positional) names.push_back(option.name);
    }
  }
  return usage_error("unknown_option",
                     fmt::format("unknown option {} for '{}'{}", repair_utf8(name), command.path(),
                                 did_you_mean(name, names)),
                     help_hint(command));
}

Error unknown_command(const Command& command, std::string_view word) {
  std::vector<std::string> names;
  for (const auto& child : command.children()) {
    if (!child->is_hidden()) names.push_back(child->name());
  }
  return usage_error("unknown_command",
                     fmt::format("unknown command '{} {}'{}", command.path(), repair_utf8(word),
                                 did_you_mean(word, names)),
                     help_hint(command));
}

// "--name", "--name=value", "-o", "-ofile", and the next word where the option needs it.
Status take_option(const Command& root, const std::vector<std::string>& args, std::size_t& index,
                   Line& line) {
  const std::string& word = args[index];
  const bool is_long = word.starts_with("--");
  const std::size_t name_end = is_long ? word.find('=') : 2;
  const std::string name = word.substr(0, name_end);
  const bool has_value = is_long ? name_end != std::string::npos : word.size() > 2;
  const Option* option = find_option(root, *line.command, name);
  if (option == nullptr) return unknown_option(root, *line.command, name);
  if (option->is_flag()) {
    if (has_value) {
      return usage_error("value_unexpected", fmt::format("{} takes no value", name),
                         help_hint(*line.command));
    }
    line.options.push_back(option->name);
    return {};
  }
  std::string value(k_no_value);
  if (has_value) {
    value = word.substr(is_long ? name_end + 1 : 2);
  } else if (option->next_word && index + 1 < args.size() && !args[index + 1].starts_with('-')) {
    value = args[++index];
  } else if (!option->value_optional) {
    if (index + 1 >= args.size()) {
      return usage_error("value_missing",
                         fmt::format("{} needs a value: {} {}", name, name, option->value_name),
                         help_hint(*line.command));
    }
    value = args[++index];
  }
  line.options.push_back(option->name);
  line.options.push_back(std::move(value));
  return {};
}

Result<Line> walk(const Command& root, const std::vector<std::string>& args) {
  Line line;
  line.command = &root;
  for (std::size_t index = 0; index < args.size(); ++index) {
    const std::string& word = args[index];
    if (word == "--") {
      line.positionals.insert(line.positionals.end(),
                              args.begin() + static_cast<std::ptrdiff_t>(index) + 1, args.end());
      break;
    }
    if (word == "--help" || word == "-h") {
      line.help = true;
    } else if ((word == "--version" || word == "-V") &&
               (line.command == &root || find_option(*line.command, word) == nullptr)) {
      line.version = true;  // `legal show` has one of its own
    } else if (word.size() > 1 && word.front() == '-') {
      const Status taken = take_option(root, args, index, line);
      if (!taken && !line.help) return taken.error();
    } else if (line.command->children().empty()) {
      line.positionals.push_back(word);
    } else if (const Command* child = line.command->find(word)) {
      line.command = child;
    } else {
      return unknown_command(*line.command, word);
    }
  }
  return line;
}

void add_env(const Command& command, const Shell& shell, Line& line) {
  for (const Option& option : command.options()) {
    if (option.env.empty()) continue;
    if (std::find(line.options.begin(), line.options.end(), option.name) != line.options.end()) {
      continue;
    }
    if (const auto value = shell.env(option.env.c_str())) {
      line.options.push_back(option.name);
      line.options.push_back(*value);
    }
  }
}

Result<std::int64_t> parse_integer(const Option& option, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) {
    return usage_error("bad_number", fmt::format("{} needs a whole number, not '{}'", option.name,
                                                 repair_utf8(text)));
  }
  return value;
}

Status check_choice(const Option& option, const std::string& value) {
  if (option.choices.empty()) return {};
  for (const std::string& choice : option.choices) {
    if (choice == value) return {};
  }
  return usage_error("bad_choice", fmt::format("{} is one of {}, not '{}'{}", option.name,
                                               fmt::join(option.choices, ", "), repair_utf8(value),
                                               did_you_mean(value, option.choices)));
}

Status fill(const Option& option, const std::vector<std::string>& results) {
  const Target& target = option.target;
  if (target.flag != nullptr) {
    *target.flag = true;
    return {};
  }
  if (target.texts != nullptr) {
    for (const std::string& value : results) FLEAD_CHECK(check_choice(option, value));
    *target.texts = results;
    return {};
  }
  const std::string value = results.back() == k_no_value ? "" : results.back();
  if (value.empty() && option.not_empty) {
    return usage_error("value_empty", fmt::format("{} must not be empty", option.name));
  }
  FLEAD_CHECK(check_choice(option, value));
  if (target.integer != nullptr || target.optional_integer != nullptr) {
    FLEAD_TRY(const std::int64_t number, parse_integer(option, value));
    if (target.integer != nullptr) *target.integer = number;
    if (target.optional_integer != nullptr) *target.optional_integer = number;
  }
  if (target.text != nullptr) *target.text = value;
  if (target.optional_text != nullptr) *target.optional_text = value;
  return {};
}

// Hands one command's options and the global ones to CLI11.
class Parser {
 public:
  Parser(const Command& root, const Command& command) : command_(command) {
    app_.set_help_flag();
    add_all(command);
    if (&root != &command) add_all(root);
  }

  Status parse(const Line& line) {
    // The library takes the words from the back.
    std::vector<std::string> words;
    for (auto word = line.positionals.rbegin(); word != line.positionals.rend(); ++word) {
      words.push_back(k_guard + *word);
    }
    if (!words.empty()) words.emplace_back("--");
    words.insert(words.end(), line.options.rbegin(), line.options.rend());
    try {
      app_.parse(std::move(words));
    } catch (const CLI::Error& error) {
      return explain(error, line);
    }
    for (const auto& [option, parsed] : options_) {
      if (parsed->count() == 0) continue;
      std::vector<std::string> results = parsed->results();
      if (option->positional) {
        for (std::string& word : results) word.erase(0, 1);
      }
      FLEAD_CHECK(with_hint(fill(*option, results)));
    }
    return {};
  }

 private:
  void add_all(const Command& owner) {
    for (const Option& option : owner.options()) {
      // A command may give a global name a meaning of its own: `init --tz`.
      if (&owner != &command_ && find_option(command_, option.name) != nullptr) continue;
      CLI::Option* added = nullptr;
      if (option.is_flag()) {
        added = app_.add_flag_callback(option.name, [] {});
      } else {
        added = app_.add_option(option.name, [](const CLI::results_t&) { return true; });
        const bool many_words = option.positional && option.is_repeated();
        added->expected(many_words ? -1 : 1);
      }
      added->multi_option_policy(option.is_repeated() ? CLI::MultiOptionPolicy::TakeAll
                                                      : CLI::MultiOptionPolicy::TakeLast);
      if (option.required) added->required();
      options_.emplace_back(&option, added);
    }
  }

  // In our words: the library's differ between its releases.
  Status explain(const CLI::Error& error, const Line& line) const {
    std::size_t positionals_max = 0;
    for (const auto& [option, parsed] : options_) {
      if (option->required && parsed->count() == 0) {
        return usage_error("argument_missing", fmt::format("{} is missing", option->name),
                           help_hint(command_));
      }
      if (option->positional) positionals_max += option->is_repeated() ? 1000 : 1;
    }
    if (line.positionals.size() > positionals_max) {
      return usage_error(
          "argument_unexpected",
          fmt::format("unexpected argument '{}'", repair_utf8(line.positionals[positionals_max])),
          help_hint(command_));
    }
    return usage_error("usage", error.what(), help_hint(command_));
  }

  Status with_hint(Status status) const {
    if (!status && status.error().hint.empty()) status.error().hint = help_hint(command_);
    return status;
  }

  const Command& command_;
  CLI::App app_;
  std::vector<std::pair<const Option*, CLI::Option*>> options_;
};

// Sorted, so that the order of options says nothing; each part ends with a byte that none can hold.
std::string fingerprint_of(const Line& line) {
  std::vector<std::string> parts;
  for (std::size_t index = 0; index < line.options.size(); ++index) {
    const Option* option = find_option(*line.command, line.options[index]);
    std::string part = line.options[index];
    const bool has_value = option == nullptr || !option->is_flag();
    if (has_value && index + 1 < line.options.size()) part += "=" + line.options[++index];
    if (option != nullptr) parts.push_back(std::move(part));
  }
  std::stable_sort(parts.begin(), parts.end());
  parts.insert(parts.end(), line.positionals.begin(), line.positionals.end());
  std::string text;
  for (const std::string& part : parts) text.append(part).append(1, '\0');
  return text;
}

}  // namespace

Result<Parsed> parse_args(const Command& root, const std::vector<std::string>& args,
                          const Shell& shell) {
  FLEAD_TRY(Line line, walk(root, args));
  Parsed parsed{line.command, line.help, line.version, {}};
  if (line.help || line.version) return parsed;
  add_env(*line.command, shell, line);
  parsed.fingerprint = fingerprint_of(line);
  Parser parser(root, *line.command);
  FLEAD_CHECK(parser.parse(line));
  return parsed;
}

bool wants_json(const std::vector<std::string>& args) {
  for (const std::string& arg : args) {
    if (arg == "--") return false;
    if (arg == "--json" || arg == "--jsonl" || arg.starts_with("--json=")) return true;
  }
  return false;
}

}  // namespace flead::cli
