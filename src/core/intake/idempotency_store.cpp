#include "core/intake/idempotency_store.h"

namespace flead::intake::idempotency_store {

Result<bool> claim(store::Tx& tx, const IdempotencyKey& key, TimeMs now, TimeMs stale_before) {
  // One guarded write: of two requests with one key, the second waits here and then changes
  // nothing.
  FLEAD_TRY(const std::int64_t changed,
            tx.exec(R"sql(
      INSERT INTO idempotency_keys (tenant_id, scope, key, body_hash, status, reply, created_at_ms)
      VALUES ($1, $2, $3, $4, 0, '', $5)
      ON CONFLICT (tenant_id, scope, key) DO UPDATE
      SET body_hash = excluded.body_hash, status = 0, reply = '',
          created_at_ms = excluded.created_at_ms
      WHERE idempotency_keys.created_at_ms < $6
  )sql",
                    key.tenant, key.scope, key.key, key.body_hash, now, stale_before));
  return changed == 1;
}

Result<std::optional<Stored>> load(store::Tx& tx, const IdempotencyKey& key, TimeMs stale_before) {
  return tx.maybe(
      R"sql(
      SELECT body_hash, status, reply FROM idempotency_keys
      WHERE tenant_id = $1 AND scope = $2 AND key = $3 AND created_at_ms >= $4
  )sql",
      [](const store::Row& row) {
        return Stored{row.string(0), static_cast<int>(row.integer(1)), row.string(2)};
      },
      key.tenant, key.scope, key.key, stale_before);
}

Status finish(store::Tx& tx, const IdempotencyKey& key, const StoredReply& reply) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE idempotency_keys SET status = $4, reply = $5
      WHERE tenant_id = $1 AND scope = $2 AND key = $3
  )sql",
                      key.tenant, key.scope, key.key, reply.status, reply.body));
  return {};
}

Result<std::int64_t> purge(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM idempotency_keys WHERE (tenant_id, scope, key) IN
        (SELECT tenant_id, scope, key FROM idempotency_keys WHERE created_at_ms < $1
         ORDER BY created_at_ms LIMIT $2)
  )sql",
                 before, limit);
}

}  // namespace flead::intake::idempotency_store
