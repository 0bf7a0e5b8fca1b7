#include "core/channels/telegram.h"

#include <fstream>
#include <sstream>
#include <string>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "support/catch.h"

namespace flead::channels::telegram {

namespace {

constexpr std::string_view k_hook = "https://leads.example/hooks/telegram/chn_1";

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/telegram/" + name);
  std::stringstream out;
  out << file.rdbuf();
  REQUIRE_FALSE(out.str().empty());
  return out.str();
}

HttpReply answer(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

HttpReply refused(int code, const std::string& description) {
  return answer(
      code,
      Json::object({{"ok", false}, {"error_code", code}, {"description", description}}).dump());
}

Account account() {
  Account out;
  out.config = *check_config(Json::object());
  out.state = Json::object({{"username", "acme_bot"}});
  out.secret = "700:AAExample_Token-35";
  out.hook_secret = "0123456789abcdefghijklmnopqrstuv";
  return out;
}

Outgoing greeting() {
  Outgoing message;
  message.address = "501";
  message.text = "Ира, спасибо за заявку!";
  return message;
}

// The body that Telegram would get.
Json body_of(const HttpRequest& request) {
  auto body = parse_json(request.body);
  REQUIRE(body);
  return *body;
}

Json rows_of(const Outgoing& message) {
  const Json body = body_of(build_send(account(), message));
  const Json* rows = body.find("reply_markup.inline_keyboard");
  return rows == nullptr ? Json() : *rows;
}

// What a step's error or a line of the log shows.
void check_no_secret(const HttpRequest& request) {
  CHECK(request.label.find("AAExample") == std::string::npos);
  CHECK(request.label.find("0123456789abcdef") == std::string::npos);
  CHECK(request.label.starts_with("telegram "));
}

}  // namespace

// ---- the way out

TEST_CASE("channels: a Telegram message goes to the bot's own address", "[channels][telegram]") {
  const HttpRequest request = build_send(account(), greeting());
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.telegram.org/bot700:AAExample_Token-35/sendMessage");
  CHECK(request.label == "telegram sendMessage");
  check_no_secret(request);
  const Json body = body_of(request);
  CHECK(body.integer("chat_id") == 501);
  CHECK(body.text("text") == "Ира, спасибо за заявку!");
  CHECK(body.boolean("link_preview_options.is_disabled") == true);
  CHECK(body.find("parse_mode") == nullptr);
  CHECK(body.find("reply_markup") == nullptr);

  Account mine = account();
  mine.config = *check_config(Json::object({{"base_url", "http://127.0.0.1:8081/"}}));
  mine.secret = "7/../x?a#b\r\n";
  CHECK(build_send(mine, greeting()).url ==
        "http://127.0.0.1:8081/bot7%2F..%2Fx%3Fa%23b%0D%0A/sendMessage");
  CHECK_FALSE(check_config(Json::object({{"base_url", "api.telegram.org"}})));
}

TEST_CASE("channels: awkward text reaches Telegram as it is", "[channels][telegram]") {
  for (const char* text : {"<b>a & b</b> *_[x](y)`", "\"\\\n\t", "👩‍👧 «ё» \u2028"}) {
    Outgoing message = greeting();
    message.text = text;
    CHECK(body_of(build_send(account(), message)).text("text") == text);
  }
  Outgoing broken = greeting();
  broken.text =
      "a\xff"
      "b";
  CHECK(body_of(build_send(account(), broken)).text("text") ==
        "a\xEF\xBF\xBD"
        "b");
}

TEST_CASE("channels: a Telegram message is only for a person", "[channels][telegram]") {
  for (const char* address :
       {"@acme_news", "-1001234", "", "ira", "501x", "99999999999999999999"}) {
    Outgoing message = greeting();
    message.address = address;
    CAPTURE(message.address);
    CHECK(body_of(build_send(account(), message)).integer("chat_id") == 0);
  }
}

TEST_CASE("channels: Telegram's buttons are the link and then the answers",
          "[channels][telegram]") {
  Outgoing message = greeting();
  message.button_text = "Записаться";
  message.button_url = "https://book.example/x/7Qk";
  message.reply_buttons = {{"Не сейчас", "snooze:7Qk"},
                           {"", "no words"},
                           {"без ответа", ""},
                           {"слишком длинный", std::string(65, 'a')},
                           {"впору", std::string(64, 'a')}};
  CHECK(rows_of(message).dump() == R"([[{"text":"Записаться","url":"https://book.example/x/7Qk"}],)"
                                   R"([{"text":"Не сейчас","callback_data":"snooze:7Qk"}],)"
                                   R"([{"text":"впору","callback_data":")" +
                                       std::string(64, 'a') + R"("}]])");

  message.button_text = "";
  CHECK(rows_of(message).items().front().items().front().text("text") == message.button_url);
  message.reply_buttons.assign(50, {"да", "yes"});
  CHECK(rows_of(message).items().size() == k_reply_buttons_max + 1);
}

