// Calling a person: a lead that asked for one, or that no channel reached, is marked, listed, and
// told of on the operator's own channel. Callers: the inbox, the route.
#pragma once

#include <string>
#include <string_view>

#include "core/app.h"
#include "core/base/result.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

// Where an operator is told, from the setting `operator.notify`: "email:me@example.ru",
// "telegram:501". Nothing for "" and for what is not of that shape.
struct OperatorAddress {
  std::string kind, address;
};
std::optional<OperatorAddress> parse_operator_address(std::string_view text);

// Marks the lead (once), and queues the notice. Without an address, or where its channel is
// missing, the list is all there is: `lead list --needs-human`.
Status call_human(App& app, store::Tx& tx, const tenants::Tenant& tenant, const intake::Lead& lead,
                  std::string_view why);

}  // namespace flead::channels
