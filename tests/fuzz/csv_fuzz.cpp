#include "core/base/csv.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead {
namespace {

struct FuzzedCsv {
  std::vector<CsvRow> rows;
  std::string error;
};

FuzzedCsv read_fuzzed_csv(std::string_view text, std::size_t chunk_size, Charset charset) {
  FuzzedCsv csv;
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
      if (!found) csv.error = found.error().message;
      if (!found || !*found) break;
      csv.rows.push_back(row);
    }
  }
  return csv;
}

Charset fuzzed_charset(std::string_view text, std::size_t chunk_size) {
  CharsetDetector detector;
  for (; !text.empty(); text.remove_prefix(std::min(chunk_size, text.size()))) {
    detector.feed(text.substr(0, chunk_size));
  }
  return detector.charset();
}

}  // namespace

FLEAD_FUZZ(csv) {
  const std::size_t chunk_size =
      input.empty() ? 1 : 1 + static_cast<unsigned char>(input.front()) % 9;
  const Charset charset = fuzzed_charset(input, input.size() + 1);
  FLEAD_ASSERT(fuzzed_charset(input, chunk_size) == charset);
  const FuzzedCsv whole = read_fuzzed_csv(input, input.size() + 1, charset);
  const FuzzedCsv parts = read_fuzzed_csv(input, chunk_size, charset);
  FLEAD_ASSERT(whole.error == parts.error && whole.rows.size() == parts.rows.size());
  std::int64_t line = 0;
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    const CsvRow& row = whole.rows[i];
    FLEAD_ASSERT(row.cells == parts.rows[i].cells && row.line == parts.rows[i].line);
    FLEAD_ASSERT(row.problem == parts.rows[i].problem);
    FLEAD_ASSERT(row.line > line && row.cells.size() <= k_csv_columns_max);
    line = row.line;
    if (row.problem != CsvRow::Problem::none) continue;

    // What was read is written so that it is read the same.
    std::string written = "first,second\nx";
    for (const auto& cell : row.cells) {
      FLEAD_ASSERT(valid_utf8(cell));
      written += ',';
      append_csv_cell(written, cell);
    }
    const FuzzedCsv again = read_fuzzed_csv(written, written.size(), Charset::utf8);
    FLEAD_ASSERT(again.error.empty() && again.rows.size() == 2);
    const CsvRow& back = again.rows[1];
    if (back.problem != CsvRow::Problem::none) continue;  // the added cell was one too many
    FLEAD_ASSERT(back.cells.size() == row.cells.size() + 1);
    for (std::size_t cell = 0; cell < row.cells.size(); ++cell) {
      FLEAD_ASSERT(without_formula_guard(back.cells[cell + 1]) ==
                   without_formula_guard(row.cells[cell]));
    }
  }
}

}  // namespace flead
