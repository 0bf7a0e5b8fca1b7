// CloudPayments: its notifications, and the question that it asks before it charges. The payer pays
// by the widget on your own site, whose invoiceId is the payment's id here: nothing is asked of
// CloudPayments by us, so there is no page to send a payer to, and refunds are made in the cabinet
// and confirmed. A signed notification counts by itself. Pure. Caller: the table in
// pay_providers.cpp. Source: docs.modx.pro msp3CloudPayments and the vendor's notifications (read
// 2026-11-21); tried against its test vector, never a real shop.
#pragma once

#include <string>
#include <string_view>

#include "core/money/provider.h"

namespace flead::money::cloudpayments {

// Settings: shop_id (the public id), senders, test. Errors (refused_field): shop_id_needed,
// test_invalid, senders_invalid.
Result<Json> check_config(const Json& config);

// Of which kind a call is stands in the address that was typed into the cabinet and not in what is
// signed: `key` beside it is made of the secret, so that nobody turns a question into a payment.
// "type=pay&key=…"; types are check, pay, confirm, fail and refund.
std::string notice_query(const PayAccess& access, std::string_view type);
PayNotice read_notice(const PayAccess& access, const channels::HookCall& call);
// {"code":0}; 10: no such order, 12: another amount, 13: cannot be paid now.
std::string answer_check(PayVeto veto);

}  // namespace flead::money::cloudpayments
