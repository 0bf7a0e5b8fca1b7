// The program as a person or a script meets it: words in, exit code and two streams out.
#include <sys/stat.h>

#include "cli/io/exit_code.h"
#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli {

using test::CommandLine;
using test::Ran;

TEST_CASE("cli: version and help open nothing", "[cli]") {
  CommandLine flead;
  flead.shell.environment["FLEAD_DB"] = "/nonexistent/flead.db";
  CHECK(flead.run({"version"}).out.starts_with("flead "));
  CHECK_THAT(flead.run({}).out, ContainsSubstring("Everyday commands"));
  CHECK_THAT(flead.run({"help", "all"}).out, ContainsSubstring("flead tenant add"));
  CHECK_THAT(flead.run({"help", "exit-codes"}).out, ContainsSubstring("130"));
  CHECK_THAT(flead.run({"help", "tenant", "add"}).out, ContainsSubstring("--locale"));
  CHECK(flead.run({"help", "tenan"}).exit == 2);
  CHECK(flead.run({"completion", "bash"}).exit == 0);
  CHECK(flead.run({"tenant", "add", "--help"}).exit == 0);
}

TEST_CASE("cli: a usage error is one line, a hint, and exit 2", "[cli]") {
  CommandLine flead;
  const Ran ran = flead.run({"tenant", "lst"});
  CHECK(ran.exit == 2);
  CHECK(ran.out.empty());
  CHECK(ran.err ==
        "flead: unknown command 'flead tenant lst'; did you mean list?\n  flead tenant --help\n");
  CHECK(flead.run({"tenant"}).exit == 2);
}

TEST_CASE("cli: with --json an error is one object on stderr", "[cli]") {
  CommandLine flead;
  const Ran ran = flead.run({"tenant", "list", "--json"});
  CHECK(ran.exit == 9);
  const auto error = parse_json(ran.err);
  REQUIRE(error);
  CHECK(error->text("error.code") == "store_missing");
  CHECK(error->integer("error.exit") == 9);
  CHECK(error->text("error.message").has_value());
  CHECK_THAT(*error->text("error.hint"), ContainsSubstring("flead init"));
}

TEST_CASE("cli: every kind of error has its exit code", "[cli]") {
  CHECK(exit_code(ErrorKind::internal) == 1);
  CHECK(exit_code(ErrorKind::usage) == 2);
  CHECK(exit_code(ErrorKind::not_found) == 3);
  CHECK(exit_code(ErrorKind::unauthorized) == 4);
  CHECK(exit_code(ErrorKind::forbidden) == 4);
  CHECK(exit_code(ErrorKind::conflict) == 5);
  CHECK(exit_code(ErrorKind::refused) == 6);
  CHECK(exit_code(ErrorKind::provider) == 7);
  CHECK(exit_code(ErrorKind::unmet) == 8);
  CHECK(exit_code(ErrorKind::store) == 9);
}

TEST_CASE("cli: a list is a table on a terminal and tab-separated when piped", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const Ran piped = flead.run({"tenant", "list", "--tsv"});
  CHECK(piped.out.starts_with("slug\tname\tzone"));
  CHECK(flead.run({"tenant", "list"}).out == piped.out);
  flead.shell.terminal = true;
  CHECK(flead.run({"tenant", "list"}).out.starts_with("SLUG  "));
  CHECK(flead.run({"tenant", "list", "--csv"}).out.starts_with("slug,name,zone"));
}

TEST_CASE("cli: --json picks fields and refuses unknown ones, also for an empty list", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK(flead.run({"tenant", "list", "--json=slug"}).out == "[\n  {\"slug\":\"acme\"}\n]\n");
  CHECK(flead.run({"tenant", "list", "--jsonl", "--json=slug"}).out == "{\"slug\":\"acme\"}\n");
  CHECK(flead.run({"job", "list", "--json"}).out == "[]\n");
  for (const char* noun : {"tenant", "job"}) {
    const Ran ran = flead.run({noun, "list", "--json=colour"});
    CHECK(ran.exit == 2);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, ContainsSubstring("unknown_field"));
    CHECK_THAT(ran.err, ContainsSubstring("created_at"));
  }
}

