#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::instagram_tests {

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
    server.add(make_instagram_double(World{clock, random}));
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
    call.path = "/_mock/instagram/" + std::string(what);
    call.body = std::move(body);
    call.headers = {{"content-type", "application/json"}};
    return request(std::move(call));
  }
  Json graph(std::string_view method, std::string_view path, std::string body = "",
             std::string fields = "") {
    http::Request call;
    call.method = method;
    call.path = "/instagram" + std::string(path);
    call.body = std::move(body);
    if (!fields.empty()) call.query = {{"fields", std::move(fields)}};
    call.headers = {{"authorization", "Bearer token"}};
    if (!call.body.empty()) call.headers.emplace_back("content-type", "application/json");
    return request(std::move(call));
  }
  // What the hook was called with last.
  const channels::HttpRequest& hook() { return transport.http_sent["mock"].back(); }
  Json hook_body() { return parse_json(hook().body).value(); }
  // The event at its hook; null when the wish was refused.
  Json person(std::string wish = "{}") {
    Json with_url = parse_json(wish).value();
    with_url.set("url", "http://127.0.0.1:1/hooks/instagram");
    control("event", with_url.dump());
    return last_status == 200 ? item(hook_body(), "messaging") : Json();
  }
  Json send(std::string message, std::string more = "", std::string to = "17841400501") {
    return graph("POST", "/v23.0/me/messages",
                 R"({"recipient":{"id":")" + to + R"("},"message":)" + message + more + "}");
  }
  static Json item(const Json& body, std::string_view list, std::size_t at = 0) {
    const Json* items = body.find("entry")->items().at(0).find(list);
    return items == nullptr || items->items().size() <= at ? Json() : items->items().at(at);
  }
};

constexpr const char* k_text = R"({"text":"hi"})";

auto code_of(const Json& answer) {
  return answer.integer("error.code").value_or(0);
}

auto subcode_of(const Json& answer) {
  return answer.integer("error.error_subcode").value_or(0);
}

}  // namespace

TEST_CASE("mock: Instagram sends within a day of the person's message", "[mock]") {
  Bench bench;
  const Json unknown = bench.send(k_text);
  CHECK(code_of(unknown) == 100);
  CHECK(subcode_of(unknown) == 2534014);
  bench.person();
  const Json sent = bench.send(k_text);
  CHECK(bench.last_status == 200);
  CHECK(sent.text("recipient_id") == "17841400501");
  CHECK(sent.text("message_id").has_value());
  bench.clock.advance(24LL * 3600 * 1000);
  const Json late = bench.send(k_text);
  CHECK(code_of(late) == 10);
  CHECK(subcode_of(late) == 2534022);
  CHECK(late.boolean("error.is_transient") == false);
  const std::string human = R"(,"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT")";
  CHECK(code_of(bench.send(k_text, human)) == 0);
  bench.clock.advance(6LL * 24 * 3600 * 1000);
  CHECK(code_of(bench.send(k_text, human)) == 10);
  CHECK(bench.control("account", R"({"windows":{"17841400501":true}})").integer("messages") == 2);
  CHECK(code_of(bench.send(k_text)) == 0);
}

TEST_CASE("mock: Instagram looks at tokens and says who it is", "[mock]") {
  Bench bench;
  const Json me = bench.graph("GET", "/v23.0/me", "", "user_id,username,account_type");
  CHECK(me.text("user_id") == "17841499");
  CHECK(me.text("username") == "acme");
  CHECK(me.text("account_type") == "BUSINESS");
  CHECK(code_of(bench.graph("GET", "/v23.0/17841499")) == 0);
  CHECK(code_of(bench.graph("GET", "/v23.0/17841400501")) == 100);
  bench.person();
  CHECK(bench.graph("GET", "/v23.0/17841400501").text("username") == "ira");
  bench.control("account", R"({"token_expires_in_s":1})");
  bench.clock.advance(1000);
  CHECK(code_of(bench.graph("GET", "/v23.0/me")) == 190);
  CHECK(code_of(bench.send(k_text)) == 190);
}

