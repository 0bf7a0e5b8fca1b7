// A provider's registry of payments as it comes by mail or out of its office: CSV of any country's
// spreadsheet, with lines of words above the table and totals below it. Pure. Caller: `flead ledger
// reconcile`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/zone.h"
#include "core/money/reconcile.h"

namespace flead::money {

inline constexpr std::size_t k_registry_bytes_max = 64 * 1024 * 1024;  // read in one piece
inline constexpr std::size_t k_registry_head_lines_max = 50;           // above the header line

// Headers, in any case. "" is a column that is not looked at.
struct RegistryColumns {
  std::string id, amount;
  std::string date, currency;
  std::string fee;  // taken off the amount, whatever its sign
};

struct Registry {
  std::vector<TheirRow> rows;
  std::optional<Date> first_day, last_day;
  std::int64_t left_out = 0;  // no id, no day, no money: headings and totals
};

// `currency` is that of rows that don't say. Errors (refused): csv_not_text, csv_empty, csv_cut,
// registry_row_invalid (with the line; nothing is compared then); (usage) column_missing, which
// names what the file has.
Result<Registry> read_registry(std::string_view file, const RegistryColumns& columns,
                               std::string_view currency, const Zone& zone);

// "1 234,56", "1,234.56", "-100", "−100.00". Nothing for other text, nor for "1,234", of which
// nobody knows whether it is a thousand.
std::optional<std::int64_t> parse_registry_amount(std::string_view text);
// "2026-10-05", "05.10.2026", "05/10/2026" with any time behind it: the day as it is written. With
// an offset behind the time: the day of that moment in `zone`.
std::optional<Date> parse_registry_day(std::string_view text, const Zone& zone);

}  // namespace flead::money
