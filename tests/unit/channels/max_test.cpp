#include "core/channels/max.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "support/catch.h"

namespace flead::channels::max_messenger {

namespace {

constexpr std::string_view k_word = "h0okh0okh0okh0okh0okh0okh0okh0ok";
constexpr std::string_view k_our_hook = "https://acme.example/hook/max/h1";

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/max/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  REQUIRE_FALSE(bytes.str().empty());
  return bytes.str();
}

HttpReply answer(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Account account() {
  Account account;
  account.config = *check_config(Json::object());
  account.secret = "t0ken-of-the-bot";
  account.hook_secret = std::string(k_word);
  return account;
}

Outgoing message(std::string text) {
  Outgoing message;
  message.address = "501";
  message.text = std::move(text);
  message.locale = "ru";
  return message;
}

Json body_of(const HttpRequest& request) {
  auto json = parse_json(request.body);
  REQUIRE(json);
  return *json;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

// The texts of the keyboard's buttons: "Open | Yes,No".
std::string layout_of(const HttpRequest& request) {
  const Json body = body_of(request);
  std::string out;
  const Json* attachments = body.find("attachments");
  if (attachments == nullptr) return out;
  REQUIRE(attachments->items().size() == 1);
  const Json& keyboard = attachments->items()[0];
  CHECK(keyboard.text("type") == "inline_keyboard");
  const Json* rows = keyboard.find("payload.buttons");
  REQUIRE(rows != nullptr);
  for (const Json& row : rows->items()) {
    out += out.empty() ? "" : " | ";
    for (std::size_t i = 0; i < row.items().size(); ++i) {
      out += (i == 0 ? "" : ",") + row.items()[i].text("text").value_or("?");
    }
  }
  return out;
}

}  // namespace

TEST_CASE("channels: a MAX message names its person in the query and its token in a bare header",
          "[channels][max]") {
  const HttpRequest request = build_send(account(), message("Привет & \"до\nвстречи\" \xff"));
  CHECK(request.method == "POST");
  CHECK(request.url == "https://platform-api2.max.ru/messages?user_id=501");
  CHECK(request.label == "max send");
  CHECK(header_of(request, "authorization") == "t0ken-of-the-bot");
  CHECK(header_of(request, "content-type") == "application/json");
  CHECK(request.url.find("t0ken") == std::string::npos);
  const Json body = body_of(request);
  CHECK(body.text("text") == "Привет & \"до\nвстречи\" \xEF\xBF\xBD");
  CHECK(body.boolean("notify") == true);
  CHECK(body.find("attachments") == nullptr);
  CHECK(body.find("format") == nullptr);

  Outgoing odd = message("a");
  odd.address = "5&chat_id=1";
  CHECK_THAT(build_send(account(), odd).url, ContainsSubstring("?user_id=5%26chat_id%3D1"));
}

TEST_CASE("channels: a MAX text that is too long is cut, never lost", "[channels][max]") {
  const std::string fits(4000, 'a');
  CHECK(body_of(build_send(account(), message(fits))).text("text") == fits);
  const std::string cut = body_of(build_send(account(), message(fits + "b"))).text("text").value();
  CHECK(utf8_length(cut) == 4000);
  CHECK(cut.ends_with("a…"));

  std::string faces;
  for (int i = 0; i < 2001; ++i) faces += "😀";
  const std::string fewer = body_of(build_send(account(), message(faces))).text("text").value();
  CHECK(text_length(fewer, TextUnit::utf16_units) <= 4000);
}

TEST_CASE("channels: a MAX keyboard has the link first and short answers side by side",
          "[channels][max]") {
  Outgoing out = message("Выберите время");
  out.button_text = "Записаться";
  out.button_url = "https://book.example/x/7Qk";
  out.reply_buttons = {{"Да", "y:1"}, {"Нет", "n:1"}, {"Не сейчас", "snooze:1"}};
  const HttpRequest request = build_send(account(), out);
  CHECK(layout_of(request) == "Записаться | Да,Нет | Не сейчас");
  const Json body = body_of(request);
  const Json& rows = *body.find("attachments")->items()[0].find("payload.buttons");
  const Json& link = rows.items()[0].items()[0];
  CHECK(link.text("type") == "link");
  CHECK(link.text("url") == "https://book.example/x/7Qk");
  CHECK(link.find("payload") == nullptr);
  const Json& answer_button = rows.items()[1].items()[0];
  CHECK(answer_button.text("type") == "callback");
  CHECK(answer_button.text("payload") == "y:1");

  struct Case {
    std::vector<ReplyButton> buttons;
    std::string layout;
  };
  const auto one = GENERATE(values<Case>({
      {{}, ""},
      {{{"Перенести на завтра", "a"}, {"Да", "b"}}, "Перенести на завтра | Да"},
      {{{"1234567890", "a"}, {"1234567890", "b"}}, "1234567890,1234567890"},
      {{{"12345678901", "a"}, {"1234567890", "b"}}, "12345678901 | 1234567890"},
      {{{"12:00", "a"}, {"13:00", "b"}, {"14:00", "c"}, {"15:00", "d"}},
       "12:00,13:00,14:00 | 15:00"},
      {{{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}, {"5", "e"}}, "1,2,3,4 | 5"},
      {{{"", "a"}, {"Да", "b"}}, "Да"},
      {{{"Да", std::string(1025, 'p')}, {"Нет", "b"}}, "Нет"},
  }));
  CAPTURE(one.layout);
  Outgoing plain = message("Да?");
  plain.reply_buttons = one.buttons;
  CHECK(layout_of(build_send(account(), plain)) == one.layout);
}

TEST_CASE("channels: a MAX keyboard keeps to the vendor's limits", "[channels][max]") {
  Outgoing out = message("Выберите");
  out.button_url = "https://book.example/x";
  for (int i = 0; i < 100; ++i) out.reply_buttons.push_back({std::string(200, 'w'), "p"});
  const Json body = body_of(build_send(account(), out));
  const Json& rows = *body.find("attachments")->items()[0].find("payload.buttons");
  CHECK(rows.items().size() == 30);
  CHECK(rows.items()[0].items()[0].text("text") == "Открыть");
  for (const Json& row : rows.items()) {
    REQUIRE(row.items().size() == 1);
    CHECK(utf8_length(row.items()[0].text("text").value()) <= 128);
  }
  out.locale = "en";
  CHECK(layout_of(build_send(account(), out)).starts_with("Open | "));
}

TEST_CASE("channels: every answer to a MAX message has its verdict", "[channels][max]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    std::string says;
  };
  const auto one = GENERATE(values<Case>({
      {400, R"({"code":"proto.payload","message":"text: must be shorter than 4000"})",
       Verdict::rejected, "HTTP 400 proto.payload"},
      {400, R"({"code":"attachment.not.ready","message":"Key: errors.process"})", Verdict::retry,
       "HTTP 400 attachment.not.ready"},
      {400, R"({"code":"something.new","message":"x"})", Verdict::rejected,
       "HTTP 400 something.new"},
      {401, R"({"code":"verify.token","message":"Invalid access_token"})", Verdict::misconfigured,
       "HTTP 401 verify.token"},
      {401, R"({"message":"verify.token"})", Verdict::misconfigured, "HTTP 401 verify.token"},
      {401, "", Verdict::misconfigured, "HTTP 401"},
      {403, R"({"code":"deprecated.token","message":"Use header"})", Verdict::misconfigured,
       "HTTP 403 deprecated.token"},
      {403, R"({"code":"403","message":"deprecated.token"})", Verdict::misconfigured,
       "HTTP 403 deprecated.token"},
      {403, R"({"code":"chat.denied","message":"User 501 said no"})", Verdict::unreachable,
       "HTTP 403 chat.denied"},
      {403, R"({"code":"access.denied","message":"chat.denied"})", Verdict::unreachable,
       "HTTP 403 access.denied"},
      {403, R"({"code":"chat.denied","message":"error.dialog.suspended"})", Verdict::unreachable,
       "HTTP 403 chat.denied"},
      {403, R"({"code":"error.dialog.suspended","message":""})", Verdict::unreachable,
       "HTTP 403 error.dialog.suspended"},
      {404, R"({"code":"dialog.not.found","message":"Dialog 501 not found"})", Verdict::unreachable,
       "HTTP 404 dialog.not.found"},
      {404, R"({"code":"not.found","message":"error.dialog.notfound"})", Verdict::unreachable,
       "HTTP 404 not.found"},
      {404, R"({"code":"chat.not.found","message":"Chat not found"})", Verdict::unreachable,
       "HTTP 404 chat.not.found"},
      {404, R"({"code":"path.unknown","message":"?"})", Verdict::rejected, "HTTP 404 path.unknown"},
      {405, R"({"code":"method.not.allowed","message":"?"})", Verdict::rejected,
       "HTTP 405 method.not.allowed"},
      {413, "{}", Verdict::rejected, "HTTP 413"},
      {429, R"({"code":"too.many.requests","message":"?"})", Verdict::retry,
       "HTTP 429 too.many.requests"},
      {429, "<html>slow down</html>", Verdict::retry, "HTTP 429"},
      {500, R"({"code":"internal.error","message":"?"})", Verdict::ambiguous,
       "HTTP 500 internal.error"},
      {503, "", Verdict::ambiguous, "HTTP 503"},
      {503, R"({"code":"chat.denied"})", Verdict::ambiguous, "HTTP 503 chat.denied"},
      {302, "", Verdict::misconfigured, "HTTP 302"},
      {403, "<html>filter</html>", Verdict::retry,
       "HTTP 403, not the API's: a filter or proxy, or a wrong base_url"},
      {200, "<html>filter</html>", Verdict::ambiguous, "HTTP 200 without the message"},
      {200, R"({"success":false,"message":"no"})", Verdict::ambiguous,
       "HTTP 200 without the message"},
      {-7, "", Verdict::ambiguous, "HTTP -7"},
      {999, "", Verdict::ambiguous, "HTTP 999"},
  }));
  CAPTURE(one.status, one.body);
  const Delivery delivery = parse_send(answer(one.status, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.says == one.says);
  CHECK_FALSE(delivery.delivered);
  CHECK_FALSE(delivery.hold_channel);
  CHECK(delivery.retry_after_ms == 0);
}

TEST_CASE("channels: an accepted MAX message is delivered and has the vendor's id",
          "[channels][max]") {
  const Delivery sent = parse_send(answer(200, fixture("sent.json")));
  CHECK(sent.verdict == Verdict::sent);
  CHECK(sent.provider_id == "mid.00000000adf4");
  CHECK(sent.delivered);
  // Accepted all the same; nothing later depends on the id.
  const Delivery bare =
      parse_send(answer(200, R"({"message":{"body":{"seq":99999999999999999999}}})"));
  CHECK(bare.verdict == Verdict::sent);
  CHECK(bare.provider_id.empty());

  HttpReply busy = answer(429, "{}");
  busy.retry_after_ms = 7000;
  CHECK(parse_send(busy).retry_after_ms == 7000);
}

TEST_CASE("channels: a MAX call without an answer is unclear only when it left",
          "[channels][max]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(parse_send(silent).verdict == Verdict::retry);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(parse_send(silent).verdict == Verdict::ambiguous);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  HttpReply stranger;
  stranger.error = "unable to get local issuer certificate";
  stranger.untrusted = true;
  CHECK(parse_send(stranger).verdict == Verdict::misconfigured);
  CHECK(parse_probe(stranger).verdict == Verdict::misconfigured);
}

TEST_CASE("channels: hostile bytes from MAX are no answers and no events", "[channels][max]") {
  for (const std::string body :
       {"", "null", "[]", "1", "\"x\"", "{", "{\"message\":[]}", "{\"message\":{\"body\":null}}",
        "{\"message\":\"x\"}", "{\"updates\":{}}", "{\"subscriptions\":{}}", "\xff\xfe",
        "{\"message\":{\"body\":\"\xff\"}}", "{\"success\":\"yes\"}", "{\"user_id\":{}}"}) {
    CAPTURE(body);
    CHECK(parse_send(answer(200, body)).verdict == Verdict::ambiguous);
    CHECK(parse_send(answer(400, body)).verdict != Verdict::sent);
    Json state = Json::object({{"hook_url", k_our_hook}});
    CHECK(parse_probe(answer(200, body)).verdict == Verdict::retry);
    const Pulled pulled = parse_pull(answer(200, body), state);
    CHECK(pulled.delivery.verdict == Verdict::retry);
    CHECK(pulled.events.empty());
    for (const auto steps : {connect_steps(), disconnect_steps(), hook_status_steps()}) {
      for (const SetupStep& step : steps) {
        CHECK(step.parse(answer(200, body), state).verdict == Verdict::retry);
      }
    }
    CHECK(state == Json::object({{"hook_url", k_our_hook}}));
    for (const Inbound& event : parse_events(body)) CHECK(event.kind == Inbound::Kind::other);
  }
  for (const std::string name : {"sent.json", "message_callback.json", "contact.json"}) {
    const std::string whole(trim(fixture(name)));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string part = whole.substr(0, size);
      CHECK(parse_send(answer(200, part)).verdict == Verdict::ambiguous);
      CHECK(parse_events(part).empty());
    }
  }
}

TEST_CASE("channels: connecting MAX learns the bot's name and subscribes", "[channels][max]") {
  const auto steps = connect_steps();
  REQUIRE(steps.size() == 2);
  Account ours = account();
  const HttpRequest me = steps[0].build(ours, k_our_hook);
  CHECK(me.method == "GET");
  CHECK(me.url == "https://platform-api2.max.ru/me");
  CHECK(header_of(me, "authorization") == "t0ken-of-the-bot");
  CHECK(start_link(ours, "L7QkZ2").empty());
  const Delivery named = steps[0].parse(answer(200, fixture("me.json")), ours.state);
  CHECK(named.verdict == Verdict::sent);
  CHECK(named.says == "@acme_bot");
  CHECK(ours.state == Json::object({{"username", "acme_bot"}, {"user_id", "229"}}));
  CHECK(start_link(ours, "L7QkZ2") == "https://max.ru/acme_bot?start=L7QkZ2");
  for (const std::string& dropped : {std::string(), std::string("a&b"), std::string(65, 'a')}) {
    CHECK(start_link(ours, dropped).empty());
  }

  const HttpRequest subscribe = steps[1].build(ours, k_our_hook);
  CHECK(subscribe.method == "POST");
  CHECK(subscribe.url == "https://platform-api2.max.ru/subscriptions");
  const Json body = body_of(subscribe);
  CHECK(body.text("url") == k_our_hook);
  CHECK(body.text("secret") == k_word);
  CHECK(body.find("update_types")->items().size() == 5);
  CHECK(body.find("update_types")->items()[0].text() == "message_created");
  CHECK(steps[1].parse(answer(200, R"({"success":true})"), ours.state).verdict == Verdict::sent);
}

TEST_CASE("channels: setting up MAX fails for the reason that the vendor gives",
          "[channels][max]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    std::string says;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"success":false,"message":"Only https is allowed"})", Verdict::misconfigured,
       "refused: Only https is allowed"},
      {200,
       R"({"success":false,"message":"Bad https://acme.example/hook/max/h1 )"
       R"(or h0okh0okh0okh0okh0okh0okh0okh0ok"})",
       Verdict::misconfigured, "refused: Bad … or …"},
      {200, R"({"success":false})", Verdict::misconfigured, "refused: "},
      {200, "{}", Verdict::retry, "the answer does not say whether it worked"},
      {200, "<html>", Verdict::retry, "HTTP 200 without JSON"},
      {400, R"({"code":"proto.payload","message":"bad url"})", Verdict::rejected,
       "HTTP 400 proto.payload"},
      {401, R"({"code":"verify.token","message":"Invalid access_token"})", Verdict::misconfigured,
       "HTTP 401 verify.token"},
      {403, R"({"code":"deprecated.token"})", Verdict::misconfigured, "HTTP 403 deprecated.token"},
      {404, R"({"code":"not.found"})", Verdict::misconfigured, "HTTP 404 not.found"},
      {429, "{}", Verdict::retry, "HTTP 429"},
      {500, "{}", Verdict::retry, "HTTP 500"},
      {503, "<html>", Verdict::retry, "HTTP 503"},
  }));
  CAPTURE(one.status, one.body);
  Json state = Json::object();
  const Delivery delivery = connect_steps()[1].parse(answer(one.status, one.body), state);
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.says == one.says);
  if (one.status == 200) return;
  CHECK(connect_steps()[0].parse(answer(one.status, one.body), state).verdict == one.verdict);
  CHECK(parse_probe(answer(one.status, one.body)).verdict == one.verdict);
  CHECK(hook_status_steps()[0].parse(answer(one.status, one.body), state).verdict == one.verdict);
  CHECK(state == Json::object());
}

