#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::max_double_test {

namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  int status = 0;
  std::string authorization = "token";

  Bench() {
    server.add(make_max_double(World{clock, random}));
    table = server.routes();
  }

  Json call(std::string method, std::string path, Query query = {}, std::string body = "") {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    request.headers = {{"content-type", "application/json"}, {"authorization", authorization}};
    for (const http::Route& route : table) {
      if (route.method != request.method || route.pattern != request.path) continue;
      // These handlers look at no App.
      App* none = nullptr;
      const http::Reply reply = route.handler(*reinterpret_cast<App*>(&none), request);
      status = reply.status;
      const auto json = parse_json(reply.body);
      return json ? *json : Json(reply.body);
    }
    FAIL("no such route");
    return {};
  }
  Json send(std::string body, Query query = {{"user_id", "501"}}) {
    return call("POST", "/max/messages", std::move(query), std::move(body));
  }
  Json subscribe(std::string body) {
    return call("POST", "/max/subscriptions", {}, std::move(body));
  }
  Json account(std::string wish = "{}") {
    return call("POST", "/_mock/max/account", {}, std::move(wish));
  }
  Json event(std::string wish) { return call("POST", "/_mock/max/event", {}, std::move(wish)); }

  // The latest event that waits to be pulled.
  Json latest() {
    const Json answer = call("GET", "/max/updates");
    REQUIRE(answer.find("updates") != nullptr);
    REQUIRE(answer.find("updates")->items().size() == 1);
    return answer.find("updates")->items()[0];
  }
  std::vector<channels::HttpRequest>& called() { return transport.http_sent["mock"]; }
};

std::string header_of(const channels::HttpRequest& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers) {
    if (ascii_lower(name) == wanted) return value;
  }
  return "(none)";
}

constexpr std::string_view k_secret_header = "x-max-bot-api-secret";

std::string with_rows(const std::string& rows) {
  return R"({"text":"x","attachments":[{"type":"inline_keyboard","payload":{"buttons":[)" + rows +
         "]}}]}";
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + text;
  return out;
}

constexpr const char* k_callback = R"({"type":"callback","text":"x","payload":"p"})";
constexpr const char* k_link = R"({"type":"link","text":"x","url":"https://book.example/x"})";

}  // namespace

TEST_CASE("mock: MAX takes the bare token in the header alone", "[mock]") {
  Bench bench;
  const Json me = bench.call("GET", "/max/me");
  CHECK(bench.status == 200);
  CHECK(me.text("username") == "acme_bot");
  CHECK(me.boolean("is_bot") == true);
  CHECK(me.integer("last_activity_time") == bench.clock.now());
  for (const char* wrong : {"", "Bearer token", "bearer token"}) {
    CAPTURE(wrong);
    bench.authorization = wrong;
    CHECK(bench.call("GET", "/max/me").text("code") == "verify.token");
    CHECK(bench.status == 401);
  }
  bench.authorization = "token";
  CHECK(bench.call("GET", "/max/me", {{"access_token", "token"}}).text("code") ==
        "deprecated.token");
  CHECK(bench.status == 403);
  bench.account(R"({"token":"right"})");
  bench.call("GET", "/max/me");
  CHECK(bench.status == 401);
  bench.authorization = "right";
  bench.call("GET", "/max/me");
  CHECK(bench.status == 200);
}

