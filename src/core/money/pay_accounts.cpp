// Who takes payments for a tenant: accounts at providers, which of them is used, and their secrets.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/money/mock_provider.h"
#include "core/money/pay_account.h"
#include "core/money/pay_accounts_store.h"

namespace flead::money {
namespace {

constexpr std::size_t k_name_bytes_max = 40;

Error key_missing() {
  return unauthorized("key_missing", "The key that seals secrets is not here",
                      "Set FLEAD_KEY_FILE or FLEAD_KEY");
}

bool is_account_name(std::string_view name) {
  return !name.empty() && name.size() <= k_name_bytes_max &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

std::string provider_names() {
  std::string out;
  for (const PayProvider& one : pay_providers()) {
    out += (out.empty() ? "" : ", ") + std::string(one.name);
  }
  return out;
}

}  // namespace

Result<PayAccount> add_pay_account(App& app, store::Tx& tx, const TenantId& tenant,
                                   const NewPayAccount& input) {
  const PayProvider* provider = find_pay_provider(input.provider);
  if (provider == nullptr) {
    return refused_field("provider", "pay_provider_unknown",
                         "The payment providers are " + provider_names());
  }
  PayAccount account;
  account.id = new_id<PayAccountIdTag>(app.world);
  account.tenant = tenant;
  account.provider = input.provider;
  account.name = input.name.empty() ? input.provider : input.name;
  account.created_at = app.world.clock.now();
  account.updated_at = account.created_at;
  if (!is_account_name(account.name)) {
    return refused_field("name", "account_name_invalid",
                         fmt::format("A name is a-z, 0-9, - and _, up to {}", k_name_bytes_max));
  }
  FLEAD_TRY(account.config, provider->check_config(input.config));
  std::string sealed;
  if (!provider->secret_name.empty()) {
    if (input.secret.empty()) {
      return refused_field("secret", "secret_needed",
                           fmt::format("--secret-file has the {}", provider->secret_name));
    }
    if (!app.key.present()) return key_missing();
    sealed = app.key.seal(app.world.random, input.secret, account.id.text());
    account.has_secret = true;
  }
  FLEAD_TRY(const auto known, list_pay_accounts(tx, tenant));
  if (static_cast<std::int64_t>(known.size()) >= k_pay_accounts_max) {
    return refused("too_many_accounts",
                   fmt::format("A tenant has at most {} payment accounts", k_pay_accounts_max));
  }
  FLEAD_TRY(const bool added, pay_accounts_store::insert(tx, account, sealed));
  if (!added) {
    return conflict("account_exists", "There is a payment account of this name",
                    "Give another one with --name");
  }
  return account;
}

Result<PayAccount> find_pay_account(store::Tx& tx, const TenantId& tenant, std::string_view which) {
  FLEAD_TRY(const auto all, list_pay_accounts(tx, tenant));
  for (const PayAccount& one : all) {
    if (one.name == which || one.id.text() == which) return one;
  }
  for (const PayAccount& one : all) {
    if (one.provider == which) return one;
  }
  std::string names;
  for (const PayAccount& one : all) names += (names.empty() ? "" : ", ") + one.name;
  return not_found("pay_account_not_found", "There is no such payment account",
                   names.empty() ? "flead payment connect makes one" : "There are: " + names);
}

Result<PayAccount> load_pay_account(store::Tx& tx, const PayAccountId& id) {
  FLEAD_TRY(auto found, pay_accounts_store::by_id(tx, id));
  if (!found) return not_found("pay_account_not_found", "There is no such payment account");
  return std::move(*found);
}

Result<std::vector<PayAccount>> list_pay_accounts(store::Tx& tx, const TenantId& tenant) {
  return pay_accounts_store::of_tenant(tx, tenant);
}

Result<std::optional<PayAccount>> paying_account(const App& app, store::Tx& tx,
                                                 const TenantId& tenant) {
  FLEAD_TRY(const std::string wanted, tenants::setting(app, tx, tenant, "payment.account"));
  if (wanted == "off") return std::optional<PayAccount>();
  FLEAD_TRY(const auto all, list_pay_accounts(tx, tenant));
  // A paused one is to be mended, and what has a price is not free meanwhile; a test account takes
  // over from nobody.
  for (const bool test : {false, true}) {
    for (const std::string_view status : {"active", "paused"}) {
      for (const PayAccount& one : all) {
        const PayProvider* provider = find_pay_provider(one.provider);
        const bool fits = one.test() == test && one.status == status &&
                          (wanted.empty() || one.name == wanted) && provider != nullptr &&
                          provider->can.payments && provider->can.has_page;
        if (fits) return std::optional<PayAccount>(one);
      }
    }
  }
  return std::optional<PayAccount>();
}

Result<PayAccount> set_pay_status(World& world, store::Tx& tx, const PayAccountId& id,
                                  std::string_view status, std::string_view reason) {
  FLEAD_CHECK(pay_accounts_store::set_status(tx, id, status, reason, world.clock.now()));
  return load_pay_account(tx, id);
}

Result<PayAccess> open_pay_account(const App& app, store::Tx& tx, const PayAccount& account) {
  PayAccess access;
  access.id = account.id;
  access.config = account.config;
  access.test = account.test();
  if (!account.has_secret) return access;
  if (!app.key.present()) return key_missing();
  FLEAD_TRY(const std::string sealed, pay_accounts_store::sealed_of(tx, account.id));
  FLEAD_TRY(access.secret, app.key.open(sealed, account.id.text()));
  return access;
}

channels::HttpReply call_provider(App& app, const PayAccess& access,
                                  channels::HttpRequest request) {
  if (request.url.starts_with(mock::k_scheme)) return mock::answer(app, access, request);
  request.ca_file = access.config.text("ca_file").value_or("");
  request.proxy = access.config.text("proxy").value_or("");
  return app.transport.http(request);
}

PayAnswer probe_pay_account(App& app, const PayAccount& account) {
  PayAnswer answer;
  const PayProvider* provider = find_pay_provider(account.provider);
  if (provider == nullptr || provider->build_account == nullptr) {
    answer.result = CallResult::done;
    answer.says = "nothing to ask";
    return answer;
  }
  auto access = app.store.read([&](store::Tx& tx) { return open_pay_account(app, tx, account); });
  if (!access) {
    answer.result = CallResult::misconfigured;
    answer.says = access.error().message;
    return answer;
  }
  answer = provider->parse_account(call_provider(app, *access, provider->build_account(*access)));
  if (answer.result == CallResult::done && answer.object.test != access->test) {
    answer.result = CallResult::misconfigured;
    answer.says = answer.object.test ? "this is a test account: connect it with --test"
                                     : "this is a live account: connect it without --test";
  }
  return answer;
}

std::string pay_hook_url(const App& app, const PayAccount& account) {
  return app.config.base_url + "/hooks/" + account.provider + "/" + account.id.text();
}

Json to_json(const PayAccount& account) {
  return Json::object(
      {{"id", account.id.text()},
       {"name", account.name},
       {"provider", account.provider},
       {"status", account.status},
       {"status_reason", account.status_reason},
       {"test", account.test()},
       {"config", account.config},
       {"has_secret", account.has_secret},
       {"notified_at", account.notified_at ? Json(format_time(*account.notified_at)) : Json()},
       {"created_at", format_time(account.created_at)}});
}

}  // namespace flead::money
