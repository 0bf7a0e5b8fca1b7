// Hashes, seals and tokens, all on libsodium. Keys and secrets are never logged.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/world.h"

namespace flead {

// The 32 bytes that seal stored secrets (contract section 1: FLEAD_KEY, FLEAD_KEY_FILE,
// <db>.key). Wiped when destroyed.
class SealKey {
 public:
  static constexpr std::size_t k_size_bytes = 32;
  SealKey() = default;
  ~SealKey();
  SealKey(const SealKey&) = default;
  SealKey& operator=(const SealKey&) = default;

  // Error `bad_key` (unauthorized) unless `base64` decodes to exactly 32 bytes.
  static Result<SealKey> from_base64(std::string_view base64);
  static SealKey make(Random& random);
  std::string base64() const;
  bool present() const { return present_; }

  // XChaCha20-Poly1305: nonce, then cipher text. `context` (a row's id) must match when opened.
  std::string seal(Random& random, std::string_view secret, std::string_view context) const;
  // Error `wrong_key` (unauthorized) when the key, the context or the bytes are not the right ones.
  Result<std::string> open(std::string_view sealed, std::string_view context) const;
  // 32 raw bytes for signing what `purpose` names; of another purpose nothing can be told from
  // them.
  std::string derive(std::string_view purpose) const;

 private:
  std::array<unsigned char, k_size_bytes> bytes_{};
  bool present_ = false;
};

std::string sha256_hex(std::string_view data);  // lower case, 64 characters
std::string md5_hex(std::string_view data);     // only where a provider's protocol demands it
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 raw bytes
bool equal_constant_time(std::string_view a, std::string_view b);

std::string base64_encode(std::string_view data);     // with padding
std::string base64url_encode(std::string_view data);  // without padding
// Strict: nothing for white space, a wrong alphabet or trailing bytes. Padding as in encode.
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64url_decode(std::string_view text);
std::string hex_encode(std::string_view data);

// `prefix` and 32 characters of a-z0-9 (160 bits): API tokens, manage links.
std::string make_token(Random& random, std::string_view prefix);

}  // namespace flead
