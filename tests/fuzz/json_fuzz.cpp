#include "core/base/json.h"

#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(json) {
  const auto json = parse_json(input);
  if (json) {
    // What was understood is written so that it is understood the same.
    const auto again = parse_json(json->dump());
    FLEAD_ASSERT(again.ok() && *again == *json);
    const auto pretty = parse_json(json->dump_pretty());
    FLEAD_ASSERT(pretty.ok() && *pretty == *json);
    static_cast<void>(json->text("phone"));
    static_cast<void>(json->integer("utm.source"));
  } else {
    FLEAD_ASSERT(json.error().code == "bad_json");
    FLEAD_ASSERT(valid_utf8(json.error().message));
  }
  std::string written;
  append_json_string(written, input);
  const auto text = parse_json(written);
  FLEAD_ASSERT(text.ok() && text->text() == repair_utf8(input));
}

}  // namespace flead
