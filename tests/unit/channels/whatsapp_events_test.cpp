#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/channels/whatsapp.h"
#include "support/catch.h"

namespace flead::channels::whatsapp {

namespace {

using Kind = Inbound::Kind;

std::string whatsapp_event(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/whatsapp/" + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

// One hook with one message or status made of `members`.
std::string wrapped(std::string_view list, std::string_view members) {
  return R"({"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages",)"
         R"("value":{")" +
         std::string(list) + R"(":[{)" + std::string(members) + "}]}}]}]}";
}

Inbound only_event(std::string_view raw) {
  const auto events = parse_events(raw);
  REQUIRE(events.size() == 1);
  return events.front();
}

Account hook_account(std::string_view flavour) {
  Account account;
  account.id = ChannelId("chn_1");
  account.hook_secret = "app-secret";
  account.config = Json::object({{"flavour", flavour}});
  return account;
}

HookCall signed_call(std::string signature) {
  HookCall call;
  call.method = "POST";
  call.body = R"({"object":"x"})";
  call.headers = {{"x-hub-signature-256", std::move(signature)}};
  return call;
}

HookCall handshake(std::string token, std::string challenge) {
  HookCall call;
  call.method = "GET";
  call.query = {{"hub.mode", "subscribe"},
                {"hub.verify_token", std::move(token)},
                {"hub.challenge", std::move(challenge)}};
  return call;
}

// Made outside of our code, with the secret "app-secret".
constexpr const char* k_signature =
    "sha256=d5155d7b870af79a2eef5f1d9bb1f504a6b118b5754ebad8462822594f4425ec";
constexpr const char* k_verify_word = "7b631b67ec781043c2df93d7d36687fb";

}  // namespace

TEST_CASE("channels: a signed call of WhatsApp is genuine, any other is not",
          "[channels][whatsapp]") {
  const Account account = hook_account("cloud");
  const HookCheck check = verify(account, signed_call(k_signature));
  CHECK(check.genuine);
  CHECK_FALSE(check.handshake);
  CHECK(check.answer.empty());

  const std::string good = k_signature;
  for (const std::string& bad :
       {std::string(), std::string("sha256="), good.substr(7), good.substr(0, good.size() - 1),
        good + "0", "sha1=" + good.substr(7), good.substr(0, good.size() - 1) + "d"}) {
    CAPTURE(bad);
    CHECK_FALSE(verify(account, signed_call(bad)).genuine);
  }
  HookCall call = signed_call(k_signature);
  call.headers.clear();
  CHECK_FALSE(verify(account, call).genuine);
  call = signed_call(k_signature);
  call.body += " ";
  CHECK_FALSE(verify(account, call).genuine);
  Account other = account;
  other.hook_secret = "another channel's";
  CHECK_FALSE(verify(other, signed_call(k_signature)).genuine);
  other.hook_secret = "";
  CHECK_FALSE(verify(other, signed_call(k_signature)).genuine);
}

TEST_CASE("channels: Meta's handshake gets its challenge back for our word alone",
          "[channels][whatsapp]") {
  const Account account = hook_account("cloud");
  CHECK(meta::verify_token(account) == k_verify_word);
  const HookCheck check = verify(account, handshake(k_verify_word, "1158201444"));
  CHECK(check.genuine);
  CHECK(check.handshake);
  CHECK(check.answer == "1158201444");

  CHECK_FALSE(verify(account, handshake("", "1158201444")).genuine);
  CHECK_FALSE(verify(account, handshake("7b631b67", "1158201444")).genuine);
  CHECK_FALSE(verify(account, handshake(k_verify_word, "")).genuine);
  CHECK_FALSE(verify(account, handshake(k_verify_word, "<script>")).genuine);
  CHECK_FALSE(verify(account, handshake(k_verify_word, std::string(1000, '1'))).genuine);
  Account other = account;
  other.id = ChannelId("chn_2");
  CHECK_FALSE(verify(other, handshake(k_verify_word, "1158201444")).genuine);
  other.hook_secret = "";
  CHECK(meta::verify_token(other).empty());
  CHECK_FALSE(verify(other, handshake("", "1158201444")).genuine);
}

TEST_CASE("channels: a call of 360dialog repeats the word that it was given",
          "[channels][whatsapp]") {
  const Account account = hook_account("360dialog");
  HookCall call;
  call.method = "POST";
  call.headers = {{"x-flead-token", "app-secret"}};
  CHECK(verify(account, call).genuine);
  for (const char* bad : {"", "app-secre", "app-secret2", "APP-SECRET"}) {
    call.headers = {{"x-flead-token", bad}};
    CHECK_FALSE(verify(account, call).genuine);
  }
  CHECK_FALSE(verify(account, signed_call(k_signature)).genuine);
  CHECK_FALSE(verify(account, handshake(k_verify_word, "1")).genuine);
  Account open = account;
  open.hook_secret = "";
  call.headers = {{"x-flead-token", ""}};
  CHECK_FALSE(verify(open, call).genuine);
}

