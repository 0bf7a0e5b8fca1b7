// Settings that payment providers share, checked. Pure. Callers: the providers' check_config.
#pragma once

#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"

namespace flead::money {

// `name` as true or false, also as a word; nothing when it is not given. Error NAME_invalid.
Status copy_flag(const Json& config, std::string_view name, Json& out);
// `senders`: addresses or ranges, joined by commas. Error senders_invalid.
Status copy_senders(const Json& config, Json& out);

}  // namespace flead::money
