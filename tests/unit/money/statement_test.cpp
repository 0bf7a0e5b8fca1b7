#include "core/money/statement.h"

#include "core/base/text.h"
#include "support/payouts.h"

namespace flead::test {
namespace {

Result<money::Statement> read_statement(PayoutDesk& desk, const money::PayoutRecipient& who,
                                        std::string month) {
  money::StatementWish wish;
  wish.host = who.host;
  wish.host_slug = who.slug;
  wish.host_name = "Ира <b>";
  wish.month = std::move(month);
  return desk.test.store().read(
      [&](store::Tx& tx) { return money::statement(tx, desk.test.tenant(), wish); });
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("statement: a month of the ledger, line by line", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.earn(ira, 400000);                // in December
  desk.earn(ira, 100000, 2 * k_day_ms);  // 3 January
  desk.give_back(ira, 30000);
  REQUIRE(desk.run());
  const auto payout = desk.payouts().at(0);
  REQUIRE(desk.test.store().write([&](store::Tx& tx) {
    return money::cancel_payout(desk.app, tx, payout, "wrong account", "ira");
  }));
  desk.test.clock().advance(1000);
  REQUIRE(desk.run());

  const auto january = read_statement(desk, ira, "2026-01");
  REQUIRE(january);
  CHECK(january->opening_minor == 400000);
  CHECK(january->earned_minor == 100000);
  CHECK(january->refunded_minor == -30000);
  CHECK(january->paid_minor == -400000);
  CHECK(january->other_minor == 0);
  CHECK(january->closing_minor == 70000);
  CHECK(january->closing_minor == desk.owed(ira));
  REQUIRE(january->lines.size() == 5);
  const auto& meeting = january->lines[0];
  CHECK(meeting.kind == money::StatementLine::Kind::meeting);
  CHECK(meeting.price_minor == 125000);
  CHECK(meeting.kept_minor == 25000);
  CHECK(meeting.amount_minor == 100000);
  CHECK(january->lines[2].kind == money::StatementLine::Kind::payout);
  CHECK(january->lines[3].kind == money::StatementLine::Kind::returned);

  const auto december = read_statement(desk, ira, "2025-12");
  REQUIRE(december);
  CHECK(december->opening_minor == 0);
  CHECK(december->closing_minor == january->opening_minor);
  const auto february = read_statement(desk, ira, "2026-02");
  REQUIRE(february);
  CHECK(february->opening_minor == january->closing_minor);
  CHECK(february->lines.empty());
}

TEST_CASE("statement: a month begins at midnight of the tenant's zone", "[money]") {
  PayoutDesk desk;  // Moscow
  const auto ira = desk.add_expert("ira");
  // 2025-12-31T21:00Z is 2026-01-01 00:00 in Moscow; a millisecond before it is December.
  const TimeMs border = *parse_time("2025-12-31T21:00:00.000Z");
  desk.earn(ira, 100, desk.test.clock().now() - border);
  desk.earn(ira, 10, desk.test.clock().now() - border + 1);
  const auto january = read_statement(desk, ira, "2026-01");
  REQUIRE(january);
  CHECK(january->earned_minor == 100);
  CHECK(january->opening_minor == 10);
}

TEST_CASE("statement: months that are none are refused", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  for (const char* bad : {"", "2026", "2026-13", "2026-1", "2026-01-01", "january"}) {
    CAPTURE(bad);
    const auto none = read_statement(desk, ira, bad);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "month_invalid");
  }
  CHECK(read_statement(desk, ira, "2025-12"));
}

TEST_CASE("statement: a fee that the expert bears is kept, not paid", "[money]") {
  money::Transaction earned;
  earned.kind = "earned";
  earned.moves = {{"liabilities:prepaid:l", "liabilities:expert:h", 8000},
                  {"liabilities:prepaid:l", "income:share", 2000},
                  {"liabilities:expert:h", "expenses:fees:yookassa", 350}};
  const auto line = money::statement_line(earned, "liabilities:expert:h");
  CHECK(line.price_minor == 10000);
  CHECK(line.kept_minor == 2350);
  CHECK(line.amount_minor == 7650);
}

TEST_CASE("statement: as Markdown, CSV and a page to print, in both languages", "[money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  desk.pay_by_hand(ira);
  desk.earn(ira, 400000);
  desk.earn(ira, 100000, 2 * k_day_ms);
  REQUIRE(desk.run());
  const auto january = read_statement(desk, ira, "2026-01");
  REQUIRE(january);

  const std::string russian = money::statement_markdown(*january, "ru");
  CHECK(
      russian.find("| 03.01.2026 | Встреча: Meeting | 1\u00A0250,00 | 250,00 | 1\u00A0000,00 |") !=
      std::string::npos);
  CHECK(russian.find("| Остаток на конец | 1\u00A0000,00 |") != std::string::npos);
  CHECK(russian.find("Ира \\<b\\>") != std::string::npos);
  const std::string english = money::statement_markdown(*january, "en");
  CHECK(english.find("| Paid out | −4,000.00 |") != std::string::npos);

  const std::string csv = money::statement_csv(*january, "en");
  CHECK(
      csv.starts_with("date,kind,what,price,kept,amount,balance,currency,subject,number\n"
                      "2026-01-01,opening,Opening balance,,,,4000.00,RUB,,\n"
                      "2026-01-03,meeting,Meeting,1250.00,250.00,1000.00,5000.00,RUB,pay_"));
  CHECK(csv.find(",-4000.00,1000.00,RUB,po_") != std::string::npos);
  CHECK(csv.ends_with("2026-01-31,closing,Closing balance,,,,1000.00,RUB,,\n"));

  for (const char* language : {"ru", "en"}) {
    const std::string html = money::statement_html(*january, language);
    CAPTURE(html);
    CHECK(html.starts_with("<!doctype html>\n<html lang=\"" + std::string(language) + "\">"));
    CHECK(html.find("<b>") == std::string::npos);
    CHECK(html.find("Ира &lt;b&gt;") != std::string::npos);
    CHECK(html.find("size: A4") != std::string::npos);
    for (const char* outside : {"http", "//", "src=", "href=", "url(", "@import", "<script"}) {
      CAPTURE(outside);
      CHECK(html.find(outside) == std::string::npos);
    }
    CHECK(count_of(html, "<table>") == count_of(html, "</table>"));
    CHECK(count_of(html, "<tr") == count_of(html, "</tr>"));
    CHECK(count_of(html, "<td") == count_of(html, "</td>"));
  }
}

}  // namespace flead::test
