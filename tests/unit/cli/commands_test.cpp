// What each command of this area promises; rules of its area are tested beside the area.
#include <fstream>

#include <sys/stat.h>

#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli {

using test::CommandLine;
using test::Ran;

TEST_CASE("init: makes a store, a key that nobody else reads, and prints the contract's object",
          "[cli]") {
  CommandLine flead;
  const Json made = flead.json({"init", "--tenant", "acme", "--tz", "Europe/Moscow"});
  std::vector<std::string> names;
  for (const auto& member : made.members()) names.push_back(member.first);
  CHECK(names == std::vector<std::string>{"db", "tenant", "publishable_key", "token"});
  CHECK(made.text("tenant.slug") == "acme");
  CHECK(made.text("tenant.id")->starts_with("ten_"));
  CHECK(made.text("publishable_key")->starts_with("pk_"));
  CHECK(made.text("token")->starts_with("sk_"));
  for (const char* file : {"flead.db", "flead.db.key"}) {
    struct stat info {};
    REQUIRE(::stat(flead.path(file).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  const Json tenant = flead.json({"tenant", "show"});
  CHECK(tenant.text("locale") == "ru");
  CHECK(tenant.text("region") == "RU");
}

TEST_CASE("init: a second one is exit 5 and changes nothing", "[cli]") {
  CommandLine flead;
  const Json first = flead.json({"init", "--tenant", "acme"});
  const std::string key = flead.read_file("flead.db.key");
  CHECK(flead.run({"init", "--tenant", "acme"}).exit == 5);
  CHECK(flead.run({"init", "--tenant", "other"}).exit == 5);
  CHECK(flead.run({"init"}).exit == 5);
  CHECK(flead.read_file("flead.db.key") == key);
  CHECK(flead.json({"tenant", "list"}).items().size() == 1);
  const Json again = flead.json({"init", "--tenant", "acme", "--if-missing"});
  CHECK(again.text("tenant.id") == first.text("tenant.id"));
  CHECK(again.find("token")->is_null());
}

TEST_CASE("init: what is refused leaves no file behind", "[cli]") {
  const auto [args, code] = GENERATE(table<std::vector<std::string>, int>({
      {{"init"}, 2},
      {{"init", "--tenant", "Bad Slug"}, 6},
      {{"init", "--tenant", "9lives"}, 6},
      {{"init", "--tenant", "acme", "--tz", "Mars/Olympus"}, 2},
      {{"init", "--tenant", ""}, 2},
      {{"init", "--tenant", "acme", "--locale", "fr"}, 2},
      {{"init", "--tenant", "acme", "--region", "XX"}, 6},
      {{"init", "--tenant", "acme", "--timeout", "soon"}, 2},
  }));
  CAPTURE(args);
  CommandLine flead;
  CHECK(flead.run(args).exit == code);
  CHECK_FALSE(flead.exists("flead.db"));
}

TEST_CASE("init: completes a store that a crash left without a tenant", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme", "--db", flead.path("whole.db")}).exit == 0);
  SECTION("the key was made, the store was not") {
    flead.write_file("flead.db.key", flead.read_file("whole.db.key"));
  }
  SECTION("the file is there and empty") {
    flead.write_file("flead.db", "");
  }
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK(flead.json({"doctor"}).items().size() > 5);
}

TEST_CASE("init: a file that is no store of ours is left alone", "[cli]") {
  CommandLine flead;
  flead.write_file("flead.db", "A text that somebody keeps here.\n");
  CHECK(flead.run({"init", "--tenant", "acme"}).exit == 9);
  CHECK(flead.read_file("flead.db") == "A text that somebody keeps here.\n");
  CHECK_FALSE(flead.exists("flead.db.key"));
}

TEST_CASE("init: a key from the environment is used and not written down", "[cli]") {
  CommandLine flead;
  flead.shell.environment["FLEAD_KEY"] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK_FALSE(flead.exists("flead.db.key"));
  flead.shell.environment["FLEAD_KEY"] = "too short";
  CHECK(flead.run({"init", "--tenant", "acme", "--db", flead.path("b.db")}).exit == 4);
  CHECK_FALSE(flead.exists("b.db"));
}

TEST_CASE("init: on a terminal it asks, and asks again after a bad answer", "[cli]") {
  CommandLine flead;
  flead.shell.terminal = true;
  flead.shell.environment["TZ"] = "Europe/Berlin";
  flead.shell.answers = {"Bad Slug", "acme", "Acme GmbH", "", "en"};
  const Ran ran = flead.run({"init"});
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
  const Json tenant = flead.json({"tenant", "show"});
  CHECK(tenant.text("slug") == "acme");
  CHECK(tenant.text("name") == "Acme GmbH");
  CHECK(tenant.text("zone") == "Europe/Berlin");
  CHECK(tenant.text("region") == "DE");
  CommandLine silent;
  silent.shell.terminal = true;
  CHECK(silent.run({"init", "--no-input"}).exit == 2);
}

TEST_CASE("doctor: a fresh store has warnings but nothing that fails", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const Json findings = flead.json({"doctor"});
  for (const Json& finding : findings.items()) {
    CAPTURE(finding.dump());
    CHECK(finding.text("status") != "fail");
    if (finding.text("status") == "warn") CHECK_FALSE(finding.text("fix")->empty());
  }
}

TEST_CASE("doctor: tells of a token that ends within two weeks", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test"}).exit == 0);
  const std::string secret = flead.path("token");
  std::ofstream(secret) << "IGAAfake";
  const auto add = [&](const std::string& name, const std::string& day) {
    const Ran ran =
        flead.run({"channel", "add", "instagram", "--name", name, "--secret-file", secret,
                   "--hook-secret-file", secret, "--no-connect", "--set", "expires_at=" + day});
    CAPTURE(ran.err);
    REQUIRE(ran.exit == 0);
  };
  add("soon", "2026-01-12");
  add("later", "2028-01-12");
  const std::string found = flead.run({"doctor", "--json", "--now", "2026-01-05T09:00:00Z"}).out;
  CHECK_THAT(found, ContainsSubstring("acme: the token of soon ends on 2026-01-12"));
  CHECK(found.find("of later") == std::string::npos);
}

TEST_CASE("doctor: each thing that is wrong fails and says what to do; the store itself is exit 9",
          "[cli]") {
  CommandLine flead;
  const auto status_of = [&](const std::string& check) {
    const Ran ran = flead.run({"doctor", "--json"});
    CHECK(ran.exit == (check == "store" ? 9 : 8));
    const auto findings = parse_json(ran.out);
    REQUIRE(findings);
    for (const Json& finding : findings->items()) {
      if (finding.text("check") != check) continue;
      CHECK_FALSE(finding.text("message")->empty());
      return finding.text("status").value_or("");
    }
    return std::string("not checked");
  };
  SECTION("no store") {
    CHECK(status_of("store") == "fail");
  }
  SECTION("no key") {
    REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
    std::remove(flead.path("flead.db.key").c_str());
    CHECK(status_of("key") == "fail");
  }
  SECTION("another store's key") {
    REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
    REQUIRE(flead.run({"init", "--tenant", "acme", "--db", flead.path("b.db")}).exit == 0);
    flead.write_file("flead.db.key", flead.read_file("b.db.key"));
    CHECK(status_of("key") == "fail");
  }
  SECTION("a damaged key") {
    REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
    flead.write_file("flead.db.key", "nonsense");
    CHECK(status_of("key") == "fail");
  }
  SECTION("not a store") {
    flead.write_file("flead.db", std::string(8192, 'x'));
    CHECK(status_of("store") == "fail");
  }
  SECTION("a clock that went back") {
    REQUIRE(flead.run({"init", "--tenant", "acme", "--test", "--now", "2090-01-01"}).exit == 0);
    CHECK(status_of("clock") == "fail");
  }
}

TEST_CASE("tenant: added, edited, suspended, and back", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const Json added = flead.json({"tenant", "add", "kz", "--tz", "Asia/Almaty"});
  CHECK(added.text("region") == "KZ");
  CHECK(flead.run({"tenant", "add", "kz"}).exit == 5);
  CHECK(flead.json({"tenant", "edit", "kz", "--name", "Қазақ"}).text("name") == "Қазақ");
  CHECK(flead.run({"tenant", "edit", "kz", "--tz", "Nowhere"}).exit == 2);
  CHECK(flead.json({"tenant", "suspend", "kz", "--yes"}).text("status") == "suspended");
  CHECK(flead.json({"tenant", "suspend", "kz", "--undo"}).text("status") == "active");
  CHECK(flead.run({"tenant", "suspend", "nobody", "--yes"}).exit == 3);
}

TEST_CASE("token: shown once, listed without its secret, revoked", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const Json made = flead.json({"token", "create", "--role", "operator", "--label", "site"});
  CHECK(made.text("token")->starts_with("sk_"));
  const std::string listed = flead.run({"token", "list", "--json"}).out;
  CHECK(listed.find("sk_") == std::string::npos);
  CHECK(flead.read_file("flead.db").find(*made.text("token")) == std::string::npos);
  const Json revoked = flead.json({"token", "revoke", *made.text("id"), "--yes"});
  CHECK(revoked.text("revoked_at").has_value());
  CHECK(flead.json({"token", "revoke", *made.text("id"), "--yes"}).text("revoked_at") ==
        revoked.text("revoked_at"));
  CHECK(flead.run({"token", "revoke", "tok_unknown", "--yes"}).exit == 3);
  CHECK(flead.run({"token", "create", "--role", "king"}).exit == 2);
  REQUIRE(flead.run({"tenant", "add", "other"}).exit == 0);
  CHECK(flead.run({"token", "revoke", *made.text("id"), "--yes", "--tenant", "other"}).exit == 3);
}

TEST_CASE("config: a tenant's value wins over the store's, and bad values change nothing",
          "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  CHECK(flead.run({"config", "get", "rate.key"}).out == "100/s\n");
  REQUIRE(flead.run({"config", "set", "rate.key", "5/s", "--store"}).exit == 0);
  CHECK(flead.json({"config", "get", "rate.key"}).text("origin") == "store");
  CHECK(flead.json({"config", "set", "rate.key", "off"}).text("origin") == "tenant");
  CHECK(flead.run({"config", "set", "rate.key", "fast"}).exit == 6);
  CHECK(flead.run({"config", "set", "rate.keys", "off"}).exit == 6);
  CHECK(flead.run({"config", "get", "rate.keys"}).exit == 3);
  CHECK(flead.run({"config", "get", "rate.key"}).out == "off\n");
}

TEST_CASE("legal: a text is added, published, and its predecessor stays", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme", "--name", "Acme"}).exit == 0);
  CHECK_THAT(flead.run({"legal", "show", "consent"}).out, ContainsSubstring("Acme"));
  flead.write_file("new.md", "# Our consent\n");
  const Json draft =
      flead.json({"legal", "add", "consent", "--lang", "en", "--file", flead.path("new.md")});
  CHECK(draft.integer("version") == 2);
  CHECK(draft.text("status") == "draft");
  CHECK_THAT(flead.run({"legal", "show", "consent"}).out, ContainsSubstring("Acme"));
  REQUIRE(flead.run({"legal", "publish", "consent", "--lang", "en", "--version", "2"}).exit == 0);
  CHECK(flead.run({"legal", "show", "consent"}).out == "# Our consent\n");
  CHECK_THAT(flead.run({"legal", "show", "consent", "--version", "1"}).out,
             ContainsSubstring("Acme"));
  flead.shell.input = "# From a pipe\n";
  CHECK(flead.json({"legal", "add", "policy", "--lang", "ru", "--file", "-", "--publish"})
            .text("status") == "published");
  CHECK(flead.run({"legal", "publish", "consent", "--lang", "en", "--version", "9"}).exit == 3);
  CHECK(flead.run({"legal", "add", "consent", "--lang", "en", "--file", "/nowhere"}).exit == 2);
  CHECK(flead.run({"legal", "show", "terms"}).exit == 2);
}

TEST_CASE("db: status, check and migrate", "[cli]") {
  CommandLine flead;
  CHECK(flead.run({"db", "status"}).exit == 9);
  CHECK_FALSE(flead.exists("flead.db"));
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test"}).exit == 0);
  const Json status = flead.json({"db", "status"});
  CHECK(status.text("state") == "current");
  CHECK(status.boolean("test") == true);
  CHECK(flead.json({"db", "check"}).text("state") == "ok");
  CHECK(flead.json({"db", "migrate"}).boolean("migrated") == false);
}

TEST_CASE("job: unknown ids and limits out of range are refused", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  for (const char* verb : {"show", "retry", "cancel"}) {
    CHECK(flead.run({"job", verb, "job_unknown"}).exit == 3);
  }
  CHECK(flead.run({"job", "list", "--limit", "0"}).exit == 2);
  CHECK(flead.run({"job", "list", "--limit", "1001"}).exit == 2);
  CHECK(flead.run({"job", "list", "--state", "lost"}).exit == 2);
}

TEST_CASE("lead: suspects are listed, and cleared with a greeting", "[cli][intake]") {
  CommandLine flead;
  flead.json({"init", "--tenant", "acme"});
  const auto add = [&](const char* email) {
    return *flead
                .json({"lead", "add", "--email", email, "--consent", "processing", "--no-greeting"})
                .text("id");
  };
  const std::string id = add("a@example.org");
  add("b@example.org");
  const auto greetings = [&] {
    std::size_t count = 0;
    const Json jobs = flead.json({"job", "list"});
    for (const Json& job : jobs.items()) {
      if (job.text("kind") == "lead.greet") ++count;
    }
    return count;
  };
  CHECK(flead.json({"lead", "status", id, "suspect"}).text("status") == "suspect");
  const Json listed = flead.json({"lead", "list", "--suspect"});
  REQUIRE(listed.items().size() == 1);
  CHECK(listed.items().front().text("id") == id);
  CHECK(flead.run({"lead", "list", "--suspect", "--status", "new"}).exit == 2);
  CHECK(flead.json({"lead", "list", "--suspect", "--status", "suspect"}).items().size() == 1);
  CHECK(greetings() == 0);
  CHECK(flead.json({"lead", "status", id, "new"}).text("status") == "new");
  CHECK(greetings() == 1);
  CHECK(flead.json({"lead", "list", "--suspect"}).items().empty());
}

TEST_CASE("booking: the command line completes at any time, and knows a no-show after the start",
          "[cli][booking]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme", "--tz", "UTC", "--test", "--now", "2026-01-05"})
              .exit == 0);
  const auto at = [](std::string now, std::vector<std::string> args) {
    args.insert(args.end(), {"--now", std::move(now)});
    return args;
  };
  flead.json(at("2026-01-05", {"slot", "rule", "add", "--host", "me", "--weekly", "daily 10-12"}));
  const Json made =
      flead.json(at("2026-01-05", {"booking", "create", "--at", "2026-01-06T10:00", "--phone",
                                   "+79160000001", "--consent", "processing"}));
  const std::string id = *made.text("id");
  CHECK(flead.run(at("2026-01-05", {"booking", "noshow", id})).exit == 5);
  CHECK(flead.json(at("2026-01-05", {"booking", "complete", id})).text("status") == "completed");
  CHECK(flead.json(at("2026-01-06T10:00Z", {"booking", "noshow", id})).text("status") == "no_show");
}

}  // namespace flead::cli
