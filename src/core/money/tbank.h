// T-Bank (T-Kassa, eacq v2): requests out, answers and notifications in. Pure. Caller: the table in
// pay_providers.cpp. Sources: the vendor's description of Init, GetState, CheckOrder, Confirm and
// Cancel as its OpenAPI gives it, and developer.tbank.ru/eacq on tokens, notifications and statuses
// (read 2026-11-27). Tried against its test vector and scripted answers, never a real terminal.
#pragma once

#include <string>
#include <string_view>

#include "core/money/provider.h"

namespace flead::money::tbank {

inline constexpr std::string_view k_base_url = "https://securepay.tinkoff.ru/v2";
inline constexpr int k_timeout_ms = 35'000;
inline constexpr std::int64_t k_pay_ms = k_hour_ms;  // RedirectDueDate, as we ask for it
inline constexpr std::int64_t k_amount_max_minor = 100'000'000;
inline constexpr std::size_t k_text_characters_max = 140;  // that of SBP

// Settings: shop_id (the terminal's key; one that ends with DEMO is a test terminal), base_url,
// ca_file (its certificates move to the national CA), proxy, senders, test.
// Errors (refused_field): shop_id_needed, base_url_invalid, test_invalid, senders_invalid.
Result<Json> check_config(const Json& config);

// Values of all scalar members but Token, and the password as "Password", sorted by name, joined
// and hashed: lower-case hex.
std::string token_of(const Json& object, std::string_view password);

channels::HttpRequest build_create(const PayAccess& access, const PayOrder& order);
channels::HttpRequest build_fetch(const PayAccess& access, std::string_view id);
PayAnswer parse_payment(const channels::HttpReply& reply);
channels::HttpRequest build_search(const PayAccess& access, const PaySearch& search);
PayAnswer parse_search(const channels::HttpReply& reply);
channels::HttpRequest build_capture(const PayAccess& access, const PayOrder& order,
                                    std::string_view id);
channels::HttpRequest build_cancel(const PayAccess& access, const PayOrder& order,
                                   std::string_view id);
// Asked for once more it says what became of it: ExternalRequestId is remembered.
channels::HttpRequest build_refund(const PayAccess& access, const RefundOrder& order);
PayAnswer parse_refund(const channels::HttpReply& reply);
PayNotice read_notice(const PayAccess& access, const channels::HookCall& call);

}  // namespace flead::money::tbank
