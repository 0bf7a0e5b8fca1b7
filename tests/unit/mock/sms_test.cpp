#include <string>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock {

namespace {

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;

  Bench() {
    server.add(make_sms_double(World{clock, random}));
    table = server.routes();
  }

  Json call(std::string_view method, std::string_view path, std::string body,
            std::string_view type = "application/x-www-form-urlencoded") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    request.headers = {{"content-type", std::string(type)}};
    for (const http::Route& route : table) {
      if (route.method != method || route.pattern != path) continue;
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
  Json send(std::string phone, std::string text, std::string more = "") {
    return call("POST", "/sms/sys/send.php",
                "login=a&psw=b&fmt=3&charset=utf-8&cost=3&phones=" + percent_encode(phone) +
                    "&mes=" + percent_encode(text) + more);
  }
  int last_status = 0;
};

}  // namespace

TEST_CASE("mock: the SMSC double takes, prices and delivers", "[mock]") {
  Bench bench;
  const Json sent = bench.send("+79160000001", std::string(71 * 2, 'a') + "я", "&id=1000421&op=1");
  CHECK(sent.integer("id") == 1000421);
  CHECK(sent.integer("cnt") == 3);
  CHECK(sent.text("cost") == "11.70");
  CHECK(sent.text("balance") == "988.30");
  const auto status = [&](std::string id) {
    return bench
        .call("POST", "/sms/sys/status.php",
              "login=a&psw=b&fmt=3&charset=utf-8&phone=%2B79160000001&id=" + id)
        .integer("status");
  };
  CHECK(status("1000421") == -1);
  bench.clock.advance(1500);
  CHECK(status("1000421") == 0);
  bench.clock.advance(1500);
  CHECK(status("1000421") == 1);
  CHECK(status("7") == -3);
}

TEST_CASE("mock: the SMSC double refuses as the real one does", "[mock]") {
  Bench bench;
  CHECK(bench.send("+79160000006", "x").integer("error_code") == 6);
  CHECK(bench.send("+79160000007", "x").integer("error_code") == 7);
  CHECK(bench.send("+79160000008", "x").integer("error_code") == 8);
  CHECK(bench.send("+79160000001", "x").integer("cnt") == 1);
  CHECK(bench.send("+79160000001", "x").integer("error_code") == 9);
  bench.clock.advance(60'000);
  CHECK(bench.send("+79160000001", "x").integer("cnt") == 1);
  bench.call("POST", "/_mock/sms/account", R"({"balance":"1.00","password":"b","ban_after":3})",
             "application/json");
  CHECK(bench.send("+79160000002", "x").integer("error_code") == 3);
  CHECK(bench.last_status == 200);
  for (const int code : {2, 2, 2, 4}) {
    const Json answer = bench.call("POST", "/sms/sys/balance.php", "login=a&psw=wrong&fmt=3");
    CHECK(answer.integer("error_code") == code);
  }
}

TEST_CASE("mock: a missing charset shows as mojibake", "[mock]") {
  Bench bench;
  bench.call("POST", "/sms/sys/send.php",
             "login=a&psw=b&fmt=3&phones=%2B79160000001&mes=" + percent_encode("Привет"));
  // The same bytes with their charset named are another text: not a repeat.
  CHECK(bench.send("+79160000001", "Привет").integer("cnt") == 1);
}

TEST_CASE("mock: a script answers first, with or without acting", "[mock]") {
  Bench bench;
  bench.call("POST", "/_mock/sms/script",
             R"({"then":[{"status":429,"body":{"x":1},"times":2},{"status":502,"act":true}]})",
             "application/json");
  CHECK(bench.send("+79160000001", "x").integer("x") == 1);
  CHECK(bench.last_status == 429);
  bench.send("+79160000001", "x");
  CHECK(bench.last_status == 429);
  bench.send("+79160000001", "x");
  CHECK(bench.last_status == 502);
  CHECK(bench.send("+79160000001", "x").integer("error_code") == 9);  // the 502 had acted
  const Json seen = bench.call("GET", "/_mock/sms/requests", "");
  REQUIRE(seen.find("data")->items().size() == 4);
  CHECK(seen.find("data")->items()[0].text("fields.mes") == "x");
  CHECK(seen.find("data")->items()[0].integer("answered") == 429);
  for (const char* bad : {"", "{}", "[]", R"({"then":[{"status":99}]})",
                          R"({"then":[{"times":0}]})", R"({"then":[{"delay_ms":-1}]})"}) {
    bench.call("POST", "/_mock/sms/script", bad, "application/json");
    CHECK(bench.last_status == 400);
  }
}

TEST_CASE("mock: an event calls the hook, signed", "[mock]") {
  Bench bench;
  bench.send("+79160000001", "x", "&id=5");
  channels::HttpReply ok;
  ok.status = 200;
  bench.transport.provider("mock").then(ok);
  const Json called = bench.call("POST", "/_mock/sms/event",
                                 R"({"url":"http://127.0.0.1:1/hooks/sms/c","secret":"word",
                                     "id":"5","phone":"+79160000001","status":1,"times":2})",
                                 "application/json");
  CHECK(called.find("data")->items().size() == 2);
  const auto& sent = bench.transport.http_sent["mock"];
  REQUIRE(sent.size() == 2);
  CHECK_THAT(sent[0].body, ContainsSubstring("md5=" + md5_hex("5:79160000001:1:word")));
  bench.call("POST", "/_mock/sms/event", R"({"url":"http://127.0.0.1:1/","id":"unknown"})",
             "application/json");
  CHECK(bench.last_status == 400);
}

TEST_CASE("mock: a script that would quietly test nothing is refused", "[mock]") {
  Bench bench;
  const auto item = GENERATE(values<std::string>(
      {R"({"status":"429"})", R"({"status":99})", R"({"times":0})", R"({"times":1.5})",
       R"({"delay_ms":"5"})", R"({"delay_ms":-1})", R"({"act":1})", R"({"retry_after_s":true})",
       R"({"delay":5})", "5", "null"}));
  CAPTURE(item);
  bench.call("POST", "/_mock/sms/script", R"({"then":[)" + item + "]}", "application/json");
  CHECK(bench.last_status == 400);
  CHECK(bench.send("+79160000001", "hi").find("id") != nullptr);
}

TEST_CASE("mock: an item with a delay alone is the provider's own answer", "[mock]") {
  Bench bench;
  bench.call("POST", "/_mock/sms/script", R"({"then":[{"delay_ms":1},{"status":500}]})",
             "application/json");
  CHECK(bench.last_status == 200);
  CHECK(bench.send("+79160000001", "hi").integer("cnt") == 1);
  bench.send("+79160000001", "ho");
  CHECK(bench.last_status == 500);
}

}  // namespace flead::serve::mock
