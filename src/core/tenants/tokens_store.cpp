#include "core/tenants/tenants_store.h"

namespace flead::tenants {
namespace {

Token read_token(const store::Row& row) {
  Token token;
  token.id = row.id<TokenId>(0);
  token.tenant = row.id<TenantId>(1);
  // The column's CHECK allows the five names only.
  token.role = parse_role(row.text(2)).value_or(Role::viewer);
  token.label = row.string(3);
  token.created_at = row.integer(4);
  token.revoked_at = row.integer_or_null(5);
  return token;
}

}  // namespace

Status insert_token(store::Tx& tx, const Token& token, std::string_view token_hash) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO tokens (id, tenant_id, role, label, token_hash, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6)
  )sql",
                      token.id, token.tenant, role_name(token.role), token.label, token_hash,
                      token.created_at));
  return {};
}

Result<std::optional<Token>> live_token_by_hash(store::Tx& tx, std::string_view token_hash) {
  return tx.maybe(R"sql(
      SELECT id, tenant_id, role, label, created_at_ms, revoked_at_ms
      FROM tokens WHERE token_hash = $1 AND revoked_at_ms IS NULL
  )sql",
                  read_token, token_hash);
}

Result<std::vector<Token>> list_tokens(store::Tx& tx, const TenantId& tenant, std::int64_t limit) {
  return tx.all(R"sql(
      SELECT id, tenant_id, role, label, created_at_ms, revoked_at_ms
      FROM tokens WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2
  )sql",
                read_token, tenant, limit);
}

Result<std::optional<Token>> mark_revoked(store::Tx& tx, const TenantId& tenant, const TokenId& id,
                                          TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE tokens SET revoked_at_ms = COALESCE(revoked_at_ms, $3)
      WHERE tenant_id = $1 AND id = $2
      RETURNING id, tenant_id, role, label, created_at_ms, revoked_at_ms
  )sql",
                  read_token, tenant, id, now);
}

}  // namespace flead::tenants
