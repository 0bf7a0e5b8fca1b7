#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::whatsapp_tests {

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
    server.add(make_whatsapp_double(World{clock, random}));
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
    call.path = "/_mock/whatsapp/" + std::string(what);
    call.body = std::move(body);
    call.headers = {{"content-type", "application/json"}};
    return request(std::move(call));
  }
  Json graph(std::string_view method, std::string_view path, std::string body = "",
             std::string fields = "") {
    http::Request call;
    call.method = method;
    call.path = "/whatsapp" + std::string(path);
    call.body = std::move(body);
    if (!fields.empty()) call.query = {{"fields", std::move(fields)}};
    call.headers = {{"authorization", "Bearer token"}};
    if (!call.body.empty()) call.headers.emplace_back("content-type", "application/json");
    return request(std::move(call));
  }
  // What the hook was called with last.
  const channels::HttpRequest& hook() { return transport.http_sent["mock"].back(); }
  Json hook_body() { return parse_json(hook().body).value(); }
  Json person(std::string wish = "{}") {
    Json with_url = parse_json(wish).value();
    with_url.set("url", "http://127.0.0.1:1/hooks/whatsapp");
    control("event", with_url.dump());
    return last_status == 200 ? value(hook_body()) : Json();
  }
  Json send(std::string members, std::string to = "79991234567") {
    return graph("POST", "/v23.0/1065/messages",
                 R"({"messaging_product":"whatsapp","recipient_type":"individual","to":")" + to +
                     R"(",)" + members + "}");
  }
  Json send_text(std::string to = "79991234567") {
    return send(R"("type":"text","text":{"body":"hi"},"biz_opaque_callback_data":"out_1")", to);
  }
  // The value of the one change of a webhook.
  static Json value(const Json& body, std::size_t change = 0) {
    const Json& entry = body.find("entry")->items().at(0);
    return *entry.find("changes")->items().at(change).find("value");
  }
};

auto code_of(const Json& answer) {
  return answer.integer("error.code").value_or(0);
}

Json first(const Json& json, std::string_view path) {
  const Json* list = json.find(path);
  return list == nullptr || list->items().empty() ? Json() : list->items().front();
}

std::string interactive(std::string_view buttons) {
  return R"("type":"interactive","interactive":{"type":"button","body":{"text":"Когда?"},)"
         R"("action":{"buttons":)" +
         std::string(buttons) + "}}";
}

std::string with_template(std::string_view name, std::string_view components) {
  return R"("type":"template","template":{"name":")" + std::string(name) +
         R"(","language":{"code":"ru"},"components":)" + std::string(components) + "}";
}

constexpr const char* k_templates =
    R"({"templates":[{"name":"booking_invite","language":"ru","body":1,"url":1},)"
    R"({"name":"ask","language":"ru","body":0,"quick_replies":["Да","Нет"]},)"
    R"({"name":"slow","language":"ru","status":"PENDING"},)"
    R"({"name":"off","language":"ru","status":"PAUSED"}]})";

}  // namespace

TEST_CASE("mock: WhatsApp sends free text within a day of the person's", "[mock]") {
  Bench bench;
  CHECK(code_of(bench.send_text()) == 131047);
  CHECK(bench.last_status == 400);
  bench.person();
  const Json sent = bench.send_text("+79991234567");
  CHECK(bench.last_status == 200);
  CHECK(first(sent, "contacts").text("wa_id") == "79991234567");
  CHECK(first(sent, "contacts").text("input") == "+79991234567");
  CHECK_THAT(first(sent, "messages").text("id").value_or(""), ContainsSubstring("wamid."));
  CHECK(code_of(bench.send_text("79990000000")) == 131047);
  bench.clock.advance(24LL * 3600 * 1000 - 1);
  CHECK(code_of(bench.send_text()) == 0);
  bench.clock.advance(1);
  CHECK(code_of(bench.send_text()) == 131047);
  bench.control("account", R"({"windows":{"79990000000":true}})");
  CHECK(code_of(bench.send_text("79990000000")) == 0);
  const Json now = bench.control("account", R"({"windows":{"79990000000":false}})");
  CHECK(code_of(bench.send_text("79990000000")) == 131047);
  CHECK(now.integer("messages") == 3);
  CHECK(now.integer("windows_open") == 0);
}

