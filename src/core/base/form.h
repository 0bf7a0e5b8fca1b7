// application/x-www-form-urlencoded, the body of a plain HTML form and the query of a URL, as the
// pairs it holds. Pure. What the names mean is the caller's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace flead {

using FormPair = std::pair<std::string, std::string>;
using FormPairs = std::vector<FormPair>;  // decoded, in the order of the text, names may repeat

// Reads as browsers write and servers read (url.spec.whatwg.org, "urlencoded parsing"): empty
// pieces are skipped, a piece without "=" has an empty value, a "%" without two hex digits stays.
// Error `bad_form` (usage): more than k_form_values_max values, text that is not UTF-8, NUL.
Result<FormPairs> parse_form(std::string_view text);

// The first value of that name.
std::optional<std::string> form_value(const FormPairs& pairs, std::string_view name);

}  // namespace flead
