// The book as text, and a book of random entries that is counted again the slow way.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/csv.h"
#include "core/base/money.h"
#include "core/base/text.h"
#include "core/money/books.h"
#include "core/money/ledger.h"
#include "core/money/ledger_export.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::money::export_cases {
namespace {

using test::TestApp;

Transaction sample(std::string text) {
  Transaction out;
  out.id = LedgerId("led_01k9x0000000000000000000000");
  out.number = 7;
  out.kind = "payment";
  out.text = std::move(text);
  out.currency = "RUB";
  out.actor = "system";
  out.at = *parse_time("2026-01-31T21:30:00Z");  // February in Moscow
  out.moves = {{"assets:bank", "income:share", 123405}, {"assets:bank", "income:plans", 7}};
  return out;
}

std::string exported(TestApp& app, const LedgerExportOptions& options) {
  std::string out;
  const auto taken = export_ledger(app.store(), app.tenant().id, *Zone::load("Europe/Moscow"),
                                   options, [&](std::string_view chunk) -> Status {
                                     out += chunk;
                                     return {};
                                   });
  REQUIRE(taken.ok());
  return out;
}

// Small and repeatable; the test's own, so that the product's randomness does not choose for it.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::int64_t up_to(std::int64_t below) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(below));
  }

 private:
  std::uint64_t state_;
};

NewTransaction random_entry(Dice& dice, TimeMs now, int writer, int step) {
  constexpr const char* k_accounts[] = {
      "assets:bank",        "assets:provider:a",        "assets:provider:ab", "income:share",
      "expenses:fees:a",    "liabilities:prepaid:l1",   "equity:owner",       "assets:provider:a:x",
      "liabilities:expert", "liabilities:prepaid:l1:x", "income:plans"};
  constexpr const char* k_currencies[] = {"RUB", "RUB", "EUR"};
  NewTransaction out;
  out.kind = "random";
  out.text = "Step";
  out.currency = k_currencies[dice.up_to(3)];
  // Writers repeat themselves and each other: of a key only the first counts.
  out.unique_key = std::to_string(dice.up_to(4) == 0 ? step - 1 : step) + ":" +
                   std::to_string(dice.up_to(5) == 0 ? 0 : writer);
  out.at = now - dice.up_to(40 * k_day_ms);
  const std::int64_t moves = 1 + dice.up_to(4);
  for (std::int64_t i = 0; i < moves; ++i) {
    const std::int64_t debit = dice.up_to(11);
    const std::int64_t credit = (debit + 1 + dice.up_to(10)) % 11;
    const std::int64_t amount = dice.up_to(10) == 0 ? 0 : dice.up_to(1'000'000'000);
    out.moves.push_back({k_accounts[debit], k_accounts[credit], amount});
  }
  return out;
}

using Sums = std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>>;

// By the definition alone: every move of every entry.
Sums slow_sums(const std::vector<Transaction>& all, std::string_view below, TimeMs before) {
  Sums out;
  const std::string inside = std::string(below) + ":";
  for (const Transaction& one : all) {
    if (one.at >= before) continue;
    for (const Move& move : one.moves) {
      for (const bool debit : {true, false}) {
        const std::string& account = debit ? move.debit : move.credit;
        if (!below.empty() && account != below && !account.starts_with(inside)) continue;
        auto& sums = out[{account, one.currency}];
        (debit ? sums.first : sums.second) += move.amount_minor;
      }
    }
  }
  return out;
}

Sums sums_of(const std::vector<Balance>& balances) {
  Sums out;
  for (const Balance& one : balances) {
    out[{one.account, one.currency}] = {one.debit_minor, one.credit_minor};
  }
  return out;
}

}  // namespace

TEST_CASE("ledger: a journal's entry, with days of the zone", "[money]") {
  CHECK(journal_entry(sample("Two parts"), *Zone::load("Europe/Moscow")) ==
        "2026-02-01 * (7) Two parts\n"
        "    ; id:led_01k9x0000000000000000000000, kind:payment\n"
        "    assets:bank  1234.05 RUB\n"
        "    income:share  -1234.05 RUB\n"
        "    assets:bank  0.07 RUB\n"
        "    income:plans  -0.07 RUB\n\n");
}

