// A provider's registry against the book: what differs, how files are read, what of the book
// counts.
#include <string>
#include <vector>

#include "core/money/by_hand.h"
#include "core/money/pay_account.h"
#include "core/money/payments_store.h"
#include "core/money/reconcile.h"
#include "core/money/registry.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::money::reconcile_cases {
namespace {

using test::TestApp;

TheirRow their(std::int64_t line, std::string id, std::int64_t amount,
               std::string currency = "RUB") {
  return {line, std::move(id), amount, std::move(currency)};
}
OurRow our(std::int64_t number, std::string id, std::int64_t amount, bool in_period = true) {
  return {std::move(id), amount, "RUB", 0, "", number, in_period};
}

struct DifferenceCase {
  std::string_view name;
  std::vector<TheirRow> theirs;
  std::vector<OurRow> ours;
  std::string_view differences;
  std::int64_t agreed;
};
const std::vector<DifferenceCase> k_difference_cases = {
    {"nothing at all", {}, {}, "", 0},
    {"agrees", {their(2, "p1", 100)}, {our(1, "p1", 100)}, "", 1},
    {"only there", {their(2, "p1", 100)}, {}, "here p1 100", 0},
    {"only here", {}, {our(1, "p1", 100)}, "there p1 100", 0},
    {"another amount", {their(2, "p1", 90)}, {our(1, "p1", 100)}, "differs p1 90/100", 0},
    {"paid and given back",
     {their(2, "p1", 100), their(3, "p1", -100)},
     {our(1, "p1", 100), our(2, "p1", -100)},
     "",
     2},
    {"both missing here, though they sum to nothing",
     {their(2, "p1", 100), their(3, "p1", -100)},
     {},
     "here p1 0",
     0},
    {"a refund that we don't know",
     {their(2, "p1", 100), their(3, "p1", -30)},
     {our(1, "p1", 100)},
     "here p1 -30",
     1},
    {"a refund that they don't know",
     {their(2, "p1", 100)},
     {our(1, "p1", 100), our(2, "p1", -30)},
     "there p1 -30",
     1},
    {"a refund of another amount",
     {their(2, "p1", 100), their(3, "p1", -30)},
     {our(1, "p1", 100), our(2, "p1", -20)},
     "differs p1 -30/-20",
     1},
    {"one there, two parts here",
     {their(2, "p1", 100)},
     {our(1, "p1", 60), our(2, "p1", 40)},
     "",
     1},
    {"the same twice there",
     {their(2, "p1", 100), their(3, "p1", 100)},
     {our(1, "p1", 100)},
     "here p1 100",
     1},
    {"the same twice here",
     {their(2, "p1", 100)},
     {our(1, "p1", 100), our(2, "p1", 100)},
     "there p1 100",
     1},
    {"another month's payment is not missed", {}, {our(1, "p1", 100, false)}, "", 0},
    {"but agrees, when a day differs", {their(2, "p1", 100)}, {our(1, "p1", 100, false)}, "", 1},
    {"and does not take its partner from the period",
     {their(2, "p1", 100)},
     {our(1, "p1", 100, false), our(2, "p1", 100)},
     "",
     1},
    {"a refund of last month's payment",
     {their(2, "p1", -100)},
     {our(1, "p1", 100, false)},
     "here p1 -100",
     0},
    {"another currency",
     {their(2, "p1", 100, "EUR")},
     {our(1, "p1", 100)},
     "here p1 100 | there p1 100",
     0},
    {"ours without an id",
     {their(2, "p1", 5)},
     {our(1, "", 100), our(2, "", 100)},
     "here p1 5 | there  100 | there  100",
     0},
    {"without an id, of another month", {}, {our(1, "", 100, false)}, "", 0},
};

// "here p1 100 | there p2 50 | differs p3 10/20"
std::string told(const Differences& found) {
  std::string out;
  const auto add = [&](std::string_view word, const Difference& one) {
    if (!out.empty()) out += " | ";
    out += std::string(word) + " " + one.id;
    if (one.theirs_minor) out += " " + std::to_string(*one.theirs_minor);
    if (one.theirs_minor && one.ours_minor) out += "/";
    if (one.ours_minor) out += (one.theirs_minor ? "" : " ") + std::to_string(*one.ours_minor);
  };
  for (const auto& one : found.missing_here) add("here", one);
  for (const auto& one : found.missing_there) add("there", one);
  for (const auto& one : found.amount_differs) add("differs", one);
  return out;
}

Registry read(std::string_view file,
              const RegistryColumns& columns = {"id", "amount", "", "", ""}) {
  auto registry = read_registry(file, columns, "RUB", *Zone::load("Europe/Moscow"));
  REQUIRE(registry.ok());
  return std::move(*registry);
}

std::string rows_text(const Registry& registry) {
  std::string out;
  for (const TheirRow& row : registry.rows) {
    out += std::to_string(row.line) + ":" + row.id + "=" + std::to_string(row.amount_minor) +
           row.currency + " ";
  }
  return out;
}

std::string file_refusal(std::string_view file,
                         const RegistryColumns& columns = {"id", "amount", "date", "", "fee"}) {
  const auto registry = read_registry(file, columns, "RUB", Zone::utc());
  REQUIRE_FALSE(registry.ok());
  return registry.error().code + ": " + registry.error().message;
}

}  // namespace

