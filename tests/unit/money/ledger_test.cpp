// The ledger's rules: what is posted, what is refused, what is read out of it.
#include <string>
#include <vector>

#include "core/base/money.h"
#include "core/money/books.h"
#include "core/money/by_hand.h"
#include "core/money/ledger.h"
#include "support/catch.h"
#include "support/ledger_guards.h"
#include "support/test_app.h"

namespace flead::money::ledger_cases {
namespace {

using test::TestApp;

struct Posting {
  std::string key;
  std::vector<Move> moves;
  std::string kind = "payment";
  std::string text = "A payment";
  std::string subject = {};
  std::string currency = "RUB";
  std::optional<TimeMs> at = {};
};

Result<std::optional<Transaction>> post_to(TestApp& app, const Posting& posting) {
  return app.store().write([&](store::Tx& tx) {
    NewTransaction input;
    input.kind = posting.kind;
    input.text = posting.text;
    input.subject = posting.subject;
    input.unique_key = posting.key;
    input.currency = posting.currency;
    input.moves = posting.moves;
    input.at = posting.at;
    return post(app.world(), tx, app.tenant().id, std::move(input));
  });
}

Transaction posted(TestApp& app, const Posting& posting) {
  auto made = post_to(app, posting);
  REQUIRE(made.ok());
  REQUIRE(made->has_value());
  return std::move(**made);
}

std::string refusal(TestApp& app, const Posting& posting) {
  const auto made = post_to(app, posting);
  REQUIRE_FALSE(made.ok());
  return made.error().code;
}

std::int64_t lies_in(TestApp& app, std::string_view account, std::string_view currency = "RUB") {
  return *app.store().read(
      [&](store::Tx& tx) { return balance(tx, app.tenant().id, account, currency); });
}

std::vector<Transaction> listed(TestApp& app, const LedgerFilter& filter) {
  return *app.store().read(
      [&](store::Tx& tx) { return list_transactions(tx, app.tenant().id, filter); });
}

std::vector<std::int64_t> numbers(TestApp& app, const LedgerFilter& filter) {
  std::vector<std::int64_t> out;
  for (const Transaction& one : listed(app, filter)) out.push_back(one.number);
  return out;
}

LedgerCheck verified(TestApp& app) {
  auto check = app.store().read([&](store::Tx& tx) { return verify(tx, app.tenant().id); });
  REQUIRE(check.ok());
  return std::move(*check);
}

void tamper(TestApp& app, std::string_view sql) {
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(test::drop_ledger_guards(tx));
    FLEAD_TRY(const std::int64_t changed, tx.exec(sql));
    CHECK(changed > 0);
    return {};
  }));
}

const Move k_paid{"assets:provider:main", "liabilities:prepaid:lead_a", 500000};

}  // namespace

TEST_CASE("ledger: money goes from one account to another, numbered and chained", "[money]") {
  TestApp app;
  const Transaction first = posted(app, {"pay:1", {k_paid}});
  const Transaction second =
      posted(app, {"done:1",
                   {{"liabilities:prepaid:lead_a", "income:share", 100000},
                    {"liabilities:prepaid:lead_a", "liabilities:expert:hos_a", 400000}},
                   "earned"});
  CHECK(first.number == 1);
  CHECK(second.number == 2);
  CHECK(first.chain == chain_of("", first));
  CHECK(second.chain == chain_of(first.chain, second));
  CHECK(lies_in(app, "assets:provider:main") == 500000);
  CHECK(lies_in(app, "liabilities:prepaid:lead_a") == 0);
  CHECK(lies_in(app, "income:share") == -100000);
  CHECK(lies_in(app, "liabilities:expert:hos_a") == -400000);
  CHECK(lies_in(app, "income:share", "EUR") == 0);
  CHECK(verified(app).faults.empty());
  CHECK(verified(app).transactions == 2);
  CHECK(verified(app).chain == second.chain);
}

