// The payment provider inside this program, for trying a set-up without a shop, without a network
// and in CI. Always test money (XTS), and never to be taken for live: doctor and the page say so.
// The payer's page is our own /pay/TOKEN with buttons; refunds, holds and payouts do what they are
// told by themselves. It is asked as any other is, by requests, and answers them from a table of
// its own, so that the same jobs, keys and looks run as with a real one. Callers: the table in
// pay_providers.cpp, call_provider(), the pay page. SQL in mock_store.cpp.
#pragma once

#include <string>
#include <string_view>

#include "core/app.h"
#include "core/money/payment.h"

namespace flead::money::mock {

inline constexpr std::string_view k_scheme = "mock:";  // of the requests that stay inside
inline constexpr std::int64_t k_pay_ms = k_hour_ms;
inline constexpr std::int64_t k_key_ms = 365 * k_day_ms;  // its table forgets nothing

// Settings: none. Always {"test": true}.
Result<Json> check_config(const Json& config);
channels::HttpRequest build_create(const PayAccess& access, const PayOrder& order);
channels::HttpRequest build_fetch(const PayAccess& access, std::string_view id);
PayAnswer parse_object(const channels::HttpReply& reply);
channels::HttpRequest build_search(const PayAccess& access, const PaySearch& search);
PayAnswer parse_search(const channels::HttpReply& reply);
channels::HttpRequest build_capture(const PayAccess& access, const PayOrder& order,
                                    std::string_view id);
channels::HttpRequest build_cancel(const PayAccess& access, const PayOrder& order,
                                   std::string_view id);
channels::HttpRequest build_refund(const PayAccess& access, const RefundOrder& order);
channels::HttpRequest build_account(const PayAccess& access);
PayAnswer parse_account(const channels::HttpReply& reply);
channels::HttpRequest build_payout(const PayAccess& access, const PayoutOrder& order);
channels::HttpRequest build_payout_search(const PayAccess& access, const PayoutId& ours);
channels::HttpRequest build_banks(const PayAccess& access);
PayAnswer parse_banks(const channels::HttpReply& reply);

// What the inside answers. Never inside a transaction: it begins its own.
channels::HttpReply answer(App& app, const PayAccess& access, const channels::HttpRequest& request);

// What the payer has pressed on the page: "pay", "decline"; leaving is no act at all. A look at the
// payment is planned with it. Errors: payment_not_mock (refused), payment_over (conflict).
Status press(App& app, store::Tx& tx, const Payment& payment, std::string_view what);

}  // namespace flead::money::mock
