// Pure rules that creating and editing a lead share. Callers: lead.cpp, leads.cpp, leads_edit.cpp;
// nobody outside intake. Reads no store.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/intake/lead.h"

namespace flead::intake {

// One line of text: line ends and tabs become spaces, ends are trimmed; adds too_long or
// characters_invalid.
void clean_line(std::string& text, std::string_view field, std::size_t characters_max,
                std::vector<FieldError>& errors);
// Text of many lines, kept as typed.
void clean_message(std::string& text, std::string_view field, std::vector<FieldError>& errors);
// Trims them; adds tag_invalid.
void check_tags(std::vector<std::string>& tags, std::vector<FieldError>& errors);
void check_custom(const Json& custom, std::vector<FieldError>& errors);

// Every text field but the contacts' own syntax; empty fields pass.
void clean_texts(NewLead& input, std::vector<FieldError>& errors);
// Phone and e-mail of `checked.input` into their stored forms. Fails only for what is not the
// person's fault (phone_library_missing).
Status check_contacts(CheckedLead& checked, std::string_view region,
                      std::vector<FieldError>& errors);

// `refused` with these fields; at least one.
Error refused_fields(std::vector<FieldError> errors);

}  // namespace flead::intake