TEST_CASE("channels: a link that Telegram refuses as a button stands in the text",
          "[channels][telegram]") {
  struct Case {
    std::string url;
    bool button;
  };
  const auto one = GENERATE(values<Case>({
      {"https://book.example/x", true},
      {"http://203.0.113.7:8080/x", true},
      {"http://[2001:db8::1]/x", true},
      {"tg://resolve?domain=acme_bot", true},
      {"http://localhost:8080/b/x.html", false},
      {"http://localhost?next=a.b", false},
      {"ftp://book.example/x", false},
      {"book.example/x", false},
      {"https://", false},
      {"https://book.example/a b", false},
  }));
  CAPTURE(one.url);
  Outgoing message = greeting();
  message.button_text = "Записаться";
  message.button_url = one.url;
  const Json body = body_of(build_send(account(), message));
  CHECK((body.find("reply_markup") != nullptr) == one.button);
  const std::string text = body.text("text").value_or("");
  CHECK((text == message.text) == one.button);
  CHECK(text.ends_with("\n\nЗаписаться: " + one.url) != one.button);

  message.text = std::string(9000, 'a');
  const std::string cut = body_of(build_send(account(), message)).text("text").value_or("");
  CHECK(text_length(cut, TextUnit::utf16_units) == k_text_max);
  CHECK(cut.ends_with(one.button ? "a…" : one.url));
}

TEST_CASE("channels: a long text is cut as Telegram counts it", "[channels][telegram]") {
  Outgoing message = greeting();
  message.text = std::string(4096, 'a');
  CHECK(body_of(build_send(account(), message)).text("text") == message.text);
  message.text.clear();
  for (int i = 0; i < 2049; ++i) message.text += "😀";  // two units each
  const std::string cut = body_of(build_send(account(), message)).text("text").value_or("");
  CHECK(cut.ends_with("😀…"));
  CHECK(utf8_length(cut) == 2048);
}

TEST_CASE("channels: what Telegram took is in the dialog", "[channels][telegram]") {
  const Delivery sent = parse_send(answer(200, fixture("sent.json")));
  CHECK(sent.verdict == Verdict::sent);
  CHECK(sent.delivered);
  CHECK(sent.provider_id == "501:88");
  CHECK(sent.says == "accepted");
}