TEST_CASE("mock: WhatsApp looks at version, token and number", "[mock]") {
  Bench bench;
  bench.graph("GET", "/23/1065");
  CHECK(bench.last_status == 400);
  CHECK(code_of(bench.graph("GET", "/v23.0/1066")) == 100);
  bench.control("account", R"({"token":"other"})");
  CHECK(code_of(bench.graph("GET", "/v23.0/1065")) == 190);
  CHECK(bench.last_status == 401);
  bench.control("account", R"({"token":"","token_expires_in_s":60})");
  CHECK(code_of(bench.graph("GET", "/v23.0/1065")) == 0);
  bench.clock.advance(60'000);
  const Json expired = bench.send_text();
  CHECK(code_of(expired) == 190);
  CHECK(expired.integer("error.error_subcode") == 463);
  CHECK(expired.text("error.type") == "OAuthException");
  bench.control("account", R"({"token_expires_in_s":null})");
  CHECK(code_of(bench.graph("GET", "/v23.0/1065")) == 0);
}

TEST_CASE("mock: WhatsApp shows the number and the templates", "[mock]") {
  Bench bench;
  bench.control("account", k_templates);
  const Json phone =
      bench.graph("GET", "/v23.0/1065", "", "verified_name,quality_rating,name_status");
  CHECK(phone.text("name_status") == "APPROVED");
  CHECK(phone.text("id") == "1065");
  CHECK(phone.find("display_phone_number") == nullptr);
  const Json list =
      bench.graph("GET", "/v23.0/4195/message_templates", "", "name,language,status,components");
  REQUIRE(list.find("data")->items().size() == 4);
  const Json invite = first(list, "data");
  CHECK(invite.text("name") == "booking_invite");
  CHECK(invite.text("status") == "APPROVED");
  CHECK(first(invite, "components").text("text") == "Body {{1}}");
  CHECK(invite.find("category") == nullptr);
}

TEST_CASE("mock: WhatsApp's templates go out any time, with their parameters", "[mock]") {
  Bench bench;
  bench.control("account", k_templates);
  const std::string body = R"({"type":"body","parameters":[{"type":"text","text":"Ира"}]})";
  const std::string url = R"({"type":"button","sub_type":"url","index":"0",)"
                          R"("parameters":[{"type":"text","text":"7Qk"}]})";
  const auto send = [&](std::string_view name, std::string components) {
    return code_of(bench.send(with_template(name, "[" + components + "]")));
  };
  CHECK(send("booking_invite", body + "," + url) == 0);
  CHECK(send("booking_invite", url) == 132000);
  CHECK(send("booking_invite", body + "," + body + "," + url) == 132000);
  CHECK(send("booking_invite", body) == 131008);
  CHECK(send("unknown", body) == 132001);
  CHECK(bench.last_status == 404);
  CHECK(send("slow", "") == 132001);
  CHECK(send("off", "") == 132015);
  CHECK(send("ask", "") == 0);
  const std::string lines = R"({"type":"body","parameters":[{"type":"text","text":"two\nlines"}]})";
  CHECK(send("booking_invite", lines + "," + url) == 100);
  const std::string empty = R"({"type":"body","parameters":[{"type":"text","text":""}]})";
  CHECK(send("booking_invite", empty + "," + url) == 131008);
  CHECK(code_of(bench.send(R"("type":"template","template":{"name":"ask"})")) == 131008);
}

TEST_CASE("mock: WhatsApp looks at the parameters of a message", "[mock]") {
  Bench bench;
  bench.person();
  CHECK(code_of(bench.send(R"("type":"text","text":{"body":")" + std::string(4096, 'a') +
                           R"("})")) == 0);
  CHECK(code_of(bench.send(R"("type":"text","text":{"body":")" + std::string(4097, 'a') +
                           R"("})")) == 100);
  struct Case {
    std::string members;
    std::int64_t code;
  };
  const std::string long_title(21, 'a');
  const auto reply = [](std::string_view id, std::string_view title) {
    return R"({"type":"reply","reply":{"id":")" + std::string(id) + R"(","title":")" +
           std::string(title) + R"("}})";
  };
  const auto link = [](std::string_view text, std::string_view url) {
    return R"("type":"interactive","interactive":{"type":"cta_url","body":{"text":"hi"},)"
           R"("action":{"name":"cta_url","parameters":{"display_text":")" +
           std::string(text) + R"(","url":")" + std::string(url) + R"("}}})";
  };
  const std::vector<Case> cases = {
      {R"("type":"text")", 131008},
      {R"("type":"text","text":{"body":""})", 131008},
      {R"("type":"text","text":{"body":"hi","preview":true})", 100},
      {R"("type":"text","text":{"body":"hi"},"odd":1)", 100},
      {R"("type":"text","text":{"body":"hi"},"biz_opaque_callback_data":5)", 100},
      {R"("type":"image","image":{"link":"https://x"})", 100},
      {R"("type":"dance")", 131051},
      {R"("type":"interactive")", 131008},
      {interactive("[]"), 131009},
      {interactive("[" + reply("a", "A") + "]"), 0},
      {interactive("[" + reply("a", "A") + "," + reply("b", "B") + "," + reply("c", "C") + "]"), 0},
      {interactive("[" + reply("a", "A") + "," + reply("b", "A") + "]"), 131009},
      {interactive("[" + reply("a", "A") + "," + reply("a", "B") + "]"), 131009},
      {interactive("[" + reply("a", "A") + "," + reply("b", "B") + "," + reply("c", "C") + "," +
                   reply("d", "D") + "]"),
       131009},
      {interactive("[" + reply("a", long_title) + "]"), 131009},
      {interactive("[" + reply(std::string(257, 'a'), "A") + "]"), 131009},
      {link("Записаться", "https://book.example/x"), 0},
      {link("Записаться", "book.example/x"), 131009},
      {link(long_title, "https://book.example/x"), 131009},
  };
  for (const Case& one : cases) {
    CAPTURE(one.members);
    CHECK(code_of(bench.send(one.members)) == one.code);
  }
  CHECK(code_of(bench.send(R"("text":{"body":"hi"})", "abc")) == 131009);
  CHECK(code_of(bench.send(R"("text":{"body":"hi"})", "79990001122")) == 131021);
  CHECK(code_of(bench.graph("POST", "/v23.0/1065/messages", R"({"to":"79991234567"})")) == 100);
  CHECK(code_of(bench.graph("POST", "/v23.0/1065/messages",
                            R"({"messaging_product":"whatsapp","text":{"body":"hi"}})")) == 131008);
  CHECK(code_of(bench.graph("POST", "/v23.0/1065/messages", "[]")) == 100);
}

