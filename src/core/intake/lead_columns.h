// Leads straight from the row under the cursor into text, without a lead object and without a JSON
// value a row: what long lists and exports are made of. Callers: GET /api/v1/leads, `flead export`.
// A lead comes once per tag, one row after the other: see select().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/intake/lead.h"
#include "core/store/store.h"

namespace flead::intake {

struct LeadColumn {
  enum class Kind {
    text,    // "" and NULL are null in JSON
    time,    // milliseconds, perhaps NULL
    object,  // JSON text
    tags,
  };
  std::string_view field;  // the API's; "utm.source": the part before the dot is the object's name
  std::string_view sql;
  Kind kind = Kind::text;
};
using LeadColumns = std::vector<const LeadColumn*>;

std::vector<std::string> lead_fields();

// In this order; none is all of them; an object's own name means all of it. Error unknown_field
// (usage, names the valid ones).
Result<LeadColumns> choose_lead_columns(const std::vector<std::string>& fields);
bool wants_tags(const LeadColumns& columns);
// For JSON: the members of one object stand together, where the first of them was asked for.
LeadColumns gather_objects(LeadColumns columns);

// "SELECT leads.id, column... FROM leads": the id is column 0, the first chosen one is 1. With
// `joined_tags` a tag, or NULL, is the column after the last; say ORDER BY leads.id.
std::string select_leads(const LeadColumns& columns, bool joined_tags);

// RFC 3339 with the day written once: rows of one day follow each other.
class LeadClock {
 public:
  void append(std::string& out, TimeMs time);

 private:
  TimeMs day_ = -1;
  std::string day_text_;
};

// The API's object of each row.
class LeadJson {
 public:
  explicit LeadJson(LeadColumns gathered);

  const LeadColumns& columns() const { return columns_; }
  void append(std::string& out, const store::Row& row);
  // To the lead that was appended last, when tags were chosen.
  void append_tag(std::string& out, std::string_view tag);

 private:
  void append_value(std::string& out, const store::Row& row, std::size_t index);

  LeadColumns columns_;
  std::vector<std::string> before_;  // of each column: what stands before its value
  std::string end_;                  // what stands after the last one
  LeadClock clock_;
  std::size_t tags_end_ = 0;  // where the next tag goes; 0 when tags were not chosen
  bool has_tag_ = false;
};

// One page of a list, newest first: `filter.limit` leads at most.
struct LeadPage {
  std::string rows;     // the objects with commas between them
  std::string last_id;  // of the last one, "" when there is none
  bool has_more = false;
};
Result<LeadPage> list_json(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter,
                           LeadColumns columns);

}  // namespace flead::intake
