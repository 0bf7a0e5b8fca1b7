#include "core/channels/instagram.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/catch.h"

namespace flead::channels::instagram {

namespace {

using Kind = Inbound::Kind;

std::string instagram_fixture(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/instagram/" + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

HttpReply instagram_reply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Account instagram_account(const Json& config = Json::object()) {
  auto checked = check_config(config);
  REQUIRE(checked);
  Account account;
  account.id = ChannelId("chn_1");
  account.config = std::move(*checked);
  account.secret = "IGAAtoken";
  account.hook_secret = "app-secret";
  return account;
}

Outgoing instagram_message() {
  Outgoing message;
  message.id = MessageId("msg_421");
  message.address = "17841400501";
  message.text = "Ира, выберите \"время\" & место";
  return message;
}

Json instagram_body(const Outgoing& message) {
  auto body = parse_json(build_send(instagram_account(), message).body);
  REQUIRE(body);
  return std::move(*body);
}

std::string instagram_header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

std::string in_entry(std::string_view event) {
  return R"({"object":"instagram","entry":[{"id":"17841499","messaging":[)" + std::string(event) +
         "]}]}";
}

std::string cyrillic(int letters) {
  std::string out;
  for (int i = 0; i < letters; ++i) out += "я";
  return out;
}

}  // namespace

TEST_CASE("channels: an Instagram text goes to the person's id", "[channels][instagram]") {
  const HttpRequest request = build_send(instagram_account(), instagram_message());
  CHECK(request.method == "POST");
  CHECK(request.url == "https://graph.instagram.com/v23.0/me/messages");
  CHECK(request.label == "instagram send");
  CHECK(instagram_header(request, "authorization") == "Bearer IGAAtoken");
  CHECK(request.body == R"({"recipient":{"id":"17841400501"},)"
                        R"("message":{"text":"Ира, выберите \"время\" & место"}})");
  const Account other = instagram_account(
      Json::object({{"account_id", "17841499"}, {"base_url", "http://127.0.0.1:9/ig/"}}));
  CHECK(build_send(other, instagram_message()).url ==
        "http://127.0.0.1:9/ig/v23.0/17841499/messages");
}

TEST_CASE("channels: a link in Instagram is a button while the text is short enough",
          "[channels][instagram]") {
  Outgoing message = instagram_message();
  message.button_text = "Записаться на бесплатную встречу";
  message.button_url = "https://book.example/x/7Qk";
  const Json body = instagram_body(message);
  CHECK(body.find("message.text") == nullptr);
  CHECK(body.text("message.attachment.type") == "template");
  CHECK(body.text("message.attachment.payload.template_type") == "button");
  CHECK(body.text("message.attachment.payload.text") == message.text);
  const Json* buttons = body.find("message.attachment.payload.buttons");
  REQUIRE(buttons != nullptr);
  REQUIRE(buttons->items().size() == 1);
  CHECK(buttons->items()[0].text("type") == "web_url");
  CHECK(buttons->items()[0].text("url") == message.button_url);
  CHECK(utf8_length(buttons->items()[0].text("title").value_or("")) == 20);

  message.text = cyrillic(600);  // 1200 bytes
  const auto longer = instagram_body(message).text("message.text");
  REQUIRE(longer);
  CHECK(longer->size() <= 1000);
  CHECK(valid_utf8(*longer));
  CHECK(longer->ends_with(message.button_url));
  message.text = std::string(700, 'a');
  const auto plain = instagram_body(message).text("message.text");
  REQUIRE(plain);
  CHECK(plain->starts_with(message.text));
  CHECK(plain->ends_with(message.button_url));
}

TEST_CASE("channels: reply buttons in Instagram keep the link in the text",
          "[channels][instagram]") {
  Outgoing message = instagram_message();
  message.button_text = "Записаться";
  message.button_url = "https://book.example/x/7Qk";
  message.reply_buttons.push_back({"", "empty"});
  for (int i = 0; i < 20; ++i) {
    message.reply_buttons.push_back({"Очень длинный ответ номер " + std::to_string(i), "p"});
  }
  const Json body = instagram_body(message);
  CHECK(body.text("message.text") == message.text + "\n\nЗаписаться: https://book.example/x/7Qk");
  const Json* replies = body.find("message.quick_replies");
  REQUIRE(replies != nullptr);
  REQUIRE(replies->items().size() == 13);
  CHECK(replies->items()[0].text("content_type") == "text");
  CHECK(replies->items()[0].text("payload") == "p");
  CHECK(utf8_length(replies->items()[0].text("title").value_or("")) == 20);
}

