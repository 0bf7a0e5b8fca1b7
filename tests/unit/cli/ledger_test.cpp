// `flead ledger`: exit codes, what is printed, and what is said to do next.
#include <string>
#include <vector>

#include "core/store/store.h"
#include "support/catch.h"
#include "support/command_line.h"
#include "support/ledger_guards.h"

namespace flead::cli::ledger_cases {

using test::CommandLine;
using test::Ran;

namespace {

void prepare(CommandLine& flead) {
  REQUIRE(flead.run({"init", "--tenant", "acme", "--test", "--tz", "Europe/Moscow"}).exit == 0);
  flead.shell.environment["FLEAD_NOW"] = "2026-01-05T09:00:00Z";
}

Json record(CommandLine& flead, const std::string& debit, const std::string& credit,
            const std::string& amount, const std::string& text = "") {
  return flead.json({"ledger", "record", debit, credit, amount, "--text", text});
}

void tamper(CommandLine& flead, std::string_view sql) {
  store::OpenOptions options;
  options.path = flead.path("flead.db");
  auto opened = store::open_sqlite(options);
  REQUIRE(opened.ok());
  REQUIRE((*opened)->write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(test::drop_ledger_guards(tx));
    FLEAD_TRY(const std::int64_t changed, tx.exec(sql));
    CHECK(changed == 1);
    return {};
  }));
}

}  // namespace

TEST_CASE("ledger: an entry by hand, its correction, the balances between", "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  const Json first = record(flead, "assets:bank", "equity:owner", "1000,50", "A start");
  CHECK(first.integer("number") == 1);
  CHECK(first.text("kind") == "manual");
  CHECK(first.text("actor") == "cli");
  CHECK(first.find("moves")->items()[0].integer("amount.amount_minor") == 100050);
  record(flead, "expenses:rooms", "assets:bank", "5");
  const Json balances = flead.json({"ledger", "balance"});
  REQUIRE(balances.items().size() == 3);
  CHECK(balances.items()[0].text("account") == "assets:bank");
  CHECK(balances.items()[0].integer("balance.amount_minor") == 99550);
  CHECK(balances.items()[0].integer("debit.amount_minor") == 100050);
  CHECK(balances.items()[1].integer("balance.amount_minor") == -100050);
  const Json taken_back = flead.json({"ledger", "correct", "2", "--reason", "Not ours"});
  CHECK(taken_back.text("text") == "Not ours");
  CHECK(taken_back.text("corrects") == flead.json({"ledger", "show", "2"}).text("id"));
  CHECK(flead.json({"ledger", "balance", "expenses"}).items().empty());
  CHECK(flead.json({"ledger", "balance", "expenses", "--all"}).items().size() == 1);
  const Ran again = flead.run({"ledger", "correct", "2", "--reason", "Not ours"});
  CHECK(again.exit == 5);
  CHECK_THAT(again.err, ContainsSubstring("flead ledger show 3"));
  CHECK(flead.run({"ledger", "correct", "9", "--reason", "x"}).exit == 3);
  CHECK(flead.run({"ledger", "correct", "2"}).exit == 2);
  CHECK(flead.run({"ledger", "correct", "2", "--reason", ""}).exit == 2);
  CHECK(flead.run({"ledger", "correct", "two", "--reason", "x"}).exit == 2);
}

TEST_CASE("ledger: the same line is done once only with a key; a dry run keeps nothing",
          "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  const std::vector<std::string> line = {"ledger", "record", "expenses:rooms", "assets:bank", "5"};
  auto keyed = line;
  keyed.insert(keyed.end(), {"--key", "rooms-10"});
  CHECK(flead.json(keyed).integer("number") == 1);
  CHECK(flead.json(keyed).integer("number") == 1);
  CHECK(flead.json(line).integer("number") == 2);
  CHECK(flead.json(line).integer("number") == 3);
  auto dry = line;
  dry.push_back("--dry-run");
  CHECK(flead.json(dry).integer("number") == 4);
  CHECK(flead.json({"ledger", "show"}).items().size() == 3);
  const Ran told = flead.run(line);
  CHECK_FALSE(told.err.find("A new account") != std::string::npos);
  CHECK_THAT(flead.run({"ledger", "record", "expenses:roms", "assets:bank", "5"}).err,
             ContainsSubstring("A new account: expenses:roms"));
}

