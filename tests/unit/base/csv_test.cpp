#include "core/base/csv.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "support/catch.h"

namespace flead {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct CsvFile {
  Rows rows;
  std::vector<std::int64_t> lines;
  std::vector<CsvRow::Problem> problems;
  std::string error;
  char delimiter = 0;
};

CsvFile read_csv(std::string_view text, std::size_t chunk_size = 1 << 20,
                 Charset charset = Charset::utf8) {
  CsvFile file;
  CsvReader reader(charset);
  for (bool more = true; more;) {
    more = !text.empty();
    const std::string chunk(text.substr(0, chunk_size));
    text.remove_prefix(chunk.size());
    if (more) {
      reader.feed(chunk);
    } else {
      reader.finish();
    }
    for (CsvRow row;;) {
      const auto found = reader.next(row);
      if (!found) file.error = found.error().code + ": " + found.error().message;
      if (!found || !*found) break;
      file.rows.push_back(row.cells);
      file.lines.push_back(row.line);
      file.problems.push_back(row.problem);
    }
  }
  file.delimiter = reader.delimiter();
  return file;
}

Charset charset_of(std::string_view text, std::size_t chunk_size = 1 << 20) {
  CharsetDetector detector;
  for (; !text.empty(); text.remove_prefix(std::min(chunk_size, text.size()))) {
    detector.feed(text.substr(0, chunk_size));
  }
  return detector.charset();
}

std::string csv_cell(std::string_view cell, char delimiter = ',') {
  std::string out;
  append_csv_cell(out, cell, delimiter);
  return out;
}

}  // namespace

TEST_CASE("csv: rows are read as spreadsheets write them, in chunks of any size", "[base]") {
  struct Case {
    std::string text;
    char delimiter;
    Rows rows;
    std::vector<std::int64_t> lines;
  };
  const auto [text, delimiter, rows, lines] = GENERATE(values<Case>({
      {"", ',', {}, {}},
      {"\r\n\n\r", ',', {}, {}},
      {"a,b\n1,2\n", ',', {{"a", "b"}, {"1", "2"}}, {1, 2}},
      {"a,b\r\n1,2", ',', {{"a", "b"}, {"1", "2"}}, {1, 2}},
      {"a,b\r1,2\r\r3,4", ',', {{"a", "b"}, {"1", "2"}, {"3", "4"}}, {1, 2, 4}},
      {"\xEF\xBB\xBFимя;тел\nАнна;8,9\n", ';', {{"имя", "тел"}, {"Анна", "8,9"}}, {1, 2}},
      {"\xEF\xBB\xBF\n\na\tb\n", '\t', {{"a", "b"}}, {3}},
      {"sep=;\r\na,b;c\r\n", ';', {{"a,b", "c"}}, {2}},
      {"sep=x\n", ',', {{"sep=x"}}, {1}},
      {"\"a;b\",c,d\n", ',', {{"a;b", "c", "d"}}, {1}},
      {"a\n\"x\r\ny\",1\n,\n", ',', {{"a"}, {"x\r\ny", "1"}, {"", ""}}, {1, 2, 4}},
      {"\"a\"\"b\",\"\"\n\"\"\n", ',', {{"a\"b", ""}, {""}}, {1, 2}},
      {"5\" pipe,x\"\n\"a\"b,c\n", ',', {{"5\" pipe", "x\""}, {"ab", "c"}}, {1, 2}},
      {"one\n\ntwo\n\n\n", ',', {{"one"}, {"two"}}, {1, 3}},
      {"a,\xFF\n", ',', {{"a", "\xEF\xBF\xBD"}}, {1}},
      {std::string("a,\0\n", 4), ',', {{"a", std::string("\0", 1)}}, {1}},
  }));
  CAPTURE(text);
  for (const std::size_t chunk_size : {1, 2, 3, 5, 7, 1000}) {
    CAPTURE(chunk_size);
    const auto file = read_csv(text, chunk_size);
    CHECK(file.rows == rows);
    CHECK(file.lines == lines);
    CHECK(file.delimiter == delimiter);
    CHECK(file.error.empty());
  }
}

