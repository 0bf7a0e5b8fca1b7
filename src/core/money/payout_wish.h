// A way to be paid that a host chooses on their own page. What a stolen link or an open session
// could do is bounded so: a change counts only when the host has said so by a link that is sent
// anew to their own mailbox, and then waits k_method_wait_ms, while the operator and the host have
// been told and each can call it off; or when the operator approves it, at once. Until then payouts
// go where they went. Operations in payout_wishes.cpp, SQL in payout_wishes_store.cpp. Callers: the
// page /h/method, `flead payout method approve|decline|wishes`, the job payout.method_due.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/jobs/jobs.h"
#include "core/money/payout_method.h"
#include "core/tenants/tenant.h"

namespace flead::money {

FLEAD_ID(MethodWishId, "pmw");

inline constexpr std::int64_t k_method_wait_ms = 3 * k_day_ms;
inline constexpr std::int64_t k_method_link_ms = 2 * k_day_ms;  // then it is asked for anew
inline constexpr std::int64_t k_method_wishes_max = 1000;       // of a list

struct MethodWish {
  MethodWishId id;
  TenantId tenant;
  HostId host;
  std::string host_slug, kind, shown;
  bool company = false;
  std::string state = "asked";  // asked confirmed taken dropped
  std::string reason;           // why it was dropped
  TimeMs asked_at = 0;
  std::optional<TimeMs> due_at, ended_at;  // confirmed: when it counts
};

// Who asks; all of it as the host is kept.
struct WishingHost {
  HostId id;
  std::string slug, name, email;
};

// Takes the place of a wish that waits, and sends the link. Errors as set_payout_method;
// email_missing (refused): there is no mailbox to ask.
Result<MethodWish> ask_payout_method(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                     const WishingHost& host, const NewPayoutMethod& input);
// Behind the link; nothing when it is no good, or over.
Result<std::optional<MethodWish>> wish_by_token(App& app, store::Tx& tx, std::string_view token);
// The host says so; once more changes nothing. Error wish_over (conflict).
Result<MethodWish> confirm_wish(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                const WishingHost& host, const MethodWish& wish);
// By the host or the operator. Error wish_over (conflict).
Result<MethodWish> drop_wish(App& app, store::Tx& tx, const MethodWish& wish,
                             std::string_view reason);
// The operator says so, whatever the host has said. Error wish_over (conflict).
Result<PayoutMethod> take_wish(App& app, store::Tx& tx, const MethodWish& wish,
                               std::string_view actor);
// The one that waits.
Result<std::optional<MethodWish>> wish_of(store::Tx& tx, const HostId& host);
// Of a host by the slug. Error wish_not_found.
Result<MethodWish> find_wish(store::Tx& tx, const TenantId& tenant, const HostId& host);
// Those that wait, newest first.
Result<std::vector<MethodWish>> list_wishes(store::Tx& tx, const TenantId& tenant);

jobs::Outcome take_due_wish(App& app, const jobs::Job& job);  // payout.method_due

Json to_json(const MethodWish& wish);

}  // namespace flead::money
