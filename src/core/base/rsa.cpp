#include "core/base/rsa.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>

#include "core/base/crypto.h"

namespace flead {
namespace {

constexpr std::size_t k_rsa_text_bytes_max = 4 * 1024;  // a key of 8192 bits in PEM is 1.5 KiB
constexpr int k_rsa_bits_min = 1024;
constexpr int k_rsa_bits_max = 8192;  // larger ones only cost time
constexpr std::size_t k_pem_line = 64;
constexpr std::string_view k_pem_begin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view k_pem_end = "-----END PUBLIC KEY-----";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, FreeKey>;

// libcrypto keeps a thread's errors until somebody reads them, and curl on the same thread would.
struct ErrorsCleared {
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

const unsigned char* rsa_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_rsa_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string without_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_rsa_space(c)) out += c;
  }
  return out;
}

// The bytes of the key. libcrypto's own reader of PEM would ask a terminal for a passphrase.
std::optional<std::string> rsa_der(std::string_view text) {
  if (text.size() > k_rsa_text_bytes_max) return std::nullopt;
  while (!text.empty() && is_rsa_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_rsa_space(text.back())) text.remove_suffix(1);
  if (text.starts_with(k_pem_begin)) {
    if (!text.ends_with(k_pem_end)) return std::nullopt;
    text.remove_prefix(k_pem_begin.size());
    if (text.size() < k_pem_end.size()) return std::nullopt;
    text.remove_suffix(k_pem_end.size());
  }
  auto der = base64_decode(without_spaces(text));
  if (!der || der->empty()) return std::nullopt;
  return der;
}

PublicKey rsa_key(std::string_view der) {
  const unsigned char* at = rsa_bytes(der);
  PublicKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!key || at != rsa_bytes(der) + der.size()) return nullptr;  // nothing may follow it
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return nullptr;
  const int bits = EVP_PKEY_bits(key.get());
  if (bits < k_rsa_bits_min || bits > k_rsa_bits_max) return nullptr;
  return key;
}

}  // namespace

std::optional<std::string> rsa_public_key_pem(std::string_view text) {
  const ErrorsCleared cleared;
  const auto der = rsa_der(text);
  if (!der || !rsa_key(*der)) return std::nullopt;
  const std::string base64 = base64_encode(*der);
  std::string pem = std::string(k_pem_begin) + "\n";
  for (std::size_t at = 0; at < base64.size(); at += k_pem_line) {
    pem += base64.substr(at, k_pem_line) + "\n";
  }
  return pem + std::string(k_pem_end) + "\n";
}

bool verify_rsa_sha256(std::string_view public_key_pem, std::string_view data,
                       std::string_view signature) {
  const ErrorsCleared cleared;
  const auto der = rsa_der(public_key_pem);
  if (!der) return false;
  const PublicKey key = rsa_key(*der);
  if (!key) return false;
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), rsa_bytes(signature), signature.size(), rsa_bytes(data),
                          data.size()) == 1;
}

}  // namespace flead
