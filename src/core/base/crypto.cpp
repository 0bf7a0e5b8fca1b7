#include "core/base/crypto.h"

#include <sodium.h>
#include <algorithm>

#include "core/base/assert.h"

namespace flead {
namespace {

const unsigned char* crypto_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* crypto_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void crypto_start() {
  static const bool k_started = sodium_init() >= 0;
  FLEAD_ASSERT(k_started);
}

std::string crypto_base64(std::string_view data, int variant) {
  std::string out(sodium_base64_encoded_len(data.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), crypto_bytes(data), data.size(), variant);
  out.pop_back();  // the terminating zero
  return out;
}

std::optional<std::string> crypto_unbase64(std::string_view text, int variant) {
  // libsodium 1.0.18 takes some bytes beyond ASCII for letters of the alphabet.
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; })) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  // With no place for the end of reading, the whole text must be base64, trailing bits included.
  if (sodium_base642bin(crypto_bytes(out), out.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, variant) != 0) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace

SealKey::~SealKey() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

Result<SealKey> SealKey::from_base64(std::string_view base64) {
  auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != k_size_bytes) {
    return unauthorized("bad_key", "The key that seals secrets is not 32 bytes in base64.",
                        "Set FLEAD_KEY or FLEAD_KEY_FILE to the key of this store.");
  }
  SealKey key;
  std::copy(bytes->begin(), bytes->end(), key.bytes_.begin());
  key.present_ = true;
  sodium_memzero(bytes->data(), bytes->size());
  return key;
}

SealKey SealKey::make(Random& random) {
  SealKey key;
  random.fill(key.bytes_);
  key.present_ = true;
  return key;
}

std::string SealKey::base64() const {
  return base64_encode({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

std::string SealKey::derive(std::string_view purpose) const {
  return hmac_sha256(std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size()),
                     purpose);
}

std::string SealKey::seal(Random& random, std::string_view secret, std::string_view context) const {
  FLEAD_ASSERT(present_);
  crypto_start();
  constexpr std::size_t k_nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  constexpr std::size_t k_tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
  std::string out(k_nonce_size + secret.size() + k_tag_size, '\0');
  unsigned char* const nonce = crypto_bytes(out);
  random.fill({nonce, k_nonce_size});
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + k_nonce_size, nullptr, crypto_bytes(secret),
                                             secret.size(), crypto_bytes(context), context.size(),
                                             nullptr, nonce, bytes_.data());
  return out;
}

Result<std::string> SealKey::open(std::string_view sealed, std::string_view context) const {
  crypto_start();
  constexpr std::size_t k_nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  constexpr std::size_t k_tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
  if (present_ && sealed.size() >= k_nonce_size + k_tag_size) {
    const std::string_view cipher = sealed.substr(k_nonce_size);
    std::string secret(cipher.size() - k_tag_size, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            crypto_bytes(secret), nullptr, nullptr, crypto_bytes(cipher), cipher.size(),
            crypto_bytes(context), context.size(), crypto_bytes(sealed), bytes_.data()) == 0) {
      return secret;
    }
  }
  return unauthorized("wrong_key", "A stored secret cannot be opened with this key.",
                      "Set FLEAD_KEY or FLEAD_KEY_FILE to the key of this store.");
}

std::string sha256_hex(std::string_view data) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(crypto_bytes(hash), crypto_bytes(data), data.size());
  return hex_encode(hash);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, crypto_bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, crypto_bytes(data), data.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, crypto_bytes(mac));
  sodium_memzero(&state, sizeof state);
  return mac;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64_encode(std::string_view data) {
  return crypto_base64(data, sodium_base64_VARIANT_ORIGINAL);
}

std::string base64url_encode(std::string_view data) {
  return crypto_base64(data, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::string> base64_decode(std::string_view text) {
  return crypto_unbase64(text, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  return crypto_unbase64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string hex_encode(std::string_view data) {
  constexpr char k_hex[] = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    out += k_hex[byte >> 4];
    out += k_hex[byte & 15];
  }
  return out;
}

std::string make_token(Random& random, std::string_view prefix) {
  constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t k_secret_size = 32;
  constexpr unsigned char k_fair_below = 252;  // 7 * 36: the four bytes above would favour letters
  std::string token(prefix);
  while (token.size() < prefix.size() + k_secret_size) {
    std::array<unsigned char, k_secret_size> bytes{};
    random.fill(bytes);
    for (const unsigned char byte : bytes) {
      if (byte < k_fair_below && token.size() < prefix.size() + k_secret_size) {
        token += k_letters[byte % k_letters.size()];
      }
    }
  }
  return token;
}

}  // namespace flead
