// GET and PATCH of /api/v1/leads.
#include <chrono>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

std::string viewer(TestApp& app) {
  return app.token(tenants::Role::viewer);
}

Json get_json(TestApp& app, const std::string& target) {
  const auto reply = app.get(target, viewer(app));
  CAPTURE(target, reply.body);
  REQUIRE(reply.status == 200);
  return app.body_of(reply);
}

std::string names(const Json& list) {
  std::string all;
  for (const Json& lead : list.find("data")->items()) all += lead.text("name").value_or("-") + " ";
  return all;
}

http::Reply patch(TestApp& app, const std::string& id, std::string_view body) {
  return app.request("PATCH", "/api/v1/leads/" + id, body, app.token(tenants::Role::operator_));
}

}  // namespace

TEST_CASE("intake: lists are newest first, in pages that stay valid", "[intake][api]") {
  TestApp app;
  for (int i = 1; i <= 5; ++i) {
    post_lead(app, "\"name\":\"n" + std::to_string(i) + "\",\"phone\":\"+7916000000" +
                       std::to_string(i) + "\"");
    app.advance(std::chrono::minutes(1));
  }
  const Json first = get_json(app, "/api/v1/leads?limit=2");
  CHECK(names(first) == "n5 n4 ");
  CHECK(first.boolean("has_more") == true);
  post_lead(app, R"("name":"n6","phone":"+79160000006")");  // arrives between two pages
  const std::string cursor = first.text("next_cursor").value_or("");
  const Json second = get_json(app, "/api/v1/leads?limit=2&cursor=" + cursor);
  CHECK(names(second) == "n3 n2 ");
  const Json last =
      get_json(app, "/api/v1/leads?limit=2&cursor=" + second.text("next_cursor").value_or(""));
  CHECK(names(last) == "n1 ");
  CHECK(last.boolean("has_more") == false);
  CHECK(last.find("next_cursor")->is_null());
}

TEST_CASE("intake: a list has the fields that were asked for", "[intake][api]") {
  TestApp app;
  post_lead(app, R"("name":"Анна \"А\"","phone":"+79160000001","message":"two\nlines",
                    "utm":{"source":"vk","term":"t"},"custom":{"n":1})");
  const auto row = [&](const std::string& query) {
    return get_json(app, "/api/v1/leads" + query).find("data")->items()[0].dump();
  };
  const Json whole = get_json(app, "/api/v1/leads").find("data")->items()[0];
  Json shown = get_json(app, "/api/v1/leads/" + whole.text("id").value_or(""));
  CHECK(Json(whole).set("booking_url", shown.text("booking_url").value_or("")).dump() ==
        shown.dump());
  CHECK(row("?fields=name,%20phone") == R"({"name":"Анна \"А\"","phone":"+79160000001"})");
  CHECK(row("?fields=utm.term,name,utm.source,name") ==
        R"({"utm":{"term":"t","source":"vk"},"name":"Анна \"А\""})");
  CHECK(row("?fields=utm.source,utm") ==
        R"({"utm":{"source":"vk","medium":null,"campaign":null,"term":"t","content":null}})");
  CHECK(row("?fields=custom,tags,first_answer_at") ==
        R"({"custom":{"n":1},"tags":[],"first_answer_at":null})");
  CHECK(row("?fields=") == whole.dump());
  const auto refused = app.get("/api/v1/leads?fields=name,nmae", viewer(app));
  CHECK(refused.status == 400);
  CHECK(app.body_of(refused).text("code") == "unknown_field");
  CHECK_THAT(refused.body, ContainsSubstring("first_answer_at"));
}

