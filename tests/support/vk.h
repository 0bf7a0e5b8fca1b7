// What the tests of the VK connector share: an account, replies in VK's shapes, a form taken apart.
// Included by the files that have FLEAD_FIXTURES.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/text.h"
#include "core/channels/vk.h"
#include "support/catch.h"

namespace flead::channels::vk {

using Form = std::map<std::string, std::string>;

inline std::string vk_fixture(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/vk/" + name, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  REQUIRE_FALSE(out.str().empty());
  return out.str();
}

inline HttpReply vk_answer(std::string body, int status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

inline HttpReply vk_error(int code, const std::string& words = "words") {
  return vk_answer(R"({"error":{"error_code":)" + std::to_string(code) + R"(,"error_msg":")" +
                   words + R"(","request_params":[{"key":"peer_id","value":"501"}]}})");
}

inline Account vk_account() {
  Account account;
  account.config = *check_config(Json::object());
  account.secret = "vk1.a.token";
  account.hook_secret = "s3cret0word";
  account.state = Json::object(
      {{"group_id", 777}, {"screen_name", "acme"}, {"server_id", 5}, {"confirmation", "4a9c3a2f"}});
  return account;
}

inline Form form_of(const HttpRequest& request) {
  Form out;
  for (const std::string& pair : split(request.body, '&')) {
    const auto equals = pair.find('=');
    REQUIRE(equals != std::string::npos);
    CHECK(out.count(pair.substr(0, equals)) == 0);
    out[pair.substr(0, equals)] = percent_decode(pair.substr(equals + 1));
  }
  return out;
}

inline std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

inline Inbound only_event(std::string_view raw) {
  const auto events = parse_events(raw);
  REQUIRE(events.size() == 1);
  return events.front();
}

}  // namespace flead::channels::vk
