// Settings of a channel as they are typed, NAME=VALUE. Callers: channel add, channel set.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace flead::cli {

// Adds each pair to `config`. Error bad_setting (usage).
Status read_channel_settings(const std::vector<std::string>& pairs, Json& config);

}  // namespace flead::cli