TEST_CASE("cli: -o writes a whole file or none", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const Ran ran = flead.run({"tenant", "list", "--jsonl", "-o", flead.path("out")});
  CHECK(ran.exit == 0);
  CHECK(ran.out.empty());
  CHECK(flead.read_file("out").starts_with("{"));
  CHECK(flead.run({"tenant", "show", "nobody", "-o", flead.path("other")}).exit == 3);
  CHECK_FALSE(flead.exists("other"));
}

TEST_CASE("cli: a reader that went away ends the command quietly", "[cli]") {
  CommandLine flead;
  flead.shell.reader_gone = true;
  const Ran ran = flead.run({"help", "all"});
  CHECK(ran.exit == k_exit_broken_pipe);
  CHECK(ran.err.empty());
}

TEST_CASE("cli: configuration comes from flag, environment, flead.json, in that order", "[cli]") {
  CommandLine flead;
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(flead.run({"init", "--tenant", name, "--db", flead.path(name)}).exit == 0);
  }
  const auto slug = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"tenant", "show"};
    args.insert(args.end(), more.begin(), more.end());
    return flead.json(args).text("slug");
  };
  flead.write_file("flead.json", R"({"db": ")" + flead.path("c") + R"("})");
  CHECK(slug({}) == "c");
  flead.shell.environment["FLEAD_DB"] = flead.path("b");
  CHECK(slug({}) == "b");
  CHECK(slug({"--db", flead.path("a")}) == "a");
}

TEST_CASE("cli: flead.json is checked before it is believed", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const auto [text, says] = GENERATE(table<std::string, std::string>({
      {R"({"tenent": "acme"})", "tenent"},
      {R"({"tenant": 1})", "must be a string"},
      {"[]", "not a JSON object"},
      {"", "not a JSON object"},
      {"{", "not a JSON object"},
      {R"({"base_url": "ftp://x"})", "not a web address"},
  }));
  CAPTURE(text);
  flead.write_file("flead.json", text);
  const Ran ran = flead.run({"tenant", "list"});
  CHECK(ran.exit == 2);
  CHECK_THAT(ran.err, ContainsSubstring(says));
}

TEST_CASE("cli: the tenant must be named when there are several", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK(flead.json({"tenant", "show"}).text("slug") == "acme");
  REQUIRE(flead.run({"tenant", "add", "other"}).exit == 0);
  const Ran ran = flead.run({"token", "list"});
  CHECK(ran.exit == 2);
  CHECK_THAT(ran.err, ContainsSubstring("--tenant"));
  flead.shell.environment["FLEAD_TENANT"] = "other";
  CHECK(flead.json({"tenant", "show"}).text("slug") == "other");
  const Json by_id = flead.json({"tenant", "show"});
  CHECK(flead.json({"tenant", "show", *by_id.text("id")}).text("slug") == "other");
  CHECK(flead.run({"token", "list", "--tenant", "nobody"}).exit == 3);
}

TEST_CASE("cli: another clock is for test stores only", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK(flead.run({"tenant", "list", "--now", "2026-03-28T09:00Z"}).exit == 6);
  flead.shell.environment["FLEAD_NOW"] = "2026-03-28T09:00Z";
  CHECK_THAT(flead.run({"tenant", "list", "--json"}).err, ContainsSubstring("now_refused"));
  flead.shell.environment["FLEAD_DB"] = flead.path("test.db");
  CHECK(flead.run({"init", "--tenant", "acme"}).exit == 6);
  CHECK_FALSE(flead.exists("test.db"));
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test"}).exit == 0);
  const Json token = flead.json({"token", "create", "--role", "viewer"});
  CHECK(token.text("created_at")->starts_with("2026-03-28T09:00:0"));
  CHECK(flead.run({"tenant", "list", "--now", "noon"}).exit == 2);
}

}  // namespace flead::cli
