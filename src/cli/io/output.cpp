#include "cli/io/output.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io/shell.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

struct CodeRange {
  std::uint32_t first, last;
};

// Unicode 15: marks that add nothing to the width, in the scripts that names are written in.
constexpr CodeRange k_zero_width[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489},  {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},  {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x202A, 0x202E}, {0x2060, 0x2064},  {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};
constexpr CodeRange k_wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},   {0x2705, 0x2705},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2757},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <std::size_t N>
bool in_ranges(const CodeRange (&ranges)[N], std::uint32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges), [code](const CodeRange& range) {
    return code >= range.first && code <= range.last;
  });
}

std::size_t code_width(std::uint32_t code) {
  if (in_ranges(k_zero_width, code)) return 0;
  return in_ranges(k_wide, code) ? 2 : 1;
}

struct Character {
  std::uint32_t code = 0;
  std::size_t size = 1;  // bytes
};

// The first character of valid UTF-8.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1FU) << 6 | (byte(1) & 0x3FU), 2};
  if (lead < 0xF0) {
    return {(lead & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU), 3};
  }
  return {
      (lead & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU),
      4};
}

std::string money_text(std::int64_t amount_minor, const std::string& currency) {
  const std::int64_t whole = amount_minor / 100;
  const std::int64_t rest = std::abs(amount_minor % 100);
  const char* sign = amount_minor < 0 && whole == 0 ? "-" : "";
  return fmt::format("{}{}.{:02} {}", sign, whole, rest, currency);
}

// Shrinks the widest columns until the line fits, none below a readable minimum.
void fit_columns(std::vector<std::size_t>& widths, std::size_t width) {
  constexpr std::size_t k_narrowest = 8;
  constexpr std::size_t k_gap = 2;
  std::size_t total = k_gap * (widths.size() - 1);
  for (const std::size_t column : widths) total += column;
  while (total > width) {
    auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= k_narrowest) return;
    --*widest;
    --total;
  }
}

void append_row(std::string& out, const std::vector<std::string>& cells,
                const std::vector<std::size_t>& widths) {
  for (std::size_t column = 0; column < widths.size(); ++column) {
    const std::string text = clip(cells[column], widths[column]);
    out += text;
    if (column + 1 < widths.size()) {
      out.append(widths[column] + 2 - std::min(display_width(text), widths[column]), ' ');
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

Error output_error(const std::string& path) {
  Error error = usage_error("output_failed", fmt::format("{}: {}", path, std::strerror(errno)));
  error.hint = "Name a file in a folder that exists and that you may write to.";
  return error;
}

void set_field(Json& target, std::string_view name, const Json& value) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) {
    target.set(name, value);
    return;
  }
  const std::string_view head = name.substr(0, dot);
  const Json* known = target.find(head);
  Json inner = known != nullptr ? *known : Json::object();
  set_field(inner, name.substr(dot + 1), value);
  target.set(head, std::move(inner));
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += code_width(character.code);
    text.remove_prefix(std::min(character.size, text.size()));
  }
  return width;
}

std::string clip(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Character character = first_character(text.substr(bytes));
    if (used + code_width(character.code) > width - 1) break;
    used += code_width(character.code);
    bytes += character.size;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string printable(std::string_view text) {
  std::string result;
  const std::string valid = repair_utf8(text);
  for (std::string_view rest = valid; !rest.empty();) {
    const Character character = first_character(rest);
    const bool control = character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0);
    // Marks that turn the writing direction could make a line read as another one.
    const bool turns = (character.code >= 0x202A && character.code <= 0x202E) ||
                       (character.code >= 0x2066 && character.code <= 0x2069);
    if (control || turns) {
      result += ' ';
    } else {
      result += rest.substr(0, character.size);
    }
    rest.remove_prefix(std::min(character.size, rest.size()));
  }
  return result;
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  if (const auto text = value.text()) return *text;
  if (value.is_object()) {
    const auto amount = value.integer("amount_minor");
    const auto currency = value.text("currency");
    if (amount && currency) return money_text(*amount, *currency);
    return value.members().empty() ? "" : value.dump();
  }
  if (value.is_array()) {
    std::string joined;
    for (const Json& item : value.items()) {
      if (item.is_object() || item.is_array()) return value.dump();
      if (!joined.empty()) joined += ',';
      joined += cell_text(item);
    }
    return joined;
  }
  return value.dump();
}

