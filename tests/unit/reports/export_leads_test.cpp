// Export of leads: the same objects as the API, safe cells, constant memory.
#include <chrono>
#include <string>

#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/intake/lead_columns.h"
#include "core/reports/export_leads.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

struct Exported {
  std::string text;
  std::size_t longest_chunk = 0;
  std::int64_t rows = 0;
  std::string next_after_id;
};

Exported export_all(TestApp& app, const reports::ExportOptions& options) {
  Exported out;
  const auto rows =
      reports::export_leads(app.store(), app.tenant().id, options, [&](std::string_view chunk) {
        out.text += chunk;
        out.longest_chunk = std::max(out.longest_chunk, chunk.size());
        return Status();
      });
  REQUIRE(rows);
  out.rows = rows->leads;
  out.next_after_id = rows->next_after_id;
  return out;
}

Exported export_as(TestApp& app, reports::ExportFormat format,
                   std::vector<std::string> fields = {}) {
  reports::ExportOptions options;
  options.format = format;
  options.fields = std::move(fields);
  return export_all(app, options);
}

void add_tags(TestApp& app, const std::string& id, std::vector<std::string> tags) {
  intake::LeadEdit edit;
  edit.add_tags = std::move(tags);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return intake::edit(app.world(), tx, app.tenant(), LeadId(id), edit, "cli");
  }));
}

std::string two_leads(TestApp& app) {
  const std::string first = post_lead(
      app, R"("name":"Анна \"А\"","phone":"8 916 000-00-01","utm":{"source":"vk","term":"t"},
              "custom":{"n":1,"t":"x,y"},"message":"one\ntwo\t3")");
  app.advance(std::chrono::hours(24 * 30));
  post_lead(app, R"("name":"=HYPERLINK[1]","email":"b@example.ru")");
  return first;
}

}  // namespace

TEST_CASE("reports: an exported line is the API's object", "[reports][export]") {
  TestApp app;
  const std::string first = two_leads(app);
  const bool tagged = GENERATE(false, true);
  if (tagged) add_tags(app, first, {"hot", "vip"});
  std::string expected;
  const auto leads =
      app.store().read([&](store::Tx& tx) { return intake::list(tx, app.tenant().id, {}); });
  REQUIRE(leads);
  for (auto lead = leads->rbegin(); lead != leads->rend(); ++lead) {
    expected += intake::to_json(*lead).dump() + "\n";
  }
  const Exported lines = export_as(app, reports::ExportFormat::jsonl);
  CHECK(lines.rows == 2);
  CHECK(lines.text == expected);
  const auto array = parse_json(export_as(app, reports::ExportFormat::json).text);
  REQUIRE(array);
  CHECK(array->items().size() == 2);
  CHECK(array->items()[0].dump() + "\n" + array->items()[1].dump() + "\n" == expected);
}

TEST_CASE("reports: an export goes on where its limit cut it", "[reports][export]") {
  TestApp app;
  const std::string first = two_leads(app);
  const bool tagged = GENERATE(false, true);
  if (tagged) add_tags(app, first, {"hot", "vip"});
  reports::ExportOptions options;
  options.format = reports::ExportFormat::jsonl;
  const Exported whole = export_all(app, options);
  CHECK(whole.next_after_id.empty());
  options.limit = 1;
  const Exported one = export_all(app, options);
  CHECK(one.rows == 1);
  CHECK(one.next_after_id == first);
  options.after_id = one.next_after_id;
  const Exported two = export_all(app, options);
  CHECK(two.rows == 1);
  CHECK(two.next_after_id.empty());
  CHECK(one.text + two.text == whole.text);
}

TEST_CASE("reports: CSV has the API's names and cells that no spreadsheet runs",
          "[reports][export]") {
  TestApp app;
  add_tags(app, two_leads(app), {"hot", "vip"});
  const Exported csv =
      export_as(app, reports::ExportFormat::csv,
                {"name", "phone", "message", "utm.source", "custom", "tags", "created_at"});
  CHECK(
      csv.text ==
      "name,phone,message,utm.source,custom,tags,created_at\r\n"
      "\"Анна \"\"А\"\"\",'+79160000001,\"one\ntwo\t3\",vk,\"{\"\"n\"\":1,\"\"t\"\":\"\"x,y\"\"}\","
      "\"hot,vip\",2026-01-05T09:00:00.000Z\r\n"
      "'=HYPERLINK[1],,,,,,2026-02-04T09:00:00.000Z\r\n");
  const Exported excel = export_as(app, reports::ExportFormat::excel, {"name", "tags"});
  CHECK(excel.text == "\xef\xbb\xbfname;tags\r\n\"Анна \"\"А\"\"\";hot,vip\r\n'=HYPERLINK[1];\r\n");
  const Exported tsv = export_as(app, reports::ExportFormat::tsv, {"message", "phone"});
  CHECK(tsv.text == "message\tphone\none\\ntwo\\t3\t+79160000001\n\t\n");
}

