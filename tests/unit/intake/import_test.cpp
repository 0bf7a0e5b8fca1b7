// CSV import: what files are understood, what is rejected, and that nothing is half done.
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

#include "core/intake/import.h"
#include "core/intake/import_columns.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

std::string import_fixture(const std::string& name) {
  std::ifstream file(FLEAD_FIXTURES "/import/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<intake::ImportPlan> plan_of(TestApp& app, std::string_view text,
                                   const intake::ImportOptions& options = {}) {
  return intake::read_import(app.tenant(), text, options);
}

intake::ImportCounts import_plan(TestApp& app, const intake::ImportPlan& plan,
                                 const intake::ImportOptions& options = {}) {
  intake::ImportPlan taken = plan;
  const intake::ImportBatch batch(app.world(), app.tenant(), taken, options);
  const auto foreseen = app.store().read([&](store::Tx& tx) { return batch.count(tx); });
  const auto counts =
      app.store().write([&](store::Tx& tx) { return batch.write(app.world(), tx); });
  REQUIRE(counts);
  REQUIRE(foreseen);
  CHECK(foreseen->created == counts->created);
  CHECK(foreseen->duplicates == counts->duplicates);
  return *counts;
}

}  // namespace

TEST_CASE("intake: tables of every common writing are the same leads", "[intake][import]") {
  TestApp app;
  const auto name =
      GENERATE(values<std::string>({"bom.csv", "semicolon.csv", "cp1251.csv", "tab_lf.csv"}));
  CAPTURE(name);
  const auto plan = plan_of(app, import_fixture(name));
  REQUIRE(plan);
  CHECK(plan->rejected.empty());
  CHECK(plan->ignored.empty());
  const auto counts = import_plan(app, *plan);
  CHECK(counts.created == 3);
  CHECK(counts.duplicates == 0);
  CHECK(count_rows(app, "leads WHERE source = 'import'") == 3);
  CHECK(count_rows(app, "leads WHERE name = 'Борис \"Боб\"' AND phone = '+79160000002'") == 1);
  CHECK(count_rows(app,
                   "leads WHERE name = 'Вера; Ёжикова' AND email = 'vera@пример.рф' AND "
                   "message = 'ёлка'") == 1);
  CHECK(count_rows(app, "leads WHERE message LIKE 'Хочу_встречу'") == 1);
  CHECK(count_rows(app, "jobs") == 0);      // nobody asked for a message
  CHECK(count_rows(app, "consents") == 0);  // and nobody is said to have agreed
  CHECK(count_rows(app, "intake_raw WHERE source = 'import'") == 3);
}

TEST_CASE("intake: a file cut inside a cell imports nothing and says so", "[intake][import]") {
  TestApp app;
  const auto plan = plan_of(app, import_fixture("cut.csv"));
  REQUIRE(!plan);
  CHECK(plan.error().code == "csv_cut");
  CHECK(plan.error().kind == ErrorKind::refused);
}

TEST_CASE("intake: a short last row without a line end is a cut file", "[intake][import]") {
  TestApp app;
  const auto plan = plan_of(app, "name,phone,message\nAnna,+79160000001,hi\nBoris,+7916000");
  REQUIRE(!plan);
  CHECK(plan.error().code == "csv_cut");
  CHECK(plan_of(app, "name,phone,message\nAnna,+79160000001,hi\nBoris,+79160000002\n"));
  CHECK(plan_of(app, "name,phone,message\nAnna,+79160000001,hi"));
  CHECK(plan_of(app, "name,phone,message"));
}

