// The SQL of payment accounts and of what their providers tell. Called by pay_accounts.cpp and
// pay_notices.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money/pay_account.h"

namespace flead::money::pay_accounts_store {

// False: the name is taken.
Result<bool> insert(store::Tx& tx, const PayAccount& account, std::string_view sealed);
Result<std::optional<PayAccount>> by_id(store::Tx& tx, const PayAccountId& id);
Result<std::vector<PayAccount>> of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::string> sealed_of(store::Tx& tx, const PayAccountId& id);
Status set_status(store::Tx& tx, const PayAccountId& id, std::string_view status,
                  std::string_view reason, TimeMs now);
Status set_notified(store::Tx& tx, const PayAccountId& id, TimeMs now);

struct Notice {
  std::string id;
  TenantId tenant;
  PayAccountId account;
  std::string delivery_id, object_id, body, outcome;
  TimeMs received_at = 0;
};
// False: it was there.
Result<bool> insert_notice(store::Tx& tx, const Notice& notice);
Status set_outcome(store::Tx& tx, const PayAccountId& account, std::string_view delivery_id,
                   std::string_view outcome);

}  // namespace flead::money::pay_accounts_store