TEST_CASE("channels: every answer of Instagram has its verdict", "[channels][instagram]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    bool hold = false;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"recipient_id":"1","message_id":"m1"})", Verdict::sent},
      {400, R"({"error":{"code":190}})", Verdict::misconfigured},
      {400, R"({"error":{"code":10}})", Verdict::misconfigured},
      {400, R"({"error":{"code":200,"error_subcode":1}})", Verdict::misconfigured},
      {400, R"({"error":{"code":230}})", Verdict::misconfigured},
      {400, R"({"error":{"code":10,"error_subcode":2534022}})", Verdict::unreachable},
      {400, R"({"error":{"code":10,"error_subcode":"2534022"}})", Verdict::unreachable},
      {400, R"({"error":{"code":10,"error_subcode":2018278}})", Verdict::unreachable},
      {400, R"({"error":{"code":100,"error_subcode":2534025}})", Verdict::sent},
      {400, R"({"error":{"code":551}})", Verdict::unreachable},
      {400, R"({"error":{"code":100,"error_subcode":2534014}})", Verdict::unreachable},
      {400, R"({"error":{"code":100,"error_subcode":2534001}})", Verdict::unreachable},
      {400, R"({"error":{"code":100,"error_subcode":33}})", Verdict::misconfigured},
      {400, R"({"error":{"code":100}})", Verdict::rejected},
      {400, R"({"error":{"code":4}})", Verdict::retry, true},
      {400, R"({"error":{"code":17}})", Verdict::retry, true},
      {400, R"({"error":{"code":32}})", Verdict::retry, true},
      {400, R"({"error":{"code":613}})", Verdict::retry, true},
      {400, R"({"error":{"code":80002}})", Verdict::retry, true},
      {400, R"({"error":{"code":368}})", Verdict::misconfigured},
      {500, R"({"error":{"code":1}})", Verdict::retry},
      {500, R"({"error":{"code":2,"error_subcode":1545133}})", Verdict::retry},
      {400, R"({"error":{"code":4242}})", Verdict::rejected},
      {200, "", Verdict::ambiguous},
      {200, "null", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, R"({"recipient_id":"1"})", Verdict::ambiguous},
      {200, R"({"message_id":5})", Verdict::ambiguous},
      {200, "{\"message_id\":\xff}", Verdict::ambiguous},
      {302, "", Verdict::misconfigured},
      {404, "", Verdict::misconfigured},
      {429, "", Verdict::retry, true},
      {500, "", Verdict::ambiguous},
      {503, R"({"message_id":"m1"})", Verdict::ambiguous},
  }));
  CAPTURE(one.status, one.body);
  const Delivery delivery = parse_send(instagram_reply(one.status, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.hold_channel == one.hold);
  CHECK((!one.hold || delivery.retry_after_ms >= 60'000));
}

TEST_CASE("channels: Instagram's recorded answers are read, and cut short they prove nothing",
          "[channels][instagram]") {
  const std::string sent = instagram_fixture("sent.json");
  const Delivery delivery = parse_send(instagram_reply(200, sent));
  CHECK(delivery.verdict == Verdict::sent);
  CHECK(delivery.provider_id == "aWdfZAG1fOUT1");
  CHECK(delivery.delivered);
  for (std::size_t size = 0; size < sent.rfind('}'); ++size) {
    CAPTURE(size);
    CHECK(parse_send(instagram_reply(200, sent.substr(0, size))).verdict == Verdict::ambiguous);
  }
  const Delivery late = parse_send(instagram_reply(400, instagram_fixture("error_window.json")));
  CHECK(late.verdict == Verdict::unreachable);
  CHECK(late.says == "10/2534022: outside of the 24 hour window");
}

TEST_CASE("channels: Instagram's silence is ambiguous only when the request left",
          "[channels][instagram]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(parse_send(silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(parse_send(silent).verdict == Verdict::ambiguous);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  HttpReply busy = instagram_reply(400, R"({"error":{"code":613}})");
  busy.retry_after_ms = 7000;
  CHECK(parse_send(busy).retry_after_ms == 7000);
}

TEST_CASE("channels: connecting Instagram learns the name and subscribes to its events",
          "[channels][instagram]") {
  const auto steps = connect_steps();
  REQUIRE(steps.size() == 2);
  const Account account = instagram_account();
  Json state = Json::object();
  const HttpRequest me = steps[0].build(account, "https://crm.example/hooks/1");
  CHECK(me.method == "GET");
  CHECK(me.url == "https://graph.instagram.com/v23.0/me?fields=user_id,username,account_type");
  CHECK(instagram_header(me, "authorization") == "Bearer IGAAtoken");
  const Delivery learned =
      steps[0].parse(instagram_reply(200, instagram_fixture("me.json")), state);
  CHECK(learned.verdict == Verdict::sent);
  CHECK(learned.says == "@acme");
  CHECK(state.text("username") == "acme");
  CHECK(state.text("user_id") == "17841499");

  const HttpRequest subscribe = steps[1].build(account, "https://crm.example/hooks/1");
  CHECK(subscribe.method == "POST");
  CHECK(percent_decode(subscribe.url) ==
        "https://graph.instagram.com/v23.0/me/subscribed_apps?subscribed_fields="
        "messages,messaging_postbacks,messaging_referral,messaging_seen");
  CHECK(steps[1].parse(instagram_reply(200, R"({"success":true})"), state).verdict ==
        Verdict::sent);
  CHECK(steps[1].parse(instagram_reply(200, "{}"), state).verdict == Verdict::misconfigured);
  CHECK(steps[1].parse(instagram_reply(400, R"({"error":{"code":190}})"), state).verdict ==
        Verdict::misconfigured);
  CHECK(steps[1].parse(instagram_reply(500, ""), state).verdict == Verdict::retry);
  CHECK(disconnect_steps().empty());

  for (const char* body : {"", "null", "[]", "{}", R"({"username":5})"}) {
    Json untouched = Json::object();
    CHECK(steps[0].parse(instagram_reply(200, body), untouched).verdict == Verdict::retry);
    CHECK(untouched.members().empty());
  }
}

TEST_CASE("channels: an Instagram account that lost its subscription is told",
          "[channels][instagram]") {
  const auto steps = hook_status_steps();
  REQUIRE(steps.size() == 1);
  const HttpRequest request = steps[0].build(instagram_account(), "");
  CHECK(request.method == "GET");
  CHECK(request.url == "https://graph.instagram.com/v23.0/me/subscribed_apps");
  struct Case {
    std::string body;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {instagram_fixture("subscribed.json"), Verdict::sent},
      {R"({"data":[{"subscribed_fields":[{"name":"messages"}]}]})", Verdict::sent},
      {R"({"data":[{"subscribed_fields":["comments"]}]})", Verdict::misconfigured},
      {R"({"data":[]})", Verdict::misconfigured},
      {R"({"data":[5,null,{"subscribed_fields":"messages"}]})", Verdict::misconfigured},
      {"nonsense", Verdict::retry},
  }));
  CAPTURE(one.body);
  Json state = Json::object();
  CHECK(steps[0].parse(instagram_reply(200, one.body), state).verdict == one.verdict);
}

