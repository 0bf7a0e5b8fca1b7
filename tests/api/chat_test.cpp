// /api/v1/leads/{id}/chat, and the leads that need a person.
#include <string>

#include "core/channels/inbox.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/outbox.h"

namespace flead::test {

namespace {

std::string chat_path(const std::string& lead, std::string_view query = {}) {
  return "/api/v1/leads/" + lead + "/chat" + std::string(query);
}

http::Reply send_chat_line(TestApp& app, const std::string& lead, std::string_view body,
                           http::Headers headers = {}) {
  return app.request("POST", chat_path(lead), body, app.token(tenants::Role::operator_),
                     std::move(headers));
}

Json read_chat_json(TestApp& app, const std::string& lead, std::string_view query = {}) {
  const auto reply = app.get(chat_path(lead, query), app.token(tenants::Role::viewer));
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  return app.body_of(reply);
}

std::string chat_texts(const Json& page) {
  std::string all;
  for (const Json& line : page.find("data")->items()) {
    all += *line.text("from") + ":" + *line.text("text") + " ";
  }
  return all;
}

// Who writes by SMS is found by the number.
void write_by_sms(TestApp& app, const channels::Channel& channel, const std::string& number,
                  const std::string& text) {
  channels::Inbound event;
  event.kind = channels::Inbound::Kind::text;
  event.key = "sms-" + number + text;
  event.address = number;
  event.text = text;
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::apply_event(app.app(), tx, channel, event); }));
}

}  // namespace

TEST_CASE("chat: an operator's words are queued and stand in the thread", "[chat][api]") {
  TestApp app;
  const std::string lead = post_lead(app, R"("email":"anna@example.test")");
  const auto reply = send_chat_line(app, lead, R"({"text":" Завтра в пять. "})");
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  const Json line = app.body_of(reply);
  CHECK(line.text("from") == "us");
  CHECK(line.text("text") == "Завтра в пять.");
  CHECK(line.text("state") == "queued");
  CHECK(line.text("kind") == "chat.text");
  const Json page = read_chat_json(app, lead);
  REQUIRE(page.find("data")->items().size() == 1);
  CHECK(page.find("data")->items()[0] == line);
  CHECK(page.boolean("has_more") == false);
  CHECK(page.find("next_cursor")->is_null());
}

TEST_CASE("chat: a page of the thread goes back, newest last", "[chat][api]") {
  TestApp app;
  const std::string lead = post_lead(app, R"("email":"anna@example.test")");
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    REQUIRE(send_chat_line(app, lead, R"({"text":")" + std::string(text) + R"("})").status == 201);
  }
  const Json last = read_chat_json(app, lead, "?limit=2");
  CHECK(chat_texts(last) == "us:4 us:5 ");
  CHECK(last.boolean("has_more") == true);
  const Json middle = read_chat_json(app, lead, "?limit=2&cursor=" + *last.text("next_cursor"));
  CHECK(chat_texts(middle) == "us:2 us:3 ");
  const Json first = read_chat_json(app, lead, "?limit=2&cursor=" + *middle.text("next_cursor"));
  CHECK(chat_texts(first) == "us:1 ");
  CHECK(first.boolean("has_more") == false);
}

TEST_CASE("chat: what is asked badly is refused, and nothing is queued", "[chat][api]") {
  TestApp app;
  const std::string lead = post_lead(app, R"("email":"anna@example.test")");
  struct Case {
    std::string body;
    int status;
    std::string code;
  };
  for (const auto& [body, status, code] : std::vector<Case>{
           {"", 400, "bad_json"},
           {"{", 400, "bad_json"},
           {"[]", 422, "wrong_type"},
           {"{}", 422, "text_required"},
           {R"({"text":null})", 422, "text_required"},
           {R"({"text":"  "})", 422, "text_required"},
           {R"({"text":5})", 422, "wrong_type"},
           {R"({"text":"a\u0000b"})", 422, "characters_invalid"},
           {R"({"text":")" + std::string(4001, 'x') + R"("})", 422, "too_long"},
       }) {
    CAPTURE(body, code);
    const auto reply = send_chat_line(app, lead, body);
    CAPTURE(reply.body);
    CHECK(reply.status == status);
    CHECK(app.body_of(reply).text("code") == code);
  }
  CHECK(count_rows(app, "messages") == 0);
  const auto& viewer = app.token(tenants::Role::viewer);
  for (const char* query : {"?limit=0", "?limit=x", "?cursor=x", "?cursor=ZXZ0XzE"}) {
    CAPTURE(query);
    CHECK(app.get(chat_path(lead, query), viewer).status == 400);
  }
}