TEST_CASE("mock: MAX answers a send as its server does", "[mock]") {
  Bench bench;
  bench.account(R"({"users":[501]})");
  const Json first = bench.send(R"({"text":"Выберите время","notify":true})");
  CHECK(bench.status == 200);
  CHECK(first.text("message.body.text") == "Выберите время");
  CHECK(first.find("message.body.attachments") == nullptr);
  CHECK(first.find("message.link") == nullptr);
  CHECK(first.text("message.recipient.chat_type") == "dialog");
  CHECK(first.integer("message.recipient.user_id") == 501);
  CHECK(first.integer("message.timestamp") == bench.clock.now());
  CHECK(first.boolean("message.sender.is_bot") == true);
  CHECK(first.integer("message.body.seq").value_or(0) > (std::int64_t{1} << 53));
  const Json second = bench.send(with_rows("[" + std::string(k_link) + "]"));
  CHECK(second.find("message.body.attachments")->items().size() == 1);
  CHECK(second.text("message.body.mid") != first.text("message.body.mid"));
  CHECK_THAT(second.text("message.body.mid").value_or(""), ContainsSubstring("mid."));

  // The dialog has an id of its own, which is nobody's as a person's.
  const auto chat = first.integer("message.recipient.chat_id");
  REQUIRE(chat);
  CHECK(*chat != 501);
  bench.send(R"({"text":"x"})", {{"chat_id", std::to_string(*chat)}});
  CHECK(bench.status == 200);
  CHECK(bench.account().integer("sent") == 3);
  const Json seen =
      bench.call("GET", "/max/messages", {{"chat_id", std::to_string(*chat)}, {"count", "2"}});
  REQUIRE(seen.find("messages")->items().size() == 2);
  CHECK(seen.find("messages")->items()[0].text("body.text") == "x");
  CHECK(seen.find("messages")->items()[1].text("body.mid") == second.text("message.body.mid"));
  bench.send(R"({"text":"x"})", {{"user_id", std::to_string(*chat)}});
  CHECK(bench.status == 404);
}

TEST_CASE("mock: MAX reaches only whoever started the bot", "[mock]") {
  Bench bench;
  CHECK(bench.send(R"({"text":"x"})").text("code") == "dialog.not.found");
  CHECK(bench.status == 404);
  CHECK(bench.send(R"({"text":"x"})", {{"chat_id", "501"}}).text("code") == "chat.not.found");
  CHECK(bench.status == 404);
  bench.event(R"({"type":"start","chat":501})");
  bench.send(R"({"text":"x"})");
  CHECK(bench.status == 200);
  bench.event(R"({"type":"block","chat":501})");
  const Json denied = bench.send(R"({"text":"x"})");
  CHECK(bench.status == 403);
  CHECK(denied.text("code") == "chat.denied");
  CHECK(denied.text("message") == "error.dialog.suspended");
  bench.event(R"({"type":"message","chat":501})");
  CHECK(bench.status == 400);
  bench.event(R"({"type":"unblock","chat":501})");
  bench.send(R"({"text":"x"})");
  CHECK(bench.status == 200);
  bench.account(R"({"moderated":false})");
  bench.send(R"({"text":"x"})");
  CHECK(bench.status == 403);
}

TEST_CASE("mock: MAX refuses a malformed message", "[mock]") {
  const auto body = GENERATE(values<std::string>({
      "",
      "not JSON",
      "[]",
      "{}",
      R"({"text":""})",
      R"({"text":null,"attachments":[]})",
      R"({"text":5})",
      R"({"text":"x","user_id":501})",
      R"({"text":"x","chat_id":501})",
      R"({"text":"x","recipient":{"user_id":501}})",
      R"({"text":"x","attachments":{}})",
      R"({"text":"x","attachments":[{"type":"keyboard"}]})",
      R"({"text":"x","attachments":[{"type":"inline_keyboard"}]})",
      R"({"text":"x","format":"markdownv2"})",
      R"({"text":")" + std::string(4001, 'a') + "\"}",
      with_rows(""),
      with_rows("[]"),
      with_rows(k_callback),
      with_rows("[" + repeat(k_callback, 8) + "]"),
      with_rows("[" + repeat(k_callback, 3) + "," + k_link + "]"),
      with_rows(repeat("[" + std::string(k_callback) + "]", 31)),
      with_rows(R"([{"type":"callback","text":"","payload":"p"}])"),
      with_rows(R"([{"type":"callback","text":"x"}])"),
      with_rows(R"([{"type":"callback","text":"x","payload":")" + std::string(1025, 'p') + "\"}]"),
      with_rows(R"([{"type":"callback","text":")" + std::string(129, 'x') + R"(","payload":"p"}])"),
      with_rows(R"([{"type":"link","text":"x"}])"),
      with_rows(R"([{"type":"link","text":"x","url":"book.example"}])"),
      with_rows(R"([{"type":"pigeon","text":"x"}])"),
  }));
  CAPTURE(body);
  Bench bench;
  bench.account(R"({"users":[501]})");
  CHECK(bench.send(body).text("code") == "proto.payload");
  CHECK(bench.status == 400);
  CHECK(bench.account().integer("sent") == 0);
}

