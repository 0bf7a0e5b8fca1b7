// Completions for bash and fish, and what all three shells share. They know nouns, verbs, options,
// choices and files; a word after an option that takes free text is left to the person.
#include <algorithm>

#include <fmt/format.h>

#include "cli/io/docs.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

// Every command that is shown, those with commands below them too.
std::vector<const Command*> all_visible(const Command& command) {
  std::vector<const Command*> found;
  for (const auto& child : command.children()) {
    if (child->is_hidden()) continue;
    found.push_back(child.get());
    const auto below = all_visible(*child);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

template <class Visit>
void each_option(const Command& command, const Visit& visit) {
  for (const Option& option : command.options()) {
    if (!option.positional) visit(option);
  }
  for (const auto& child : command.children()) each_option(*child, visit);
}

// "lead list" of "flead lead list".
std::string relative_path(const Command& command) {
  const std::string path = command.path();
  const auto space = path.find(' ');
  return space == std::string::npos ? "" : path.substr(space + 1);
}

std::string option_names(const Command& command) {
  std::string names;
  for (const Option& option : command.options()) {
    if (option.positional) continue;
    for (const std::string& name : {option.name, option.short_name}) {
      if (!name.empty()) names += (names.empty() ? "" : " ") + name;
    }
  }
  return names;
}

std::string child_names(const Command& command) {
  std::string names;
  for (const auto& child : command.children()) {
    if (!child->is_hidden()) names += (names.empty() ? "" : " ") + child->name();
  }
  return names;
}

// Cases of `case "$at:$prev"`: the value of an option. `key` is the pattern before it.
std::string bash_value_cases(const Command& command, std::string_view key) {
  std::string out;
  for (const Option& option : command.options()) {
    if (option.positional || option.is_flag()) continue;
    std::string reply;
    if (!completed_words(option).empty()) {
      reply = fmt::format("_flead_words \"{}\"", fmt::join(completed_words(option), " "));
    } else if (value_kind(option) == ValueKind::file) {
      reply = "_flead_files -f";
    } else if (value_kind(option) == ValueKind::folder) {
      reply = "_flead_files -d";
    } else {
      continue;
    }
    for (const std::string& name : {option.name, option.short_name}) {
      if (!name.empty()) out += fmt::format("    {}:{}) {}; return ;;\n", key, name, reply);
    }
  }
  return out;
}

// A line of `case "$at"`: what may follow a command.
std::string bash_word_case(const Command& command) {
  std::string words = command.children().empty() ? option_names(command) : child_names(command);
  std::string files;
  for (const Option& option : command.options()) {
    if (!option.positional) continue;
    for (const std::string& word : completed_words(option)) words += " " + word;
    if (value_kind(option) == ValueKind::file) files = " files=1";
  }
  return fmt::format("    \" {}\") words=\"{}\"{} ;;\n", relative_path(command), trim(words),
                     files);
}

std::string fish_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_option(const Option& option, const std::string& condition) {
  std::string out = "complete -c flead" + condition;
  out += " -l " + option.name.substr(2);
  if (!option.short_name.empty()) out += " -s " + option.short_name.substr(1);
  if (!option.is_flag() && !option.value_optional) {
    out += value_kind(option) == ValueKind::other ? " -x" : " -rF";
    if (!completed_words(option).empty()) {
      out += " -a " + fish_quote(fmt::format("{}", fmt::join(completed_words(option), " ")));
    }
  }
  return out + " -d " + fish_quote(option.text) + "\n";
}

void append_fish(const Command& command, std::string& out) {
  const std::string path = relative_path(command);
  const bool leaf = command.children().empty();
  const std::string condition = fmt::format(" -n '__flead_{} \"{}\"'", leaf ? "in" : "at", path);
  for (const auto& child : command.children()) {
    if (child->is_hidden()) continue;
    out += fmt::format("complete -c flead{} -a {} -d {}\n", condition, child->name(),
                       fish_quote(child->summary_text()));
  }
  for (const Option& option : command.options()) {
    if (!option.positional) {
      out += fish_option(option, command.parent() == nullptr ? "" : condition);
      continue;
    }
    if (!completed_words(option).empty()) {
      out += fmt::format("complete -c flead{} -a {}\n", condition,
                         fish_quote(fmt::format("{}", fmt::join(completed_words(option), " "))));
    }
    if (value_kind(option) == ValueKind::file) {
      out += fmt::format("complete -c flead{} -F\n", condition);
    }
  }
  for (const auto& child : command.children()) {
    if (!child->is_hidden()) append_fish(*child, out);
  }
}

}  // namespace

std::vector<const Command*> visible_commands(const Command& root) {
  std::vector<const Command*> found = all_visible(root);
  std::erase_if(found, [](const Command* command) { return !command->handler(); });
  return found;
}

const std::vector<std::string>& completed_words(const Option& option) {
  return option.choices.empty() ? option.suggestions : option.choices;
}

ValueKind value_kind(const Option& option) {
  if (option.is_flag()) return ValueKind::other;
  if (option.value_name == "FILE" || option.name == "FILE") return ValueKind::file;
  if (option.value_name == "DIR" || option.name == "DIR") return ValueKind::folder;
  return ValueKind::other;
}

std::string value_option_names(const Command& root, std::string_view separator) {
  std::vector<std::string> names;
  std::vector<std::string> flags;
  each_option(root, [&](const Option& option) {
    const bool takes_next = !option.is_flag() && !option.value_optional;
    for (const std::string& name : {option.name, option.short_name}) {
      if (!name.empty()) (takes_next ? names : flags).push_back(name);
    }
  });
  // A name that is a flag of one command and takes a value in another is counted as a flag.
  std::erase_if(names, [&](const std::string& name) {
    return std::find(flags.begin(), flags.end(), name) != flags.end();
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return fmt::format("{}", fmt::join(names, separator));
}

std::string bash_completion(const Command& root) {
  std::string values;
  std::string words;
  std::string paths;
  for (const Command* command : all_visible(root)) {
    const std::string path = relative_path(*command);
    values += bash_value_cases(*command, fmt::format("\" {}\"", path));
    words += bash_word_case(*command);
    paths += (paths.empty() ? "" : "|") + fmt::format("\" {}\"", path);
  }
  return fmt::format(
      R"bash(# bash completion for flead, written by scripts/gen-docs from the command tree.

_flead_words() {{ COMPREPLY=($(compgen -W "$1" -- "$cur")); }}

_flead_files() {{
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen "$1" -- "$cur"))
}}

_flead() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local at='' skip='' words='' files='' word i
  local IFS=$' \t\n'
  COMPREPLY=()
  # $at becomes the command so far: " slot rule add".
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    if [[ $skip ]]; then
      skip=''
      continue
    fi
    case $word in
    {value_names}) skip=1 ;;
    -*) ;;
    *)
      case "$at $word" in
      {paths}) at="$at $word" ;;
      esac
      ;;
    esac
  done
  case "$at:$prev" in
{values}{globals_values}  esac
  case $prev in
  {value_names}) return ;;
  esac
  case "$at" in
    "") words="{nouns}" ;;
{words}  esac
  if [[ $cur == -* ]]; then words+=" {globals} --help"; fi
  _flead_words "$words"
  if [[ $files && $cur != -* ]]; then _flead_files -f; fi
}}

complete -F _flead flead
)bash",
      fmt::arg("value_names", value_option_names(root, "|")), fmt::arg("values", values),
      fmt::arg("globals_values", bash_value_cases(root, "*")), fmt::arg("paths", paths),
      fmt::arg("nouns", child_names(root)), fmt::arg("words", words),
      fmt::arg("globals", option_names(root)));
}

std::string fish_completion(const Command& root) {
  std::string out = fmt::format(
      R"fish(# fish completion for flead, written by scripts/gen-docs from the command tree.

function __flead_path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case {0}
                set skip 1
            case '-*'
            case '*'
                echo $word
        end
    end
end

function __flead_at
    set -l path (__flead_path)
    test "$path" = "$argv[1]"
end

function __flead_in
    set -l path (__flead_path)
    string match -q -- "$argv[1] *" "$path "
end

complete -c flead -f
)fish",
      value_option_names(root, " "));
  append_fish(root, out);
  return out;
}

}  // namespace flead::cli