TEST_CASE("mock: WhatsApp keeps its rates when told to", "[mock]") {
  Bench bench;
  bench.person();
  for (int i = 0; i < 5; ++i) CHECK(code_of(bench.send_text()) == 0);
  bench.control("account", R"({"flood":true,"rate_per_s":3})");
  CHECK(code_of(bench.send_text()) == 0);
  CHECK(code_of(bench.send_text()) == 131056);
  CHECK(bench.last_status == 429);
  bench.send_text();
  const Json flood = bench.send_text();
  CHECK(code_of(flood) == 130429);
  CHECK(flood.boolean("error.is_transient") == true);
  bench.clock.advance(6000);
  CHECK(code_of(bench.send_text()) == 0);
}

TEST_CASE("mock: WhatsApp's events are signed over the bytes", "[mock]") {
  Bench bench;
  bench.control("account", R"({"app_secret":"word"})");
  const Json value = bench.person(R"({"name":"Ира","text":"Можно?"})");
  const auto signature = [&] { return bench.hook().headers.back().second; };
  CHECK(bench.hook().headers.back().first == "x-hub-signature-256");
  CHECK(signature() == "sha256=" + hex_encode(hmac_sha256("word", bench.hook().body)));
  CHECK(bench.hook_body().text("object") == "whatsapp_business_account");
  CHECK(value.text("metadata.phone_number_id") == "1065");
  CHECK(first(value, "messages").text("text.body") == "Можно?");
  CHECK(first(value, "messages").text("timestamp") == "1767603600");
  CHECK(first(value, "contacts").text("profile.name") == "Ира");
  bench.person(R"({"app_secret":"other"})");
  CHECK(signature() == "sha256=" + hex_encode(hmac_sha256("other", bench.hook().body)));
  bench.person(R"({"bad_signature":true})");
  CHECK(signature() == "sha256=" + std::string(64, '0'));
  bench.control("event", R"({"type":"raw","body":"{\"entry\":","url":"http://127.0.0.1:1/"})");
  CHECK(bench.hook().body == R"({"entry":)");
}

TEST_CASE("mock: a person of WhatsApp without a number has an id", "[mock]") {
  Bench bench;
  const Json value = bench.person(R"({"no_phone":true})");
  CHECK(first(value, "contacts").find("wa_id") == nullptr);
  CHECK(first(value, "messages").find("from") == nullptr);
  const std::string id = first(value, "contacts").text("user_id").value_or("");
  CHECK(id.starts_with("RU."));
  CHECK(first(value, "messages").text("from_user_id") == id);
  CHECK(code_of(bench.send_text()) == 131047);
  CHECK(code_of(bench.graph("POST", "/v23.0/1065/messages",
                            R"({"messaging_product":"whatsapp","recipient":")" + id +
                                R"(","type":"text","text":{"body":"hi"}})")) == 0);
}