TEST_CASE("mock: MAX takes a message up to its limits, to a recipient of the query", "[mock]") {
  Bench bench;
  bench.account(R"({"users":[501]})");
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "я";
  bench.send(Json::object({{"text", text}}).dump());
  CHECK(bench.status == 200);
  bench.send(with_rows(repeat("[" + repeat(k_callback, 7) + "]", 30)));
  CHECK(bench.status == 200);
  bench.send(with_rows("[" + repeat(k_link, 3) + "]"));
  CHECK(bench.status == 200);
  bench.send(R"({"text":"x"})", {});
  CHECK(bench.status == 400);
  bench.send(R"({"text":"x"})", {{"user_id", "ira"}});
  CHECK(bench.status == 400);
}

TEST_CASE("mock: MAX calls the hook that subscribed, with its secret", "[mock]") {
  Bench bench;
  const Json done = bench.subscribe(R"({"url":"http://127.0.0.1:1/hook/max/c","secret":"s_E-1",
      "update_types":["message_created","message_callback","bot_started"]})");
  CHECK(done.boolean("success") == true);
  const Json list = bench.call("GET", "/max/subscriptions");
  REQUIRE(list.find("subscriptions")->items().size() == 1);
  CHECK(list.find("subscriptions")->items()[0].integer("time") == bench.clock.now());
  CHECK(list.find("subscriptions")->items()[0].find("secret") == nullptr);
  bench.event(R"({"type":"start","chat":501,"payload":"L7QkZ2","language":"ru"})");
  bench.event(R"({"chat":501,"text":"Завтра?","bad_signature":true,"times":2})");
  bench.event(R"({"chat":501,"url":"http://127.0.0.1:2/","secret":"other"})");
  const auto& called = bench.called();
  REQUIRE(called.size() == 4);
  CHECK(called[0].url == "http://127.0.0.1:1/hook/max/c");
  CHECK(header_of(called[0], "content-type") == "application/json");
  CHECK(header_of(called[0], k_secret_header) == "s_E-1");
  const auto started = parse_json(called[0].body);
  REQUIRE(started);
  CHECK(started->text("update_type") == "bot_started");
  CHECK(started->text("payload") == "L7QkZ2");
  CHECK(started->text("user_locale") == "ru");
  CHECK(started->integer("user.user_id") == 501);
  CHECK(started->integer("timestamp") == bench.clock.now());
  CHECK(started->integer("chat_id").value_or(501) != 501);
  CHECK(header_of(called[1], k_secret_header) != "s_E-1");
  CHECK(called[1].body == called[2].body);
  CHECK(header_of(called[3], k_secret_header) == "other");
  bench.event(R"({"type":"block","chat":501})");  // nobody asked for these
  CHECK(bench.status == 400);
  bench.account(R"({"drop_hook":true})");
  CHECK(bench.call("GET", "/max/subscriptions").find("subscriptions")->items().empty());
}

