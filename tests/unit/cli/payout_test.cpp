// `flead payout`: by hand from what is due to what the bank has done, and what is refused.
#include <string>

#include "core/booking/offer.h"
#include "core/money/ledger.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"
#include "support/catch.h"
#include "support/command_line.h"
#include "support/fakes.h"

namespace flead::cli {

using test::CommandLine;

namespace {

constexpr const char* k_now = "2026-01-05T09:00:00Z";

std::vector<std::string> at_now(std::vector<std::string> words) {
  words.emplace_back("--now");
  words.emplace_back(k_now);
  return words;
}

// A meeting that was completed in December.
void earn(CommandLine& flead, const std::string& host, std::int64_t minor) {
  store::OpenOptions options;
  options.path = flead.path("flead.db");
  auto opened = store::open_sqlite(options);
  REQUIRE(opened);
  test::FixedClock clock;
  test::SeededRandom random(static_cast<std::uint64_t>(minor));
  World world{clock, random};
  const auto posted = (*opened)->write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto tenant, tenants::by_slug(tx, "acme"));
    FLEAD_TRY(const auto found, booking::find_host(tx, tenant.id, host));
    money::NewTransaction entry;
    entry.kind = "earned";
    entry.text = "Meeting";
    entry.subject = make_id(world, "pay");
    entry.unique_key = "earned:" + entry.subject;
    entry.currency = "RUB";
    entry.moves = {{"liabilities:prepaid:l", money::account::expert(found.id.text()), minor}};
    entry.at = clock.now() - 20 * k_day_ms;
    FLEAD_CHECK(money::post(world, tx, tenant.id, entry));
    return {};
  });
  REQUIRE(posted);
}

void prepare_payouts(CommandLine& flead) {
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test", "--tz", "Europe/Moscow"}).exit == 0);
  flead.json({"expert", "add", "ira", "--name", "Ира"});
  flead.json({"payout", "method", "set", "ira", "manual", "--payee", "Ира И", "--account",
              "40817810099910004312", "--bank", "044525225"});
}

}  // namespace

TEST_CASE("payout: planned, run into the bank's file, and paid", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  earn(flead, "ira", 150000);
  const Json plan = flead.json(at_now({"payout", "plan"}));
  REQUIRE(plan.items().size() == 1);
  CHECK(plan.items()[0].text("host") == "ira");
  CHECK(plan.items()[0].integer("amount.amount_minor") == 150000);
  CHECK(plan.items()[0].text("to") == "Ира И, …4312");
  CHECK(flead.json({"payout", "list"}).items().empty());

  CHECK(flead.run(at_now({"payout", "run", "-o", flead.path("bank.csv")})).exit == 0);
  const std::string file = flead.read_file("bank.csv");
  CHECK(file.starts_with("payout,recipient,account,bank,inn,amount,currency,purpose\npo_"));
  CHECK(file.find(",Ира И,40817810099910004312,044525225,,1500.00,RUB,") != std::string::npos);
  // Again: nothing is left to be paid, and what waits for the bank is written again.
  const auto again = flead.run(at_now({"payout", "run", "-o", flead.path("again.csv")}));
  CHECK(again.exit == 0);
  const auto next = flead.run({"payout", "bank"});
  CHECK(next.out == "payout,recipient,account,bank,inn,amount,currency,purpose\n");
  CHECK_THAT(next.err, ContainsSubstring("--again"));
  CHECK(flead.run({"payout", "bank", "--again"}).out == file);
  const Json listed = flead.json({"payout", "list", "--open"});
  REQUIRE(listed.items().size() == 1);
  const std::string id = *listed.items()[0].text("id");
  CHECK(flead.json({"payout", "show", id}).text("state") == "approved");
  CHECK(flead.run({"payout", "paid"}).exit == 2);
  CHECK(flead.json({"payout", "paid", id}).items()[0].text("state") == "succeeded");
  CHECK(flead.run({"payout", "paid", id}).exit == 5);
  CHECK(flead.run({"payout", "cancel", id, "--reason", "late"}).exit == 5);
  CHECK(flead.run({"payout", "sync", id}).exit == 6);
  CHECK(flead.run({"payout", "show", "po_none"}).exit == 3);
}

