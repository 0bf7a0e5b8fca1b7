// Message templates: texts that tenants may edit, with `{name}` and `{name|fallback}` in them.
// Callers: the outbox (render), `flead template ...` (set, render). No code, no includes, no loops;
// a value is never scanned again, so a visitor's name cannot become a variable.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::channels {

// `messengers` is a line and a link of each messenger where the person may go on (links.h), `away`
// what is said outside of the business hours (away.h). Both may be "": give them a paragraph of
// their own, and it goes when they are.

// Values by name. An empty value takes the fallback of `{name|fallback}`.
using Variables = std::map<std::string, std::string, std::less<>>;

// What a text becomes: decides how values and the text around them are escaped.
enum class Medium {
  line,  // a subject: control characters become spaces
  text,  // a plain body: control characters but newline and tab are dropped
  html,  // everything is escaped, newlines stay: the mail builder makes the paragraphs
  sms,   // one paragraph style of `text`; the same rule today, its own name for its own texts
};

// One row of the catalogue: everything that the product may say to a person. A name that ends in
// ".sms" is the short variant of the one before it.
//   lead.greeting      name tenant message booking_url messengers messengers_line away
//   booking.confirmed  name tenant offer host when zone location manage_url
//   booking.moved      name tenant offer host when zone location manage_url
//   booking.cancelled  name tenant offer host when zone reason booking_url
//   booking.requested  as booking.confirmed
//   booking.declined   as booking.cancelled; booking.expired too
//   group.round        name tenant group round people
//   person.link        name tenant person_url
//   host.link          name tenant host_url
//   operator.request   tenant name contact offer when zone message decide_url booking
//   message.text       name tenant subject text booking_url
//   booking.reminder   name tenant offer host when zone location manage_url
//   booking.waiting    name tenant offer host when zone until wait_url
//   booking.review     as booking.reminder
//   channel.welcome    name tenant booking_url away
//   chat.text          tenant text
//   operator.needs_human  tenant name contact reason lead
//   sequence.step      name tenant text booking_url
//   sequence.ad        name tenant text booking_url
//   report.weekly      tenant period report
//   channel.test       tenant channel
struct TemplateSpec {
  std::string_view name;
  std::string_view purpose;  // service or ad: what the embedded text is
  bool subject = true;       // false for .sms
  std::vector<std::string_view> variables;
  std::string_view summary;  // one line: when it is sent
};
const std::vector<TemplateSpec>& template_specs();
// Error template_unknown (not_found) names the nearest.
Result<const TemplateSpec*> find_template(std::string_view name);

// Replaces `{name}` and `{name|fallback}`; `{{` and `}}` are braces. Pure and total. Errors, both
// refused: template_syntax (with the place), template_variable_unknown (names the nearest of
// `known`). `values` may leave out any of `known`.
Result<std::string> substitute(std::string_view text, const std::vector<std::string_view>& known,
                               const Variables& values, Medium medium);

struct TemplateText {
  std::string name;
  std::string language;  // ru or en
  std::string purpose = "service";
  std::string subject;
  std::string body;
  bool edited = false;  // the tenant's own; false: ours
  std::optional<TimeMs> updated_at;
};

// Whether a tenant may store this: limits, syntax, every variable known. See set_template.
Status check_template(const TemplateSpec& spec, const TemplateText& text);

// The embedded text; every spec has one in each language.
TemplateText default_template(const TemplateSpec& spec, std::string_view language);
// The tenant's text, else ours. Errors: template_unknown, language_unknown.
Result<TemplateText> load_template(store::Tx& tx, const TenantId& tenant, std::string_view name,
                                   std::string_view language);
Result<std::vector<TemplateText>> list_templates(store::Tx& tx, const TenantId& tenant);
// Checked before it is stored: template_unknown, language_unknown, template_syntax,
// template_variable_unknown, template_too_long, template_empty, template_purpose. An empty purpose
// keeps the spec's; an empty subject keeps the present one.
Result<TemplateText> set_template(World& world, store::Tx& tx, const TenantId& tenant,
                                  const TemplateText& text);
// Back to ours.
Result<TemplateText> reset_template(store::Tx& tx, const TenantId& tenant, std::string_view name,
                                    std::string_view language);

struct Rendered {
  std::string subject, text, html;  // html: paragraphs, no document around them; "" for .sms
};
// `html_variables`: our own markup (a report's table) instead of the escaped value in the HTML
// part; never a tenant's or a visitor's text. A value that no spec knows is a fault of ours.
Result<Rendered> render_template(const TemplateText& text, const Variables& variables,
                                 const Variables& html_variables = {});

// Plausible values for `template render` without a lead.
Variables sample_variables(std::string_view language, std::string_view base_url);

Json to_json(const TemplateText& text);

}  // namespace flead::channels
