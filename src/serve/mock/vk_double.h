// The double of VK: its state and the names of its parts. Callers: vk.cpp (what the API answers)
// and vk_events.cpp (what the community's people do, and the control of the state). Nobody else.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/rate.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::vk_double {

inline constexpr std::int64_t k_remember_ms = 3'600'000;
inline constexpr std::size_t k_remember_messages = 100;
inline constexpr std::size_t k_kept_max = 1'000;  // of Long Poll, and of presses
inline constexpr std::size_t k_servers_max = 10;  // of one community
inline constexpr std::int64_t k_first_chat = 2'000'000'000;
inline constexpr std::string_view k_version = "5.199";
inline constexpr std::string_view k_events[] = {
    "message_new",  "message_reply", "message_allow", "message_deny",
    "message_edit", "message_event", "message_read",  "message_typing_state"};

struct CallbackServer {
  std::int64_t id = 0;
  std::string title, url, secret;
  std::string status = "wait";
  std::string api_version = std::string(k_version);
  std::set<std::string, std::less<>> on;  // types of events
};

struct Sent {
  std::int64_t random_id = 0, message_id = 0, in_dialog = 0, at_ms = 0;
};

struct Dialog {
  std::string state = "unknown";  // allowed denied blacklisted private
  std::int64_t last_in_dialog = 0;
  std::deque<Sent> sent;
  Json keyboard;  // of the last message that had one
};

struct Press {
  std::int64_t user = 0, peer = 0, at_ms = 0;
  bool answered = false;
};

class VkDouble final : public ProviderDouble {
 public:
  explicit VkDouble(World world) : world_(world) {}

  std::string_view kind() const override { return "vk"; }
  std::vector<std::string> paths() const override {
    return {"/method/{name}", "/longpoll/{group}"};
  }

  http::Reply answer(const Call& call) override {
    if (call.path.starts_with("/longpoll/")) return poll(call);
    return http::json_reply(200, run(call));
  }

  Json account(const Json& wish) override;
  Result<channels::HttpRequest> event(const Json& wish) override;

 private:
  struct Happening {
    std::string type;
    Json object;
  };

  static std::string method_of(const Call& call) {
    return call.path.substr(std::string_view("/method/").size());
  }
  static Json good(Json response) { return Json::object({{"response", std::move(response)}}); }
  static Json fail(const Call& call, int code, std::string_view more = {});

  Json run(const Call& call);
  std::optional<Json> wrong_group(const Call& call) const;
  Json get_by_id(const Call& call);
  Json get_permissions(const Call& call);
  Json get_code(const Call& call);
  Json add_server(const Call& call);
  Json edit_server(const Call& call);
  Json delete_server(const Call& call);
  Json get_servers(const Call& call);
  Json set_callback(const Call& call);
  Json get_long_poll(const Call& call);
  Json set_long_poll(const Call& call);
  Json is_allowed(const Call& call);
  Json send(const Call& call);
  Json answer_press(const Call& call);
  http::Reply poll(const Call& call);

  CallbackServer* find_server(const Call& call);
  static bool good_server(const Call& call);
  static bool switch_events(const Call& call, std::set<std::string, std::less<>>& on);
  int deliver(std::int64_t peer, std::int64_t random_id, const Call& call, Sent& sent);
  void set_state(const Json& wish, std::string_view name);

  Json message_new(const Json& wish, std::string text, const std::optional<std::string>& payload);
  Result<Happening> press(const Json& wish);
  Result<Happening> happen(const Json& wish);
  Result<channels::HttpRequest> hook(const Json& wish, const CallbackServer* server, Json envelope);

  std::string new_token() { return make_token(world_.random, ""); }

  World world_;
  std::int64_t group_ = 777;
  std::string name_ = "ACME", screen_name_ = "acme", token_, secret_, code_ = "1f2e3d4c";
  std::set<std::string, std::less<>> permissions_{"messages", "manage"};
  bool bots_ = true, flood_ = false;
  std::int64_t rate_per_s_ = 20, text_max_ = 4096, answer_within_s_ = 60;
  RateLimiter rates_;
  std::map<std::int64_t, Dialog> dialogs_;
  std::int64_t last_message_ = 4416, messages_ = 0;
  std::map<std::string, Press> presses_;
  std::int64_t answers_ = 0;
  std::vector<CallbackServer> servers_;
  std::int64_t last_server_ = 0;
  bool long_poll_ = false;
  std::set<std::string, std::less<>> long_poll_on_;
  std::string key_, lost_key_;
  std::int64_t ts_ = 7;    // the number of the newest event
  std::deque<Json> kept_;  // the newest has number ts_
};

}  // namespace flead::serve::mock::vk_double