TEST_CASE("reports: an empty export still has its frame", "[reports][export]") {
  TestApp app;
  CHECK(export_as(app, reports::ExportFormat::csv, {"id", "utm"}).text ==
        "id,utm.source,utm.medium,utm.campaign,utm.term,utm.content\r\n");
  CHECK(export_as(app, reports::ExportFormat::json).text == "[]\n");
  CHECK(export_as(app, reports::ExportFormat::jsonl).text.empty());
}

TEST_CASE("reports: unknown fields are named with the valid ones", "[reports][export]") {
  TestApp app;
  reports::ExportOptions options;
  options.fields = {"id", "link_token"};
  const auto done = reports::export_leads(app.store(), app.tenant().id, options,
                                          [](std::string_view) { return Status(); });
  REQUIRE(!done);
  CHECK(done.error().code == "unknown_field");
  CHECK(done.error().kind == ErrorKind::usage);
  CHECK_THAT(done.error().message, ContainsSubstring("utm.source"));
}

TEST_CASE("reports: nested fields stay nested when few are asked for", "[reports][export]") {
  TestApp app;
  two_leads(app);
  const Exported lines =
      export_as(app, reports::ExportFormat::jsonl, {"utm.term", "name", "utm.source"});
  CHECK(lines.text.substr(0, lines.text.find('\n')).find("\"utm\":{\"term\":\"t\"") !=
        std::string::npos);
  for (const auto& line : {lines.text.substr(0, lines.text.find('\n'))}) CHECK(parse_json(line));
}

TEST_CASE("reports: other tenants and other filters stay out", "[reports][export]") {
  TestApp app;
  two_leads(app);
  const auto other = app.add_tenant("other");
  REQUIRE(app.post("/api/v1/leads", lead_json(R"("phone":"+79160000009")"), other.publishable_key)
              .status == 201);
  reports::ExportOptions options;
  CHECK(export_all(app, options).rows == 2);
  options.filter.source = "vk";
  options.filter.limit = 1;  // pages are not for exports
  CHECK(export_all(app, options).rows == 1);
  options.filter = {};
  options.filter.from = app.clock().now();
  CHECK(export_all(app, options).rows == 1);
}

TEST_CASE("reports: chunks stay small however long the table", "[reports][export]") {
  TestApp app;
  const bool tagged = GENERATE(false, true);
  std::string first;
  const std::string message(3000, 'm');
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    for (int i = 0; i < 400; ++i) {
      intake::NewLead input;
      input.telegram = "t" + std::to_string(i);
      input.message = message;
      input.consent_purposes = {"processing"};
      FLEAD_TRY(const auto made, intake::create(app.world(), tx, app.tenant(), input, {}));
      first = made.lead.id.text();
    }
    return {};
  }));
  if (tagged) add_tags(app, first, {"last"});
  const Exported csv = export_as(app, reports::ExportFormat::csv);
  CHECK(csv.rows == 400);
  CHECK(csv.text.size() > 4 * k_export_chunk_bytes);
  CHECK(csv.longest_chunk < k_export_chunk_bytes + 8 * 1024);
  CHECK(csv.longest_chunk >= k_export_chunk_bytes);
}

TEST_CASE("reports: an export in several reads is the same as in one", "[reports][export]") {
  TestApp app;
  std::vector<std::string> ids;
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    for (int i = 0; i < 10; ++i) {
      intake::NewLead input;
      input.telegram = "t" + std::to_string(i);
      input.consent_purposes = {"processing"};
      FLEAD_TRY(const auto made, intake::create(app.world(), tx, app.tenant(), input, {}));
      ids.push_back(made.lead.id.text());
    }
    return {};
  }));
  add_tags(app, ids[2], {"a", "b", "c"});  // the last of a read, and the first of one
  add_tags(app, ids[3], {"d", "e"});
  for (const std::int64_t limit : {0, 3, 7}) {
    CAPTURE(limit);
    reports::ExportOptions options;
    options.format = reports::ExportFormat::jsonl;
    options.limit = limit;
    const Exported once = export_all(app, options);
    options.leads_per_read = 3;
    const Exported parts = export_all(app, options);
    CHECK(parts.text == once.text);
    CHECK(parts.rows == (limit == 0 ? 10 : limit));
    CHECK(parts.next_after_id == once.next_after_id);
  }
}

TEST_CASE("reports: an export stops when its reader has gone", "[reports][export]") {
  TestApp app;
  two_leads(app);
  const auto done = reports::export_leads(
      app.store(), app.tenant().id, {},
      [](std::string_view) -> Status { return internal_error("the pipe is broken"); });
  CHECK(!done);
}

TEST_CASE("reports: what is exported can be imported", "[reports][export]") {
  TestApp app;
  two_leads(app);
  const Exported csv = export_as(app, reports::ExportFormat::excel);
  CsvReader reader;
  reader.feed(csv.text);
  reader.finish();
  CsvRow row;
  std::vector<std::vector<std::string>> rows;
  while (true) {
    const auto found = reader.next(row);
    REQUIRE(found);
    if (!*found) break;
    rows.push_back(row.cells);
  }
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == intake::lead_fields());
  CHECK(without_formula_guard(rows[1][3]) == "+79160000001");
}

}  // namespace flead::test
