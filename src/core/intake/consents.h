// What a person has agreed to, as of now. Callers: the outbox (advertising), the unsubscribe page.
// Rows are evidence: a withdrawal is a row of its own, nothing is changed or deleted.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::intake {

// The newest row of this purpose says so. No row: no consent.
Result<bool> has_consent(store::Tx& tx, const LeadId& lead, std::string_view purpose);

// "processing", "marketing" (advertising on every channel), or "marketing." and a kind of channel
// (advertising there alone).
bool is_purpose(std::string_view purpose);
// The same as words for an error: "processing, marketing, marketing.email, ...".
std::string purposes_text();

// What a person has said of advertising. For a kind of channel the newest row counts of those that
// name it or all of them.
struct Advertising {
  bool everywhere = false;
  std::vector<std::pair<std::string, bool>> kinds;  // said of this kind, and not overruled since
};
// Rows in the order they were written in; `kind` "" is all of them.
void take_word(Advertising& said, std::string_view kind, bool granted);
bool agrees(const Advertising& said, std::string_view kind);
bool agrees_anywhere(const Advertising& said);
Result<Advertising> advertising_of(store::Tx& tx, const LeadId& lead);

// Writes the withdrawal; the caller writes the event. False when there was nothing to withdraw.
// "marketing" ends the consents to single channels as well.
Result<bool> withdraw_consent(World& world, store::Tx& tx, const TenantId& tenant,
                              const LeadId& lead, std::string_view purpose, std::string_view ip,
                              std::string_view user_agent);

}  // namespace flead::intake
