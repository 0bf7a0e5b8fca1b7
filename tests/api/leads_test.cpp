// POST /api/v1/leads: every line of contract 3.1, and what must change nothing.
#include <string>

#include "core/base/crypto.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

constexpr std::string_view k_path = "/api/v1/leads";
constexpr std::string_view k_form = "application/x-www-form-urlencoded";

std::string times(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string first_field_code(const Json& problem) {
  const Json* errors = problem.find("errors");
  return errors == nullptr || errors->items().empty()
             ? ""
             : errors->items().front().text("code").value_or("");
}

http::Reply post_form(TestApp& app, std::string_view body, std::string_view accept = "") {
  http::Headers headers = {{"content-type", std::string(k_form)}};
  if (!accept.empty()) headers.emplace_back("accept", accept);
  return app.request("POST", k_path, body, {}, std::move(headers));
}

}  // namespace

TEST_CASE("intake: a new lead is 201 with what the contract names", "[intake][api]") {
  TestApp app;
  const auto reply = app.post(k_path, lead_json(R"("name":"Иван","phone":"8 916 000-00-01")"));
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  const Json body = app.body_of(reply);
  CHECK(is_id(body.text("id").value_or(""), "lead"));
  CHECK(body.text("status") == "new");
  CHECK(body.text("created_at") == "2026-01-05T09:00:00.000Z");
  CHECK(body.boolean("duplicate") == false);
  CHECK_THAT(body.text("booking_url").value_or(""),
             ContainsSubstring("http://flead.test/b/acme?t="));
  CHECK(body.members().size() == 5);
}

TEST_CASE("intake: one commit holds raw request, lead, event, consent and job", "[intake][api]") {
  TestApp app;
  const std::string body = R"({"phone":"+7 916 000-00-01","unknown":[1,{"kept":true}],
      "consent":{"purposes":["marketing","processing"],"version":"1"},"page_url":"https://a.ru/"})";
  REQUIRE(app.request("POST", k_path, body, {}, {{"user-agent", "Browser/1"}}).status == 201);
  CHECK(count_rows(app,
                   "leads WHERE phone = '+79160000001' AND "
                   "phone_typed = '+7 916 000-00-01'") == 1);
  CHECK(count_rows(app, "events WHERE kind = 'lead.created' AND actor = 'visitor'") == 1);
  CHECK(count_rows(app,
                   "consents WHERE granted = 1 AND text_version = '1' AND "
                   "LENGTH(text_hash) = 64 AND page_url = 'https://a.ru/' AND "
                   "ip = '192.0.2.1' AND user_agent = 'Browser/1'") == 2);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet' AND state = 'ready'") == 1);
  const auto raw = app.store().read([](store::Tx& tx) {
    return tx.one("SELECT body, content_type FROM intake_raw",
                  [](const store::Row& row) { return row.string(0); });
  });
  REQUIRE(raw);
  CHECK(*raw == body);  // byte for byte
}