TEST_CASE("channels: a call of Instagram is genuine by its signature alone",
          "[channels][instagram]") {
  // Made outside of our code.
  const std::string good = "d5155d7b870af79a2eef5f1d9bb1f504a6b118b5754ebad8462822594f4425ec";
  Account account = instagram_account();
  HookCall call;
  call.method = "POST";
  call.body = R"({"object":"x"})";
  call.headers = {{"x-hub-signature-256", "sha256=" + good}};
  CHECK(verify(account, call).genuine);
  for (const std::string& bad :
       {std::string(), good, "sha256=" + good.substr(1), "sha256=" + good + "0"}) {
    call.headers = {{"x-hub-signature-256", bad}};
    CHECK_FALSE(verify(account, call).genuine);
  }
  call.headers.clear();
  CHECK_FALSE(verify(account, call).genuine);
  call.headers = {{"x-hub-signature-256", "sha256=" + good}};
  account.hook_secret = "another";
  CHECK_FALSE(verify(account, call).genuine);

  account.hook_secret = "app-secret";
  HookCall handshake;
  handshake.method = "GET";
  handshake.query = {{"hub.mode", "subscribe"},
                     {"hub.challenge", "42"},
                     {"hub.verify_token", "7b631b67ec781043c2df93d7d36687fb"}};
  CHECK(verify(account, handshake).handshake);
  CHECK(verify(account, handshake).answer == "42");
  handshake.query[0].second = "unsubscribe";
  CHECK_FALSE(verify(account, handshake).genuine);
}

TEST_CASE("channels: both shapes of Instagram's events are read", "[channels][instagram]") {
  const auto pressed = parse_events(instagram_fixture("message_quick_reply.json"));
  REQUIRE(pressed.size() == 1);
  CHECK(pressed[0].kind == Kind::button);
  CHECK(pressed[0].key == "aWdfZ1");
  CHECK(pressed[0].address == "17841400501");
  CHECK(pressed[0].payload == "snooze:7Qk");
  CHECK(pressed[0].text == "Не сейчас");
  CHECK(pressed[0].at == 1795158903999);

  const auto written = parse_events(instagram_fixture("message_changes.json"));
  REQUIRE(written.size() == 1);  // a comment is no message
  CHECK(written[0].kind == Kind::text);
  CHECK(written[0].key == "aWdfZ2");
  CHECK(written[0].provider_id == "aWdfZ2");
  CHECK(written[0].text == "Можно завтра?");
  CHECK(written[0].at == 1795158903000);  // seconds, as a string
}

