// `flead offer` and `flead booking quote`.
#include <string>

#include "support/catch.h"
#include "support/command_line.h"

namespace flead::cli {

using test::CommandLine;
using test::Ran;

namespace {

void prepare(CommandLine& flead) {
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test", "--tz", "Europe/Moscow"}).exit == 0);
  flead.json({"offer", "add", "session", "--host", "me", "--name", "Session", "--len", "50m",
              "--per-day", "4"});
  flead.json({"slot", "rule", "add", "--host", "me", "--offer", "session", "--weekly",
              "daily 10:00-18:00"});
}

}  // namespace

TEST_CASE("offer: made, priced, shown, changed and retired", "[cli][offers]") {
  CommandLine flead;
  prepare(flead);
  const Json priced = flead.json({"offer", "price", "session", "--amount", "4999.90"});
  CHECK(priced.find("prices")->items()[0].integer("price.amount_minor") == 499990);
  flead.json({"offer", "policy", "session", "--steps", "24h 100, 2h 50", "--moves", "2"});
  const Json shown = flead.json({"offer", "show", "session"});
  CHECK(shown.integer("length_min") == 50);
  CHECK(shown.integer("per_day") == 4);
  CHECK(shown.text("host") == "me");
  CHECK(shown.text("policy.steps") == "1d 100, 2h 50");
  const Json edited = flead.json({"offer", "edit", "session", "--on-request", "yes"});
  CHECK(edited.boolean("on_request") == true);
  CHECK(edited.integer("length_min") == 50);
  CHECK(flead.run({"offer", "add", "session", "--host", "me"}).exit == 5);
  CHECK(flead.run({"offer", "price", "session"}).exit == 2);
  CHECK(flead.run({"offer", "price", "session", "--amount", "lots"}).exit == 2);
  CHECK(flead.run({"offer", "policy", "session", "--steps", "2h 50, 24h 100"}).exit == 6);
  CHECK(flead.run({"offer", "price", "none", "--amount", "1"}).exit == 3);
  flead.json({"offer", "retire", "session", "--yes"});
  CHECK(flead.json({"offer", "list"}).items().empty());
  CHECK(flead.json({"offer", "list", "--all"}).items().size() == 1);
}

TEST_CASE("booking: a dry run shows what a cancelled booking returns", "[cli][offers]") {
  CommandLine flead;
  prepare(flead);
  const std::string now = "2026-01-05T09:00:00Z";
  flead.json({"offer", "price", "session", "--amount", "5000", "--now", now});
  flead.json({"offer", "policy", "session", "--steps", "24h 100, 2h 50", "--now", now});
  const Json quote = flead.json({"booking", "quote", "--at", "2026-01-06T10:00", "--now", now});
  CHECK(quote.integer("price.amount_minor") == 500000);
  CHECK(quote.find("refunds")->items().size() == 2);
  const Json made =
      flead.json({"booking", "create", "--at", "2026-01-06T10:00", "--phone", "+79161234567",
                  "--consent", "processing", "--price-version", "1", "--now", now});
  const std::string id = made.text("id").value_or("");
  const auto dry = [&](const std::string& by) {
    return flead
        .json({"booking", "cancel", id, "--by", by, "--dry-run", "--yes", "--now",
               "2026-01-05T12:00:00Z"})
        .integer("refund_due.amount_minor");
  };
  CHECK(dry("person") == 250000);  // 19 hours before
  CHECK(dry("host") == 500000);
  CHECK(flead.json({"booking", "show", id}).text("status") == "confirmed");
  CHECK(flead
            .run({"booking", "create", "--at", "2026-01-06T10:50", "--phone", "+79161234568",
                  "--consent", "processing", "--price-version", "7", "--now", now})
            .exit == 5);
}

}  // namespace flead::cli
