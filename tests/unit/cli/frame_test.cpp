// What every command has around it: what can be wrong with a line is told before anything is done,
// --dry-run keeps nothing, --key does once, lists go on where they were cut.
#include <sys/stat.h>

#include "cli/commands/all.h"
#include "cli/io/docs.h"
#include "cli/io/output.h"
#include "cli/io/run.h"
#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli {

using test::CommandLine;
using test::Ran;

namespace {

struct Acme : CommandLine {
  explicit Acme(std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"init", "--tenant", "acme"};
    args.insert(args.end(), more.begin(), more.end());
    REQUIRE(run(args).exit == 0);
  }
  std::size_t count(std::vector<std::string> list) { return json(std::move(list)).items().size(); }
  Json add_lead(const std::string& phone) {
    return json({"lead", "add", "--phone", phone, "--consent", "processing"});
  }
};

std::string code_of(const Ran& ran) {
  const auto error = parse_json(ran.err);
  return error ? error->text("error.code").value_or("") : "";
}

}  // namespace

TEST_CASE("frame: a bad field or -o file is told before anything is written", "[cli]") {
  Acme flead;
  const std::string nowhere = flead.path("no/such/folder/out");
  CHECK(flead.run({"token", "create", "--role", "viewer", "--json=id,zzz"}).exit == 2);
  CHECK(flead.run({"token", "create", "--role", "viewer", "-o", nowhere}).exit == 2);
  CHECK(flead.count({"token", "list"}) == 1);
  CHECK(flead.run({"tenant", "add", "kz", "-o", nowhere}).exit == 2);
  CHECK(flead.run({"tenant", "add", "kz", "--json=colour"}).exit == 2);
  CHECK(flead.count({"tenant", "list"}) == 1);
  const std::string other = flead.path("other.db");
  CHECK(flead.run({"init", "--tenant", "b", "--db", other, "--json=zzz"}).exit == 2);
  CHECK(flead.run({"init", "--tenant", "b", "--db", other, "-o", nowhere}).exit == 2);
  CHECK_FALSE(flead.exists("other.db"));
  // What a lead's own values are called nobody knows beforehand.
  CHECK(flead.run({"lead", "list", "--json=id,custom.size"}).exit == 0);
  CHECK(flead.run({"lead", "list", "--json=id,utm.size"}).exit == 2);
}

TEST_CASE("frame: a command that fails leaves no -o file, a new one is the owner's alone",
          "[cli]") {
  Acme flead;
  CHECK(flead.run({"tenant", "add", "acme", "-o", flead.path("out")}).exit == 5);
  CHECK_FALSE(flead.exists("out"));
  CHECK(flead.run({"token", "list", "-o", flead.path("out")}).exit == 0);
  struct stat info {};
  REQUIRE(::stat(flead.path("out").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("frame: every write says what it prints, and shows it in its help", "[cli]") {
  Command root("flead", nullptr);
  Globals globals;
  describe_root(root);
  add_global_options(root, globals);
  add_commands(root);
  for (const Command* command : visible_commands(root)) {
    CAPTURE(command->path());
    if (command->is_write()) CHECK(command->has_fields());
    CHECK_FALSE((command->is_write() && !command->no_dry_run_reason().empty()));
    if (command->has_fields()) CHECK_FALSE(field_names(command->prototype()).empty());
  }
  CommandLine flead;
  CHECK_THAT(flead.run({"token", "create", "--help"}).out,
             ContainsSubstring("Fields: id, tenant_id, role"));
}

TEST_CASE("frame: a dry run does everything and keeps nothing", "[cli]") {
  Acme flead;
  const Ran ran = flead.run({"tenant", "add", "kz", "--dry-run", "--json"});
  CHECK(ran.exit == 0);
  CHECK_THAT(ran.out, ContainsSubstring("\"slug\": \"kz\""));
  CHECK_THAT(ran.err, ContainsSubstring("nothing was changed"));
  CHECK(flead.count({"tenant", "list"}) == 1);
  CHECK(flead.run({"tenant", "add", "acme", "--dry-run"}).exit == 5);
  CHECK(flead.json({"config", "set", "rate.key", "1/s", "--dry-run"}).text("value") == "1/s");
  CHECK(flead.run({"config", "get", "rate.key"}).out == "100/s\n");
  // Nothing is destroyed, so nobody has to be asked.
  const Json token = flead.json({"token", "create", "--role", "viewer"});
  CHECK(flead.run({"token", "revoke", *token.text("id"), "--dry-run"}).exit == 0);
  CHECK(flead.json({"token", "list"}).items()[0].find("revoked_at")->is_null());
}

TEST_CASE("frame: what no rollback takes back has no dry run", "[cli]") {
  Acme flead;
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"init", "--tenant", "b", "--db", flead.path("b.db")},
        {"serve"},
        {"work", "--once"},
        {"mock", "serve", "sms"},
        {"demo", "--once"},
        {"db", "migrate"},
        {"channel", "test", "file", "--to", "x"}}) {
    CAPTURE(line);
    std::vector<std::string> args = line;
    args.insert(args.end(), {"--dry-run", "--json"});
    const Ran ran = flead.run(args);
    CHECK(ran.exit == 2);
    CHECK(code_of(ran) == "dry_run_refused");
  }
  CHECK_FALSE(flead.exists("b.db"));
}

