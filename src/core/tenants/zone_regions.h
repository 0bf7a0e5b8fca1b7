// Countries of time zones: a table. Called by tenants.cpp alone; knows no rules of time.
#pragma once

#include <string_view>

namespace flead::tenants {

// ISO 3166 alpha-2 of a canonical IANA zone ("Europe/Moscow" is "RU"); "" for UTC and unknown ones.
std::string_view region_of_zone(std::string_view zone);
// Whether any zone lies in this country.
bool is_region(std::string_view region);

}  // namespace flead::tenants