TEST_CASE("reconcile: what differs", "[money]") {
  for (const DifferenceCase& one : k_difference_cases) {
    CAPTURE(one.name);
    const Differences found = reconcile(one.theirs, one.ours);
    CHECK(told(found) == one.differences);
    CHECK(found.agreed == one.agreed);
    // The order of rows means nothing.
    const std::vector<TheirRow> theirs(one.theirs.rbegin(), one.theirs.rend());
    const std::vector<OurRow> ours(one.ours.rbegin(), one.ours.rend());
    CHECK(told(reconcile(theirs, ours)) == one.differences);
  }
  const auto two =
      reconcile({their(7, "p", 1), their(3, "p", 2)}, {our(9, "p", 4), our(8, "p", 5)});
  CHECK(two.amount_differs.at(0).lines == std::vector<std::int64_t>{3, 7});
  CHECK(two.amount_differs.at(0).numbers == std::vector<std::int64_t>{8, 9});
}

TEST_CASE("reconcile: one id a hundred thousand times is no work", "[money]") {
  std::vector<TheirRow> theirs;
  std::vector<OurRow> ours;
  for (std::int64_t i = 0; i < 100'000; ++i) {
    theirs.push_back(their(i, "p", i % 1000 + 1));
    ours.push_back(our(i, "p", 1000 - i % 1000));
  }
  CHECK(reconcile(theirs, ours).count() == 0);
}

TEST_CASE("registry: amounts as people's spreadsheets write them", "[money]") {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> minor;
  };
  const auto one = GENERATE(values<Case>({{"100", 10000},
                                          {"-100", -10000},
                                          {"+100", 10000},
                                          {"−100,5", -10050},
                                          {"1 234,56", 123456},
                                          {"1\xc2\xa0"
                                           "234,56",
                                           123456},
                                          {"1\xe2\x80\xaf"
                                           "234.56",
                                           123456},
                                          {"1'234.56", 123456},
                                          {"1,234.56", 123456},
                                          {"1.234,56", 123456},
                                          {"1,234,567.89", 123456789},
                                          {"0", 0},
                                          {"-0,01", -1},
                                          {"1,234", std::nullopt},
                                          {"1,234,567", std::nullopt},
                                          {"", std::nullopt},
                                          {"-", std::nullopt},
                                          {"--1", std::nullopt},
                                          {"1e5", std::nullopt},
                                          {"1.2.3", std::nullopt},
                                          {"0x10", std::nullopt},
                                          {"1 руб", std::nullopt},
                                          {"\xff", std::nullopt},
                                          {"99999999999999999999", std::nullopt}}));
  CAPTURE(one.text);
  CHECK(parse_registry_amount(one.text) == one.minor);
}

TEST_CASE("registry: days as people's spreadsheets write them", "[money]") {
  const Zone moscow = *Zone::load("Europe/Moscow");
  const Date day{2026, 10, 5};
  for (const char* text :
       {"2026-10-05", "05.10.2026", "05/10/2026", " 05.10.2026 23:59:59 ", "2026-10-05 23:59",
        "2026-10-04T22:00:00Z", "2026-10-05T23:59:59+03:00"}) {
    CAPTURE(text);
    CHECK(parse_registry_day(text, moscow) == day);
  }
  for (const char* text : {"", "5.10.2026", "32.10.2026", "2026-13-01", "today", "05.10.20266",
                           "05-10-2026", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_registry_day(text, moscow));
  }
}