TEST_CASE("channels: a text in WhatsApp names its person by id and number",
          "[channels][whatsapp]") {
  const Inbound event = only_event(whatsapp_event("message_text.json"));
  CHECK(event.kind == Kind::text);
  CHECK(event.key == "wamid.IN1");
  CHECK(event.provider_id == "wamid.IN1");
  CHECK(event.address == "RU.1502576394655843");
  CHECK(event.phone == "79991234567");
  CHECK(event.name == "Ира");
  CHECK(event.text == "Можно завтра?");
  CHECK(event.payload.empty());
  CHECK(event.at == 1795158904000);
}

TEST_CASE("channels: presses of WhatsApp's buttons bring their payload", "[channels][whatsapp]") {
  const Inbound reply = only_event(whatsapp_event("message_button.json"));
  CHECK(reply.kind == Kind::button);
  CHECK(reply.payload == "snooze:7Qk");
  CHECK(reply.text == "Не сейчас");
  CHECK(reply.address == "79991234567");

  const Inbound quick = only_event(whatsapp_event("message_hidden_number.json"));
  CHECK(quick.kind == Kind::button);
  CHECK(quick.payload == "book:7Qk");
  CHECK(quick.text == "Записаться");
  CHECK(quick.address == "RU.1502576394655843");
  CHECK(quick.phone.empty());
  CHECK(quick.handle == "ira.k");

  const Inbound list = only_event(
      wrapped("messages",
              R"("from":"7999","id":"w1","type":"interactive","interactive":{"type":"list_reply",)"
              R"("list_reply":{"id":"slot:1","title":"12:00"}})"));
  CHECK(list.kind == Kind::button);
  CHECK(list.payload == "slot:1");
}

TEST_CASE("channels: a code in a WhatsApp text is a start token", "[channels][whatsapp]") {
  const std::string token(55, 'A');
  struct Case {
    std::string text;
    std::string payload;
    std::string words;  // beside the token; "" with one: nothing more was said
  };
  const std::string short_code = "Мой код: " + std::string(39, 'A');
  const auto one = GENERATE_COPY(values<Case>({
      {"Здравствуйте! Мой код: " + token, token, ""},
      {"Hello! My code:\n" + token + " \n", token, ""},
      {token, token, ""},
      {"Запись flead:L7QkZ2, спасибо", "L7QkZ2", "Запись , спасибо"},
      {"flead:" + token, token, ""},
      {"Можно завтра? Здравствуйте! Мой код: " + token, token, "Можно завтра?"},
      {short_code, "", short_code},
      {token + " спасибо", "", token + " спасибо"},
      {"https://example.ru/" + token, "", "https://example.ru/" + token},
      {"flead:", "", "flead:"},
      {"", "", ""},
  }));
  CAPTURE(one.text);
  const Inbound event =
      only_event(wrapped("messages", R"("from":"7999","id":"w1","type":"text","text":)" +
                                         Json::object({{"body", one.text}}).dump()));
  CHECK(event.kind == (one.payload.empty() ? Kind::text : Kind::start));
  CHECK(event.payload == one.payload);
  CHECK(event.text == one.words);
}

TEST_CASE("channels: what is no word to us in WhatsApp is kept and not acted on",
          "[channels][whatsapp]") {
  const auto members = GENERATE(values<std::string>({
      R"("from":"7999","id":"w1","type":"contacts","contacts":[{"phones":[{"phone":"7"}]}])",
      R"("from":"7999","id":"w1","type":"reaction","reaction":{"emoji":"x"})",
      R"("from":"7999","id":"w1","type":"image","image":{"id":"7"})",
      R"("from":"7999","id":"w1","type":"unsupported","errors":[{"code":131051}])",
      R"("from":"7999","id":"w1","type":"system","system":{"type":"user_changed_number"})",
      R"("from":"7999","id":"w1","type":"text","text":{"body":5})",
      R"("from":"7999","id":"w1","group_id":"g","type":"text","text":{"body":"x"})",
      R"("id":"w1","type":"text","text":{"body":"nobody signed this"})",
      R"("id":"w1")",
  }));
  CAPTURE(members);
  const Inbound event = only_event(wrapped("messages", members));
  CHECK(event.kind == Kind::other);
  CHECK(event.key == "w1");
  CHECK(event.text.empty());
}

TEST_CASE("channels: a caption is a text and a click on an advertisement is noted",
          "[channels][whatsapp]") {
  const Inbound picture = only_event(wrapped(
      "messages", R"("from":"7999","id":"w1","type":"image","image":{"caption":"Вот так?"})"));
  CHECK(picture.kind == Kind::text);
  CHECK(picture.text == "Вот так?");
  const auto events = parse_events(
      wrapped("messages", R"("from":"7999","id":"w2","type":"text","text":{"body":"Здравствуйте"},)"
                          R"("referral":{"source_id":"120","headline":"Курсы"})"));
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == Kind::other);
  CHECK(events[0].key == "w2:referral");
  CHECK(events[0].payload == "120");
  CHECK(events[1].kind == Kind::text);
}

