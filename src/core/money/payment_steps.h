// What the files of payments share; nobody else includes this.
#pragma once

#include <string>
#include <string_view>

#include "core/money/payment.h"

namespace flead::money {

// Days of tries: after that a person has to look.
inline constexpr int k_payment_attempts_max = 60;

std::string prepaid_account(const Payment& payment);
std::string refunds_account(const Payment& payment);

// An event on the payer's timeline, if it is anybody's.
Status tell_payer(App& app, store::Tx& tx, const Payment& payment, std::string_view event,
                  Json data);
// One live job of a kind per payment; an earlier time wins.
Status plan_payment_job(App& app, store::Tx& tx, const Payment& payment, std::string_view kind,
                        TimeMs at);

// What a fetched object makes of a refund; forward only.
Result<Refund> apply_refund(App& app, store::Tx& tx, const Payment& payment, const Refund& refund,
                            const PayObject& object);

}  // namespace flead::money
