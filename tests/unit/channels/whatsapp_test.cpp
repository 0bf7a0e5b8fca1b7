#include "core/channels/whatsapp.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/catch.h"

namespace flead::channels::whatsapp {

namespace {

std::string whatsapp_fixture(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/whatsapp/" + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

HttpReply whatsapp_reply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

HttpReply whatsapp_error(int status, int code) {
  return whatsapp_reply(status,
                        R"({"error":{"message":"(#1) x","code":)" + std::to_string(code) + "}}");
}

Account whatsapp_account(Json more = Json::object()) {
  Json config = Json::object({{"phone_number_id", "1065"}, {"waba_id", "4195"}});
  for (const auto& [name, value] : more.members()) config.set(name, value);
  auto checked = check_config(config);
  REQUIRE(checked);
  Account account;
  account.id = ChannelId("chn_1");
  account.config = std::move(*checked);
  account.secret = "EAAJtoken";
  account.hook_secret = "app-secret";
  return account;
}

Account dialog_account() {
  return whatsapp_account(Json::object({{"flavour", "360dialog"}}));
}

Outgoing whatsapp_message() {
  Outgoing message;
  message.id = MessageId("msg_421");
  message.address = "+79991234567";
  message.text = "Ира, выберите \"время\" & место\nЖдём!";
  message.template_name = "lead.greeting";
  return message;
}

Json whatsapp_body(const Account& account, const Outgoing& message) {
  const auto request = build_send(account, message);
  REQUIRE(request);
  auto body = parse_json(request->body);
  REQUIRE(body);
  return std::move(*body);
}

std::string whatsapp_refusal(const Account& account, const Outgoing& message) {
  const auto request = build_send(account, message);
  return request ? "" : request.error().code;
}

std::string whatsapp_header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

Json greeting_template() {
  return *parse_json(R"({"lead.greeting":{"name":"booking_invite","language":"ru",
      "parameters":["name|друг","tenant"],"button":true,
      "button_prefix":"https://book.example/x/"}})");
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("channels: a WhatsApp text goes to the number with our id in it",
          "[channels][whatsapp]") {
  const Account account = whatsapp_account();
  const Outgoing message = whatsapp_message();
  const auto request = build_send(account, message);
  REQUIRE(request);
  CHECK(request->method == "POST");
  CHECK(request->url == "https://graph.facebook.com/v23.0/1065/messages");
  CHECK(request->label == "whatsapp send");
  CHECK(whatsapp_header(*request, "Authorization") == "Bearer EAAJtoken");
  CHECK(request->body.find("EAAJtoken") == std::string::npos);
  const Json body = whatsapp_body(account, message);
  CHECK(body.text("messaging_product") == "whatsapp");
  CHECK(body.text("recipient_type") == "individual");
  CHECK(body.text("to") == "79991234567");
  CHECK(body.text("type") == "text");
  CHECK(body.text("text.body") == message.text);
  CHECK(body.boolean("text.preview_url") == false);
  CHECK(body.text("biz_opaque_callback_data") == "msg_421");
}

TEST_CASE("channels: a person without a number is written to by their WhatsApp id",
          "[channels][whatsapp]") {
  Outgoing message = whatsapp_message();
  message.address = "RU.1502576394655843";
  const Json body = whatsapp_body(whatsapp_account(), message);
  CHECK(body.text("recipient") == "RU.1502576394655843");
  CHECK(body.find("to") == nullptr);
  for (const char* bad : {"", "+", "ira@example.ru", "RU.", "RUS.15", "RU.1 5", "+7 999", "7999a",
                          "123456789012345678901"}) {
    CAPTURE(bad);
    message.address = bad;
    CHECK(whatsapp_refusal(whatsapp_account(), message) == "address_invalid");
  }
}

TEST_CASE("channels: partners of WhatsApp have their own address and header",
          "[channels][whatsapp]") {
  const auto dialog = build_send(dialog_account(), whatsapp_message());
  REQUIRE(dialog);
  CHECK(dialog->url == "https://waba-v2.360dialog.io/messages");
  CHECK(whatsapp_header(*dialog, "D360-API-KEY") == "EAAJtoken");
  CHECK(whatsapp_header(*dialog, "Authorization") == "(none)");
  const Account other = whatsapp_account(Json::object({{"auth_header", "X-API-KEY"},
                                                       {"base_url", "https://partner.example/"},
                                                       {"version", "v24.0"}}));
  const auto partner = build_send(other, whatsapp_message());
  REQUIRE(partner);
  CHECK(partner->url == "https://partner.example/v24.0/1065/messages");
  CHECK(whatsapp_header(*partner, "X-API-KEY") == "EAAJtoken");
}

TEST_CASE("channels: a link in WhatsApp is a button while the text is short enough",
          "[channels][whatsapp]") {
  Outgoing message = whatsapp_message();
  message.button_text = "Записаться на бесплатную встречу";
  message.button_url = "https://book.example/x/7Qk?a=1&b=2";
  const Json body = whatsapp_body(whatsapp_account(), message);
  CHECK(body.text("type") == "interactive");
  CHECK(body.text("interactive.type") == "cta_url");
  CHECK(body.text("interactive.body.text") == message.text);
  CHECK(body.text("interactive.action.name") == "cta_url");
  CHECK(body.text("interactive.action.parameters.url") == message.button_url);
  const auto label = body.text("interactive.action.parameters.display_text");
  REQUIRE(label);
  CHECK(utf8_length(*label) == 20);

  message.text = repeated("я", 1025);
  const Json longer = whatsapp_body(whatsapp_account(), message);
  CHECK(longer.text("type") == "text");
  CHECK_THAT(*longer.text("text.body"), ContainsSubstring(message.button_url));
  CHECK_THAT(*longer.text("text.body"), ContainsSubstring(message.text));

  message.text = repeated("я", 5000);
  const auto cut = whatsapp_body(whatsapp_account(), message).text("text.body");
  REQUIRE(cut);
  CHECK(utf8_length(*cut) == 4096);
  CHECK(cut->ends_with(message.button_url));
  CHECK_THAT(*cut, ContainsSubstring("…"));
}

TEST_CASE("channels: reply buttons in WhatsApp keep the link in the text", "[channels][whatsapp]") {
  Outgoing message = whatsapp_message();
  message.button_text = "Записаться";
  message.button_url = "https://book.example/x/7Qk";
  message.reply_buttons = {
      {"Не сейчас", "snooze:7Qk"}, {"Не сейчас", "again:7Qk"},  // the same title: Meta refuses both
      {"", "empty:7Qk"},           {"Нужен человек, и поскорее", "human"},
      {"Ещё", "more:7Qk"},         {"Четвёртая", "fourth:7Qk"}};
  const Json body = whatsapp_body(whatsapp_account(), message);
  CHECK(body.text("interactive.type") == "button");
  CHECK(body.text("interactive.body.text") ==
        message.text + "\n\nЗаписаться: https://book.example/x/7Qk");
  const Json* buttons = body.find("interactive.action.buttons");
  REQUIRE(buttons != nullptr);
  REQUIRE(buttons->items().size() == 3);
  CHECK(buttons->items()[0].text("type") == "reply");
  CHECK(buttons->items()[0].text("reply.id") == "snooze:7Qk");
  CHECK(buttons->items()[0].text("reply.title") == "Не сейчас");
  CHECK(buttons->items()[1].text("reply.id") == "human");
  CHECK(utf8_length(*buttons->items()[1].text("reply.title")) == 20);
  CHECK(buttons->items()[2].text("reply.id") == "more:7Qk");

  message.text = repeated("я", 3000);
  const auto cut = whatsapp_body(whatsapp_account(), message).text("interactive.body.text");
  REQUIRE(cut);
  CHECK(utf8_length(*cut) == 1024);
  CHECK(cut->ends_with(message.button_url));
}

TEST_CASE("channels: outside of the window WhatsApp gets the approved template",
          "[channels][whatsapp]") {
  const Account account = whatsapp_account(Json::object({{"templates", greeting_template()}}));
  Outgoing message = whatsapp_message();
  message.window_open = false;
  message.variables = {{"name", "Ира\n\t  и   Олег"}, {"tenant", "ACME"}};
  message.button_url = "https://book.example/x/7Qk?from=wa";
  const Json body = whatsapp_body(account, message);
  CHECK(body.text("type") == "template");
  CHECK(body.find("text") == nullptr);
  CHECK(body.text("biz_opaque_callback_data") == "msg_421");
  const Json* approved = body.find("template");
  REQUIRE(approved != nullptr);
  CHECK(approved->dump() == R"({"name":"booking_invite","language":{"code":"ru"},"components":[)"
                            R"({"type":"body","parameters":[{"type":"text","text":"Ира и Олег"},)"
                            R"({"type":"text","text":"ACME"}]},)"
                            R"({"type":"button","sub_type":"url","index":"0",)"
                            R"("parameters":[{"type":"text","text":"7Qk?from=wa"}]}]})");

  message.variables["name"] = " ";
  CHECK_THAT(whatsapp_body(account, message).dump(), ContainsSubstring(R"("text":"друг")"));
}

TEST_CASE("channels: a WhatsApp template that cannot be filled is refused before the call",
          "[channels][whatsapp]") {
  const Account account = whatsapp_account(Json::object({{"templates", greeting_template()}}));
  Outgoing message = whatsapp_message();
  message.window_open = false;
  message.button_url = "https://book.example/x/7Qk";
  CHECK(whatsapp_refusal(account, message) == "template_variable_missing");
  message.variables = {{"tenant", "ACME"}};
  CHECK(whatsapp_refusal(account, message).empty());
  for (const char* url : {"", "https://book.example/x/", "https://other.example/x/7Qk"}) {
    message.button_url = url;
    CHECK(whatsapp_refusal(account, message) == "template_button_mismatch");
  }
  message.template_name = "booking.confirmed";
  CHECK(whatsapp_refusal(account, message) == "template_missing");
  CHECK(whatsapp_refusal(whatsapp_account(), message) == "template_missing");
  message.window_open = true;
  CHECK(whatsapp_refusal(account, message).empty());
}

TEST_CASE("channels: every error of WhatsApp has its verdict", "[channels][whatsapp]") {
  struct Case {
    Verdict verdict;
    std::vector<int> codes;
  };
  const auto one = GENERATE(values<Case>({
      {Verdict::misconfigured, {0, 190, 3, 10, 200, 230, 299, 131005}},
      {Verdict::retry, {4, 80007, 130429, 131056}},
      {Verdict::misconfigured, {131048, 131064}},
      {Verdict::unreachable, {131049, 131050, 131047, 131026, 130472, 131021, 131062}},
      {Verdict::misconfigured, {131030}},
      {Verdict::rejected, {131008, 131009, 100, 131051, 131052, 131053}},
      {Verdict::misconfigured, {131031, 131042, 131045, 131037, 368, 130497}},
      {Verdict::retry, {131000, 131016, 131057, 1, 2}},
      {Verdict::misconfigured,
       {132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 2500}},
      {Verdict::retry, {133016, 135000}},
      {Verdict::rejected, {7, 199, 300, 131999}},  // not in the table
  }));
  for (const int code : one.codes) {
    CAPTURE(code);
    const Delivery delivery = parse_send(whatsapp_error(400, code));
    CHECK(delivery.verdict == one.verdict);
    CHECK(delivery.says.starts_with(std::to_string(code) + ": "));
    CHECK(delivery.says.find("(#1)") == std::string::npos);
    CHECK(delivery.hold_channel == (code == 4 || code == 80007 || code == 130429));
    CHECK((!delivery.hold_channel || delivery.retry_after_ms >= 1000));
  }
}

TEST_CASE("channels: an answer of WhatsApp that is no code of Meta's has its verdict",
          "[channels][whatsapp]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    bool hold = false;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"messages":[{"id":"wamid.1"}]})", Verdict::sent},
      {200, R"({"messages":[{"id":"wamid.1","message_status":"paused"}]})", Verdict::sent},
      {200, R"({"messages":[]})", Verdict::ambiguous},
      {200, R"({"messages":[{"id":""}]})", Verdict::ambiguous},
      {200, R"({"messages":[{"id":5}]})", Verdict::ambiguous},
      {200, R"({"messages":{"id":"wamid.1"}})", Verdict::ambiguous},
      {200, R"({"error":"odd"})", Verdict::ambiguous},
      {200, R"({"error":{"code":131047}})", Verdict::unreachable},
      {200, R"({"error":{"code":"131047"}})", Verdict::unreachable},
      {200, "", Verdict::ambiguous},
      {200, "null", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, "<html>proxy</html>", Verdict::ambiguous},
      {200, "{\"messages\":\xff}", Verdict::ambiguous},
      {301, "", Verdict::misconfigured},
      {400, R"({"error":"quota"})", Verdict::retry},  // a partner's own
      {400, R"({"error":{"code":999999,"is_transient":true}})", Verdict::retry},
      {400, R"({"error":{"code":100,"error_subcode":33}})", Verdict::misconfigured},
      {401, R"({"error":"bad key"})", Verdict::misconfigured},
      {401, R"({"error":{"code":999999}})", Verdict::misconfigured},
      {403, "", Verdict::misconfigured},
      {404, "", Verdict::misconfigured},
      {418, "", Verdict::rejected},
      {429, "", Verdict::retry, true},
      {429, R"({"error":{"code":999999}})", Verdict::retry, true},
      {500, R"({"error":{"code":131000}})", Verdict::retry},
      {500, R"({"error":{"code":999999,"is_transient":true}})", Verdict::ambiguous},
      {502, R"({"messages":[{"id":"wamid.1"}]})", Verdict::ambiguous},
  }));
  CAPTURE(one.status, one.body);
  const Delivery delivery = parse_send(whatsapp_reply(one.status, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.hold_channel == one.hold);
  CHECK((!one.hold || delivery.retry_after_ms > 0));
}

TEST_CASE("channels: WhatsApp's recorded answers are read, and cut short they prove nothing",
          "[channels][whatsapp]") {
  const std::string sent = whatsapp_fixture("sent.json");
  const Delivery delivery = parse_send(whatsapp_reply(200, sent));
  CHECK(delivery.verdict == Verdict::sent);
  CHECK(delivery.provider_id == "wamid.HBgLNzk5OTEyMzQ1NjcVAgARGBI");
  CHECK(delivery.says == "accepted");
  CHECK_FALSE(delivery.delivered);
  for (std::size_t size = 0; size < sent.rfind('}'); ++size) {
    CAPTURE(size);
    CHECK(parse_send(whatsapp_reply(200, sent.substr(0, size))).verdict == Verdict::ambiguous);
  }
  CHECK(parse_send(whatsapp_reply(400, whatsapp_fixture("error_window.json"))).verdict ==
        Verdict::unreachable);
  const Delivery token = parse_send(whatsapp_reply(401, whatsapp_fixture("error_token.json")));
  CHECK(token.verdict == Verdict::misconfigured);
  CHECK(token.says.starts_with("190/463: "));
  CHECK(token.says.find("EAAJ") == std::string::npos);
}

TEST_CASE("channels: WhatsApp's silence is ambiguous only when the request left",
          "[channels][whatsapp]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(parse_send(silent).verdict == Verdict::retry);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(parse_send(silent).verdict == Verdict::ambiguous);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  HttpReply busy = whatsapp_error(429, 130429);
  busy.retry_after_ms = 7000;
  CHECK(parse_send(busy).retry_after_ms == 7000);
  busy = whatsapp_reply(429, "");
  busy.retry_after_ms = 7000;
  CHECK(parse_send(busy).retry_after_ms == 7000);
}

TEST_CASE("channels: connecting WhatsApp learns the number and subscribes to its events",
          "[channels][whatsapp]") {
  const auto steps = connect_steps();
  REQUIRE(steps.size() == 3);
  const Account account = whatsapp_account();
  Json state = Json::object();
  const HttpRequest number = steps[0].build(account, "https://crm.example/hooks/1");
  CHECK(number.method == "GET");
  CHECK(number.url ==
        "https://graph.facebook.com/v23.0/1065"
        "?fields=verified_name,display_phone_number,quality_rating,name_status");
  CHECK(whatsapp_header(number, "Authorization") == "Bearer EAAJtoken");
  const Delivery learned =
      steps[0].parse(whatsapp_reply(200, whatsapp_fixture("number.json")), state);
  CHECK(learned.verdict == Verdict::sent);
  CHECK(learned.says == "ACME, +7 999 123-45-67");
  CHECK(state.text("display_phone_number") == "+7 999 123-45-67");
  CHECK(state.text("verified_name") == "ACME");

  const HttpRequest subscribe = steps[1].build(account, "https://crm.example/hooks/1");
  CHECK(subscribe.method == "POST");
  CHECK(subscribe.url == "https://graph.facebook.com/v23.0/4195/subscribed_apps");
  CHECK(steps[1].parse(whatsapp_reply(200, R"({"success":true})"), state).verdict == Verdict::sent);
  CHECK(steps[1].parse(whatsapp_reply(200, R"({"success":false})"), state).verdict ==
        Verdict::misconfigured);
  CHECK(steps[1].parse(whatsapp_error(403, 200), state).verdict == Verdict::misconfigured);
  CHECK(steps[1].parse(whatsapp_reply(503, ""), state).verdict == Verdict::retry);
  CHECK(steps[2].build(account, "https://crm.example/hooks/1").url.empty());
  const Account without = whatsapp_account(Json::object({{"waba_id", ""}}));
  CHECK(steps[1].build(without, "https://crm.example/hooks/1").url.empty());
  CHECK(disconnect_steps().empty());
}

TEST_CASE("channels: connecting 360dialog tells it the hook and the word to repeat",
          "[channels][whatsapp]") {
  const auto steps = connect_steps();
  const Account account = dialog_account();
  Json state = Json::object();
  CHECK(steps[0].build(account, "").url ==
        "https://waba-v2.360dialog.io/health_status?fields=display_phone_number,verified_name");
  const std::string health = whatsapp_fixture("health_360dialog.json");
  CHECK(steps[0].parse(whatsapp_reply(200, health), state).verdict == Verdict::sent);
  CHECK(state.text("display_phone_number") == "+7 999 123-45-67");
  CHECK(parse_probe(whatsapp_reply(200, R"({"health_status":{"can_send_message":"BLOCKED"}})"))
            .verdict == Verdict::misconfigured);
  CHECK(steps[1].build(account, "https://crm.example/hooks/1").url.empty());

  const HttpRequest webhook = steps[2].build(account, "https://crm.example/hooks/1");
  CHECK(webhook.method == "POST");
  CHECK(webhook.url == "https://waba-v2.360dialog.io/v1/configs/webhook");
  CHECK(webhook.body ==
        R"({"url":"https://crm.example/hooks/1","headers":{"x-flead-token":"app-secret"}})");
  CHECK(whatsapp_header(webhook, "D360-API-KEY") == "EAAJtoken");
  const Delivery set = steps[2].parse(whatsapp_reply(200, webhook.body), state);
  CHECK(set.verdict == Verdict::sent);
  CHECK(set.says.find("app-secret") == std::string::npos);
  CHECK(steps[2].parse(whatsapp_reply(401, ""), state).verdict == Verdict::misconfigured);
  CHECK(steps[2].build(account, "").url.empty());
}

TEST_CASE("channels: a WhatsApp account that lost its subscription is told",
          "[channels][whatsapp]") {
  const auto steps = hook_status_steps();
  REQUIRE(steps.size() == 1);
  Json state = Json::object();
  const HttpRequest request = steps[0].build(whatsapp_account(), "");
  CHECK(request.method == "GET");
  CHECK(request.url == "https://graph.facebook.com/v23.0/4195/subscribed_apps");
  CHECK(steps[0].parse(whatsapp_reply(200, whatsapp_fixture("subscribed.json")), state).verdict ==
        Verdict::sent);
  CHECK(steps[0].parse(whatsapp_reply(200, R"({"data":[]})"), state).verdict ==
        Verdict::misconfigured);
  CHECK(steps[0].parse(whatsapp_reply(200, "x"), state).verdict == Verdict::retry);
  CHECK(steps[0].build(dialog_account(), "").url.empty());
  CHECK(steps[0].build(whatsapp_account(Json::object({{"waba_id", ""}})), "").url.empty());
}

TEST_CASE("channels: a bad answer to WhatsApp's probe teaches nothing", "[channels][whatsapp]") {
  for (const char* body : {"", "null", "[]", "{}", R"({"verified_name":5})", "{\"a\":\"\xff\"}"}) {
    CAPTURE(body);
    Json state = Json::object();
    CHECK(connect_steps()[0].parse(whatsapp_reply(200, body), state).verdict == Verdict::retry);
    CHECK(state.members().empty());
  }
  CHECK(parse_probe(whatsapp_error(401, 190)).verdict == Verdict::misconfigured);
}

TEST_CASE("channels: the settings of a WhatsApp channel are checked", "[channels][whatsapp]") {
  const auto plain = check_config(Json::object({{"phone_number_id", 1065}}));
  REQUIRE(plain);
  CHECK(plain->text("phone_number_id") == "1065");
  CHECK(plain->text("base_url") == "https://graph.facebook.com");
  CHECK(plain->text("version") == "v23.0");
  CHECK(plain->text("flavour") == "cloud");
  CHECK(plain->text("auth_header") == "Authorization");
  CHECK(check_config(*plain));  // what was stored passes again
  const auto text = check_config(
      Json::object({{"phone_number_id", "1"}, {"templates", greeting_template().dump()}}));
  REQUIRE(text);
  CHECK(text->find("templates")->members().size() == 1);
  CHECK(check_config(*text));
  struct Case {
    std::string json;
    std::string code;
  };
  const auto one = GENERATE(values<Case>({
      {"{}", "phone_number_id_needed"},
      {R"({"phone_number_id":"+7 999"})", "phone_number_id_invalid"},
      {R"({"phone_number_id":true})", "phone_number_id_invalid"},
      {R"({"phone_number_id":"1","flavour":"edna"})", "flavour_invalid"},
      {R"({"phone_number_id":"1","version":"23"})", "version_invalid"},
      {R"({"phone_number_id":"1","version":"v23.0/me"})", "version_invalid"},
      {R"({"phone_number_id":"1","waba_id":"x"})", "waba_id_invalid"},
      {R"({"phone_number_id":"1","auth_header":"X-A: b"})", "auth_header_invalid"},
      {R"({"phone_number_id":"1","base_url":"ftp://x"})", "base_url_invalid"},
      {R"({"phone_number_id":"1","templates":[]})", "templates_invalid"},
      {R"({"phone_number_id":"1","templates":"nonsense"})", "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":5}})", "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"x"}}})", "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"X y","language":"ru"}}})",
       "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"x","language":"ru","params":[]}}})",
       "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"x","language":"ru","parameters":[1]}}})",
       "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"x","language":"ru","button":1}}})",
       "templates_invalid"},
      {R"({"phone_number_id":"1","templates":{"a":{"name":"x","language":"ru","button":true}}})",
       "templates_invalid"},
  }));
  CAPTURE(one.json);
  const auto checked = check_config(*parse_json(one.json));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == one.code);
  CHECK_FALSE(checked.error().fields.empty());
}

}  // namespace flead::channels::whatsapp
