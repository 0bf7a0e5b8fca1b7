#include "core/intake/import.h"
#include "core/intake/consents.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_set>

#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/import_columns.h"
#include "core/intake/lead_create.h"
#include "core/intake/lead_rules.h"
#include "core/intake/leads_store.h"

namespace flead::intake {

namespace {

struct ImportField {
  std::string_view field;
  std::string NewLead::*member;
};
constexpr std::array k_import_fields = {
    ImportField{"name", &NewLead::name},
    ImportField{"phone", &NewLead::phone},
    ImportField{"email", &NewLead::email},
    ImportField{"telegram", &NewLead::telegram},
    ImportField{"vk", &NewLead::vk},
    ImportField{"whatsapp", &NewLead::whatsapp},
    ImportField{"max", &NewLead::max},
    ImportField{"message", &NewLead::message},
    ImportField{"channel", &NewLead::channel},
    ImportField{"locale", &NewLead::locale},
    ImportField{"zone", &NewLead::zone},
    ImportField{"page_url", &NewLead::page_url},
    ImportField{"referrer", &NewLead::referrer},
};
struct ImportUtm {
  std::string_view field;
  std::string Utm::*member;
};
constexpr std::array k_import_utm = {
    ImportUtm{"utm.source", &Utm::source},     ImportUtm{"utm.medium", &Utm::medium},
    ImportUtm{"utm.campaign", &Utm::campaign}, ImportUtm{"utm.term", &Utm::term},
    ImportUtm{"utm.content", &Utm::content},
};

// Of two columns for one field the first that says something counts.
void put_first(std::string& target, std::string_view cell) {
  if (target.empty()) target = cell;
}

// "processing, marketing", or a plain yes, which is about the processing.
void read_consent_cell(std::string_view cell, std::vector<std::string>& purposes) {
  for (const std::string& word : split(replace_all(cell, ";", ","), ',')) {
    const std::string folded = fold(word);
    constexpr std::array<std::string_view, 7> k_yes = {"да", "yes", "true", "1", "есть", "+", "y"};
    constexpr std::array<std::string_view, 8> k_no = {"",  "нет", "no", "false",
                                                      "0", "-",   "n",  "none"};
    if (std::find(k_no.begin(), k_no.end(), folded) != k_no.end()) continue;
    const bool yes = std::find(k_yes.begin(), k_yes.end(), folded) != k_yes.end();
    purposes.push_back(yes ? "processing" : folded);
  }
}

struct TableRow {
  NewLead lead;
  LeadPast past;
  std::vector<std::string> tags;
  bool unknown_status = false;
  std::vector<FieldError> errors;
};

// As our own export writes it; without an offset it is wall time of the tenant's zone.
std::optional<TimeMs> read_past_time(std::string_view cell, const Zone& zone) {
  if (const auto date = parse_date(cell)) return zone.day_start(*date);
  std::string text(cell);
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (const auto time = parse_time(text)) return time;
  const auto wall = parse_time(text + "Z");
  if (!wall) return std::nullopt;
  return zone.lookup(Zone::utc().wall(*wall)).first;
}

// True when the field was one of a lead's past.
bool read_past_cell(TableRow& row, std::string_view field, std::string_view cell,
                    const Zone& zone) {
  if (field == "status") {
    const std::string status = ascii_lower(cell);
    row.unknown_status = !is_status(status);
    if (!row.unknown_status) row.past.status = status;
  } else if (field == "assignee") {
    row.past.assignee = cell;
    clean_line(row.past.assignee, field, k_name_characters_max, row.errors);
  } else if (field == "source") {
    row.past.source = cell;
    clean_line(row.past.source, field, k_handle_characters_max, row.errors);
  } else if (field == "created_at") {
    row.past.created_at = read_past_time(cell, zone);
    if (!row.past.created_at) {
      row.errors.push_back(
          {"created_at", "time_invalid", "created_at is not a time such as 2026-03-28T09:00:00Z."});
    }
  } else if (field == "custom") {
    const auto object = parse_json(cell);
    if (object && object->is_object()) {
      for (const auto& [name, value] : object->members()) row.lead.custom.set(name, value);
    } else {
      row.errors.push_back({"custom", "custom_invalid", "custom is not a JSON object."});
    }
  } else {
    return false;
  }
  return true;
}

void read_import_cell(TableRow& row, std::string_view field, std::string_view cell,
                      const Zone& zone, std::string& surname) {
  if (read_past_cell(row, field, cell, zone)) return;
  for (const auto& known : k_import_fields) {
    if (field == known.field) return put_first(row.lead.*known.member, cell);
  }
  for (const auto& known : k_import_utm) {
    if (field == known.field) return put_first(row.lead.utm.*known.member, cell);
  }
  if (field == "surname") return put_first(surname, cell);
  if (field == "consent") return read_consent_cell(cell, row.lead.consent_purposes);
  if (field == "tags") {
    for (std::string& tag : split(replace_all(cell, ";", ","), ',')) {
      if (!tag.empty()) row.tags.push_back(std::move(tag));
    }
    return;
  }
  constexpr std::size_t k_custom_prefix = 7;  // custom.
  row.lead.custom.set(field.substr(k_custom_prefix), std::string(cell));
}

TableRow read_table_row(const std::vector<std::string>& fields,
                        const std::vector<std::string>& cells, const ImportOptions& options,
                        const Zone& zone) {
  TableRow row;
  row.lead.consent_purposes = options.consent;
  std::string surname;
  for (std::size_t i = 0; i < fields.size() && i < cells.size(); ++i) {
    const std::string_view cell = trim(without_formula_guard(cells[i]));
    if (!fields[i].empty() && !cell.empty()) {
      read_import_cell(row, fields[i], cell, zone, surname);
    }
  }
  if (!surname.empty()) {
    row.lead.name = row.lead.name.empty() ? surname : row.lead.name + " " + surname;
  }
  return row;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    append_csv_cell(line, cells[i]);
  }
  return line + "\r\n";
}

bool is_blank(const std::vector<std::string>& cells, std::size_t from) {
  return std::all_of(cells.begin() + static_cast<std::ptrdiff_t>(std::min(from, cells.size())),
                     cells.end(), [](const std::string& cell) { return trim(cell).empty(); });
}

class ImportReader {
 public:
  ImportReader(const tenants::Tenant& tenant, const Zone& zone, const ImportOptions& options)
      : tenant_(tenant), zone_(zone), options_(options) {
    if (!options.region.empty()) tenant_.region = options.region;
    origin_.vouched = true;
  }

