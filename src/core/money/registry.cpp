#include "core/money/registry.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/money.h"
#include "core/base/text.h"

namespace flead::money {
namespace {

constexpr std::size_t k_absent = SIZE_MAX;
constexpr std::size_t k_cell_told_max = 40;

Error registry_row_invalid(std::int64_t line, std::string_view what, std::string_view cell) {
  return refused("registry_row_invalid",
                 fmt::format("Line {}: '{}' is no {}. Nothing was compared.", line,
                             utf8_prefix(cell, k_cell_told_max), what),
                 "Correct the file, or name another column");
}

// Where the line with the header begins: the first that has both words. What stands above it may
// have other separators, or none.
std::size_t find_header(std::string_view text, const RegistryColumns& columns,
                        std::int64_t& lines_above) {
  std::size_t at = 0;
  for (std::size_t line = 0; line < k_registry_head_lines_max && at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string folded = fold(text.substr(at, end - at));
    if (folded.find(fold(columns.id)) != folded.npos &&
        folded.find(fold(columns.amount)) != folded.npos) {
      lines_above = static_cast<std::int64_t>(line);
      return at;
    }
    at = end + 1;
  }
  return 0;
}

class RegistryReader {
 public:
  RegistryReader(const RegistryColumns& columns, std::string_view currency, const Zone& zone,
                 std::int64_t lines_above)
      : columns_(columns), currency_(currency), zone_(zone), lines_above_(lines_above) {}

  Registry registry;

  Status header(const CsvRow& row) {
    header_ = row.cells;
    const std::pair<const std::string*, std::size_t*> wanted[] = {{&columns_.id, &id_},
                                                                  {&columns_.amount, &amount_},
                                                                  {&columns_.date, &date_},
                                                                  {&columns_.currency, &code_},
                                                                  {&columns_.fee, &fee_}};
    for (const auto& [name, index] : wanted) {
      if (name->empty()) continue;
      const auto found = std::find_if(
          header_.begin(), header_.end(),
          [name = name](const std::string& cell) { return fold(cell) == fold(*name); });
      if (found == header_.end()) return column_missing(*name);
      *index = static_cast<std::size_t>(found - header_.begin());
    }
    return {};
  }

  Status row(const CsvRow& row) {
    const std::int64_t line = row.line + lines_above_;
    if (row.problem != CsvRow::Problem::none) {
      return registry_row_invalid(line, "row of a table", "");
    }
    TheirRow their;
    their.line = line;
    their.id = without_formula_guard(trim(cell(row, id_)));
    // A heading or a total: nothing where every payment has something.
    if (their.id.empty() || trim(cell(row, amount_)).empty() ||
        (date_ != k_absent && trim(cell(row, date_)).empty())) {
      ++registry.left_out;
      return {};
    }
    const auto amount = parse_registry_amount(without_formula_guard(cell(row, amount_)));
    if (!amount) return registry_row_invalid(line, "amount", cell(row, amount_));
    their.amount_minor = *amount;
    FLEAD_CHECK(take_fee(row, their));
    FLEAD_CHECK(take_currency(row, their));
    FLEAD_CHECK(take_day(row, line));
    if (their.amount_minor == 0) {
      ++registry.left_out;
      return {};
    }
    registry.rows.push_back(std::move(their));
    return {};
  }

 private:
  static std::string_view cell(const CsvRow& row, std::size_t index) {
    return index < row.cells.size() ? std::string_view(row.cells[index]) : std::string_view();
  }

  Error column_missing(const std::string& name) const {
    return usage_error("column_missing", fmt::format("The file has no column '{}'", name),
                       columns_there());
  }
  std::string columns_there() const {
    constexpr std::size_t k_told_characters_max = 400;
    const std::string names = join(header_, ", ");
    return "It has: " + std::string(utf8_prefix(names, k_told_characters_max)) +
           "; name yours with --id-column, --amount-column, --date-column";
  }

  Status take_fee(const CsvRow& row, TheirRow& their) const {
    const std::string_view text = trim(cell(row, fee_));
    if (text.empty()) return {};
    const auto fee = parse_registry_amount(without_formula_guard(text));
    if (!fee) return registry_row_invalid(their.line, "fee", text);
    their.amount_minor -= *fee < 0 ? -*fee : *fee;
    return {};
  }

