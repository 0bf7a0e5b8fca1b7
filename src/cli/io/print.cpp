// Context's output half: data to stdout or the -o file, talk to stderr.
#include <utility>

#include <fmt/format.h>

#include "cli/io/context.h"
#include "cli/io/context_state.h"
#include "cli/io/output.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

enum class Format { table, tsv, csv, json, jsonl };

Format chosen_format(const Globals& globals, bool terminal) {
  if (globals.jsonl) return Format::jsonl;
  if (globals.json) return Format::json;
  if (globals.csv) return Format::csv;
  if (globals.tsv) return Format::tsv;
  return terminal && !globals.output ? Format::table : Format::tsv;
}

// The fields of --json=a,b; every field when empty. Of rows that the command's own prototype has
// described nothing is unknown any more. Error `unknown_field`.
Result<std::vector<std::string>> wanted_fields(const Globals& globals, const Json::Array& rows,
                                               const Json& prototype) {
  std::vector<std::string> fields;
  if (!globals.json || globals.json->empty()) return fields;
  fields = split(*globals.json, ',');
  std::vector<std::string> known = field_names(prototype);
  for (const Json& row : rows) {
    for (std::string& name : field_names(row)) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        known.push_back(std::move(name));
      }
    }
  }
  if (known.empty()) return fields;  // no row and no prototype: nothing to check against
  FLEAD_CHECK(check_fields(fields, known, open_fields(prototype)));
  return fields;
}

std::string json_text(const Json& object, const std::vector<std::string>& fields, bool pretty) {
  const Json shown = fields.empty() ? object : pick_fields(object, fields);
  return pretty ? shown.dump_pretty() : shown.dump();
}

// A time of the API as wall time; everything else as it is.
std::string terminal_cell(const std::string& name, const Json& value,
                          const std::optional<Zone>& zone) {
  if (zone && (name == "at" || name.ends_with("_at"))) {
    const auto time = parse_time(value.text().value_or(""));
    if (time) return format_wall(zone->wall(*time));
  }
  return printable(cell_text(value));
}

std::string upper_header(std::string_view name) {
  std::string header;
  for (const char c : name) header += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return header;
}

// Objects within the object become "utm.source" lines; arrays stay one line.
void flatten(const std::string& prefix, const Json& object,
             std::vector<std::pair<std::string, const Json*>>& lines) {
  for (const auto& [name, value] : object.members()) {
    const bool money = value.find("amount_minor") != nullptr;
    if (value.is_object() && !money && !value.members().empty()) {
      flatten(prefix + name + ".", value, lines);
    } else {
      lines.emplace_back(prefix + name, &value);
    }
  }
}

}  // namespace

bool Context::stdout_is_terminal() const {
  return shell_.out_is_terminal();
}

// Wall time where a person reads. Never opens a store for it: a command that has no store has no
// zone either.
std::optional<Zone> Context::display_zone() {
  if (!globals.zone && !state_->tenant) return std::nullopt;
  auto known = zone();
  if (!known) return std::nullopt;
  return std::move(*known);
}

bool Context::wants_table() const {
  return chosen_format(globals, stdout_is_terminal()) == Format::table;
}

Status Context::print_list(const Json::Array& rows, const std::vector<std::string>& columns,
                           const Json& prototype) {
  const Format format = chosen_format(globals, stdout_is_terminal());
  if (state_->keeps_output) {
    Json names = Json::array();
    for (const std::string& column : columns) names.push(column);
    keep_printed(Json::object({{"rows", rows}, {"columns", std::move(names)}}));
  }
  FLEAD_TRY(const auto fields,
            wanted_fields(globals, rows, prototype.is_object() ? prototype : own_prototype()));
  if (format == Format::json) {
    FLEAD_CHECK(write("["));
    for (std::size_t index = 0; index < rows.size(); ++index) {
      FLEAD_CHECK(write(index == 0 ? "\n  " : ",\n  "));
      FLEAD_CHECK(write(json_text(rows[index], fields, false)));
    }
    return write(rows.empty() ? "]\n" : "\n]\n");
  }
  if (format == Format::jsonl) {
    for (const Json& row : rows) FLEAD_CHECK(write(json_text(row, fields, false) + "\n"));
    return {};
  }
  if (format == Format::table) return print_table(rows, columns);
  const bool csv = format == Format::csv;
  std::string line;
  for (const std::string& column : columns) {
    if (!line.empty()) line += csv ? ',' : '\t';
    line += column;
  }
  FLEAD_CHECK(write(line + (csv ? "\r\n" : "\n")));
  for (const Json& row : rows) {
    line.clear();
    for (std::size_t index = 0; index < columns.size(); ++index) {
      const Json* value = row.find(columns[index]);
      const std::string text = value != nullptr ? cell_text(*value) : "";
      if (index > 0) line += csv ? ',' : '\t';
      line += csv ? csv_cell(text, value != nullptr && value->is_text()) : tsv_cell(text);
    }
    FLEAD_CHECK(write(line + (csv ? "\r\n" : "\n")));
  }
  return {};
}

