// `flead payment` as it is typed.
#include <fstream>
#include <string>

#include "core/store/store.h"
#include "support/catch.h"
#include "support/command_line.h"

namespace flead::test {
namespace {

void init_store(CommandLine& line) {
  REQUIRE(line.run({"init", "--tenant", "acme", "--test"}).exit == 0);
}

void write_key(CommandLine& line) {
  std::ofstream(line.path("shop.key")) << "live_key\n";
}

// Nothing answers there: the provider cannot be asked.
constexpr const char* k_nowhere = "http://127.0.0.1:9/v3";

}  // namespace

TEST_CASE("payment: a cashbox takes, confirms and gives back", "[cli][money]") {
  CommandLine line;
  init_store(line);
  const Json account =
      line.json({"payment", "connect", "manual", "--instructions", "Transfer to us"});
  CHECK(account.text("status") == "active");
  CHECK(account.text("config.instructions") == "Transfer to us");
  const Json made = line.json({"payment", "create", "1500", "--text", "Talk"});
  const std::string id = *made.text("id");
  CHECK(made.text("state") == "pending");
  CHECK(made.integer("amount.amount_minor") == 150000);
  CHECK(made.text("pay_url")->find("/pay/") != std::string::npos);
  CHECK(line.run({"payment", "refund", id, "--reason", "x"}).exit == 5);
  CHECK(line.run({"payment", "sync", id}).exit == 6);
  CHECK(line.run({"payment", "resolve", id, "--note", "x"}).exit == 5);
  CHECK(line.json({"payment", "confirm", id}).text("state") == "succeeded");
  CHECK(line.run({"payment", "confirm", id}).exit == 5);
  CHECK(line.json({"payment", "refund", id, "--reason", "late", "--dry-run"})
            .integer("amount.amount_minor") == 150000);
  CHECK(line.json({"payment", "show", id}).find("refunds")->items().empty());
  const Json part = line.json({"payment", "refund", id, "--amount", "500.50", "--reason", "late"});
  CHECK(part.integer("amount.amount_minor") == 50050);
  CHECK(part.text("state") == "pending");
  CHECK(line.run({"payment", "refund", id, "--amount", "1000", "--reason", "x"}).exit == 6);
  // All that is left, by default.
  const Json rest = line.json({"payment", "refund", id, "--reason", "late"});
  CHECK(rest.integer("amount.amount_minor") == 99950);
  CHECK(line.run({"payment", "refund", id, "--reason", "late"}).exit == 6);
  CHECK(line.json({"payment", "confirm", *part.text("id")}).text("state") == "succeeded");
  const Json shown = line.json({"payment", "show", id});
  CHECK(shown.integer("refunded.amount_minor") == 50050);
  CHECK(shown.find("refunds")->items().size() == 2);
  CHECK(line.json({"payment", "list", "--state", "succeeded"}).items().size() == 1);
  CHECK(line.json({"payment", "list", "--problems"}).items().empty());
}

TEST_CASE("payment: a shop is kept although it could not be asked, and its key is never shown",
          "[cli][money]") {
  CommandLine line;
  init_store(line);
  write_key(line);
  const Ran ran =
      line.run({"payment", "connect", "yookassa", "--shop-id", "100500", "--secret-file",
                line.path("shop.key"), "--base-url", k_nowhere, "--json"});
  CHECK(ran.exit == 7);
  CHECK(ran.err.find("/hooks/yookassa/pac_") != std::string::npos);
  CHECK(ran.out.find("live_key") == std::string::npos);
  CHECK(ran.err.find("live_key") == std::string::npos);
  const Json rows = line.json({"payment", "accounts"});
  REQUIRE(rows.items().size() == 1);
  CHECK(rows.items()[0].text("status") == "active");
  CHECK(rows.items()[0].boolean("has_secret") == true);
  CHECK(line.run({"payment", "connect", "yookassa", "--shop-id", "1", "--secret-file",
                  line.path("shop.key"), "--base-url", k_nowhere})
            .exit == 5);
  const Json made = line.json({"payment", "create", "1500", "--hold"});
  const std::string id = *made.text("id");
  CHECK(made.text("state") == "created");
  CHECK(made.boolean("two_step") == true);
  CHECK(line.run({"payment", "confirm", id}).exit == 6);
  CHECK(line.run({"payment", "capture", id}).exit == 5);
  CHECK(line.json({"payment", "sync", id}).text("id") == id);
  CHECK(line.json({"payment", "cancel", id, "--reason", "Not wanted"}).text("state") == "canceled");
  CHECK(line.run({"payment", "cancel", id, "--reason", "x"}).exit == 5);
  CHECK(line.run({"payment", "sync", id}).exit == 5);  // the provider never had it
}

TEST_CASE("payment: accounts are paused, chosen and forgotten", "[cli][money]") {
  CommandLine line;
  init_store(line);
  CHECK(line.run({"payment", "create", "1"}).exit == 6);  // nobody takes it
  line.json({"payment", "connect", "manual", "--name", "cash"});
  line.json({"payment", "connect", "manual", "--name", "bank"});
  const auto account_of = [&] { return *line.json({"payment", "create", "1"}).text("account"); };
  CHECK(account_of() == "cash");
  CHECK(line.json({"payment", "pause", "cash"}).text("status") == "paused");
  CHECK(account_of() == "bank");
  CHECK(line.run({"payment", "create", "1", "--account", "cash"}).exit == 6);
  CHECK(line.json({"payment", "resume", "cash"}).text("status") == "active");
  REQUIRE(line.run({"config", "set", "payment.account", "bank"}).exit == 0);
  CHECK(account_of() == "bank");
  REQUIRE(line.run({"config", "set", "payment.account", "off"}).exit == 0);
  CHECK(line.run({"payment", "create", "1"}).exit == 6);
  CHECK(line.run({"config", "set", "payment.account", "No Such"}).exit != 0);
  // It has a payment that nobody could be asked about any more.
  CHECK(line.run({"payment", "disconnect", "bank", "--yes"}).exit == 5);
  const Json waiting = line.json({"payment", "list", "--state", "pending"});
  for (const Json& open : waiting.items()) {
    line.json({"payment", "cancel", *open.text("id"), "--reason", "x"});
  }
  CHECK(line.run({"payment", "disconnect", "bank"}).exit == 2);
  CHECK(line.json({"payment", "disconnect", "bank", "--yes"}).text("status") == "removed");
  CHECK(line.run({"payment", "pause", "bank"}).exit == 3);
  CHECK(line.json({"payment", "accounts"}).items().size() == 1);
}

TEST_CASE("payment: what is typed wrongly has its exit code", "[cli][money]") {
  struct Case {
    std::vector<std::string> words;
    int exit;
  };
  const Case one = GENERATE(values<Case>({
      {{"payment", "create", "1.5e3"}, 2},
      {{"payment", "create", "0"}, 2},
      {{"payment", "create", "-5"}, 2},
      {{"payment", "create", "1", "--currency", "R1"}, 2},
      {{"payment", "create", "1", "--lead", "nobody@example.ru"}, 3},
      {{"payment", "show", "pay_1"}, 3},
      {{"payment", "show", "pay_01k9x0000000000000000000zz"}, 3},
      {{"payment", "confirm", "rfd_01k9x0000000000000000000zz"}, 3},
      {{"payment", "retry", "rfd_01k9x0000000000000000000zz"}, 3},
      {{"payment", "refund", "pay_01k9x0000000000000000000zz"}, 2},  // no reason
      {{"payment", "connect", "paypal"}, 2},
      {{"payment", "connect", "yookassa", "--secret-file", "-"}, 6},
      {{"payment", "connect", "yookassa", "--shop-id", "1", "--no-input"}, 4},
      {{"payment", "test", "nothing"}, 3},
      {{"payment", "list", "--limit", "0"}, 2},
      {{"payment", "list", "--cursor", "x"}, 2},
      {{"payment", "list", "--json=no_such"}, 2},
  }));
  CAPTURE(one.words);
  CommandLine line;
  init_store(line);
  write_key(line);
  line.json({"payment", "connect", "manual"});
  const Ran ran = line.run(one.words);
  CAPTURE(ran.err);
  CHECK(ran.exit == one.exit);
}

TEST_CASE("payment: doctor says what to do", "[cli][money][doctor]") {
  CommandLine line;
  init_store(line);
  CHECK(line.run({"doctor"}).out.find("payments") == std::string::npos);
  line.json({"payment", "connect", "manual"});
  CHECK(line.run({"doctor"}).out.find("payments\t1 accounts") != std::string::npos);
  line.json({"payment", "pause", "manual"});
  const Ran ran = line.run({"doctor"});
  CHECK(ran.out.find("manual is paused: by hand") != std::string::npos);
  CHECK(ran.out.find("flead payment test manual --tenant acme") != std::string::npos);
}

TEST_CASE("payment: doctor tells of one that nobody asks of any more", "[cli][money][doctor]") {
  CommandLine line;
  init_store(line);
  write_key(line);
  line.run({"payment", "connect", "yookassa", "--shop-id", "100500", "--secret-file",
            line.path("shop.key"), "--base-url", k_nowhere});
  const Json made =
      line.json({"payment", "create", "1500", "--text", "Talk", "--now", "2026-01-05T09:00:00Z"});
  store::OpenOptions options;
  options.path = line.path("flead.db");
  auto opened = store::open_sqlite(options);
  REQUIRE(opened);
  REQUIRE((*opened)->write([&](store::Tx& tx) {
    return tx.exec("UPDATE payments SET state = 'pending' WHERE id = $1", *made.text("id"));
  }));
  const auto doctor = [&](const std::string& now) {
    return line.run({"doctor", "--now", now}).out;
  };
  const std::string fix = "flead payment sync " + *made.text("id");
  CHECK(doctor("2026-01-14T08:59:00Z").find(fix) == std::string::npos);
  CHECK(doctor("2026-01-14T09:01:00Z").find(fix) != std::string::npos);
}

}  // namespace flead::test
