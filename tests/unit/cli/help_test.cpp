// `flead help TOPIC`: the pages are there, say what they must, and agree with the program.
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/channels/channel.h"
#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli::help_cases {
namespace {

using test::CommandLine;
using test::Ran;

// The part of `line` below the word `title` of `head`.
std::string cell_of(const std::string& head, const std::string& line, const std::string& title) {
  const std::size_t at = head.find(title);
  REQUIRE(at != std::string::npos);
  const std::string_view rest = at < line.size() ? std::string_view(line).substr(at) : "";
  return std::string(trim(rest.substr(0, rest.find("  "))));
}

std::string line_that_starts(const std::string& text, const std::string& start) {
  const std::size_t at = text.find("\n" + start);
  CAPTURE(start);
  REQUIRE(at != std::string::npos);
  return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("help: each kind of channel has a page: the key, the cost, and what it can't do",
          "[cli]") {
  CommandLine flead;
  for (const channels::Provider& provider : channels::providers()) {
    const std::string kind(provider.kind);
    CAPTURE(kind);
    const Ran page = flead.run({"help", "channel", kind});
    REQUIRE(page.exit == 0);
    CHECK(page.out.starts_with("# Channel " + kind + ":"));
    for (const char* part : {"The key", "What it costs to start", "What it can't do"}) {
      CHECK_THAT(page.out, ContainsSubstring(part));
    }
    CHECK_THAT(page.out, ContainsSubstring("flead channel add " + kind));
    CHECK(flead.run({"help", "channel-" + kind}).out == page.out);
  }
}

TEST_CASE("help: the table of channels says what the connectors can do", "[cli]") {
  CommandLine flead;
  const std::string page = flead.run({"help", "channel"}).out;
  const std::string head = line_that_starts(page, "    kind ");
  for (const channels::Provider& provider : channels::providers()) {
    const std::string kind(provider.kind);
    CAPTURE(kind);
    const std::string line = line_that_starts(page, "    " + kind + " ");
    const channels::Capabilities& can = provider.capabilities;
    CHECK((cell_of(head, line, "start link") == "yes") == (provider.start_link != nullptr));
    CHECK((cell_of(head, line, "--pull") == "yes") == (provider.build_pull != nullptr || can.desk));
    CHECK((cell_of(head, line, "abroad") == "yes") == can.foreign);
    const std::string first = cell_of(head, line, "writes first");
    CHECK((first == "no") == can.messenger);
    CHECK((first == "templates") == can.provider_templates);
    const std::string fate = cell_of(head, line, "what became of it");
    CHECK(fate.starts_with("taken = delivered") == can.accepted_is_delivered);
    CHECK((cell_of(head, line, "answers come in") == "yes") ==
          (provider.parse_events != nullptr && kind != "email" && kind != "sms" && !can.desk));
  }
}

TEST_CASE("help: a topic of several pages is listed once, and hides no command", "[cli]") {
  CommandLine flead;
  const std::string topics = flead.run({"help", "topics"}).out;
  CHECK_THAT(topics, ContainsSubstring("\n  channel       Channels: "));
  CHECK(topics.find("channel-") == std::string::npos);
  CHECK_THAT(topics, ContainsSubstring("\n  exit-codes "));
  CHECK_THAT(flead.run({}).out, ContainsSubstring("channel [KIND]"));
  CHECK_THAT(flead.run({"help", "channel", "add"}).out, ContainsSubstring("--secret-file"));
  const Ran wrong = flead.run({"help", "channel", "telegran"});
  CHECK(wrong.exit == 2);
  CHECK_THAT(wrong.err, ContainsSubstring("did you mean telegram?"));
}

TEST_CASE("help: topics are completed, and other words are taken, too", "[cli]") {
  CommandLine flead;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const std::string script = flead.run({"completion", shell}).out;
    CHECK_THAT(script, ContainsSubstring("exit-codes"));
    CHECK_THAT(script, ContainsSubstring("channel-telegram"));
  }
  CHECK(flead.run({"help", "lead", "import"}).exit == 0);
}

TEST_CASE("help: pages fit a terminal of a hundred columns", "[cli]") {
  CommandLine flead;
  for (const std::string& line : split(flead.run({"help", "topics"}).out, '\n')) {
    const std::string topic = line.substr(0, line.find(' '));
    if (topic.empty() || topic == "Topics") continue;
    CAPTURE(topic);
    std::vector<std::string> pages = {flead.run({"help", topic}).out};
    if (topic == "channel") {
      for (const channels::Provider& provider : channels::providers()) {
        pages.push_back(flead.run({"help", topic, std::string(provider.kind)}).out);
      }
    }
    for (const std::string& page : pages) {
      CHECK(page.starts_with("# "));
      for (const std::string& text : split(page, '\n')) {
        CAPTURE(text);
        CHECK(utf8_length(text) <= 100);
      }
    }
  }
}

}  // namespace flead::cli::help_cases
