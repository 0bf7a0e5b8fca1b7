#include "core/intake/proof.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>

#include "core/base/crypto.h"

namespace flead::intake {

namespace {

constexpr std::size_t k_time_bytes = 6;  // milliseconds until the year 10889
constexpr std::size_t k_noise_bytes = 9;
constexpr std::size_t k_payload_bytes = k_time_bytes + 1 + k_noise_bytes;
constexpr std::size_t k_mac_bytes = 16;
constexpr std::size_t k_challenge_letters = 43;  // 32 bytes in base64url
constexpr std::size_t k_nonce_digits_max = 12;   // 55 letters together: one block of SHA-256
constexpr std::size_t k_secret_bytes = 32;
constexpr std::string_view k_secret_name = "spam.proof_secret";

std::string proof_mac(std::string_view secret, const TenantId& tenant, std::string_view payload) {
  std::string message = "proof " + tenant.text() + ' ';
  message += payload;
  return hmac_sha256(secret, message).substr(0, k_mac_bytes);
}

std::string write_time(TimeMs time) {
  std::string bytes(k_time_bytes, '\0');
  for (std::size_t i = k_time_bytes; i-- > 0; time >>= 8) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(time & 0xff));
  }
  return bytes;
}

TimeMs read_time_bytes(std::string_view bytes) {
  TimeMs time = 0;
  for (const char c : bytes.substr(0, k_time_bytes)) {
    time = time << 8 | static_cast<unsigned char>(c);
  }
  return time;
}

int leading_zero_bits(std::string_view hex) {
  int bits = 0;
  for (const char c : hex) {
    const int value = c <= '9' ? c - '0' : c - 'a' + 10;
    if (value != 0) return bits + std::countl_zero(static_cast<unsigned char>(value << 4));
    bits += 4;
  }
  return bits;
}

