// Chatwoot's connector: what is asked, what each answer means, and whose calls are believed. Bodies
// are those of the vendor's page.
#include "core/channels/chatwoot.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace flead::channels::chatwoot {

namespace {

constexpr TimeMs k_signed_at = 1764579600000;
constexpr const char* k_answer =
    R"({"event":"message_created","id":7002,"content":"Добрый день! На среду?",)"
    R"("message_type":"outgoing","content_type":"text","content_attributes":{},"private":false,)"
    R"("source_id":null,"created_at":"2026-11-21T09:00:00.000Z","account":{"id":1,"name":"ACME"},)"
    R"("inbox":{"id":4,"name":"flead"},"sender":{"id":2,"name":"Ира","type":"user"},)"
    R"("conversation":{"id":12,"inbox_id":4,"status":"open","channel":"Channel::Api"}})";

Account account(std::string_view more = "{}") {
  Account out;
  Json config = Json::object({{"base_url", "https://chat.example.ru"}, {"account", 1}});
  const auto given = parse_json(more);
  REQUIRE(given);
  for (const auto& [name, value] : given->members()) config.set(name, value);
  const auto checked = check_config(config);
  REQUIRE(checked);
  out.id = ChannelId("chn_1");
  out.config = *checked;
  out.secret = "agent-token";
  out.state = Json::object({{"inbox_id", 4}});
  return out;
}

HttpReply reply(int status, std::string body) {
  HttpReply out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

HookCall signed_call(std::string body, std::string signature) {
  HookCall call;
  call.method = "POST";
  call.body = std::move(body);
  call.now = k_signed_at + 1000;
  call.headers = {{"x-chatwoot-timestamp", "1764579600"},
                  {"x-chatwoot-signature", std::move(signature)},
                  {"x-chatwoot-delivery", "d-1"}};
  return call;
}

std::string changed(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("chatwoot: settings that cannot work are refused by name", "[channels][chatwoot]") {
  struct Case {
    const char* config;
    const char* code;
  };
  const auto [config, code] = GENERATE(values<Case>({
      {"{}", "account_invalid"},
      {R"({"account":"x"})", "account_invalid"},
      {R"({"account":-1})", "account_invalid"},
      {R"({"account":1,"inbox":"flead"})", "inbox_invalid"},
      {R"({"account":1,"team":0})", "team_invalid"},
      {R"({"account":1,"when":"never"})", "when_invalid"},
      {R"({"account":1,"signature":"absent"})", "signature_invalid"},
      {R"({"account":1,"base_url":"chat.example.ru"})", "base_url_invalid"},
  }));
  CAPTURE(config);
  const auto checked = check_config(*parse_json(config));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == code);
}

TEST_CASE("chatwoot: each answer has one meaning", "[channels][chatwoot]") {
  struct Case {
    int status;
    const char* body;
    Verdict verdict;
  };
  const auto [status, body, verdict] = GENERATE(values<Case>({
      {200, R"({"id":7001,"message_type":0})", Verdict::sent},
      {200, R"({"ok":true})", Verdict::ambiguous},
      {200, "<html>", Verdict::ambiguous},
      {302, "", Verdict::misconfigured},
      {401, R"({"error":"Invalid Access Token"})", Verdict::misconfigured},
      {402, R"({"error":"Account is suspended"})", Verdict::misconfigured},
      {403, R"({"error":"no"})", Verdict::misconfigured},
      {404, R"({"error":"Resource could not be found"})", Verdict::rejected},
      {404, "<html>nginx</html>", Verdict::misconfigured},
      {422, R"({"error":"Incoming messages are only allowed in Api inboxes"})",
       Verdict::misconfigured},
      {422, R"({"message":"Content is too long","attributes":["content"]})", Verdict::rejected},
      {429, "Retry later\n", Verdict::retry},
      {500, "oops", Verdict::ambiguous},
      {502, R"({"error":"bad gateway"})", Verdict::ambiguous},
  }));
  CAPTURE(status, body);
  CHECK(parse_line(reply(status, body)).delivery.verdict == verdict);
}

TEST_CASE("chatwoot: a flood waits a minute, or as long as it is told", "[channels][chatwoot]") {
  CHECK(parse_line(reply(429, "Retry later")).delivery.retry_after_ms == k_minute_ms);
  HttpReply told = reply(429, "Retry later");
  told.retry_after_ms = 5000;
  CHECK(parse_line(told).delivery.retry_after_ms == 5000);
}

TEST_CASE("chatwoot: no answer is unclear only when the request may have left us",
          "[channels][chatwoot]") {
  HttpReply none;
  CHECK(parse_line(none).delivery.verdict == Verdict::retry);
  none.may_have_acted = true;
  CHECK(parse_line(none).delivery.verdict == Verdict::ambiguous);
}

TEST_CASE("chatwoot: what is taken or there already is no failure", "[channels][chatwoot]") {
  CHECK(parse_create_contact(reply(422, R"({"message":"Identifier has already been taken",)"
                                        R"("attributes":["identifier"]})"))
            .taken);
  CHECK_FALSE(parse_create_contact(reply(422, R"({"message":"Phone number is invalid",)"
                                              R"("attributes":["phone_number"]})"))
                  .taken);
  CHECK(parse_line(reply(422, R"({"error":"source_id should be unique"})")).duplicate);
  CHECK(parse_line(reply(404, R"({"error":"Resource could not be found"})")).not_found);
}

TEST_CASE("chatwoot: a refusal never repeats the person's own address", "[channels][chatwoot]") {
  const Answer answer = parse_create_contact(
      reply(422, R"({"message":"ira@example.ru has already been taken","attributes":["email"]})"));
  CHECK_THAT(answer.delivery.says, ContainsSubstring("email"));
  CHECK_THAT(answer.delivery.says, !ContainsSubstring("ira@"));
}

TEST_CASE("chatwoot: a contact is found by whole values, the surest first",
          "[channels][chatwoot]") {
  const Person person{"flead:lead_1", "Ира", "ira@example.ru", "+79160000001"};
  struct Case {
    const char* contacts;
    const char* id;
  };
  const auto [contacts, id] = GENERATE(values<Case>({
      {"[]", ""},
      {R"([{"id":1,"email":"kira@example.ru"}])", ""},
      {R"([{"id":1,"email":"Ira@Example.ru"}])", "1"},
      {R"([{"id":1,"phone_number":"+79160000001"},{"id":2,"email":"ira@example.ru"}])", "2"},
      {R"([{"id":2,"email":"ira@example.ru"},{"id":3,"identifier":"flead:lead_1"}])", "3"},
      // Another lead of ours with the same address is another person's card.
      {R"([{"id":4,"email":"ira@example.ru","identifier":"flead:lead_2"}])", ""},
      {R"([{"id":5,"email":"ira@example.ru","identifier":"crm:77"}])", "5"},
      {R"([{"id":6,"email":null,"phone_number":""}])", ""},
  }));
  CAPTURE(contacts);
  const std::string body = std::string(R"({"meta":{"count":1},"payload":)") + contacts + "}";
  const Answer found = parse_find_contact(reply(200, body), person);
  CHECK(found.delivery.verdict == Verdict::sent);
  CHECK(found.id == id);
}

TEST_CASE("chatwoot: the newest conversation of our inbox is gone on with",
          "[channels][chatwoot]") {
  const char* body = R"({"payload":[{"id":9,"inbox_id":4},{"id":12,"inbox_id":4},)"
                     R"({"id":30,"inbox_id":5}]})";
  CHECK(parse_conversations(reply(200, body), 4).id == "12");
  CHECK(parse_conversations(reply(200, body), 6).id.empty());
}

TEST_CASE("chatwoot: a line says whose it is, and carries our id", "[channels][chatwoot]") {
  const HttpRequest request =
      build_line(account(), "12", {"flead:inb_1", "Хочу перенести запись", true, false});
  CHECK(request.url == "https://chat.example.ru/api/v1/accounts/1/conversations/12/messages");
  CHECK(header_of(request, "api_access_token") == "agent-token");
  CHECK(request.label == "chatwoot post message");
  const auto body = parse_json(request.body);
  REQUIRE(body);
  CHECK(body->text("message_type") == "incoming");
  CHECK(body->text("source_id") == "flead:inb_1");
  CHECK(body->boolean("private") == false);
}

TEST_CASE("chatwoot: an operator's answer is read from the webhook", "[channels][chatwoot]") {
  const auto events = parse_events(k_answer);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == Inbound::Kind::answer);
  CHECK(events[0].key == "message:7002");
  CHECK(events[0].provider_id == "7002");
  CHECK(events[0].address == "12");
  CHECK(events[0].handle == "1");
  CHECK(events[0].text == "Добрый день! На среду?");
}

TEST_CASE("chatwoot: the same answer is read from a list, where types are numbers",
          "[channels][chatwoot]") {
  const auto events = parse_events(
      R"({"meta":{},"payload":[)"
      R"({"id":7001,"content":"x","message_type":0,"private":false,"conversation_id":12},)"
      R"({"id":7002,"content":"На среду?","message_type":1,"private":false,"account_id":1,)"
      R"("content_type":"text","conversation_id":12,"created_at":1795251600},)"
      R"({"id":7003,"content":"Ира joined","message_type":2,"private":false,)"
      R"("conversation_id":12}]})");
  REQUIRE(events.size() == 1);
  CHECK(events[0].key == "message:7002");
  CHECK(events[0].at == 1795251600000);
}

TEST_CASE("chatwoot: only words of operators for the lead go out", "[channels][chatwoot]") {
  struct Case {
    const char* from;
    const char* to;
  };
  const auto [from, to] = GENERATE(values<Case>({
      {R"("private":false)", R"("private":true)"},
      {R"("private":false)", R"("private":null)"},
      {R"("message_type":"outgoing")", R"("message_type":"incoming")"},
      {R"("message_type":"outgoing")", R"("message_type":"activity")"},
      {R"("message_type":"outgoing")", R"("message_type":"template")"},
      {R"("source_id":null)", R"("source_id":"flead:msg_1")"},
      {R"("content_type":"text")", R"("content_type":"input_select")"},
      {R"("content":"Добрый день! На среду?")", R"("content":"  ")"},
      {R"("content":"Добрый день! На среду?")", R"("content":null)"},
      {R"("event":"message_created")", R"("event":"message_updated")"},
      {R"("conversation":{"id":12)", R"("conversation":{"id":null)"},
  }));
  CAPTURE(from, to);
  CHECK(parse_events(changed(k_answer, from, to)).empty());
}

TEST_CASE("chatwoot: a file goes out as its link", "[channels][chatwoot]") {
  const auto events = parse_events(
      changed(k_answer, R"("private":false)",
              R"("private":false,"attachments":[{"data_url":"https://chat.example.ru/f/1.pdf"},)"
              R"({"data_url":"javascript:x"}])"));
  REQUIRE(events.size() == 1);
  CHECK(events[0].text == "Добрый день! На среду?\nhttps://chat.example.ru/f/1.pdf");
}

TEST_CASE("chatwoot: a conversation's state is read", "[channels][chatwoot]") {
  const auto events = parse_events(
      R"({"event":"conversation_status_changed","id":12,"inbox_id":4,"status":"resolved",)"
      R"("account":{"id":1},"changed_attributes":[{"status":{"previous_value":"open",)"
      R"("current_value":"resolved"}}]})");
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == Inbound::Kind::thread);
  CHECK(events[0].payload == "resolved");
  CHECK(events[0].address == "12");
  CHECK(
      parse_events(R"({"event":"conversation_status_changed","id":12,"status":"eaten"})").empty());
}

