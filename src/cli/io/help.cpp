#include "cli/io/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/io/output.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

constexpr std::size_t k_help_width = 90;

// What a newcomer uses in the first ten minutes, in that order. Those that exist are shown.
constexpr std::string_view k_everyday[] = {
    "demo",        "init",           "doctor",       "serve",     "work",
    "lead add",    "lead list",      "lead show",    "slot rule", "booking list",
    "channel add", "widget snippet", "report weekly"};

constexpr Group k_groups[] = {Group::start,    Group::tenants, Group::intake,
                              Group::channels, Group::booking, Group::money,
                              Group::reports,  Group::law,     Group::jobs};

// As they are: core's split() would trim what is indented on purpose.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

const Command* find_path(const Command& root, std::string_view path) {
  const Command* command = &root;
  for (const std::string& name : split(path, ' ')) {
    command = command->find(name);
    if (command == nullptr) return nullptr;
  }
  return command;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& lines) {
  constexpr std::size_t k_left_most = 30;
  std::size_t left = 0;
  for (const auto& line : lines) {
    const std::size_t width = display_width(line.first);
    if (width <= k_left_most) left = std::max(left, width);
  }
  std::string out;
  for (const auto& [label, text] : lines) {
    const std::string body = wrap(text, left + 4, k_help_width);
    const std::size_t width = display_width(label);
    if (width > left) {
      out += "  " + label + "\n" + body;
      continue;
    }
    out += "  " + label + std::string(left + 2 - width, ' ');
    out += body.substr(std::min(body.size(), left + 4));
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

std::string options_block(const Command& command, bool positionals) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Option& option : command.options()) {
    if (option.positional == positionals) {
      lines.emplace_back(option_label(option), option_text(option));
    }
  }
  return two_columns(lines);
}

std::string children_block(const Command& command) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& child : command.children()) {
    if (!child->is_hidden()) lines.emplace_back(child->name(), child->summary_text());
  }
  return two_columns(lines);
}

std::string groups_block(const Command& root) {
  std::string out;
  for (const Group group : k_groups) {
    std::string names;
    for (const auto& noun : root.children()) {
      if (noun->group_id() != group || noun->is_hidden()) continue;
      names += (names.empty() ? "" : " | ") + noun->name();
    }
    if (names.empty()) continue;
    const std::string text = wrap(names, 12, k_help_width);
    out += fmt::format("  {:<10}{}", group_title(group), text.substr(12));
  }
  return out;
}

std::string root_help(const Command& root) {
  std::string out = root.summary_text() + "\n\nUsage: " + root.name() +
                    " NOUN VERB [options]\n\nEveryday commands:\n";
  std::vector<std::pair<std::string, std::string>> lines;
  for (const std::string_view path : k_everyday) {
    if (const Command* command = find_path(root, path)) {
      lines.emplace_back(path, command->summary_text());
    }
  }
  out += two_columns(lines);
  out += "\nAll groups:\n" + groups_block(root);
  out += "\nOptions that every command takes:\n" + options_block(root, false);
  out +=
      "\nflead NOUN --help explains one of them, flead help all lists every command, and\n"
      "flead help TOPIC tells about channel [KIND], config, cron, exit-codes, formats, law,\n"
      "meetings, money, payment, payouts, spam and webhooks.\n";
  return out;
}

void add_to_list(const Command& command, std::vector<std::pair<std::string, std::string>>& lines) {
  if (command.is_hidden()) return;
  if (command.handler()) lines.emplace_back(command.path(), command.summary_text());
  for (const auto& child : command.children()) add_to_list(*child, lines);
}

}  // namespace

std::string option_label(const Option& option) {
  if (option.positional) return option.name + (option.is_repeated() ? "..." : "");
  std::string label = option.short_name.empty() ? "" : option.short_name + ", ";
  label += option.name;
  if (option.is_flag()) return label;
  if (option.next_word) return fmt::format("{} [{}]", label, option.value_name);
  return label + (option.value_optional ? fmt::format("[={}]", option.value_name)
                                        : " " + option.value_name);
}

std::string option_text(const Option& option) {
  std::string text = option.text;
  if (!option.choices.empty()) text += fmt::format(" ({})", fmt::join(option.choices, ", "));
  if (!option.env.empty()) text += fmt::format(" [${}]", option.env);
  if (option.is_repeated() && !option.positional) text += "; may be repeated";
  if (option.required && !option.positional) text += "; required";
  return text;
}

std::string usage_line(const Command& command) {
  std::string line = command.path();
  if (!command.children().empty()) return line + " VERB [options]";
  bool optional = false;
  for (const Option& option : command.options()) {
    if (option.positional) {
      const std::string label = option_label(option);
      line += option.required ? " " + label : " [" + label + "]";
    } else if (option.required) {
      line += " " + option.name + " " + option.value_name;
    } else {
      optional = true;
    }
  }
  return line + (optional ? " [options]" : "");
}

std::string fields_text(const Command& command) {
  if (!command.has_fields()) return "";
  return fmt::format("{}", fmt::join(top_fields(field_names(command.prototype())), ", "));
}

std::string help_text(const Command& command) {
  if (command.parent() == nullptr) return root_help(command);
  std::string out = command.summary_text() + "\n\nUsage: " + usage_line(command) + "\n";
  if (!command.description_text().empty()) {
    out += "\n" + wrap(command.description_text(), 0, k_help_width);
  }
  if (!command.children().empty()) out += "\nVerbs:\n" + children_block(command);
  if (const std::string block = options_block(command, true); !block.empty()) {
    out += "\nArguments:\n" + block;
  }
  if (const std::string block = options_block(command, false); !block.empty()) {
    out += "\nOptions:\n" + block;
  }
  if (const std::string fields = fields_text(command); !fields.empty()) {
    out += "\n" + wrap("Fields: " + fields, 0, k_help_width);
  }
  if (!command.examples().empty()) {
    out += "\nExamples:\n";
    for (const auto& [line, what] : command.examples()) {
      out += "  " + line + (what.empty() ? "" : "  # " + what) + "\n";
    }
  }
  return out + "\nOptions of every command, such as --db, --tenant and --json: flead --help\n";
}

std::string help_all(const Command& root) {
  std::string out;
  for (const Group group : k_groups) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (const auto& noun : root.children()) {
      if (noun->group_id() == group) add_to_list(*noun, lines);
    }
    if (lines.empty()) continue;
    out += (out.empty() ? "" : "\n") + std::string(group_title(group)) + "\n";
    out += two_columns(lines);
  }
  return out;
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  for (const std::string& raw : lines_of(text)) {
    if (raw.empty() || raw.starts_with(' ')) {
      out += raw.empty() ? "\n" : std::string(indent, ' ') + raw + "\n";
      continue;
    }
    std::string line;
    for (const std::string& word : split(raw, ' ')) {
      const bool full =
          !line.empty() && indent + display_width(line) + 1 + display_width(word) > width;
      if (full) out += std::string(indent, ' ') + std::exchange(line, "") + "\n";
      line += (line.empty() ? "" : " ") + word;
    }
    out += std::string(indent, ' ') + line + "\n";
  }
  return out;
}

}  // namespace flead::cli