TEST_CASE("ledger: what is wrong with a line is said, with what to do", "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  struct Case {
    std::vector<std::string> args;
    int exit;
    std::string says;
  };
  const std::vector<Case> cases = {
      {{"record", "bank", "income:x", "5"}, 2, "liabilities, income, expenses or equity"},
      {{"record", "assets:bank", "income:x", "lots"}, 2, "such as 5000 or 4999.90"},
      {{"record", "assets:bank", "income:x", "5", "--currency", "R1"}, 2, "letters such as RUB"},
      {{"record", "assets:bank", "income:x", "0"}, 6, "more than nothing"},
      {{"record", "assets:bank", "assets:bank", "5"}, 6, "between two accounts"},
      {{"record", "assets:bank", "income:x", "5", "--text", "a\nb"}, 6, "one line"},
      {{"record", "assets:bank", "income:x", "5", "--at", "2026-01-06"}, 6, "Leave --at out"},
      {{"record", "assets:bank", "income:x", "5", "--at", "soon"}, 2, "--at takes a time"},
      {{"record", "assets:bank", "income:x"}, 2, "AMOUNT"},
      {{"show", "x"}, 2, "flead ledger show lists them"},
      {{"show", "7"}, 3, "flead ledger show lists them"},
      {{"show", "--account", "bank"}, 2, "is no account"},
      {{"show", "--cursor", "led_1"}, 2, "number of a transaction"},
      {{"show", "--limit", "0"}, 2, "--limit is 1 to 1000"},
      {{"show", "--json=nothing"}, 2, "moves"},
      {{"balance", "assts"}, 2, "is no account"},
      {{"balance", "--at", "soon"}, 2, "--at takes a time"},
      {{"close", "2026-01", "--yes"}, 6, "has not ended"},
      {{"close", "January", "--yes"}, 6, "2026-10"},
      {{"close", "2025-12"}, 2, "--yes"},
      {{"export", "--format", "xml"}, 2, "journal"},
      {{"export", "--format", "journal", "--excel"}, 2, "One format"},
      {{"export", "--excel", "--json"}, 2, "One format"},
      {{"export", "--tsv"}, 2, "One format"},
      {{"reconcile", "none.csv", "--account", "main"}, 2, "none.csv"},
      {{"reconcile", "none.csv"}, 2, "--account"},
      {{"reconcile", "none.csv", "--account", "a b"}, 2, "assets:provider:main"},
      {{"verify", "--tenant", "none"}, 3, "flead tenant list"},
  };
  for (const Case& one : cases) {
    std::vector<std::string> args = {"ledger"};
    args.insert(args.end(), one.args.begin(), one.args.end());
    CAPTURE(args);
    const Ran ran = flead.run(args);
    CHECK(ran.exit == one.exit);
    CHECK_THAT(ran.err, ContainsSubstring(one.says));
    CHECK(ran.out.empty());
  }
  CHECK(flead.json({"ledger", "show"}).items().empty());
}

TEST_CASE("ledger: show has a row a move for people, a transaction each for programs",
          "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  for (const char* amount : {"1", "2", "3"}) record(flead, "assets:bank", "income:x", amount);
  const Ran rows = flead.run({"ledger", "show", "--limit", "1"});
  CHECK(rows.out.starts_with("number\tat\tkind\tdebit\tcredit\tamount\ttext\n3\t2026-01-05T09"));
  CHECK(rows.out.ends_with("Z\tmanual\tassets:bank\tincome:x\t3.00 RUB\t\n"));
  const Ran page = flead.run({"ledger", "show", "--limit", "2", "--json=number"});
  CHECK(page.out == "[\n  {\"number\":3},\n  {\"number\":2}\n]\n");
  CHECK_THAT(page.err, ContainsSubstring("--cursor 2"));
  CHECK(flead.run({"ledger", "show", "--cursor", "2", "--json=number"}).out ==
        "[\n  {\"number\":1}\n]\n");
  CHECK(flead.json({"ledger", "show", "--since", "2026-01-05", "--account", "income"})
            .items()
            .size() == 3);
  CHECK(flead.json({"ledger", "show", "--until", "2026-01-05"}).items().empty());
  CHECK(flead.json({"ledger", "show", "--kind", "payment"}).items().empty());
  flead.shell.terminal = true;
  const Ran one = flead.run({"ledger", "show", "2"});
  CHECK_THAT(one.out, ContainsSubstring("2026-01-05 12:00"));
  CHECK_THAT(one.out, ContainsSubstring("assets:bank  income:x  2.00 RUB"));
}

