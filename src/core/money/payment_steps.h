// What the files of payments share; nobody else includes this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/money/payment.h"

namespace flead::money {

// Days of tries: after that a person has to look.
inline constexpr int k_payment_attempts_max = 60;
inline constexpr std::size_t k_payment_text_characters_max = 200;  // of a text, and of a note

std::string prepaid_account(const Payment& payment);
std::string refunds_account(const Payment& payment);

// An event on the payer's timeline, if it is anybody's.
Status tell_payer(App& app, store::Tx& tx, const Payment& payment, std::string_view event,
                  Json data);
// "payment.received" and "payment.refunded" on the way that reaches them, once per `key`.
Status write_payer(App& app, store::Tx& tx, const Payment& payment, std::string_view template_name,
                   const Money& amount, std::string_view reason, std::string_view key);
// One live job of a kind per payment; an earlier time wins.
Status plan_payment_job(App& app, store::Tx& tx, const Payment& payment, std::string_view kind,
                        TimeMs at);
// One look beside those that are planned: one that is under way already may have asked too early.
Status plan_payment_look(App& app, store::Tx& tx, const Payment& payment);
Status plan_refund_job(App& app, store::Tx& tx, const Refund& refund, std::string_view kind,
                       TimeMs at);
// What a person has to look at: kept on the row, told on the timeline, and shown by `payment list
// --problems`.
Result<Payment> note_problem(App& app, store::Tx& tx, Payment payment, std::string problem);

// saved_methods.cpp. May this payment be charged by it? Errors as create_payment.
Status check_saved_method(store::Tx& tx, const Payment& payment, const SavedMethodId& id);
// What a fetched object makes of the means of payment: kept, not kept, or never to be used again.
// `payment` is as it is to be stored.
Status apply_saving(App& app, store::Tx& tx, Payment& payment, const PayObject& object);

std::string earned_key(const Payment& payment);
// Out of which accounts an amount goes into what is to be given back: what the person has prepaid,
// or, once it was earned, whoever got it. `left_minor` is what was not given back before.
Result<std::vector<Move>> moves_back(store::Tx& tx, const Payment& payment, std::int64_t left_minor,
                                     std::int64_t amount_minor);

// What names an attempt at the provider: as the key of its calls, and as our id in its object.
std::string refund_key(const Refund& refund);
// The refund that such a key is of.
RefundId refund_of_key(std::string_view key);
// What a fetched object makes of a refund; forward only.
Result<Refund> apply_refund(App& app, store::Tx& tx, const Payment& payment, const Refund& refund,
                            const PayObject& object);

}  // namespace flead::money
