// The SQL of tenants, tokens and settings. Called by tenants.cpp, tokens.cpp and settings.cpp
// alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tenants/tenant.h"

namespace flead::tenants {

// False when the slug is taken.
Result<bool> insert_tenant(store::Tx& tx, const Tenant& tenant);
Status update_tenant(store::Tx& tx, const Tenant& tenant);

Status insert_token(store::Tx& tx, const Token& token, std::string_view token_hash);
Result<std::optional<Token>> live_token_by_hash(store::Tx& tx, std::string_view token_hash);
// Nothing when the tenant has no such token. Revoking twice keeps the first time.
Result<std::optional<Token>> mark_revoked(store::Tx& tx, const TenantId& tenant, const TokenId& id,
                                          TimeMs now);

// `tenant` "" is the whole store.
Result<std::optional<std::string>> load_setting(store::Tx& tx, std::string_view tenant,
                                                std::string_view key);
Status save_setting(store::Tx& tx, std::string_view tenant, std::string_view key,
                    std::string_view value, TimeMs now);
Status delete_setting(store::Tx& tx, std::string_view tenant, std::string_view key);

}  // namespace flead::tenants
