#include "core/intake/consents.h"

namespace flead::intake {
namespace {

constexpr std::string_view k_marketing = "marketing";

// The kind of channel in "marketing.sms"; "" in "marketing".
std::string_view kind_of(std::string_view purpose) {
  return purpose.size() > k_marketing.size() ? purpose.substr(k_marketing.size() + 1)
                                             : std::string_view();
}

}  // namespace

Result<Advertising> advertising_of(store::Tx& tx, const LeadId& lead) {
  Advertising said;
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT purpose, granted FROM consents
      WHERE lead_id = $1 AND purpose >= 'marketing' AND purpose < 'marketing/' ORDER BY id
  )sql",
      [&](const store::Row& row) {
        take_word(said, kind_of(row.text(0)), row.flag(1));
        return true;
      },
      lead));
  return said;
}

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
  FLEAD_TRY(const Advertising said, advertising_of(tx, lead));
  FLEAD_TRY(const bool exactly, has_consent(tx, lead, purpose));
  const bool given = purpose == k_marketing             ? agrees_anywhere(said)
                     : purpose.starts_with(k_marketing) ? agrees(said, kind_of(purpose))
                                                        : exactly;
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
