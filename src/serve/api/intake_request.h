// What every handler that may take a lead reads from its request: where it came from, the
// tenant's rules, the idempotency key. Callers: leads.cpp, bookings.cpp, the booking pages.
#pragma once

#include <optional>
#include <string_view>

#include "core/intake/idempotency.h"
#include "core/intake/lead.h"
#include "serve/http/http.h"

namespace flead::api {

inline constexpr std::string_view k_form_type = "application/x-www-form-urlencoded";

bool is_form(const http::Request& request);

// For the raw log and the consent row: address, user agent, body, who called.
intake::Origin origin_of(const http::Request& request);

// For pages, whose address names the tenant; a handler with a caller asks its settings.
Result<intake::Rules> rules_of(App& app, const TenantId& tenant);

// From the header, checked; without one an empty key, which runs the work as it is. `scope`
// outlives the key. Error idempotency_key_invalid.
Result<intake::IdempotencyKey> idempotency_key_of(const http::Request& request,
                                                  std::string_view scope);

// The answer that a used key had; nothing for an empty or a new one. Asked before anything is made
// of the body: what was answered then holds, whatever is valid by now.
Result<std::optional<intake::StoredReply>> replay_of(App& app, const intake::IdempotencyKey& key);

}  // namespace flead::api
