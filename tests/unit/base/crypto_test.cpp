#include "core/base/crypto.h"

#include <set>
#include <string>

#include "support/catch.h"

namespace flead {
namespace {

std::string unhex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

}  // namespace

TEST_CASE("crypto: hashes match their standards' examples", "[base]") {
  // FIPS 180-4 examples.
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231 test case 2, and case 6 with a key longer than a block.
  CHECK(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex_encode(hmac_sha256(std::string(131, '\xAA'),
                               "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("crypto: MD5 matches RFC 1321's examples", "[base]") {
  struct Case {
    std::string text;
    std::string hash;
  };
  const auto [text, hash] = GENERATE(values<Case>({
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
       "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
      // Not in the RFC: the sizes around a block's end.
      {std::string(55, 'x'), "04364420e25c512fd958a70738aa8f72"},
      {std::string(56, 'x'), "668a72d5ba17f08e62dabcafad6db14b"},
      {std::string(64, 'x'), "c1bb4f81d892b2d57947682aeb252456"},
  }));
  CAPTURE(text);
  CHECK(md5_hex(text) == hash);
}

TEST_CASE("crypto: a sealed secret opens only with its key and its context", "[base]") {
  const SealKey key = SealKey::make(system_random());
  const std::string sealed = key.seal(system_random(), "smtp password", "chn_1");
  CHECK(*key.open(sealed, "chn_1") == "smtp password");
  CHECK(sealed.find("password") == std::string::npos);
  CHECK(key.seal(system_random(), "smtp password", "chn_1") != sealed);
  CHECK(*SealKey::from_base64(key.base64())->open(sealed, "chn_1") == "smtp password");
  CHECK(key.open(key.seal(system_random(), "", ""), "")->empty());

  CHECK(key.open(sealed, "chn_2").error().code == "wrong_key");
  CHECK(SealKey::make(system_random()).open(sealed, "chn_1").error().code == "wrong_key");
  CHECK(SealKey().open(sealed, "chn_1").error().code == "wrong_key");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    CHECK_FALSE(key.open(sealed.substr(0, size), "chn_1").ok());
  }
  for (std::size_t place = 0; place < sealed.size(); ++place) {
    std::string changed = sealed;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    CHECK_FALSE(key.open(changed, "chn_1").ok());
  }
}

TEST_CASE("crypto: sealing is the published XChaCha20-Poly1305", "[base]") {
  // draft-irtf-cfrg-xchacha-03 appendix A.3.1.
  const std::string key_bytes =
      unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const std::string sealed = unhex(
      "404142434445464748494a4b4c4d4e4f5051525354555657"
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda"
      "7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b23835"
      "65d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
  const auto key = SealKey::from_base64(base64_encode(key_bytes));
  CHECK(*key->open(sealed, unhex("50515253c0c1c2c3c4c5c6c7")) ==
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.");
}

TEST_CASE("crypto: a key of another size or alphabet is refused", "[base]") {
  CHECK(SealKey::from_base64("").error().code == "bad_key");
  CHECK(SealKey::from_base64(base64_encode(std::string(31, 'k'))).error().code == "bad_key");
  CHECK(SealKey::from_base64(base64_encode(std::string(33, 'k'))).error().code == "bad_key");
  CHECK(SealKey::from_base64(base64_encode(std::string(32, 'k')) + "\n").error().code == "bad_key");
  CHECK(SealKey::from_base64(base64_encode(std::string(32, 'k')))->present());
  CHECK_FALSE(SealKey().present());
}

TEST_CASE("crypto: base64 is strict and survives every byte", "[base]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    CHECK(base64_decode(base64_encode(all)) == all);
    CHECK(base64url_decode(base64url_encode(all)) == all);
  }
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64url_encode("\xFB\xFF") == "-_8");
  CHECK(base64_decode("") == "");
  const std::string bad = GENERATE(values<std::string>(
      {"Zm8", "Zm8=\n", " Zm8=", "Zm 8=", "Zm9=", "Zm8==", "Z",
       "Z===", "-_8=", "Zm8=Zm8=", std::string("Zm8=\0", 5), "Zm\xFF=", "\xD0\x81\xD0\xBB"}));
  CAPTURE(bad);
  CHECK_FALSE(base64_decode(bad));
  CHECK_FALSE(base64url_decode("Zm8="));
  CHECK_FALSE(base64url_decode("Zm9"));
}

TEST_CASE("crypto: comparing and tokens", "[base]") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "abcd"));

  std::set<std::string> tokens;
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    const std::string token = make_token(system_random(), "sk_");
    REQUIRE(token.size() == 35);
    CHECK(token.starts_with("sk_"));
    tokens.insert(token);
    letters.insert(token.begin() + 3, token.end());
  }
  CHECK(tokens.size() == 200);
  CHECK(letters.size() == 36);
}

}  // namespace flead
