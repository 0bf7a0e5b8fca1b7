// What connectors over HTTPS and JSON share: the settings that each of them has, and the verdict
// before the body is looked at. Pure. Callers: telegram.cpp, vk.cpp, whatsapp.cpp, max.cpp,
// instagram.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/channels/channel.h"

namespace flead::channels {

// Checks and fills what every such channel has: `base_url` (without a trailing slash), `ca_file`,
// `proxy`, `rate` (calls a second). Returns an object with these alone: the connector adds its own.
// Errors (refused_field): base_url_invalid, ca_file_invalid, proxy_invalid, rate_invalid.
Result<Json> check_http_config(const Json& config, std::string_view default_base_url);

// `config[name]` as one line of text, at most `characters_max`; "" when it is not given. Error
// (refused_field) NAME_invalid.
Result<std::string> config_line(const Json& config, std::string_view name,
                                std::size_t characters_max);

// The account's base URL: the one that check_http_config stored, else `fallback`.
std::string base_url_of(const Account& account, std::string_view fallback);

// POST with a JSON body; `label` begins with the channel's kind: "telegram sendMessage".
HttpRequest json_request(std::string url, std::string label, const Json& body);
HttpRequest get_request(std::string url, std::string label);

// No answer at all (status 0): ambiguous when the request may have been acted on, misconfigured
// when the server's certificate is not trusted, else retry. Nothing: there is an answer.
std::optional<Delivery> parse_no_answer(const HttpReply& reply);

// A provider's words for `Delivery::says`: valid UTF-8, cut to a line.
std::string cut_words(std::string_view text);

// A whole number that comes as a number or as a string ("1795158904"); nothing for anything else.
std::optional<std::int64_t> whole_number(const Json& json, std::string_view path);
// An id that comes as a number or as a string, as text; "" when there is none.
std::string id_text(const Json& json, std::string_view path);

// `text` cut to `max` of `unit` at a character's border, the last one an ellipsis when it was cut.
std::string fit_text(std::string_view text, std::size_t max, TextUnit unit);
// The length of `text` in `unit`.
std::size_t text_length(std::string_view text, TextUnit unit);

}  // namespace flead::channels
