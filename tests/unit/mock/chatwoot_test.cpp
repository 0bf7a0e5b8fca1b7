// The double of Chatwoot against what the vendor's page says of the server.
#include <string>
#include <utility>

#include "serve/mock/double.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::serve::mock::chatwoot_double_test {

namespace {

constexpr const char* k_base = "/chatwoot/api/v1/accounts/{account}";

// The double behind its routes, as the program serves it.
struct Bench {
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Server server{World{clock, random}, transport};
  std::vector<http::Route> table;
  int status = 0;
  std::string token = "agent";

  Bench() {
    server.add(make_chatwoot_double(World{clock, random}));
    table = server.routes();
  }

  // `pattern` behind the account; `path` is the real one.
  Json call(std::string method, const std::string& pattern, const std::string& path,
            std::string body = "", std::vector<std::pair<std::string, std::string>> query = {}) {
    return at(std::move(method), k_base + pattern, "/chatwoot/api/v1/accounts/1" + path,
              std::move(body), std::move(query));
  }
  Json at(std::string method, const std::string& pattern, const std::string& path, std::string body,
          std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.method = std::move(method);
    request.path = path;
    request.body = std::move(body);
    request.query = std::move(query);
    request.headers = {{"content-type", "application/json"}, {"api_access_token", token}};
    for (const http::Route& route : table) {
      if (route.method != request.method || route.pattern != pattern) continue;
      // These handlers look at no App.
      App* none = nullptr;
      const http::Reply reply = route.handler(*reinterpret_cast<App*>(&none), request);
      status = reply.status;
      const auto json = parse_json(reply.body);
      return json ? *json : Json(reply.body);
    }
    FAIL("no such route: " << request.method << " " << pattern);
    return {};
  }
  Json account(std::string wish = "{}") {
    return at("POST", "/_mock/chatwoot/account", "/_mock/chatwoot/account", std::move(wish));
  }
  Json event(std::string wish) {
    return at("POST", "/_mock/chatwoot/event", "/_mock/chatwoot/event", std::move(wish));
  }
  // An API inbox (its number), a contact, a conversation 1.
  std::string begin() {
    const Json inbox =
        call("POST", "/inboxes/", "/inboxes/", R"({"name":"flead","channel":{"type":"api"}})");
    const std::string id = std::to_string(inbox.integer("id").value_or(0));
    const Json made = contact(id, R"("identifier":"flead:lead_1","name":"Ира")");
    call("POST", "/conversations", "/conversations",
         R"({"inbox_id":)" + id + R"(,"contact_id":)" +
             std::to_string(made.integer("payload.contact.id").value_or(0)) + "}");
    REQUIRE(status == 200);
    return id;
  }
  Json contact(const std::string& inbox, const std::string& fields) {
    return call("POST", "/contacts", "/contacts", R"({"inbox_id":)" + inbox + "," + fields + "}");
  }
  Json say(std::string body) {
    return call("POST", "/conversations/{id}/messages", "/conversations/1/messages",
                std::move(body));
  }
};

}  // namespace

TEST_CASE("mock chatwoot: tokens, accounts and floods", "[mock][chatwoot]") {
  Bench bench;
  bench.account(R"({"token":"agent"})");
  bench.call("GET", "/inboxes", "/inboxes");
  CHECK(bench.status == 200);
  bench.at("GET", std::string(k_base) + "/inboxes", "/chatwoot/api/v1/accounts/2/inboxes", "");
  CHECK(bench.status == 401);
  bench.token = "stranger";
  bench.call("GET", "/inboxes", "/inboxes");
  CHECK(bench.status == 401);
  bench.account(R"({"flood":true})");
  bench.call("GET", "/inboxes", "/inboxes");
  CHECK(bench.status == 429);
}

TEST_CASE("mock chatwoot: contacts are unique, and found by parts", "[mock][chatwoot]") {
  Bench bench;
  const std::string inbox = bench.begin();
  bench.contact(inbox, R"("email":"ira@example.ru","phone_number":"+79160000001")");
  REQUIRE(bench.status == 200);
  const Json again = bench.contact(inbox, R"("email":"IRA@example.ru")");
  CHECK(bench.status == 422);
  CHECK(again.find("attributes")->items()[0].text() == "email");
  bench.contact(inbox, R"("identifier":"flead:lead_1")");
  CHECK(bench.status == 422);
  bench.contact(inbox, R"("phone_number":"8 916")");
  CHECK(bench.status == 422);
  const Json found =
      bench.call("GET", "/contacts/search", "/contacts/search", "", {{"q", "ra@example"}});
  CHECK(found.find("payload")->items().size() == 1);
  bench.call("GET", "/contacts/search", "/contacts/search");
  CHECK(bench.status == 422);
}

