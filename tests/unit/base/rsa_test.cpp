// Keys and signatures here were made with openssl on the command line: `openssl dgst -sha256
// -sign`.
#include "core/base/rsa.h"

#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "support/catch.h"

namespace flead::rsa_test {
namespace {

constexpr std::string_view k_data = "The quick brown fox";
constexpr std::string_view k_key_2048 =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2Te19NNqsLgrf3OSbFsQ5QX12XXCr4Ay0aUOXukU"
    "RNms0AUwbE6PUz6ldF9AQpAcGMHV2dw1aJcezaIy2YI8Gqjk8arl6VYNOsE8L5wVHifw7VzaeGFNdbkwwFLh"
    "wcCxFCrcVlQjtoHV5anfzCh1g8Xc3vjtXUxwpicjmA5XxosfVaDHjguHYh1DZ1qm3e2Y0z17fc1DjLoZNJQV"
    "M1x4tu0CRaWVxs8nEzr3nmcQuDgZMT816bIPM/nN+/ZD/puCnkLrgAeP2mA53pBmISsRJA/uTPlXX1P4+am3"
    "13yjG692E/iI9+Gv7SFhB48AUQnRZ2kiPKWBg6wT/XpuMAThbQIDAQAB";
constexpr std::string_view k_key_1024 =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRAxgbMYGlQlofIHvReTbDyUUrATd1dQDEj82rCc3SOmuG"
    "rETQQOvEpbif737JY59X9zm2/2G1HzpempKIyygTfSCcq6LjTwwRLVGMpaMVKtK8ouwtL+KkOShK6VtrlbBC"
    "JM8yYYAV6oBtz9DV9vpdKEtt8c5PeVWeHXDNU1oOaQIDAQAB";
constexpr std::string_view k_key_512 =
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAOAzktwy3rkZnPWUIcnKf39ZKCLrGixNH8ZkKMWlDiUBMwcvDOyD"
    "zePq3jdMjnxQ/JF+85yYT9Ucw3+frp7M7gECAwEAAQ==";
constexpr std::string_view k_key_curve =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq+q/0dzRTWLL++9ZegRkEtS5dPgBtglN166F8KV+JwEeT8Gi"
    "h1c8Rh6aCtQDpyby1hrqXyEGDads3bCZWQINPA==";
constexpr std::string_view k_signed_2048 =
    "MTNKBfw1goNudrA0CDWDnDSLIp79K+DofTJ6vDM2cD0swcJAadAYAo0Wl7g7u88udM8J9TVkgRcqyja+5KHr"
    "++dDEQ9bAzi14+jPDSF+JFJh0aOWWKMqD69TEHy6Mf7XKvG1usLoeeJblHt5iLzrlVjAeuhLVSb2+QHvY3bE"
    "7vjCFKQYGQfJzEbH8zFbtsSOcDCn+rOdQu9nJR3H82FLrtuQZXHgTz9WJIqHd3dCHZRqUE0WnGY9QJngvx9s"
    "f9KMrcBC+b848hmsJ3IylgCr3DSXCPlO6CULHJyAhtOBF+O7hI7T8oOPLbduTjQQx7QGulfobaYoOk7HDSUP"
    "amSq9Q==";
constexpr std::string_view k_signed_1024 =
    "RCfaHjCmwXi6VoKR9kuAnvyFcKibYstkslwvGNqV52X5+h1iyQmmBq9stO+QmQSk0B2hsOkuycXXcYyrRU4k"
    "dD8L8HO/hN31XfFEfXefIuiGt7hzHCzGNn7sV+3/8GggZY7jzAbaWzLxLAVeNMvB+8Vl4jCk4HM+snUBYPC2"
    "hNU=";
constexpr std::string_view k_signed_pss =
    "v2omHFXfFtiRXfu+xrF5v66S2/q4dL/IFV/AjnHCH4xNqv9Hx9rdlV4rYkCYjgCGTK0w88M0cU8pDsxYdlRs"
    "lNfY718Xdls7kuj1hLzuh8eJfABL7lAdLKWbTInuKz2vVjIS+NoOSQ7R8o40FOn7fdlhjp5iwSOkN74ef42p"
    "BrAc84uY8EinW1dIOIrvoQwHj3drgPD6TuJpdCQ3v3FFh8deGeW3LaHIiAgFJb41k0DUV3PPq6j21Nf6S5FF"
    "KRy5oPbNQ1IMBjAp2Jg1v5Q1HSyBqCwW7VO7Jv079bJI88kq2R/3oGKlt5wnQSqRqWEzj1UvdE1jRmeVlkeZ"
    "cmOc+Q==";
constexpr std::string_view k_signed_sha1 =
    "V0VHywiZacoS0GWMKYseeS7MhIH2Ddh6JzzOMJKQlNbLvxw3msKaEtkAN8lOZw0RN0Kp4IXW5dEBxd68nLB/"
    "INk8JlQi7jbs5s4qfNOVG7qMqIImL43jZXEs8LASv4GWuMPAtcV5sSe5i1Q+mH8Bf2UPo5YvD1YS/e8jBYTp"
    "EiUBj+XsZqHP2FuzK5IyuBp27zQxC4vV0d0eeabC9H5QMcqx38HeDqhjslPkiY/deWuYxIx/Ks5FdlGtc6e+"
    "nBF6ZudMjNOKTeqeAfO2BCBkUt1vh9lm2rgtkn+uAG8Y8w4I6tEob3KxJ/NgXOfZIuTEKcvCXr593acaSaYX"
    "X7B1gg==";

std::string raw(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  REQUIRE(bytes);
  return *bytes;
}

}  // namespace

TEST_CASE("rsa: a signature holds for its key and its bytes alone", "[base]") {
  const std::string good = raw(k_signed_2048);
  CHECK(verify_rsa_sha256(k_key_2048, k_data, good));
  CHECK(verify_rsa_sha256(k_key_1024, k_data, raw(k_signed_1024)));
  CHECK_FALSE(verify_rsa_sha256(k_key_1024, k_data, good));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, "The quick brown fo", good));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, "The quick brown foy", good));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, "", good));
  for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CAPTURE(at);
    CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, changed));
  }
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, ""));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, good.substr(1)));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, good + good));
  // The right key, and another way of signing.
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, raw(k_signed_pss)));
  CHECK_FALSE(verify_rsa_sha256(k_key_2048, k_data, raw(k_signed_sha1)));
}

