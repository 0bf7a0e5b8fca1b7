#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::telegram_double_test {

namespace {

bool fits(std::string_view pattern, std::string_view path) {
  const std::vector<std::string> names = split(pattern, '/');
  const std::vector<std::string> parts = split(path, '/');
  if (names.size() != parts.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].starts_with('{') && names[i] != parts[i]) return false;
  }
  return true;
}

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  int status = 0;
  std::string retry_after;

  Bench() {
    server.add(make_telegram_double(World{clock, random}));
    table = server.routes();
  }

  Json call(http::Request request) {
    for (const http::Route& route : table) {
      if (route.method != request.method || !fits(route.pattern, request.path)) continue;
      // These handlers look at no App.
      App* none = nullptr;
      const http::Reply reply = route.handler(*reinterpret_cast<App*>(&none), request);
      status = reply.status;
      retry_after.clear();
      for (const auto& [name, value] : reply.headers) {
        if (name == "retry-after") retry_after = value;
      }
      const auto json = parse_json(reply.body);
      return json ? *json : Json(reply.body);
    }
    FAIL("no such route");
    return {};
  }
  Json post(std::string path, std::string body, std::string type = "application/json") {
    http::Request request;
    request.method = "POST";
    request.path = std::move(path);
    request.body = std::move(body);
    request.headers = {{"content-type", std::move(type)}};
    return call(std::move(request));
  }
  Json api(const std::string& method, std::string body = "{}") {
    return post("/telegram/bot700:test/" + method, std::move(body));
  }
  Json account(std::string wish = "{}") { return post("/_mock/telegram/account", std::move(wish)); }
  Json event(std::string wish) { return post("/_mock/telegram/event", std::move(wish)); }

  // What waits to be pulled, all of it confirmed.
  std::vector<Json> pull() {
    const Json answer = api("getUpdates", R"({"timeout":0})");
    REQUIRE(answer.find("result") != nullptr);
    std::vector<Json> updates = answer.find("result")->items();
    if (!updates.empty()) {
      const std::int64_t last = updates.back().integer("update_id").value_or(0);
      api("getUpdates", Json::object({{"offset", last + 1}}).dump());
    }
    return updates;
  }
  std::vector<channels::HttpRequest>& called() { return transport.http_sent["mock"]; }
};

std::string header_of(const channels::HttpRequest& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers) {
    if (ascii_lower(name) == wanted) return value;
  }
  return "(none)";
}

constexpr std::string_view k_secret_header = "x-telegram-bot-api-secret-token";

std::string message(std::string_view text) {
  return Json::object({{"chat_id", 501}, {"text", text}}).dump();
}

// A message with one button, given as JSON.
std::string with_button(const std::string& button) {
  return R"({"chat_id":501,"text":"x","reply_markup":{"inline_keyboard":[[)" + button + "]]}}";
}

}  // namespace

TEST_CASE("mock: a Telegram chat exists once its person pressed Start", "[mock]") {
  Bench bench;
  const Json refused = bench.api("sendMessage", message("hi"));
  CHECK(bench.status == 400);
  CHECK(refused.boolean("ok") == false);
  CHECK(refused.integer("error_code") == 400);
  CHECK(refused.text("description") == "Bad Request: chat not found");
  const Json kept = bench.event(
      R"({"type":"start","chat":501,"payload":"L7QkZ2","name":"Ира","username":"ira"})");
  CHECK(kept.boolean("kept") == true);
  bench.event(R"({"type":"start","chat":502})");

  const Json sent = bench.api("sendMessage", message("Привет"));
  CHECK(bench.status == 200);
  CHECK(sent.boolean("ok") == true);
  CHECK(sent.integer("result.message_id") == 2);
  CHECK(sent.integer("result.chat.id") == 501);
  CHECK(sent.text("result.chat.type") == "private");
  CHECK(sent.boolean("result.from.is_bot") == true);
  CHECK(sent.text("result.text") == "Привет");
  CHECK(sent.integer("result.date") == bench.clock.now() / 1000);
  // The id of a message alone says nothing: another chat has the same.
  const Json other = bench.api("sendMessage", R"({"chat_id":"502","text":"x"})");
  CHECK(other.integer("result.message_id") == 2);
  CHECK(bench.account().integer("sent") == 2);

  const std::vector<Json> updates = bench.pull();
  REQUIRE(updates.size() == 2);
  CHECK(updates[0].text("message.text") == "/start L7QkZ2");
  CHECK(updates[0].integer("message.from.id") == 501);
  CHECK(updates[0].text("message.from.username") == "ira");
  CHECK(updates[0].find("message.from.language_code") == nullptr);
  CHECK(updates[0].find("message.entities")->items()[0].integer("length") == 6);
  CHECK(updates[1].text("message.text") == "/start");
}