bool solves(std::string_view challenge, std::string_view nonce, int bits) {
  std::string text(challenge);
  text += nonce;
  return leading_zero_bits(sha256_hex(text)) >= bits;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= k_nonce_digits_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool proof_needed(std::string_view setting, std::int64_t arrived) {
  if (setting == "always") return true;
  return setting == "auto" && arrived > k_proof_threshold_per_minute;
}

int proof_bits(std::string_view setting, std::int64_t arrived) {
  if (setting != "auto" && setting != "always") return 0;
  int bits = k_proof_bits;
  for (std::int64_t flood = 2 * k_proof_threshold_per_minute;
       flood <= arrived && bits < k_proof_bits_max; flood *= 2) {
    ++bits;
  }
  return bits;
}

bool sent_too_fast(const std::optional<std::int64_t>& elapsed_ms) {
  return elapsed_ms && *elapsed_ms >= 0 && *elapsed_ms < k_form_time_min_ms;
}

Challenge make_challenge(World& world, std::string_view secret, const TenantId& tenant, int bits) {
  const TimeMs now = world.clock.now();
  std::array<unsigned char, k_noise_bytes> noise{};
  world.random.fill(noise);
  std::string bytes = write_time(now);
  bytes += static_cast<char>(bits);
  bytes.append(reinterpret_cast<const char*>(noise.data()), noise.size());
  bytes += proof_mac(secret, tenant, bytes);
  return {base64url_encode(bytes), bits, now + k_proof_age_max_ms};
}

CheckedProof check_proof(std::string_view secret, const TenantId& tenant, const Proof& proof,
                         TimeMs now) {
  if (proof.challenge.empty()) return {ProofState::missing};
  if (proof.challenge.size() != k_challenge_letters || !is_nonce(proof.nonce)) {
    return {ProofState::malformed};
  }
  const auto bytes = base64url_decode(proof.challenge);
  if (!bytes || bytes->size() != k_payload_bytes + k_mac_bytes) return {ProofState::malformed};
  const std::string_view payload = std::string_view(*bytes).substr(0, k_payload_bytes);
  const std::string_view mac = std::string_view(*bytes).substr(k_payload_bytes);
  // Without a secret nothing is ours, whatever an empty key would sign.
  if (secret.empty() || !equal_constant_time(mac, proof_mac(secret, tenant, payload))) {
    return {ProofState::forged};
  }
  CheckedProof checked;
  checked.expires_at = read_time_bytes(payload) + k_proof_age_max_ms;
  const int bits = static_cast<unsigned char>(payload[k_time_bytes]);
  if (now >= checked.expires_at) {
    checked.state = ProofState::stale;
  } else if (!solves(proof.challenge, proof.nonce, bits)) {
    checked.state = ProofState::unsolved;
  } else {
    checked.state = ProofState::good;
  }
  return checked;
}

Proof solve(const Challenge& challenge) {
  std::int64_t nonce = 0;
  while (!solves(challenge.text, std::to_string(nonce), challenge.bits)) ++nonce;
  return {challenge.text, std::to_string(nonce)};
}

Result<std::string> load_proof_secret(store::Tx& tx) {
  FLEAD_TRY(const auto saved, tenants::document(tx, TenantId(), k_secret_name));
  return base64_decode(saved.value_or("")).value_or("");
}

Status make_proof_secret(World& world, store::Tx& tx) {
  FLEAD_TRY(const std::string known, load_proof_secret(tx));
  if (!known.empty()) return {};
  std::array<unsigned char, k_secret_bytes> bytes{};
  world.random.fill(bytes);
  const std::string_view secret(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return tenants::set_document(world, tx, TenantId(), k_secret_name, base64_encode(secret));
}

// ---- memories of one process -------------------------------------------------------------------

// Seconds that have gone by since the last look are empty.
void Arrivals::turn(Minute& minute, std::int64_t second) {
  const std::int64_t gone = std::min(second - minute.newest, k_seconds);
  for (std::int64_t i = 0; i < gone; ++i) {
    auto& slot = minute.by_second[static_cast<std::size_t>((second - i) % k_seconds)];
    minute.total -= slot;
    slot = 0;
  }
  minute.newest = std::max(minute.newest, second);
}

void Arrivals::forget_quiet(std::int64_t second) {
  std::erase_if(minutes_,
                [&](const auto& entry) { return second - entry.second.newest >= k_seconds; });
}

std::int64_t Arrivals::add(const TenantId& tenant, std::int64_t now_ms) {
  const std::int64_t second = now_ms / 1000;
  const std::lock_guard lock(mutex_);
  auto found = minutes_.find(tenant.text());
  if (found == minutes_.end()) {
    if (minutes_.size() >= tenants_max_) forget_quiet(second);
    if (minutes_.size() >= tenants_max_) return 0;
    found = minutes_.try_emplace(tenant.text()).first;
    found->second.newest = second;
  }
  Minute& minute = found->second;
  turn(minute, second);
  ++minute.by_second[static_cast<std::size_t>(minute.newest % k_seconds)];
  return ++minute.total;
}

std::int64_t Arrivals::count(const TenantId& tenant, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = minutes_.find(tenant.text());
  if (found == minutes_.end()) return 0;
  turn(found->second, now_ms / 1000);
  return found->second.total;
}

std::size_t Arrivals::tenants() const {
  const std::lock_guard lock(mutex_);
  return minutes_.size();
}

bool SpentProofs::spend(std::string_view challenge, std::string_view owner, TimeMs expires_at,
                        TimeMs now) {
  const std::lock_guard lock(mutex_);
  payers_.erase(payers_.begin(), payers_.lower_bound({now, std::string()}));
  Payer& payer = payers_[{expires_at, std::string(challenge)}];
  if (payer.requests == 0) payer.owner = owner;
  if (payer.owner != owner) return false;
  ++payer.requests;
  if (payers_.size() > proofs_max_) payers_.erase(payers_.begin());
  return true;
}

void SpentProofs::give_back(std::string_view challenge, std::string_view owner, TimeMs expires_at) {
  const std::lock_guard lock(mutex_);
  const auto found = payers_.find({expires_at, std::string(challenge)});
  if (found == payers_.end() || found->second.owner != owner) return;
  if (--found->second.requests == 0) payers_.erase(found);
}

std::size_t SpentProofs::size() const {
  const std::lock_guard lock(mutex_);
  return payers_.size();
}

}  // namespace flead::intake
