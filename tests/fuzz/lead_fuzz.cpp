// What a request says about a lead: JSON, a form and an edit from the same bytes, then the rules.
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/lead.h"
#include "fuzz/fuzz.h"
#include "serve/api/lead_input.h"

namespace flead {

namespace {

void check_lead(const intake::NewLead& input) {
  tenants::Tenant tenant;
  tenant.region = "RU";
  intake::NewLead consenting = input;
  consenting.consent_purposes = {"processing"};
  const auto checked = intake::check_new_lead(tenant, {}, consenting, {});
  if (!checked) {
    FLEAD_ASSERT(checked.error().kind == ErrorKind::refused);
    FLEAD_ASSERT(!checked.error().fields.empty());
    return;
  }
  const intake::NewLead& lead = checked->input;
  for (const auto* text : {&lead.name, &lead.phone, &lead.email, &lead.telegram, &lead.page_url}) {
    FLEAD_ASSERT(valid_utf8(*text) && !has_control_characters(*text));
  }
  FLEAD_ASSERT(utf8_length(lead.name) <= k_name_characters_max);
  FLEAD_ASSERT(lead.email.empty() || intake::valid_email(lead.email));
  FLEAD_ASSERT(lead.custom.dump().size() <= k_custom_bytes_max);
  // What passed once passes again and stays the same: an edit with the stored values is no edit.
  const auto again = intake::check_new_lead(tenant, {}, lead, {});
  FLEAD_ASSERT(again && again->phone == checked->phone && again->input.name == lead.name);
}

}  // namespace

FLEAD_FUZZ(lead) {
  const auto json = api::parse_lead_json(input);
  if (json) check_lead(*json);
  const auto form = api::parse_lead_form(input);
  if (form) check_lead(*form);
  const auto edit = api::parse_lead_edit(input);
  FLEAD_ASSERT(edit || edit.error().kind == ErrorKind::usage ||
               edit.error().kind == ErrorKind::refused);
  const auto query = intake::parse_query(input, "RU");
  const bool range =
      query.kind == intake::Query::Kind::phone || query.kind == intake::Query::Kind::email;
  FLEAD_ASSERT(!range || query.low < query.high);
}

}  // namespace flead
