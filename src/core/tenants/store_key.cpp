#include "core/tenants/store_key.h"

#include "core/tenants/tenants_store.h"

namespace flead::tenants {
namespace {

constexpr std::string_view k_key_check = "store.key_check";
constexpr std::string_view k_known_text = "flead";

}  // namespace

Status save_key_check(World& world, store::Tx& tx, const SealKey& key) {
  const std::string sealed = key.seal(world.random, k_known_text, k_key_check);
  return save_setting(tx, "", k_key_check, base64_encode(sealed), world.clock.now());
}

Status check_key(store::Tx& tx, const SealKey& key) {
  if (!key.present()) {
    return unauthorized("key_missing", "The key that seals stored secrets is not here.",
                        "Put the store's .key file back, or name it with FLEAD_KEY_FILE.");
  }
  FLEAD_TRY(const auto saved, load_setting(tx, "", k_key_check));
  if (!saved) return {};
  const auto sealed = base64_decode(*saved);
  const auto opened = key.open(sealed.value_or(""), k_key_check);
  if (opened && *opened == k_known_text) return {};
  return unauthorized("wrong_key", "The key at hand is not the one this store was made with.",
                      "Put the store's own .key file back.");
}

}  // namespace flead::tenants
