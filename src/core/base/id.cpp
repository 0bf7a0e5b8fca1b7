#include "core/base/id.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>

#include "core/base/assert.h"

namespace flead {
namespace {

constexpr std::string_view k_id_alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford
constexpr std::size_t k_id_suffix_size = 26;
constexpr std::size_t k_id_prefix_max = 20;

bool is_id_prefix(std::string_view prefix) {
  return !prefix.empty() && prefix.size() <= k_id_prefix_max &&
         std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// The time and the counter of a process's last id: 48 and 12 bits of a UUIDv7.
struct IdMoment {
  std::uint64_t ms = 0;
  std::uint64_t counter = 0;
};

// Strictly later than the one before, also when the clock stands still or goes back. A clock that
// is set back by more than a day was badly wrong: ids that went on from there would never be old.
// `random` seeds the counter of a new millisecond, low enough to leave room for 3072 more.
IdMoment next_id_moment(std::uint64_t now_ms, std::uint64_t random) {
  constexpr std::uint64_t k_counter_seed_mask = 0x3FF;
  constexpr std::uint64_t k_counter_max = 0xFFF;
  static std::mutex mutex;
  static IdMoment last;
  const std::lock_guard lock(mutex);
  constexpr std::uint64_t k_set_back_ms = 24 * 3600 * 1000;
  if (now_ms > last.ms || now_ms + k_set_back_ms < last.ms) {
    last = {now_ms, random & k_counter_seed_mask};
  } else if (last.counter < k_counter_max) {
    ++last.counter;
  } else {
    last = {last.ms + 1, random & k_counter_seed_mask};
  }
  return last;
}

std::uint64_t read_u64(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::string make_id(World& world, std::string_view prefix) {
  FLEAD_ASSERT(is_id_prefix(prefix));
  std::array<unsigned char, 16> random{};  // one call, for the tail and for the counter
  world.random.fill(random);
  const auto now_ms = static_cast<std::uint64_t>(std::max<TimeMs>(world.clock.now(), 0));
  const IdMoment moment = next_id_moment(now_ms, read_u64(random.data() + 8));

  // RFC 9562 section 5.7: time, version 7, counter; variant 2, random.
  std::uint64_t high = moment.ms << 16 | 0x7000U | moment.counter;
  std::uint64_t low = (read_u64(random.data()) & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;
  std::string id(prefix.size() + 1 + k_id_suffix_size, '_');
  prefix.copy(id.data(), prefix.size());
  for (std::size_t i = id.size(); i-- > prefix.size() + 1;) {
    id[i] = k_id_alphabet[low & 31U];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return id;
}

std::string least_id(std::string_view prefix, TimeMs time) {
  constexpr std::size_t k_time_characters = 10;  // 48 bits of time, and two zero bits before them
  std::string id = std::string(prefix).append(1, '_').append(k_id_suffix_size, '0');
  auto rest = static_cast<std::uint64_t>(std::max<TimeMs>(time, 0));
  for (std::size_t i = prefix.size() + k_time_characters; i > prefix.size(); --i, rest >>= 5U) {
    id[i] = k_id_alphabet[rest & 31U];
  }
  return id;
}

std::string_view id_suffix(std::string_view id) {
  return id.substr(id.size() - std::min(id.size(), k_id_suffix_size));
}

std::string id_from_suffix(std::string_view prefix, std::string_view text) {
  return std::string(prefix).append(1, '_').append(text.substr(0, k_id_suffix_size));
}

bool is_id(std::string_view text, std::string_view prefix) {
  if (text.size() != prefix.size() + 1 + k_id_suffix_size) return false;
  if (text.substr(0, prefix.size()) != prefix || text[prefix.size()] != '_') return false;
  const std::string_view suffix = text.substr(prefix.size() + 1);
  // 26 characters hold 130 bits, an id 128.
  return suffix.front() <= '7' && suffix.find_first_not_of(k_id_alphabet) == std::string_view::npos;
}

}  // namespace flead