TEST_CASE("registry: files of any country's spreadsheet, with words above and totals below",
          "[money]") {
  CHECK(rows_text(read("id,amount\np1,100\np2,-5.5\n")) == "2:p1=10000RUB 3:p2=-550RUB ");
  CHECK(rows_text(read("\xef\xbb\xbfID;Amount\r\np1;1 000,50\r\n")) == "2:p1=100050RUB ");
  CHECK(rows_text(read("Registry of payments, shop 1\n\nid;x;amount\np1;;5\n;;5\nTotal;1;\n")) ==
        "4:p1=500RUB ");
  CHECK(read("id,amount\np1,0\n,7\nTotal,\n").left_out == 3);
  const RegistryColumns russian{"Идентификатор платежа", "Сумма", "Дата", "Валюта", "Комиссия"};
  const Registry whole = read(
      "Реестр\nИдентификатор платежа;Дата;Сумма;Комиссия;Валюта\n"
      "p1;05.10.2026 10:00;1000,00;35,00;RUB\np2;01.10.2026;10;-0,35;EUR\nИтого;;1010,00;;\n",
      russian);
  CHECK(rows_text(whole) == "3:p1=96500RUB 4:p2=965EUR ");
  CHECK(whole.first_day == Date{2026, 10, 1});
  CHECK(whole.last_day == Date{2026, 10, 5});
  CHECK(whole.left_out == 1);
  // The same letters in windows-1251.
  CHECK(rows_text(read("\xcd\xee\xec\xe5\xf0;\xd1\xf3\xec\xec\xe0\np1;1\n",
                       {"номер", "сумма", "", "", ""})) == "2:p1=100RUB ");
}

TEST_CASE("registry: a file that is not understood is refused whole", "[money]") {
  CHECK(file_refusal("") == "csv_empty: The file is empty.");
  CHECK(file_refusal(std::string_view("PK\0\3", 4)).starts_with("csv_not_text"));
  CHECK(file_refusal("null").starts_with("column_missing: The file has no column 'id'"));
  CHECK(file_refusal("id,sum,date,fee\n").starts_with("column_missing"));
  CHECK(file_refusal("id,amount,date,fee\np1,\"1").starts_with("csv_cut"));
  CHECK(file_refusal("id,amount,date,fee\np1,x,2026-10-05,\n") ==
        "registry_row_invalid: Line 2: 'x' is no amount. Nothing was compared.");
  CHECK_THAT(file_refusal("words\nid,amount,date,fee\np1,1,soon,\n"),
             ContainsSubstring("Line 3: 'soon' is no date"));
  CHECK_THAT(file_refusal("id,amount,date,fee\np1,1,2026-10-05,lots\n"),
             ContainsSubstring("'lots' is no fee"));
  CHECK_THAT(file_refusal("id,amount,date,fee\n\n\np1,1,,\np2,1,x,\n"),
             ContainsSubstring("Line 5"));
  const auto missing = read_registry("Nr,Sum\n", {"id", "amount", "", "", ""}, "RUB", Zone::utc());
  CHECK_THAT(missing.error().hint, ContainsSubstring("It has: Nr, Sum; name yours with"));
}

