// Rows of idempotency_keys. Only idempotency.cpp includes this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/intake/idempotency.h"
#include "core/store/store.h"

namespace flead::intake::idempotency_store {

struct Stored {
  std::string body_hash;
  int status = 0;
  std::string reply;
};

// True when the key is ours now: it was free, or its last use is before `stale_before`.
Result<bool> claim(store::Tx& tx, const IdempotencyKey& key, TimeMs now, TimeMs stale_before);
// Nothing for a key that is not there or was last used before `stale_before`.
Result<std::optional<Stored>> load(store::Tx& tx, const IdempotencyKey& key, TimeMs stale_before);
Status finish(store::Tx& tx, const IdempotencyKey& key, const StoredReply& reply);
Result<std::int64_t> purge(store::Tx& tx, TimeMs before, std::int64_t limit);

}  // namespace flead::intake::idempotency_store
