#include "core/booking/host_login.h"

#include <charconv>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/booking/offers_store.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_pass_mac_bytes = 16;

std::string pass_mac(const SealKey& key, HostPass kind, std::string_view text) {
  const auto purpose = kind == HostPass::link ? "host link" : "host session";
  const std::string mac = hmac_sha256(key.derive(purpose), text);
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

std::string make_host_pass(const SealKey& key, HostPass kind, const HostId& host, std::int64_t seq,
                           TimeMs expires_at) {
  if (!key.present()) return {};
  const std::string text =
      fmt::format("{}.{}.{}", id_suffix(host.text()), expires_at / k_second_ms, seq);
  return text + "." + pass_mac(key, kind, text);
}

std::optional<ReadPass> read_host_pass(const SealKey& key, HostPass kind, std::string_view pass,
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
  return ReadPass{HostId(id_from_suffix(HostIdTag::k_prefix, parts[0])), *seq};
}

Result<std::optional<Host>> host_of_pass(store::Tx& tx, const SealKey& key, HostPass kind,
                                         std::string_view pass, TimeMs now) {
  const auto read = read_host_pass(key, kind, pass, now);
  if (!read) return std::optional<Host>();
  FLEAD_TRY(const auto tenant, tenant_of_host(tx, read->host));
  if (!tenant) return std::optional<Host>();
  FLEAD_TRY(const auto seq, login_seq(tx, read->host));
  if (seq != read->seq) return std::optional<Host>();
  return host_by_id(tx, *tenant, read->host);
}

}  // namespace flead::booking
