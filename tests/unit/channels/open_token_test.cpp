#include "core/channels/open_token.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/fakes.h"

namespace flead::channels {
namespace open_token_test {
namespace {

SealKey key_of(std::uint64_t seed) {
  test::SeededRandom random(seed);
  return SealKey::make(random);
}

const MessageId k_message("msg_01k9x0000000000000000000ab");

}  // namespace

TEST_CASE("channels: an open token names its message under its key", "[channels][email]") {
  const SealKey key = key_of(1);
  const std::string token = make_open_token(key, k_message);
  CHECK(token.size() == 48);
  CHECK(
      token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
      std::string::npos);
  CHECK(read_open_token(key, token) == k_message);
  CHECK(make_open_token(key, k_message) == token);  // the same in every attempt
  CHECK(make_open_token(key, MessageId("msg_01k9x0000000000000000000ac")).substr(26) !=
        token.substr(26));
}

TEST_CASE("channels: a token that is not ours names nothing", "[channels][email]") {
  const SealKey key = key_of(1);
  const std::string token = make_open_token(key, k_message);
  std::string other_message = token;
  other_message[25] = 'c';
  std::string other_mac = token;
  other_mac[47] = other_mac[47] == 'A' ? 'Q' : 'A';
  const std::vector<std::string> bad = {
      "",
      "x",
      token.substr(1),
      token.substr(0, 47),
      token + "A",
      token.substr(0, 26),
      std::string(48, 'a'),
      std::string(48, '\0'),
      other_message,
      other_mac,
      token.substr(0, 26) + make_open_token(key_of(2), k_message).substr(26),
      std::string(100000, 'a'),
  };
  for (const std::string& text : bad) {
    CAPTURE(text.size());
    CHECK_FALSE(read_open_token(key, text));
  }
  CHECK_FALSE(read_open_token(key_of(2), token));
}

TEST_CASE("channels: without a key, or without an id, there is no token", "[channels][email]") {
  const SealKey none;
  CHECK(make_open_token(none, k_message).empty());
  CHECK_FALSE(read_open_token(none, make_open_token(key_of(1), k_message)));
  CHECK(make_open_token(key_of(1), MessageId("msg_short")).empty());
  CHECK(make_open_token(key_of(1), MessageId()).empty());
}

}  // namespace open_token_test
}  // namespace flead::channels
