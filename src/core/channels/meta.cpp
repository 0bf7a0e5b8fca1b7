#include "core/channels/meta.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::channels::meta {

namespace {

constexpr std::string_view k_signature_prefix = "sha256=";
constexpr std::size_t k_verify_token_size = 32;
constexpr std::size_t k_challenge_bytes_max = 128;  // ten digits in practice
constexpr std::size_t k_version_bytes_max = 10;
constexpr std::size_t k_id_digits_max = 32;              // 15 to 17 in practice
constexpr std::int64_t k_crowded_wait_ms = k_minute_ms;  // 429 that names no time
constexpr TimeMs k_time_max = 253'402'300'799'999;       // the end of the year 9999

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool applies(const ErrorRule& rule, const GraphError& error) {
  if (rule.subcode != 0 && rule.subcode != error.subcode) return false;
  return rule.from == k_any_code || (error.code >= rule.from && error.code <= rule.to);
}

const ErrorRule* find_rule(std::span<const ErrorRule> rules, const GraphError& error) {
  for (const ErrorRule& rule : rules) {
    if (applies(rule, error)) return &rule;
  }
  return nullptr;
}

std::string code_words(const GraphError& error) {
  std::string out = std::to_string(error.code);
  if (error.subcode != 0) out += "/" + std::to_string(error.subcode);
  return out;
}

// What HTTP alone says, when no code of Meta's does. A partner's gateway has errors of its own, and
// a proxy has pages.
Delivery delivery_of_status(const HttpReply& reply) {
  Delivery out;
  out.says = "HTTP " + std::to_string(reply.status);
  out.retry_after_ms = reply.retry_after_ms;
  if (reply.status == 429) {
    out.verdict = Verdict::retry;
    out.hold_channel = true;
    if (out.retry_after_ms <= 0) out.retry_after_ms = k_crowded_wait_ms;
  } else if (reply.status == 400) {
    // Meta explains each of its refusals with a code; without one it is a partner's "too often" or
    // "not paid", which must not cost a message.
    out.verdict = Verdict::retry;
    out.slow = true;
  } else if ((reply.status >= 401 && reply.status <= 405) ||
             (reply.status >= 300 && reply.status < 400)) {
    out.verdict = Verdict::misconfigured;  // key, money, rights, or not this API at all
  } else if (reply.status >= 400 && reply.status < 500) {
    out.verdict = Verdict::rejected;
  } else {
    out.verdict = Verdict::ambiguous;  // a gateway's: the call may have gone through
  }
  return out;
}

Delivery failure_of(std::span<const ErrorRule> rules, const HttpReply& reply,
                    const std::optional<GraphError>& error) {
  if (!error) return delivery_of_status(reply);
  Verdict otherwise = Verdict::rejected;
  if (reply.status >= 500) {
    otherwise = Verdict::ambiguous;
  } else if (error->transient) {
    otherwise = Verdict::retry;
  } else if (reply.status == 401 || reply.status == 403) {
    otherwise = Verdict::misconfigured;
  }
  if (find_rule(rules, *error) == nullptr && reply.status == 429) return delivery_of_status(reply);
  Delivery out = delivery_of(rules, *error, otherwise);
  if (reply.retry_after_ms > 0 && out.verdict == Verdict::retry) {
    out.retry_after_ms = reply.retry_after_ms;
  }
  return out;
}

HookCheck check_handshake(const Account& account, const HookCall& call) {
  HookCheck check;
  const std::string_view challenge = call.query_value("hub.challenge");
  const bool plain = std::all_of(challenge.begin(), challenge.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
  // The challenge goes back as it came: nothing but a word may.
  if (call.query_value("hub.mode") != "subscribe" || challenge.empty() || !plain ||
      challenge.size() > k_challenge_bytes_max) {
    return check;
  }
  if (!equal_constant_time(verify_token(account), call.query_value("hub.verify_token"))) {
    return check;
  }
  check.genuine = true;
  check.handshake = true;
  check.answer = std::string(challenge);
  return check;
}

}  // namespace

std::optional<GraphError> read_error(const Json& error) {
  const auto code = whole_number(error, "code");
  if (!code) return std::nullopt;
  GraphError out;
  out.code = *code;
  out.subcode = whole_number(error, "error_subcode").value_or(0);
  out.transient = error.boolean("is_transient").value_or(false);
  return out;
}

Delivery delivery_of(std::span<const ErrorRule> rules, const GraphError& error, Verdict otherwise) {
  Delivery out;
  out.says = code_words(error);
  const ErrorRule* rule = find_rule(rules, error);
  if (rule == nullptr) {
    out.verdict = otherwise;
    out.slow = otherwise == Verdict::retry;
    out.says += ": an error that is not in our table";
    return out;
  }
  out.verdict = rule->verdict;
  out.closes = rule->closes;
  out.says += ": " + std::string(rule->says);
  out.slow = rule->slow;
  out.hold_channel = rule->hold_ms > 0;
  out.retry_after_ms = rule->hold_ms;
  return out;
}

Answer read_answer(std::span<const ErrorRule> rules, const HttpReply& reply,
                   std::string_view stage) {
  Answer answer;
  answer.failed = parse_no_answer(reply);
  if (answer.failed) return answer;
  auto body = parse_json(reply.body);
  const Json* envelope = body ? body->find("error") : nullptr;
  const auto error = envelope != nullptr ? read_error(*envelope) : std::nullopt;
  if (reply.status < 200 || reply.status > 299 || error) {
    answer.failed = failure_of(rules, reply, error);
  } else if (!body || !body->is_object() || envelope != nullptr) {
    answer.failed =
        Delivery();  // ambiguous: something answered 200, the call may have gone through
    answer.failed->says = "HTTP " + std::to_string(reply.status) + " without a readable answer";
  } else {
    answer.body = std::move(*body);
    return answer;
  }
  answer.failed->stage = std::string(stage);
  return answer;
}

Answer read_repeatable(std::span<const ErrorRule> rules, const HttpReply& reply,
                       std::string_view stage) {
  Answer answer = read_answer(rules, reply, stage);
  if (answer.failed && answer.failed->verdict == Verdict::ambiguous) {
    answer.failed->verdict = Verdict::retry;
  }
  return answer;
}

Delivery parse_success(std::span<const ErrorRule> rules, const HttpReply& reply,
                       std::string_view stage) {
  Answer answer = read_repeatable(rules, reply, stage);
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = std::string(stage);
  const bool success = answer.body.boolean("success").value_or(false) ||
                       answer.body.text("success").value_or("") == "true";
  out.verdict = success ? Verdict::sent : Verdict::misconfigured;
  out.says = success ? "subscribed" : "Meta did not confirm the subscription";
  return out;
}

std::string graph_url(const Account& account, std::string_view default_base_url,
                      std::string_view path) {
  const std::string version = account.config.text("version").value_or(std::string(k_version));
  return base_url_of(account, default_base_url) + "/" + version + "/" + std::string(path);
}

Result<std::string> check_version(const Json& config) {
  FLEAD_TRY(std::string version, config_line(config, "version", k_version_bytes_max));
  if (version.empty()) return std::string(k_version);
  const std::string_view number = std::string_view(version).substr(1);
  const std::size_t dot = number.find('.');
  if (version.front() != 'v' || dot == std::string_view::npos ||
      !all_digits(number.substr(0, dot)) || !all_digits(number.substr(dot + 1))) {
    return refused_field("version", "version_invalid", "A version of the Graph API is like v23.0");
  }
  return version;
}

Result<std::string> check_digits(const Json& config, std::string_view name) {
  const Json* setting = config.find(name);
  if (setting == nullptr || setting->is_null()) return std::string();
  const std::string value(trim(id_text(*setting, "")));
  if (value.empty() && setting->is_text()) return std::string();
  if (!all_digits(value) || value.size() > k_id_digits_max) {
    return refused_field(std::string(name), std::string(name) + "_invalid",
                         std::string(name) + " is a number, as Meta's console shows it");
  }
  return value;
}

std::string verify_token(const Account& account) {
  if (account.hook_secret.empty()) return {};
  const std::string mac = hmac_sha256(account.hook_secret, "verify:" + account.id.text());
  return hex_encode(mac).substr(0, k_verify_token_size);
}

HookCheck verify(const Account& account, const HookCall& call) {
  if (account.hook_secret.empty()) return {};
  if (call.method == "GET") return check_handshake(account, call);
  HookCheck check;
  const std::string_view signature = call.header("x-hub-signature-256");
  if (call.method != "POST" || !signature.starts_with(k_signature_prefix)) return check;
  const std::string wanted = hex_encode(hmac_sha256(account.hook_secret, call.body));
  check.genuine =
      equal_constant_time(wanted, ascii_lower(signature.substr(k_signature_prefix.size())));
  return check;
}

std::string text_with_link(std::string_view text, std::string_view label, std::string_view url,
                           std::size_t max, TextUnit unit) {
  std::string whole = fit_text(text, max, unit);
  if (url.empty() || whole.find(url) != std::string::npos) return whole;
  std::string link(url);
  if (!label.empty()) link = std::string(label) + ": " + link;
  if (text.empty()) return fit_text(link, max, unit);
  link = "\n\n" + link;
  const std::size_t length = text_length(link, unit);
  if (length >= max) return fit_text(url, max, unit);
  return fit_text(text, max - length, unit) + link;
}

TimeMs time_of(const Json& json, std::string_view path, std::int64_t unit_ms) {
  const auto count = whole_number(json, path);
  if (!count || *count <= 0 || *count > k_time_max / unit_ms) return 0;
  return *count * unit_ms;
}

}  // namespace flead::channels::meta