TEST_CASE("frame: the same line with the same key is done once and answered again", "[cli]") {
  Acme flead;
  const std::vector<std::string> line = {"tenant", "add", "kz", "--key", "k1", "--json"};
  const Ran first = flead.run(line);
  REQUIRE(first.exit == 0);
  const Ran again = flead.run(line);
  CHECK(again.exit == 0);
  CHECK(again.out == first.out);
  CHECK_THAT(again.err, ContainsSubstring("Done before"));
  CHECK(flead.count({"tenant", "list"}) == 2);
  const Ran other = flead.run({"tenant", "add", "by", "--key", "k1", "--json"});
  CHECK(other.exit == 5);
  CHECK(code_of(other) == "idempotency_key_reused");
  CHECK(flead.count({"tenant", "list"}) == 2);
  // A key belongs to its command, and a refusal does not use it up.
  CHECK(flead.run({"tenant", "edit", "kz", "--name", "K", "--key", "k1"}).exit == 0);
  CHECK(flead.run({"tenant", "add", "kz", "--key", "k2"}).exit == 5);
  CHECK(flead.run({"tenant", "add", "ab", "--key", "k2"}).exit == 0);
}

TEST_CASE("frame: a key counts arguments in any order, and a list is printed again too", "[cli]") {
  Acme flead;
  const std::string phone = "+79160000001";
  const Json first = flead.json(
      {"lead", "add", "--phone", phone, "--consent", "processing", "--name", "Anna", "--key", "k"});
  const Json again = flead.json(
      {"lead", "add", "--name", "Anna", "--consent", "processing", "--phone", phone, "--key", "k"});
  CHECK(again == first);
  CHECK(flead.count({"lead", "timeline", phone}) == 1);
  CHECK(flead.run({"slot", "rule", "add", "--host", "me", "--weekly", "mon 10-13"}).exit == 0);
  const std::vector<std::string> close = {"slot",     "except", "add", "--date", "2099-05-01",
                                          "--closed", "--key",  "k",   "--json"};
  const Ran closed = flead.run(close);
  CHECK(closed.exit == 0);
  CHECK(flead.run(close).out == closed.out);
}

TEST_CASE("frame: a secret is never kept for a key", "[cli]") {
  Acme flead;
  const std::vector<std::string> line = {"token", "create", "--role", "viewer", "--key", "k"};
  const Ran first = flead.run(line);
  CHECK_THAT(first.out, ContainsSubstring("sk_"));
  const Ran again = flead.run(line);
  CHECK(again.exit == 0);
  CHECK(again.out.empty());
  CHECK_THAT(again.err, ContainsSubstring("secret"));
  CHECK(flead.count({"token", "list"}) == 2);
}