TEST_CASE("mock: Telegram refuses wrong messages in its own words", "[mock]") {
  struct Case {
    std::string body;
    int code = 0;
    std::string description;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"chat_id":501})", 400, "Bad Request: message text is empty"},
      {R"({"chat_id":501,"text":"  \n"})", 400, "Bad Request: message text is empty"},
      {"not JSON", 400, "Bad Request: message text is empty"},
      {R"({"text":"x"})", 400, "Bad Request: chat not found"},
      {R"({"chat_id":503,"text":"x"})", 400, "Bad Request: chat not found"},
      {R"({"chat_id":"@channel","text":"x"})", 400, "Bad Request: chat not found"},
      {R"({"chat_id":502,"text":"x"})", 403, "Forbidden: bot was blocked by the user"},
      {message(std::string(4097, 'a')), 400, "Bad Request: message is too long"},
      {R"({"chat_id":501,"text":"a < b","parse_mode":"HTML"})", 400,
       "Bad Request: can't parse entities: Unsupported or unclosed tag"},
      {R"({"chat_id":501,"text":"<b>a","parse_mode":"HTML"})", 400,
       "Bad Request: can't parse entities: Unsupported or unclosed tag"},
      {R"({"chat_id":501,"text":"x","reply_markup":5})", 400,
       "Bad Request: object expected as reply markup"},
      {R"({"chat_id":501,"text":"x","reply_markup":{"inline_keyboard":[{"text":"x"}]}})", 400,
       "Bad Request: can't parse keyboard markup JSON object"},
      {with_button(R"({"text":"x","callback_data":""})"), 400, "Bad Request: BUTTON_DATA_INVALID"},
      {with_button(R"({"text":"x","callback_data":")" + std::string(65, 'd') + "\"}"), 400,
       "Bad Request: BUTTON_DATA_INVALID"},
      {with_button(R"({"text":"x","url":"book.example/x"})"), 400,
       "Bad Request: BUTTON_URL_INVALID"},
      {with_button(R"({"text":"x","url":"javascript:alert"})"), 400,
       "Bad Request: BUTTON_URL_INVALID"},
      {with_button(R"({"text":"x"})"), 400,
       "Bad Request: Text buttons are unallowed in the keyboard"},
      {with_button(R"({"text":"x","url":"https://a.example","callback_data":"d"})"), 400,
       "Bad Request: BUTTON_TYPE_INVALID"},
      {with_button(R"({"callback_data":"d"})"), 400,
       "Bad Request: can't parse inline keyboard button"},
  }));
  CAPTURE(one.body);
  Bench bench;
  bench.account(R"({"chats":[501],"blocked":[502]})");
  const Json answer = bench.api("sendMessage", one.body);
  CHECK(bench.status == one.code);
  CHECK(answer.integer("error_code") == one.code);
  CHECK(answer.text("description") == one.description);
  CHECK(bench.account().integer("sent") == 0);
}

TEST_CASE("mock: Telegram counts a text without its tags in UTF-16", "[mock]") {
  Bench bench;
  bench.account(R"({"chats":[501]})");
  std::string faces;
  for (int i = 0; i < 2048; ++i) faces += "😀";
  bench.api("sendMessage", message(faces));
  CHECK(bench.status == 200);
  bench.api("sendMessage", message(faces + "a"));
  CHECK(bench.status == 400);
  const std::string letters(4090, 'a');
  const Json sent = bench.api("sendMessage", R"({"chat_id":501,"parse_mode":"HTML","text":"<b>)" +
                                                 letters + R"(</b> &lt;&amp;"})");
  CHECK(bench.status == 200);
  CHECK(sent.text("result.text") == letters + " <&");
  // 64 bytes are 32 letters of Cyrillic.
  std::string data;
  for (int i = 0; i < 32; ++i) data += "я";
  bench.api("sendMessage", with_button(R"({"text":"x","callback_data":")" + data + "\"}"));
  CHECK(bench.status == 200);
  bench.api("sendMessage", with_button(R"({"text":"x","callback_data":")" + data + "a\"}"));
  CHECK(bench.status == 400);
}