TEST_CASE("intake: what an export says of a lead's past comes back", "[intake][import]") {
  TestApp app;
  const auto plan = plan_of(app,
                            "phone,status,assignee,source,created_at,custom\n"
                            "+79160000001,won,ira,widget,2025-11-02T10:00:00.000Z,\"{\"\"size\"\":"
                            "\"\"XL\"\",\"\"n\"\":2}\"\n"
                            "+79160000002,In progress,,,2025-11-02 13:00,\n"
                            "+79160000003,,,,2099-01-01,\n"
                            "+79160000004,,,,soon,\n"
                            "+79160000005,,,,,[1]\n");
  REQUIRE(plan);
  CHECK(plan->ignored.empty());
  CHECK(plan->unknown_statuses == 1);
  std::string rejected;
  for (const auto& row : plan->rejected) rejected += row.code + " ";
  CHECK(rejected == "time_invalid custom_invalid ");
  intake::ImportOptions options;
  options.greet = true;
  CHECK(import_plan(app, *plan, options).created == 3);
  CHECK(count_rows(app,
                   "leads WHERE status = 'won' AND assignee = 'ira' AND source = 'widget' AND "
                   "custom = '{\"size\":\"XL\",\"n\":2}' AND created_at_ms = 1762077600000") == 1);
  // Wall time of the tenant, who lives three hours east.
  CHECK(count_rows(app, "leads WHERE status = 'new' AND created_at_ms = 1762077600000") == 1);
  CHECK(count_rows(app, "leads WHERE created_at_ms > updated_at_ms") == 0);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 2);  // who has been won is not new
}

TEST_CASE("intake: bad rows are set aside with line and reason, good ones come in",
          "[intake][import]") {
  TestApp app;
  const auto plan = plan_of(app, import_fixture("mixed.csv"));
  REQUIRE(plan);
  CHECK(plan->ignored == std::vector<std::string>{"what"});
  std::string rejected;
  for (const auto& row : plan->rejected) {
    rejected += std::to_string(row.line) + ":" + row.code + " ";
  }
  CHECK(rejected == "3:phone_invalid 5:email_invalid 7:contact_required 9:cells_extra ");
  const auto counts = import_plan(app, *plan);
  CHECK(counts.created == 2);
  CHECK(counts.duplicates == 1);
  CHECK(count_rows(app, "leads WHERE phone = '+79160000003'") == 1);  // the guard came off
  CHECK(count_rows(app, "leads WHERE custom = '{\"size\":\"XL\"}'") == 1);
  CHECK(count_rows(app, "lead_tags WHERE tag IN ('vip', 'hot')") == 2);
  // The file says that she agreed, not to which text.
  CHECK(count_rows(app,
                   "consents WHERE purpose = 'processing' AND text_version = '' AND "
                   "text_hash = ''") == 1);
  const std::string rejects = intake::format_rejects(*plan);
  CHECK_THAT(rejects, ContainsSubstring("line,reason,name,phone") &&
                          ContainsSubstring("3,phone_invalid: ") &&
                          ContainsSubstring("Bad phone,12345"));
}

TEST_CASE("intake: rejects become good rows when they are mended", "[intake][import]") {
  TestApp app;
  const auto plan = plan_of(app, import_fixture("mixed.csv"));
  REQUIRE(plan);
  std::string rejects = intake::format_rejects(*plan);
  rejects.replace(rejects.find("12345"), 5, "+79160000005");
  const auto again = plan_of(app, rejects);
  REQUIRE(again);
  CHECK(again->rows.size() == 1);
  CHECK(again->rejected.size() == 3);
}

TEST_CASE("intake: an import that fails keeps none of its rows", "[intake][import]") {
  TestApp app;
  auto plan = plan_of(app, import_fixture("mixed.csv"));
  REQUIRE(plan);
  const intake::ImportBatch batch(app.world(), app.tenant(), *plan, {});
  const auto failed = app.store().write([&](store::Tx& tx) -> Result<intake::ImportCounts> {
    FLEAD_CHECK(batch.write(app.world(), tx));
    return refused("stop", "after the last row");
  });
  CHECK(!failed);
  CHECK(intake_rows(app) == 0);
  CHECK(count_rows(app, "lead_tags") == 0);
}

