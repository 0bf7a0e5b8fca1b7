// Rows of leads, lead_tags, intake_raw and consents. Only intake's operations include this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/intake/lead.h"

namespace flead::intake::leads_store {

// A lead with what its row has besides, worked out before the transaction.
struct NewRow {
  Lead lead;
  std::optional<std::string> email_folded;
  std::string name_folded, custom;
};
NewRow new_row(Lead lead, std::optional<std::string> email_folded);
// False, and nothing written, when the tenant has a lead with this phone or e-mail.
Result<bool> insert(store::Tx& tx, const NewRow& row);
// The lead that stands in the way: the one with the phone first, then the one with the e-mail.
Result<std::optional<Lead>> find_taken(store::Tx& tx, const TenantId& tenant,
                                       const std::optional<std::string>& phone,
                                       const std::optional<std::string>& email_folded);
// Whether insert() would refuse such a lead.
Result<bool> is_taken(store::Tx& tx, const TenantId& tenant,
                      const std::optional<std::string>& phone,
                      const std::optional<std::string>& email_folded);
// Every column that an edit may change. A taken phone or e-mail is a `conflict`.
Status update(store::Tx& tx, const Lead& lead, const std::optional<std::string>& email_folded);
// Every column that came from the visitor: another request takes the place of this one.
Status replace(store::Tx& tx, const Lead& lead, const std::optional<std::string>& email_folded);

Status set_status(store::Tx& tx, const TenantId& tenant, const LeadId& id, std::string_view status,
                  TimeMs now);

// Moves to `status` only from one of `from` (at most 5); marks the first answer when told to.
struct Advance {
  std::string_view status;
  std::vector<std::string_view> from;
  bool first_answer = false;
};
// How the lead stood before; nothing when there is no such lead.
struct Before {
  std::string status;
  TimeMs created_at = 0;
  bool answered = false;
};
Result<std::optional<Before>> advance(store::Tx& tx, const TenantId& tenant, const LeadId& id,
                                      const Advance& advance, TimeMs now);

// False when it stood so already. `at` nothing: nobody is needed.
Result<bool> set_needs_human(store::Tx& tx, const TenantId& tenant, const LeadId& id,
                             std::optional<TimeMs> at, std::string_view why);

Result<std::optional<Lead>> maybe(store::Tx& tx, const TenantId& tenant, const LeadId& id);
Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const LeadId& id);
Result<std::optional<Lead>> by_link_token(store::Tx& tx, const TenantId& tenant,
                                          std::string_view token);
Result<std::vector<Lead>> list(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter);
Result<std::int64_t> count(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter);

Result<std::vector<std::string>> tags(store::Tx& tx, const LeadId& lead);
Status add_tag(store::Tx& tx, const LeadId& lead, std::string_view tag);
Status remove_tag(store::Tx& tx, const LeadId& lead, std::string_view tag);

Status insert_raw(store::Tx& tx, const RawId& id, const TenantId& tenant, const LeadId& lead,
                  const Origin& origin, TimeMs now);

struct ConsentText {
  std::string version, hash;
};
Status insert_consent(World& world, store::Tx& tx, const Lead& lead, std::string_view purpose,
                      const ConsentText& text, const Origin& origin, std::string_view page_url,
                      TimeMs now);

}  // namespace flead::intake::leads_store
