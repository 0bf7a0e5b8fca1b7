// A run: all experts of a tenant looked at, and paid what is due to them. Each expert is a
// transaction of its own that takes the sum out of the ledger and stores the payout, so a run may
// be repeated, killed anywhere or run twice at once: what is taken out is not there to be taken
// again. Calls to a provider are jobs; a run itself only asks what the account holds. Operations
// in payout_run.cpp. Callers: `flead payout plan|run`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/day_rule.h"
#include "core/money/payout.h"
#include "core/tenants/tenant.h"

namespace flead::money {

struct PayoutRecipient {
  HostId host;
  std::string slug;
};

// An expert in one currency: what is paid now, or why nothing is.
struct PayoutLine {
  PayoutRecipient recipient;
  std::optional<PayoutMethod> method;
  std::optional<PayAccount> account;  // "" by hand
  Money amount;                       // 0: nothing; in the real currency
  bool test = false;
  std::int64_t balance_minor = 0, maturing_minor = 0, payable_minor = 0;
  bool needs_approval = false;
  std::string reason;            // see payout_rules.h; "" when all that is payable is paid
  std::optional<Payout> payout;  // of a run: what was stored
};

// Only this host, and only so much. A named host is paid on any day.
struct PayoutWish {
  std::string host;  // slug; "" is all of them
  std::optional<std::int64_t> amount_minor;
};
// Hosts that have earned something, in the order given; the named one in any case.
Result<std::vector<PayoutLine>> plan_payouts(const App& app, store::Tx& tx,
                                             const tenants::Tenant& tenant,
                                             const std::vector<PayoutRecipient>& recipients,
                                             const PayoutWish& wish);

// Whether a schedule pays today. `finished`: the run of the schedule's latest day is over;
// `before`: there was any run before that day. A day that was missed is caught up with. Pure.
struct PayoutTurn {
  bool due = false;
  std::string key;  // of the run; "" is a new one each time
  std::optional<Date> next;
};
PayoutTurn payout_turn(const DayRule& schedule, Date today, bool finished, bool before);
Result<PayoutTurn> payout_turn_of(const App& app, store::Tx& tx, const tenants::Tenant& tenant);

struct PayoutRunOptions {
  PayoutWish wish;
  bool anyway = false;  // on a day that the schedule does not name, too
  std::string key;      // the same key again pays no host a second time
  std::string actor;
};
struct PayoutRunReport {
  std::optional<PayoutRunId> run;  // nothing: it is not the day
  std::string key;
  PayoutTurn turn;
  std::vector<PayoutLine> lines;
};
// Never inside a transaction. Errors: payout_balance (refused) with what is missing, and nothing
// was stored; payout_account_failed (provider); run_key_invalid (refused); of a named host the
// reason why nothing is paid (refused: payout_nothing, payout_limit_month …).
Result<PayoutRunReport> run_payouts(App& app, const tenants::Tenant& tenant,
                                    const std::vector<PayoutRecipient>& recipients,
                                    const PayoutRunOptions& options);

Json to_json(const PayoutLine& line);

}  // namespace flead::money