std::string tsv_cell(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\t':
        result += "\\t";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\\':
        result += "\\\\";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string csv_cell(std::string_view text, bool is_text) {
  const bool formula =
      is_text && !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != text.npos;
  const bool quote = text.find_first_of("\",\r\n;\t") != std::string_view::npos;
  std::string result;
  if (quote) result += '"';
  if (formula) result += '\'';
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  if (quote) result += '"';
  return result;
}

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows, std::size_t width) {
  if (header.empty()) return "";
  std::vector<std::size_t> widths;
  for (const std::string& name : header) widths.push_back(display_width(name));
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < widths.size(); ++column) {
      widths[column] = std::max(widths[column], display_width(row[column]));
    }
  }
  fit_columns(widths, width);
  std::string out;
  append_row(out, header, widths);
  for (const auto& row : rows) append_row(out, row, widths);
  return out;
}

std::vector<std::string> field_names(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.members()) {
    names.push_back(name);
    for (const auto& member : value.members()) names.push_back(name + "." + member.first);
  }
  return names;
}

std::vector<std::string> open_fields(const Json& prototype) {
  std::vector<std::string> names;
  for (const auto& [name, value] : prototype.members()) {
    if (value.is_null() || (value.is_object() && value.members().empty())) names.push_back(name);
  }
  return names;
}

std::vector<std::string> top_fields(const std::vector<std::string>& names) {
  std::vector<std::string> top;
  for (const std::string& name : names) {
    if (name.find('.') == std::string::npos) top.push_back(name);
  }
  return top;
}

Status check_fields(const std::vector<std::string>& fields, const std::vector<std::string>& known,
                    const std::vector<std::string>& open) {
  const auto has = [](const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& field : fields) {
    const auto dot = field.find('.');
    const bool below_open =
        dot != std::string::npos && has(open, std::string_view(field).substr(0, dot));
    if (has(known, field) || below_open) continue;
    return usage_error("unknown_field", fmt::format("unknown field '{}'", printable(field)),
                       fmt::format("The fields are: {}.", fmt::join(top_fields(known), ", ")));
  }
  return {};
}

Json pick_fields(const Json& object, const std::vector<std::string>& fields) {
  Json result = Json::object();
  for (const std::string& field : fields) {
    const Json* value = object.find(field);
    set_field(result, field, value != nullptr ? *value : Json());
  }
  return result;
}

// ---- -o FILE -----------------------------------------------------------------------------------

OutputFile::OutputFile(int fd, std::string path, std::string temporary)
    : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
    drop_unfinished_file(temporary_);
  }
}

Result<OutputFile> OutputFile::open(const std::string& path, unsigned new_mode) {
  struct stat known {};
  const bool exists = ::stat(path.c_str(), &known) == 0;
  if (exists && !S_ISREG(known.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return output_error(path);
    return OutputFile(fd, path, "");
  }
  // A link stays a link: what it points to is replaced.
  std::string target = path;
  if (exists) {
    if (char* real = ::realpath(path.c_str(), nullptr)) {
      target = real;
      std::free(real);
    }
  }
  std::string temporary = target + ".tmp-XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return output_error(path);
  const mode_t mode = exists ? known.st_mode & 0777 : static_cast<mode_t>(new_mode);
  if (::fchmod(fd, mode) != 0) {
    const Error error = output_error(path);
    ::close(fd);
    ::unlink(temporary.c_str());
    return error;
  }
  add_unfinished_file(temporary);
  return OutputFile(fd, target, temporary);
}

Status OutputFile::write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return output_error(path_);
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status OutputFile::commit() {
  if (temporary_.empty()) return {};
  if (::fsync(fd_) != 0) return output_error(path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return output_error(path_);
  drop_unfinished_file(std::exchange(temporary_, {}));
  sync_folder_of(path_);
  return {};
}

void sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace flead::cli