TEST_CASE("channels: every refusal of Telegram has its verdict", "[channels][telegram]") {
  struct Case {
    int code;
    std::string description;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {400, "Bad Request: chat not found", Verdict::unreachable},
      {400, "Bad Request: message text is empty", Verdict::rejected},
      {400, "Bad Request: message is too long", Verdict::rejected},
      {400, "Bad Request: can't parse entities: no end of 'x'", Verdict::rejected},
      {400, "Bad Request: BUTTON_DATA_INVALID", Verdict::rejected},
      {400, "Bad Request: BUTTON_URL_INVALID", Verdict::rejected},
      {400, "Bad Request: reply markup is too long", Verdict::rejected},
      {400, "Bad Request: message is not modified: the same", Verdict::sent},
      {400, "Bad Request: query is too old and response timeout expired", Verdict::sent},
      {400, "Bad Request: group chat was upgraded to a supergroup chat", Verdict::unreachable},
      {400, "", Verdict::rejected},
      {401, "Unauthorized", Verdict::misconfigured},
      {401, "Unauthorized: invalid token specified", Verdict::misconfigured},
      {403, "Forbidden: bot was blocked by the user", Verdict::unreachable},
      {403, "Forbidden: user is deactivated", Verdict::unreachable},
      {403, "Forbidden: bot can't initiate conversation with a user", Verdict::unreachable},
      {404, "Not Found", Verdict::misconfigured},
      {404, "Not Found: method not found", Verdict::misconfigured},
      {409, "Conflict: terminated by other getUpdates request", Verdict::misconfigured},
      {418, "I'm a teapot", Verdict::rejected},
      {429, "Too Many Requests: retry after 7", Verdict::retry},
      {500, "Internal Server Error: restart", Verdict::ambiguous},
      {502, "Bad Gateway", Verdict::ambiguous},
      {504, "Gateway Timeout", Verdict::ambiguous},
  }));
  CAPTURE(one.code, one.description);
  const Delivery delivery = parse_send(refused(one.code, one.description));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.says.starts_with(std::to_string(one.code) + " "));
  CHECK_FALSE(delivery.delivered);
  CHECK_FALSE(delivery.hold_channel);
}

TEST_CASE("channels: what is no answer of the Bot API writes nobody off", "[channels][telegram]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {200, "", Verdict::ambiguous},
      {200, "null", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, "<html>proxy</html>", Verdict::ambiguous},
      {200, "{\"ok\":\xff}", Verdict::ambiguous},
      {200, R"({"ok":"true","result":{}})", Verdict::ambiguous},
      {200, R"({"ok":true})", Verdict::ambiguous},
      {200, R"({"ok":true,"result":{"message_id":1.5,"chat":{"id":[]}}})", Verdict::ambiguous},
      {200, R"({"ok":false})", Verdict::ambiguous},
      {200, R"({"ok":false,"error_code":99999999999})", Verdict::ambiguous},
      {200, R"({"ok":false,"error_code":403,"description":7})", Verdict::unreachable},
      {302, "", Verdict::misconfigured},
      {400, "<html>plain HTTP to an HTTPS port</html>", Verdict::misconfigured},
      {403, "<html>blocked by the proxy</html>", Verdict::misconfigured},
      {404, "Cannot POST /bot700:AAExample_Token-35/sendMessage", Verdict::misconfigured},
      {407, "", Verdict::misconfigured},
      {408, "", Verdict::retry},
      {413, "", Verdict::rejected},
      {429, "", Verdict::retry},
      {502, R"({"ok":true,"result":{"message_id":1,"chat":{"id":1}}})", Verdict::ambiguous},
      {503, "<html></html>", Verdict::ambiguous},
  }));
  CAPTURE(one.status, one.body);
  const Delivery delivery = parse_send(answer(one.status, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.says.find("AAExample") == std::string::npos);
}

TEST_CASE("channels: a cut answer of Telegram is never taken for a whole one",
          "[channels][telegram]") {
  const std::string whole(trim(fixture("sent.json")));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(parse_send(answer(200, whole.substr(0, size))).verdict == Verdict::ambiguous);
  }
}

TEST_CASE("channels: no answer of Telegram is ambiguous only when the request left",
          "[channels][telegram]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(parse_send(silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(parse_send(silent).verdict == Verdict::ambiguous);
  CHECK(parse_probe(silent).verdict == Verdict::retry);  // nothing to repeat
}