TEST_CASE("frame: keys are for writes, and empty values are mistakes", "[cli]") {
  Acme flead;
  CHECK(code_of(flead.run({"tenant", "list", "--key", "k", "--json"})) == "key_unused");
  for (const char* option : {"--key", "--db", "--tenant", "--output"}) {
    CAPTURE(option);
    const Ran ran = flead.run({"tenant", "add", "kz", option, "", "--json"});
    CHECK(ran.exit == 2);
    CHECK(code_of(ran) == "value_empty");
  }
  CHECK(flead.count({"tenant", "list"}) == 1);
}

TEST_CASE("frame: what destroys asks, or needs --yes", "[cli]") {
  Acme flead;
  REQUIRE(flead.run({"slot", "rule", "add", "--host", "me", "--weekly", "mon 10-13"}).exit == 0);
  const std::string rule = *flead.json({"slot", "rule", "list"}).items()[0].text("id");
  const std::string token = *flead.json({"token", "list"}).items()[0].text("id");
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"slot", "rule", "remove", rule},
        {"slot", "except", "remove", "--date", "2099-05-01"},
        {"token", "revoke", token},
        {"template", "reset", "lead.greeting"},
        {"booking", "cancel", "bkg_x"},
        {"channel", "remove", "file"},
        {"tenant", "suspend", "acme"}}) {
    CAPTURE(line);
    std::vector<std::string> args = line;
    args.emplace_back("--json");
    const Ran ran = flead.run(args);
    CHECK(ran.exit == 2);
    CHECK(code_of(ran) == "needs_yes");
  }
  CHECK(flead.run({"tenant", "suspend", "acme", "--undo"}).exit == 0);
  flead.shell.terminal = true;
  flead.shell.answers = {"n"};
  CHECK(flead.run({"slot", "rule", "remove", rule}).exit == 2);
  flead.shell.answers = {"y"};
  CHECK(flead.run({"slot", "rule", "remove", rule}).exit == 0);
}

TEST_CASE("frame: lists share --since, --until, --limit and --cursor", "[cli]") {
  Acme flead({"--test", "--now", "2026-01-05T09:00Z"});
  flead.shell.environment["FLEAD_NOW"] = "2026-01-05T09:00Z";
  flead.add_lead("+79160000001");
  const std::string second = *flead.add_lead("+79160000002").text("id");
  for (const char* noun : {"lead", "booking", "message", "job"}) {
    CAPTURE(noun);
    CHECK(code_of(flead.run({noun, "list", "--cursor", "nonsense", "--json"})) == "bad_cursor");
    CHECK(flead.run({noun, "list", "--limit", "0"}).exit == 2);
    CHECK(flead.run({noun, "list", "--since", "soon"}).exit == 2);
    CHECK(flead.count({noun, "list", "--since", "2026-01-06"}) == 0);
    CHECK(flead.count({noun, "list", "--until", "2026-01-05"}) == 0);
  }
  CHECK(flead.count({"lead", "list", "--since", "2026-01-05", "--until", "2026-01-06"}) == 2);
  CHECK(flead.count({"job", "list", "--since", "2026-01-05"}) == 2);
  const Ran page = flead.run({"lead", "list", "--limit", "1", "--json"});
  CHECK_THAT(page.err, ContainsSubstring("--cursor " + second));
  CHECK(flead.run({"lead", "list", "--limit", "1", "--quiet"}).err.empty());
  CHECK(flead.run({"lead", "list", "--limit", "2"}).err.empty());
  const Ran next = flead.run({"lead", "list", "--limit", "1", "--cursor", second, "--json"});
  CHECK_THAT(next.out, ContainsSubstring("+79160000001"));
  CHECK(next.err.empty());
  const Ran exported = flead.run({"export", "leads", "--limit", "1", "--jsonl"});
  CHECK_THAT(exported.out, ContainsSubstring("+79160000001"));
  CHECK_THAT(exported.err, ContainsSubstring("--cursor lead_"));
  CHECK(flead.run({"export", "leads", "--cursor", "nonsense"}).exit == 2);
}

