#include "core/channels/identity.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "core/base/time.h"

namespace flead::channels {
namespace {

// The letters of the lead's id, the hour of the end in seven digits, and half of a hash: 55
// characters, where the strictest provider takes 64.
constexpr std::size_t k_lead_characters = 26;
constexpr std::size_t k_hour_characters = 7;
constexpr std::size_t k_mac_bytes = 16;
constexpr std::size_t k_mac_characters = 22;

std::string mac_of(const SealKey& key, std::string_view signed_part) {
  const std::string mac = hmac_sha256(key.derive("start link"), signed_part);
  return base64url_encode(std::string_view(mac).substr(0, k_mac_bytes));
}

}  // namespace

std::string make_start_token(const SealKey& key, const LeadId& lead, TimeMs expires_at) {
  std::string hour = std::to_string(expires_at / k_hour_ms);
  if (hour.size() < k_hour_characters) hour.insert(0, k_hour_characters - hour.size(), '0');
  const std::string signed_part = std::string(id_suffix(lead.text())) + hour;
  return signed_part + mac_of(key, signed_part);
}

std::optional<LeadId> read_start_token(const SealKey& key, std::string_view token, TimeMs now) {
  constexpr std::size_t k_signed = k_lead_characters + k_hour_characters;
  if (!key.present() || token.size() != k_signed + k_mac_characters) return std::nullopt;
  const std::string_view signed_part = token.substr(0, k_signed);
  if (!equal_constant_time(token.substr(k_signed), mac_of(key, signed_part))) return std::nullopt;
  std::int64_t hour = 0;
  const std::string_view digits = signed_part.substr(k_lead_characters);
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), hour);
  if (code != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  if (now > hour * k_hour_ms + k_hour_ms) return std::nullopt;
  return LeadId(id_from_suffix(LeadIdTag::k_prefix, signed_part));
}

Json to_json(const Identity& identity) {
  return Json::object(
      {{"channel", identity.channel_kind},
       {"channel_id", identity.channel.text()},
       {"address", identity.address},
       {"name", identity.name},
       {"handle", identity.handle},
       {"state", identity.closed_why.empty() ? "open" : "closed"},
       {"closed_why", identity.closed_why},
       {"last_inbound_at", identity.inbound_at ? Json(format_time(*identity.inbound_at)) : Json()},
       {"created_at", format_time(identity.created_at)}});
}

}  // namespace flead::channels