TEST_CASE("channels: Telegram's flood control is obeyed to the second", "[channels][telegram]") {
  struct Case {
    std::string parameters;
    std::int64_t header_ms;
    std::int64_t wait_ms;
    bool hold;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"retry_after":7})", 0, 7000, true},
      {R"({"retry_after":7})", 9000, 7000, true},
      {R"({"retry_after":1})", 0, 1000, false},
      {R"({"retry_after":5})", 0, 5000, false},
      {R"({})", 3000, 3000, false},
      {R"({"retry_after":-4})", 61000, 61000, true},
      {R"({"retry_after":"35"})", 0, 35000, true},
      {R"({"retry_after":null})", 0, 0, false},
      {R"({"retry_after":9223372036854775807})", 0, k_message_age_max_ms, true},
  }));
  CAPTURE(one.parameters);
  HttpReply reply =
      answer(429, R"({"ok":false,"error_code":429,"parameters":)" + one.parameters + "}");
  reply.retry_after_ms = one.header_ms;
  const Delivery delivery = parse_send(reply);
  CHECK(delivery.verdict == Verdict::retry);
  CHECK(delivery.retry_after_ms == one.wait_ms);
  CHECK(delivery.hold_channel == one.hold);
  CHECK(parse_send(answer(429, fixture("flood.json"))).retry_after_ms == 7000);
}

TEST_CASE("channels: Telegram's words are shown without what they quote", "[channels][telegram]") {
  const auto says = [](const std::string& text) { return parse_send(refused(400, text)).says; };
  CHECK(says("Bad Request: inline keyboard button URL 'https://book.example/x/7Qk' is invalid") ==
        "400 Bad Request: inline keyboard button URL");
  CHECK(says("Bad Request: can't parse: tag \"Ира\"") == "400 Bad Request: can't parse: tag");
  CHECK(says("see https://book.example/x/7Qk") == "400 see https");
  CHECK(says(std::string(5000, 'a')).size() < 300);
}

// ---- setting up

TEST_CASE("channels: connecting a bot tells Telegram where to call", "[channels][telegram]") {
  const auto steps = connect_steps();
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].build(account(), k_hook).url.ends_with("/getMe"));
  const HttpRequest request = steps[1].build(account(), k_hook);
  CHECK(request.url.ends_with("/setWebhook"));
  const Json webhook = body_of(request);
  CHECK(webhook.text("url") == k_hook);
  CHECK(webhook.text("secret_token") == account().hook_secret);
  CHECK(webhook.find("allowed_updates")->dump() ==
        R"(["message","callback_query","my_chat_member"])");
  CHECK(steps[1].build(account(), "").url.empty());  // it would remove the webhook
  for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {
    const Json body = body_of(steps[i].build(account(), k_hook));
    REQUIRE(body.find("commands")->items().size() == 3);
    CHECK(body.find("commands")->items()[2].text("command") == "human");
    CHECK(body.text("language_code") == (i == 3 ? std::optional<std::string>("ru") : std::nullopt));
  }
  for (const SetupStep& step : steps) check_no_secret(step.build(account(), k_hook));
}

TEST_CASE("channels: connecting a bot learns its name", "[channels][telegram]") {
  Json state;
  const Delivery delivery = connect_steps()[0].parse(answer(200, fixture("get_me.json")), state);
  CHECK(delivery.verdict == Verdict::sent);
  CHECK(delivery.says == "@acme_bot");
  CHECK(state.text("username") == "acme_bot");
  CHECK(state.text("bot_id") == "700");
  CHECK(parse_probe(answer(200, fixture("get_me.json"))).says == "@acme_bot");
  CHECK(build_probe(account()).label == "telegram getMe");
  CHECK(parse_probe(answer(200, R"({"ok":true,"result":{"id":7,"username":"a/b"}})")).says ==
        "bot 7");
  CHECK(parse_probe(answer(200, R"({"ok":true,"result":true})")).verdict == Verdict::retry);
}

