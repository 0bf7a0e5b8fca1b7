#include "serve/mock/meta.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"

namespace flead::serve::mock::meta {

namespace {

bool good_version(std::string_view version) {
  const std::size_t dot = version.find('.');
  if (!version.starts_with('v') || dot == std::string_view::npos) return false;
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(version.substr(1, dot - 1)) && digits(version.substr(dot + 1));
}

}  // namespace

Target read_target(std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string(); };
  return Target{part(1), part(2), part(3)};
}

std::size_t length(std::string_view text) {
  return utf8_length(repair_utf8(text));
}

bool has_text(const Json& json, std::string_view path, std::size_t most) {
  const auto text = json.text(path);
  return text && !text->empty() && length(*text) <= most;
}

void read_text(const Json& wish, std::string_view name, std::string& value) {
  if (const auto text = wish.text(name)) value = *text;
}

void read_flag(const Json& wish, std::string_view name, bool& value) {
  if (const auto flag = wish.boolean(name)) value = *flag;
}

Json pick_fields(const Call& call, const Json& object) {
  const auto asked = call.query.find("fields");
  if (asked == call.query.end()) return object;
  const std::vector<std::string> names = split(asked->second, ',');
  Json out = Json::object();
  for (const auto& [name, value] : object.members()) {
    const bool wanted = std::find(names.begin(), names.end(), name) != names.end();
    if (wanted || name == "id") out.set(name, value);
  }
  return out;
}

std::optional<std::string> person_of(const Json& wish) {
  for (const std::string_view name : {"from", "user"}) {
    if (const auto text = wish.text(name)) return text;
    if (const auto number = wish.integer(name)) return std::to_string(*number);
  }
  return std::nullopt;
}

std::string raw_body(const Json& wish) {
  const Json* body = wish.find("body");
  if (body == nullptr) return "";
  return body->is_text() ? *body->text() : body->dump();
}

void GraphApp::control(const Json& wish) {
  read_text(wish, "token", token_);
  read_text(wish, "app_secret", app_secret_);
  read_text(wish, "verify_token", verify_token_);
  read_text(wish, "hook_url", hook_url_);
  read_flag(wish, "flood", flood_);
  if (const auto rate = wish.integer("rate_per_s")) {
    rate_per_s_ = std::max<std::int64_t>(*rate, 1);
  }
  const Json* expires = wish.find("token_expires_in_s");
  if (expires != nullptr && expires->is_null()) expires_at_ms_.reset();
  if (expires != nullptr && expires->integer()) {
    const std::int64_t in_s = std::clamp<std::int64_t>(*expires->integer(), -1, 1'000'000'000);
    expires_at_ms_ = world_.clock.now() + in_s * 1000;
  }
  if (const Json* windows = wish.find("windows")) {
    for (const auto& [person, state] : windows->members()) {
      const std::int64_t long_ago = world_.clock.now() - 365 * k_window_ms;
      wrote_at_ms_[person] = state.boolean().value_or(false) ? world_.clock.now() : long_ago;
    }
  }
}

void GraphApp::show(Json& out) const {
  const auto is_open = [this](const auto& one) { return open(one.first); };
  out.set("app_secret", app_secret_)
      .set("verify_token", verify_token_)
      .set("hook_url", hook_url_)
      .set("hooks", hooked() ? 1 : 0)
      .set("flood", flood_)
      .set("rate_per_s", rate_per_s_)
      .set("people", static_cast<std::int64_t>(wrote_at_ms_.size()))
      .set("windows_open", static_cast<std::int64_t>(
                               std::count_if(wrote_at_ms_.begin(), wrote_at_ms_.end(), is_open)));
}

http::Reply GraphApp::fail(const GraphError& error) {
  Json inner =
      Json::object({{"message", error.message}, {"type", error.type}, {"code", error.code}});
  if (error.subcode != 0) inner.set("error_subcode", error.subcode);
  inner.set("is_transient", error.status == 429 || error.status >= 500);
  if (!error.details.empty()) {
    inner.set("error_data",
              Json::object({{"messaging_product", "whatsapp"}, {"details", error.details}}));
  }
  inner.set("fbtrace_id", new_id("A").substr(0, 23));
  Json body = Json::object();
  body.set("error", std::move(inner));
  return http::json_reply(error.status, body);
}

Trouble GraphApp::check(const Call& call, const Target& target) {
  if (!good_version(target.version)) {
    return GraphError{100, "Invalid version format. Use format like 'v23.0'", {}, 0, 400};
  }
  const std::string_view bearer = call.header("authorization");
  const std::string token =
      bearer.starts_with("Bearer ") ? std::string(bearer.substr(7)) : call.field("access_token");
  if (token.empty()) {
    return GraphError{104, "An access token is required to request this resource", {}, 0, 401};
  }
  if (!token_.empty() && token != token_) {
    return GraphError{190, "Invalid OAuth access token", {}, 0, 401};
  }
  if (expires_at_ms_ && world_.clock.now() >= *expires_at_ms_) {
    return GraphError{190, "Error validating access token: Session has expired", {}, 463, 401};
  }
  return std::nullopt;
}

bool GraphApp::over(std::string_view key, const Rate& rate) {
  return flood_ && rates_.take(key, rate, world_.clock.steady_ms()) > 0;
}

bool GraphApp::open(const std::string& person, std::int64_t window_ms) const {
  const auto found = wrote_at_ms_.find(person);
  return found != wrote_at_ms_.end() && world_.clock.now() - found->second < window_ms;
}

void GraphApp::set_hook(std::string url, std::string verify_token) {
  hook_url_ = std::move(url);
  verify_token_ = std::move(verify_token);
}

std::string GraphApp::new_id(std::string_view prefix) {
  return make_token(world_.random, prefix);
}

Result<std::string> GraphApp::hook_of(const Json& wish) const {
  if (const auto url = wish.text("url")) return *url;
  if (hook_url_.empty()) {
    return usage_error("no_url", "No hook is known: an event needs a \"url\"");
  }
  return hook_url_;
}

Result<channels::HttpRequest> GraphApp::call_hook(const Json& wish, std::string body) const {
  channels::HttpRequest request;
  FLEAD_TRY(request.url, hook_of(wish));
  request.label = "mock event";
  std::string secret = app_secret_;
  read_text(wish, "app_secret", secret);
  read_text(wish, "secret", secret);
  std::string signature = hex_encode(hmac_sha256(secret, body));
  if (wish.boolean("bad_signature").value_or(false)) signature = std::string(64, '0');
  request.headers = {{"content-type", "application/json"},
                     {"user-agent", "facebookexternalua"},
                     {"x-hub-signature-256", "sha256=" + signature}};
  request.body = std::move(body);
  return request;
}

Result<channels::HttpRequest> GraphApp::handshake(const Json& wish) const {
  channels::HttpRequest request;
  FLEAD_TRY(request.url, hook_of(wish));
  request.method = "GET";
  request.label = "mock event";
  std::string verify_token = verify_token_;
  read_text(wish, "verify_token", verify_token);
  std::string challenge = "1158201444";
  read_text(wish, "challenge", challenge);
  request.url += request.url.find('?') == std::string::npos ? "?" : "&";
  request.url += "hub.mode=subscribe&hub.challenge=" + percent_encode(challenge) +
                 "&hub.verify_token=" + percent_encode(verify_token);
  return request;
}

}  // namespace flead::serve::mock::meta
