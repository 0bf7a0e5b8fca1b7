#include "core/channels/sms.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/sms_text.h"

namespace flead::channels::sms {

namespace {

// error_code of send.php; HTTP status is 200 with all of them.
constexpr Rule k_send_rules[] = {
    {1, "", Verdict::rejected},       // bad parameters: a bug of ours
    {2, "", Verdict::misconfigured},  // wrong login or password, or our address is not allowed
    {3, "", Verdict::misconfigured},  // no money: goes on after a top-up
    {4, "", Verdict::retry},          // our address is banned for a while: the whole channel waits
    {5, "", Verdict::rejected},       // bad date
    {6, "", Verdict::rejected},       // text or sender forbidden
    {7, "", Verdict::unreachable},    // bad phone number
    {8, "", Verdict::unreachable},    // this number cannot be delivered to
    {9, "", Verdict::ambiguous},      // repeated within a minute: perhaps the first one is out
};

// `status` of status.php. Waiting and handed over count as sent.
constexpr Rule k_status_rules[] = {
    {-3, "", Verdict::retry},        // never seen: safe to send
    {-2, "", Verdict::rejected},     // stopped by a person in the cabinet
    {-1, "", Verdict::sent},         // waiting
    {0, "", Verdict::sent},          // handed to the operator (a code of its own, so Rule's
                                     // "any" is not used here)
    {1, "", Verdict::sent},          // delivered
    {2, "", Verdict::sent},          // read
    {4, "", Verdict::sent},          // link clicked
    {3, "", Verdict::unreachable},   // expired
    {20, "", Verdict::unreachable},  // cannot be delivered
    {22, "", Verdict::unreachable},  // bad number
    {23, "", Verdict::rejected},     // forbidden: duplicates, flood, spam filter
    {24, "", Verdict::unreachable},  // no money
    {25, "", Verdict::unreachable},  // no route
};

// HTTP statuses that never reach the provider's own code.
constexpr Rule k_http_rules[] = {
    {401, "", Verdict::misconfigured}, {403, "", Verdict::misconfigured},
    {404, "", Verdict::misconfigured},  // not this API: the base URL
    {405, "", Verdict::misconfigured}, {429, "", Verdict::retry},
};

constexpr std::int64_t k_ban_wait_ms = 10 * k_minute_ms;  // error 4 and 429 without Retry-After
constexpr std::size_t k_says_bytes_max = 200;

std::string form(const Config& config,
                 const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out;
  const auto append = [&out](std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    out += std::string(name) + "=" + percent_encode(value);
  };
  if (config.login.empty()) {
    append("apikey", config.secret);
  } else {
    append("login", config.login);
    append("psw", config.secret);
  }
  for (const auto& [name, value] : fields) append(name, value);
  append("charset", "utf-8");  // else the text is read as windows-1251
  append("fmt", "3");
  return out;
}

HttpRequest sms_request(const Config& config, std::string_view path, std::string_view label,
                        std::string body) {
  HttpRequest request;
  request.url = config.base_url + std::string(path);
  request.label = std::string(label);
  request.headers = {{"content-type", "application/x-www-form-urlencoded"},
                     {"accept", "application/json"}};
  request.body = std::move(body);
  request.timeout_ms = k_request_timeout_ms;
  return request;
}

// Numbers come as numbers or as strings.
std::optional<std::int64_t> whole(const Json& json, std::string_view name) {
  if (const auto value = json.integer(name)) return value;
  const auto text = json.text(name);
  if (!text || text->empty() || text->size() > 18) return std::nullopt;
  const std::size_t digits = text->front() == '-' ? 1 : 0;
  if (digits == text->size()) return std::nullopt;
  for (std::size_t i = digits; i < text->size(); ++i) {
    if ((*text)[i] < '0' || (*text)[i] > '9') return std::nullopt;
  }
  return std::strtoll(text->c_str(), nullptr, 10);
}

std::optional<std::int64_t> amount(const Json& json, std::string_view name) {
  if (const auto text = json.text(name)) return parse_amount(*text);
  if (const auto value = json.integer(name)) {
    if (*value > -k_money_whole_max && *value < k_money_whole_max) return *value * 100;
  }
  return std::nullopt;
}

std::string cut(std::string_view text) {
  return repair_utf8(text.substr(0, k_says_bytes_max));
}

// What the transport and HTTP itself say, before the body is looked at. Nothing: read the body.
std::optional<Delivery> parse_http(const HttpReply& reply) {
  Delivery out;
  if (reply.status == 200) return std::nullopt;
  out.retry_after_ms = reply.retry_after_ms;
  if (reply.status == 0) {
    out.verdict = reply.may_have_acted ? Verdict::ambiguous : Verdict::retry;
    out.says = cut(reply.error);
    out.stage = "connect";
    return out;
  }
  out.says = "HTTP " + std::to_string(reply.status);
  out.stage = "http";
  if (const Rule* rule = match(k_http_rules, reply.status, "")) {
    out.verdict = rule->verdict;
    out.hold_channel = reply.status == 429;
    if (out.hold_channel && out.retry_after_ms == 0) out.retry_after_ms = k_ban_wait_ms;
  } else if (reply.status >= 300 && reply.status < 400) {
    out.verdict = Verdict::misconfigured;  // redirects are not followed: the base URL is wrong
  } else if (reply.status >= 400 && reply.status < 500) {
    out.verdict = Verdict::rejected;
  } else {
    out.verdict = Verdict::ambiguous;  // a gateway's 5xx: the provider may have acted
  }
  return out;
}

Delivery delivery_of(std::int64_t status, std::int64_t error) {
  Delivery out;
  out.stage = "status";
  out.says = "status " + std::to_string(status);
  if (error != 0) out.says += ", error " + std::to_string(error);
  for (const Rule& rule : k_status_rules) {
    if (rule.code == status) out.verdict = rule.verdict;
  }
  out.delivered = status == 1 || status == 2 || status == 4;
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_amount(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole_part = text.substr(0, dot);
  const std::string_view fraction =
      dot == std::string_view::npos ? std::string_view("0") : text.substr(dot + 1);
  if (whole_part.empty() || whole_part.size() > 12 || fraction.empty() || fraction.size() > 6) {
    return std::nullopt;
  }
  std::int64_t minor = 0;
  for (const char c : whole_part) {
    if (c < '0' || c > '9') return std::nullopt;
    minor = minor * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < 2; ++i)
    minor = minor * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  for (const char c : fraction) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return negative ? -minor : minor;
}

Result<Json> check_config(const Json& config) {
  Json out = Json::object();
  std::string base_url = config.text("base_url").value_or("https://smsc.ru");
  while (base_url.ends_with('/')) base_url.pop_back();
  if ((!base_url.starts_with("https://") && !base_url.starts_with("http://")) ||
      has_control_characters(base_url) || base_url.size() > k_url_characters_max) {
    return refused_field("base_url", "base_url_invalid", "The base URL begins with https://");
  }
  const std::string login = config.text("login").value_or("");
  const std::string sender = config.text("sender").value_or("");
  const std::string currency = config.text("currency").value_or("RUB");
  if (login.size() > 100 || has_control_characters(login)) {
    return refused_field("login", "login_invalid", "The login has at most 100 characters");
  }
  if (sender.size() > 40 || has_control_characters(sender)) {
    return refused_field("sender", "sender_invalid", "A sender id has at most 40 characters");
  }
  if (currency.size() != 3) {
    return refused_field("currency", "currency_invalid", "A currency is three letters, RUB");
  }
  out.set("base_url", base_url).set("login", login).set("sender", sender).set("currency", currency);
  return out;
}

Config read_config(const Account& account) {
  Config config;
  config.base_url = account.config.text("base_url").value_or(config.base_url);
  config.login = account.config.text("login").value_or("");
  config.sender = account.config.text("sender").value_or("");
  config.currency = account.config.text("currency").value_or(config.currency);
  config.secret = account.secret;
  return config;
}

std::string provider_id(const MessageId& id) {
  const std::string hash = sha256_hex(id.text()).substr(0, 8);
  const auto number = std::strtoull(hash.c_str(), nullptr, 16) & 0x7fffffffULL;
  return std::to_string(number == 0 ? 1 : number);
}

bool too_long(std::string_view text) {
  return sms_length(text).segments > k_sms_segments_max;
}

HttpRequest build_send(const Config& config, const Outgoing& message) {
  const std::string segments_max = std::to_string(k_sms_segments_max);
  std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"phones", message.address},  // E.164 with its +: the server takes it literally
      {"mes", message.text},
      {"id", message.provider_id},
      {"cost", "3"},  // send, and tell price and balance
      {"op", "1"},
      {"err", "1"},
      {"tinyurl", "0"},
      {"maxsms", segments_max},
  };
  if (!config.sender.empty()) fields.emplace_back("sender", config.sender);
  return sms_request(config, "/sys/send.php", "sms send", form(config, fields));
}

Delivery parse_send(const Config& config, const HttpReply& reply) {
  if (auto early = parse_http(reply)) return std::move(*early);
  Delivery out;
  out.stage = "send";
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) {
    out.says = "not JSON: " + cut(reply.body);
    return out;  // ambiguous: something answered 200, the provider may have acted
  }
  if (const auto code = whole(*json, "error_code")) {
    out.says = std::to_string(*code) + " " + cut(json->text("error").value_or(""));
    const Rule* rule =
        *code > 0 && *code < 1000 ? match(k_send_rules, static_cast<int>(*code), "") : nullptr;
    out.verdict = rule != nullptr ? rule->verdict : Verdict::ambiguous;
    if (*code == 4) {
      out.hold_channel = true;
      out.retry_after_ms = k_ban_wait_ms;
    }
    return out;
  }
  const auto id = whole(*json, "id");
  if (!id && !json->text("id")) {
    out.says = "neither id nor error_code: " + cut(reply.body);
    return out;
  }
  out.verdict = Verdict::sent;
  out.provider_id = id ? std::to_string(*id) : cut(*json->text("id"));
  out.segments = whole(*json, "cnt").value_or(0);
  out.cost_minor = amount(*json, "cost");
  out.balance_minor = amount(*json, "balance");
  out.currency = config.currency;
  out.says = "accepted";
  return out;
}