TEST_CASE("ledger: the same key again, and moves of nothing, post nothing", "[money]") {
  TestApp app;
  posted(app, {"pay:1", {k_paid}});
  const auto again = post_to(app, {"pay:1", {{"assets:bank", "income:share", 7}}});
  REQUIRE(again.ok());
  CHECK_FALSE(again->has_value());
  const auto nothing = post_to(app, {"pay:2", {{"assets:bank", "income:share", 0}}});
  REQUIRE(nothing.ok());
  CHECK_FALSE(nothing->has_value());
  // Some of nothing, some not: what is something stays.
  const Transaction rest =
      posted(app, {"pay:3", {{"assets:bank", "income:share", 0}, {"assets:bank", "income:x", 1}}});
  CHECK(rest.moves == std::vector<Move>{{"assets:bank", "income:x", 1}});
  CHECK(rest.number == 2);
  // Another tenant's key is another key, and its book begins with 1.
  const auto other = app.add_tenant("other");
  const auto theirs = app.store().write([&](store::Tx& tx) {
    NewTransaction input;
    input.kind = "payment";
    input.unique_key = "pay:1";
    input.currency = "RUB";
    input.moves = {k_paid};
    return post(app.world(), tx, other.id, input);
  });
  REQUIRE(theirs.ok());
  CHECK((*theirs)->number == 1);
}

TEST_CASE("ledger: what cannot be an entry is refused, and nothing of it stays", "[money]") {
  TestApp app;
  struct Case {
    std::string name;
    Posting posting;
    std::string code;
  };
  const std::vector<Case> cases = {
      {"no root", {"k", {{"bank:main", "income:share", 1}}}, "account_invalid"},
      {"root alone", {"k", {{"assets", "income:share", 1}}}, "account_invalid"},
      {"empty part", {"k", {{"assets::x", "income:share", 1}}}, "account_invalid"},
      {"ends with a colon", {"k", {{"assets:x:", "income:share", 1}}}, "account_invalid"},
      {"capitals", {"k", {{"assets:Bank", "income:share", 1}}}, "account_invalid"},
      {"a space", {"k", {{"assets:my bank", "income:share", 1}}}, "account_invalid"},
      {"bad UTF-8", {"k", {{"assets:\xff", "income:share", 1}}}, "account_invalid"},
      {"too long", {"k", {{"assets:" + std::string(114, 'x'), "income:x", 1}}}, "account_invalid"},
      {"to itself", {"k", {{"assets:bank", "assets:bank", 1}}}, "account_invalid"},
      {"below zero", {"k", {{"assets:bank", "income:share", -1}}}, "amount_invalid"},
      {"too much",
       {"k", {{"assets:bank", "income:share", k_money_minor_max + 1}}},
       "amount_invalid"},
      {"a word", {"k", {k_paid}, "payment", "", "", "ROUBLE"}, "currency_invalid"},
      {"small letters", {"k", {k_paid}, "payment", "", "", "rub"}, "currency_invalid"},
      {"two lines", {"k", {k_paid}, "payment", "one\ntwo"}, "ledger_text_invalid"},
      {"long text", {"k", {k_paid}, "payment", std::string(301, 'x')}, "ledger_text_invalid"},
      {"bad text", {"k", {k_paid}, "payment", "\xff"}, "ledger_text_invalid"},
      {"many moves", {"k", std::vector<Move>(k_moves_max + 1, k_paid)}, "too_many_moves"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(refusal(app, one.posting) == one.code);
  }
  CHECK(verified(app).transactions == 0);
  CHECK(verified(app).accounts == 0);
  posted(app, {"k", std::vector<Move>(k_moves_max, k_paid), "payment", std::string(300, 'x')});
}

TEST_CASE("ledger: a correction is the same moves the other way round, once", "[money]") {
  TestApp app;
  const auto take_back = [&](std::int64_t number) {
    return app.store().write([&](store::Tx& tx) {
      return correct(app.world(), tx, app.tenant().id, number, "A slip", "cli");
    });
  };
  const Transaction wrong = posted(app, {"pay:1", {k_paid}, "payment", "", "pay_1"});
  const auto correction = take_back(1);
  REQUIRE(correction.ok());
  CHECK(correction->kind == "correction");
  CHECK(correction->corrects == wrong.id);
  CHECK(correction->subject == "pay_1");
  CHECK(correction->moves == std::vector<Move>{{k_paid.credit, k_paid.debit, 500000}});
  CHECK(lies_in(app, "assets:provider:main") == 0);
  const auto again = take_back(1);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == "corrected_before");
  CHECK_THAT(again.error().message, ContainsSubstring("by 2"));
  CHECK(take_back(99).error().code == "ledger_not_found");
  CHECK(take_back(0).error().code == "ledger_not_found");
  // A correction may be wrong, too.
  REQUIRE(take_back(2).ok());
  CHECK(lies_in(app, "assets:provider:main") == 500000);
  CHECK(verified(app).faults.empty());
}