TEST_CASE("frame: bookings go on after the last one shown", "[cli]") {
  Acme flead({"--test", "--now", "2026-01-05T09:00Z"});
  flead.shell.environment["FLEAD_NOW"] = "2026-01-05T09:00Z";
  REQUIRE(flead.run({"slot", "rule", "add", "--host", "me", "--weekly", "tue 10-13"}).exit == 0);
  flead.add_lead("+79160000001");
  for (const char* at : {"2026-01-06T10:30", "2026-01-06T10:00"}) {
    REQUIRE(flead.run({"booking", "create", "--at", at, "--lead", "+79160000001"}).exit == 0);
  }
  const Json first = flead.json({"booking", "list", "--limit", "1"});
  CHECK(first.items()[0].text("starts_at")->starts_with("2026-01-06T10:00"));
  const Json rest =
      flead.json({"booking", "list", "--limit", "1", "--cursor", *first.items()[0].text("id")});
  CHECK(rest.items()[0].text("starts_at")->starts_with("2026-01-06T10:30"));
  CHECK(flead.run({"booking", "list", "--cursor", "bkg_01k9x0000000000000000000000"}).exit == 2);
}

TEST_CASE("frame: plurals, --version, formats, zones and short waits", "[cli]") {
  Acme flead;
  CHECK(flead.run({"slots", "rules", "list"}).exit == 0);
  CHECK(flead.run({"slot", "rules", "list"}).exit == 0);
  const std::string version = flead.run({"version"}).out;
  CHECK(flead.run({"--version"}).out == version);
  CHECK(flead.run({"-V"}).out == version);
  CHECK(flead.run({"lead", "show", "--version"}).out == version);
  for (const std::vector<std::string>& formats :
       {std::vector<std::string>{"--csv", "--json"}, {"--csv", "--tsv"}, {"--tsv", "--jsonl"}}) {
    std::vector<std::string> args = {"tenant", "list"};
    args.insert(args.end(), formats.begin(), formats.end());
    CHECK(flead.run(args).exit == 2);
  }
  CHECK(flead.run({"tenant", "list", "--json", "--tz", "Nope/Zone"}).exit == 2);
  CHECK(flead.run({"version", "--tz", "Nope/Zone"}).exit == 2);
  for (const char* wait : {"200ms", "1.5s", "0.25s", "3", "1m"}) {
    CAPTURE(wait);
    CHECK(flead.run({"tenant", "list", "--timeout", wait}).exit == 0);
  }
  for (const char* wait : {"ms", "1.s.5s", "-1s", "1.5", "2h", "1e3s", "nans"}) {
    CAPTURE(wait);
    CHECK(flead.run({"tenant", "list", "--timeout", wait}).exit == 2);
  }
}

TEST_CASE("frame: a real store keeps real time for doctor and db too", "[cli]") {
  Acme flead;
  flead.shell.environment["FLEAD_NOW"] = "2026-01-05T09:00Z";
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"doctor"}, {"db", "status"}, {"db", "check"}, {"db", "migrate"}}) {
    CAPTURE(line);
    std::vector<std::string> args = line;
    args.emplace_back("--json");
    const Ran ran = flead.run(args);
    CHECK(ran.exit == 6);
    CHECK(code_of(ran) == "now_refused");
  }
}

