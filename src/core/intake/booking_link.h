// A lead's own booking link as messages carry it, and the mark by which a calendar elsewhere tells
// us whose booking it is. Whoever posts a known phone gets that lead's link: so the link alone
// shows nothing of the lead, and one that was sent to the lead proves it with a word of its own.
// Callers: whoever writes to a lead, the booking page, the reader of Cal.com's bookings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/app.h"
#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::intake {

// booking_url() and, where the setting `booking.prefill` says so, the proof as `p`.
Result<std::string> sent_booking_url(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                     const Lead& lead);
// Whether `proof` came to us by a link that was sent to this lead. Never without a key.
bool is_sent_proof(const SealKey& key, const LeadId& lead, std::string_view proof);

// Of letters that a query and a form take as they are; it never ends, and says nothing of the
// person. "" without a key.
std::string make_lead_mark(const SealKey& key, const LeadId& lead);
std::optional<LeadId> read_lead_mark(const SealKey& key, std::string_view mark);

}  // namespace flead::intake
