#include "core/base/phone.h"

#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(phone) {
  const auto phone = parse_phone(input, "RU");
  if (!phone) {
    FLEAD_ASSERT(phone.error().code == "phone_invalid" ||
                 phone.error().code == "phone_library_missing");
    return;
  }
  const std::string& e164 = phone->e164;
  FLEAD_ASSERT(e164.size() >= 3 && e164.size() <= 16 && e164.front() == '+');
  FLEAD_ASSERT(e164.find_first_not_of("0123456789", 1) == std::string::npos);
  // Stored numbers are read again, in any tenant's region, and stay what they are.
  const auto again = parse_phone(e164, "DE");
  FLEAD_ASSERT(again.ok() && again->e164 == e164);
  const auto shown = parse_phone(format_phone(e164), "US");
  FLEAD_ASSERT(shown.ok() && shown->e164 == e164);
}

}  // namespace flead
