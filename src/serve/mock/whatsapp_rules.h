// What the double of WhatsApp lets pass: the shape and the limits of a message, and the registry of
// templates. Pure. Caller: whatsapp.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "serve/mock/meta.h"

namespace flead::serve::mock::whatsapp_double {

struct Template {
  std::string name, language, category = "UTILITY";
  std::string status = "APPROVED";         // PENDING REJECTED PAUSED DISABLED
  std::int64_t header = 0, body = 0;       // parameters
  std::int64_t url = 0;                    // buttons whose address ends in a parameter
  std::vector<std::string> quick_replies;  // their titles
};

// {"name","language","status","category","header":0,"body":2,"url":1,"quick_replies":["Да"]}
Template read_template(const Json& wish);
// As GET message_templates lists it, without its id.
Json template_json(const Template& one);

meta::GraphError missing(std::string details);  // 131008
meta::GraphError invalid(std::string details);  // 131009

// Anything but whether the person may be written to.
meta::Trouble check_message(const Json& message, const std::vector<Template>& templates);

// The words of an error, as they begin `message` and title a failed status.
std::string_view title_of(std::int64_t code);

}  // namespace flead::serve::mock::whatsapp_double
