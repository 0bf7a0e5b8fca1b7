// A tenant's accounts with payment providers. Operations in pay_accounts.cpp, SQL in
// pay_accounts_store.cpp. Callers: payments, payouts, `flead payment`, doctor, the hook route.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/money/provider.h"
#include "core/tenants/tenant.h"

namespace flead::money {

inline constexpr std::int64_t k_pay_accounts_max = 20;  // of one tenant

struct PayAccount {
  PayAccountId id;
  TenantId tenant;
  std::string provider;           // yookassa manual …
  std::string name;               // unique among the tenant's; also the name of its ledger account
  std::string status = "active";  // active paused removed
  std::string status_reason;
  Json config = Json::object();
  bool has_secret = false;
  std::optional<TimeMs> notified_at;  // when the provider last called us
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
  bool test() const { return config.boolean("test").value_or(false); }
};

struct NewPayAccount {
  std::string provider;
  std::string name;  // "" is the provider's
  Json config = Json::object();
  std::string secret;
};
// Errors: pay_provider_unknown, account_name_invalid, secret_needed (refused), account_exists
// (conflict), too_many_accounts, key_missing, and the provider's own about its settings.
Result<PayAccount> add_pay_account(App& app, store::Tx& tx, const TenantId& tenant,
                                   const NewPayAccount& input);
// By name, id or provider. Error pay_account_not_found names the known ones.
Result<PayAccount> find_pay_account(store::Tx& tx, const TenantId& tenant, std::string_view which);
Result<PayAccount> load_pay_account(store::Tx& tx, const PayAccountId& id);
Result<std::vector<PayAccount>> list_pay_accounts(store::Tx& tx, const TenantId& tenant);
// The one that takes payments: the setting `payment.account` ("off": none; "": the oldest active
// one, else a paused one, which somebody has to mend; a test account only where there is no other).
// Nothing when there is none.
Result<std::optional<PayAccount>> paying_account(const App& app, store::Tx& tx,
                                                 const TenantId& tenant);
Result<PayAccount> set_pay_status(World& world, store::Tx& tx, const PayAccountId& id,
                                  std::string_view status, std::string_view reason);
Result<PayAccess> open_pay_account(const App& app, store::Tx& tx, const PayAccount& account);
// Asks the provider whether the account works. Never inside a transaction. A test account that
// says it is live, or the other way round, is misconfigured.
PayAnswer probe_pay_account(App& app, const PayAccount& account);
// One request with the account's certificates and proxy. Never inside a transaction.
channels::HttpReply call_provider(App& app, const PayAccess& access, channels::HttpRequest request);
// Where the provider calls us: BASE/hooks/PROVIDER/ID.
std::string pay_hook_url(const App& app, const PayAccount& account);

Json to_json(const PayAccount& account);  // no secret

}  // namespace flead::money
