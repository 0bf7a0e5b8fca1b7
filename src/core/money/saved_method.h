// Means of payment that a payer has agreed to be charged by again, without being there: cards and
// accounts that a provider keeps, of which we have its id, a title and the words that were agreed
// to. A method is kept when the payment that it came with has succeeded and the provider says that
// it is saved; it is forgotten by the payer or by us, and revoked when the provider says that the
// consent was withdrawn. Operations in saved_methods.cpp, SQL in saved_methods_store.cpp. Callers:
// payments, `flead payment method`, the page /me, whoever charges by a schedule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/money/pay_account.h"

namespace flead::money {

inline constexpr std::int64_t k_saved_methods_max = 20;  // of one payer

struct SavedMethod {
  SavedMethodId id;
  TenantId tenant;
  PayAccountId account;  // only it can charge it
  std::string account_name, provider;
  std::optional<LeadId> lead;
  std::string payer;              // as Payment::payer
  std::string kind, title;        // "bank_card", "Mir *4477"
  std::string provider_method;    // the provider's id: what is charged
  bool test = false;              // the account's mode
  std::string status = "active";  // active forgotten revoked
  std::string reason;             // why it is not active
  std::string consent;            // the words that the payer agreed to
  PaymentId payment;              // that it came with
  TimeMs consent_at = 0;
  std::optional<TimeMs> used_at, ended_at;
  TimeMs created_at = 0;
};

struct SavedMethodFilter {
  std::string payer, lead;             // "" is any
  bool all = false;                    // those that are over as well
  std::optional<TimeMs> since, until;  // of the keeping
  std::string before_id;
  std::int64_t limit = k_saved_methods_max;
};
// Newest first.
Result<std::vector<SavedMethod>> list_saved_methods(store::Tx& tx, const TenantId& tenant,
                                                    const SavedMethodFilter& filter);
// What a payer may be charged by now, newest first.
Result<std::vector<SavedMethod>> list_saved_methods(store::Tx& tx, const TenantId& tenant,
                                                    std::string_view payer);
// Error saved_method_not_found.
Result<SavedMethod> load_saved_method(store::Tx& tx, const TenantId& tenant,
                                      const SavedMethodId& id);
// Never charged again; the provider's id of it is forgotten. Error saved_method_over (conflict).
Result<SavedMethod> forget_saved_method(App& app, store::Tx& tx, const SavedMethod& method,
                                        std::string_view actor);

Json to_json(const SavedMethod& method);  // without the provider's id

}  // namespace flead::money
