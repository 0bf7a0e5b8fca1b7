// Idempotency keys (contract 3.1): the same key and body within 24 hours get the first answer
// again. Callers: handlers that create something (POST leads, POST bookings), inside their write.
// The answer is stored in the same transaction as its result, so a crash leaves both or none.
// Refusals are never stored: an error from `work` rolls everything back, the key included.
//
//   return app.store.write([&](store::Tx& tx) {
//     return intake::with_idempotency(app.world, tx, key, [&](store::Tx& inner) { ... });
//   });
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::intake {

struct IdempotencyKey {
  TenantId tenant;
  std::string scope;      // "lead.create", "booking.create": one key may serve each once
  std::string key;        // the header as it came; "" means the caller sent none
  std::string body_hash;  // body_hash() of the request
};

// What the caller was told, enough to say it again.
struct StoredReply {
  int status = 200;
  std::string body;       // JSON
  bool replayed = false;  // answer with `Idempotency-Replayed: true`
};

// SHA-256 of who asked and what: `caller` keeps a publishable key from replaying a token's answer.
std::string body_hash(std::string_view caller, std::string_view body);

// Error idempotency_key_invalid (usage) unless 1 to 255 characters without control characters. For
// a header that is there: a missing one is no key at all.
Status check_idempotency_key(std::string_view key);

// Runs `work` once per key, or returns the first answer. Without a key it only runs `work`. Error
// idempotency_key_reused (conflict) for the same key with another body.
Result<StoredReply> with_idempotency(World& world, store::Tx& tx, const IdempotencyKey& key,
                                     const std::function<Result<StoredReply>(store::Tx&)>& work);

// The steps of the above, for a caller whose answer is known only after its commit (`--key` of the
// command line). claim_key() inside the write: nothing means that the key is the caller's now, else
// it is the first answer, status 0 while that has not been kept. find_reply() only looks. Errors as
// above.
Result<std::optional<StoredReply>> claim_key(World& world, store::Tx& tx,
                                             const IdempotencyKey& key);
Result<std::optional<StoredReply>> find_reply(World& world, store::Tx& tx,
                                              const IdempotencyKey& key);
Status keep_reply(store::Tx& tx, const IdempotencyKey& key, const StoredReply& reply);

// Deletes up to `limit` keys older than 24 hours; returns how many. For a periodic job.
Result<std::int64_t> purge_idempotency_keys(World& world, store::Tx& tx, std::int64_t limit);

}  // namespace flead::intake
