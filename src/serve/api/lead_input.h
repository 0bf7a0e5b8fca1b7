// What a request says about a lead, from JSON or a form, not yet judged by the rules of intake.
// Callers: src/serve/api/leads.cpp and the fuzz targets. Pure and total: any bytes give a value or
// an error.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/intake/lead.h"

namespace flead::api {

// Name of the hidden field that only robots fill.
inline constexpr std::string_view k_trap_field = "website";

// Errors: bad_json (usage) for what is not JSON in UTF-8 or has a NUL; wrong_type (refused, with
// fields). null is "not given"; unknown members are left to the raw log.
Result<intake::NewLead> parse_lead_json(std::string_view body);

// Flat names: utm_source, consent (repeated), consent_version, custom[KEY]. Error bad_form (usage).
Result<intake::NewLead> parse_lead_form(std::string_view body);

// PATCH: only known members, "" and null clear. Errors: bad_json; wrong_type and unknown_field
// (refused, with fields).
Result<intake::LeadEdit> parse_lead_edit(std::string_view body);

}  // namespace flead::api