TEST_CASE("payout: nothing due for a named host, and limits, are exit 6", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  const auto nothing = flead.run(at_now({"payout", "run", "--host", "ira"}));
  CHECK(nothing.exit == 6);
  CHECK(nothing.err.find("nothing is due") != std::string::npos);
  CHECK(flead.run({"payout", "run", "--host", "nobody"}).exit == 3);
  CHECK(flead.run({"payout", "run", "--amount", "100"}).exit == 2);
  earn(flead, "ira", 150000);
  flead.run({"config", "set", "payout.manual_each", "1000"});
  CHECK(flead.run(at_now({"payout", "run", "--host", "ira", "--amount", "1001"})).exit == 6);
  const Json some = flead.json(at_now({"payout", "run", "--host", "ira", "--amount", "500"}));
  CHECK(some.items()[0].integer("amount.amount_minor") == 50000);
  CHECK(some.items()[0].text("state") == "approved");
  CHECK(flead.run(at_now({"payout", "run", "--dry-run"})).exit == 2);
}

TEST_CASE("payout: doctor tells what waits for a person for a week", "[cli][money][doctor]") {
  CommandLine flead;
  prepare_payouts(flead);
  earn(flead, "ira", 150000);
  const bool planned = GENERATE(false, true);
  if (planned) flead.run({"config", "set", "payout.approve_above", "0"});
  const Json run = flead.json(at_now({"payout", "run"}));
  const std::string id = *run.items()[0].text("payout");
  const auto doctor = [&](const std::string& now) {
    return flead.run({"doctor", "--now", now}).out;
  };
  CHECK(doctor("2026-01-12T08:59:00Z").find(id) == std::string::npos);
  CHECK(doctor("2026-01-12T09:01:00Z")
            .find("flead payout " + std::string(planned ? "approve " : "paid ") + id) !=
        std::string::npos);
  flead.json({"payout", planned ? "approve" : "paid", id});
  if (!planned) CHECK(doctor("2026-01-12T09:01:00Z").find(id) == std::string::npos);
}

TEST_CASE("payout: large ones wait for approve", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  earn(flead, "ira", 150000);
  flead.run({"config", "set", "payout.approve_above", "0"});
  const auto ran = flead.run(at_now({"payout", "run"}));
  CHECK(ran.err.find("payout approve --all") != std::string::npos);
  CHECK(flead.json({"payout", "approve", "--all"}).items().size() == 1);
  CHECK(flead.json({"payout", "approve", "--all"}).items().empty());
  CHECK(flead.json({"payout", "paid", "--all"}).items()[0].text("approved_by") == "cli");
}

TEST_CASE("payout: on other days of a schedule nothing is paid, and it says so", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  earn(flead, "ira", 150000);
  flead.run({"config", "set", "payout.schedule", "weekly tue"});
  const auto monday = flead.run(at_now({"payout", "run"}));
  CHECK(monday.exit == 0);
  CHECK(monday.err.find("2026-01-06") != std::string::npos);
  CHECK(flead.json({"payout", "list"}).items().empty());
  CHECK(flead.json(at_now({"payout", "run", "--anyway"})).items().size() == 1);
  CHECK(flead.run({"config", "set", "payout.schedule", "weekly someday"}).exit == 6);
}