TEST_CASE("intake: filters narrow the list", "[intake][api]") {
  TestApp app;
  post_lead(app, R"("name":"Анна","phone":"+79160000001","channel":"sms","utm":{"source":"vk"})");
  app.advance(std::chrono::hours(24));
  const std::string boris =
      post_lead(app, R"("name":"Борис Ёжиков","email":"Boris@Example.ru","channel":"email")");
  post_lead(app, R"("name":"Вера","phone":"+79160000003","website":"trap")");
  REQUIRE(patch(app, boris, R"({"status":"replied"})").status == 200);
  struct Case {
    std::string query, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"status=replied", "Борис Ёжиков "},
      {"status=suspect", "Вера "},
      {"status=won", ""},
      {"channel=sms", "Анна "},
      {"source=api", "Вера Борис Ёжиков Анна "},
      {"source=vk", "Анна "},
      {"from=2026-01-06", "Вера Борис Ёжиков "},
      {"to=2026-01-06T00:00:00Z", "Анна "},
      {"from=2026-01-05T09:00:00.000Z&to=2026-01-05T09:00:00.001Z", "Анна "},
      {"q=8%20916%20000%2000%2001", "Анна "},
      {"q=%2B7916", "Вера Анна "},
      {"q=BORIS@example.ru", "Борис Ёжиков "},
      {"q=boris@", "Борис Ёжиков "},
      {"q=БОРИС%20еж", "Борис Ёжиков "},
      {"q=ежик", "Борис Ёжиков "},
      {"q=никто", ""},
      {"q=%25", ""},
      {"q=Б&status=new", ""},
      {"channel=nowhere", ""},
  }));
  CAPTURE(c.query);
  CHECK(names(get_json(app, "/api/v1/leads?" + c.query)) == c.expected);
}

TEST_CASE("intake: questions that mean nothing are 400", "[intake][api]") {
  TestApp app;
  struct Case {
    std::string query, code;
  };
  const auto c = GENERATE(values<Case>({
      {"limit=0", "bad_limit"},
      {"limit=201", "bad_limit"},
      {"limit=-1", "bad_limit"},
      {"limit=2.5", "bad_limit"},
      {"limit=ten", "bad_limit"},
      {"limit=99999999999999999999", "bad_limit"},
      {"cursor=garbage", "bad_cursor"},
      {"cursor=bGVhZF8x", "bad_cursor"},
      {"from=yesterday", "bad_time"},
      {"to=2026-13-01", "bad_time"},
      {"status=open", "bad_status"},
  }));
  CAPTURE(c.query);
  const auto reply = app.get("/api/v1/leads?" + c.query, viewer(app));
  CHECK(reply.status == 400);
  CHECK(app.body_of(reply).text("code") == c.code);
}

TEST_CASE("intake: every token role reads, operators change", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("phone":"+79160000001")");
  using tenants::Role;
  const auto role =
      GENERATE(values({Role::owner, Role::admin, Role::operator_, Role::viewer, Role::expert}));
  CAPTURE(std::string(tenants::role_name(role)));
  const std::string token = app.token(role);
  CHECK(app.get("/api/v1/leads", token).status == 200);
  CHECK(app.get("/api/v1/leads/" + id, token).status == 200);
  CHECK(app.get("/api/v1/leads/" + id + "/events", token).status == 200);
  const bool may = role != Role::viewer && role != Role::expert;
  CHECK(app.request("PATCH", "/api/v1/leads/" + id, R"({"name":"x"})", token).status ==
        (may ? 200 : 403));
}

TEST_CASE("intake: another tenant's lead is not found", "[intake][api]") {
  TestApp app;
  const auto tenant = app.add_tenant("other");
  const auto made = app.app().store.write([&](store::Tx& tx) {
    return tenants::create_token(app.world(), tx, tenant.id, tenants::Role::owner, "test");
  });
  REQUIRE(made);
  const std::string id = post_lead(app, R"("phone":"+79160000001")");
  const auto path = GENERATE_REF(values<std::string>(
      {"/api/v1/leads/" + id, "/api/v1/leads/" + id + "/events", "/api/v1/leads/none"}));
  CHECK(app.get(path, made->secret).status == 404);
  CHECK(app.request("PATCH", "/api/v1/leads/" + id, R"({"name":"x"})", made->secret).status == 404);
  CHECK(names(app.body_of(app.get("/api/v1/leads", made->secret))).empty());
}

TEST_CASE("intake: a lead is shown as the API's object", "[intake][api]") {
  TestApp app;
  const std::string id =
      post_lead(app, R"("name":"Анна","phone":"8 916 000-00-01","utm":{"source":"vk"},
              "custom":{"n":1,"ok":true,"t":"x"})");
  const Json lead = get_json(app, "/api/v1/leads/" + id);
  CHECK(lead.text("id") == id);
  CHECK(lead.text("status") == "new");
  CHECK(lead.text("phone") == "+79160000001");
  CHECK(lead.text("phone_typed") == "8 916 000-00-01");
  CHECK(lead.find("email")->is_null());
  CHECK(lead.text("utm.source") == "vk");
  CHECK(lead.find("custom")->dump() == R"({"n":1,"ok":true,"t":"x"})");
  CHECK(lead.text("created_at") == "2026-01-05T09:00:00.000Z");
  CHECK(lead.find("tags")->is_array());
  CHECK(lead.find("first_answer_at")->is_null());
  CHECK(lead.find("link_token") == nullptr);
}

