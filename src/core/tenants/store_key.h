// Which key a store's secrets are sealed with: a known text, sealed when the store is made, tells
// whether the key at hand is the right one before anything is opened with it. Called by `init` and
// `doctor`. Holds no key.
#pragma once

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::tenants {

Status save_key_check(World& world, store::Tx& tx, const SealKey& key);
// Errors: key_missing (there is none at hand), wrong_key (unauthorized). Fine for a store that
// never had a check written.
Status check_key(store::Tx& tx, const SealKey& key);

}  // namespace flead::tenants
