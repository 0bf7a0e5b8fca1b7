// How hosts and people get to their own pages without a password: by a link that lasts some days,
// sent to an address that is known to be theirs, and swapped for a session that lasts longer. All
// are signed with the store's key, each for its own use; a host's name the host's login_seq, so
// that one step ends them all. Callers: serve/pages/host.cpp, mine.cpp, `flead expert link`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/booking/offer.h"

namespace flead::booking {

enum class PassKind { host_link, host_session, person_link, person_session };

inline constexpr std::int64_t k_host_link_ms = 7 * k_day_ms;
inline constexpr std::int64_t k_host_session_ms = 60 * k_day_ms;
inline constexpr std::int64_t k_person_link_ms = 2 * k_day_ms;
inline constexpr std::int64_t k_person_session_ms = 30 * k_day_ms;

// `id` is a host's or a lead's. "" without a key. Pure.
std::string make_pass(const SealKey& key, PassKind kind, std::string_view id, std::int64_t seq,
                      TimeMs expires_at);
struct ReadPass {
  std::string id;
  std::int64_t seq = 0;
};
// Nothing when it is forged, cut, of another kind or over. Pure; seq is still to be compared.
std::optional<ReadPass> read_pass(const SealKey& key, PassKind kind, std::string_view pass,
                                  TimeMs now);

Result<std::int64_t> login_seq(store::Tx& tx, const HostId& host);
// Every link and session given out to this host so far is over.
Status end_logins(store::Tx& tx, const HostId& host);
// The host behind a pass; nothing when it is no good.
Result<std::optional<Host>> host_of_pass(store::Tx& tx, const SealKey& key, PassKind kind,
                                         std::string_view pass, TimeMs now);

}  // namespace flead::booking