TEST_CASE("intake: a change is checked like a new lead and told in the timeline", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("name":"Анна","phone":"+79160000001")");
  app.advance(std::chrono::minutes(1));
  const auto reply = patch(app, id, R"({"name":"Анна П.","phone":"8 916 000-00-02",
      "email":"Anna@Example.ru","status":"contacted","assignee":"me","tags":["vip","hot"],
      "custom":{"a":1}})");
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  const Json lead = app.body_of(reply);
  CHECK(lead.text("phone") == "+79160000002");
  CHECK(lead.text("status") == "contacted");
  CHECK(lead.find("tags")->dump() == R"(["hot","vip"])");
  CHECK(lead.text("updated_at") == "2026-01-05T09:01:00.000Z");
  // The new phone is the lead's now, the old one is free.
  CHECK(post_lead(app, R"("phone":"+79160000002")") == id);
  CHECK(post_lead(app, R"("phone":"+79160000001")") != id);
  const Json events = get_json(app, "/api/v1/leads/" + id + "/events");
  const auto& items = events.find("data")->items();
  REQUIRE(items.size() == 3);
  CHECK(items[0].text("kind") == "lead.created");
  CHECK(items[1].text("kind") == "lead.edited");
  CHECK(items[1].text("data.changes.phone.from") == "+79160000001");
  CHECK(items[1].text("data.changes.status.to") == "contacted");
  CHECK_THAT(items[1].text("actor").value_or(""), ContainsSubstring("tok_"));
  CHECK(items[2].text("kind") == "lead.repeated");
}

TEST_CASE("intake: a change that changes nothing leaves no trace", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("name":"Анна","phone":"+79160000001")");
  CHECK(patch(app, id, R"({"name":"Анна","tags":[]})").status == 200);
  CHECK(patch(app, id, "{}").status == 200);
  CHECK(count_rows(app, "events") == 1);
}

TEST_CASE("intake: bad changes are refused and change nothing", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("phone":"+79160000001")");
  post_lead(app, R"("phone":"+79160000002","email":"b@example.ru")");
  struct Case {
    std::string body, code;
    int status;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"phone":"+79160000002"})", "contact_taken", 409},
      {R"({"email":"B@example.ru"})", "contact_taken", 409},
      {R"({"phone":"12345"})", "phone_invalid", 422},
      {R"({"phone":null})", "contact_required", 422},
      {R"({"status":"open"})", "status_unknown", 422},
      {R"({"status":null})", "status_unknown", 422},
      {R"({"locale":"fr"})", "locale_unknown", 422},
      {R"({"zone":"Mars/Base"})", "zone_unknown", 422},
      {R"({"channel":"pigeon"})", "channel_unknown", 422},
      {R"({"tags":["a,b"]})", "tag_invalid", 422},
      {R"({"tags":"vip"})", "wrong_type", 422},
      {R"({"name":5})", "wrong_type", 422},
      {R"({"id":"lead_1"})", "unknown_field", 422},
      {R"({"created_at":"2026-01-01T00:00:00Z"})", "unknown_field", 422},
      {"[]", "wrong_type", 422},
      {"{", "bad_json", 400},
  }));
  CAPTURE(c.body);
  const std::int64_t before = count_rows(app, "events");
  const auto reply = patch(app, id, c.body);
  CHECK(reply.status == c.status);
  CHECK(app.body_of(reply).text("code") == c.code);
  CHECK(count_rows(app, "events") == before);
  CHECK(count_rows(app, "leads WHERE phone = '+79160000001'") == 1);
}

TEST_CASE("intake: wrong methods are named", "[intake][api]") {
  TestApp app;
  const auto reply = app.request("DELETE", "/api/v1/leads", {}, viewer(app));
  CHECK(reply.status == 405);
  CHECK_THAT(header_of(reply, "allow"), ContainsSubstring("POST") && ContainsSubstring("GET"));
}

}  // namespace flead::test