TEST_CASE("intake: bad bodies are 400 and change nothing", "[intake][api]") {
  TestApp app;
  const auto body = GENERATE(values<std::string>(
      {"", "{", "nope", R"({"phone":"+79160000001")", R"({"phone":)",
       "{\"name\":\"\xff\xfe\",\"phone\":\"+79160000001\"}",
       std::string("{\"name\":\"a\0b\",\"phone\":\"+79160000001\"}", 37),
       R"({"name":"a\u0000b","phone":"+79160000001"})",
       R"({"custom":{"a":"\u0000"},"phone":"+79160000001"})", R"({"phone":"+79160000001"} {})"}));
  CAPTURE(body);
  const auto reply = app.request("POST", k_path, body, {}, {{"content-type", "application/json"}});
  CHECK(reply.status == 400);
  CHECK(header_of(reply, "content-type") == "application/problem+json");
  CHECK(app.body_of(reply).text("code") == "bad_json");
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: what breaks a rule is 422 with its field, and changes nothing",
          "[intake][api]") {
  struct Case {
    std::string fields, field, code;
  };
  const std::string name_10000 = times("я", 10000);
  const auto c = GENERATE_REF(values<Case>({
      {R"("name":"Иван")", "contact", "contact_required"},
      {R"("phone":"  ","email":"")", "contact", "contact_required"},
      {R"("phone":"12345")", "phone", "phone_invalid"},
      {R"("phone":"hello")", "phone", "phone_invalid"},
      {R"("phone":"+79160000001","email":"ivan")", "email", "email_invalid"},
      {R"("email":"a b@example.ru")", "email", "email_invalid"},
      {R"("email":"a@example.ru\nBcc: x@y.ru")", "email", "email_invalid"},
      {R"("phone":"+79160000001","name":")" + name_10000 + "\"", "name", "too_long"},
      {R"("phone":"+79160000001","name":")" + times("я", 201) + "\"", "name", "too_long"},
      {R"("phone":"+79160000001","message":")" + times("я", 4001) + "\"", "message", "too_long"},
      {R"("phone":"+79160000001","page_url":")" + times("u", 2049) + "\"", "page_url", "too_long"},
      {R"("phone":"+79160000001","referrer":")" + times("u", 2049) + "\"", "referrer", "too_long"},
      {R"("phone":"+79160000001","utm":{"term":")" + times("u", 2049) + "\"}", "utm.term",
       "too_long"},
      {R"("email":")" + times("a", 250) + "@b.ru\"", "email", "too_long"},
      {R"("phone":"+79160000001","name":5)", "name", "wrong_type"},
      {R"("phone":79160000001)", "phone", "wrong_type"},
      {R"("phone":["+79160000001"])", "phone", "wrong_type"},
      {R"("phone":"+79160000001","utm":"vk")", "utm", "wrong_type"},
      {R"("phone":"+79160000001","utm":{"source":true})", "utm.source", "wrong_type"},
      {R"("phone":"+79160000001","custom":[1])", "custom", "wrong_type"},
      {R"("phone":"+79160000001","custom":{"a":null})", "custom", "custom_invalid"},
      {R"("phone":"+79160000001","custom":{"a":{"b":1}})", "custom", "custom_invalid"},
      {R"("phone":"+79160000001","custom":{"a":")" + times("x", 4100) + "\"}", "custom",
       "custom_invalid"},
      {R"("phone":"+79160000001","channel":"pigeon")", "channel", "channel_unknown"},
      {R"("phone":"+79160000001","name":"bell\u0007")", "name", "characters_invalid"},
  }));
  CAPTURE(c.fields.substr(0, 100), c.field, c.code);
  TestApp app;
  const auto reply = app.post(k_path, lead_json(c.fields));
  CHECK(reply.status == 422);
  const Json problem = app.body_of(reply);
  CHECK(problem.text("code") == c.code);
  REQUIRE(problem.find("errors") != nullptr);
  const Json& error = problem.find("errors")->items().at(0);
  CHECK(error.text("field") == c.field);
  CHECK(error.text("code") == c.code);
  CHECK(!error.text("message").value_or("").empty());
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: all broken rules are named at once", "[intake][api]") {
  TestApp app;
  const auto reply =
      app.post(k_path, R"({"phone":"12345","email":"x","channel":"pigeon","name":"Иван"})");
  CHECK(reply.status == 422);
  const Json problem = app.body_of(reply);
  std::string codes;
  for (const Json& error : problem.find("errors")->items()) codes += *error.text("code") + " ";
  CHECK(codes == "channel_unknown phone_invalid email_invalid consent_required ");
}

TEST_CASE("intake: limits are inclusive and count characters, not bytes", "[intake][api]") {
  TestApp app;
  const std::string fields = R"("phone":"+79160000001","name":")" + times("я", 200) +
                             R"(","message":")" + times("ю", 4000) + R"(","page_url":")" +
                             times("u", 2048) + "\"";
  CHECK(app.post(k_path, lead_json(fields)).status == 201);
}

TEST_CASE("intake: consent is required unless the tenant says otherwise", "[intake][api]") {
  TestApp app;
  struct Case {
    std::string consent, code;
  };
  const auto c = GENERATE(values<Case>({
      {"null", "consent_required"},
      {"{}", "consent_required"},
      {R"({"purposes":[]})", "consent_required"},
      {R"({"purposes":["marketing"]})", "consent_required"},
      {R"({"purposes":["processing","spying"]})", "purpose_unknown"},
      {R"({"purposes":"processing"})", "wrong_type"},
      {R"({"purposes":[true]})", "wrong_type"},
      {"true", "wrong_type"},
      {R"({"purposes":["processing"],"version":"99"})", "consent_version_unknown"},
      {R"({"purposes":["processing"],"version":{}})", "wrong_type"},
  }));
  CAPTURE(c.consent);
  const auto reply = app.post(k_path, R"({"phone":"+79160000001","consent":)" + c.consent + "}");
  CHECK(reply.status == 422);
  CHECK(first_field_code(app.body_of(reply)) == c.code);
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: a tenant that needs no consent takes leads without", "[intake][api]") {
  TestApp app;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "consent.required", "false");
  }));
  CHECK(app.post(k_path, R"({"phone":"+79160000001"})").status == 201);
  CHECK(count_rows(app, "consents") == 0);
}

