#include "cli/io/output.h"

#include <sys/stat.h>

#include <fstream>

#include "support/catch.h"
#include "support/command_line.h"
#include "support/temp_dir.h"

namespace flead::cli {

TEST_CASE("output: columns are counted, not bytes", "[cli]") {
  CHECK(display_width("Ivan") == 4);
  CHECK(display_width("Иван Ёлкин") == 10);
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("e\u0301") == 1);  // a letter and its accent
  CHECK(display_width("👍") == 2);
  CHECK(display_width("") == 0);
}

TEST_CASE("output: a cut ends with an ellipsis and never inside a character", "[cli]") {
  CHECK(clip("Константин", 10) == "Константин");
  CHECK(clip("Константин", 6) == "Конст…");
  CHECK(clip("日本語", 4) == "日…");
  CHECK(clip("日本語", 1) == "…");
  CHECK(clip("abc", 0).empty());
}

TEST_CASE("output: what a visitor typed cannot move the cursor", "[cli]") {
  CHECK(printable("a\x1b[2Jb\r\nc\x7f") == "a [2Jb  c ");
  CHECK(printable("a\u009bb") == "a b");
  CHECK(printable("a\u202eb") == "a b");
  CHECK(printable("bad \xff") == "bad \uFFFD");
}

TEST_CASE("output: tab-separated cells keep lines and columns whole", "[cli]") {
  CHECK(tsv_cell("a\tb\nc\rd\\e") == "a\\tb\\nc\\rd\\\\e");
}

TEST_CASE("output: CSV quotes, and disarms formulas in text only", "[cli]") {
  CHECK(csv_cell("plain") == "plain");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_cell("a\nb") == "\"a\nb\"");
  const std::string start = GENERATE("=", "+", "-", "@");
  CHECK(csv_cell(start + "1") == "'" + start + "1");
  CHECK(csv_cell(start + "1", false) == start + "1");
  CHECK(csv_cell("") == "");
}

TEST_CASE("output: one cell shows any value", "[cli]") {
  CHECK(cell_text({}).empty());
  CHECK(cell_text(true) == "true");
  CHECK(cell_text(42) == "42");
  CHECK(cell_text("x") == "x");
  CHECK(cell_text(Json::array({"a", 1})) == "a,1");
  CHECK(cell_text(Json::object({{"amount_minor", 150000}, {"currency", "RUB"}})) == "1500.00 RUB");
  CHECK(cell_text(Json::object({{"amount_minor", -5}, {"currency", "RUB"}})) == "-0.05 RUB");
  CHECK(cell_text(Json::object({{"a", 1}})) == R"({"a":1})");
}

TEST_CASE("output: a table fits the terminal by cutting its widest column", "[cli]") {
  const std::string table =
      format_table({"ID", "NAME"}, {{"1", "Константин Константинопольский"}, {"22", "Ян"}}, 20);
  CHECK(table == "ID  NAME\n1   Константин Конс…\n22  Ян\n");
}

TEST_CASE("output: fields are picked in the order asked, nested as they were", "[cli]") {
  const Json lead = Json::object(
      {{"id", "lead_1"}, {"utm", Json::object({{"source", "vk"}, {"medium", "cpc"}})}});
  CHECK(field_names(lead) == std::vector<std::string>{"id", "utm", "utm.source", "utm.medium"});
  CHECK(pick_fields(lead, {"utm.source", "id"}).dump() ==
        R"({"utm":{"source":"vk"},"id":"lead_1"})");
}

TEST_CASE("output: -o appears complete or not at all", "[cli]") {
  test::CommandLine flead;
  const std::string path = flead.path("out.txt");
  flead.write_file("out.txt", "before");
  ::chmod(path.c_str(), 0640);
  {
    auto file = OutputFile::open(path);
    REQUIRE(file);
    REQUIRE(file->write("half"));
  }
  CHECK(flead.read_file("out.txt") == "before");
  {
    auto file = OutputFile::open(path);
    REQUIRE(file);
    REQUIRE(file->write("whole"));
    CHECK(flead.read_file("out.txt") == "before");
    REQUIRE(file->commit());
  }
  CHECK(flead.read_file("out.txt") == "whole");
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
  const auto nowhere = OutputFile::open(flead.path("missing/out.txt"));
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == "output_failed");
}

}  // namespace flead::cli
