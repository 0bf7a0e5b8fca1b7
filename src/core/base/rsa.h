// RSA signatures, which libsodium does not have: the fence around OpenSSL's libcrypto (rsa.cpp is
// the only file that includes it). Reads public keys and verifies with them; never signs, never
// holds a private key. Pure and total. Callers: connectors whose providers sign with RSA.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flead {

// The PEM of a public key that is given as PEM ("BEGIN PUBLIC KEY") or as the bare base64 of the
// same SubjectPublicKeyInfo, with line breaks anywhere. Nothing for what is no RSA public key of
// 1024 to 8192 bits (Postal makes keys of 1024).
std::optional<std::string> rsa_public_key_pem(std::string_view text);

// Whether `signature` (raw bytes) is PKCS #1 v1.5 with SHA-256 over `data`, as RS256 is. False for
// a key that cannot be read.
bool verify_rsa_sha256(std::string_view public_key_pem, std::string_view data,
                       std::string_view signature);

}  // namespace flead