  Status take_currency(const CsvRow& row, TheirRow& their) const {
    const std::string_view text = trim(cell(row, code_));
    const auto currency = parse_currency(text.empty() ? std::string_view(currency_) : text);
    if (!currency) return registry_row_invalid(their.line, "currency", text);
    their.currency = *currency;
    return {};
  }

  Status take_day(const CsvRow& row, std::int64_t line) {
    const std::string_view text = trim(cell(row, date_));
    if (date_ == k_absent) return {};
    const auto day = parse_registry_day(text, zone_);
    if (!day) return registry_row_invalid(line, "date", text);
    registry.first_day = std::min(registry.first_day.value_or(*day), *day);
    registry.last_day = std::max(registry.last_day.value_or(*day), *day);
    return {};
  }

  const RegistryColumns& columns_;
  std::string currency_;
  const Zone& zone_;
  std::int64_t lines_above_;
  std::vector<std::string> header_;
  std::size_t id_ = k_absent, amount_ = k_absent, date_ = k_absent, code_ = k_absent,
              fee_ = k_absent;
};

}  // namespace

Result<Registry> read_registry(std::string_view file, const RegistryColumns& columns,
                               std::string_view currency, const Zone& zone) {
  CharsetDetector detector;
  detector.feed(file);
  if (detector.charset() == Charset::not_text) {
    return refused("csv_not_text", "This is not a CSV file in UTF-8 or windows-1251.",
                   "Save the table as CSV (a spreadsheet's own format is not read).");
  }
  std::string decoded;
  if (detector.charset() == Charset::windows1251) {
    append_windows1251(decoded, file);
    file = decoded;
  }
  std::int64_t lines_above = 0;
  file.remove_prefix(find_header(file, columns, lines_above));
  RegistryReader reader(columns, currency, zone, lines_above);
  CsvReader csv;
  csv.feed(file);
  bool have_header = false;
  for (bool finished = false;;) {
    CsvRow row;
    FLEAD_TRY(const bool found, csv.next(row));
    if (!found) {
      if (finished) break;
      csv.finish();
      finished = true;
    } else if (have_header) {
      FLEAD_CHECK(reader.row(row));
    } else {
      have_header = true;
      FLEAD_CHECK(reader.header(row));
    }
  }
  if (!have_header) return refused("csv_empty", "The file is empty.");
  return std::move(reader.registry);
}

std::optional<std::int64_t> parse_registry_amount(std::string_view text) {
  std::string plain(text);
  for (const char* space : {" ", "\t", "'", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"}) {
    plain = replace_all(plain, space, "");
  }
  plain = replace_all(plain, "\xe2\x88\x92", "-");
  bool below = false;
  if (!plain.empty() && (plain.front() == '-' || plain.front() == '+')) {
    below = plain.front() == '-';
    plain.erase(0, 1);
  }
  // The last separator is the decimal one if the other kind stands before it.
  const std::size_t last = plain.find_last_of(".,");
  if (last != std::string::npos) {
    const char thousands = plain[last] == '.' ? ',' : '.';
    std::string whole = replace_all(plain.substr(0, last), std::string(1, thousands), "");
    plain = whole + plain.substr(last);
  }
  const auto minor = parse_money_minor(plain);
  if (!minor) return std::nullopt;
  return below ? -*minor : *minor;
}

std::optional<Date> parse_registry_day(std::string_view text, const Zone& zone) {
  text = trim(text);
  if (text.size() > 10 && parse_time(text)) return zone.wall(*parse_time(text)).date;
  if (text.size() < 10 || (text.size() > 10 && text[10] != ' ' && text[10] != 'T')) {
    return std::nullopt;
  }
  const std::string_view day = text.substr(0, 10);
  if (const auto date = parse_date(day)) return date;
  for (const char mark : {'.', '/'}) {
    if (day[2] != mark || day[5] != mark) continue;
    return parse_date(fmt::format("{}-{}-{}", day.substr(6), day.substr(3, 2), day.substr(0, 2)));
  }
  return std::nullopt;
}

}  // namespace flead::money
