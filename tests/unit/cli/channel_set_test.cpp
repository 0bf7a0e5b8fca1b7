// What `flead channel set` promises: only what was named changes, and nothing secret is shown.
#include <string>

#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli::channel_set_cases {
namespace {

using test::CommandLine;

void add_telegram(CommandLine& flead) {
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  flead.write_file("bot.token", "700:first-token\n");
  flead.json({"channel", "add", "telegram", "--no-connect", "--set", "rate=5", "--secret-file",
              flead.path("bot.token")});
}

}  // namespace

TEST_CASE("channel set: a setting changes, the others stay, and an empty one goes", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  const Json with = flead.json({"channel", "set", "telegram", "--set", "proxy=http://127.0.0.1:1"});
  CHECK(with.text("config.proxy") == "http://127.0.0.1:1");
  CHECK(with.number("config.rate") == 5);
  const Json without = flead.json({"channel", "set", "telegram", "--set", "proxy="});
  CHECK(without.find("config.proxy") == nullptr);
  CHECK(without.number("config.rate") == 5);
}

TEST_CASE("channel set: a new token is taken and never shown", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  flead.write_file("new.token", "700:second-token\n");
  const auto ran =
      flead.run({"channel", "set", "telegram", "--secret-file", flead.path("new.token"), "--json"});
  CHECK(ran.exit == 0);
  CHECK_THAT(ran.out + ran.err, !ContainsSubstring("second-token"));
}

TEST_CASE("channel set: what cannot be is refused and changes nothing", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  const auto nothing = flead.run({"channel", "set", "telegram"});
  CHECK(nothing.exit == 2);
  CHECK_THAT(nothing.err, ContainsSubstring("--secret-file"));
  CHECK(flead.run({"channel", "set", "telegram", "--set", "proxy=nowhere"}).exit != 0);
  CHECK(flead.run({"channel", "set", "pigeon", "--set", "rate=1"}).exit == 3);
  const Json known = flead.json({"channel", "list"});
  REQUIRE(known.items().size() == 2);
  for (const Json& one : known.items()) CHECK(one.find("config.proxy") == nullptr);
}

}  // namespace flead::cli::channel_set_cases
