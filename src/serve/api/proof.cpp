#include "serve/api/proof.h"

#include <utility>

#include "core/base/time.h"
#include "serve/api/intake_request.h"

namespace flead::api {

std::string ProofGate::known_secret() const {
  const std::lock_guard lock(mutex_);
  return secret_;
}

// "" when the store has none yet: then no challenge was ever given.
Result<std::string> ProofGate::load_secret(App& app) {
  std::string secret = known_secret();
  if (!secret.empty()) return secret;
  FLEAD_TRY(secret, app.store.read([](store::Tx& tx) { return intake::load_proof_secret(tx); }));
  const std::lock_guard lock(mutex_);
  if (secret_.empty()) secret_ = secret;
  return secret_;
}

Result<std::string> ProofGate::load_or_make_secret(App& app) {
  FLEAD_TRY(std::string secret, load_secret(app));
  if (!secret.empty()) return secret;
  FLEAD_CHECK(
      app.store.write([&](store::Tx& tx) { return intake::make_proof_secret(app.world, tx); }));
  return load_secret(app);
}

Status ProofGate::check(App& app, const http::Request& request, const intake::Proof& proof,
                        std::string_view key, Verdict& verdict) {
  verdict.suspicion = intake::k_suspect_no_proof;
  if (proof.challenge.empty()) return {};
  FLEAD_TRY(const std::string secret, load_secret(app));
  const TimeMs now = app.world.clock.now();
  const auto checked = intake::check_proof(secret, request.caller.tenant->id, proof, now);
  if (checked.state != intake::ProofState::good) return {};
  std::string owner = key.empty() ? "request " + request.request_id : "key " + std::string(key);
  if (!spent_.spend(proof.challenge, owner, checked.expires_at, now)) return {};
  verdict = {"", std::move(owner), checked.expires_at};
  return {};
}

Result<ProofGate::Verdict> ProofGate::judge(App& app, const http::Request& request,
                                            const intake::Rules& rules, const intake::NewLead& lead,
                                            std::string_view key) {
  Verdict verdict;
  verdict.suspicion = lead.suspicion;
  const bool token = request.caller.kind == http::Caller::Kind::token;
  if (token || rules.proof == "off") return verdict;
  const auto arrived = arrivals_.add(request.caller.tenant->id, app.world.clock.steady_ms());
  if (!verdict.suspicion.empty()) return verdict;
  if (intake::sent_too_fast(lead.elapsed_ms)) {
    verdict.suspicion = intake::k_suspect_too_fast;
  } else if (intake::proof_needed(rules.proof, arrived)) {
    FLEAD_CHECK(check(app, request, lead.proof, key, verdict));
  }
  return verdict;
}

void ProofGate::give_back(const intake::NewLead& lead, const Verdict& verdict) {
  if (verdict.owner.empty()) return;
  spent_.give_back(lead.proof.challenge, verdict.owner, verdict.proof_expires_at);
}

Result<Json> ProofGate::challenge(App& app, const http::Request& request) {
  const TenantId& tenant = request.caller.tenant->id;
  const auto rules = intake::rules_of(*request.caller.settings);
  const auto arrived = arrivals_.count(tenant, app.world.clock.steady_ms());
  const int bits = intake::proof_bits(rules.proof, arrived);
  intake::Challenge made;
  made.expires_at = app.world.clock.now();
  if (bits > 0) {
    FLEAD_TRY(const std::string secret, load_or_make_secret(app));
    made = intake::make_challenge(app.world, secret, tenant, bits);
  }
  return Json::object({{"challenge", made.text},
                       {"bits", made.bits},
                       {"expires_at", format_time(made.expires_at)}});
}

void add_proof_route(std::vector<http::Route>& table, const std::shared_ptr<ProofGate>& gate) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/api/v1/proof";
  route.access = http::Access::publishable;
  route.handler = [gate](App& app, const http::Request& request) {
    const auto json = gate->challenge(app, request);
    if (!json) return http::failure(json.error());
    return http::json_reply(200, *json).header("cache-control", "no-store");
  };
  route.operation = "getProof";
  route.summary = "A challenge to solve beside a lead, where spam.proof asks for one";
  route.cors = true;
  route.response_schema = "ProofChallenge";
  // Whoever is to prove something must be able to ask, above all when a flood has used up the
  // tenant's rate; it costs less than the page that the form is on.
  route.counted = false;
  table.push_back(std::move(route));
}

}  // namespace flead::api