  Status read_header(const std::vector<std::string>& header) {
    plan.header = header;
    FLEAD_TRY(fields_, map_columns(header, options_.map));
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (fields_[i].empty()) {
        if (!trim(header[i]).empty()) plan.ignored.push_back(header[i]);
      } else {
        plan.columns.emplace_back(fields_[i], header[i]);
      }
    }
    if (std::none_of(fields_.begin(), fields_.end(),
                     [](const std::string& field) { return is_contact_field(field); })) {
      return refused("columns_unknown",
                     "No column of this file is known to hold a phone, an e-mail or a messenger.",
                     "Name them: --map phone=HEADER,name=HEADER. The first line must be headers.");
    }
    header_line_ = csv_line(header);
    return {};
  }

  Status read_row(CsvRow& row) {
    if (row.problem == CsvRow::Problem::too_long) {
      return reject(row, "row_too_long", "The row is too long.");
    }
    if (row.problem == CsvRow::Problem::too_many_columns || !is_blank(row.cells, fields_.size())) {
      return reject(row, "cells_extra", "The row has more cells than the header.");
    }
    if (is_blank(row.cells, 0)) return {};
    TableRow table = read_table_row(fields_, row.cells, options_, zone_);
    std::vector<FieldError>& errors = table.errors;
    check_tags(table.tags, errors);
    if (!errors.empty()) return reject(row, errors.front().code, errors.front().message);
    auto checked = check_new_lead(tenant_, Rules{}, table.lead, origin_);
    if (!checked) {
      if (checked.error().kind != ErrorKind::refused) return std::move(checked).error();
      return reject(row, checked.error().code, checked.error().message);
    }
    checked->past = std::move(table.past);
    if (table.unknown_status) ++plan.unknown_statuses;
    plan.rows.push_back(
        {std::move(*checked), std::move(table.tags), header_line_ + csv_line(row.cells)});
    return {};
  }

  ImportPlan plan;

 private:
  Status reject(CsvRow& row, std::string code, std::string reason) {
    plan.rejected.push_back({row.line, std::move(code), std::move(reason), std::move(row.cells)});
    return {};
  }

  tenants::Tenant tenant_;
  Zone zone_;
  const ImportOptions& options_;
  Origin origin_;
  std::vector<std::string> fields_;
  std::string header_line_;
};

