#include "core/base/text.h"

#include "core/base/crypto.h"
#include "core/base/id.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(text) {
  const std::string repaired = repair_utf8(input);
  FLEAD_ASSERT(valid_utf8(repaired));
  FLEAD_ASSERT((repaired == input) == valid_utf8(input));
  FLEAD_ASSERT(utf8_length(utf8_prefix(repaired, 7)) <= 7);
  FLEAD_ASSERT(utf8_prefix(repaired, repaired.size()) == repaired);

  const std::string folded = fold(input);
  FLEAD_ASSERT(valid_utf8(folded) && fold(folded) == folded);
  FLEAD_ASSERT(trim(folded) == folded);

  FLEAD_ASSERT(percent_decode(percent_encode(input)) == input);
  FLEAD_ASSERT(percent_decode(input).size() <= input.size());
  FLEAD_ASSERT(escape_html(input).find_first_of("<>\"'") == std::string::npos);
  FLEAD_ASSERT(mask_contact(input).find("**") != std::string::npos);
  FLEAD_ASSERT(replace_all(input, "a", "").find('a') == std::string::npos);
  std::string joined;
  for (const auto& item : split(input, ',')) joined += item;
  FLEAD_ASSERT(joined.size() <= input.size());
  static_cast<void>(nearest(input, {"lead", "list", "channel"}));
  static_cast<void>(is_id(input, "lead"));

  if (const auto bytes = base64_decode(input)) FLEAD_ASSERT(base64_encode(*bytes) == input);
  if (const auto bytes = base64url_decode(input)) FLEAD_ASSERT(base64url_encode(*bytes) == input);
  FLEAD_ASSERT(base64_decode(base64_encode(input)) == input);
}

}  // namespace flead
