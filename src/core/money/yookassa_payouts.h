// YooKassa, payouts to people: requests out, answers in. Pure. An account of its own, with the id
// and the key of a gateway: those of a shop cannot pay out. Callers: the table in
// pay_providers.cpp. Source: the vendor's OpenAPI of July 2026 and yookassa.ru/developers/payouts
// (read 2026-11-21).
#pragma once

#include <string_view>

#include "core/money/provider.h"

namespace flead::money::yookassa_payouts {

// Settings: gateway_id (needed; `shop_id` is taken for it), base_url, test (true: a test gateway).
// Errors (refused_field): gateway_id_needed, base_url_invalid, test_invalid.
Result<Json> check_config(const Json& config);

channels::HttpRequest build_create(const PayAccess& access, const PayoutOrder& order);
channels::HttpRequest build_fetch(const PayAccess& access, std::string_view id);
PayAnswer parse_payout(const channels::HttpReply& reply);
// By our id in the metadata; they look back three months.
channels::HttpRequest build_search(const PayAccess& access, const PayoutId& ours);
PayAnswer parse_search(const channels::HttpReply& reply);
channels::HttpRequest build_banks(const PayAccess& access);
PayAnswer parse_banks(const channels::HttpReply& reply);

}  // namespace flead::money::yookassa_payouts
