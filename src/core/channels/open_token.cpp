#include "core/channels/open_token.h"

#include <cstddef>

namespace flead::channels {
namespace {

constexpr std::size_t k_open_id_characters = 26;
constexpr std::size_t k_open_mac_bytes = 16;
constexpr std::size_t k_open_mac_characters = 22;

std::string open_mac(const SealKey& key, std::string_view letters) {
  const std::string mac = hmac_sha256(key.derive("open pixel"), letters);
  return base64url_encode(std::string_view(mac).substr(0, k_open_mac_bytes));
}

}  // namespace

std::string make_open_token(const SealKey& key, const MessageId& message) {
  if (!key.present() || !is_id(message.text(), MessageIdTag::k_prefix)) return {};
  const std::string letters(id_suffix(message.text()));
  return letters + open_mac(key, letters);
}

std::optional<MessageId> read_open_token(const SealKey& key, std::string_view token) {
  if (!key.present() || token.size() != k_open_id_characters + k_open_mac_characters) {
    return std::nullopt;
  }
  const std::string_view letters = token.substr(0, k_open_id_characters);
  if (!equal_constant_time(token.substr(k_open_id_characters), open_mac(key, letters))) {
    return std::nullopt;
  }
  return MessageId(id_from_suffix(MessageIdTag::k_prefix, letters));
}

}  // namespace flead::channels