TEST_CASE("intake: a number is read with the tenant's region, whatever its writing",
          "[intake][api]") {
  TestApp app;
  const std::string first = post_lead(app, R"("phone":"8 (916) 000 00 01")");
  const auto again = GENERATE(values<std::string>(
      {"+79160000001", "916 000-00-01", "+7 916 000 00 01", "8-916-000-00-01"}));
  const auto reply = app.post(k_path, lead_json("\"phone\":\"" + again + "\""));
  CHECK(reply.status == 200);
  CHECK(app.body_of(reply).text("id") == first);
}

TEST_CASE("intake: a known phone or e-mail is 200, and nothing typed is lost", "[intake][api]") {
  TestApp app;
  const std::string first =
      post_lead(app, R"("name":"Иван","phone":"+79160000001","email":"Ivan@Example.ru")");
  app.advance(std::chrono::hours(1));
  const auto reply = app.post(k_path, lead_json(R"("name":"Пётр","email":"ivan@example.RU",
                                     "phone":"+79160000002","message":"снова я")"));
  REQUIRE(reply.status == 200);
  const Json body = app.body_of(reply);
  CHECK(body.text("id") == first);
  CHECK(body.boolean("duplicate") == true);
  CHECK(body.text("status") == "new");
  CHECK(body.text("created_at") == "2026-01-05T10:00:00.000Z");  // the request's, not the lead's
  CHECK(count_rows(app, "leads") == 1);
  CHECK(count_rows(app, "leads WHERE name = 'Иван' AND phone = '+79160000001'") == 1);
  CHECK(count_rows(app, "intake_raw") == 2);
  CHECK(count_rows(app, "consents") == 2);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 1);
  const auto data = app.store().read([](store::Tx& tx) {
    return tx.one("SELECT data FROM events WHERE kind = 'lead.repeated'",
                  [](const store::Row& row) { return row.string(0); });
  });
  REQUIRE(data);
  CHECK_THAT(*data, ContainsSubstring("Пётр") && ContainsSubstring("+79160000002") &&
                        ContainsSubstring("снова я"));
}

TEST_CASE("intake: of two known leads the one with the phone counts", "[intake][api]") {
  TestApp app;
  const std::string by_phone = post_lead(app, R"("phone":"+79160000001")");
  const std::string by_email = post_lead(app, R"("email":"ivan@example.ru")");
  CHECK(by_phone != by_email);
  CHECK(post_lead(app, R"("phone":"+79160000001","email":"ivan@example.ru")") == by_phone);
}

TEST_CASE("intake: leads of two tenants never meet", "[intake][api]") {
  TestApp app;
  const auto other = app.add_tenant("other");
  const std::string first = post_lead(app, R"("phone":"+79160000001")");
  const auto reply =
      app.post(k_path, lead_json(R"("phone":"+79160000001")"), other.publishable_key);
  CHECK(reply.status == 201);
  CHECK(app.body_of(reply).text("id") != first);
}

TEST_CASE("intake: a publishable key learns nothing of a stored lead", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("phone":"+79160000001")");
  const std::string& owner = app.token(tenants::Role::owner);
  REQUIRE(app.request("PATCH", "/api/v1/leads/" + id, R"({"status":"won"})", owner).status == 200);
  app.advance(std::chrono::hours(1));
  const std::string body = lead_json(R"("phone":"+79160000001")");
  CHECK(app.body_of(app.post(k_path, body)).text("status") == "new");
  const Json known = app.body_of(app.post(k_path, body, owner));
  CHECK(known.text("status") == "won");
  CHECK(known.text("created_at") == "2026-01-05T09:00:00.000Z");
  for (const auto* path : {"/api/v1/leads", "/api/v1/leads/x", "/api/v1/leads/x/events"}) {
    CHECK(app.get(path).status == 403);
  }
}

