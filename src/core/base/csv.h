// Tables as text. Reading: a CSV or TSV file of any size, as spreadsheets of any country write it,
// chunk by chunk in constant memory (`lead import`). Writing: cells into the caller's buffer
// (`export leads`). Never opens a file, never knows what a column means.
//
//   CharsetDetector detector;                       first pass: the letters
//   for (each chunk) detector.feed(chunk);
//   CsvReader reader(detector.charset());           second pass: the rows, the header line first
//   for (each chunk, then reader.finish()) {
//     reader.feed(chunk);
//     for (CsvRow row;;) {
//       FLEAD_TRY(const bool found, reader.next(row));
//       if (!found) break;                          // wants the next chunk
//       ...
//     }
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace flead {

enum class Charset {
  utf8,
  windows1251,
  not_text,  // holds zero bytes: UTF-16, or a spreadsheet's own format; say so, do not read it
};

// Looks at a whole file, chunk by chunk. Text that is valid UTF-8 is UTF-8, also when its last
// character is cut short; any other is windows-1251, the one other charset in use here.
class CharsetDetector {
 public:
  void feed(std::string_view chunk);
  Charset charset() const;  // of what was fed so far

 private:
  std::string start_;  // the first bytes, where a byte order mark would be
  std::string tail_;   // the beginning of a character that the next chunk continues
  bool bad_utf8_ = false;
  bool many_byte_characters_ = false;
  bool zero_bytes_ = false;
};

// Windows-1251 as UTF-8, appended. The one byte without a meaning (0x98) becomes U+FFFD.
void append_windows1251(std::string& out, std::string_view bytes);

struct CsvRow {
  enum class Problem {
    none,
    too_long,          // over k_csv_row_bytes_max
    too_many_columns,  // over k_csv_columns_max
  };
  std::int64_t line = 0;  // where the row begins, from 1
  Problem problem = Problem::none;
  std::vector<std::string> cells;  // UTF-8; empty when there is a problem, the next row is whole
};

// RFC 4180, and what else spreadsheets write: "," ";" or TAB, whichever the first line has most
// of, or what a first line "sep=;" says; a byte order mark; CRLF, LF or CR. Empty lines are
// skipped.
class CsvReader {
 public:
  explicit CsvReader(Charset charset = Charset::utf8);
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // The next bytes of the file; they must stay in place until next() returned false.
  void feed(std::string_view chunk);
  // There are no more bytes: next() gives what is left.
  void finish();

  // True: `row` is the next row. False: all that was fed is used up. Error `csv_cut` (refused),
  // with the line, when the file ends inside a quoted cell.
  Result<bool> next(CsvRow& row);

  char delimiter() const { return delimiter_; }  // 0 until the first line was seen

 private:
  enum class State { cell_start, plain, quoted, quote_in_quoted };

  bool read_first_line();
  void choose_delimiter();
  bool read_row(std::string_view& input);
  void put(char c);
  void end_cell();
  void reject(CsvRow::Problem problem);
  bool end_line();
  bool end_of_file();
  void count_line(char c);

  Charset charset_;
  char delimiter_ = 0;
  bool finished_ = false;
  State state_ = State::cell_start;
  std::string_view chunk_;       // not read yet
  std::string first_line_;       // kept whole until it tells the delimiter
  std::string_view first_left_;  // of first_line_, not read yet
  bool first_quoted_ = false;    // first_line_ ends inside quotes
  std::string cell_;
  CsvRow row_;
  std::size_t row_bytes_ = 0;
  std::int64_t line_ = 1;
  std::int64_t quote_line_ = 0;  // where the open quote stands
  bool after_cr_ = false;        // a LF now belongs to the CR before it
};

// One cell of CSV: quoted where it must be; one that a spreadsheet would take for a formula (it
// begins with = + - @ TAB or CR) gets an apostrophe in front.
void append_csv_cell(std::string& out, std::string_view cell, char delimiter = ',');
// The cell without that apostrophe, for reading our own exports.
std::string_view without_formula_guard(std::string_view cell);

// One cell of tab-separated text for programs: tab, line ends and backslash as \t \n \r \\.
void append_tsv_cell(std::string& out, std::string_view cell);

}  // namespace flead
