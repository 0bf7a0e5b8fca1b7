#include "core/intake/idempotency.h"

#include <cstdint>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/idempotency_store.h"

namespace flead::intake {

std::string body_hash(std::string_view caller, std::string_view body) {
  std::string text;
  text.reserve(caller.size() + 1 + body.size());
  text.append(caller).append(1, '\n').append(body);
  return sha256_hex(text);
}

Status check_idempotency_key(std::string_view key) {
  if (key.empty() || !valid_utf8(key) || utf8_length(key) > k_idempotency_key_max ||
      has_control_characters(key)) {
    return usage_error("idempotency_key_invalid",
                       "Idempotency-Key is 1 to 255 characters without control characters.");
  }
  return {};
}

Result<std::optional<StoredReply>> claim_key(World& world, store::Tx& tx,
                                             const IdempotencyKey& key) {
  const TimeMs now = world.clock.now();
  FLEAD_TRY(const bool claimed,
            idempotency_store::claim(tx, key, now, now - k_idempotency_keep_ms));
  if (claimed) return std::optional<StoredReply>();
  return find_reply(world, tx, key);
}

Result<std::optional<StoredReply>> find_reply(World& world, store::Tx& tx,
                                              const IdempotencyKey& key) {
  FLEAD_TRY(auto stored,
            idempotency_store::load(tx, key, world.clock.now() - k_idempotency_keep_ms));
  if (!stored) return std::optional<StoredReply>();
  if (stored->body_hash != key.body_hash) {
    return conflict("idempotency_key_reused",
                    "This Idempotency-Key was used with another request body.",
                    "Send a new key with each new request.");
  }
  return std::optional(StoredReply{stored->status, std::move(stored->reply), true});
}

Status keep_reply(store::Tx& tx, const IdempotencyKey& key, const StoredReply& reply) {
  return idempotency_store::finish(tx, key, reply);
}

Result<StoredReply> with_idempotency(World& world, store::Tx& tx, const IdempotencyKey& key,
                                     const std::function<Result<StoredReply>(store::Tx&)>& work) {
  if (key.key.empty()) return work(tx);
  FLEAD_CHECK(check_idempotency_key(key.key));
  FLEAD_TRY(auto before, claim_key(world, tx, key));
  if (before) return std::move(*before);
  FLEAD_TRY(auto reply, work(tx));
  FLEAD_CHECK(keep_reply(tx, key, reply));
  return reply;
}

Result<std::int64_t> purge_idempotency_keys(World& world, store::Tx& tx, std::int64_t limit) {
  return idempotency_store::purge(tx, world.clock.now() - k_idempotency_keep_ms, limit);
}

}  // namespace flead::intake
