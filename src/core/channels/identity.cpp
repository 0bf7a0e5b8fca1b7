#include "core/channels/identity.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "core/base/assert.h"
#include "core/base/time.h"

namespace flead::channels {
namespace {

// The letters of the lead's id, the hour of the end in fixed width, and a part of a hash.
struct TokenShape {
  std::string_view purpose;
  int hour_base;
  std::size_t hour_characters;
  std::size_t mac_bytes;
};
// 55 characters, where the strictest provider takes 64; and 42, for a text message.
constexpr TokenShape k_start_link = {"start link", 10, 7, 16};
constexpr TokenShape k_start_page = {"start page", 36, 4, 9};
constexpr std::size_t k_lead_characters = 26;

std::string mac_of(const SealKey& key, const TokenShape& shape, std::string_view signed_part) {
  const std::string mac = hmac_sha256(key.derive(shape.purpose), signed_part);
  return base64url_encode(std::string_view(mac).substr(0, shape.mac_bytes));
}

std::string make_token(const SealKey& key, const TokenShape& shape, const LeadId& lead,
                       TimeMs expires_at) {
  std::array<char, 16> digits{};
  const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(),
                                         expires_at / k_hour_ms, shape.hour_base);
  FLEAD_ASSERT(code == std::errc());
  std::string hour(digits.data(), end);
  if (hour.size() < shape.hour_characters) {
    hour.insert(0, shape.hour_characters - hour.size(), '0');
  }
  const std::string signed_part = std::string(id_suffix(lead.text())) + hour;
  return signed_part + mac_of(key, shape, signed_part);
}

std::optional<LeadId> read_token(const SealKey& key, const TokenShape& shape,
                                 std::string_view token, TimeMs now) {
  const std::size_t signed_size = k_lead_characters + shape.hour_characters;
  if (!key.present() || token.size() <= signed_size) return std::nullopt;
  const std::string_view signed_part = token.substr(0, signed_size);
  if (!equal_constant_time(token.substr(signed_size), mac_of(key, shape, signed_part))) {
    return std::nullopt;
  }
  std::int64_t hour = 0;
  const std::string_view digits = signed_part.substr(k_lead_characters);
  const char* const last = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), last, hour, shape.hour_base);
  if (code != std::errc() || stop != last) return std::nullopt;
  if (now > hour * k_hour_ms + k_hour_ms) return std::nullopt;
  return LeadId(id_from_suffix(LeadIdTag::k_prefix, signed_part));
}

}  // namespace

std::string make_start_token(const SealKey& key, const LeadId& lead, TimeMs expires_at) {
  return make_token(key, k_start_link, lead, expires_at);
}

std::optional<LeadId> read_start_token(const SealKey& key, std::string_view token, TimeMs now) {
  return read_token(key, k_start_link, token, now);
}

std::string make_start_page_token(const SealKey& key, const LeadId& lead, TimeMs expires_at) {
  return make_token(key, k_start_page, lead, expires_at);
}

std::optional<LeadId> read_start_page_token(const SealKey& key, std::string_view token,
                                            TimeMs now) {
  return read_token(key, k_start_page, token, now);
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
