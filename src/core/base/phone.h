// Phone numbers as people write them. The library behind it costs 2 ms of every process start when
// linked, so phone.cpp loads it at the first number (dlopen); nothing else includes it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace flead {

struct Phone {
  std::string e164;    // +79160000001
  bool valid = false;  // false: possible by length, but no such range is known (data of 2022)
};

// `region`: ISO 3166 alpha-2 in any case, used when the number has no country code. Error
// `phone_invalid` (refused) for what cannot be a number at all, `phone_library_missing` (internal,
// with the package to install) when libphonenumber is not on this machine.
Result<Phone> parse_phone(std::string_view typed, std::string_view region);

// Whether `region` is one that the library knows ("RU", "DE").
Result<bool> is_phone_region(std::string_view region);

// For people, as in their own country's books: "+7 916 000-00-01". The input when not E.164.
std::string format_phone(std::string_view e164);

}  // namespace flead