TEST_CASE("chatwoot: hostile bytes are no events", "[channels][chatwoot]") {
  const auto raw =
      GENERATE(as<std::string>{}, "", "null", "[]", "{", "7", R"("text")", R"({"event":7})",
               R"({"event":"message_created"})", R"({"payload":{"a":1}})",
               R"({"payload":[null,7,"x",[]]})", std::string("\x00\xff\xfe", 3));
  CAPTURE(raw);
  CHECK(parse_events(raw).empty());
}

TEST_CASE("chatwoot: the vendor's own signature is believed", "[channels][chatwoot]") {
  Account ours = account();
  ours.hook_secret = "cw-secret";
  const std::string body = R"({"event":"message_created","id":1})";
  const std::string good =
      "sha256=5b99e314763d162a67e37fcbac17c41424995d0fe2a83c5bc44ceb5f96c3df64";
  const HookCheck check = verify(ours, signed_call(body, good));
  CHECK(check.genuine);
  CHECK(check.delivery_id == "d-1");

  CHECK_FALSE(verify(ours, signed_call(body + " ", good)).genuine);
  CHECK_FALSE(verify(ours, signed_call(body, good.substr(0, good.size() - 1))).genuine);
  CHECK_FALSE(verify(ours, signed_call(body, good.substr(7))).genuine);
  CHECK_FALSE(verify(ours, signed_call(body, "")).genuine);
  Account other = ours;
  other.hook_secret = "cw-secret2";
  CHECK_FALSE(verify(other, signed_call(body, good)).genuine);
  HookCall replayed = signed_call(body, good);
  replayed.now = k_signed_at + k_signature_age_max_ms + 1;
  CHECK_FALSE(verify(ours, replayed).genuine);
  replayed.now = k_signed_at - k_signature_age_max_ms - 1;
  CHECK_FALSE(verify(ours, replayed).genuine);
  HookCall timeless = signed_call(body, good);
  timeless.headers[0].second = "soon";
  CHECK_FALSE(verify(ours, timeless).genuine);
}