TEST_CASE("ledger: no text becomes a part of a journal's grammar", "[money]") {
  const auto head = [](const std::string& text) {
    const std::string entry = journal_entry(sample(text), Zone::utc());
    return entry.substr(0, entry.find('\n'));
  };
  const std::string start = "2026-01-31 * (7) ";
  CHECK(head("Rooms; 5 | six") == start + "Rooms  5   six");
  CHECK(head("") == start + "payment");
  CHECK(head("a\nassets:bank  9 RUB") == start + "a assets:bank  9 RUB");
  CHECK(head("a\r\tb") == start + "a  b");
  CHECK(head("Зал, октябрь") == start + "Зал, октябрь");
  CHECK(head(" ;; ") == start);
  Transaction odd = sample("x");
  odd.subject = "a, date:2020-01-01\n [2020-01-01]";
  odd.corrects = LedgerId("led_01k9x0000000000000000000001");
  CHECK_THAT(journal_entry(odd, Zone::utc()),
             ContainsSubstring("kind:payment, subject:a  date:2020-01-01   2020-01-01, "
                               "corrects:led_01k9x0000000000000000000001\n"));
}

TEST_CASE("ledger: CSV has both sides of each move, and formulas only in texts are guarded",
          "[money]") {
  std::string out;
  append_postings(out, sample("=1+2, \"x\""), *Zone::load("Europe/Moscow"), false);
  const std::string start = "7,2026-02-01,2026-01-31T21:30:00.000Z,payment,\"'=1+2, \"\"x\"\"\",,";
  const std::string end = ",RUB,,system,led_01k9x0000000000000000000000\r\n";
  CHECK(out == start + "assets:bank,1234.05" + end + start + "income:share,-1234.05" + end + start +
                   "assets:bank,0.07" + end + start + "income:plans,-0.07" + end);
  out.clear();
  append_postings(out, sample("a;b"), Zone::utc(), true);
  CHECK(
      out.starts_with("7;2026-01-31;2026-01-31T21:30:00.000Z;payment;\"a;b\";;assets:bank;"
                      "1234,05;RUB;;system;"));
}

TEST_CASE("ledger: decimals of any size", "[money]") {
  CHECK(decimal_text(0) == "0.00");
  CHECK(decimal_text(-5) == "-0.05");
  CHECK(decimal_text(-12345, ',') == "-123,45");
  CHECK(decimal_text(k_money_minor_max) == "10000000000.00");
}