HttpRequest build_status(const Config& config, std::string_view phone, std::string_view id) {
  return sms_request(config, "/sys/status.php", "sms status",
                     form(config, {{"phone", phone}, {"id", id}, {"all", "0"}}));
}

Delivery parse_status(const HttpReply& reply) {
  Delivery out;
  out.stage = "status";
  if (auto early = parse_http(reply)) {
    // A question that was not answered says nothing about the message, unless it never can be.
    if (early->verdict != Verdict::misconfigured) early->verdict = Verdict::ambiguous;
    early->stage = "status";
    return std::move(*early);
  }
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) {
    out.says = "not JSON: " + cut(reply.body);
    return out;
  }
  if (const auto code = whole(*json, "error_code")) {
    out.says = std::to_string(*code) + " " + cut(json->text("error").value_or(""));
    if (*code == 2) out.verdict = Verdict::misconfigured;
    return out;
  }
  const auto status = whole(*json, "status");
  if (!status) {
    out.says = "no status: " + cut(reply.body);
    return out;
  }
  return delivery_of(*status, whole(*json, "err").value_or(0));
}

bool verify(const Callback& callback, std::string_view hook_secret) {
  if (hook_secret.empty() || callback.md5.empty()) return false;
  const std::string text = callback.mes.empty()
                               ? callback.id + ":" + callback.phone + ":" + callback.status
                               : callback.phone + ":" + callback.mes + ":" + callback.to;
  const std::string wanted = md5_hex(text + ":" + std::string(hook_secret));
  return equal_constant_time(wanted, ascii_lower(callback.md5));
}

