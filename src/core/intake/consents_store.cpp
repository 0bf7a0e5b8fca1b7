#include "core/intake/consents.h"

namespace flead::intake {

Result<bool> has_consent(store::Tx& tx, const LeadId& lead, std::string_view purpose) {
  FLEAD_TRY(const auto rows, tx.all(
                                 R"sql(
      SELECT granted FROM consents WHERE lead_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1
  )sql",
                                 [](const store::Row& row) { return row.flag(0); }, lead, purpose));
  return !rows.empty() && rows.front();
}

Result<bool> withdraw_consent(World& world, store::Tx& tx, const TenantId& tenant,
                              const LeadId& lead, std::string_view purpose, std::string_view ip,
                              std::string_view user_agent) {
  FLEAD_TRY(const bool given, has_consent(tx, lead, purpose));
  if (!given) return false;
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,
                            page_url, ip, user_agent, at_ms)
      VALUES ($1, $2, $3, $4, 0, '', '', '', $5, $6, $7)
  )sql",
                      new_id<ConsentIdTag>(world), tenant, lead, purpose, ip, user_agent,
                      world.clock.now()));
  return true;
}

}  // namespace flead::intake