TEST_CASE("ledger: a balance at a day has all of that day", "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  flead.json({"ledger", "record", "assets:bank", "income:x", "1", "--at", "2026-01-01T23:59"});
  flead.json({"ledger", "record", "assets:bank", "income:x", "2", "--at", "2026-01-02"});
  flead.json({"ledger", "record", "assets:cash", "income:x", "4", "--currency", "eur"});
  const auto bank = [&](const std::string& at) {
    const Json balances = flead.json({"ledger", "balance", "assets:bank", "--at", at});
    return balances.items().empty() ? 0 : balances.items()[0].integer("balance.amount_minor");
  };
  CHECK(bank("2025-12-31") == 0);
  CHECK(bank("2026-01-01") == 100);
  CHECK(bank("2026-01-02") == 300);
  CHECK(bank("2026-01-02T00:00") == 100);
  CHECK(bank("2026-01-01T21:00:00.001Z") == 300);
  // A sum only where there is one to be made: of some accounts in one currency.
  record(flead, "assets:cash", "income:x", "5");
  CHECK_THAT(flead.run({"ledger", "balance", "assets"}).err,
             ContainsSubstring("assets together: 8.00 RUB\n"));
  CHECK(flead.run({"ledger", "balance"}).err.find("together") == std::string::npos);
  CHECK(flead.run({"ledger", "balance", "assets:bank"}).err.find("together") == std::string::npos);
}

TEST_CASE("ledger: a closed month stays closed", "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  flead.json({"ledger", "record", "assets:bank", "income:x", "1", "--at", "2025-12-31"});
  flead.json({"ledger", "close", "2025-12", "--dry-run"});
  const Json closed = flead.json({"ledger", "close", "2025-12", "--yes"});
  CHECK(closed.text("month") == "2025-12");
  CHECK(closed.text("closed_until") == "2025-12-31T21:00:00.000Z");
  CHECK(closed.integer("last_number") == 1);
  CHECK(closed.text("chain") == flead.json({"ledger", "show", "1"}).text("chain"));
  const Ran late =
      flead.run({"ledger", "record", "assets:bank", "income:x", "1", "--at", "2025-12-31"});
  CHECK(late.exit == 6);
  CHECK_THAT(late.err, ContainsSubstring("Post it now"));
  CHECK(flead.run({"ledger", "close", "2025-12", "--yes"}).exit == 6);
  CHECK(flead.json({"ledger", "correct", "1", "--reason", "x"})
            .text("at")
            .value_or("")
            .starts_with("2026-01-05T09"));
}

TEST_CASE("ledger: export in each form", "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  CHECK(flead.run({"ledger", "export"}).out ==
        "number,date,at,kind,text,subject,account,amount,currency,corrects,actor,id\r\n");
  CHECK(flead.run({"ledger", "export", "--json"}).out == "[]\n");
  flead.json({"ledger", "record", "assets:bank", "income:x", "1", "--at", "2026-01-01"});
  record(flead, "assets:bank", "income:y", "2,5", "=text");
  const Ran journal =
      flead.run({"ledger", "export", "--format", "journal", "-o", flead.path("b.journal")});
  CHECK(journal.exit == 0);
  CHECK_THAT(journal.err, ContainsSubstring("2 transactions"));
  CHECK_THAT(flead.read_file("b.journal"),
             ContainsSubstring("account income:y\n\n2026-01-01 * (1) manual\n"));
  CHECK_THAT(flead.run({"ledger", "export", "--excel", "--since", "2026-01-05"}).out,
             ContainsSubstring(";'=text;;income:y;-2,50;RUB;;cli;led_"));
  CHECK(flead.json({"ledger", "export", "--until", "2026-01-05"}).items().size() == 1);
  CHECK(flead.run({"ledger", "export", "--jsonl"}).out.starts_with("{\"id\":\"led_"));
  CHECK(flead.run({"ledger", "export", "--json=number"}).out ==
        "[\n  {\"number\":1},\n  {\"number\":2}\n]\n");
}

