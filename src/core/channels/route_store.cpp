#include <algorithm>

#include "core/channels/route_log.h"

namespace flead::channels {

Status log_route(World& world, store::Tx& tx, RouteLine line) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO route_steps (id, tenant_id, lead_id, root, channel, outcome, reason, message_id,
                               at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  )sql",
                      new_id<RouteStepIdTag>(world), line.tenant, line.lead, line.root,
                      line.channel, line.outcome, line.reason, line.message, world.clock.now()));
  return {};
}

Result<std::vector<RouteLine>> route_of(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                        std::int64_t limit) {
  FLEAD_TRY(auto lines, tx.all(
                            R"sql(
      SELECT id, tenant_id, lead_id, root, channel, outcome, reason, message_id, at_ms
      FROM route_steps WHERE lead_id = $1 AND tenant_id = $2 ORDER BY id DESC LIMIT $3
  )sql",
                            [](const store::Row& row) {
                              RouteLine line;
                              line.id = row.id<RouteStepId>(0);
                              line.tenant = row.id<TenantId>(1);
                              line.lead = row.id<LeadId>(2);
                              line.root = row.string(3);
                              line.channel = row.string(4);
                              line.outcome = row.string(5);
                              line.reason = row.string(6);
                              if (!row.is_null(7)) line.message = row.id<MessageId>(7);
                              line.at = row.integer(8);
                              return line;
                            },
                            lead, tenant, limit));
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace flead::channels
