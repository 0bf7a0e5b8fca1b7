// `flead help ...`: topics, commands, and the list of everything. Opens nothing.
#include <utility>

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

const embedded::File* find_topic(std::string_view name) {
  for (const embedded::File& file : embedded::help_topics()) {
    if (topic_name(file) == name) return &file;
  }
  return nullptr;
}

// "channel" of "channel-telegram", one page of several about a topic; "" of a topic of its own.
std::string_view parent_topic(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view parent = name.substr(0, dash);
  return find_topic(parent) != nullptr ? parent : std::string_view();
}

// "telegram" and the others of "channel".
std::vector<std::string> pages_of(std::string_view parent) {
  std::vector<std::string> pages;
  for (const embedded::File& file : embedded::help_topics()) {
    const std::string_view name = topic_name(file);
    if (parent_topic(name) == parent) pages.emplace_back(name.substr(parent.size() + 1));
  }
  return pages;
}

std::string topics_text() {
  std::string text = "Topics of flead help TOPIC:\n";
  for (const embedded::File& file : embedded::help_topics()) {
    if (!parent_topic(topic_name(file)).empty()) continue;  // its topic tells of it
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
  // `channel telegram` is the topic "channel-telegram"; `channel add` is none, but a command.
  if (const embedded::File* topic = find_topic(fmt::format("{}", fmt::join(words, "-")))) {
    context.print_text(topic->data);
    return {};
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
      } else if (find_topic(command->name()) != nullptr) {
        for (std::string& page : pages_of(command->name())) known.push_back(std::move(page));
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
  std::vector<std::string> topics = {"all", "topics"};
  for (const embedded::File& file : embedded::help_topics()) topics.emplace_back(topic_name(file));
  root.sub("help")
      .group(Group::start)
      .summary("Explain a command or a topic")
      .description(
          "Topics are channel, config, cron, exit-codes, formats, law, meetings, money, payment, "
          "payouts, spam and webhooks; each kind of channel has a page of its own. `all` lists "
          "every command.")
      .example("flead help cron")
      .example("flead help channel telegram")
      .example("flead help lead import")
      .optional_positional("TOPIC", *words, "A topic, a command, topics or all")
      .suggestions(std::move(topics))
      .run([words](Context& context) { return show_help(context, *words); });
}

}  // namespace flead::cli
