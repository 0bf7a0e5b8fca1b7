// The SQL of payments and refunds. Called by payments.cpp, refunds.cpp and payment_jobs.cpp alone.
// Every change of state is guarded by the state that it starts from.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/money/payment.h"

namespace flead::money::payments_store {

Status insert(store::Tx& tx, const Payment& payment);
Result<std::optional<Payment>> by_id(store::Tx& tx, const PaymentId& id);
Result<std::optional<Payment>> by_token(store::Tx& tx, std::string_view token);
Result<std::optional<Payment>> by_provider_id(store::Tx& tx, const PayAccountId& account,
                                              std::string_view provider_id);
Result<std::vector<Payment>> of_subject(store::Tx& tx, const TenantId& tenant,
                                        std::string_view subject);
Result<std::vector<Payment>> list(store::Tx& tx, const TenantId& tenant,
                                  const PaymentFilter& filter);
// Everything that may change, where the row is still in the state `from`. False: it is not.
Result<bool> update(store::Tx& tx, const Payment& payment, std::string_view from);
// The first call, or one more. False: it is not to be called any more.
Result<bool> set_called(store::Tx& tx, const PaymentId& id, TimeMs now);
// What the payer, or the provider, has said about keeping the means; false: not from `from`.
Result<bool> set_saving(store::Tx& tx, const Payment& payment, std::string_view from);
Status set_subject(store::Tx& tx, const PaymentId& id, std::string_view subject);
Status set_hold(store::Tx& tx, const PaymentId& id, TimeMs until);
// Holds the row until the end of the transaction.
Status lock(store::Tx& tx, const PaymentId& id);

// False: the key was there.
Result<bool> insert_refund(store::Tx& tx, const Refund& refund);
Result<std::optional<Refund>> refund_by_id(store::Tx& tx, const RefundId& id);
Result<std::optional<Refund>> refund_by_provider_id(store::Tx& tx, const PayAccountId& account,
                                                    std::string_view provider_id);
Result<std::vector<Refund>> refunds_of(store::Tx& tx, const PaymentId& payment);
Result<std::vector<Refund>> canceled_refunds(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit);
Result<bool> update_refund(store::Tx& tx, const Refund& refund, std::string_view from);
// Refunds of this account that have not ended.
Result<std::int64_t> open_refunds(store::Tx& tx, const PayAccountId& account);
// Of all refunds: one that was canceled is still due.
Result<std::int64_t> refunding_minor(store::Tx& tx, const PaymentId& payment);

}  // namespace flead::money::payments_store
