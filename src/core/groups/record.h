// The record of one table's meeting, as a Markdown file that people write with whatever they like:
//
//   # Founders, round 3, table 2
//   2026-01-06. Anna, Boris, Vera
//   ## Agenda … ## Asks … ## Goals … ## Reflections …
//
// What stands under the headings is theirs and comes back as it was. Pure. Caller: groups.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace flead::groups {

struct RecordHead {
  std::string group;  // its name
  std::int64_t round = 0, table = 0;
  std::string date;  // 2026-01-06
  std::vector<std::string> people;
};

// An empty record to fill in, in "ru" or "en".
std::string record_template(const RecordHead& head, std::string_view language);

struct RecordSections {
  std::string agenda, asks, goals, reflections;
};
// Headings in either language, in any order, any of them missing; other headings belong to the
// section they stand in. Text before the first is left out.
RecordSections parse_record(std::string_view markdown);

}  // namespace flead::groups
