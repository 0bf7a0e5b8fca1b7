// The SQL of payouts, their methods and runs. Called by payout_methods.cpp, payouts.cpp,
// payout_run.cpp and payout_jobs.cpp alone. Every change of state is guarded by the state that it
// starts from.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/money/payout.h"

namespace flead::money::payouts_store {

Status insert_method(store::Tx& tx, const PayoutMethod& method, std::string_view sealed);
Status end_method(store::Tx& tx, const HostId& host, TimeMs now);
Result<std::optional<PayoutMethod>> method_of(store::Tx& tx, const HostId& host);
Result<std::optional<PayoutMethod>> method_by_id(store::Tx& tx, const PayoutMethodId& id);
Result<std::vector<PayoutMethod>> methods(store::Tx& tx, const TenantId& tenant);
Result<std::string> sealed_of(store::Tx& tx, const PayoutMethodId& id);
// Holds a host's method until the end of the transaction: one payout of a host at a time.
Status lock_method(store::Tx& tx, const PayoutMethodId& id);

struct Run {
  PayoutRunId id;
  TenantId tenant;
  std::string key, actor;
  TimeMs created_at = 0;
  std::optional<TimeMs> finished_at;
};
// The one that has this key already, else this.
Result<Run> make_run(store::Tx& tx, const Run& run);
Result<std::optional<Run>> run_by_key(store::Tx& tx, const TenantId& tenant, std::string_view key);
// Whether any run is older than this moment.
Result<bool> ran_before(store::Tx& tx, const TenantId& tenant, TimeMs time);
Status finish_run(store::Tx& tx, const PayoutRunId& id, TimeMs now);

// False: the host has one of this run and currency.
Result<bool> insert(store::Tx& tx, const Payout& payout);
Result<bool> has_of_run(store::Tx& tx, const PayoutRunId& run, const HostId& host,
                        std::string_view currency, bool test);
Result<std::optional<Payout>> by_id(store::Tx& tx, const PayoutId& id);
Result<std::optional<Payout>> by_provider_id(store::Tx& tx, const PayAccountId& account,
                                             std::string_view provider_id);
Result<std::vector<Payout>> list(store::Tx& tx, const TenantId& tenant, const PayoutFilter& filter);
// What goes by hand and is approved, oldest first; `run_id` "" is of any run.
Result<std::vector<Payout>> for_bank(store::Tx& tx, const TenantId& tenant, std::string_view run_id,
                                     bool again);
Result<std::int64_t> in_bank_before(store::Tx& tx, const TenantId& tenant, std::string_view run_id);
Status insert_batch(store::Tx& tx, const TenantId& tenant, std::string_view batch,
                    std::int64_t lines, std::string_view actor, TimeMs now);
Status set_batch(store::Tx& tx, const PayoutId& id, std::string_view batch);

// The banks that an account's provider has listed, as JSON, and when; nothing: never.
struct KeptBanks {
  std::string banks;
  TimeMs fetched_at = 0;
};
Result<std::optional<KeptBanks>> banks_of(store::Tx& tx, const PayAccountId& account);
Status save_banks(store::Tx& tx, const PayAccountId& account, const KeptBanks& kept);
// Everything that may change, where the row is still in the state `from`. False: it is not.
Result<bool> update(store::Tx& tx, const Payout& payout, std::string_view from);
Status lock(store::Tx& tx, const PayoutId& id);

struct Sum {
  std::int64_t count = 0, minor = 0;
};
// Of a host and a kind, made at or after `from`, that have not come to nothing.
Result<Sum> sum_since(store::Tx& tx, const HostId& host, std::string_view kind, bool test,
                      TimeMs from);
// Promised out of an account, and perhaps not yet taken off there.
Result<std::int64_t> unsent_minor(store::Tx& tx, const PayAccountId& account);

}  // namespace flead::money::payouts_store
