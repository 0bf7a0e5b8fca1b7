#include "serve/http/auth.h"

#include <memory>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::http {
namespace {

using tenants::Role;

Error bad_credentials() {
  return unauthorized("unauthorized", "The key or token is not valid.");
}

// "Bearer abc" gives "abc"; the scheme's case does not matter (RFC 9110 section 11.1).
std::string_view bearer(std::string_view header) {
  constexpr std::string_view k_scheme = "bearer ";
  if (header.size() <= k_scheme.size() ||
      ascii_lower(header.substr(0, k_scheme.size())) != k_scheme) {
    return {};
  }
  return trim(header.substr(k_scheme.size()));
}

Result<Caller> publishable_caller(store::Tx& tx, std::string_view key) {
  FLEAD_TRY(auto tenant, tenants::by_publishable_key(tx, key));
  if (!tenant) return bad_credentials();
  Caller caller;
  caller.kind = Caller::Kind::publishable;
  caller.tenant = std::move(tenant);
  return caller;
}

Result<Caller> token_caller(store::Tx& tx, std::string_view secret) {
  FLEAD_TRY(auto token, tenants::find_token(tx, secret));
  if (!token) return bad_credentials();
  FLEAD_TRY(auto tenant, tenants::load(tx, token->tenant));
  Caller caller;
  caller.kind = Caller::Kind::token;
  caller.tenant = std::move(tenant);
  caller.role = token->role;
  caller.actor = token->id.text();
  return caller;
}

bool may(Role role, Access access) {
  switch (access) {
    case Access::open:
    case Access::publishable:
    case Access::viewer:
      return true;
    case Access::operator_:
      return role == Role::owner || role == Role::admin || role == Role::operator_;
    case Access::admin:
      return role == Role::owner || role == Role::admin;
    case Access::owner:
      return role == Role::owner;
  }
  return false;
}

}  // namespace

Result<Caller> Callers::identify(const Request& request) {
  const std::string_view header = request.header("authorization");
  const std::optional<std::string> query_key = request.query_value("key");
  std::string secret;
  if (!header.empty()) {
    secret = bearer(header);
  } else if (query_key) {
    secret = *query_key;
    if (!secret.starts_with("pk_")) {
      // A query ends up in the logs of every proxy on the way.
      return unauthorized("unauthorized", "?key= takes a publishable key (pk_…) only.");
    }
  } else {
    return Caller{};
  }
  if (!secret.starts_with("pk_") && !secret.starts_with("sk_")) return bad_credentials();
  auto caller = find(secret);
  if (caller && caller->tenant->suspended) {
    return forbidden("tenant_suspended", "This tenant is suspended.");
  }
  return caller;
}

Result<Callers::Settings> Callers::own_settings() {
  FLEAD_TRY(Caller nobody, find(""));
  return std::move(nobody.settings);
}

Result<Caller> Callers::find(const std::string& secret) {
  // Before the load: a commit that comes in between makes what is kept of it old at once.
  FLEAD_TRY(const std::int64_t version, app_.store.remembered_version());
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(secret);
    if (found != kept_.end() && found->second.version == version) return found->second.caller;
  }
  FLEAD_TRY(Caller caller, load(secret));
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= k_callers_kept_max) kept_.clear();
  kept_[secret] = {caller, version};
  return caller;
}

Result<Caller> Callers::load(std::string_view secret) {
  return app_.store.read([&](store::Tx& tx) -> Result<Caller> {
    Caller caller;
    if (!secret.empty()) {
      FLEAD_TRY(caller, secret.starts_with("pk_") ? publishable_caller(tx, secret)
                                                  : token_caller(tx, secret));
    }
    const TenantId tenant = caller.tenant ? caller.tenant->id : TenantId();
    FLEAD_TRY(auto settings, tenants::load_settings(app_, tx, tenant));
    caller.settings = std::make_shared<const tenants::Settings>(std::move(settings));
    return caller;
  });
}

Status check_access(const Caller& caller, Access access) {
  if (access == Access::open) return {};
  if (caller.kind == Caller::Kind::nobody) {
    return unauthorized("unauthorized", "Send a key or token: Authorization: Bearer pk_… or sk_….");
  }
  if (caller.kind == Caller::Kind::publishable) {
    if (access == Access::publishable) return {};
    return forbidden("forbidden", "A publishable key may not do this; it takes a token (sk_…).");
  }
  if (may(caller.role, access)) return {};
  return forbidden("forbidden", "The token's role may not do this.");
}

}  // namespace flead::http
