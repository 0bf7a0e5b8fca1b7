#include "core/money/person.h"

namespace flead::money {

Status forget_payer(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead) {
  const TimeMs now = world.clock.now();
  FLEAD_CHECK(tx.exec(R"sql(
      DELETE FROM pay_notices WHERE tenant_id = $1 AND object_id <> '' AND object_id IN
        (SELECT provider_id FROM payments WHERE lead_id = $2
         UNION SELECT r.provider_id FROM refunds r JOIN payments p ON p.id = r.payment_id
         WHERE p.lead_id = $2)
  )sql",
                      tenant, lead));
  FLEAD_CHECK(
      tx.exec("UPDATE refunds SET why = '', updated_at_ms = $2 "
              "WHERE payment_id IN (SELECT id FROM payments WHERE lead_id = $1)",
              lead, now));
  // Their cards are not charged any more: what was on its way to that finds nothing.
  FLEAD_CHECK(tx.exec("DELETE FROM saved_methods WHERE lead_id = $1", lead));
  FLEAD_CHECK(
      tx.exec("UPDATE payments SET lead_id = NULL, text = '', method = '', saving_words = '', "
              "updated_at_ms = $2 "
              "WHERE lead_id = $1",
              lead, now));
  return {};
}

}  // namespace flead::money