TEST_CASE("payout method: what is refused, and what is never stored", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  const auto set = [&](std::vector<std::string> words) {
    std::vector<std::string> all = {"payout", "method", "set", "ira"};
    all.insert(all.end(), words.begin(), words.end());
    return flead.run(all);
  };
  const std::string card = "4111 1111 1111 1111";
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"manual", "--payee", card, "--account", "1"},
           {"manual", "--payee", "Ира", "--account", card},
           {"manual", "--payee", "Ира", "--account", "1", "--bank", "to " + card},
           {"manual", "--payee", "Ира", "--account", "1", "--inn", "4111111111111111"},
           {"yookassa_wallet", "--wallet", "4111111111111111"},
           {"yookassa_sbp", "--phone", "4111111111111111", "--bank-id", "100000000111"}}) {
    const auto refused = set(words);
    CHECK(refused.exit == 6);
    CHECK(refused.err.find("card") != std::string::npos);
    CHECK(refused.err.find("1111 1111") == std::string::npos);
  }
  flead.write_file("card", "5555555555554477\n");
  CHECK(set({"yookassa_card_token", "--token-file", flead.path("card")}).exit == 6);
  CHECK(set({"yookassa_sbp", "--phone", "+79160000001", "--bank-id", "100000000111", "--company"})
            .exit == 6);
  CHECK(set({"yookassa_sbp", "--phone", "+79160000001", "--bank-id", "sber"}).exit == 6);
  CHECK(set({"yookassa_wallet", "--wallet", "123"}).exit == 6);
  CHECK(set({"manual", "--payee", "Ира"}).exit == 6);
  CHECK(set({"post"}).exit == 2);
  CHECK(set({"yookassa_wallet", "--wallet", "410011806060766"}).exit == 0);
  const Json sbp = flead.json({"payout", "method", "set", "ira", "yookassa_sbp", "--phone",
                               "8 916 000-00-01", "--bank-id", "100000000111"});
  CHECK(sbp.text("details") == "+7916*****01, 100000000111");
  flead.write_file("token", "hoiCz_UVAdi.SC.001\n");
  CHECK(set({"yookassa_card_token", "--token-file", flead.path("token")}).exit == 0);
  // One way at a time; what was given is sealed.
  CHECK(flead.json({"payout", "method", "list"}).items().size() == 1);
  const std::string store = flead.read_file("flead.db") +
                            (flead.exists("flead.db-wal") ? flead.read_file("flead.db-wal") : "");
  for (const char* secret : {"hoiCz_UVAdi", "40817810099910004312", "+79160000001",
                             "410011806060766", "4111111111111111", card.c_str()}) {
    CAPTURE(secret);
    CHECK(store.find(secret) == std::string::npos);
  }
  CHECK(flead.run({"payout", "method", "remove", "ira"}).exit == 0);
  CHECK(flead.run({"payout", "method", "remove", "ira"}).exit == 3);
  CHECK(flead.run({"payout", "method", "banks"}).exit == 6);
}

TEST_CASE("payout statement: in every way of writing", "[cli][money]") {
  CommandLine flead;
  prepare_payouts(flead);
  earn(flead, "ira", 150000);
  const auto markdown = flead.run(at_now({"payout", "statement", "ira"}));  // December
  CHECK(markdown.exit == 0);
  CHECK(markdown.out.starts_with("# Отчёт о начислениях: acme\n"));
  CHECK(markdown.out.find("Месяц: 2025-12") != std::string::npos);
  const auto html =
      flead.run(at_now({"payout", "statement", "ira", "--format", "html", "--language", "en"}));
  CHECK(html.out.starts_with("<!doctype html>\n<html lang=\"en\">"));
  const auto csv = flead.run(at_now({"payout", "statement", "ira", "--format", "csv"}));
  CHECK(csv.out.starts_with("date,kind,what,"));
  const Json json = flead.json(at_now({"payout", "statement", "ira"}));
  CHECK(json.integer("closing.amount_minor") == 150000);
  CHECK(flead.run({"payout", "statement", "ira", "--month", "2026-13"}).exit == 6);
  CHECK(flead.run({"payout", "statement", "nobody"}).exit == 3);
}

}  // namespace flead::cli