TEST_CASE("rsa: a key is read as PEM or as its base64, and written as PEM", "[base]") {
  const auto pem = rsa_public_key_pem(k_key_2048);
  REQUIRE(pem);
  CHECK(pem->starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjAN"));
  CHECK(pem->ends_with("-----END PUBLIC KEY-----\n"));
  CHECK(rsa_public_key_pem(*pem) == pem);
  CHECK(rsa_public_key_pem("  \r\n" + *pem + "\r\n") == pem);
  std::string broken(k_key_2048);
  broken.insert(70, "\r\n  ");
  CHECK(rsa_public_key_pem(broken) == pem);
  CHECK(verify_rsa_sha256(*pem, k_data, raw(k_signed_2048)));
  CHECK(rsa_public_key_pem(k_key_1024));
}

TEST_CASE("rsa: what is no RSA key of a sensible size is none", "[base]") {
  const std::string key(k_key_2048);
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----"),
        std::string("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"),
        "-----BEGIN PUBLIC KEY-----" + key, "-----BEGIN RSA PUBLIC KEY-----" + key, key.substr(4),
        key.substr(0, key.size() - 4), key + "AAAA", key + "!", std::string(k_key_512),
        std::string(k_key_curve), std::string("AAAA"), std::string(5000, 'A'),
        std::string("\xff\xfe\x00", 3)}) {
    CAPTURE(bad);
    CHECK_FALSE(rsa_public_key_pem(bad));
    CHECK_FALSE(verify_rsa_sha256(bad, k_data, raw(k_signed_2048)));
  }
}

}  // namespace flead::rsa_test
