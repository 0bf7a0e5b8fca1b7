#include "core/base/form.h"

#include "core/base/limits.h"
#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(form) {
  const auto pairs = parse_form(input);
  if (!pairs) {
    FLEAD_ASSERT(pairs.error().code == "bad_form");
    return;
  }
  FLEAD_ASSERT(pairs->size() <= k_form_values_max);
  std::string again;
  for (const auto& [name, value] : *pairs) {
    FLEAD_ASSERT(valid_utf8(name) && valid_utf8(value));
    if (!again.empty()) again += '&';
    again += percent_encode(name) + "=" + percent_encode(value);
  }
  FLEAD_ASSERT(*parse_form(again) == *pairs);
}

}  // namespace flead
