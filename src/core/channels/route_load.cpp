// What the pure rules of route.h are asked about, read from the store.
#include <utility>

#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/channels/outbox_store.h"
#include "core/channels/route.h"
#include "core/channels/route_log.h"
#include "core/channels/sms.h"

namespace flead::channels {

Result<RoutePolicy> load_policy(store::Tx& tx, const TenantId& tenant) {
  RoutePolicy policy;
  FLEAD_TRY(const std::string route, tenants::setting(tx, tenant, "route"));
  // Checked when it was set; were it damaged, the order of kinds is better than silence.
  if (auto steps = parse_route(route)) policy.steps = std::move(*steps);
  FLEAD_TRY(const std::string quiet, tenants::setting(tx, tenant, "quiet.hours"));
  policy.quiet = parse_quiet_hours(quiet);
  FLEAD_TRY(const std::string foreign, tenants::setting(tx, tenant, "channels.foreign"));
  policy.foreign_denied = foreign == "deny";
  FLEAD_TRY(const std::string cost, tenants::setting(tx, tenant, "route.cost_max"));
  policy.cost_max = sms::parse_amount(cost);
  return policy;
}

Result<Person> load_person(store::Tx& tx, const intake::Lead& lead, std::string_view purpose) {
  Person person;
  person.lead = lead;
  FLEAD_TRY(person.identities, identities_of(tx, lead.id));
  FLEAD_TRY(person.closed, closed_at(tx, lead.tenant,
                                     {given_address(lead, "email"), given_address(lead, "sms"),
                                      given_address(lead, "whatsapp")}));
  FLEAD_TRY(const outbox_store::Spent spent, outbox_store::spent_on(tx, lead.tenant, lead.id));
  person.spent_minor = spent.priced_minor + spent.unpriced_segments * spent.segment_minor;
  person.advertising = purpose == "ad";
  if (person.advertising) {
    FLEAD_TRY(person.said, intake::advertising_of(tx, lead.id));
  }
  return person;
}

Result<Person> load_person(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                           std::string_view purpose) {
  FLEAD_TRY(const intake::Lead found, intake::load(tx, tenant, lead));
  return load_person(tx, found, purpose);
}

Json to_json(const RouteLine& line) {
  return Json::object({{"id", line.id.text()},
                       {"channel", line.channel},
                       {"outcome", line.outcome},
                       {"reason", line.reason},
                       {"message", line.message ? Json(line.message->text()) : Json()},
                       {"root", line.root},
                       {"at", format_time(line.at)}});
}

}  // namespace flead::channels