TEST_CASE("chat: who may read and who may write", "[chat][api]") {
  TestApp app;
  const std::string lead = post_lead(app, R"("email":"anna@example.test")");
  const std::string nobody = "lead_00000000000000000000000000";
  const auto& viewer = app.token(tenants::Role::viewer);
  const std::string hello = R"({"text":"Hello"})";
  CHECK(app.post(chat_path(lead), hello, viewer).status == 403);
  CHECK(app.post(chat_path(lead), hello).status == 403);
  CHECK(app.get(chat_path(lead)).status == 403);
  CHECK(app.get(chat_path(lead), "-").status == 401);
  CHECK(app.get(chat_path(nobody), viewer).status == 404);
  CHECK(send_chat_line(app, nobody, hello).status == 404);
  CHECK(count_rows(app, "messages") == 0);
}

TEST_CASE("chat: the same key sends once to each lead", "[chat][api]") {
  TestApp app;
  const std::string anna = post_lead(app, R"("email":"anna@example.test")");
  const std::string boris = post_lead(app, R"("email":"boris@example.test")");
  const http::Headers key = {{"idempotency-key", "k1"}};
  const std::string hello = R"({"text":"Hello"})";
  const auto first = send_chat_line(app, anna, hello, key);
  CHECK(first.status == 201);
  const auto again = send_chat_line(app, anna, hello, key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(header_of(again, "idempotency-replayed") == "true");
  CHECK(send_chat_line(app, anna, R"({"text":"Other"})", key).status == 409);
  CHECK(send_chat_line(app, boris, hello, key).status == 201);
  CHECK(count_rows(app, "messages") == 2);
}

TEST_CASE("chat: a lead that asks for a person is listed until it is answered", "[chat][api]") {
  TestApp app;
  const channels::Channel sms = channels::add_sms(app);
  const std::string lead = post_lead(app, R"("phone":"+79160000001")");
  post_lead(app, R"("phone":"+79160000002")");
  const auto& viewer = app.token(tenants::Role::viewer);
  const std::string waiting = "/api/v1/leads?needs_human=true";
  CHECK(app.body_of(app.get(waiting, viewer)).find("data")->items().empty());
  app.advance(std::chrono::minutes(1));
  write_by_sms(app, sms, "+79160000001", "Оператор");
  const Json list = app.body_of(app.get(waiting, viewer));
  REQUIRE(list.find("data")->items().size() == 1);
  const Json& shown = list.find("data")->items()[0];
  CHECK(shown.text("id") == lead);
  CHECK(shown.text("needs_human_why") == "asked");
  CHECK(shown.text("needs_human_at") == format_time(app.clock().now()));
  CHECK(app.get("/api/v1/leads?needs_human=false", viewer).status == 400);
  CHECK(app.body_of(app.get("/api/v1/leads?needs_human=", viewer)).find("data")->items().size() ==
        2);

  const auto answer = send_chat_line(app, lead, R"({"text":"Слушаю вас"})");
  CAPTURE(answer.body);
  REQUIRE(answer.status == 201);
  CHECK(app.body_of(answer).text("channel") == "sms");
  CHECK(app.body_of(app.get(waiting, viewer)).find("data")->items().empty());
  CHECK_THAT(chat_texts(read_chat_json(app, lead)), ContainsSubstring("lead:Оператор"));
  const Json events = app.body_of(app.get("/api/v1/leads/" + lead + "/events", viewer));
  const Json& came = events.find("data")->items().back();
  CHECK(came.text("kind") == "lead.human_came");
  CHECK(came.text("actor")->starts_with("tok_"));
}

TEST_CASE("chat: whom no channel reaches is 422", "[chat][api]") {
  TestApp app;
  channels::add_sms(app);
  const std::string lead = post_lead(app, R"("email":"anna@example.test")");
  const auto reply = send_chat_line(app, lead, R"({"text":"Hello"})");
  CHECK(reply.status == 422);
  CHECK(app.body_of(reply).text("code") == "unroutable");
  CHECK(count_rows(app, "messages") == 0);
}

}  // namespace flead::test
