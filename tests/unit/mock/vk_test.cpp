#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::vk_tests {

namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const std::vector<std::string> wanted = split(pattern, '/');
  const std::vector<std::string> given = split(path, '/');
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                    [](const std::string& part, const std::string& segment) {
                      return part == segment || (part.starts_with('{') && !segment.empty());
                    });
}

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  int last_status = 0;

  Bench() {
    server.add(make_vk_double(World{clock, random}));
    table = server.routes();
  }

  Json request(http::Request request) {
    for (const http::Route& route : table) {
      if (route.method != request.method || !matches(route.pattern, request.path)) continue;
      // These handlers look at no App.
      App* none = nullptr;
      const http::Reply reply = route.handler(*reinterpret_cast<App*>(&none), request);
      last_status = reply.status;
      const auto json = parse_json(reply.body);
      return json ? *json : Json(reply.body);
    }
    FAIL("no such route");
    return {};
  }
  Json control(std::string_view what, std::string body) {
    http::Request call;
    call.method = "POST";
    call.path = "/_mock/vk/" + std::string(what);
    call.body = std::move(body);
    call.headers = {{"content-type", "application/json"}};
    return request(std::move(call));
  }
  Json method(std::string_view name, std::string form, std::string_view rest = "&v=5.199") {
    http::Request call;
    call.method = "POST";
    call.path = "/vk/method/" + std::string(name);
    call.body = std::move(form) + std::string(rest);
    call.headers = {{"content-type", "application/x-www-form-urlencoded"},
                    {"authorization", "Bearer vk1.a"},
                    {"host", "127.0.0.1:9090"}};
    return request(std::move(call));
  }
  Json send(std::int64_t random_id, std::string more = "&message=hi", int peer = 501) {
    return method("messages.send", "peer_id=" + std::to_string(peer) +
                                       "&random_id=" + std::to_string(random_id) + more);
  }
  Json poll(std::string_view key, std::string_view ts) {
    http::Request call;
    call.method = "GET";
    call.path = "/vk/longpoll/777";
    call.query = {
        {"act", "a_check"}, {"key", std::string(key)}, {"ts", std::string(ts)}, {"wait", "25"}};
    return request(std::move(call));
  }
  Json person(std::string wish = R"({"type":"message"})") {
    const auto parsed = parse_json(wish);
    Json with_url = *parsed;
    with_url.set("url", "http://127.0.0.1:1/hooks/vk");
    control("event", with_url.dump());
    return last_hook();
  }
  Json last_hook() {
    const auto& sent = transport.http_sent["mock"];
    if (sent.empty()) return {};
    const auto json = parse_json(sent.back().body);
    return json ? *json : Json(sent.back().body);
  }
};

auto code_of(const Json& answer) {
  return answer.integer("error.error_code").value_or(0);
}

std::string keyboard(std::string_view buttons, bool in_text = true) {
  return "&message=hi&keyboard=" +
         percent_encode(std::string(R"({"inline":)") + (in_text ? "true" : "false") +
                        R"(,"buttons":)" + std::string(buttons) + "}");
}

}  // namespace

TEST_CASE("mock: the VK double takes forms with a version and a token", "[mock]") {
  Bench bench;
  http::Request json;
  json.method = "POST";
  json.path = "/vk/method/groups.getById";
  json.body = R"({"v":"5.199"})";
  json.headers = {{"content-type", "application/json"}, {"authorization", "Bearer x"}};
  CHECK(code_of(bench.request(json)) == 100);
  CHECK(bench.last_status == 200);
  json.body = "v=5.199";
  json.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  CHECK(code_of(bench.request(json)) == 5);
  json.body = "v=5.199&access_token=x";
  CHECK(code_of(bench.request(json)) == 0);
  CHECK(code_of(bench.method("groups.getById", "", "")) == 8);
  CHECK(code_of(bench.method("groups.getbyid", "")) == 3);
  const Json group = bench.method("groups.getById", "");
  REQUIRE(group.find("response.groups")->items().size() == 1);
  CHECK(group.find("response.groups")->items()[0].text("screen_name") == "acme");
  bench.control("account", R"({"token":"other"})");
  CHECK(code_of(bench.method("groups.getById", "")) == 5);
}

