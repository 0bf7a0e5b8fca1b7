// The form in which a visitor says who they are: for a time that is booked, or for a place on the
// waiting list. Callers: booking_form.cpp, wait.cpp.
#pragma once

#include <string>
#include <vector>

#include "core/app.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

struct FormPage {
  int status = 200;
  TimeMs at = 0;     // of the time that is booked; 0: for the waiting list
  std::string key;   // the same form sent twice has the same one
  FormFields typed;  // shown again after a refusal
  std::vector<FieldError> errors;
};
Result<http::Reply> render_form(App& app, const Visit& visit, const FormPage& form);

// What the contact's fields say, not yet checked; a filled trap makes a suspect.
intake::NewLead typed_lead(const FormFields& fields, const Visit& visit,
                           const http::Request& request);

}  // namespace flead::pages
