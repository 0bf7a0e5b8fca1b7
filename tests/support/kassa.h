// The double of YooKassa behind its routes, as the program serves it, for the tests of the double.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/text.h"
#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::test {

struct KassaBench {
  FixedClock clock;
  SeededRandom random;
  ScriptedTransport transport;
  serve::mock::Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  http::Reply last;
  int keys = 0;
  std::string shop = "100500:test_shop";
  std::string gateway = "500100:test_gateway";

  // `taken`: whether the hook answers 200 to everything; else the test scripts it.
  explicit KassaBench(bool taken = true) {
    server.add(serve::mock::make_yookassa_double(World{clock, random}));
    table = server.routes();
    if (taken) transport.provider("mock").then(200, "");
  }

  static bool matches(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                      [](const std::string& part, const std::string& segment) {
                        return part == segment || (part.starts_with('{') && !segment.empty());
                      });
  }

  Json send(http::Request request) {
    const std::string target = request.path;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = *parse_form(target.substr(mark + 1));
    const http::Route* best = nullptr;
    for (const http::Route& route : table) {
      const bool fits = route.method == request.method && matches(route.pattern, request.path);
      if (fits && (best == nullptr || route.pattern == request.path)) best = &route;
    }
    if (best == nullptr) FAIL("no such route");
    App* none = nullptr;  // these handlers look at no App
    last = best->handler(*reinterpret_cast<App*>(&none), request);
    const auto json = parse_json(last.body);
    return json ? *json : Json(last.body);
  }

  // A request as the provider gets it; `pair` is the user and password of HTTP Basic.
  Json ask(std::string_view method, const std::string& path, const std::string& body,
           const std::string& key, const std::string& pair) {
    http::Request request;
    request.method = method;
    request.path = "/yookassa/v3" + path;
    request.body = body;
    request.headers = {{"host", "127.0.0.1:9090"},
                       {"content-type", "application/json"},
                       {"authorization", "Basic " + base64_encode(pair)}};
    if (!key.empty()) request.headers.emplace_back("idempotence-key", key);
    return send(std::move(request));
  }
  std::string next_key() { return "key-" + std::to_string(++keys); }
  Json post(const std::string& path, const std::string& body) {
    return ask("POST", path, body, next_key(), shop);
  }
  Json get(const std::string& path) { return ask("GET", path, "", "", shop); }
  Json payout(const std::string& body) {
    return ask("POST", "/payouts", body, next_key(), gateway);
  }
  Json get_payout(const std::string& path) { return ask("GET", path, "", "", gateway); }

  Json control(std::string_view what, const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = "/_mock/yookassa/" + std::string(what);
    request.body = body;
    request.headers = {{"content-type", "application/json"}};
    return send(std::move(request));
  }
  Json set(const std::string& switches) {
    const Json out = control("account", switches);
    INFO(last.body);
    REQUIRE(last.status == 200);
    return out;
  }
  // What the payer's browser does: the form of the page, or a look at it when empty.
  const http::Reply& browse(const std::string& id, const std::string& form = {}) {
    http::Request request;
    request.method = form.empty() ? "GET" : "POST";
    request.path = "/yookassa/checkout/payments/v2/contract?orderId=" + id;
    request.body = form;
    if (!form.empty()) {
      request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    }
    send(std::move(request));
    return last;
  }
  std::string sent_to() {
    for (const auto& [name, value] : last.headers) {
      if (name == "location") return value;
    }
    return {};
  }

  // A payment of this sum; `more` are further members, each with a comma before it.
  Json pay_request(const std::string& sum, const std::string& more = R"(,"capture":true)") {
    return post("/payments", R"({"amount":{"value":")" + sum +
                                 R"(","currency":"RUB"},"confirmation":)"
                                 R"({"type":"redirect","return_url":"https://shop.example/back"})" +
                                 more + "}");
  }
  std::string made(const std::string& sum, const std::string& more = R"(,"capture":true)") {
    const Json payment = pay_request(sum, more);
    INFO(last.body);
    REQUIRE(last.status == 200);
    return payment.text("id").value_or("");
  }
  std::string paid(const std::string& sum, const std::string& more = R"(,"capture":true)") {
    std::string id = made(sum, more);
    browse(id, "do=pay&card=5555555555554444");
    return id;
  }
  std::string status(const std::string& id) {
    return get("/payments/" + id).text("status").value_or("none");
  }
  std::string reason(const std::string& id) {
    return get("/payments/" + id).text("cancellation_details.reason").value_or("none");
  }
  // What the notifications said, in the order of sending: "payment.succeeded ID".
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const auto& call : transport.http_sent["mock"]) {
      const auto body = parse_json(call.body);
      REQUIRE(body);
      out.push_back(body->text("event").value_or("") + " " + body->text("object.id").value_or(""));
    }
    return out;
  }
};

}  // namespace flead::test
