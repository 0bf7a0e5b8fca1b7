// The SQL of saved means of payment. Called by saved_methods.cpp and payment_jobs.cpp alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/money/saved_method.h"

namespace flead::money::saved_methods_store {

Status insert(store::Tx& tx, const SavedMethod& method);
Result<std::optional<SavedMethod>> by_id(store::Tx& tx, const SavedMethodId& id);
Result<std::vector<SavedMethod>> list(store::Tx& tx, const TenantId& tenant,
                                      const SavedMethodFilter& filter);
// The same card, agreed to once more: the provider's later id of it.
Status renew(store::Tx& tx, const SavedMethod& method);
Status set_used(store::Tx& tx, const SavedMethodId& id, TimeMs now);
// False: it was over.
Result<bool> end(store::Tx& tx, const SavedMethodId& id, std::string_view status,
                 std::string_view reason, TimeMs now);

}  // namespace flead::money::saved_methods_store