TEST_CASE("ledger: writers at random, counted again the slow way", "[money][property]") {
  constexpr int k_steps = 1000;
  constexpr int k_writers = 4;
  TestApp app;
  std::map<int, Dice> dice;
  for (int writer = 0; writer < k_writers; ++writer) {
    dice.emplace(writer, Dice(static_cast<std::uint64_t>(writer) + 11));
  }
  const TimeMs now = app.world().clock.now();
  std::vector<Transaction> all;
  std::map<std::string, int> keys;
  // Many in a commit, as group commit has them: a commit each would only measure the disk.
  for (int step = 0; step < k_steps; step += 50) {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      for (int i = step; i < step + 50; ++i) {
        for (auto& [writer, own] : dice) {
          NewTransaction entry = random_entry(own, now, writer, i);
          const std::string key = entry.unique_key;
          FLEAD_TRY(const auto made, post(app.world(), tx, app.tenant().id, std::move(entry)));
          if (made) CHECK(++keys[key] == 1);
          if (made) all.push_back(*made);
        }
      }
      return {};
    }));
  }
  REQUIRE(all.size() > 2000);
  const auto check = app.store().read([&](store::Tx& tx) { return verify(tx, app.tenant().id); });
  CHECK(check->faults.empty());
  CHECK(check->transactions == static_cast<std::int64_t>(all.size()));
  const auto balances = [&](std::string_view below, std::optional<TimeMs> before) {
    return *app.store().read(
        [&](store::Tx& tx) { return list_balances(tx, app.tenant().id, below, before); });
  };
  std::map<std::string, std::int64_t> totals;
  for (const Balance& one : balances("", std::nullopt)) totals[one.currency] += one.amount_minor();
  CHECK(totals == std::map<std::string, std::int64_t>{{"EUR", 0}, {"RUB", 0}});
  for (const char* below : {"", "assets", "assets:provider:a", "liabilities:prepaid", "income:x"}) {
    CAPTURE(below);
    CHECK(sums_of(balances(below, std::nullopt)) == slow_sums(all, below, INT64_MAX));
    for (int days = 0; days <= 40; days += 8) {
      const TimeMs before = now - days * k_day_ms;
      CAPTURE(days);
      CHECK(sums_of(balances(below, before)) == slow_sums(all, below, before));
    }
  }
  // An export in reads of any size is the same, and its amounts sum to nothing.
  LedgerExportOptions options;
  const std::string whole = exported(app, options);
  options.read_transactions = 7;
  CHECK(exported(app, options) == whole);
  std::int64_t sum = 0;
  for (const std::string& line : split(whole, '\n')) {
    const auto cells = split(line, ',');
    if (cells.size() < 12 || cells[0] == "number") continue;
    const bool below = cells[7].starts_with('-');
    sum += (below ? -1 : 1) * *parse_money_minor(cells[7].substr(below ? 1 : 0));
  }
  CHECK(sum == 0);
  options.from = now - 8 * k_day_ms;
  options.to = now - 4 * k_day_ms;
  const std::string part = exported(app, options);
  CHECK(part.size() < whole.size() / 4);
  options.format = LedgerFormat::journal;
  options.title = "The book of acme";
  CHECK(exported(app, options).starts_with("; The book of acme\n; Days are those of Europe/"));
}

// Not run by itself: how long it takes to verify and to read a large book.
//   flead_tests "[million]"
TEST_CASE("ledger: a million entries", "[.][million]") {
  constexpr int k_batch = 10'000;
  TestApp app;
  Dice dice(5);
  const auto timed = [&](const char* what, const auto& work) {
    const auto before = system_clock().steady_ms();
    work();
    WARN(what << ": " << system_clock().steady_ms() - before << " ms");
  };
  timed("posting", [&] {
    for (int step = 0; step < 1'000'000; step += k_batch) {
      REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
        for (int i = step; i < step + k_batch; ++i) {
          NewTransaction entry = random_entry(dice, app.world().clock.now(), 0, i);
          entry.unique_key = std::to_string(i);
          entry.moves.resize(1);
          entry.moves[0].amount_minor += 1;
          entry.moves[0].credit = "liabilities:prepaid:lead_" + std::to_string(dice.up_to(100'000));
          FLEAD_TRY(const auto made, post(app.world(), tx, app.tenant().id, std::move(entry)));
          CHECK(made);
        }
        return {};
      }));
    }
  });
  timed("verify", [&] {
    CHECK(app.store()
              .read([&](store::Tx& tx) { return verify(tx, app.tenant().id); })
              ->faults.empty());
  });
  timed("balances", [&] {
    CHECK(app.store()
              .read([&](store::Tx& tx) {
                return list_balances(tx, app.tenant().id, "assets", std::nullopt);
              })
              .ok());
  });
  timed("balances at a time", [&] {
    CHECK(app.store()
              .read([&](store::Tx& tx) {
                return list_balances(tx, app.tenant().id, "assets",
                                     app.world().clock.now() - 20 * k_day_ms);
              })
              .ok());
  });
  timed("page of an account", [&] {
    LedgerFilter filter;
    filter.account = "liabilities:prepaid:lead_77";
    CHECK(app.store()
              .read([&](store::Tx& tx) { return list_transactions(tx, app.tenant().id, filter); })
              .ok());
  });
  timed("export", [&] { CHECK(exported(app, {}).size() > 1000); });
}

}  // namespace flead::money::export_cases
