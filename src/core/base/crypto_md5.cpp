// MD5 for providers whose protocol demands it (RFC 1321). It protects nothing by itself.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "core/base/crypto.h"

namespace flead {
namespace {

using Md5State = std::array<std::uint32_t, 4>;

// Step i adds floor(2^32 * abs(sin(i + 1))), section 3.4.
const std::array<std::uint32_t, 64>& md5_sines() {
  static const auto k_sines = [] {
    std::array<std::uint32_t, 64> sines{};
    for (std::size_t i = 0; i < sines.size(); ++i) {
      sines[i] =
          static_cast<std::uint32_t>(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0);
    }
    return sines;
  }();
  return k_sines;
}

void md5_block(Md5State& state, const char* block) {
  constexpr int k_turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<std::uint32_t, 16> words{};
  for (std::size_t i = 0; i < 64; ++i) {
    words[i / 4] |= std::uint32_t{static_cast<unsigned char>(block[i])} << i % 4 * 8;
  }
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t round = i / 16;
    const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                : round == 1 ? (b & d) | (c & ~d)
                                : round == 2 ? b ^ c ^ d
                                             : c ^ (b | ~d);
    const std::size_t word = round == 0   ? i
                             : round == 1 ? 5 * i + 1
                             : round == 2 ? 3 * i + 5
                                          : 7 * i;
    const std::uint32_t sum = a + mixed + words[word % 16] + md5_sines()[i];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, k_turns[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::string md5_hex(std::string_view data) {
  Md5State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  std::string tail(data.substr(data.size() / 64 * 64));
  for (std::size_t at = 0; at + 64 <= data.size(); at += 64) md5_block(state, data.data() + at);
  tail += '\x80';
  tail.append((120 - tail.size() % 64) % 64, '\0');
  for (int i = 0; i < 64; i += 8) tail += static_cast<char>(std::uint64_t{data.size()} * 8 >> i);
  for (std::size_t at = 0; at < tail.size(); at += 64) md5_block(state, tail.data() + at);
  std::string hash;
  for (const std::uint32_t word : state) {
    for (int i = 0; i < 32; i += 8) hash += static_cast<char>(word >> i);
  }
  return hex_encode(hash);
}

}  // namespace flead