TEST_CASE("frame: a secret is not sealed with another store's key", "[cli]") {
  Acme flead;
  REQUIRE(flead.run({"init", "--tenant", "b", "--db", flead.path("b.db")}).exit == 0);
  flead.write_file("flead.db.key", flead.read_file("b.db.key"));
  flead.write_file("secret", "word\n");
  const Ran ran = flead.run(
      {"channel", "add", "sms", "--login", "a", "--secret-file", flead.path("secret"), "--json"});
  CHECK(ran.exit == 4);
  CHECK(code_of(ran) == "wrong_key");
  CHECK_THAT(ran.err, ContainsSubstring(".key"));
  CHECK(flead.count({"channel", "list"}) == 1);
}

TEST_CASE("doctor: on a narrow terminal the advice is whole, on a line of its own", "[cli]") {
  Acme flead;
  flead.shell.terminal = true;
  flead.shell.columns = 40;
  const Ran ran = flead.run({"doctor"});
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("…") == std::string::npos);
  CHECK_THAT(ran.out, ContainsSubstring("\n                  Set FLEAD_BASE_URL to\n"));
}

TEST_CASE("job: cancelling the sending cancels the message, and its lead knows", "[cli]") {
  Acme flead;
  const std::string lead = *flead.add_lead("+79160000001").text("id");
  const Json message = flead.json({"message", "send", lead, "--text", "Hello"});
  const Json jobs = flead.json({"job", "list", "--kind", "message.send"});
  REQUIRE(jobs.items().size() == 1);
  CHECK(flead.json({"job", "cancel", *jobs.items()[0].text("id")}).text("state") == "cancelled");
  CHECK(flead.json({"message", "show", *message.text("id")}).text("state") == "cancelled");
  CHECK_THAT(flead.run({"lead", "timeline", lead, "--json"}).out,
             ContainsSubstring("message.cancelled"));
}

TEST_CASE("report: a week goes to an address once", "[cli][reports]") {
  Acme flead;
  CHECK(flead.run({"report", "weekly", "--email"}).exit == 2);
  REQUIRE(flead
              .run({"channel", "add", "email", "--smtp", "127.0.0.1:2525", "--from", "a@acme.test",
                    "--user", ""})
              .exit == 0);
  CHECK(flead.run({"report", "weekly", "--email", "me@acme.test"}).exit == 0);
  const Ran again = flead.run({"report", "weekly", "--email", "ME@acme.test"});
  CHECK(again.exit == 0);
  CHECK_THAT(again.err, ContainsSubstring("before"));
  CHECK(flead.count({"message", "list"}) == 1);
  REQUIRE(flead.run({"config", "set", "report.email", "boss@acme.test"}).exit == 0);
  CHECK(flead.json({"report", "weekly", "--email"}).text("to") == "boss@acme.test");
  CHECK(flead.count({"message", "list"}) == 2);
}

TEST_CASE("import: the rejects never replace the input, a dry run replaces nothing", "[cli]") {
  Acme flead;
  const std::string table = "phone\n+79160000001\n+79160000001\n12\n";
  flead.write_file("in.csv", table);
  const std::string in = flead.path("in.csv");
  CHECK(flead.run({"lead", "import", in, "--rejects", flead.path("./in.csv")}).exit == 2);
  CHECK(flead.read_file("in.csv") == table);
  flead.write_file("bad.csv", "mine");
  const Json dry =
      flead.json({"lead", "import", in, "--rejects", flead.path("bad.csv"), "--dry-run"});
  CHECK(dry.integer("created") == 1);
  CHECK(dry.integer("duplicates") == 1);
  CHECK(dry.integer("rejected") == 1);
  CHECK(flead.read_file("bad.csv") == "mine");
  CHECK(flead.count({"lead", "list"}) == 0);
  CHECK(flead.json({"lead", "import", in, "--rejects", flead.path("bad.csv")}).integer("created") ==
        1);
  CHECK_THAT(flead.read_file("bad.csv"), ContainsSubstring("phone_invalid"));
}

}  // namespace flead::cli