TEST_CASE("mock: VK's token has the rights that the account gives it", "[mock]") {
  Bench bench;
  const Json rights = bench.method("groups.getTokenPermissions", "");
  CHECK(rights.integer("response.mask") == 4096 + 262'144);
  bench.control("account", R"({"permissions":["photos"]})");
  CHECK(code_of(bench.send(1)) == 15);
  CHECK(code_of(bench.method("groups.getCallbackServers", "group_id=777")) == 15);
  CHECK(
      bench.method("groups.getTokenPermissions", "").find("response.permissions")->items().size() ==
      1);
}

TEST_CASE("mock: VK sends to people who allow it", "[mock]") {
  Bench bench;
  CHECK(code_of(bench.send(1)) == 901);
  bench.person();
  CHECK(bench.send(2).integer("response") > 0);
  bench.person(R"({"type":"deny"})");
  CHECK(code_of(bench.send(3)) == 901);
  CHECK(bench.person(R"({"type":"allow","ref":"L7QkZ2"})").text("object.key") == "L7QkZ2");
  CHECK(code_of(bench.send(4)) == 0);
  bench.control("account", R"({"blacklisted":[501],"private":[502],"allowed":[503]})");
  CHECK(code_of(bench.send(5)) == 900);
  CHECK(code_of(bench.send(6, "&message=hi", 502)) == 902);
  CHECK(code_of(bench.send(7, "&message=hi", 503)) == 0);
  CHECK(code_of(bench.send(8, "&message=hi", 2'000'000'001)) == 917);
  const Json refused = bench.send(9, "&message=secret");
  CHECK_THAT(refused.dump(), ContainsSubstring("secret"));  // it echoes what was sent
  CHECK(bench.control("account", "{}").integer("messages") == 3);
}

TEST_CASE("mock: VK sends a repeated random_id once an hour", "[mock]") {
  Bench bench;
  bench.control("account", R"({"allowed":[501,502]})");
  const auto first = bench.send(7).integer("response");
  CHECK(bench.send(7, "&message=other").integer("response") == first);
  CHECK(bench.send(8).integer("response") != first);
  CHECK(bench.send(7, "&message=hi", 502).integer("response") != first);
  CHECK(bench.send(0).integer("response") != bench.send(0).integer("response"));
  bench.clock.advance(3'600'000);
  CHECK(bench.send(7).integer("response") != first);
  CHECK(bench.control("account", "{}").integer("messages") == 6);
}

TEST_CASE("mock: VK remembers a random_id for a hundred messages", "[mock]") {
  Bench bench;
  bench.control("account", R"({"allowed":[501]})");
  const auto first = bench.send(7).integer("response");
  for (std::int64_t i = 0; i < 99; ++i) bench.send(100 + i);
  CHECK(bench.send(7).integer("response") == first);
  bench.send(1000);
  CHECK(bench.send(7).integer("response") != first);
}

TEST_CASE("mock: VK looks at the parameters of a message", "[mock]") {
  Bench bench;
  bench.control("account", R"({"allowed":[501]})");
  CHECK(code_of(bench.send(1, "")) == 100);
  CHECK(code_of(bench.send(1, "&message=")) == 100);
  CHECK(code_of(bench.send(2'147'483'648)) == 100);
  CHECK(code_of(bench.method("messages.send", "peer_id=501&message=hi")) == 100);
  CHECK(code_of(bench.method("messages.send", "random_id=1&message=hi")) == 100);
  CHECK(code_of(bench.method("messages.send", "peer_id=abc&random_id=1&message=hi")) == 100);
  CHECK(code_of(bench.send(1, "&message=" + std::string(4096, 'a'))) == 0);
  CHECK(code_of(bench.send(2, "&message=" + std::string(4097, 'a'))) == 914);
  CHECK(code_of(bench.send(3, "&message=hi&payload=" + std::string(1001, 'a'))) == 100);
}

TEST_CASE("mock: VK looks at keyboards", "[mock]") {
  Bench bench;
  bench.control("account", R"({"allowed":[501]})");
  const std::string link =
      R"({"action":{"type":"open_link","label":"Записаться","link":"https://book.example/x"}})";
  const std::string reply =
      R"({"action":{"type":"callback","label":"Не сейчас","payload":"{\"a\":1}"},)"
      R"("color":"secondary"})";
  CHECK(code_of(bench.send(1, keyboard("[[" + link + "],[" + reply + "]]"))) == 0);
  CHECK(code_of(bench.send(2, keyboard("[[" + link + "," + link + "," + link + "]]"))) == 911);
  CHECK(code_of(bench.send(3, keyboard("[]", false))) == 0);
  const auto bad = GENERATE(values<std::string>(
      {"[]", "[[]]", "{}", "[[{}]]", R"([[{"action":{"type":"text","label":""}}]])",
       R"([[{"action":{"type":"text","label":"ok","payload":"not json"}}]])",
       R"([[{"action":{"type":"text","label":"ok","payload":{"a":1}}}]])",
       R"([[{"action":{"type":"text","label":"ok"},"color":"red"}]])",
       R"([[{"action":{"type":"open_link","label":"ok"}}]])",
       R"([[{"action":{"type":"open_link","label":"ok","link":"https://x"},"color":"primary"}]])",
       R"([[{"action":{"type":"text","label":"12345678901234567890123456789012345678901"}}]])"}));
  CAPTURE(bad);
  CHECK(code_of(bench.send(4, keyboard(bad))) == 911);
  CHECK(code_of(bench.send(5, "&message=hi&keyboard=nonsense")) == 911);
  bench.control("account", R"({"bots":false})");
  CHECK(code_of(bench.send(6, keyboard("[[" + link + "]]"))) == 912);
}

TEST_CASE("mock: VK answers for each of several people", "[mock]") {
  Bench bench;
  bench.control("account", R"({"allowed":[501]})");
  const Json answer = bench.method("messages.send", "peer_ids=501,502&random_id=5&message=hi");
  REQUIRE(answer.find("response")->items().size() == 2);
  CHECK(answer.find("response")->items()[0].integer("message_id") > 0);
  CHECK(answer.find("response")->items()[1].integer("message_id") == 0);
  CHECK(answer.find("response")->items()[1].integer("error.code") == 901);
}

TEST_CASE("mock: VK counts twenty calls a second when told to", "[mock]") {
  Bench bench;
  for (int i = 0; i < 30; ++i) CHECK(code_of(bench.method("groups.getById", "")) == 0);
  bench.control("account", R"({"flood":true})");
  for (int i = 0; i < 20; ++i) CHECK(code_of(bench.method("groups.getById", "")) == 0);
  CHECK(code_of(bench.method("groups.getById", "")) == 6);
  bench.clock.advance(1000);
  CHECK(code_of(bench.method("groups.getById", "")) == 0);
}

TEST_CASE("mock: VK's callback servers are registered, confirmed and called", "[mock]") {
  Bench bench;
  const std::string url = "&url=http%3A%2F%2F127.0.0.1%3A1%2Fhooks";
  CHECK(code_of(bench.method("groups.getCallbackConfirmationCode", "")) == 100);
  CHECK(code_of(bench.method("groups.getCallbackConfirmationCode", "group_id=1")) == 203);
  const auto code =
      bench.method("groups.getCallbackConfirmationCode", "group_id=777").text("response.code");
  CHECK(code == "1f2e3d4c");
  CHECK(code_of(bench.method("groups.addCallbackServer",
                             "group_id=777&title=longer%20than%20it%20may" + url)) == 100);
  const Json added =
      bench.method("groups.addCallbackServer", "group_id=777&title=flead&secret_key=word" + url);
  CHECK(added.integer("response.server_id") == 1);
  bench.control("event", R"({"type":"confirmation"})");
  CHECK(bench.last_hook().text("type") == "confirmation");
  CHECK(bench.last_hook().text("secret") == "word");
  CHECK(bench.last_hook().find("object") == nullptr);

  bench.control("event", R"({"type":"message"})");
  CHECK(bench.last_status == 400);  // nobody asked for it yet
  CHECK(code_of(bench.method("groups.setCallbackSettings",
                             "group_id=777&server_id=1&api_version=5.199&message_new=1")) == 0);
  bench.control("event", R"({"type":"message","text":"Начать","ref":"L7","retry":2})");
  CHECK(bench.last_hook().text("object.message.ref") == "L7");
  CHECK(bench.last_hook().text("secret") == "word");
  CHECK(bench.last_hook().integer("group_id") == 777);
  CHECK(bench.transport.http_sent["mock"].back().headers.back().second == "2");
  bench.control("event", R"({"type":"message","bad_signature":true})");
  CHECK(bench.last_hook().text("secret") != "word");

  bench.control("account", R"({"server_status":"ok"})");
  Json servers = bench.method("groups.getCallbackServers", "group_id=777");
  CHECK(servers.integer("response.count") == 1);
  CHECK(servers.find("response.items")->items()[0].text("status") == "ok");
  CHECK(code_of(bench.method("groups.editCallbackServer",
                             "group_id=777&server_id=1&title=flead" + url)) == 0);
  CHECK(bench.method("groups.getCallbackConfirmationCode", "group_id=777").text("response.code") !=
        code);
  CHECK(code_of(bench.method("groups.deleteCallbackServer", "group_id=777&server_id=2")) == 104);
  CHECK(code_of(bench.method("groups.deleteCallbackServer", "group_id=777&server_id=1")) == 0);
  CHECK(bench.control("account", "{}").integer("hooks") == 0);
  for (int i = 0; i < 10; ++i) {
    bench.method("groups.addCallbackServer", "group_id=777&title=flead" + url);
  }
  CHECK(code_of(bench.method("groups.addCallbackServer", "group_id=777&title=flead" + url)) ==
        2000);
}

TEST_CASE("mock: a person presses a button of VK and is answered once", "[mock]") {
  Bench bench;
  bench.control("event", R"({"type":"button","url":"http://127.0.0.1:1/"})");
  CHECK(bench.last_status == 400);  // no keyboard was sent
  bench.person();
  bench.send(1, keyboard(R"([[{"action":{"type":"callback","label":"Нет","payload":"{\"a\":1}"}}],)"
                         R"([{"action":{"type":"text","label":"Да","payload":"{\"b\":2}"}}]])"));
  const Json pressed = bench.person(R"({"type":"button"})");
  CHECK(pressed.text("type") == "message_event");
  CHECK(pressed.integer("object.payload.a") == 1);
  const std::string id = pressed.text("object.event_id").value_or("");
  CHECK(id != pressed.text("event_id"));
  const std::string answer = "event_id=" + id + "&user_id=501&peer_id=501&event_data=";
  const auto take = [&](std::string_view data) {
    return code_of(bench.method("messages.sendMessageEventAnswer", answer + percent_encode(data)));
  };
  CHECK(take(R"({"type":"dance"})") == 100);
  CHECK(take(R"({"type":"show_snackbar","text":"Хорошо"})") == 0);
  CHECK(take("") == 100);
  const Json written = bench.person(R"({"type":"button","text":"Да"})");
  CHECK(written.text("type") == "message_new");
  CHECK(written.text("object.message.payload") == R"({"b":2})");
  const Json as_text =
      bench.person(R"({"type":"button","payload":"{\"c\":3}","payload_as_text":true})");
  CHECK(as_text.text("object.payload") == R"({"c":3})");
  CHECK(bench.control("account", "{}").integer("answers") == 1);
}

TEST_CASE("mock: VK's Long Poll keeps events in order", "[mock]") {
  Bench bench;
  CHECK(code_of(bench.method("groups.getLongPollServer", "group_id=777")) == 100);
  CHECK(code_of(bench.method("groups.setLongPollSettings",
                             "group_id=777&enabled=1&message_new=1")) == 0);
  const Json server = bench.method("groups.getLongPollServer", "group_id=777");
  CHECK(server.text("response.server") == "http://127.0.0.1:9090/vk/longpoll/777");
  const std::string key = server.text("response.key").value_or("");
  const std::string ts = server.text("response.ts").value_or("");
  CHECK(bench.poll(key, ts).find("updates")->items().empty());
  CHECK(bench.control("event", R"({"type":"message","text":"one"})").boolean("kept") == true);
  bench.control("event", R"({"type":"message","text":"two"})");
  bench.control("event", R"({"type":"deny"})");
  CHECK(bench.last_status == 400);  // Long Poll was not told to keep it
  const Json news = bench.poll(key, ts);
  REQUIRE(news.find("updates")->items().size() == 2);
  CHECK(news.find("updates")->items()[0].text("object.message.text") == "one");
  CHECK(news.find("updates")->items()[0].find("secret") == nullptr);
  const std::string next = news.text("ts").value_or("");
  CHECK(bench.poll(key, next).find("updates")->items().empty());

  CHECK(bench.poll(key, "999").integer("failed") == 1);
  CHECK(bench.poll(key, "999").integer("ts").has_value());
  CHECK(bench.poll("other", next).integer("failed") == 2);
  bench.control("account", R"({"expire_key":true})");
  CHECK(bench.poll(key, next).integer("failed") == 2);
  const std::string second =
      bench.method("groups.getLongPollServer", "group_id=777").text("response.key").value_or("");
  bench.control("account", R"({"lose_history":true})");
  CHECK(bench.poll(second, next).integer("failed") == 3);
}

TEST_CASE("mock: odd wishes for VK's double are refused or harmless", "[mock]") {
  Bench bench;
  const auto wish = GENERATE(values<std::string>(
      {R"({"type":"seen","url":"http://127.0.0.1:1/"})", R"({"type":5})", R"({})",
       R"({"type":"raw"})", R"({"type":"button","user":"x","url":"http://127.0.0.1:1/"})",
       R"({"type":"confirmation"})"}));
  CAPTURE(wish);
  bench.control("event", wish);
  CHECK(bench.last_status == 400);
  bench.control("account", R"({"allowed":"all","text_max":-1,"permissions":5,"group_id":"x"})");
  CHECK(bench.last_status == 200);
  const Json raw = bench.person(R"({"type":"raw","body":"{\"type\":"})");
  CHECK(raw.text() == R"({"type":)");
}

TEST_CASE("mock: what VK's double is told of people may be foreign or our own", "[mock]") {
  Bench bench;
  bench.person(R"({"type":"message","peer_id":2000000001})");
  bench.person(R"({"type":"message","user":502,"out":1})");
  bench.person(R"({"type":"message","user":503,"from_id":-777})");
  CHECK(code_of(bench.send(1)) == 901);
  CHECK(code_of(bench.send(2, "&message=hi", 502)) == 901);
  CHECK(code_of(bench.send(3, "&message=hi", 503)) == 901);
  const Json start = bench.person(R"({"type":"start","inline_keyboard":false})");
  CHECK(start.text("object.message.payload") == R"({"command":"start"})");
  CHECK(start.boolean("object.client_info.inline_keyboard") == false);
}

}  // namespace flead::serve::mock::vk_tests
