// Output: how API objects look as a table, TSV and CSV, and the file behind -o. Called by Context's
// print functions and by exports. The formatting is pure; nothing here knows a command.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace flead::cli {

// Columns of a terminal that `text` takes: East Asian wide characters and emoji two, combining
// marks none.
std::size_t display_width(std::string_view text);
// At most `width` columns, the last one "…" when something was cut.
std::string clip(std::string_view text, std::size_t width);
// Safe on a terminal: visitors type these texts, so control characters become spaces and bad
// UTF-8 is repaired.
std::string printable(std::string_view text);

// A value in one cell: "" for null, items joined by ",", money as "1500.00 RUB", other objects as
// JSON.
std::string cell_text(const Json& value);
// Tab, newline, carriage return and backslash as \t \n \r \\ .
std::string tsv_cell(std::string_view text);
// RFC 4180. Text that a spreadsheet would run as a formula (= + - @ first) gets a leading '.
std::string csv_cell(std::string_view text, bool is_text = true);

// A header line and rows, padded; the widest columns are cut until a line fits into `width`.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows, std::size_t width);

// Names that --json=a,b may ask for: members, and members of members as "utm.source".
std::vector<std::string> field_names(const Json& object);
// Error `unknown_field` (usage, names the valid ones) for the first of `fields` that is not in
// `known`. Dotted names below one of `open` pass.
Status check_fields(const std::vector<std::string>& fields, const std::vector<std::string>& known,
                    const std::vector<std::string>& open);
// Of a prototype: members whose own members are not known beforehand (null and {}).
std::vector<std::string> open_fields(const Json& prototype);
// The members alone, for people: "id, name, utm".
std::vector<std::string> top_fields(const std::vector<std::string>& names);
// Only these fields, nested as in the original; a missing one is null.
Json pick_fields(const Json& object, const std::vector<std::string>& fields);

// -o FILE: written to a temporary name beside it and renamed by commit(), so a reader never sees
// half a file. A new file is its owner's alone unless told otherwise: it may hold people or a
// token. What is not a regular file (a pipe, /dev/null) is written to directly.
class OutputFile {
 public:
  // Error `output_failed` (usage) when the file cannot be made there.
  static Result<OutputFile> open(const std::string& path, unsigned new_mode = 0600);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();  // without commit() the temporary file is removed

  Status write(std::string_view data);
  Status commit();

 private:
  OutputFile(int fd, std::string path, std::string temporary);
  int fd_ = -1;
  std::string path_;
  std::string temporary_;  // "" when written directly
};

// Makes a rename in the folder of `path` last through a power cut; best effort.
void sync_folder_of(const std::string& path);

}  // namespace flead::cli
