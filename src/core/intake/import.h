// CSV import: a table of people into leads, all good rows in one commit. Callers: `flead lead
// import`. Three steps, so that the store is locked only for the last: read_import() understands
// and checks every row without a store, ImportBatch makes the rows, its write() inserts them. Never
// opens a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/intake/lead.h"

namespace flead::intake {

struct ImportOptions {
  // Field and header, for columns whose header says nothing: {"phone", "Контакт 1"}.
  std::vector<std::pair<std::string, std::string>> map;
  std::string region;                // reads phones without +; "" is the tenant's
  std::vector<std::string> consent;  // purposes that the operator vouches for, for all rows
  bool greet = false;
  std::string source = "import";
};

struct ImportRow {
  CheckedLead lead;  // its past is what the file says of status, assignee, source and created_at
  std::vector<std::string> tags;
  std::string raw;  // header and row as CSV
};
struct RejectedRow {
  std::int64_t line = 0;  // where the row begins, from 1
  std::string code, reason;
  std::vector<std::string> cells;
};
struct ImportPlan {
  std::vector<std::string> header;
  std::vector<std::pair<std::string, std::string>> columns;  // field and header, as understood
  std::vector<std::string> ignored;                          // headers of no known field
  std::int64_t unknown_statuses = 0;                         // rows that are new instead
  std::vector<ImportRow> rows;
  std::vector<RejectedRow> rejected;
};

// "name=Имя,phone=Телефон". Error map_invalid (usage).
Result<std::vector<std::pair<std::string, std::string>>> parse_import_map(std::string_view text);

// Errors (refused; nothing is to be imported then): csv_cut (also for a last row without a line
// end that is shorter than the header), csv_not_text, csv_empty,
// columns_unknown (no column holds a contact), purpose_unknown; (usage) column_missing for a map
// that names what the file lacks.
Result<ImportPlan> read_import(const tenants::Tenant& tenant, std::string_view file,
                               const ImportOptions& options);

struct ImportCounts {
  std::int64_t created = 0;
  std::int64_t duplicates = 0;  // became an event of the lead that was there
};

// The rows as they will be written, ids and JSON included: nothing but inserts is left for the
// transaction, which holds up every other writer while it lasts.
class ImportBatch {
 public:
  // Takes the plan's rows. A created_at later than now is now.
  ImportBatch(World& world, const tenants::Tenant& tenant, ImportPlan& plan,
              const ImportOptions& options);
  ~ImportBatch();
  ImportBatch(const ImportBatch&) = delete;
  ImportBatch& operator=(const ImportBatch&) = delete;

  Result<ImportCounts> write(World& world, store::Tx& tx) const;
  // What write() would count, by reading alone: a dry run is in nobody's way.
  Result<ImportCounts> count(store::Tx& tx) const;

 private:
  struct Rows;
  std::unique_ptr<Rows> rows_;
};

// The rejected rows as CSV: line, reason, then the columns of the file.
std::string format_rejects(const ImportPlan& plan);

}  // namespace flead::intake