TEST_CASE("intake: keys that are not ours are refused", "[intake][api]") {
  TestApp app;
  const std::string body = lead_json(R"("phone":"+79160000001")");
  CHECK(app.post(k_path, body, "-").status == 401);
  CHECK(app.post(k_path, body, "pk_nobody").status == 401);
  CHECK(app.post(k_path, body, "sk_nobody").status == 401);
  CHECK(intake_rows(app) == 0);
  const std::string with_key = std::string(k_path) + "?key=" + app.tenant().publishable_key;
  CHECK(app.post(with_key, body, "-").status == 201);
}

TEST_CASE("intake: type and size are refused before anything is read", "[intake][api]") {
  TestApp app;
  CHECK(app.request("POST", k_path, "<lead/>", {}, {{"content-type", "text/xml"}}).status == 415);
  CHECK(app.post(k_path,
                 lead_json("\"phone\":\"+79160000001\",\"x\":\"" + times("x", 64 * 1024) + "\""))
            .status == 413);
  CHECK(app.post(k_path, std::string(1024 * 1024, ' ')).status == 413);
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: a filled trap is answered like any other and never greeted", "[intake][api]") {
  TestApp app;
  const auto trapped =
      app.post(k_path, lead_json(R"("phone":"+79160000001","website":"https://spam")"),
               app.token(tenants::Role::owner));
  CHECK(trapped.status == 201);
  CHECK(app.body_of(trapped).text("status") == "new");
  CHECK(count_rows(app, "leads WHERE status = 'suspect'") == 1);
  CHECK(count_rows(app, "jobs") == 0);
  CHECK(count_rows(app, "intake_raw") == 1);
  // An empty trap is how people leave it.
  CHECK(app.post(k_path, lead_json(R"("phone":"+79160000002","website":" ")")).status == 201);
  CHECK(count_rows(app, "jobs") == 1);
}

TEST_CASE("intake: a person behind a suspect comes through", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("phone":"+79160000001","website":"x")");
  CHECK(post_lead(app, R"("phone":"+79160000001","website":"x")") == id);
  CHECK(count_rows(app, "jobs") == 0);
  CHECK(post_lead(app, R"("phone":"+79160000001")") == id);
  CHECK(count_rows(app, "leads WHERE status = 'new'") == 1);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 1);
}