TEST_CASE("ledger: a registry that differs is exit 8, with what to do about each row",
          "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  record(flead, "assets:provider:main", "liabilities:prepaid:l1", "100", "p1");
  record(flead, "assets:provider:main", "liabilities:prepaid:l2", "200", "p2 paid twice?");
  record(flead, "assets:provider:main", "liabilities:prepaid:l3", "300", "p3");
  const std::vector<std::string> line = {"ledger", "reconcile", flead.path("r.csv"), "--account",
                                         "main"};
  flead.write_file("r.csv", "id;amount\np1;100,00\np2;200,00\np3;300,00\nTotal;\n");
  const Ran same = flead.run(line);
  CHECK(same.exit == 0);
  CHECK_THAT(same.err, ContainsSubstring("3 rows of theirs, 3 agree with assets:provider:main, 1 "
                                         "left out (no id, or no money); 0 differences."));
  flead.write_file("r.csv", "Nr,Sum,Day\np1,100,05.01.2026\np2,150,05.01.2026\np9,-9,05.01.2026\n");
  CHECK(flead.run(line).exit == 2);
  auto named = line;
  named.insert(named.end(),
               {"--id-column", "nr", "--amount-column", "sum", "--date-column", "Day"});
  auto as_json = named;
  as_json.push_back("--json");
  const Ran other = flead.run(as_json);
  CHECK(other.exit == 8);
  const auto rows = parse_json(other.out);
  REQUIRE(rows.ok());
  REQUIRE(rows->items().size() == 3);
  CHECK(rows->items()[0].text("difference") == "missing_here");
  CHECK(rows->items()[0].integer("theirs.amount_minor") == -900);
  CHECK(rows->items()[0].find("ours")->is_null());
  CHECK(rows->items()[1].text("difference") == "missing_there");
  CHECK(rows->items()[1].text("next").value_or("").size() > 20);
  CHECK(rows->items()[2].text("difference") == "amount_differs");
  CHECK(rows->items()[2].find("numbers")->items()[0].integer() == 2);
  // Days later: what is not of these days is not missed.
  flead.write_file("r.csv", "id,amount,date\np1,100,04.01.2026\n");
  auto later = line;
  later.insert(later.end(), {"--date-column", "date"});
  CHECK(flead.run(later).exit == 0);
  later.insert(later.end(), {"--until", "2026-01-06"});
  CHECK(flead.run(later).exit == 8);
  flead.shell.terminal = true;
  CHECK_THAT(flead.run(later).err, ContainsSubstring("missing_there: It may be in the registry"));
}

TEST_CASE("ledger: verify, doctor and db check find a book that was changed by hand",
          "[cli][money]") {
  CommandLine flead;
  prepare(flead);
  CHECK(flead.json({"ledger", "verify"}).items().empty());
  record(flead, "assets:bank", "income:x", "1");
  record(flead, "assets:bank", "income:x", "2");
  const Json good = flead.json({"ledger", "verify"});
  CHECK(good.items()[0].text("state") == "ok");
  CHECK(good.items()[0].integer("transactions") == 2);
  CHECK(flead.json({"db", "check"}).text("state") == "ok");
  CHECK_THAT(flead.run({"doctor"}).out, ContainsSubstring("ok\tledger\t2 transactions"));
  tamper(flead, "UPDATE ledger_moves SET amount_minor = 99 WHERE number = 1");
  const Ran bad = flead.run({"ledger", "verify", "--json"});
  CHECK(bad.exit == 9);
  CHECK_THAT(bad.out, ContainsSubstring("\"state\":\"bad\""));
  CHECK_THAT(bad.err, ContainsSubstring("acme: chain: 1 is not as it was written"));
  CHECK_THAT(bad.err, ContainsSubstring("compare with a backup"));
  CHECK(flead.run({"ledger", "verify", "--tenant", "acme"}).exit == 9);
  const Ran checked = flead.run({"db", "check"});
  CHECK(checked.exit == 9);
  CHECK_THAT(checked.err, ContainsSubstring("flead ledger verify"));
  const Ran doctor = flead.run({"doctor"});
  CHECK(doctor.exit == 8);
  CHECK_THAT(doctor.out, ContainsSubstring("fail\tledger\tacme: "));
  CHECK_THAT(doctor.out, ContainsSubstring("flead ledger verify --tenant acme"));
}

}  // namespace flead::cli::ledger_cases
