// Old names of time zones, for zone.cpp alone: systems without the package of old names lack them.
#pragma once

#include <string_view>

namespace flead {

// Today's name of a zone (Europe/Kiev is Europe/Kyiv now); `name` itself when it is not an old one.
std::string_view current_zone_name(std::string_view name);

}  // namespace flead
