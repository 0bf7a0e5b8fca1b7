#include "core/channels/template.h"

#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead {

// The input is a template and, as a visitor's value, hostile text too.
FLEAD_FUZZ(template) {
  const std::vector<std::string_view> known = {"name", "link_url"};
  const std::string text(input);
  const channels::Variables values = {{"name", text}, {"link_url", "https://a.test/" + text}};
  for (const auto medium : {channels::Medium::line, channels::Medium::text, channels::Medium::html,
                            channels::Medium::sms}) {
    const auto out = channels::substitute(input, known, values, medium);
    if (!out) {
      FLEAD_ASSERT(out.error().code == "template_syntax" ||
                   out.error().code == "template_variable_unknown");
    }
    const auto value = channels::substitute("{name}", known, values, medium);
    FLEAD_ASSERT(value && valid_utf8(*value));
    if (medium == channels::Medium::html) {
      FLEAD_ASSERT(value->find_first_of("<>\"'") == std::string::npos);
    }
    if (medium == channels::Medium::line) FLEAD_ASSERT(!has_control_characters(*value));
  }
}

}  // namespace flead