TEST_CASE("channels: one call of WhatsApp may tell several things", "[channels][whatsapp]") {
  const auto events = parse_events(whatsapp_event("batch.json"));
  REQUIRE(events.size() == 5);
  CHECK(events[0].kind == Kind::receipt);
  CHECK(events[0].key == "wamid.OUT1:read");
  CHECK(events[0].provider_id == "wamid.OUT1");
  CHECK(events[0].message == MessageId("msg_1"));
  CHECK(events[0].delivery.verdict == Verdict::sent);
  CHECK(events[0].delivery.delivered);
  CHECK(events[0].read);
  CHECK(events[0].at == 1795158920000);
  CHECK(events[1].key == "wamid.OUT1:delivered");
  CHECK(events[1].delivery.delivered);
  CHECK_FALSE(events[1].read);
  CHECK(events[2].kind == Kind::text);
  CHECK(events[2].name == "Олег");
  CHECK(events[3].kind == Kind::other);
  CHECK(events[3].name == "Ира");
  CHECK(events[4].key == "wamid.OUT2:sent");
  CHECK_FALSE(events[4].delivery.delivered);
  CHECK(events[4].message.empty());

  const auto again = parse_events(whatsapp_event("batch.json"));
  REQUIRE(again.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(again[i].key == events[i].key);
}

TEST_CASE("channels: a failed status of WhatsApp has the verdict of its code",
          "[channels][whatsapp]") {
  const Inbound failed = only_event(whatsapp_event("status_failed.json"));
  CHECK(failed.kind == Kind::receipt);
  CHECK(failed.key == "wamid.OUT1:failed");
  CHECK(failed.message == MessageId("msg_01k0000000000000000000000a"));
  CHECK(failed.delivery.verdict == Verdict::unreachable);
  CHECK(failed.delivery.says.starts_with("131026: "));
  CHECK(failed.delivery.provider_id == "wamid.OUT1");
  CHECK_FALSE(failed.delivery.delivered);

  struct Case {
    std::string errors;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {R"([{"code":131047}])", Verdict::unreachable},
      {R"([{"code":131000}])", Verdict::retry},
      {R"([{"code":131042}])", Verdict::misconfigured},
      {R"([{"title":"x"},{"code":131053}])", Verdict::rejected},
      {R"([{"code":987654}])", Verdict::unreachable},
      {"[]", Verdict::unreachable},
      {"null", Verdict::unreachable},
  }));
  CAPTURE(one.errors);
  const Inbound event =
      only_event(wrapped("statuses", R"("id":"w1","status":"failed","errors":)" + one.errors));
  CHECK(event.delivery.verdict == one.verdict);
}

TEST_CASE("channels: hostile bytes are no events of WhatsApp", "[channels][whatsapp]") {
  for (const char* raw :
       {"", "null", "[]", "5", "\"x\"", "{}", "\xff\xfe", R"({"entry":5})", R"({"entry":[5,null]})",
        R"({"entry":[{"changes":{}}]})", R"({"entry":[{"changes":[{"field":"messages"}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"messages":[5,[],{}]}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"a"}]}}]}]})",
        R"({"object":"instagram","entry":[{"changes":[{"field":"messages","value":)"
        R"({"messages":[{"id":"w","from":"7"}]}}]}]})"}) {
    CAPTURE(raw);
    CHECK(parse_events(raw).empty());
  }
  for (const char* name : {"batch.json", "message_text.json", "status_failed.json"}) {
    const std::string raw = whatsapp_event(name);
    for (std::size_t size = 0; size < raw.rfind('}'); ++size) {
      REQUIRE(parse_events(raw.substr(0, size)).empty());
    }
  }
  const Inbound odd = only_event(
      wrapped("messages", R"("from":79991234567,"id":"w1","timestamp":"99999999999999999999",)"
                          R"("type":"text","text":{"body":"x"})"));
  CHECK(odd.address == "79991234567");
  CHECK(odd.at == 0);
}

TEST_CASE("channels: WhatsApp's start link writes a text that brings the token back",
          "[channels][whatsapp]") {
  Account account = hook_account("cloud");
  const std::string token(55, 'B');
  CHECK(start_link(account, token).empty());
  account.state.set("display_phone_number", "+7 999 123-45-67");
  const std::string link = start_link(account, token);
  const std::string begin = "https://wa.me/79991234567?text=";
  REQUIRE(link.starts_with(begin));
  const std::string text = percent_decode(link.substr(begin.size()));
  CHECK(text == "Здравствуйте! Мой код: " + token);
  const Inbound event =
      only_event(wrapped("messages", R"("from":"7999","id":"w1","type":"text","text":)" +
                                         Json::object({{"body", text}}).dump()));
  CHECK(event.kind == Kind::start);
  CHECK(event.payload == token);

  account.state.set("display_phone_number", "+44 20 7946 0000");
  CHECK(percent_decode(start_link(account, "L7QkZ2")) ==
        "https://wa.me/442079460000?text=Hello! My code: flead:L7QkZ2");
  CHECK(start_link(account, "").empty());
  CHECK(start_link(account, "a b").empty());
}

}  // namespace flead::channels::whatsapp
