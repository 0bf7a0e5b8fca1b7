#include "core/base/csv.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_csv_delimiters = ",;\t";

}  // namespace

CsvReader::CsvReader(Charset charset) : charset_(charset) {}

void CsvReader::feed(std::string_view chunk) {
  chunk_ = chunk;
}

void CsvReader::finish() {
  finished_ = true;
}

Result<bool> CsvReader::next(CsvRow& row) {
  if (delimiter_ == 0 && !read_first_line()) return false;
  const bool found = read_row(first_left_) || read_row(chunk_) || (finished_ && end_of_file());
  if (!found) {
    if (finished_ && state_ == State::quoted) {
      return refused(
          "csv_cut",
          "The file ends inside quotes that open on line " + std::to_string(quote_line_) + ".",
          "The file is cut short or has a stray quote there: export it again.");
    }
    return false;
  }
  std::swap(row, row_);
  row_ = {};
  row_bytes_ = 0;
  return true;
}

// Collects the first line that is not empty; true when it is whole and told the delimiter.
bool CsvReader::read_first_line() {
  std::size_t used = 0;
  bool ended = false;
  while (used < chunk_.size() && !ended) {
    const char c = chunk_[used++];
    const bool line_end = c == '\n' || c == '\r';
    if (line_end && (first_line_.empty() || first_line_ == k_byte_order_mark)) {
      count_line(c);
      continue;
    }
    if (c == '"') first_quoted_ = !first_quoted_;
    first_line_ += c;
    ended = (line_end && !first_quoted_) || first_line_.size() > k_csv_row_bytes_max;
  }
  chunk_.remove_prefix(used);
  if (!ended && !finished_) return false;
  first_left_ = first_line_;
  if (first_left_.starts_with(k_byte_order_mark)) {
    first_left_.remove_prefix(k_byte_order_mark.size());
  }
  choose_delimiter();
  return true;
}

// What the first line has most of outside quotes; a comma when it has none.
void CsvReader::choose_delimiter() {
  constexpr std::string_view k_separator_line = "sep=";  // a line for spreadsheets, not data
  if (first_left_.starts_with(k_separator_line) && first_left_.size() > 4 &&
      k_csv_delimiters.find(first_left_[4]) != std::string_view::npos) {
    const auto after = first_left_.substr(5);
    if (after.find_first_not_of("\r\n") == std::string_view::npos) {
      delimiter_ = first_left_[4];
      first_left_ = after;
      return;
    }
  }
  std::size_t most = 0;
  delimiter_ = k_csv_delimiters.front();
  for (const char candidate : k_csv_delimiters) {
    std::size_t count = 0;
    bool quoted = false;
    for (const char c : first_left_) {
      if (c == '"') quoted = !quoted;
      if (c == candidate && !quoted) ++count;
    }
    if (count > most) {
      most = count;
      delimiter_ = candidate;
    }
  }
}

void CsvReader::count_line(char c) {
  if (c == '\r' || (c == '\n' && !after_cr_)) ++line_;
  after_cr_ = c == '\r';
}

// Reads on from `input` and drops what it read; true when `row_` is whole.
bool CsvReader::read_row(std::string_view& input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    const char c = input[i];
    const bool line_feed_of_cr = after_cr_ && c == '\n';
    count_line(c);
    if (line_feed_of_cr && state_ != State::quoted) continue;
    if (row_bytes_++ == 0) row_.line = line_ - (c == '\r' || c == '\n' ? 1 : 0);

    if (state_ == State::quoted) {
      if (c == '"') {
        state_ = State::quote_in_quoted;
      } else {
        put(c);
      }
    } else if (c == '\r' || c == '\n') {
      if (end_line()) {
        input.remove_prefix(i + 1);
        return true;
      }
    } else if (c == delimiter_) {
      end_cell();
    } else if (c == '"' && state_ == State::cell_start) {
      state_ = State::quoted;
      quote_line_ = line_;
    } else if (c == '"' && state_ == State::quote_in_quoted) {
      put(c);
      state_ = State::quoted;
    } else {
      put(c);  // after a closing quote too: no spreadsheet writes that, and nothing is lost
      state_ = State::plain;
    }
  }
  input = {};
  return false;
}

void CsvReader::put(char c) {
  if (row_.problem != CsvRow::Problem::none) return;
  if (row_bytes_ > k_csv_row_bytes_max) {
    reject(CsvRow::Problem::too_long);
  } else {
    cell_ += c;
  }
}

void CsvReader::end_cell() {
  state_ = State::cell_start;
  if (row_.problem != CsvRow::Problem::none) return;
  if (row_.cells.size() == k_csv_columns_max) {
    reject(CsvRow::Problem::too_many_columns);
    return;
  }
  if (charset_ == Charset::windows1251) {
    append_windows1251(row_.cells.emplace_back(), cell_);
  } else if (valid_utf8(cell_)) {
    row_.cells.push_back(cell_);
  } else {
    row_.cells.push_back(repair_utf8(cell_));
  }
  cell_.clear();
}

// The rest of the row is only skipped, so that it takes no memory.
void CsvReader::reject(CsvRow::Problem problem) {
  row_.problem = problem;
  row_.cells = {};
  cell_ = {};
}

// False for an empty line, which is no row.
bool CsvReader::end_line() {
  if (state_ == State::cell_start && row_.cells.empty() && row_.problem == CsvRow::Problem::none) {
    row_bytes_ = 0;
    return false;
  }
  end_cell();
  return true;
}

// The last line may lack its line end.
bool CsvReader::end_of_file() {
  if (row_bytes_ == 0 || state_ == State::quoted) return false;
  return end_line();
}

}  // namespace flead
