#include "core/channels/provider_http.h"

#include <charconv>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/utf8.h"

namespace flead::channels {
namespace {

constexpr std::size_t k_words_bytes_max = 200;
constexpr std::string_view k_ellipsis = "…";

bool is_url(std::string_view text, std::initializer_list<std::string_view> schemes) {
  if (text.size() > k_url_characters_max || has_control_characters(text) ||
      text.find(' ') != std::string_view::npos) {
    return false;
  }
  for (const std::string_view scheme : schemes) {
    if (text.starts_with(scheme) && text.size() > scheme.size()) return true;
  }
  return false;
}

std::size_t units_of(const utf8::Step& step, TextUnit unit) {
  switch (unit) {
    case TextUnit::characters:
      return 1;
    case TextUnit::utf16_units:
      return step.code >= 0x10000 ? 2 : 1;
    case TextUnit::bytes:
      return step.size;
  }
  return 1;
}

// A byte that begins no character counts as the replacement that the JSON writer makes of it.
utf8::Step step_at(std::string_view text, std::size_t at) {
  const utf8::Step step = utf8::step(text.data() + at, text.data() + text.size());
  return step.size > 0 ? step : utf8::Step{0xFFFD, 1};
}

}  // namespace

Result<std::string> config_line(const Json& config, std::string_view name,
                                std::size_t characters_max) {
  std::string value(trim(config.text(name).value_or("")));
  if (utf8_length(value) > characters_max || has_control_characters(value) || !valid_utf8(value)) {
    return refused_field(std::string(name), std::string(name) + "_invalid",
                         std::string(name) + " is one line of at most " +
                             std::to_string(characters_max) + " characters");
  }
  return value;
}

Result<Json> check_http_config(const Json& config, std::string_view default_base_url) {
  Json out = Json::object();
  std::string base_url = config.text("base_url").value_or(std::string(default_base_url));
  while (base_url.ends_with('/')) base_url.pop_back();
  if (!is_url(base_url, {"https://", "http://"})) {
    return refused_field("base_url", "base_url_invalid", "The base URL begins with https://");
  }
  out.set("base_url", base_url);
  FLEAD_TRY(const std::string ca_file, config_line(config, "ca_file", k_url_characters_max));
  if (!ca_file.empty()) out.set("ca_file", ca_file);
  FLEAD_TRY(const std::string proxy, config_line(config, "proxy", k_url_characters_max));
  if (!proxy.empty() &&
      !is_url(proxy, {"http://", "https://", "socks4a://", "socks5://", "socks5h://"})) {
    return refused_field("proxy", "proxy_invalid",
                         "A proxy is an address such as http://127.0.0.1:3128 or "
                         "socks5h://127.0.0.1:1080");
  }
  if (!proxy.empty()) out.set("proxy", proxy);
  if (config.find("rate") != nullptr) {
    const auto rate = config.number("rate");
    if (!rate || *rate < k_channel_rate_min || *rate > k_channel_rate_max) {
      return refused_field("rate", "rate_invalid",
                           "A rate is a number of messages a second, from 0.001 to 1000");
    }
    out.set("rate", *rate);
  }
  return out;
}

std::string base_url_of(const Account& account, std::string_view fallback) {
  return account.config.text("base_url").value_or(std::string(fallback));
}

HttpRequest json_request(std::string url, std::string label, const Json& body) {
  HttpRequest request;
  request.url = std::move(url);
  request.label = std::move(label);
  request.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  request.body = body.dump();
  request.timeout_ms = k_request_timeout_ms;
  return request;
}

HttpRequest get_request(std::string url, std::string label) {
  HttpRequest request;
  request.method = "GET";
  request.url = std::move(url);
  request.label = std::move(label);
  request.headers = {{"accept", "application/json"}};
  request.timeout_ms = k_request_timeout_ms;
  return request;
}

std::optional<Delivery> parse_no_answer(const HttpReply& reply) {
  if (reply.status != 0) return std::nullopt;
  Delivery out;
  out.stage = "connect";
  out.says = cut_words(reply.error);
  if (reply.untrusted) {
    out.verdict = Verdict::misconfigured;
    out.says += "; --ca-file names the certificates to trust beside the system's";
  } else {
    out.verdict = reply.may_have_acted ? Verdict::ambiguous : Verdict::retry;
  }
  return out;
}

std::string cut_words(std::string_view text) {
  std::string out = repair_utf8(text.substr(0, k_words_bytes_max));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

std::optional<std::int64_t> whole_number(const Json& json, std::string_view path) {
  if (const auto value = json.integer(path)) return value;
  const auto text = json.text(path);
  if (!text || text->empty()) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, code] = std::from_chars(text->data(), end, value);
  if (code != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string id_text(const Json& json, std::string_view path) {
  if (auto text = json.text(path)) return std::move(*text);
  if (const auto value = json.integer(path)) return std::to_string(*value);
  return {};
}

std::size_t text_length(std::string_view text, TextUnit unit) {
  std::size_t length = 0;
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Step step = step_at(text, at);
    length += units_of(step, unit);
    at += step.size;
  }
  return length;
}

std::string fit_text(std::string_view text, std::size_t max, TextUnit unit) {
  if (text_length(text, unit) <= max) return std::string(text);
  const std::size_t tail = unit == TextUnit::bytes ? k_ellipsis.size() : 1;
  if (max < tail) return {};
  std::size_t length = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const utf8::Step step = step_at(text, at);
    if (length + units_of(step, unit) > max - tail) break;
    length += units_of(step, unit);
    at += step.size;
  }
  return std::string(text.substr(0, at)) + std::string(k_ellipsis);
}

}  // namespace flead::channels
