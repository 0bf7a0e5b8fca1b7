// What the doubles of WhatsApp and Instagram share, because both stand behind Meta's Graph API:
// paths and tokens, its error envelope, the window of a person, signed webhooks and the handshake
// before them. Callers: those two doubles, nobody else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/rate.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::meta {

inline constexpr std::int64_t k_window_ms = 24LL * 3600 * 1000;

struct GraphError {
  std::int64_t code = 100;
  std::string message = {};
  std::string details = {};  // error_data.details, which WhatsApp has
  std::int64_t subcode = 0;  // 0: none
  int status = 400;          // a remark: clients are to decide on the code
  std::string_view type = "OAuthException";
};
using Trouble = std::optional<GraphError>;

// "/v23.0/1065/messages" in its parts; `edge` may be "".
struct Target {
  std::string version, id, edge;
};
Target read_target(std::string_view path);

// Characters of any bytes.
std::size_t length(std::string_view text);
// A text of 1 to `most` characters.
bool has_text(const Json& json, std::string_view path, std::size_t most);

void read_text(const Json& wish, std::string_view name, std::string& value);
void read_flag(const Json& wish, std::string_view name, bool& value);

// Those members of `object` that the query's `fields` names, and its id; all without `fields`.
Json pick_fields(const Call& call, const Json& object);

// One app of Meta with one account in it. The window of a person is counted by the double's clock.
class GraphApp {
 public:
  GraphApp(World world, std::int64_t rate_per_s) : world_(world), rate_per_s_(rate_per_s) {}

  // The part of an account's control that both have:
  // token ("": any will do), token_expires_in_s (0: it is over, null: never), app_secret,
  // verify_token, hook_url, flood (rates are kept), rate_per_s, and
  // windows {"79991234567": true}: open from now, or known and closed.
  void control(const Json& wish);
  void show(Json& out) const;

  http::Reply fail(const GraphError& error);
  // Version and token, before anything else is looked at.
  Trouble check(const Call& call, const Target& target);
  // Too many calls of this key; never, unless `flood` is on.
  bool over(std::string_view key, const Rate& rate);
  Rate rate() const { return Rate{rate_per_s_, 1000}; }

  void wrote(const std::string& person) { wrote_at_ms_[person] = world_.clock.now(); }
  bool knows(const std::string& person) const { return wrote_at_ms_.contains(person); }
  bool open(const std::string& person, std::int64_t window_ms = k_window_ms) const;

  void set_hook(std::string url, std::string verify_token);
  bool hooked() const { return !hook_url_.empty(); }
  const std::string& hook() const { return hook_url_; }
  // A POST of `body`, signed; to wish.url or the hook. wish.app_secret and wish.bad_signature as
  // named. Error no_url.
  Result<channels::HttpRequest> call_hook(const Json& wish, std::string body) const;
  // The GET that proves the hook ours: wish.verify_token, wish.challenge.
  Result<channels::HttpRequest> handshake(const Json& wish) const;

  World& world() { return world_; }
  std::string new_id(std::string_view prefix);

 private:
  Result<std::string> hook_of(const Json& wish) const;

  World world_;
  std::string token_, app_secret_ = "app-secret", verify_token_ = "verify-token", hook_url_;
  std::optional<std::int64_t> expires_at_ms_;
  bool flood_ = false;
  std::int64_t rate_per_s_ = 0;
  RateLimiter rates_;
  std::map<std::string, std::int64_t, std::less<>> wrote_at_ms_;
};

// wish.from or wish.user, as text.
std::optional<std::string> person_of(const Json& wish);

// wish.body as it is: text or JSON.
std::string raw_body(const Json& wish);

}  // namespace flead::serve::mock::meta