TEST_CASE("channels: Instagram's first press brings the start token before the button",
          "[channels][instagram]") {
  const auto events = parse_events(instagram_fixture("postback.json"));
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == Kind::start);
  CHECK(events[0].payload == "L7QkZ2");
  CHECK(events[0].key == "aWdfZ3:referral");
  CHECK(events[0].address == "17841400501");
  CHECK(events[1].kind == Kind::button);
  CHECK(events[1].key == "aWdfZ3");
  CHECK(events[1].payload == "book:7Qk");
  CHECK(events[1].text == "Записаться");
}

TEST_CASE("channels: one call of Instagram may tell several things", "[channels][instagram]") {
  const std::string raw = instagram_fixture("batch.json");
  const auto events = parse_events(raw);
  REQUIRE(events.size() == 4);  // the echo, the deleted and the unreadable one are left out
  CHECK(events[0].kind == Kind::start);
  CHECK(events[0].payload == "L7QkZ2");
  CHECK(events[0].key == "referral:17841400501:1795158904001:L7QkZ2");
  CHECK(events[1].kind == Kind::receipt);
  CHECK(events[1].key == "read:aWdfZAG1fOUT1");
  CHECK(events[1].provider_id == "aWdfZAG1fOUT1");
  CHECK(events[1].delivery.verdict == Verdict::sent);
  CHECK(events[1].delivery.delivered);
  CHECK(events[1].read);
  CHECK(events[2].kind == Kind::other);
  CHECK(events[2].key == "aWdfZ7");
  CHECK(events[3].kind == Kind::other);
  CHECK(events[3].key == "event:17841400501:1795158904007");
  const auto again = parse_events(raw);
  REQUIRE(again.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(again[i].key == events[i].key);
}

TEST_CASE("channels: hostile bytes are no events of Instagram", "[channels][instagram]") {
  for (const char* event :
       {"5", "null", "[]", "{}", R"({"sender":5})", R"({"sender":{"id":""}})",
        R"({"sender":{"id":"17841499"},"message":{"mid":"a","text":"our own"}})",
        R"({"sender":{"id":"1"},"message":5})", R"({"sender":{"id":"1"},"message":{"text":"x"}})",
        R"({"sender":{"id":"1"},"read":{"watermark":1795158904002}})"}) {
    CAPTURE(event);
    CHECK(parse_events(in_entry(event)).empty());
  }
  for (const char* raw : {"", "null", "[]", "{}", "\xff", R"({"object":"page","entry":[]})",
                          R"({"object":"instagram","entry":{"messaging":[]}})",
                          R"({"object":"instagram","entry":[{"changes":[{"value":{}}]}]})"}) {
    CAPTURE(raw);
    CHECK(parse_events(raw).empty());
  }
  const std::string raw = instagram_fixture("batch.json");
  for (std::size_t size = 0; size < raw.rfind('}'); ++size) {
    REQUIRE(parse_events(raw.substr(0, size)).empty());
  }
}

TEST_CASE("channels: Instagram's start link needs the account's name", "[channels][instagram]") {
  Account account = instagram_account();
  CHECK(start_link(account, "L7QkZ2").empty());
  account.state.set("username", "acme.school_1");
  CHECK(start_link(account, "L7-Qk_Z2") == "https://ig.me/m/acme.school_1?ref=L7-Qk_Z2");
  CHECK(start_link(account, "").empty());
}

TEST_CASE("channels: the settings of an Instagram channel are checked", "[channels][instagram]") {
  const auto plain = check_config(Json::object({{"expires_at", "2027-01-20"}}));
  REQUIRE(plain);
  CHECK(plain->text("base_url") == "https://graph.instagram.com");
  CHECK(plain->text("version") == "v23.0");
  CHECK(plain->text("expires_at") == "2027-01-20");
  CHECK(plain->find("account_id") == nullptr);
  struct Case {
    std::string json;
    std::string code;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"expires_at":"soon"})", "expires_at_invalid"},
      {R"({"account_id":"acme"})", "account_id_invalid"},
      {R"({"version":"latest"})", "version_invalid"},
      {R"({"base_url":"graph.instagram.com"})", "base_url_invalid"},
  }));
  CAPTURE(one.json);
  const auto checked = check_config(*parse_json(one.json));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == one.code);
}

}  // namespace flead::channels::instagram