Status check_vouched(const std::vector<std::string>& purposes) {
  for (const std::string& purpose : purposes) {
    if (!is_purpose(purpose)) {
      return refused_field("consent", "purpose_unknown",
                           "The purposes are " + purposes_text() + ".");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> parse_import_map(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> map;
  for (const std::string& pair : split(text, ',')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      return usage_error("map_invalid", "--map is FIELD=HEADER, joined by commas.",
                         "For example --map name=Имя,phone=Телефон");
    }
    map.emplace_back(trim(std::string_view(pair).substr(0, equals)),
                     trim(std::string_view(pair).substr(equals + 1)));
  }
  return map;
}

Result<ImportPlan> read_import(const tenants::Tenant& tenant, std::string_view file,
                               const ImportOptions& options) {
  FLEAD_CHECK(check_vouched(options.consent));
  CharsetDetector detector;
  detector.feed(file);
  if (detector.charset() == Charset::not_text) {
    return refused("csv_not_text", "This is not a CSV file in UTF-8 or windows-1251.",
                   "Save the table as CSV (a spreadsheet's own format is not read).");
  }
  CsvReader csv(detector.charset());
  csv.feed(file);
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  ImportReader reader(tenant, zone, options);
  bool have_header = false;
  bool finished = false;
  std::size_t last_cells = 0;
  for (CsvRow row;;) {
    FLEAD_TRY(const bool found, csv.next(row));
    if (!found) {
      if (finished) break;
      csv.finish();
      finished = true;
    } else if (have_header) {
      last_cells = row.cells.size();
      FLEAD_CHECK(reader.read_row(row));
    } else {
      have_header = true;
      FLEAD_CHECK(reader.read_header(row.cells));
    }
  }
  if (!have_header) return refused("csv_empty", "The file is empty.");
  const bool ended = file.ends_with('\n') || file.ends_with('\r');
  if (!ended && last_cells > 0 && last_cells < reader.plan.header.size()) {
    return refused("csv_cut", "The file ends in the middle of a row: a part of it is missing.",
                   "Nothing was imported. Get the whole file; if this is all of it, end its last "
                   "line.");
  }
  return std::move(reader.plan);
}

struct ImportBatch::Rows {
  tenants::Tenant tenant;
  Origin origin;
  struct Row {
    PreparedLead lead;
    std::vector<std::string> tags;
    std::string raw;
  };
  std::vector<Row> rows;
};

ImportBatch::ImportBatch(World& world, const tenants::Tenant& tenant, ImportPlan& plan,
                         const ImportOptions& options)
    : rows_(std::make_unique<Rows>()) {
  rows_->tenant = tenant;
  Origin& origin = rows_->origin;
  origin.source = options.source;
  origin.content_type = "text/csv";
  origin.actor = "cli";
  origin.greet = options.greet;
  origin.vouched = true;
  rows_->rows.reserve(plan.rows.size());
  for (ImportRow& row : plan.rows) {
    rows_->rows.push_back({prepare(world, tenant, std::move(row.lead), origin), std::move(row.tags),
                           std::move(row.raw)});
  }
  plan.rows.clear();
  plan.rows.shrink_to_fit();
}

ImportBatch::~ImportBatch() = default;

Result<ImportCounts> ImportBatch::write(World& world, store::Tx& tx) const {
  Origin origin = rows_->origin;
  ImportCounts counts;
  for (const Rows::Row& row : rows_->rows) {
    origin.raw_body = row.raw;
    FLEAD_TRY(const Created created, insert_prepared(world, tx, rows_->tenant, row.lead, origin));
    for (const std::string& tag : row.tags) {
      FLEAD_CHECK(leads_store::add_tag(tx, created.lead.id, tag));
    }
    ++(created.duplicate ? counts.duplicates : counts.created);
  }
  return counts;
}

Result<ImportCounts> ImportBatch::count(store::Tx& tx) const {
  ImportCounts counts;
  std::unordered_set<std::string_view> phones;  // of the rows that became leads
  std::unordered_set<std::string_view> emails;
  for (const Rows::Row& row : rows_->rows) {
    const auto& phone = row.lead.row.lead.phone;
    const auto& email = row.lead.row.email_folded;
    bool known = (phone && phones.contains(*phone)) || (email && emails.contains(*email));
    if (!known) {
      FLEAD_TRY(known, leads_store::is_taken(tx, rows_->tenant.id, phone, email));
    }
    if (!known && phone) phones.insert(*phone);
    if (!known && email) emails.insert(*email);
    ++(known ? counts.duplicates : counts.created);
  }
  return counts;
}

std::string format_rejects(const ImportPlan& plan) {
  std::vector<std::string> header = {"line", "reason"};
  header.insert(header.end(), plan.header.begin(), plan.header.end());
  std::string text = csv_line(header);
  for (const RejectedRow& row : plan.rejected) {
    std::vector<std::string> cells = {std::to_string(row.line), row.code + ": " + row.reason};
    cells.insert(cells.end(), row.cells.begin(), row.cells.end());
    text += csv_line(cells);
  }
  return text;
}

}  // namespace flead::intake
