#include "cli/io/args.h"

#include "cli/io/help.h"
#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli {
namespace {

using test::ScriptedShell;

// A small tree with one of everything.
struct Tree {
  Command root{"flead", nullptr};
  ScriptedShell shell{"."};
  std::optional<std::string> db;
  std::optional<std::string> json;
  bool quiet = false;
  std::string lead, status, mine, host;
  std::vector<std::string> tags, files;
  std::int64_t limit = 50;

  Tree() {
    root.option("--db FILE", db, "The store")
        .option("--json FIELDS", json, "JSON")
        .value_optional()
        .option("--quiet", quiet, "Silence")
        .option("--host", host, "Global meaning");
    Command& noun = root.sub("lead");
    noun.sub("list")
        .option("--status", status, "State")
        .choices({"new", "won"})
        .option("-t,--tag", tags, "Tag")
        .option("--limit", limit, "Rows")
        .option("--mine", mine, "Own value")
        .env("FLEAD_TEST_MINE");
    noun.sub("show").positional("LEAD", lead, "Which one");
    noun.sub("import").positional("FILE", files, "Files");
    root.sub("init").required("--host", mine, "Own meaning");
  }
  Result<Parsed> parse(const std::vector<std::string>& args) {
    return parse_args(root, args, shell);
  }
};

std::string code_of(const Result<Parsed>& parsed) {
  return parsed ? "" : parsed.error().code;
}

}  // namespace

TEST_CASE("args: a command is found by noun and verb, by its plural too", "[cli]") {
  Tree tree;
  REQUIRE(tree.parse({"lead", "list"}));
  CHECK(tree.parse({"leads", "list"})->command->path() == "flead lead list");
  CHECK(tree.parse({})->command == &tree.root);
  CHECK(tree.parse({"lead"})->command->name() == "lead");
  CHECK(code_of(tree.parse({"inits"})) == "unknown_command");  // no verbs, no plural
}

TEST_CASE("args: global options stand before the noun and after the verb", "[cli]") {
  const auto args = GENERATE(
      values<std::vector<std::string>>({{"--db", "x.db", "--quiet", "lead", "show", "lead_1"},
                                        {"lead", "--db=x.db", "show", "--quiet", "lead_1"},
                                        {"lead", "show", "lead_1", "--quiet", "--db", "x.db"}}));
  Tree tree;
  REQUIRE(tree.parse(args));
  CHECK(tree.db == "x.db");
  CHECK(tree.quiet);
  CHECK(tree.lead == "lead_1");
}

TEST_CASE("args: an optional value is taken only after an equals sign", "[cli]") {
  Tree tree;
  REQUIRE(tree.parse({"lead", "show", "--json", "lead_1"}));
  CHECK(tree.json == "");
  CHECK(tree.lead == "lead_1");
  REQUIRE(tree.parse({"lead", "show", "--json=id,name", "lead_1"}));
  CHECK(tree.json == "id,name");
}

TEST_CASE("args: values come through as they are", "[cli]") {
  Tree tree;
  REQUIRE(tree.parse({"lead", "list", "--mine", "--odd value", "-t", "a,b", "--tag=[c]", "-td",
                      "--limit=-5", "--status", "new", "--status", "won"}));
  CHECK(tree.mine == "--odd value");
  CHECK(tree.tags == std::vector<std::string>{"a,b", "[c]", "d"});
  CHECK(tree.limit == -5);
  CHECK(tree.status == "won");  // the last one wins
  REQUIRE(tree.parse({"lead", "list", "--mine="}));
  CHECK(tree.mine.empty());
  REQUIRE(tree.parse({"lead", "show", "--", "--help"}));
  CHECK(tree.lead == "--help");
  REQUIRE(tree.parse({"lead", "show", "-"}));
  CHECK(tree.lead == "-");
  REQUIRE(tree.parse({"lead", "import", "a", "[b,c]", "++"}));
  CHECK(tree.files.at(1) == "[b,c]");
}

