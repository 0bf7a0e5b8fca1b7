#include "core/intake/person.h"

#include "core/intake/lead.h"

namespace flead::intake {

Result<Traces> find_traces(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                           TimeMs since) {
  Traces traces;
  FLEAD_CHECK(tx.each(
      "SELECT id FROM intake_raw WHERE id >= $1 AND tenant_id = $2 AND lead_id = $3",
      [&](const store::Row& row) {
        traces.requests.push_back(row.id<RawId>(0));
        return true;
      },
      least_id(RawIdTag::k_prefix, since), tenant, lead));
  // An answer names its lead by the id or by a link that begins with the id's letters.
  const std::string_view letters = id_suffix(lead.text());
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT scope, key, reply FROM idempotency_keys WHERE tenant_id = $1 AND created_at_ms >= $2
  )sql",
      [&](const store::Row& row) {
        if (row.text(2).find(letters) != std::string_view::npos) {
          traces.replies.emplace_back(row.string(0), row.string(1));
        }
        return true;
      },
      tenant, since));
  return traces;
}

Status erase_lead(store::Tx& tx, const Lead& lead, const Traces& traces) {
  for (const RawId& id : traces.requests) {
    FLEAD_CHECK(tx.exec("DELETE FROM intake_raw WHERE id = $1", id));
  }
  for (const auto& [scope, key] : traces.replies) {
    FLEAD_CHECK(
        tx.exec("DELETE FROM idempotency_keys WHERE tenant_id = $1 AND scope = $2 AND key = $3",
                lead.tenant, scope, key));
  }
  FLEAD_CHECK(tx.exec("DELETE FROM lead_tags WHERE lead_id = $1", lead.id));
  FLEAD_CHECK(tx.exec("DELETE FROM events WHERE lead_id = $1", lead.id));
  FLEAD_CHECK(tx.exec("DELETE FROM consents WHERE lead_id = $1", lead.id));
  FLEAD_CHECK(tx.exec("DELETE FROM leads WHERE id = $1 AND tenant_id = $2", lead.id, lead.tenant));
  return {};
}

}  // namespace flead::intake
