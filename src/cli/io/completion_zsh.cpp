// The zsh completion: one function per noun, built on _arguments.
#include <fmt/format.h>

#include "cli/io/docs.h"

namespace flead::cli {
namespace {

// Inside '...' of a specification of _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const Option& option) {
  if (!completed_words(option).empty()) {
    return fmt::format("({})", fmt::join(completed_words(option), " "));
  }
  switch (value_kind(option)) {
    case ValueKind::file:
      return "_files";
    case ValueKind::folder:
      return "_files -/";
    case ValueKind::other:
      return " ";
  }
  return " ";
}

std::string zsh_option(const Option& option, const std::string& name) {
  const std::string repeat = option.is_repeated() ? "*" : "";
  const std::string text = zsh_text(option.text);
  if (option.is_flag()) return fmt::format("    '{}{}[{}]'\n", repeat, name, text);
  const std::string value = fmt::format("{}:{}", zsh_text(option.value_name), zsh_value(option));
  if (option.value_optional)
    return fmt::format("    '{}{}=-[{}]::{}'\n", repeat, name, text, value);
  const char* join = name.starts_with("--") ? "=" : "+";
  return fmt::format("    '{}{}{}[{}]:{}'\n", repeat, name, join, text, value);
}

std::string zsh_specs(const Command& command) {
  std::string out;
  int position = 0;
  for (const Option& option : command.options()) {
    if (option.positional) {
      const std::string place = option.is_repeated() ? "*" : fmt::format("{}", ++position);
      out += fmt::format("    '{}:{}:{}'\n", place, zsh_text(option.name), zsh_value(option));
      continue;
    }
    out += zsh_option(option, option.name);
    if (!option.short_name.empty()) out += zsh_option(option, option.short_name);
  }
  return out;
}

std::string zsh_children(const Command& command) {
  std::string out;
  for (const auto& child : command.children()) {
    if (child->is_hidden()) continue;
    out += fmt::format("    '{}:{}'\n", child->name(), zsh_text(child->summary_text()));
  }
  return out;
}

// "slot_rule" of "flead slot rule".
std::string zsh_function_name(const Command& command) {
  const Command* parent = command.parent();
  if (parent == nullptr) return "_flead";
  return zsh_function_name(*parent) + "_" + command.name();
}

// One function for each command that has commands below it; the deepest come first.
std::string zsh_node_function(const Command& node) {
  std::string functions;
  std::string verbs;
  for (const auto& verb : node.children()) {
    if (verb->is_hidden()) continue;
    if (verb->children().empty()) {
      verbs += fmt::format("  {})\n    specs=(\n{}    )\n    ;;\n", verb->name(), zsh_specs(*verb));
      continue;
    }
    functions += zsh_node_function(*verb);
    verbs +=
        fmt::format("  {})\n    shift words\n    (( CURRENT-- ))\n    {}\n    return\n    ;;\n",
                    verb->name(), zsh_function_name(*verb));
  }
  return functions + fmt::format(
                         R"zsh({name}() {{
  local -a verbs specs
  verbs=(
{children}  )
  if (( CURRENT == 2 )); then
    _describe -t verbs verb verbs
    _arguments $_flead_globals
    return
  fi
  case $words[2] in
{verbs}  esac
  shift words
  (( CURRENT-- ))
  _arguments $specs $_flead_globals
}}

)zsh",
                         fmt::arg("name", zsh_function_name(node)),
                         fmt::arg("children", zsh_children(node)), fmt::arg("verbs", verbs));
}

}  // namespace

std::string zsh_completion(const Command& root) {
  std::string functions;
  std::string cases;
  for (const auto& noun : root.children()) {
    if (noun->is_hidden()) continue;
    if (noun->children().empty()) {
      cases += fmt::format(
          "  {})\n    specs=(\n{}    )\n    _arguments $specs $_flead_globals\n    ;;\n",
          noun->name(), zsh_specs(*noun));
    } else {
      functions += zsh_node_function(*noun);
      cases += fmt::format("  {0}) _flead_{0} ;;\n", noun->name());
    }
  }
  return fmt::format(
      R"zsh(#compdef flead
# zsh completion for flead, written by scripts/gen-docs from the command tree.

typeset -ga _flead_globals
_flead_globals=(
{globals}    '(- *)--help[Explain the command]'
)

{functions}_flead() {{
  local -a nouns specs
  # Options before the noun are passed over, so that it is always the second word.
  while (( CURRENT > 2 )) && [[ $words[2] == -* ]]; do
    case $words[2] in
    {value_names})
      shift words
      (( CURRENT-- ))
      ;;
    esac
    shift words
    (( CURRENT-- ))
  done
  nouns=(
{nouns}  )
  if (( CURRENT <= 2 )); then
    _describe -t nouns command nouns
    _arguments $_flead_globals
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{cases}  esac
}}

if [[ $funcstack[1] == _flead ]]; then
  _flead "$@"
else
  compdef _flead flead
fi
)zsh",
      fmt::arg("globals", zsh_specs(root)), fmt::arg("functions", functions),
      fmt::arg("nouns", zsh_children(root)), fmt::arg("cases", cases),
      fmt::arg("value_names", value_option_names(root, "|")));
}

}  // namespace flead::cli