Status Context::print_table(const Json::Array& rows, const std::vector<std::string>& columns) {
  if (rows.empty()) {
    say("Nothing to show.");
    return {};
  }
  const std::optional<Zone> wall_zone = display_zone();
  std::vector<std::string> header;
  for (const std::string& column : columns) header.push_back(upper_header(column));
  std::vector<std::vector<std::string>> cells;
  for (const Json& row : rows) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const std::string& column : columns) {
      const Json* value = row.find(column);
      line.push_back(value != nullptr ? terminal_cell(column, *value, wall_zone) : "");
    }
  }
  return write(format_table(header, cells, static_cast<std::size_t>(shell_.width())));
}

Status Context::print_object(const Json& object) {
  const Format format = chosen_format(globals, stdout_is_terminal());
  if (state_->keeps_output) keep_printed(Json::object({{"object", object}}));
  FLEAD_TRY(const auto fields, wanted_fields(globals, {object}, own_prototype()));
  if (format == Format::json) return write(json_text(object, fields, true) + "\n");
  if (format == Format::jsonl) return write(json_text(object, fields, false) + "\n");
  std::vector<std::pair<std::string, const Json*>> lines;
  flatten("", object, lines);
  if (format == Format::csv) {
    std::string header;
    std::string row;
    for (const auto& [name, value] : lines) {
      header += (header.empty() ? "" : ",") + csv_cell(name);
      row += (&name == &lines.front().first ? "" : ",") +
             csv_cell(cell_text(*value), value->is_text());
    }
    return write(header + "\r\n" + row + "\r\n");
  }
  if (format == Format::tsv) {
    for (const auto& [name, value] : lines) {
      FLEAD_CHECK(write(name + "\t" + tsv_cell(cell_text(*value)) + "\n"));
    }
    return {};
  }
  const std::optional<Zone> wall_zone = display_zone();
  std::size_t widest = 0;
  for (const auto& [name, value] : lines) widest = std::max(widest, name.size());
  for (const auto& [name, value] : lines) {
    const std::string text = terminal_cell(name, *value, wall_zone);
    FLEAD_CHECK(write(fmt::format("{:<{}}  {}\n", name, widest, text)));
  }
  return {};
}

void Context::print_text(std::string_view text) {
  Status status = write(text);
  if (status && !text.ends_with('\n')) status = write("\n");
  if (!status) state_->output_failed = true;  // finish() reports it
}

Status Context::open_output() {
  if (!globals.output || *globals.output == "-" || state_->file_out) return {};
  FLEAD_TRY(auto file, OutputFile::open(*globals.output));
  state_->file_out.emplace(std::move(file));
  return {};
}

Status Context::write(std::string_view data) {
  state_->buffer += data;
  if (state_->buffer.size() < k_output_buffer_bytes) return {};
  return flush();
}

Status Context::flush() {
  const std::string ready = std::exchange(state_->buffer, {});
  if (ready.empty()) return {};
  return state_->file_out ? state_->file_out->write(ready) : shell_.out(ready);
}

Status Context::finish(bool ok) {
  // What a failed command had printed before it failed still belongs to the reader of stdout; a
  // file gets all or nothing.
  if (!ok && state_->file_out) {
    state_->file_out.reset();
    state_->buffer.clear();
    return {};
  }
  FLEAD_CHECK(flush());
  if (state_->output_failed) return internal_error("The output could not be written.");
  if (state_->file_out) FLEAD_CHECK(state_->file_out->commit());
  return {};
}

void Context::say(std::string_view line) {
  if (globals.quiet) return;
  // On a terminal both streams share the screen: data that was printed before comes first.
  if (shell_.out_is_terminal()) {
    if (const Status status = flush(); !status) state_->output_failed = true;
  }
  shell_.err(std::string(line) + (line.ends_with('\n') ? "" : "\n"));
}

}  // namespace flead::cli
