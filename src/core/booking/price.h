// Prices of offers and the terms of cancelling: versions that never change, so that what was booked
// keeps what was shown. Pure rules here, SQL in price_store.cpp. Callers: quote.h, bookings.cpp,
// `flead offer`. No money is moved here: see refund_due of a booking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::booking {

struct Price {
  std::int64_t version = 0;  // 0: none was ever set, which is free
  std::string format;        // how one meets, "online"; "" is every format without its own
  Money money;               // of a sliding scale: what is suggested
  std::optional<std::int64_t> least_minor, most_minor;  // both, or neither
  bool ended = false;  // from this version on the format has no price, so it is not offered
  TimeMs created_at = 0;
  bool is_free() const { return money.amount_minor == 0 && !most_minor; }
  bool slides() const { return most_minor.has_value(); }
};

struct PolicyStep {
  std::int64_t before_min = 0;  // cancelled at least so long before the start
  int percent = 0;              // so much of the price goes back
  friend bool operator==(const PolicyStep&, const PolicyStep&) = default;
};
struct Policy {
  std::int64_t version = 0;               // 0: none was ever set: all goes back until the start
  std::vector<PolicyStep> steps;          // longest before first
  std::optional<std::int64_t> moves_max;  // nothing: as often as one likes
  std::int64_t move_notice_min = 0;       // not moved later than this before the start
  TimeMs created_at = 0;
};

// "24h 100, 2h 50" and "" for "nothing goes back". Errors (refused): policy_invalid names the step;
// percents fall as the start comes near.
Result<std::vector<PolicyStep>> parse_policy_steps(std::string_view text);
std::string format_policy_steps(const std::vector<PolicyStep>& steps);

// What goes back when the person cancels at `now`; nothing does after the start.
int refund_percent(const Policy& policy, TimeMs starts_at, TimeMs now);
// Error move_refused (conflict) says why a person may not move it (any more).
Status check_move(const Policy& policy, std::int64_t moves, TimeMs starts_at, TimeMs now);

// For people, a sentence a rule: "Cancelled 24 h before the start or earlier: 100 % is returned."
std::vector<std::string> policy_sentences(const Policy& policy, std::string_view language);

// What a person pays: `wanted` of a sliding scale, else the price. Error price_out_of_range.
Result<Money> agreed_price(const Price& price, std::optional<std::int64_t> wanted_minor);

// ---- stored ----------------------------------------------------------------------------------

// Those in force, by format. Empty: the offer is free, whatever the format.
Result<std::vector<Price>> prices_of(store::Tx& tx, const OfferId& offer);
// The one that holds for `format`; "" is the only one there is. Errors: format_unknown (refused)
// and format_needed (usage), which name those that there are.
Result<Price> price_for(store::Tx& tx, const OfferId& offer, std::string_view format);

struct NewPrice {
  std::string format;
  Money money;
  std::optional<std::int64_t> least_minor, most_minor;
  bool ended = false;
};
// The same as what is in force is no new version. Errors (refused): price_invalid, format_invalid,
// too_many_prices; format_unknown for the end of one that is not there.
Result<Price> set_price(World& world, store::Tx& tx, const OfferId& offer, const NewPrice& input);

Result<Policy> policy_of(store::Tx& tx, const OfferId& offer);  // in force
Result<Policy> policy_at(store::Tx& tx, const OfferId& offer, std::int64_t version);
struct NewPolicy {
  std::string steps;
  std::optional<std::int64_t> moves_max;
  std::int64_t move_notice_min = 0;
};
Result<Policy> set_policy(World& world, store::Tx& tx, const OfferId& offer,
                          const NewPolicy& input);

Json to_json(const Price& price);
Json to_json(const Policy& policy);

}  // namespace flead::booking