TEST_CASE("mock: Telegram takes JSON, forms and queries, and names in any case", "[mock]") {
  Bench bench;
  bench.account(R"({"chats":[501]})");
  const std::string markup = R"({"inline_keyboard":[[{"text":"x","callback_data":"d"}]]})";
  const Json sent = bench.post("/telegram/bot700:test/SENDMESSAGE",
                               "chat_id=501&text=a+b&reply_markup=" + percent_encode(markup),
                               "application/x-www-form-urlencoded");
  CHECK(sent.text("result.text") == "a b");
  CHECK(sent.find("result.reply_markup.inline_keyboard") != nullptr);
  http::Request request;
  request.method = "GET";
  request.path = "/telegram/bot700:test/sendMessage";
  request.query = {{"chat_id", "501"}, {"text", "c"}};
  CHECK(bench.call(request).text("result.text") == "c");
  // The phone is asked for by a keyboard of the other kind, which the answer does not show.
  const Json asked =
      bench.api("sendMessage",
                R"({"chat_id":501,"text":"x","reply_markup":{"keyboard":[[{"text":"Отправить номер",
          "request_contact":true}]],"resize_keyboard":true,"one_time_keyboard":true}})");
  CHECK(bench.status == 200);
  CHECK(asked.find("result.reply_markup") == nullptr);
}

TEST_CASE("mock: Telegram knows its tokens and methods", "[mock]") {
  Bench bench;
  CHECK(bench.api("getMe").text("result.username") == "acme_bot");
  CHECK(bench.api("sendPigeon").text("description") == "Not Found: method not found");
  CHECK(bench.status == 404);
  bench.account(R"({"token":"700:right"})");
  CHECK(bench.api("getMe").text("description") == "Unauthorized");
  CHECK(bench.status == 401);
  bench.post("/telegram/bot700:right/getMe", "{}");
  CHECK(bench.status == 200);
  for (const char* path : {"/telegram/bot/getMe", "/telegram/botx:y/getMe", "/telegram/700:a/getMe",
                           "/telegram/bot700/getMe", "/telegram/bot700:/getMe"}) {
    CAPTURE(path);
    CHECK(bench.post(path, "{}").text("description") == "Not Found");
    CHECK(bench.status == 404);
  }
}

