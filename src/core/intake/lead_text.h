// A lead as JSON text, for long lists: the same text as to_json(lead).dump(), without the tree that
// it would be written from, which costs most of a page of fifty. Caller: the API's list of leads.
#pragma once

#include <string>

#include "core/intake/lead.h"

namespace flead::intake {

void append_json(std::string& out, const Lead& lead);

}  // namespace flead::intake