TEST_CASE("intake: greeting and consent of an import are the operator's word", "[intake][import]") {
  TestApp app;
  intake::ImportOptions options;
  options.greet = true;
  options.consent = {"processing", "marketing"};
  const auto plan = plan_of(app, "phone\n+79160000001\n+79160000001\n", options);
  REQUIRE(plan);
  import_plan(app, *plan, options);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 1);
  CHECK(count_rows(app, "consents") == 4);
  options.consent = {"spying"};
  CHECK(!plan_of(app, "phone\n+79160000001\n", options));
}

TEST_CASE("intake: phones are read with the region that is given", "[intake][import]") {
  TestApp app;
  intake::ImportOptions options;
  options.region = "DE";
  const auto plan = plan_of(app, "phone\n030 901820\n", options);
  REQUIRE(plan);
  REQUIRE(plan->rows.size() == 1);
  CHECK(plan->rows[0].lead.phone == "+4930901820");
}

TEST_CASE("intake: files that hold no people are refused", "[intake][import]") {
  TestApp app;
  struct Case {
    std::string text, code;
  };
  const auto c = GENERATE(values<Case>({
      {"", "csv_empty"},
      {"\n\n\r\n", "csv_empty"},
      {std::string("PK\x03\x04\0\0\0\0", 8), "csv_not_text"},
      {std::string("\xff\xfen\0a\0m\0e\0", 10), "csv_not_text"},
      {"a,b\n1,2\n", "columns_unknown"},
      {"+79160000001,Anna\n", "columns_unknown"},
      {"name\nAnna\n", "columns_unknown"},
      {"\"phone\n", "csv_cut"},
  }));
  CAPTURE(c.text);
  const auto plan = plan_of(app, c.text);
  REQUIRE(!plan);
  CHECK(plan.error().code == c.code);
  CHECK(plan.error().kind == ErrorKind::refused);
}

TEST_CASE("intake: hostile tables give rows or reasons, never a crash", "[intake][import]") {
  TestApp app;
  const auto text = GENERATE(values<std::string>({
      "phone\n\xff\xfe\xfd\n",
      "phone\n" + std::string(300 * 1024, '1') + "\n+79160000001\n",
      "phone" + std::string(500, ',') + "\n",
      "phone\n" + std::string(500, ',') + "\n",
      "phone,phone,phone\n,,+79160000001\n",
      "custom.,phone\n1,+79160000001\n",
      "phone,name\n+79160000001,\"a\x01\"\n",
      "consent,phone\nspying,+79160000001\n",
  }));
  const auto plan = plan_of(app, text);
  if (plan) import_plan(app, *plan);
  CHECK(count_rows(app, "leads") <= 1);
}

TEST_CASE("intake: columns are known by header or by map", "[intake][import]") {
  const std::vector<std::string> header = {
      "Ф.И.О.", "Контакт 1", "E-MAIL:", "Источник", "custom.Размер", "прочее"};
  const auto fields = intake::map_columns(header, {{"phone", "контакт 1"}});
  REQUIRE(fields);
  CHECK(*fields ==
        std::vector<std::string>{"name", "phone", "email", "utm.source", "custom.Размер", ""});
  const auto mapped = intake::map_columns(header, {{"name", "прочее"}});
  REQUIRE(mapped);
  CHECK((*mapped)[0].empty());  // the map's word is final
  CHECK((*mapped)[5] == "name");
  CHECK(intake::map_columns(header, {{"shoe", "прочее"}}).error().code == "map_invalid");
  CHECK(intake::map_columns(header, {{"phone", "нет"}}).error().code == "column_missing");
}

TEST_CASE("intake: a map is pairs", "[intake][import]") {
  const auto map = intake::parse_import_map("name=Имя, phone = Телефон");
  REQUIRE(map);
  CHECK((*map)[1] == std::pair<std::string, std::string>{"phone", "Телефон"});
  for (const std::string text : {"", "name", "=x", "name=", "name=Имя,,", "name=Имя;phone"}) {
    CAPTURE(text);
    const auto bad = intake::parse_import_map(text);
    if (text != "name=Имя;phone") CHECK(!bad);
  }
}

}  // namespace flead::test