TEST_CASE("ledger: a closed month takes no entries, in the tenant's zone", "[money]") {
  TestApp app;  // 2026-01-05 in Europe/Moscow
  const Zone zone = *Zone::load(app.tenant().zone);
  const auto close = [&](std::string_view month) {
    return app.store().write(
        [&](store::Tx& tx) { return close_month(app.world(), tx, app.tenant().id, zone, month); });
  };
  const TimeMs last_moment = *parse_time("2025-12-31T20:59:59.999Z");
  posted(app, {"before", {k_paid}, "payment", "", "", "RUB", last_moment});
  CHECK(close("2026-01").error().code == "month_open");
  for (const char* bad : {"", "2025", "2025-13", "2025-1", "2025-12-01", "dec", "2025-00"}) {
    CAPTURE(bad);
    CHECK(close(bad).error().code == "month_invalid");
  }
  const auto until = close("2025-12");
  REQUIRE(until.ok());
  CHECK(*until == last_moment + 1);
  CHECK(close("2025-12").error().code == "month_closed");
  CHECK(close("2025-11").error().code == "month_closed");
  CHECK(refusal(app, {"late", {k_paid}, "payment", "", "", "RUB", last_moment}) == "month_closed");
  posted(app, {"first", {k_paid}, "payment", "", "", "RUB", last_moment + 1});
  // What is wrong in a closed month is corrected in an open one.
  const auto correction = app.store().write(
      [&](store::Tx& tx) { return correct(app.world(), tx, app.tenant().id, 1, "A slip", "cli"); });
  REQUIRE(correction.ok());
  CHECK(correction->at == app.world().clock.now());
  CHECK(verified(app).faults.empty());
}

TEST_CASE("ledger: an entry by hand is one of its own each time, and never of tomorrow",
          "[money]") {
  TestApp app;
  const auto by_hand = [&](std::int64_t amount_minor, std::optional<TimeMs> at) {
    return app.store().write([&](store::Tx& tx) {
      return record(app.world(), tx, app.tenant().id,
                    {"expenses:rooms", "assets:bank", amount_minor, "RUB", "Rooms", "cli", at});
    });
  };
  CHECK(by_hand(500000, {})->kind == k_kind_manual);
  CHECK(by_hand(500000, app.world().clock.now())->number == 2);
  CHECK(lies_in(app, "expenses:rooms") == 1000000);
  CHECK(by_hand(0, {}).error().code == "amount_invalid");
  CHECK(by_hand(-1, {}).error().code == "amount_invalid");
  CHECK(by_hand(1, app.world().clock.now() + 1).error().code == "entry_in_future");
}

