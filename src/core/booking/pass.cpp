#include "core/booking/pass.h"

#include <charconv>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/booking/offers_store.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_pass_mac_bytes = 16;

struct KindRow {
  PassKind kind;
  std::string_view purpose;  // of the key
  std::string_view prefix;   // of the id
};
constexpr KindRow k_kinds[] = {
    {PassKind::host_link, "host link", HostIdTag::k_prefix},
    {PassKind::host_session, "host session", HostIdTag::k_prefix},
    {PassKind::person_link, "person link", LeadIdTag::k_prefix},
    {PassKind::person_session, "person session", LeadIdTag::k_prefix},
};

const KindRow& row_of(PassKind kind) {
  return k_kinds[static_cast<std::size_t>(kind)];
}

std::string pass_mac(const SealKey& key, PassKind kind, std::string_view text) {
  const std::string mac = hmac_sha256(key.derive(row_of(kind).purpose), text);
  return base64url_encode(std::string_view(mac).substr(0, k_pass_mac_bytes));
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (text.empty() || code != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::string make_pass(const SealKey& key, PassKind kind, std::string_view id, std::int64_t seq,
                      TimeMs expires_at) {
  if (!key.present()) return {};
  const std::string text = fmt::format("{}.{}.{}", id_suffix(id), expires_at / k_second_ms, seq);
  return text + "." + pass_mac(key, kind, text);
}

std::optional<ReadPass> read_pass(const SealKey& key, PassKind kind, std::string_view pass,
                                  TimeMs now) {
  const std::size_t cut = pass.rfind('.');
  if (!key.present() || cut == std::string_view::npos) return std::nullopt;
  const std::string_view text = pass.substr(0, cut);
  if (!equal_constant_time(pass.substr(cut + 1), pass_mac(key, kind, text))) return std::nullopt;
  const auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto expires = whole(parts[1]);
  const auto seq = whole(parts[2]);
  if (!expires || !seq || *expires * k_second_ms <= now) return std::nullopt;
  return ReadPass{id_from_suffix(row_of(kind).prefix, parts[0]), *seq};
}

Result<std::optional<Host>> host_of_pass(store::Tx& tx, const SealKey& key, PassKind kind,
                                         std::string_view pass, TimeMs now) {
  const auto read = read_pass(key, kind, pass, now);
  if (!read) return std::optional<Host>();
  const HostId id(read->id);
  FLEAD_TRY(const auto tenant, tenant_of_host(tx, id));
  if (!tenant) return std::optional<Host>();
  FLEAD_TRY(const auto seq, login_seq(tx, id));
  if (seq != read->seq) return std::optional<Host>();
  return host_by_id(tx, *tenant, id);
}

}  // namespace flead::booking