TEST_CASE("reconcile: of the book count payments that stand, not the way to the bank", "[money]") {
  TestApp app;
  const auto add = [&](std::string debit, std::string credit, std::int64_t amount,
                       std::string subject, std::string text = "") {
    const auto made = app.store().write([&](store::Tx& tx) {
      NewTransaction input;
      input.kind = "payment";
      input.text = std::move(text);
      input.subject = std::move(subject);
      input.unique_key = new_id<LedgerIdTag>(app.world()).text();
      input.currency = "RUB";
      input.moves = {{std::move(debit), std::move(credit), amount}};
      return post(app.world(), tx, app.tenant().id, std::move(input));
    });
    REQUIRE(made.ok());
    return (*made)->number;
  };
  const auto take_back = [&](std::int64_t number) {
    return app.store()
        .write([&](store::Tx& tx) {
          return correct(app.world(), tx, app.tenant().id, number, "A slip", "cli");
        })
        ->number;
  };
  const std::string main = "assets:provider:main";
  add(main, "liabilities:prepaid:l1", 100, "p1");                      // 1
  add(main, "liabilities:prepaid:l2", 200, "", "By hand (p2), cash");  // 2
  add("expenses:fees:main", main, 3, "p1");                            // 3
  add("assets:bank", main, 97, "");                                    // 4
  add("liabilities:refunds:l1", main, 40, "p1");                       // 5
  const auto wrong = add(main, "liabilities:prepaid:l3", 300, "p3");   // 6
  take_back(wrong);                                                    // 7
  const auto right = add(main, "liabilities:prepaid:l4", 400, "p4");   // 8
  take_back(take_back(right));                                         // 9, 10: it stands
  add("assets:provider:other", "liabilities:prepaid:l5", 500, "p5");   // 11
  add("assets:gateway:out", "assets:bank", 900, "");                   // 12: topped up
  add("liabilities:expert:h1", "assets:payouts", 70, "po1");           // 13
  add("assets:payouts", "assets:gateway:out", 70, "po1");              // 14
  BookRowsOptions options;
  options.account = main;
  const std::vector<TheirRow> theirs = {their(2, "p1", 100), their(3, "p2", 200)};
  const auto rows = [&] {
    std::string out;
    const auto found = app.store().read([&](store::Tx& tx) {
      return book_rows(tx, app.tenant().id, options, named_in_entry(theirs));
    });
    REQUIRE(found.ok());
    for (const OurRow& row : *found) {
      out += std::to_string(row.number) + ":" + row.provider_id + "=" +
             std::to_string(row.amount_minor) + (row.in_period ? " " : "! ");
    }
    return out;
  };
  CHECK(rows() == "1:p1=100 2:p2=200 5:p1=-40 8:p4=400 ");
  options.with_fees = true;
  CHECK(rows() == "1:p1=100 2:p2=200 3:p1=-3 5:p1=-40 8:p4=400 ");
  options.with_fees = false;
  options.from = app.world().clock.now() + 1;
  CHECK(rows() == "1:p1=100! 2:p2=200! 5:p1=-40! 8:p4=400! ");
  options.from.reset();
  options.account = "assets:gateway:out";  // what went to an expert, not what came from the bank
  CHECK(rows() == "14:po1=-70 ");
}

TEST_CASE("reconcile: payments and refunds go by the ids that the provider gave them", "[money]") {
  TestApp app;
  std::vector<Transaction> entries(5);
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto account,
              add_pay_account(app.app(), tx, app.tenant().id, {"manual", "main", {}, ""}));
    Payment payment;
    payment.id = new_id<PaymentIdTag>(app.world());
    payment.tenant = app.tenant().id;
    payment.account = account.id;
    payment.purpose = "other";
    payment.amount = {100, "RUB"};
    payment.token = "token";
    payment.provider_id = "their-payment";
    FLEAD_CHECK(payments_store::insert(tx, payment));
    FLEAD_TRY(const bool opened, payments_store::update(tx, payment, payment.state));
    Refund refund;
    refund.id = new_id<RefundIdTag>(app.world());
    refund.tenant = app.tenant().id;
    refund.payment = payment.id;
    refund.amount = {40, "RUB"};
    refund.provider_id = "their-refund";
    FLEAD_TRY(const bool made, payments_store::insert_refund(tx, refund));
    FLEAD_TRY(const bool called, payments_store::update_refund(tx, refund, refund.state));
    CHECK((opened && made && called));
    for (Transaction& one : entries) {
      one.tenant = app.tenant().id;
      one.subject = payment.id.text();
    }
    entries[0].unique_key = "payment:" + payment.id.text();
    entries[1].unique_key = "refund:" + refund.id.text();
    entries[2].unique_key = "refund:" + new_id<RefundIdTag>(app.world()).text();  // of no row
    entries[3].subject = new_id<PaymentIdTag>(app.world()).text();                // of no row
    entries[4].subject = "";
    entries[4].text = "by hand x9";
    return {};
  }));
  const auto names = [&](const std::vector<TheirRow>& theirs) {
    const ProviderIdOf name = named_by_payment(theirs);
    std::string out;
    for (const Transaction& one : entries) {
      const auto id = app.store().read([&](store::Tx& tx) { return name(tx, one); });
      REQUIRE(id.ok());
      out += *id == entries[3].subject ? "own " : *id + " ";
    }
    return out;
  };
  CHECK(names({}) == "their-payment their-refund their-payment own  ");
  CHECK(names({their(2, "their-payment", 1), their(3, "x9", 1)}) ==
        "their-payment their-payment their-payment own x9 ");
  CHECK(names({their(2, "their-payment", 1), their(3, "their-refund", 1)}) ==
        "their-payment their-refund their-payment own  ");
}

}  // namespace flead::money::reconcile_cases
