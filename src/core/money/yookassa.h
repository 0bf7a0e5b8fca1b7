// YooKassa, payments: requests out, answers in. Pure. Callers: the table in pay_providers.cpp;
// payouts have a file of their own. Source: the vendor's OpenAPI of July 2026 and
// yookassa.ru/developers (read 2026-11-21).
#pragma once

#include <string>
#include <string_view>

#include "core/money/provider.h"

namespace flead::money::yookassa {

inline constexpr std::string_view k_base_url = "https://api.yookassa.ru/v3";
// Their server answers within 30 s or says that it does not know.
inline constexpr int k_timeout_ms = 35'000;
inline constexpr std::int64_t k_key_ms = 23 * k_hour_ms;  // a day, less a margin
inline constexpr std::int64_t k_pay_ms = k_hour_ms;
inline constexpr std::int64_t k_amount_max_minor = 70'000'000;  // 700 000 roubles, by SBP
inline constexpr std::size_t k_text_characters_max = 128;
inline constexpr std::size_t k_refund_text_characters_max = 250;

// Settings: shop_id (needed), base_url, test (true: the shop is a test shop), vat_code (1 to 12; of
// receipts), receipts (true: send receipt data), senders (CIDRs of notifications, joined by commas;
// "" believes any address, as each is looked up anyway).
// Errors (refused_field): shop_id_needed, base_url_invalid, vat_code_invalid, test_invalid,
// senders_invalid.
Result<Json> check_config(const Json& config);

channels::HttpRequest build_create(const PayAccess& access, const PayOrder& order);
channels::HttpRequest build_fetch(const PayAccess& access, std::string_view id);
PayAnswer parse_payment(const channels::HttpReply& reply);
Decline read_decline(std::string_view reason);
channels::HttpRequest build_search(const PayAccess& access, const PaySearch& search);
PayAnswer parse_search(const channels::HttpReply& reply);
channels::HttpRequest build_capture(const PayAccess& access, const PayOrder& order,
                                    std::string_view id);
channels::HttpRequest build_cancel(const PayAccess& access, const PayOrder& order,
                                   std::string_view id);
channels::HttpRequest build_refund(const PayAccess& access, const RefundOrder& order);
channels::HttpRequest build_refund_fetch(const PayAccess& access, std::string_view id);
PayAnswer parse_refund(const channels::HttpReply& reply);
channels::HttpRequest build_refund_search(const PayAccess& access, std::string_view payment,
                                          std::string_view cursor);
PayAnswer parse_refund_search(const channels::HttpReply& reply);
channels::HttpRequest build_account(const PayAccess& access);
PayAnswer parse_account(const channels::HttpReply& reply);
PayNotice read_notice(const PayAccess& access, const channels::HookCall& call);

}  // namespace flead::money::yookassa
