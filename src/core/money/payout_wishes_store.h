// The SQL of wishes of hosts how to be paid. Called by payout_wishes.cpp alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/money/payout_wish.h"

namespace flead::money::payout_wishes_store {

Status insert(store::Tx& tx, const MethodWish& wish, std::string_view sealed,
              std::string_view token_hash);
Result<std::optional<MethodWish>> by_id(store::Tx& tx, const MethodWishId& id);
Result<std::optional<MethodWish>> by_token(store::Tx& tx, std::string_view token_hash);
Result<std::optional<MethodWish>> of_host(store::Tx& tx, const HostId& host);
Result<std::vector<MethodWish>> waiting(store::Tx& tx, const TenantId& tenant);
Result<std::string> sealed_of(store::Tx& tx, const MethodWishId& id);
// State, reason, due and end, where it is still in the state `from`; what has ended keeps no
// details. False: it is not.
Result<bool> update(store::Tx& tx, const MethodWish& wish, std::string_view from);

}  // namespace flead::money::payout_wishes_store
