// Payouts: what experts have earned, on its way to them. A payout is a row that is stored, and
// taken out of the expert's account in the ledger, before anything is sent; its id is the key that
// makes a repeated call harmless. What fails puts the money back and is final: another try is
// another row. Operations in payouts.cpp, a run over all experts in payout_run.h, the calls in
// payout_jobs.cpp, SQL in payouts_store.cpp. Callers: `flead payout`, the experts' pages, the hook
// route by keep_notice().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/limits.h"
#include "core/jobs/jobs.h"
#include "core/money/ledger.h"
#include "core/money/payout_method.h"

namespace flead::money {

FLEAD_ID(PayoutRunId, "por");

struct Payout {
  PayoutId id;
  TenantId tenant;
  PayoutRunId run;
  HostId host;
  std::string host_slug;
  PayoutMethodId method;
  std::string kind;   // of the method
  std::string shown;  // where it goes, masked
  std::optional<PayAccountId> account;
  std::string account_name;  // "" by hand
  Money amount;
  bool test = false;
  // planned (waits for a word) approved sending pending succeeded failed canceled
  std::string state = "planned";
  std::string text;  // for the recipient
  std::string provider_id, destination;
  std::string reason;   // why it failed or was canceled
  std::string problem;  // what does not fit: a person has to look, nothing was done
  std::string actor, approved_by;
  std::string bank_batch;  // by hand: the file for the bank that it stood in first, or ""
  std::optional<TimeMs> called_at, ended_at;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
  bool manual() const { return kind == "manual"; }
  bool open() const { return state != "succeeded" && state != "failed" && state != "canceled"; }
};

Result<Payout> load_payout(store::Tx& tx, const TenantId& tenant, const PayoutId& id);
struct PayoutFilter {
  std::string state, host, run, kind;  // "" is any; ids of a host and a run
  bool open = false, problems = false;
  std::optional<TimeMs> since, until;
  std::string before_id;
  std::int64_t limit = k_page_default;
};
Result<std::vector<Payout>> list_payouts(store::Tx& tx, const TenantId& tenant,
                                         const PayoutFilter& filter);  // newest first

// A person says yes to a planned one. Errors: payout_state (conflict), payout_method_changed.
Result<Payout> approve_payout(App& app, store::Tx& tx, const Payout& payout,
                              std::string_view actor);
// The bank has done it. Errors: payout_not_manual (refused), payout_state (conflict).
Result<Payout> confirm_payout(App& app, store::Tx& tx, const Payout& payout,
                              std::string_view actor);
// Before it was sent; one by hand until it was confirmed. The money is back in the expert's
// account. Errors: payout_state (conflict).
Result<Payout> cancel_payout(App& app, store::Tx& tx, const Payout& payout, std::string_view reason,
                             std::string_view actor);
// Asks the provider now. Errors: payout_manual (refused), payout_state (conflict).
Status ask_payout_again(App& app, store::Tx& tx, const Payout& payout);

// What a fetched object makes of the row, compared first; only forward.
Result<Payout> apply_payout(App& app, store::Tx& tx, const Payout& payout, const PayObject& object);
// It will never be made: the money goes back.
Result<Payout> fail_payout(App& app, store::Tx& tx, const Payout& payout, std::string_view reason);
// "" when it fits. Pure.
std::string misfit(const Payout& payout, const PayObject& object);
// How long until an open payout is asked about again, by its age. Pure.
std::int64_t payout_wait_ms(std::int64_t age_ms);

// A provider has told of one: it is looked up. False: none of ours.
Result<bool> notice_payout(App& app, store::Tx& tx, const PayAccount& account,
                           std::string_view provider_id);

// The lines of a bank's file: what is approved and goes by hand, oldest first. What has stood in a
// file is left out, and so is never given to the bank twice, unless it is wanted `again`; which
// file it stood in first is kept.
inline constexpr std::int64_t k_bank_lines_max = 5000;  // of one file
struct BankFile {
  std::string text, batch;    // "" when nothing in it is new
  std::int64_t lines = 0;     // of payouts
  std::int64_t left_out = 0;  // that stood in a file before
};
struct BankWish {
  std::string run_id;  // "" is any
  bool again = false;
  std::string actor;
};
Result<BankFile> bank_file(App& app, store::Tx& tx, const TenantId& tenant, const BankWish& wish);

jobs::Outcome open_payout(App& app, const jobs::Job& job);  // payout.open
jobs::Outcome sync_payout(App& app, const jobs::Job& job);  // payout.sync

// XTS where no money is moved.
std::string payout_ledger_currency(bool test, std::string_view currency);

Json to_json(const Payout& payout);

}  // namespace flead::money