TEST_CASE("ledger: pages and filters; an account has those below it, not its namesakes",
          "[money]") {
  TestApp app;
  const TimeMs now = app.world().clock.now();
  posted(app,
         {"1", {{"assets:provider:a", "income:share", 1}}, "payment", "", "pay_1", "RUB", now});
  posted(app,
         {"2", {{"assets:provider:ab", "income:share", 2}}, "payment", "", "", "RUB", now - 9});
  posted(app, {"3", {{"assets:provider:a:x", "income:plans", 4}}, "refund", "", "pay_1"});
  posted(app, {"4", {{"expenses:fees:a", "assets:provider:a", 8}}, "fee"});
  using Numbers = std::vector<std::int64_t>;
  CHECK(numbers(app, {}) == Numbers{4, 3, 2, 1});
  LedgerFilter filter;
  filter.account = "assets:provider:a";
  CHECK(numbers(app, filter) == Numbers{4, 3, 1});
  filter.account = "assets";
  CHECK(numbers(app, filter) == Numbers{4, 3, 2, 1});
  // The same of an account with so many moves that it is read in another way.
  CHECK(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec(
        "INSERT INTO ledger_moves (tenant_id, number, line, debit, credit, amount_minor) "
        "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 10200) "
        "SELECT tenant_id, 1, i, 'assets:many:a', 'income:many', 1 FROM n, ledger_books"));
    return {};
  }));
  filter.account = "assets:many";
  CHECK(numbers(app, filter) == Numbers{1});
  filter.account = "assets:prov";
  CHECK(numbers(app, filter).empty());
  filter.account = "income:share";
  filter.subject = "pay_1";
  CHECK(numbers(app, filter) == Numbers{1});
  filter = {};
  filter.kind = "payment";
  CHECK(numbers(app, filter) == Numbers{2, 1});
  filter.from = now;
  CHECK(numbers(app, filter) == Numbers{1});
  filter.from.reset();
  filter.to = now;
  CHECK(numbers(app, filter) == Numbers{2});
  filter = {};
  filter.limit = 2;
  CHECK(numbers(app, filter) == Numbers{4, 3});
  filter.before_number = 3;
  CHECK(numbers(app, filter) == Numbers{2, 1});
  const auto below = app.store().read([&](store::Tx& tx) {
    return list_balances(tx, app.tenant().id, "assets:provider:a", std::nullopt);
  });
  REQUIRE(below->size() == 2);
  CHECK((*below)[0].amount_minor() == 1 - 8);
  CHECK((*below)[1].account == "assets:provider:a:x");
}

TEST_CASE("ledger: verify finds what was changed by hand, and says where", "[money]") {
  struct Case {
    std::string_view what, sql, code;
    std::int64_t number;
  };
  const auto one = GENERATE(values<Case>({
      {"an amount", "UPDATE ledger_moves SET amount_minor = 1 WHERE number = 2", "chain", 2},
      {"an account", "UPDATE ledger_moves SET debit = 'assets:mine' WHERE number = 2", "chain", 2},
      {"a text", "UPDATE ledger_transactions SET text = 'other' WHERE number = 2", "chain", 2},
      {"a day", "UPDATE ledger_transactions SET at_ms = at_ms - 1 WHERE number = 2", "chain", 2},
      {"a line more",
       "INSERT INTO ledger_moves SELECT tenant_id, number, 2, debit, credit, 5 FROM ledger_moves "
       "WHERE number = 2",
       "chain", 2},
      {"a deleted row", "DELETE FROM ledger_transactions WHERE number = 2", "gap", 3},
      {"deleted moves", "DELETE FROM ledger_moves WHERE number = 2", "gap", 3},
      {"the last one deleted", "DELETE FROM ledger_transactions WHERE number = 3", "last_number",
       0},
      {"a number", "UPDATE ledger_transactions SET number = 9 WHERE number = 3", "last_number", 0},
      {"a balance",
       "UPDATE ledger_balances SET debit_minor = debit_minor + 1 WHERE account = 'assets:bank'",
       "balance", 0},
      {"both sides of a balance",
       "UPDATE ledger_balances SET debit_minor = debit_minor + 1, credit_minor = credit_minor + 1 "
       "WHERE account = 'assets:bank'",
       "balance", 0},
      {"a balance deleted", "DELETE FROM ledger_balances WHERE account = 'assets:bank'", "balance",
       0},
      {"the head", "UPDATE ledger_books SET last_number = 7", "last_number", 0},
      {"the head's hash", "UPDATE ledger_books SET chain = 'x'", "last_number", 0},
      {"the book", "DELETE FROM ledger_books", "last_number", 0},
  }));
  CAPTURE(one.what);
  TestApp app;
  for (const char* key : {"1", "2", "3"}) posted(app, {key, {{"assets:bank", "income:x", 100}}});
  REQUIRE(verified(app).faults.empty());
  tamper(app, one.sql);
  const LedgerCheck check = verified(app);
  const bool found = std::any_of(check.faults.begin(), check.faults.end(), [&](const auto& fault) {
    return fault.code == one.code && fault.number == one.number && !fault.message.empty();
  });
  CHECK(found);
}