TEST_CASE("mock: MAX says that it will not subscribe with status 200", "[mock]") {
  struct Case {
    std::string body;
    int status = 0;
    bool success = false;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"url":"https://hooks.example/max"})", 200, true},
      {R"({"url":"https://hooks.example:443/max","secret":"12345"})", 200, true},
      {R"({"url":"http://127.0.0.1:18080/max"})", 200, true},
      {R"({"url":"http://hooks.example/max"})", 200, false},
      {R"({"url":"https://hooks.example:8443/max"})", 200, false},
      {R"({"url":"https://"})", 200, false},
      {R"({"url":"https://hooks.example/max","secret":"1234"})", 200, false},
      {R"({"url":"https://hooks.example/max","secret":"a b c"})", 200, false},
      {R"({"url":"https://hooks.example/max","secret":5})", 200, false},
      {R"({"secret":"12345"})", 400, false},
      {"", 400, false},
  }));
  CAPTURE(one.body);
  Bench bench;
  const Json answer = bench.subscribe(one.body);
  CHECK(bench.status == one.status);
  CHECK(answer.boolean("success").value_or(false) == one.success);
  CHECK(answer.text("message").has_value() != one.success);
  CHECK(bench.account().find("hook")->is_null() != one.success);
}

TEST_CASE("mock: MAX's updates are pulled by marker while no webhook is there", "[mock]") {
  Bench bench;
  for (const char* text : {"1", "2", "3"}) {
    bench.event(Json::object({{"chat", 501}, {"text", text}}).dump());
  }
  const auto pulled = [&](const Query& query) {
    const Json answer = bench.call("GET", "/max/updates", query);
    std::string texts;
    for (const Json& update : answer.find("updates")->items()) {
      texts += update.text("message.body.text").value_or("?");
    }
    return std::pair(texts, std::to_string(answer.integer("marker").value_or(0)));
  };
  const auto [latest, next] = pulled({});
  CHECK(latest == "3");
  CHECK(pulled({{"marker", "1"}, {"limit", "2"}}).first == "12");
  const std::string after_two = pulled({{"marker", "1"}, {"limit", "2"}}).second;
  CHECK(pulled({{"marker", after_two}}) == std::pair(std::string("3"), next));
  CHECK(pulled({{"marker", "1"}}).first == "3");  // the others count as read
  CHECK(pulled({{"marker", next}}) == std::pair(std::string(), next));
  bench.event(R"({"type":"start","chat":501})");
  bench.event(R"({"chat":501,"text":"4"})");
  CHECK(pulled({{"marker", next}, {"types", "message_created,message_callback"}}).first == "4");
  for (const Query& wrong : {Query{{"limit", "0"}}, Query{{"limit", "1001"}},
                             Query{{"timeout", "91"}}, Query{{"marker", "x"}}}) {
    bench.call("GET", "/max/updates", wrong);
    CHECK(bench.status == 400);
  }
  bench.subscribe(R"({"url":"https://hooks.example/max"})");
  bench.call("GET", "/max/updates");
  CHECK(bench.status == 405);
  bench.call("DELETE", "/max/subscriptions");
  CHECK(bench.status == 400);
  const Query url = {{"url", "https://hooks.example/max"}};
  CHECK(bench.call("DELETE", "/max/subscriptions", url).boolean("success") == true);
  CHECK(bench.call("DELETE", "/max/subscriptions", url).boolean("success") == false);
  bench.call("GET", "/max/updates");
  CHECK(bench.status == 200);
}

TEST_CASE("mock: the press of a MAX button is answered by its id", "[mock]") {
  Bench bench;
  bench.account(R"({"users":[501]})");
  const Json sent = bench.send(with_rows("[" + std::string(k_callback) + "]"));
  bench.event(R"({"type":"button","chat":501,"payload":"p"})");
  const Json press = bench.latest();
  CHECK(press.text("update_type") == "message_callback");
  CHECK(press.text("callback.payload") == "p");
  CHECK(press.integer("callback.user.user_id") == 501);
  CHECK(press.text("message.body.mid") == sent.text("message.body.mid"));
  bench.event(R"({"type":"button","chat":501,"payload":"of nothing"})");
  CHECK(bench.latest().find("message")->is_null());

  const Query id = {{"callback_id", press.text("callback.callback_id").value_or("")}};
  const auto answer = [&](const Query& query, std::string body) {
    return bench.call("POST", "/max/answers", query, std::move(body));
  };
  CHECK(answer(id, R"({"notification":"Хорошо"})").boolean("success") == true);
  CHECK(answer(id, R"({"message":{"text":"Хорошо"}})").boolean("success") == true);
  CHECK(bench.account().integer("answered") == 2);
  CHECK(answer({{"callback_id", "x"}}, R"({"notification":"x"})").boolean("success") == false);
  CHECK(bench.status == 200);
  for (const char* wrong : {"", "{}", R"({"notification":5})", R"({"message":{}})"}) {
    CAPTURE(wrong);
    answer(id, wrong);
    CHECK(bench.status == 400);
  }
  answer({}, R"({"notification":"x"})");
  CHECK(bench.status == 400);
}

TEST_CASE("mock: MAX's events say no more than real ones", "[mock]") {
  Bench bench;
  bench.event(R"({"type":"message","chat":501,"text":"Завтра в 12?"})");
  const Json message = bench.latest();
  CHECK(message.text("update_type") == "message_created");
  CHECK(message.integer("message.sender.user_id") == 501);
  CHECK(message.integer("message.recipient.user_id").value_or(501) != 501);
  CHECK(message.find("message.sender.username") == nullptr);
  CHECK(message.find("message.body.attachments") == nullptr);
  CHECK(message.find("user_locale") == nullptr);
  bench.event(R"({"type":"start","chat":501})");
  CHECK(bench.latest().find("payload") == nullptr);
  bench.event(
      Json::object({{"type", "start"}, {"chat", 501}, {"payload", std::string(129, 'a')}}).dump());
  CHECK(bench.latest().find("payload") == nullptr);  // dropped without a word
  bench.event(R"({"type":"contact","chat":501,"phone":"79160000501"})");
  const Json contact = bench.latest();
  REQUIRE(contact.find("message.body.attachments") != nullptr);
  const Json& card = contact.find("message.body.attachments")->items()[0];
  CHECK(card.text("type") == "contact");
  CHECK_THAT(card.text("payload.vcf_info").value_or(""), ContainsSubstring("79160000501"));
  CHECK(card.text("payload.hash").has_value());
  bench.event(R"({"type":"removed","chat":501})");
  CHECK(bench.latest().text("update_type") == "dialog_removed");
  bench.event(R"({"type":"block","chat":501})");
  CHECK(bench.latest().text("update_type") == "bot_stopped");
  bench.event(R"({"type":"raw","body":{"update_type":"chat_painted"}})");
  CHECK(bench.latest().text("update_type") == "chat_painted");
  for (const char* bad : {R"({"type":"raw"})", R"({"type":"raw","body":"text"})", "{}",
                          R"({"type":"dance","chat":501})", R"({"type":"button","chat":502})"}) {
    CAPTURE(bad);
    bench.event(bad);
    CHECK(bench.status == 400);
  }
}

TEST_CASE("mock: MAX's flood control gives no time to wait", "[mock]") {
  Bench bench;
  bench.account(R"({"users":[501],"flood":true})");
  for (int i = 0; i < 30; ++i) {
    bench.send(R"({"text":"x"})");
    CHECK(bench.status == 200);
  }
  CHECK(bench.send(R"({"text":"x"})").text("code") == "too.many.requests");
  CHECK(bench.status == 429);
  bench.clock.advance(1000);
  bench.send(R"({"text":"x"})");
  CHECK(bench.status == 200);
  for (const int status : {200, 200, 429}) {
    bench.call("GET", "/max/updates");
    CHECK(bench.status == status);
  }
}

}  // namespace flead::serve::mock::max_double_test
