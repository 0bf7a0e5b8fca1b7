// Spam over HTTP: GET /api/v1/proof gives challenges, and the gate says of each lead of a
// publishable key whether it is to be believed. A gate belongs to one route table: what it counts
// and remembers is this process's. Caller: leads.cpp. It never refuses a lead: who is suspected is
// stored, answered like any other, and must not learn of it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/intake/proof.h"
#include "serve/http/http.h"

namespace flead::api {

class ProofGate {
 public:
  struct Verdict {
    std::string suspicion;  // NewLead::suspicion
    std::string owner;      // set when a proof was spent: for give_back()
    TimeMs proof_expires_at = 0;
  };
  // What speaks against a lead that passed every other rule. Counts it, and spends its proof where
  // one is needed. Tokens (sk_) are believed, but for a filled trap. `key` is the request's
  // Idempotency-Key, or "". Errors: the store's.
  Result<Verdict> judge(App& app, const http::Request& request, const intake::Rules& rules,
                        const intake::NewLead& lead, std::string_view key);
  // When the lead could not be stored after all.
  void give_back(const intake::NewLead& lead, const Verdict& verdict);

  Result<Json> challenge(App& app, const http::Request& request);

 private:
  std::string known_secret() const;
  Result<std::string> load_secret(App& app);
  Result<std::string> load_or_make_secret(App& app);
  Status check(App& app, const http::Request& request, const intake::Proof& proof,
               std::string_view key, Verdict& verdict);

  intake::Arrivals arrivals_;
  intake::SpentProofs spent_;
  mutable std::mutex mutex_;
  std::string secret_;  // guarded by mutex_; "" until it is needed; never changes afterwards
};

void add_proof_route(std::vector<http::Route>& table, const std::shared_ptr<ProofGate>& gate);

}  // namespace flead::api
