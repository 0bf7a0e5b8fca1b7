// Export of leads: every lead of a filter as CSV, TSV or JSON, oldest first, in constant memory.
// Callers: `flead export leads`. Goes from the row under the cursor straight into a buffer: no lead
// object, no JSON value a row. Never opens a file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/intake/lead.h"
#include "core/store/store.h"

namespace flead::reports {

enum class ExportFormat {
  csv,    // RFC 4180; cells that a spreadsheet would run as formulas get an apostrophe
  excel,  // the same with a byte order mark and ";": opens right where the comma is decimal
  tsv,
  jsonl,  // the API's object a line
  json,   // one array of them
};

struct ExportOptions {
  ExportFormat format = ExportFormat::csv;
  intake::LeadFilter filter;        // its limit and page key do not count: these do
  std::string after_id;             // only leads newer than this one; "" begins at the oldest
  std::int64_t limit = 0;           // most leads; 0 is all of them
  std::vector<std::string> fields;  // of intake::lead_fields(), in this order; empty is all
  std::int64_t leads_per_read = k_export_leads_per_read;  // less in tests
};

// Gets chunks of k_export_chunk_bytes or a little more, the last one smaller.
using ExportSink = std::function<Status(std::string_view chunk)>;

struct Exported {
  std::int64_t leads = 0;
  std::string next_after_id;  // where `limit` cut, for the next after_id; "" when that was all
};
// Each lead once, as it is when its turn comes: not one snapshot, see k_export_leads_per_read.
// Errors: unknown_field (usage, names the valid ones), the sink's, the store's.
Result<Exported> export_leads(store::Store& store, const TenantId& tenant,
                              const ExportOptions& options, const ExportSink& sink);

}  // namespace flead::reports
