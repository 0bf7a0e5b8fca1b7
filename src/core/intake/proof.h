// Proof of work: what a visitor's browser pays before a lead of a busy tenant is trusted, with no
// third party. A challenge is kept nowhere: it carries when it was made, how many bits it asks for
// and a MAC over these and its tenant, so every process of the store knows its own again, after a
// restart too. It is solved by a nonce of digits for which SHA-256 of challenge and nonce begins
// with so many zero bits; both fit one block of the hash, which is what makes a browser fast.
// Callers: serve/api/proof.cpp, and whatever of ours posts as a visitor. Rules and two memories of
// one process; what becomes of a lead without a proof is decided by the caller.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/limits.h"
#include "core/intake/lead.h"

namespace flead::intake {

// What events and NewLead::suspicion say.
inline constexpr std::string_view k_suspect_trap = "trap";
inline constexpr std::string_view k_suspect_no_proof = "no_proof";
inline constexpr std::string_view k_suspect_too_fast = "too_fast";

// ---- rules -----------------------------------------------------------------------------------

// `setting` is spam.proof; `arrived` are the leads of the last minute, this one included.
bool proof_needed(std::string_view setting, std::int64_t arrived);

// How much work the next challenge asks for: k_proof_bits, one more for each doubling of the
// threshold, at most k_proof_bits_max; 0 when the setting is off. On a quiet day too: whoever opens
// a form now can then prove it when the flood has come before they press Send.
int proof_bits(std::string_view setting, std::int64_t arrived);

// A form's own script says how long it stood open. No claim, or one that is no time, is no sign.
bool sent_too_fast(const std::optional<std::int64_t>& elapsed_ms);

struct Challenge {
  std::string text;  // 43 letters
  int bits = 0;
  TimeMs expires_at = 0;
};
Challenge make_challenge(World& world, std::string_view secret, const TenantId& tenant, int bits);

// In the order in which they are found.
enum class ProofState { missing, malformed, forged, stale, unsolved, good };
struct CheckedProof {
  ProofState state = ProofState::missing;
  TimeMs expires_at = 0;  // of the challenge, once it is known to be ours
};
// Total: any bytes give a state. `forged` is also a challenge of another tenant or store.
CheckedProof check_proof(std::string_view secret, const TenantId& tenant, const Proof& proof,
                         TimeMs now);

// Does the work: some 2^bits hashes.
Proof solve(const Challenge& challenge);

// The store's own secret of challenges; "" before the first one was made. Errors: the store's.
Result<std::string> load_proof_secret(store::Tx& tx);
// Makes it unless it is there. Read it afterwards: another process may have been faster.
Status make_proof_secret(World& world, store::Tx& tx);

// ---- memories of one process -------------------------------------------------------------------

// How many leads of each tenant came within the last minute, by the second. Bounded: tenants that
// have been quiet are forgotten first; should all be busy, newcomers count as nobody, so that they
// are asked for nothing. Safe from many threads.
class Arrivals {
 public:
  explicit Arrivals(std::size_t tenants_max = k_proof_tenants_max) : tenants_max_(tenants_max) {}

  // Counts one more; gives how many there are with it. `now_ms` is a steady clock's.
  std::int64_t add(const TenantId& tenant, std::int64_t now_ms);
  std::int64_t count(const TenantId& tenant, std::int64_t now_ms);
  std::size_t tenants() const;

 private:
  static constexpr std::int64_t k_seconds = 60;
  struct Minute {
    std::array<std::int32_t, k_seconds> by_second{};
    std::int64_t newest = 0;  // second of the last look
    std::int64_t total = 0;
  };
  static void turn(Minute& minute, std::int64_t second);
  void forget_quiet(std::int64_t second);

  const std::size_t tenants_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Minute> minutes_;  // guarded by mutex_
};

// Challenges that have paid for a lead: each pays once. In this process only, until it ends: a row
// in each intake transaction would cost every lead a page of a random index, to stop a robot from
// using one solution twice in two processes. Bounded: beyond `proofs_max` the oldest are forgotten,
// and could then pay once more. Safe from many threads.
class SpentProofs {
 public:
  explicit SpentProofs(std::size_t proofs_max = k_proofs_spent_max) : proofs_max_(proofs_max) {}

  // False when another request has it. `owner` names the request: one that is sent again under its
  // idempotency key, because the answer was lost, still has its proof.
  bool spend(std::string_view challenge, std::string_view owner, TimeMs expires_at, TimeMs now);
  // For a request that failed after it had paid; once for each spend() that was true. Nothing when
  // the proof is another's.
  void give_back(std::string_view challenge, std::string_view owner, TimeMs expires_at);
  std::size_t size() const;

 private:
  struct Payer {
    std::string owner;
    int requests = 0;  // of this owner, at the same time: the last one to fail gives it back
  };
  const std::size_t proofs_max_;
  mutable std::mutex mutex_;
  // By the time when each is worth nothing anyway; guarded by mutex_.
  std::map<std::pair<TimeMs, std::string>, Payer> payers_;
};

}  // namespace flead::intake
