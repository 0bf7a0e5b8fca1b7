// Which column of a table holds which field of a lead. Callers: import.cpp. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace flead::intake {

// The field of every column, "" where the header says nothing known: by the map first, then by the
// header in Russian or English. Fields are those of a lead in the API ("utm.source"), with
// "surname", "tags", "consent" and "custom.KEY". Errors (usage): map_invalid for an unknown field,
// column_missing for a header that is not there.
Result<std::vector<std::string>> map_columns(
    const std::vector<std::string>& header,
    const std::vector<std::pair<std::string, std::string>>& map);

bool is_contact_field(std::string_view field);

}  // namespace flead::intake