TEST_CASE("channels: disconnecting MAX removes the address that is subscribed", "[channels][max]") {
  REQUIRE(disconnect_steps().size() == 1);
  const SetupStep& step = disconnect_steps()[0];
  Account ours = account();
  CHECK(step.build(ours, "").url.empty());
  CHECK(step.build(ours, "https://b.example/h").url ==
        "https://platform-api2.max.ru/subscriptions?url=https%3A%2F%2Fb.example%2Fh");
  ours.state.set("hook_url", k_our_hook);
  const HttpRequest request = step.build(ours, "https://b.example/h");
  CHECK(request.method == "DELETE");
  CHECK(request.url ==
        "https://platform-api2.max.ru/"
        "subscriptions?url=https%3A%2F%2Facme.example%2Fhook%2Fmax%2Fh1");
  CHECK(request.body.empty());

  struct Case {
    int status;
    std::string body;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"success":true})", Verdict::sent},
      {200, R"({"success":false,"message":"Subscription not found"})", Verdict::sent},
      {404, R"({"code":"not.found","message":"?"})", Verdict::sent},
      {200, R"({"success":false,"message":"no"})", Verdict::misconfigured},
      {401, R"({"code":"verify.token"})", Verdict::misconfigured},
      {500, "", Verdict::retry},
  }));
  CAPTURE(one.status, one.body);
  CHECK(step.parse(answer(one.status, one.body), ours.state).verdict == one.verdict);
  CHECK(ours.state.text("hook_url") == (one.verdict == Verdict::sent ? "" : k_our_hook));
}

