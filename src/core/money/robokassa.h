// Robokassa: the address of the payer's page, which is all that is asked of it, and notifications
// (ResultURL). Its state cannot be asked for here and nothing is given back through it: a signed
// notification counts by itself, and a refund is made in the cabinet and confirmed. Pure. Caller:
// the table in pay_providers.cpp. Source: docs.robokassa.ru on notifications and redirects (read
// 2026-11-21); tried against its test vector, never a real shop.
#pragma once

#include <string>
#include <string_view>

#include "core/money/provider.h"

namespace flead::money::robokassa {

inline constexpr std::string_view k_base_url = "https://auth.robokassa.ru/Merchant/Index.aspx";
inline constexpr std::size_t k_text_characters_max = 100;

// Settings: shop_id (MerchantLogin), hash (md5 or sha256, as in the cabinet; default sha256),
// base_url (the page's address), senders, test (with the test passwords).
// Errors (refused_field): shop_id_needed, hash_invalid, base_url_invalid, test_invalid.
Result<Json> check_config(const Json& config);

// PayAnswer::object.confirm_url is the page. The secret is both passwords, with a blank between:
// the first signs what we ask for, the second what we are told. Misconfigured without.
PayAnswer make_page(const PayAccess& access, const PayOrder& order);
PayNotice read_notice(const PayAccess& access, const channels::HookCall& call);
// "1500.00", "1500", "1500.000000"; nothing for parts of a kopeck.
std::optional<std::int64_t> read_sum(std::string_view text);

}  // namespace flead::money::robokassa