TEST_CASE("csv: a file that ends inside quotes is an error with its line", "[base]") {
  const auto file = read_csv("a,b\n1,2\n3,\"cut\nhere", 3);
  CHECK(file.rows == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(file.error == "csv_cut: The file ends inside quotes that open on line 3.");
  CHECK(read_csv("\"").error == "csv_cut: The file ends inside quotes that open on line 1.");
  CHECK(read_csv("a\n\"").error == "csv_cut: The file ends inside quotes that open on line 2.");
}

TEST_CASE("csv: a row over a limit is told and skipped, and the rest goes on", "[base]") {
  const std::string wide(k_csv_columns_max, ',');
  const std::string most(k_csv_columns_max - 1, ',');
  const std::string tall(k_csv_row_bytes_max, 'x');
  const auto file =
      read_csv("a,b\n" + wide + "\n" + most + "\n" + tall + "x\n\"" + tall + "\n\",z\n1,2", 4096);
  CHECK(file.error.empty());
  REQUIRE(file.rows.size() == 6);
  CHECK(file.problems == std::vector{CsvRow::Problem::none, CsvRow::Problem::too_many_columns,
                                     CsvRow::Problem::none, CsvRow::Problem::too_long,
                                     CsvRow::Problem::too_long, CsvRow::Problem::none});
  CHECK(file.lines == std::vector<std::int64_t>{1, 2, 3, 4, 5, 7});
  CHECK(file.rows[1].empty());
  CHECK(file.rows[2].size() == k_csv_columns_max);
  CHECK(file.rows[5] == std::vector<std::string>{"1", "2"});
  // A first line without an end must not be collected for ever.
  CHECK(read_csv(tall + tall + "\na\n", 1000).problems.at(0) == CsvRow::Problem::too_long);
  CHECK(read_csv(std::string(3000000, '\n') + "a,b").lines.at(0) == 3000001);
}

TEST_CASE("csv: the charset of a file is known from all of it", "[base]") {
  struct Case {
    std::string text;
    Charset charset;
  };
  const auto [text, charset] = GENERATE(values<Case>({
      {"", Charset::utf8},
      {"name\nAnna\n", Charset::utf8},
      {"имя;тел\nАнна €🙂", Charset::utf8},
      {"имя\nАнн\xD0", Charset::utf8},  // cut in the middle of a letter
      {"имя\nАнн\xF0\x9F\x99", Charset::utf8},
      {"\xE8\xEC\xFF\n\xC0\xED\xED\xE0", Charset::windows1251},
      {"name,comment\n" + std::string(9000, 'x') + "\xCE\xCA\n", Charset::windows1251},
      {"name\n\xD0", Charset::windows1251},             // one letter, at the very end
      {"имя\n\xC0\xED\xED\xE0", Charset::windows1251},  // mixed: no valid UTF-8
      {"\xEF\xBB\xBFname\n\xFF", Charset::utf8},        // a mark decides
      {std::string("n\0a\0", 4), Charset::not_text},
      {std::string("PK\3\4\0\0", 6), Charset::not_text},
  }));
  CAPTURE(text.substr(0, 40));
  for (const std::size_t chunk_size : {1, 2, 3, 4, 7, 100000}) {
    CAPTURE(chunk_size);
    CHECK(charset_of(text, chunk_size) == charset);
  }
}

TEST_CASE("csv: windows-1251 becomes UTF-8", "[base]") {
  std::string upper;
  for (int byte = 0x80; byte < 0x100; ++byte) upper += static_cast<char>(byte);
  std::string text;
  append_windows1251(text, upper);
  CHECK(text ==
        "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—�™љ›њќћџ"
        " ЎўЈ¤Ґ¦§Ё©Є«¬­®Ї°±Ііґµ¶·ё№є»јЅѕї"
        "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
        "абвгдежзийклмнопрстуфхцчшщъыьэюя");
  CHECK(read_csv("\xE8\xEC\xFF;\"\xC0;\"\n", 2, Charset::windows1251).rows == Rows{{"имя", "А;"}});
}

TEST_CASE("csv: cells are quoted where they must be, and never become formulas", "[base]") {
  struct Case {
    std::string cell;
    std::string written;
  };
  const auto [cell, written] = GENERATE(values<Case>({
      {"", ""},
      {"Анна", "Анна"},
      {"a;b", "a;b"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"\"", "\"\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"=1+1", "'=1+1"},
      {"+7916", "'+7916"},
      {"-5", "'-5"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\tx", "'\tx"},
      {"\rx", "\"'\rx\""},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"a=1", "a=1"},
  }));
  CAPTURE(cell);
  CHECK(csv_cell(cell) == written);
  const auto back = read_csv("x,y\n" + csv_cell(cell) + ",end\n");
  CHECK(without_formula_guard(back.rows.at(1).at(0)) == cell);
  CHECK(csv_cell("a,b", ';') == "a,b");
  CHECK(csv_cell("a;b", ';') == "\"a;b\"");
  CHECK(without_formula_guard("'tis") == "'tis");
  CHECK(without_formula_guard("'") == "'");
}

TEST_CASE("csv: a special character is seen wherever it stands in a cell", "[base]") {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (const char special : {',', '"', '\n', '\r'}) {
        std::string cell(size, 'x');
        cell[place] = special;
        CAPTURE(size, place, static_cast<int>(special));
        CHECK(csv_cell(cell).front() == '"');
      }
    }
  }
}

TEST_CASE("csv: tab-separated cells hold no tab and no line end", "[base]") {
  std::string out;
  append_tsv_cell(out, "plain Анна");
  out += '\t';
  append_tsv_cell(out, "a\tb\nc\rd\\e");
  CHECK(out == "plain Анна\ta\\tb\\nc\\rd\\\\e");
}

}  // namespace flead
