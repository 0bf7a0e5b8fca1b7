#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/tenants/tenant.h"
#include "core/tenants/tenants_store.h"

namespace flead::tenants {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::owner:
      return "owner";
    case Role::admin:
      return "admin";
    case Role::operator_:
      return "operator";
    case Role::viewer:
      return "viewer";
    case Role::expert:
      return "expert";
  }
  return "viewer";
}

std::optional<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::owner, Role::admin, Role::operator_, Role::viewer, Role::expert}) {
    if (role_name(role) == name) return role;
  }
  return std::nullopt;
}

Result<MadeToken> create_token(World& world, store::Tx& tx, const TenantId& tenant, Role role,
                               std::string_view label) {
  if (!valid_utf8(label) || has_control_characters(label) ||
      utf8_length(label) > k_name_characters_max) {
    return refused_field(
        "label", "label_invalid",
        fmt::format("A label is one line of up to {} characters.", k_name_characters_max));
  }
  MadeToken made;
  made.secret = make_token(world.random, "sk_");
  made.token.id = new_id<TokenIdTag>(world);
  made.token.tenant = tenant;
  made.token.role = role;
  made.token.label = label;
  made.token.created_at = world.clock.now();
  // 160 random bits need no salt and no slow hash: there is nothing to guess.
  FLEAD_CHECK(insert_token(tx, made.token, sha256_hex(made.secret)));
  return made;
}

Result<std::optional<Token>> find_token(store::Tx& tx, std::string_view secret) {
  if (!secret.starts_with("sk_")) return std::optional<Token>();
  return live_token_by_hash(tx, sha256_hex(secret));
}

Result<Token> revoke_token(World& world, store::Tx& tx, const TenantId& tenant, const TokenId& id) {
  FLEAD_TRY(auto token, mark_revoked(tx, tenant, id, world.clock.now()));
  if (!token) {
    return not_found("token_not_found", "There is no such token.", "flead token list");
  }
  return std::move(*token);
}

Json to_json(const Token& token) {
  std::optional<std::string> revoked_at;
  if (token.revoked_at) revoked_at = format_time(*token.revoked_at);
  return Json::object({{"id", token.id.text()},
                       {"tenant_id", token.tenant.text()},
                       {"role", role_name(token.role)},
                       {"label", token.label},
                       {"created_at", format_time(token.created_at)},
                       {"revoked_at", revoked_at}});
}

}  // namespace flead::tenants