TEST_CASE("mock: Instagram looks at the parameters of a message", "[mock]") {
  Bench bench;
  bench.person();
  const auto text = [](std::string value) { return R"({"text":")" + value + R"("})"; };
  const auto replies = [](std::string list) {
    return R"({"text":"hi","quick_replies":)" + list + "}";
  };
  const auto buttons = [](std::string list) {
    return R"({"attachment":{"type":"template","payload":{"template_type":"button",)"
           R"("text":"hi","buttons":)" +
           list + "}}}";
  };
  const std::string reply = R"({"content_type":"text","title":"Нет","payload":"no"})";
  const std::string link = R"({"type":"web_url","url":"https://book.example","title":"Да"})";
  std::string many = reply;
  for (int i = 0; i < 13; ++i) many += "," + reply;
  struct Case {
    std::string message;
    std::int64_t code;
  };
  const std::vector<Case> cases = {
      {text(std::string(1000, 'a')), 0},
      {text(std::string(1001, 'a')), 100},
      {text(std::string(499, 'a') + std::string("яяяяяяяяяя")), 0},
      {text(std::string(990, 'a') + std::string("яяяяяя")), 100},  // bytes count
      {text(""), 100},
      {"{}", 100},
      {"5", 100},
      {replies("[" + reply + "]"), 0},
      {replies("[]"), 100},
      {replies("[" + many + "]"), 100},
      {replies(R"([{"content_type":"text","title":"no payload"}])"), 100},
      {buttons("[" + link + "]"), 0},
      {buttons("[" + link + "," + link + "," + link + "," + link + "]"), 100},
      {buttons(R"([{"type":"web_url","url":"book.example","title":"Да"}])"), 100},
      {buttons(R"([{"type":"postback","title":"Да"}])"), 100},
  };
  for (const Case& one : cases) {
    CAPTURE(one.message);
    CHECK(code_of(bench.send(one.message)) == one.code);
  }
  CHECK(code_of(bench.send(k_text, R"(,"tag":"HUMAN_AGENT")")) == 100);
  CHECK(code_of(bench.send(k_text, R"(,"messaging_type":"MESSAGE_TAG","tag":"OTHER")")) == 100);
  CHECK(code_of(bench.graph("POST", "/v23.0/me/messages",
                            R"({"recipient":{"id":17841400501},"message":{"text":"hi"}})")) == 100);
  CHECK(code_of(bench.graph("POST", "/v23.0/me/messages", "nonsense")) == 100);
  bench.control("account", R"({"flood":true,"rate_per_s":1})");
  CHECK(code_of(bench.send(k_text)) == 0);
  CHECK(code_of(bench.send(k_text)) == 613);
}

TEST_CASE("mock: Instagram's events are signed and come in two shapes", "[mock]") {
  Bench bench;
  bench.control("account", R"({"app_secret":"word"})");
  const Json written = bench.person(R"({"text":"Можно?","payload":"snooze:7Qk"})");
  CHECK(written.text("sender.id") == "17841400501");
  CHECK(written.text("recipient.id") == "17841499");
  CHECK(written.integer("timestamp") == 1767603600000);
  CHECK(written.text("message.quick_reply.payload") == "snooze:7Qk");
  CHECK(bench.hook_body().text("object") == "instagram");
  CHECK(bench.hook().headers.back().second ==
        "sha256=" + hex_encode(hmac_sha256("word", bench.hook().body)));
  bench.person(R"({"shape":"changes","text":"Так?"})");
  const Json change = Bench::item(bench.hook_body(), "changes");
  CHECK(change.text("field") == "messages");
  CHECK(change.text("value.message.text") == "Так?");
  bench.person(R"({"bad_signature":true})");
  CHECK(bench.hook().headers.back().second == "sha256=" + std::string(64, '0'));
  bench.person(R"({"type":"batch","events":[{},{"from":"17841400502"}]})");
  CHECK(Bench::item(bench.hook_body(), "messaging", 1).text("sender.id") == "17841400502");
  CHECK(bench.person(R"({"is_deleted":true})").boolean("message.is_deleted") == true);
}

TEST_CASE("mock: Instagram hands back what we sent and that it was seen", "[mock]") {
  Bench bench;
  bench.person(R"({"type":"echo"})");
  CHECK(bench.last_status == 400);  // nothing was sent
  bench.person();
  const auto id = bench.send(k_text).text("message_id");
  const Json echo = bench.person(R"({"type":"echo"})");
  CHECK(echo.text("message.mid") == id);
  CHECK(echo.boolean("message.is_echo") == true);
  CHECK(echo.text("sender.id") == "17841499");
  CHECK(echo.text("recipient.id") == "17841400501");
  CHECK(bench.person(R"({"type":"seen"})").text("read.mid") == id);
}