TEST_CASE("mock chatwoot: messages have numbers for types and unique source ids",
          "[mock][chatwoot]") {
  Bench bench;
  bench.begin();
  const Json said =
      bench.say(R"({"content":"x","message_type":"incoming","source_id":"flead:inb_1"})");
  CHECK(said.integer("message_type") == 0);
  bench.say(R"({"content":"x","message_type":"incoming","source_id":"flead:inb_1"})");
  CHECK(bench.status == 422);
  bench.say(R"({"content":""})");
  CHECK(bench.status == 422);
  bench.say(R"({"content":")" + std::string(150'001, 'x') + R"("})");
  CHECK(bench.status == 422);
  const Json listed =
      bench.call("GET", "/conversations/{id}/messages", "/conversations/1/messages");
  CHECK(listed.find("payload")->items().size() == 1);
  bench.call("GET", "/conversations/{id}/messages", "/conversations/9/messages");
  CHECK(bench.status == 404);
}

TEST_CASE("mock chatwoot: incoming only in API inboxes, and it wakes a conversation",
          "[mock][chatwoot]") {
  Bench bench;
  SECTION("another kind of inbox") {
    bench.account(R"({"api_inbox":false})");
    bench.begin();
    bench.say(R"({"content":"x","message_type":"incoming"})");
    CHECK(bench.status == 422);
  }
  SECTION("asleep") {
    bench.begin();
    bench.call("POST", "/conversations/{id}/toggle_status", "/conversations/1/toggle_status",
               R"({"status":"resolved"})");
    bench.say(R"({"content":"x","message_type":"incoming"})");
    CHECK(bench.call("GET", "/conversations/{id}", "/conversations/1").text("status") == "open");
  }
}

TEST_CASE("mock chatwoot: labels are replaced", "[mock][chatwoot]") {
  Bench bench;
  bench.begin();
  const auto label = [&](std::string body) {
    return bench.call("POST", "/conversations/{id}/labels", "/conversations/1/labels",
                      std::move(body));
  };
  label(R"({"labels":["a","b"]})");
  CHECK(label(R"({"labels":["c"]})").find("payload")->items().size() == 1);
}

TEST_CASE("mock chatwoot: agents may not touch webhooks, and addresses are unique",
          "[mock][chatwoot]") {
  Bench bench;
  const char* const hook = R"({"url":"https://x.example/h","subscriptions":["message_created"]})";
  const Json made = bench.call("POST", "/webhooks", "/webhooks", hook);
  CHECK_FALSE(made.text("payload.webhook.secret").value_or("").empty());
  bench.call("POST", "/webhooks", "/webhooks", hook);
  CHECK(bench.status == 422);
  bench.account(R"({"role":"agent"})");
  bench.call("GET", "/webhooks", "/webhooks");
  CHECK(bench.status == 401);
}

TEST_CASE("mock chatwoot: a reply is told, signed, and marked when nobody takes it",
          "[mock][chatwoot]") {
  Bench bench;
  bench.begin();
  bench.call("POST", "/webhooks", "/webhooks", R"({"url":"https://x.example/h"})");
  bench.transport.provider("mock").then(503, "");
  bench.event(R"({"type":"reply","conversation":1,"text":"Добрый день!"})");
  REQUIRE(bench.transport.http_sent["mock"].size() == 1);
  const channels::HttpRequest& told = bench.transport.http_sent["mock"].front();
  const auto body = parse_json(told.body);
  REQUIRE(body);
  CHECK(body->text("message_type") == "outgoing");
  CHECK(body->find("source_id")->is_null());
  bool is_signed = false;
  for (const auto& [name, value] : told.headers) {
    is_signed = is_signed || (name == "x-chatwoot-signature" && value.starts_with("sha256="));
  }
  CHECK(is_signed);
  CHECK(bench.account().find("messages")->items().back().text("status") == "failed");
}

}  // namespace flead::serve::mock::chatwoot_double_test
