// `flead help ...`: topics, commands, and the list of everything. Opens nothing.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/help.h"
#include "core/base/embedded.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

// "exit-codes" of "exit-codes.md"
std::string_view topic_name(const embedded::File& file) {
  return file.path.substr(0, file.path.rfind('.'));
}

std::string topics_text() {
  std::string text = "Topics of flead help TOPIC:\n";
  for (const embedded::File& file : embedded::help_topics()) {
    const std::string_view title = file.data.substr(0, file.data.find('\n'));
    text += fmt::format("  {:<12}  {}\n", topic_name(file),
                        title.starts_with("# ") ? title.substr(2) : title);
  }
  return text;
}

Status show_help(Context& context, const std::vector<std::string>& words) {
  if (words.empty()) {
    context.print_text(help_text(context.root()));
    return {};
  }
  if (words.front() == "all") {
    context.print_text(help_all(context.root()));
    return {};
  }
  if (words.front() == "topics") {
    context.print_text(topics_text());
    return {};
  }
  if (words.size() == 1) {
    for (const embedded::File& file : embedded::help_topics()) {
      if (topic_name(file) != words.front()) continue;
      context.print_text(file.data);
      return {};
    }
  }
  const Command* command = &context.root();
  for (const std::string& word : words) {
    const Command* next = command->find(word);
    if (next == nullptr) {
      std::vector<std::string> known;
      for (const auto& child : command->children()) known.push_back(child->name());
      if (command->parent() == nullptr) {
        for (const embedded::File& file : embedded::help_topics()) {
          known.emplace_back(topic_name(file));
        }
      }
      const std::string near = nearest(word, known);
      return usage_error("unknown_topic",
                         fmt::format("there is no help about '{}'{}", repair_utf8(word),
                                     near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                         "flead help topics, flead help all");
    }
    command = next;
  }
  context.print_text(help_text(*command));
  return {};
}

}  // namespace

void add_help_command(Command& root) {
  auto words = std::make_shared<std::vector<std::string>>();
  root.sub("help")
      .group(Group::start)
      .summary("Explain a command or a topic")
      .description(
          "Topics are exit-codes, formats, cron, webhooks, law, spam and config; `all` lists "
          "every command.")
      .example("flead help cron")
      .example("flead help lead import")
      .optional_positional("TOPIC", *words, "A topic, a command, topics or all")
      .run([words](Context& context) { return show_help(context, *words); });
}

}  // namespace flead::cli