TEST_CASE("intake: what a robot typed never reaches the person whose address it used",
          "[intake][api]") {
  TestApp app;
  const std::string address = R"("email":"victim@example.org",)";
  const std::string id =
      post_lead(app, address + R"("name":"BUY http://evil","message":"spam","website":"x")");
  CHECK(post_lead(app, address + R"("name":"Anna","phone":"+79160000001")") == id);
  CHECK(count_rows(app,
                   "leads WHERE name = 'Anna' AND message = '' AND phone = '+79160000001' AND "
                   "status = 'new'") == 1);
  CHECK(count_rows(app, "events WHERE kind = 'lead.cleared' AND data LIKE '%evil%'") == 1);
  app.run_jobs();
  REQUIRE(app.file_messages().size() == 1);
  CHECK(app.file_messages().front().dump().find("evil") == std::string::npos);
}

TEST_CASE("intake: clearing a suspect takes no contact from a third person", "[intake][api]") {
  TestApp app;
  const std::string first = post_lead(app, R"("phone":"+79160000001")");
  const std::string suspect = post_lead(app, R"("email":"b@example.org","website":"x")");
  CHECK(post_lead(app, R"("email":"b@example.org","phone":"+79160000001")") == first);
  CHECK(post_lead(app, R"("email":"b@example.org","name":"B")") == suspect);
  CHECK(count_rows(app, "leads WHERE phone = '+79160000001'") == 1);
  CHECK(count_rows(app, "leads WHERE name = 'B' AND status = 'new'") == 1);
}

TEST_CASE("intake: the answer tells when the lead was stored", "[intake][api]") {
  TestApp app;
  const auto made = app.body_of(app.post(k_path, lead_json(R"("phone":"+79160000001")")));
  const auto lead = app.body_of(
      app.get(std::string(k_path) + "/" + *made.text("id"), app.token(tenants::Role::owner)));
  CHECK(made.text("created_at") == lead.text("created_at"));
}

TEST_CASE("intake: multipart is no body of ours", "[intake][api]") {
  TestApp app;
  const auto reply = app.request("POST", k_path, "--x\r\n", {},
                                 {{"content-type", "multipart/form-data; boundary=x"}});
  CHECK(reply.status == 415);
}

TEST_CASE("intake: a form is the same lead with flat names", "[intake][api]") {
  TestApp app;
  const auto reply = post_form(
      app,
      "name=%D0%98%D0%B2%D0%B0%D0%BD+%D0%98.&phone=%2B79160000001&utm_source=vk&utm_term=a%26b"
      "&consent=processing&consent=marketing&consent_version=1&custom%5Bcolor%5D=red&custom[x]=");
  CAPTURE(reply.body);
  CHECK(reply.status == 201);
  CHECK(count_rows(app,
                   "leads WHERE name = 'Иван И.' AND phone = '+79160000001' AND source = "
                   "'form' AND utm_source = 'vk' AND utm_term = 'a&b' AND custom = "
                   "'{\"color\":\"red\",\"x\":\"\"}'") == 1);
  CHECK(count_rows(app, "consents") == 2);
}

TEST_CASE("intake: bad forms are refused and change nothing", "[intake][api]") {
  TestApp app;
  struct Case {
    std::string body;
    int status;
  };
  const auto c = GENERATE(values<Case>({{"phone=%2B79160000001&name=%00", 400},
                                        {"phone=%2B79160000001&name=%ff", 400},
                                        {"phone=12345&consent=processing", 422},
                                        {"consent=processing", 422},
                                        {"phone=%2B79160000001", 422},
                                        {"phone=%2B79160000001&consent=on", 422},
                                        {"", 422}}));
  CAPTURE(c.body);
  CHECK(post_form(app, c.body).status == c.status);
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: a form that reads HTML is sent on", "[intake][api]") {
  TestApp app;
  const std::string body = "phone=%2B79160000001&consent=processing";
  const std::string browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  const auto ours = post_form(app, body, browser);
  CHECK(ours.status == 303);
  CHECK_THAT(header_of(ours, "location"), ContainsSubstring("http://flead.test/thanks/acme?t="));
  CHECK(post_form(app, body, "application/json").status == 200);
  CHECK(post_form(app, body, "text/html, application/json").status == 200);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "thanks_url",
                                "https://acme.example/danke");
  }));
  const auto theirs = post_form(app, body, browser);
  CHECK(theirs.status == 303);
  CHECK(header_of(theirs, "location") == "https://acme.example/danke");
  CHECK(post_form(app, "phone=12345&consent=processing", browser).status == 422);
}

TEST_CASE("intake: origins on the list may post, others not", "[intake][api]") {
  TestApp app;
  const std::string body = lead_json(R"("phone":"+79160000001")");
  const auto from = [&](std::string_view origin) {
    return app.request("POST", k_path, body, {}, {{"origin", std::string(origin)}});
  };
  CHECK(from("https://anywhere.example").status == 201);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "origins",
                                "https://acme.example");
  }));
  const std::int64_t before = intake_rows(app);
  const auto refused = from("https://anywhere.example");
  CHECK(refused.status == 403);
  CHECK(app.body_of(refused).text("code") == "origin_not_allowed");
  CHECK(from("null").status == 403);
  CHECK(intake_rows(app) == before);
  CHECK(from("https://acme.example").status == 200);
  CHECK(app.post(k_path, body).status == 200);  // no browser
}

TEST_CASE("intake: where a lead came from is told from the request", "[intake][api]") {
  TestApp app;
  post_lead(app, R"("phone":"+79160000001")", app.token(tenants::Role::operator_));
  REQUIRE(app.request("POST", k_path, lead_json(R"("phone":"+79160000002","locale":"en-GB",
                      "zone":"Europe/Berlin")"),
                      {}, {{"origin", "https://a.ru"}})
              .status == 201);
  CHECK(count_rows(app, "leads WHERE source = 'api' AND locale = 'ru' AND zone = ''") == 1);
  CHECK(count_rows(app,
                   "leads WHERE source = 'widget' AND locale = 'en' AND "
                   "zone = 'Europe/Berlin'") == 1);
  // Hints that mean nothing are no reason to lose a lead.
  CHECK(app.post(k_path, lead_json(R"("phone":"+79160000003","locale":7,"zone":"Mars/Base")"))
            .status == 201);
}

}  // namespace flead::test
