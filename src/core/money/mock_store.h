// The SQL of what the provider inside this program keeps. Called by mock_provider.cpp alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/money/provider.h"
#include "core/store/store.h"

namespace flead::money::mock_store {

struct Object {
  std::string id;
  PayAccountId account;
  std::string ours;   // our id, and the key: the same is made once
  std::string state;  // as PayState
  Money amount;
  bool hold = false;
  std::string payment;  // of a refund: the id of its payment
  std::string reason;
  bool saves = false;  // the payer lets the means be kept
  TimeMs created_at = 0;
};
Status insert(store::Tx& tx, const Object& object);
Result<std::optional<Object>> by_id(store::Tx& tx, const PayAccountId& account,
                                    std::string_view id);
Result<std::optional<Object>> by_ours(store::Tx& tx, const PayAccountId& account,
                                      std::string_view ours);
Status update(store::Tx& tx, const Object& object);
Result<std::int64_t> refunded_minor(store::Tx& tx, std::string_view payment);

}  // namespace flead::money::mock_store
