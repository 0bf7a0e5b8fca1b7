// The command tree is the only source of help, man pages and completions: it must be complete, and
// the committed files must be what it gives today.
#include "cli/io/docs.h"

#include <dirent.h>

#include <fstream>
#include <iterator>
#include <set>

#include "cli/commands/all.h"
#include "cli/io/help.h"
#include "cli/io/run.h"
#include "core/base/text.h"
#include "support/catch.h"

namespace flead::cli {
namespace {

// The tree as run() builds it.
struct WholeTree {
  Command root{"flead", nullptr};
  Globals globals;
  WholeTree() {
    describe_root(root);
    add_global_options(root, globals);
    add_commands(root);
  }
};

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check_options(const Command& command) {
  CAPTURE(command.path());
  std::set<std::string> names;
  for (const Option& option : command.options()) {
    CAPTURE(option.name);
    CHECK_FALSE(option.text.empty());
    CHECK_FALSE(option.text.ends_with('.'));
    CHECK(names.insert(option.name).second);
    CHECK((option.positional || option.name.starts_with("--")));
    CHECK(option.name != "--help");
  }
}

}  // namespace

TEST_CASE("docs: every command has a summary and an example, every option a text", "[cli]") {
  const WholeTree tree;
  check_options(tree.root);
  for (const Command* command : visible_commands(tree.root)) {
    CAPTURE(command->path());
    CHECK_FALSE(command->summary_text().empty());
    CHECK_FALSE(command->summary_text().ends_with('.'));
    CHECK(command->group_id() != Group::none);
    CHECK_FALSE(command->examples().empty());
    for (const auto& example : command->examples()) {
      CHECK_THAT(example.first, ContainsSubstring("flead "));
    }
    check_options(*command);
  }
  for (const auto& noun : tree.root.children()) {
    CAPTURE(noun->name());
    CHECK_FALSE(noun->summary_text().empty());
  }
}

TEST_CASE("docs: help shows each option of its command", "[cli]") {
  const WholeTree tree;
  for (const Command* command : visible_commands(tree.root)) {
    const std::string help = help_text(*command);
    for (const Option& option : command->options()) {
      CAPTURE(command->path(), option.name);
      CHECK_THAT(help, ContainsSubstring(option_label(option)));
    }
    CHECK_THAT(help_all(tree.root), ContainsSubstring(command->path()));
  }
}

// Hidden from a bare run and a CTest of its own ("docs"), so that a command can be tried before its
// pages are written.
TEST_CASE("docs: completions and man pages are not stale; scripts/gen-docs writes them",
          "[.][docs]") {
  const WholeTree tree;
  std::set<std::string> pages;
  for (const GeneratedFile& file : generated_docs(tree.root)) {
    CAPTURE(file.path);
    const bool same = file_text(std::string(FLEAD_SOURCE_DIR "/") + file.path) == file.text;
    CHECK(same);
    pages.insert(file.path);
  }
  DIR* folder = ::opendir(FLEAD_SOURCE_DIR "/man");
  REQUIRE(folder != nullptr);
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.starts_with(".")) continue;
    CAPTURE(name);
    CHECK(pages.count("man/" + name) == 1);
  }
  ::closedir(folder);
}

TEST_CASE("docs: completions of bash and man pages know every command, deep ones too", "[cli]") {
  const WholeTree tree;
  const std::string bash = bash_completion(tree.root);
  for (const Command* command : visible_commands(tree.root)) {
    const std::string path = command->path().substr(std::string("flead ").size());
    CAPTURE(path);
    CHECK_THAT(bash, ContainsSubstring("\" " + path + "\") words="));
    const std::string noun = path.substr(0, path.find(' '));
    CHECK_THAT(man_page(*tree.root.find(noun), "1"),
               ContainsSubstring(replace_all(command->path(), "-", "\\-")));
  }
  CHECK(bash.find("\" gen-docs\"") == std::string::npos);  // hidden
}

}  // namespace flead::cli