TEST_CASE("channels: a MAX subscription that was dropped is noticed", "[channels][max]") {
  const SetupStep& step = hook_status_steps()[0];
  const HttpRequest request = step.build(account(), k_our_hook);
  CHECK(request.method == "GET");
  CHECK(request.url == "https://platform-api2.max.ru/subscriptions");
  const HttpReply listed = answer(200, fixture("subscriptions.json"));
  Json state = Json::object({{"hook_url", k_our_hook}});
  CHECK(step.parse(listed, state).verdict == Verdict::sent);
  CHECK(step.parse(answer(200, R"({"subscriptions":[]})"), state).verdict ==
        Verdict::misconfigured);
  state.set("hook_url", "https://acme.example/hook/max/h2");
  CHECK(step.parse(listed, state).verdict == Verdict::misconfigured);
  Json nothing = Json::object();
  CHECK(step.parse(listed, nothing).verdict == Verdict::misconfigured);
}

TEST_CASE("channels: testing a MAX account names the bot", "[channels][max]") {
  Account ours = account();
  ours.config = *check_config(Json::object({{"base_url", "http://127.0.0.1:9090/max/"}}));
  CHECK(build_probe(ours).url == "http://127.0.0.1:9090/max/me");
  CHECK(build_probe(ours).label == "max me");
  CHECK(parse_probe(answer(200, fixture("me.json"))).says == "@acme_bot");
  CHECK(parse_probe(answer(200, R"({"user_id":229})")).says == "bot 229");
  CHECK(check_config(Json::object())->text("base_url") == "https://platform-api2.max.ru");
  CHECK_FALSE(check_config(Json::object({{"base_url", "max.ru"}})));
}

}  // namespace flead::channels::max_messenger