TEST_CASE("mock: WhatsApp tells what became of messages", "[mock]") {
  Bench bench;
  bench.person(R"({"type":"status"})");
  CHECK(bench.last_status == 400);  // nothing was sent
  bench.person();
  const auto id = first(bench.send_text(), "messages").text("id");
  const Json one = first(bench.person(R"({"type":"status","status":"sent"})"), "statuses");
  CHECK(one.text("id") == id);
  CHECK(one.text("status") == "sent");
  CHECK(one.text("recipient_id") == "79991234567");
  CHECK(one.text("biz_opaque_callback_data") == "out_1");
  const Json failed = first(bench.person(R"({"type":"status","error":131049})"), "statuses");
  CHECK(failed.text("status") == "failed");
  CHECK(first(failed, "errors").integer("code") == 131049);
  const Json several =
      bench.person(R"({"type":"status","statuses":["read","delivered",{"status":"failed"}]})");
  REQUIRE(several.find("statuses")->items().size() == 3);
  CHECK(first(several, "statuses").text("status") == "read");
  CHECK(first(several.find("statuses")->items()[2], "errors").integer("code") == 131026);
  CHECK(first(bench.person(R"({"type":"seen"})"), "statuses").text("status") == "read");
  bench.control("account", R"({"refuse":{"79991234567":131050}})");
  CHECK(code_of(bench.send_text()) == 131050);
}

TEST_CASE("mock: a person presses a button of WhatsApp", "[mock]") {
  Bench bench;
  bench.control("account", k_templates);
  bench.person(R"({"type":"button"})");
  CHECK(bench.last_status == 400);
  bench.person();
  const Json sent =
      bench.send(interactive(R"([{"type":"reply","reply":{"id":"yes","title":"Да"}},)"
                             R"({"type":"reply","reply":{"id":"no","title":"Нет"}}])"));
  const Json pressed = first(bench.person(R"({"type":"button","text":"Нет"})"), "messages");
  CHECK(pressed.text("type") == "interactive");
  CHECK(pressed.text("interactive.button_reply.id") == "no");
  CHECK(pressed.text("context.id") == first(sent, "messages").text("id"));
  bench.send(with_template("ask", "[]"));
  const Json quick = first(bench.person(R"({"type":"button"})"), "messages");
  CHECK(quick.text("type") == "button");
  CHECK(quick.text("button.text") == "Да");
  const Json unknown =
      first(bench.person(R"({"type":"button","payload":"old:1","text":"Старая"})"), "messages");
  CHECK(unknown.text("interactive.button_reply.id") == "old:1");
}

TEST_CASE("mock: WhatsApp's hook is subscribed, proved and called", "[mock]") {
  Bench bench;
  bench.control("event", "{}");
  CHECK(bench.last_status == 400);  // no hook is known
  CHECK(bench.graph("GET", "/v23.0/4195/subscribed_apps").find("data")->items().empty());
  bench.graph("POST", "/v23.0/4195/subscribed_apps",
              R"({"override_callback_uri":"http://127.0.0.1:1/h","verify_token":"v"})");
  CHECK(bench.last_status == 200);
  const Json apps = bench.graph("GET", "/v23.0/4195/subscribed_apps");
  CHECK(first(apps, "data").text("override_callback_uri") == "http://127.0.0.1:1/h");
  bench.control("event", R"({"type":"confirmation","challenge":"42"})");
  CHECK(bench.hook().method == "GET");
  CHECK(bench.hook().url ==
        "http://127.0.0.1:1/h?hub.mode=subscribe&hub.challenge=42&hub.verify_token=v");
  bench.control("event", R"({"type":"batch","events":[{"type":"start","ref":"L7"},{}]})");
  CHECK(bench.last_status == 200);
  CHECK(first(Bench::value(bench.hook_body(), 0), "messages").text("text.body") == "Запись L7");
  CHECK(first(Bench::value(bench.hook_body(), 1), "messages").text("type") == "text");
  CHECK(bench.control("account", "{}").integer("hooks") == 1);
  bench.graph("DELETE", "/v23.0/4195/subscribed_apps");
  bench.control("event", "{}");
  CHECK(bench.last_status == 400);  // the app is no longer subscribed
}

TEST_CASE("mock: odd wishes for WhatsApp's double are refused or harmless", "[mock]") {
  Bench bench;
  const auto wish = GENERATE(values<std::string>(
      {R"({"type":"dance"})", R"({"type":"batch"})", R"({"type":"batch","events":[{"type":1},5]})",
       R"({"type":"status","statuses":[5]})", R"({"type":"message","from":{}})"}));
  CAPTURE(wish);
  bench.person(wish);
  CHECK((bench.last_status == 400 || bench.last_status == 200));
  bench.control("account", R"({"templates":5,"refuse":[],"windows":"x","rate_per_s":-1})");
  CHECK(bench.last_status == 200);
}

}  // namespace flead::serve::mock::whatsapp_tests
