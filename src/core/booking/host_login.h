// How a host gets to their own pages without a password: a link that lasts some days and is swapped
// for a session that lasts longer. Both are signed with the store's key and name the host's
// login_seq, so that one step ends them all. Callers: serve/pages/host.cpp, `flead expert link`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/booking/offer.h"

namespace flead::booking {

enum class HostPass { link, session };

inline constexpr std::int64_t k_host_link_ms = 7 * k_day_ms;
inline constexpr std::int64_t k_host_session_ms = 60 * k_day_ms;

// "" without a key. Pure.
std::string make_host_pass(const SealKey& key, HostPass kind, const HostId& host, std::int64_t seq,
                           TimeMs expires_at);
struct ReadPass {
  HostId host;
  std::int64_t seq = 0;
};
// Nothing when it is forged, cut, of the other kind or over. Pure; seq is still to be compared.
std::optional<ReadPass> read_host_pass(const SealKey& key, HostPass kind, std::string_view pass,
                                       TimeMs now);

Result<std::int64_t> login_seq(store::Tx& tx, const HostId& host);
// Every link and session given out so far is over.
Status end_logins(store::Tx& tx, const HostId& host);
// The host and its tenant behind a pass; nothing when it is no good.
Result<std::optional<Host>> host_of_pass(store::Tx& tx, const SealKey& key, HostPass kind,
                                         std::string_view pass, TimeMs now);

}  // namespace flead::booking