TEST_CASE("args: a command's own option wins over the global one of that name", "[cli]") {
  Tree tree;
  REQUIRE(tree.parse({"init", "--host", "own"}));
  CHECK(tree.mine == "own");
  CHECK(tree.host.empty());
  REQUIRE(tree.parse({"lead", "list", "--host", "global"}));
  CHECK(tree.host == "global");
}

TEST_CASE("args: a variable stands in for its option, and loses to it", "[cli]") {
  Tree tree;
  tree.shell.environment["FLEAD_TEST_MINE"] = "from outside";
  REQUIRE(tree.parse({"lead", "list"}));
  CHECK(tree.mine == "from outside");
  REQUIRE(tree.parse({"lead", "list", "--mine", "typed"}));
  CHECK(tree.mine == "typed");
}

TEST_CASE("args: each mistake has its code and names what was meant", "[cli]") {
  struct Case {
    std::vector<std::string> args;
    std::string code;
    std::string says;
  };
  const auto [args, code, says] = GENERATE(values<Case>({
      {{"leed"}, "unknown_command", "did you mean lead?"},
      {{"lead", "lst"}, "unknown_command", "did you mean list?"},
      {{"lead", "list", "--statu", "new"}, "unknown_option", "did you mean --status?"},
      {{"lead", "list", "--status", "nwe"}, "bad_choice", "did you mean new?"},
      {{"lead", "list", "--limit", "many"}, "bad_number", "whole number"},
      {{"lead", "list", "--limit", "9999999999999999999"}, "bad_number", "whole number"},
      {{"lead", "list", "--limit"}, "value_missing", "--limit LIMIT"},
      {{"lead", "list", "--quiet=yes"}, "value_unexpected", "takes no value"},
      {{"lead", "list", "extra"}, "argument_unexpected", "'extra'"},
      {{"lead", "show"}, "argument_missing", "LEAD is missing"},
      {{"lead", "show", ""}, "", ""},
      {{"lead", "show", "a", "b"}, "argument_unexpected", "'b'"},
      {{"init"}, "argument_missing", "--host is missing"},
      {{"-x"}, "unknown_option", "-x"},
      {{"\xff\xfe"}, "unknown_command", ""},
  }));
  CAPTURE(args);
  Tree tree;
  const auto parsed = tree.parse(args);
  CHECK(code_of(parsed) == code);
  if (parsed) return;
  CHECK(parsed.error().kind == ErrorKind::usage);
  CHECK_THAT(parsed.error().message, ContainsSubstring(says));
  CHECK(parsed.error().message.find('\n') == std::string::npos);
  CHECK_THAT(parsed.error().hint, ContainsSubstring("--help"));
}

TEST_CASE("args: --help anywhere asks for help and checks nothing else", "[cli]") {
  Tree tree;
  CHECK(tree.parse({"lead", "show", "--help"})->help);
  CHECK(tree.parse({"-h", "lead"})->help);
  CHECK(tree.parse({"lead", "list", "--help", "--nonsense"})->help);
}

TEST_CASE("args: JSON errors are wanted by --json, --json=, --jsonl", "[cli]") {
  CHECK(wants_json({"lead", "--json"}));
  CHECK(wants_json({"--json=id"}));
  CHECK(wants_json({"--jsonl"}));
  CHECK_FALSE(wants_json({"lead", "--", "--json"}));
  CHECK_FALSE(wants_json({"--jsonx"}));
}

TEST_CASE("help: a usage line shows what must be there and what may", "[cli]") {
  Tree tree;
  const auto usage = [&](const std::string& verb) {
    return usage_line(*tree.root.find("lead")->find(verb));
  };
  CHECK(usage("show") == "flead lead show LEAD");
  CHECK(usage("import") == "flead lead import FILE...");
  CHECK(usage("list") == "flead lead list [options]");
  CHECK(usage_line(*tree.root.find("init")) == "flead init --host HOST");
}

}  // namespace flead::cli