TEST_CASE("chatwoot: without a signature the word in the address is asked for, and the answer",
          "[channels][chatwoot]") {
  const Account ours = account();
  const auto steps = connect_steps();
  const HttpRequest told =
      steps[steps.size() - 1].build(ours, "https://x.example/hooks/chatwoot/chn_1");
  const auto body = parse_json(told.body);
  REQUIRE(body);
  const std::string url = body->text("url").value_or("");
  const auto at = url.find("?word=");
  REQUIRE(at != std::string::npos);

  HookCall call;
  call.method = "POST";
  call.query = {{"word", url.substr(at + 6)}};
  CHECK(verify(ours, call).genuine);
  call.query = {{"word", ""}};
  CHECK_FALSE(verify(ours, call).genuine);
  call.query = {{"word", url.substr(at + 6)}};
  Account other = ours;
  other.id = ChannelId("chn_2");
  CHECK_FALSE(verify(other, call).genuine);
  CHECK_FALSE(verify(account(R"({"signature":"required"})"), call).genuine);

  const auto event = parse_events(k_answer).front();
  CHECK_THAT(build_confirm(ours, event).url, ContainsSubstring("/conversations/12/messages"));
  Account signing = ours;
  signing.hook_secret = "cw-secret";
  CHECK(build_confirm(signing, event).url.empty());
}