TEST_CASE("mock: Telegram's updates wait until an offset confirms them", "[mock]") {
  Bench bench;
  for (const char* text : {"1", "2", "3", "4"}) {
    bench.event(Json::object({{"chat", 501}, {"text", text}}).dump());
  }
  const auto pulled = [&](std::string body) {
    std::string texts;
    const Json answer = bench.api("getUpdates", std::move(body));
    for (const Json& update : answer.find("result")->items()) {
      texts += update.text("message.text").value_or("?");
    }
    return texts;
  };
  CHECK(pulled("{}") == "1234");
  CHECK(pulled(R"({"limit":2})") == "12");
  const Json first = bench.api("getUpdates");
  const std::int64_t id = first.find("result")->items()[0].integer("update_id").value_or(0);
  CHECK(pulled(Json::object({{"offset", id + 1}}).dump()) == "234");
  CHECK(pulled(R"({"offset":0})") == "234");  // the first is gone for good
  CHECK(pulled(R"({"offset":-1})") == "4");
  CHECK(pulled("{}") == "4");
  CHECK(pulled(R"({"offset":-9})") == "4");
  CHECK(pulled(Json::object({{"offset", id + 4}}).dump()).empty());

  bench.api("setWebhook", R"({"url":"https://hooks.example/t"})");
  const Json refused = bench.api("getUpdates");
  CHECK(bench.status == 409);
  CHECK_THAT(refused.text("description").value_or(""), ContainsSubstring("Conflict: "));
  bench.api("deleteWebhook");
  CHECK(pulled("{}").empty());
  CHECK(bench.status == 200);
}

TEST_CASE("mock: Telegram calls the hook it was told of with the secret it was given", "[mock]") {
  Bench bench;
  bench.api("setWebhook", R"({"url":"http://127.0.0.1:1/hooks/telegram/c","secret_token":"s_E-1",
                              "allowed_updates":["message","callback_query"]})");
  CHECK(bench.status == 200);
  CHECK(bench.account().text("hook.url") == "http://127.0.0.1:1/hooks/telegram/c");
  bench.event(R"({"type":"message","chat":501,"text":"Завтра?","language":"ru","times":2})");
  bench.event(R"({"type":"message","chat":501,"text":"x","bad_signature":true})");
  bench.event(R"({"chat":501,"text":"x","url":"http://127.0.0.1:2/","secret":"other"})");
  const auto& called = bench.called();
  REQUIRE(called.size() == 4);
  CHECK(called[0].method == "POST");
  CHECK(called[0].url == "http://127.0.0.1:1/hooks/telegram/c");
  CHECK(header_of(called[0], "content-type") == "application/json");
  CHECK(header_of(called[0], k_secret_header) == "s_E-1");
  CHECK(called[0].body == called[1].body);  // the same update twice
  const auto update = parse_json(called[0].body);
  REQUIRE(update);
  CHECK(update->integer("update_id").has_value());
  CHECK(update->text("message.text") == "Завтра?");
  CHECK(update->text("message.from.language_code") == "ru");
  CHECK(header_of(called[2], k_secret_header) != "s_E-1");
  CHECK(called[3].url == "http://127.0.0.1:2/");
  CHECK(header_of(called[3], k_secret_header) == "other");
  // Nobody asked for these.
  bench.event(R"({"type":"block","chat":501})");
  CHECK(bench.status == 400);

  const Json info = bench.api("getWebhookInfo");
  CHECK(info.text("result.url") == "http://127.0.0.1:1/hooks/telegram/c");
  CHECK(info.integer("result.pending_update_count") == 0);
  bench.account(R"({"drop_hook":true})");
  CHECK(bench.api("getWebhookInfo").text("result.url") == "");
}

TEST_CASE("mock: Telegram takes a webhook that it could call", "[mock]") {
  struct Case {
    std::string body;
    int status = 0;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"url":"https://hooks.example/t"})", 200},
      {R"({"url":"https://hooks.example:8443/t","secret_token":"a_B-9"})", 200},
      {R"({"url":"http://127.0.0.1:18080/t"})", 200},
      {R"({"url":""})", 200},
      {R"({"url":"http://hooks.example/t"})", 400},
      {R"({"url":"https://hooks.example:9000/t"})", 400},
      {R"({"url":"ftp://hooks.example/t"})", 400},
      {R"({"url":"https://"})", 400},
      {R"({"url":"https://hooks.example/t","secret_token":"a b"})", 400},
      {R"({"url":"https://hooks.example/t","secret_token":"ключ"})", 400},
      {R"({"url":"https://hooks.example/t","secret_token":")" + std::string(257, 'a') + "\"}", 400},
      {R"({"url":"https://hooks.example/t","allowed_updates":"message"})", 400},
  }));
  CAPTURE(one.body);
  Bench bench;
  bench.api("setWebhook", one.body);
  CHECK(bench.status == one.status);
}

TEST_CASE("mock: the press of a Telegram button waits for its answer", "[mock]") {
  Bench bench;
  bench.account(R"({"chats":[501]})");
  const Json sent =
      bench.api("sendMessage", with_button(R"({"text":"Не сейчас","callback_data":"snooze:7Qk"})"));
  bench.event(R"({"type":"button","chat":501,"payload":"snooze:7Qk"})");
  bench.event(R"({"type":"button","chat":501,"payload":"other"})");
  const std::vector<Json> updates = bench.pull();
  REQUIRE(updates.size() == 2);
  CHECK(updates[0].text("callback_query.data") == "snooze:7Qk");
  CHECK(updates[0].integer("callback_query.from.id") == 501);
  CHECK(updates[0].integer("callback_query.message.message_id") ==
        sent.integer("result.message_id"));
  // A message that cannot be shown any more has the date 0.
  CHECK(updates[1].integer("callback_query.message.date") == 0);

  const auto answer = [&](std::string id) {
    return bench.api("answerCallbackQuery", Json::object({{"callback_query_id", id}}).dump());
  };
  const std::string id = updates[0].text("callback_query.id").value_or("");
  CHECK(answer(id).boolean("result") == true);
  CHECK(bench.account().integer("answered") == 1);
  CHECK_THAT(answer("5").text("description").value_or(""),
             ContainsSubstring("Bad Request: query is too old"));
  CHECK(bench.status == 400);
  bench.clock.advance(61'000);
  CHECK_THAT(answer(id).text("description").value_or(""), ContainsSubstring("query is too old"));
  bench.event(R"({"type":"button","chat":501})");
  CHECK(bench.status == 400);
}

TEST_CASE("mock: a person blocks the bot and lets it in again", "[mock]") {
  Bench bench;
  bench.event(R"({"type":"start","chat":501})");
  bench.event(R"({"type":"block","chat":501})");
  bench.api("sendMessage", message("x"));
  CHECK(bench.status == 403);
  bench.event(R"({"type":"message","chat":501,"text":"x"})");
  CHECK(bench.status == 400);
  bench.event(R"({"type":"unblock","chat":501})");
  bench.api("sendMessage", message("x"));
  CHECK(bench.status == 200);
  const std::vector<Json> updates = bench.pull();
  REQUIRE(updates.size() == 3);
  CHECK(updates[1].text("my_chat_member.old_chat_member.status") == "member");
  CHECK(updates[1].text("my_chat_member.new_chat_member.status") == "kicked");
  CHECK(updates[1].text("my_chat_member.chat.type") == "private");
  CHECK(updates[2].text("my_chat_member.new_chat_member.status") == "member");
}

TEST_CASE("mock: a Telegram contact may be somebody else's", "[mock]") {
  Bench bench;
  bench.event(R"({"type":"contact","chat":501,"phone":"+79160000501"})");
  bench.event(R"({"type":"contact","chat":501,"phone":"79160000502","owner":502})");
  bench.event(R"({"type":"contact","chat":501,"phone":"79160000503","owner":0})");
  const std::vector<Json> updates = bench.pull();
  REQUIRE(updates.size() == 3);
  CHECK(updates[0].text("message.contact.phone_number") == "+79160000501");
  CHECK(updates[0].integer("message.contact.user_id") == 501);
  CHECK(updates[1].integer("message.contact.user_id") == 502);
  CHECK(updates[2].find("message.contact.user_id") == nullptr);
  CHECK(updates[0].find("message.text") == nullptr);
}

TEST_CASE("mock: Telegram's flood control says how long to wait", "[mock]") {
  Bench bench;
  bench.account(R"({"chats":[501],"flood":true})");
  for (int i = 0; i < 3; ++i) {
    bench.api("sendMessage", message("x"));
    CHECK(bench.status == 200);
  }
  const Json refused = bench.api("sendMessage", message("x"));
  CHECK(bench.status == 429);
  CHECK(bench.retry_after == "1");
  CHECK(refused.integer("error_code") == 429);
  CHECK(refused.integer("parameters.retry_after") == 1);
  CHECK(refused.text("description") == "Too Many Requests: retry after 1");
  bench.clock.advance(1000);
  bench.api("sendMessage", message("x"));
  CHECK(bench.status == 200);

  // All chats together: 30 a second.
  bench.clock.advance(10'000);
  for (int chat = 601; chat <= 631; ++chat) {
    bench.account(R"({"chats":[)" + std::to_string(chat) + "]}");
    bench.api("sendMessage", Json::object({{"chat_id", chat}, {"text", "x"}}).dump());
    CHECK(bench.status == (chat == 631 ? 429 : 200));
  }
}

TEST_CASE("mock: Telegram takes commands of its alphabet", "[mock]") {
  Bench bench;
  const auto set = [&](std::string commands) {
    bench.api("setMyCommands", R"({"commands":)" + commands + "}");
    return bench.status;
  };
  CHECK(set(R"([{"command":"stop","description":"Больше не писать"}])") == 200);
  CHECK(bench.account().find("commands")->items().size() == 1);
  CHECK(set(R"([{"command":"Stop","description":"x"}])") == 400);
  CHECK(set(R"([{"command":"/stop","description":"x"}])") == 400);
  CHECK(set(R"([{"command":"stop","description":""}])") == 400);
  CHECK(set(R"([{"command":"stop"}])") == 400);
  CHECK(set("5") == 400);
}

TEST_CASE("mock: a raw Telegram event goes out as it is", "[mock]") {
  Bench bench;
  bench.event(R"({"type":"raw","body":"{\"update_id\":","url":"http://127.0.0.1:1/"})");
  bench.event(R"({"type":"raw","body":{"update_id":7,"poll":{}},"url":"http://127.0.0.1:1/"})");
  REQUIRE(bench.called().size() == 2);
  CHECK(bench.called()[0].body == "{\"update_id\":");
  CHECK(bench.called()[1].body == R"({"update_id":7,"poll":{}})");
  CHECK(header_of(bench.called()[1], k_secret_header) == "(none)");
  for (const char* bad :
       {R"({"type":"raw"})", R"({"type":"raw","body":"text"})", R"({"type":"message"})",
        R"({"type":"dance","chat":501})", R"({"type":"start","chat":501,"payload":"a b"})"}) {
    CAPTURE(bad);
    bench.event(bad);
    CHECK(bench.status == 400);
  }
}

}  // namespace flead::serve::mock::telegram_double_test