TEST_CASE("channels: a step that fails says whether it is worth repeating",
          "[channels][telegram]") {
  const auto verdict = [](const HttpReply& reply) {
    Json state;
    return connect_steps()[1].parse(reply, state).verdict;
  };
  CHECK(verdict(answer(200, R"({"ok":true,"result":true,"description":"Webhook was set"})")) ==
        Verdict::sent);
  CHECK(verdict(refused(400, "Bad Request: bad webhook: HTTPS url must be provided")) ==
        Verdict::misconfigured);
  CHECK(verdict(refused(400, "Bad Request: secret token is too long")) == Verdict::rejected);
  CHECK(verdict(refused(401, "Unauthorized")) == Verdict::misconfigured);
  CHECK(verdict(refused(409, "Conflict: terminated by other setWebhook")) == Verdict::retry);
  CHECK(verdict(answer(429, fixture("flood.json"))) == Verdict::retry);
  CHECK(verdict(refused(500, "Internal Server Error")) == Verdict::retry);
  CHECK(verdict(answer(200, "<html>")) == Verdict::retry);
}

TEST_CASE("channels: disconnecting a bot keeps what waits for us", "[channels][telegram]") {
  REQUIRE(disconnect_steps().size() == 1);
  const SetupStep& step = disconnect_steps()[0];
  CHECK(step.build(account(), "").url.ends_with("/deleteWebhook"));
  CHECK(body_of(step.build(account(), "")).boolean("drop_pending_updates") == false);
  Json state = Json::object({{"hook_url", k_hook}, {"offset", 5}});
  CHECK(step.parse(refused(401, "Unauthorized"), state).verdict == Verdict::misconfigured);
  CHECK(state.text("hook_url") == k_hook);
  CHECK(step.parse(answer(200, R"({"ok":true,"result":true})"), state).verdict == Verdict::sent);
  CHECK(state.text("hook_url") == "");
  CHECK(state.integer("offset") == 5);
}

TEST_CASE("channels: a webhook that was dropped or moved is noticed", "[channels][telegram]") {
  REQUIRE(hook_status_steps().size() == 1);
  const SetupStep& step = hook_status_steps()[0];
  CHECK(step.build(account(), k_hook).url.ends_with("/getWebhookInfo"));
  Json state = Json::object({{"hook_url", k_hook}});
  const Delivery set = step.parse(answer(200, fixture("webhook_info.json")), state);
  CHECK(set.verdict == Verdict::sent);
  CHECK_THAT(set.says, ContainsSubstring("updates waiting: 3"));
  CHECK_THAT(set.says, ContainsSubstring("502 Bad Gateway"));

  state.set("hook_url", "https://leads.example/hooks/telegram/chn_2");
  const Delivery moved = step.parse(answer(200, fixture("webhook_info.json")), state);
  CHECK(moved.verdict == Verdict::misconfigured);
  CHECK(moved.says.find("chn_") == std::string::npos);
  const Delivery gone = step.parse(answer(200, R"({"ok":true,"result":{"url":""}})"), state);
  CHECK(gone.verdict == Verdict::misconfigured);
  CHECK(gone.says == "no webhook is set");
  CHECK(step.parse(answer(200, R"({"ok":true,"result":{}})"), state).verdict == Verdict::retry);
}

TEST_CASE("channels: a start link carries only what Telegram carries", "[channels][telegram]") {
  CHECK(start_link(account(), "L7-k_Z2") == "https://t.me/acme_bot?start=L7-k_Z2");
  CHECK_FALSE(start_link(account(), std::string(64, 'a')).empty());
  for (const std::string& token : {std::string(), std::string(65, 'a'), std::string("a b"),
                                   std::string("a&b"), std::string("токен")}) {
    CHECK(start_link(account(), token).empty());
  }
  Account unknown = account();
  unknown.state = Json::object();
  CHECK(start_link(unknown, "L7").empty());
}

}  // namespace flead::channels::telegram