Delivery parse_callback(const Callback& callback) {
  const auto status = whole(Json::object({{"status", callback.status}}), "status");
  if (!status) return {};
  return delivery_of(*status, 0);
}

HttpRequest build_balance(const Config& config) {
  return sms_request(config, "/sys/balance.php", "sms balance", form(config, {{"cur", "1"}}));
}

Delivery parse_balance(const Config& config, const HttpReply& reply) {
  if (auto early = parse_http(reply)) {
    early->stage = "balance";
    if (early->verdict == Verdict::ambiguous) early->verdict = Verdict::retry;  // nothing to repeat
    return std::move(*early);
  }
  Delivery out;
  out.stage = "balance";
  out.verdict = Verdict::retry;
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) {
    out.says = "not JSON: " + cut(reply.body);
    return out;
  }
  if (const auto code = whole(*json, "error_code")) {
    out.says = std::to_string(*code) + " " + cut(json->text("error").value_or(""));
    if (*code == 2) out.verdict = Verdict::misconfigured;
    return out;
  }
  out.balance_minor = amount(*json, "balance");
  if (!out.balance_minor) {
    out.says = "no balance: " + cut(reply.body);
    return out;
  }
  out.verdict = Verdict::sent;
  out.currency = config.currency;
  out.says = "balance " + cut(json->text("balance").value_or("")) + " " + config.currency;
  return out;
}

}  // namespace flead::channels::sms