TEST_CASE("ledger: verify counts every account, however many there are", "[money]") {
  TestApp app;
  posted(app, {"1", {{"assets:z", "income:x", 100}}});
  // Before the real ones in the order of names, and rightly empty.
  tamper(app,
         "INSERT INTO ledger_balances (tenant_id, account, currency, debit_minor, credit_minor) "
         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001) "
         "SELECT b.tenant_id, 'assets:a' || i, 'RUB', 0, 0 FROM n, ledger_books b");
  CHECK(verified(app).faults.empty());
  CHECK(verified(app).accounts == k_balances_max + 3);
}

TEST_CASE("ledger: faults are listed up to a limit", "[money]") {
  TestApp app;
  for (int i = 0; i < 120; ++i) posted(app, {std::to_string(i), {{"assets:bank", "income:x", 1}}});
  tamper(app, "UPDATE ledger_transactions SET text = 'other'");
  CHECK(verified(app).faults.size() == k_ledger_faults_max);
}

TEST_CASE("ledger: the store itself refuses a move that is none", "[money]") {
  TestApp app;
  posted(app, {"1", {k_paid}});
  for (const char* sql :
       {"UPDATE ledger_moves SET amount_minor = 0", "UPDATE ledger_moves SET amount_minor = -5",
        "UPDATE ledger_moves SET debit = credit", "UPDATE ledger_balances SET debit_minor = -1"}) {
    CAPTURE(sql);
    CHECK_FALSE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_CHECK(test::drop_ledger_guards(tx));
      FLEAD_TRY(const std::int64_t changed, tx.exec(sql));
      CHECK(changed == 0);
      return {};
    }));
  }
  CHECK(verified(app).faults.empty());
}

TEST_CASE("ledger: the store refuses to change or delete a row, whoever tries", "[money]") {
  TestApp app;
  posted(app, {"1", {k_paid}});
  for (const char* sql : {"UPDATE ledger_moves SET amount_minor = amount_minor + 1",
                          "UPDATE ledger_moves SET amount_minor = amount_minor",
                          "UPDATE ledger_transactions SET text = 'other'",
                          "DELETE FROM ledger_moves", "DELETE FROM ledger_transactions"}) {
    CAPTURE(sql);
    const Status tried = app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec(sql));
      return {};
    });
    REQUIRE_FALSE(tried);
    CHECK_THAT(tried.error().detail + tried.error().message, ContainsSubstring("ledger"));
  }
  CHECK(verified(app).faults.empty());
  // What goes on goes on: another entry, and a month that is closed.
  posted(app, {"2", {k_paid}});
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return close_month(app.world(), tx, app.tenant().id, Zone::utc(), "2025-12");
  }));
  CHECK(verified(app).faults.empty());
}

}  // namespace flead::money::ledger_cases