TEST_CASE("chatwoot: an answer that is not there was a stranger's", "[channels][chatwoot]") {
  const auto event = parse_events(k_answer).front();
  const std::string there =
      R"({"payload":[{"id":7002,"content":"Добрый день! На среду?","message_type":1,)"
      R"("private":false,"conversation_id":12}]})";
  CHECK(parse_confirm(reply(200, there), event).verdict == Verdict::sent);
  CHECK(parse_confirm(reply(200, changed(there, "среду", "пятницу")), event).verdict ==
        Verdict::rejected);
  CHECK(parse_confirm(reply(200, R"({"payload":[]})"), event).verdict == Verdict::rejected);
  CHECK(parse_confirm(reply(500, ""), event).verdict == Verdict::retry);
}

TEST_CASE("chatwoot: the webhook is found by its address, and its secret learned",
          "[channels][chatwoot]") {
  const auto steps = connect_steps();
  Json state = Json::object({{"hook_wanted", "https://x.example/hooks/chatwoot/chn_1"}});
  const SetupStep& list = steps[steps.size() - 2];
  REQUIRE(list.name == "webhooks");
  CHECK(list.parse(reply(200, R"({"payload":{"webhooks":[{"id":5,"url":"https://other.example"},)"
                              R"({"id":6,"url":"https://x.example/hooks/chatwoot/chn_1?word=a",)"
                              R"("secret":"s3"}]}})"),
                   state)
            .verdict == Verdict::sent);
  CHECK(state.integer("webhook_id") == 6);
  CHECK(state.text("hook_secret") == "s3");
  Account ours = account();
  ours.state = state;
  CHECK(steps[steps.size() - 1].build(ours, "https://x.example/h").method == "PATCH");
}

TEST_CASE("chatwoot: doctor notices a webhook that is gone, poorer, or signs now",
          "[channels][chatwoot]") {
  const SetupStep& look = hook_status_steps().front();
  const std::string url = "https://x.example/hooks/chatwoot/chn_1";
  const std::string full = R"(,"subscriptions":["message_created","conversation_status_changed"])";
  const auto verdict = [&](const std::string& webhooks) {
    Json state = Json::object({{"hook_url", url}, {"signed", false}});
    return look.parse(reply(200, R"({"payload":{"webhooks":[)" + webhooks + "]}}"), state).verdict;
  };
  const std::string ours = R"({"id":6,"url":")" + url + R"(?word=a")";
  CHECK(verdict(ours + full + "}") == Verdict::sent);
  CHECK(verdict("") == Verdict::misconfigured);
  CHECK(verdict(ours + R"(,"subscriptions":["message_created"]})") == Verdict::misconfigured);
  CHECK(verdict(ours + full + R"(,"secret":"s"})") == Verdict::misconfigured);
}

}  // namespace flead::channels::chatwoot
