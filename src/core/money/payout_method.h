// How an expert is paid: by hand to a bank account, or by a provider to a phone number, a wallet or
// a card's token. Details are sealed with the store's key and shown masked; a card's number is
// never taken. Operations in payout_methods.cpp, SQL in payouts_store.cpp. Callers: payouts.cpp,
// `flead payout method`, an expert's own pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/money/pay_account.h"
#include "core/money/payout_rules.h"

namespace flead::money {

FLEAD_ID(PayoutMethodId, "pom");

inline constexpr std::int64_t k_payout_methods_max = 20'000;  // as many as a tenant has hosts
inline constexpr std::size_t k_payout_text_characters_max = 200;

struct PayoutMethod {
  PayoutMethodId id;
  TenantId tenant;
  HostId host;
  std::string host_slug;
  std::string kind;      // one of k_payout_kinds
  bool company = false;  // not a natural person: by hand alone
  std::string shown;     // masked, for people
  std::string status = "active";
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// What is sealed. Which of it is needed depends on the kind.
struct PayoutDetails {
  std::string payee;               // manual: whose account, as the bank writes it
  std::string account, bank, inn;  // manual: its number, the bank with its BIC, taxpayer's number
  std::string phone, bank_id;      // yookassa_sbp: E.164, the bank's id of `payout method banks`
  std::string wallet;              // yookassa_wallet: 11 to 33 digits
  std::string token;               // yookassa_card_token: of the provider's form
};

struct NewPayoutMethod {
  HostId host;
  std::string host_slug;
  std::string kind;
  bool company = false;
  PayoutDetails details;
};
// What would be kept, trimmed, and how it is shown. Pure; errors as set_payout_method.
struct CheckedMethod {
  PayoutDetails details;
  std::string shown;
};
Result<CheckedMethod> check_payout_method(std::string_view phone_region,
                                          const NewPayoutMethod& input);
// `id` is of what they belong to. Error key_missing.
Result<std::string> seal_payout_details(App& app, const PayoutDetails& details,
                                        std::string_view id);
Result<PayoutDetails> read_payout_details(const App& app, std::string_view sealed,
                                          std::string_view id);
// Takes the place of the one before. Errors (refused): payout_kind_unknown, card_number_refused,
// natural_person_only, payout_detail_needed, payout_detail_invalid, phone_invalid; key_missing.
Result<PayoutMethod> set_payout_method(App& app, store::Tx& tx, const TenantId& tenant,
                                       std::string_view phone_region, const NewPayoutMethod& input);
Result<std::optional<PayoutMethod>> payout_method_of(store::Tx& tx, const HostId& host);
Result<PayoutMethod> load_payout_method(store::Tx& tx, const PayoutMethodId& id);
Result<std::vector<PayoutMethod>> list_payout_methods(store::Tx& tx, const TenantId& tenant);
// Error payout_method_not_found.
Result<PayoutMethod> remove_payout_method(App& app, store::Tx& tx, const HostId& host);
Result<PayoutDetails> open_payout_details(const App& app, store::Tx& tx,
                                          const PayoutMethod& method);

// The account that kinds of a provider are paid out from: the oldest active one that can, else a
// paused one. Nothing when there is none.
Result<std::optional<PayAccount>> payout_account(store::Tx& tx, const TenantId& tenant);

Json to_json(const PayoutMethod& method);

}  // namespace flead::money
