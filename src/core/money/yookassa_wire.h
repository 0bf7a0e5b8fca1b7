// What payments and payouts of YooKassa share: requests with a login and a key, and answers read as
// far as all objects are alike. Pure. Callers: yookassa.cpp, yookassa_payouts.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/money/provider.h"

namespace flead::money::yookassa {

// The login is the account's shop_id, or its gateway_id.
channels::HttpRequest request_to(const PayAccess& access, std::string method, std::string_view path,
                                 std::string_view label);
channels::HttpRequest post_to(const PayAccess& access, std::string_view path,
                              std::string_view label, std::string_view key, const Json& body);
Json amount_json(const Money& money);
// What of a text a provider takes, at a character's border.
std::string cut_to(std::string_view text, std::size_t characters_max);

// An answer without its object: what went wrong, or `done` with the body to be read.
std::pair<PayAnswer, std::optional<Json>> read_reply(const channels::HttpReply& reply);
bool is_provider_id(std::string_view id);
// Nothing where what must be there is not.
std::optional<PayObject> read_common(const Json& body);
// One page of a list, each object read by `read`. One that cannot be read may be the one that is
// looked for: the answer is unknown then.
PayAnswer read_list(const channels::HttpReply& reply,
                    std::optional<PayObject> (*read)(const Json&));
PayAnswer with_object(PayAnswer answer, std::optional<PayObject> object);

// "1500.00"; and back, nothing for anything else. Negative amounts have no writing.
std::string write_amount(std::int64_t amount_minor);
std::optional<Money> read_amount(const Json& json, std::string_view path);

}  // namespace flead::money::yookassa