TEST_CASE("mock: a person of Instagram comes by a link and presses buttons", "[mock]") {
  Bench bench;
  const Json first = bench.person(R"({"type":"start","ref":"L7QkZ2"})");
  CHECK(first.text("postback.referral.ref") == "L7QkZ2");
  CHECK(bench.person(R"({"type":"start","ref":"L8"})").text("referral.ref") == "L8");
  bench.person(R"({"type":"button"})");
  CHECK(bench.last_status == 400);
  bench.send(R"({"text":"Когда?","quick_replies":[)"
             R"({"content_type":"text","title":"Да","payload":"yes"},)"
             R"({"content_type":"text","title":"Нет","payload":"no"}]})");
  const Json quick = bench.person(R"({"type":"button","text":"Нет"})");
  CHECK(quick.text("message.text") == "Нет");
  CHECK(quick.text("message.quick_reply.payload") == "no");
  bench.send(R"({"attachment":{"type":"template","payload":{"template_type":"button",)"
             R"("text":"hi","buttons":[)"
             R"({"type":"web_url","url":"https://book.example","title":"Открыть"},)"
             R"({"type":"postback","title":"Записаться","payload":"book:7Qk"}]}}})");
  const Json pressed = bench.person(R"({"type":"button"})");
  CHECK(pressed.text("postback.title") == "Записаться");
  CHECK(pressed.text("postback.payload") == "book:7Qk");
  CHECK(pressed.text("postback.mid").has_value());
  CHECK(bench.person(R"({"type":"button","payload":"old:1"})").text("postback.payload") == "old:1");
}

TEST_CASE("mock: a referral alone opens no window on Instagram", "[mock]") {
  Bench bench;
  bench.control("account", R"({"windows":{"17841400501":false}})");
  CHECK(bench.person(R"({"type":"start","ref":"L7"})").text("referral.ref") == "L7");
  CHECK(subcode_of(bench.send(k_text)) == 2534022);
}

TEST_CASE("mock: Instagram's hook takes the fields it subscribed to", "[mock]") {
  Bench bench;
  CHECK(bench.graph("GET", "/v23.0/me/subscribed_apps").find("data")->items().empty());
  CHECK(code_of(bench.graph("POST", "/v23.0/me/subscribed_apps", "{}")) == 100);
  bench.graph("POST", "/v23.0/me/subscribed_apps",
              R"({"subscribed_fields":"messages,messaging_seen"})");
  CHECK(bench.last_status == 200);
  const Json apps = bench.graph("GET", "/v23.0/me/subscribed_apps");
  REQUIRE(apps.find("data")->items().size() == 1);
  CHECK(apps.find("data")->items()[0].find("subscribed_fields")->items().size() == 2);
  bench.control("event", "{}");
  CHECK(bench.last_status == 400);  // no hook is known
  bench.control("account", R"({"hook_url":"http://127.0.0.1:1/h?x=1","verify_token":"v"})");
  bench.control("event", R"({"type":"confirmation","challenge":"42"})");
  CHECK(bench.hook().url ==
        "http://127.0.0.1:1/h?x=1&hub.mode=subscribe&hub.challenge=42&hub.verify_token=v");
  bench.control("event", "{}");
  CHECK(bench.last_status == 200);
  bench.control("event", R"({"type":"button","payload":"a"})");
  CHECK(bench.last_status == 400);  // messaging_postbacks was not asked for
  bench.graph("DELETE", "/v23.0/me/subscribed_apps");
  bench.control("event", "{}");
  CHECK(bench.last_status == 400);
}

TEST_CASE("mock: odd wishes for Instagram's double are refused or harmless", "[mock]") {
  Bench bench;
  const auto wish = GENERATE(values<std::string>(
      {R"({"type":"dance"})", R"({"type":"batch"})", R"({"type":"batch","events":[5,null]})",
       R"({"type":5,"from":5})", R"({"type":"message","payload":{},"text":[]})"}));
  CAPTURE(wish);
  bench.person(wish);
  CHECK((bench.last_status == 400 || bench.last_status == 200));
  bench.control("account", R"({"subscribed_fields":5,"windows":[1],"token_expires_in_s":"x"})");
  CHECK(bench.last_status == 200);
}

}  // namespace flead::serve::mock::instagram_tests
