#include "core/base/text.h"
#include "core/channels/vk.h"
#include "support/catch.h"
#include "support/vk.h"

namespace flead::channels::vk {

namespace {

HookCall vk_call(std::string body) {
  HookCall call;
  call.method = "POST";
  call.body = std::move(body);
  return call;
}

// A message_new with other members of `object.message`.
std::string event_with(const std::string& members) {
  return R"({"type":"message_new","group_id":777,"event_id":"e1","secret":"s3cret0word",)"
         R"("object":{"message":{)" +
         members + "}}}";
}

}  // namespace

TEST_CASE("channels: VK's handshake is answered with the confirmation code", "[channels][vk]") {
  const HookCheck check = verify(vk_account(), vk_call(vk_fixture("confirmation.json")));
  CHECK(check.genuine);
  CHECK(check.handshake);
  CHECK(check.answer == "4a9c3a2f");
}

TEST_CASE("channels: a genuine VK event is answered with ok and nothing else", "[channels][vk]") {
  const HookCheck check = verify(vk_account(), vk_call(vk_fixture("message_new.json")));
  CHECK(check.genuine);
  CHECK_FALSE(check.handshake);
  CHECK(check.answer == "ok");
  CHECK(check.delivery_id == "a2");
  Account fresh = vk_account();
  fresh.state = Json::object();
  CHECK(verify(fresh, vk_call(vk_fixture("message_new.json"))).genuine);
  // VK keeps 50 characters of the secret.
  Account wordy = vk_account();
  wordy.hook_secret = std::string(60, 's');
  const auto with = [](std::size_t size) {
    return vk_call(R"({"type":"x","group_id":777,"secret":")" + std::string(size, 's') + "\"}");
  };
  CHECK(verify(wordy, with(50)).genuine);
  CHECK_FALSE(verify(wordy, with(60)).genuine);
}

TEST_CASE("channels: a forged VK event is refused", "[channels][vk]") {
  const auto one = GENERATE(values<std::string>({
      "",
      "null",
      "[]",
      "\"s3cret0word\"",
      "{}",
      "{\xff",
      R"({"type":"message_new","group_id":777})",
      R"({"type":"message_new","group_id":777,"secret":""})",
      R"({"type":"message_new","group_id":777,"secret":null})",
      R"({"type":"message_new","group_id":777,"secret":["s3cret0word"]})",
      R"({"type":"message_new","group_id":777,"secret":"s3cret0wor"})",
      R"({"type":"message_new","group_id":777,"secret":"s3cret0word2"})",
      R"({"type":"message_new","group_id":777,"secret":"another0channels"})",
      R"({"type":"message_new","group_id":778,"secret":"s3cret0word"})",
      R"({"type":"message_new","secret":"s3cret0word"})",
      R"({"type":"confirmation","group_id":778,"secret":"s3cret0word"})",
      R"({"type":"confirmation","group_id":777,"object":{"secret":"s3cret0word"}})",
  }));
  CAPTURE(one);
  const HookCheck check = verify(vk_account(), vk_call(one));
  CHECK_FALSE(check.genuine);
  CHECK_FALSE(check.handshake);
  CHECK(check.answer.empty());
}

TEST_CASE("channels: without a hook secret no VK event is genuine", "[channels][vk]") {
  Account account = vk_account();
  account.hook_secret = "";
  CHECK_FALSE(verify(account, vk_call(vk_fixture("message_new.json"))).genuine);
  CHECK_FALSE(verify(account, vk_call(R"({"group_id":777,"secret":""})")).genuine);
}

TEST_CASE("channels: a message in VK is what the person wrote", "[channels][vk]") {
  const Inbound event = only_event(vk_fixture("message_new.json"));
  CHECK(event.kind == Inbound::Kind::text);
  CHECK(event.key == "a2");
  CHECK(event.address == "501");
  CHECK(event.text == "Можно в субботу?");
  CHECK(event.payload.empty());
  CHECK(event.provider_id == "32");
  CHECK(event.at == 1795158950000);
  CHECK(only_event(vk_fixture("message_new.json")).key == event.key);
}

TEST_CASE("channels: opening the VK dialog by a link hands the token over", "[channels][vk]") {
  const Inbound event = only_event(vk_fixture("message_new_start.json"));
  CHECK(event.kind == Inbound::Kind::start);
  CHECK(event.payload == "L7QkZ2");
  CHECK(event.text.empty());  // the words are the button's
  struct Case {
    std::string members;
    Inbound::Kind kind;
    std::string payload;
  };
  const auto one = GENERATE(values<Case>({
      {R"("text":"hi","ref":"T1")", Inbound::Kind::start, "T1"},
      {R"("payload":"{\"command\":\"start\"}")", Inbound::Kind::start, ""},
      {R"("payload":{"command":"start"},"ref":"T2")", Inbound::Kind::start, "T2"},
      {R"("payload":"{\"p\":\"book\"}")", Inbound::Kind::button, "book"},
      {R"("payload":"{\"a\":1}")", Inbound::Kind::button, R"({"a":1})"},
      {R"("payload":"{\"p\":7}")", Inbound::Kind::button, R"({"p":7})"},
      {R"("payload":"not json")", Inbound::Kind::button, "not json"},
      {R"("payload":"")", Inbound::Kind::text, ""},
      {R"("payload":null,"ref":"")", Inbound::Kind::text, ""},
      {R"("ref":7)", Inbound::Kind::text, ""},
  }));
  CAPTURE(one.members);
  const Inbound other = only_event(event_with(R"("from_id":501,"peer_id":501,)" + one.members));
  CHECK(other.kind == one.kind);
  CHECK(other.payload == one.payload);
}

TEST_CASE("channels: a press of a VK button is told and can be acknowledged", "[channels][vk]") {
  const Inbound event = only_event(vk_fixture("message_event.json"));
  CHECK(event.kind == Inbound::Kind::button);
  CHECK(event.key == "a3");
  CHECK(event.address == "501");
  CHECK(event.payload == "book:7Qk");
  CHECK(event.answer_token == "9c41d7");

  const HttpRequest request = build_acknowledge(vk_account(), event);
  CHECK(request.url == "https://api.vk.ru/method/messages.sendMessageEventAnswer");
  CHECK(form_of(request) ==
        Form{{"event_id", "9c41d7"}, {"user_id", "501"}, {"peer_id", "501"}, {"v", "5.199"}});
  const Inbound text = only_event(vk_fixture("message_new.json"));
  CHECK(build_acknowledge(vk_account(), text).url.empty());

  const std::string as_text =
      R"({"type":"message_event","event_id":"a9","object":{"user_id":501,"peer_id":501,)"
      R"("event_id":"x","payload":"{\"p\":\"late\"}"}})";
  CHECK(only_event(as_text).payload == "late");
}

TEST_CASE("channels: allowing and denying messages in VK is told", "[channels][vk]") {
  const Inbound start = only_event(vk_fixture("message_allow.json"));
  CHECK(start.kind == Inbound::Kind::start);
  CHECK(start.payload == "L7QkZ2");
  CHECK(start.address == "501");
  const Inbound allowed =
      only_event(R"({"type":"message_allow","event_id":"b","object":{"user_id":501,"key":""}})");
  CHECK(allowed.kind == Inbound::Kind::opt_in);
  CHECK(allowed.payload.empty());
  const Inbound denied = only_event(vk_fixture("message_deny.json"));
  CHECK(denied.kind == Inbound::Kind::opt_out);
  CHECK(denied.address == "501");
  CHECK(denied.key == "a5");
}

TEST_CASE("channels: VK chats, communities and our own words are no people", "[channels][vk]") {
  const auto one = GENERATE(values<std::string>({
      event_with(R"("from_id":501,"peer_id":501,"out":1,"text":"x")"),
      event_with(R"("from_id":-777,"peer_id":501,"text":"x")"),
      event_with(R"("from_id":501,"peer_id":2000000001,"text":"x")"),
      event_with(R"("from_id":2000000001,"text":"x")"),
      event_with(R"("peer_id":501,"text":"x")"),
      R"({"type":"message_event","event_id":"e","object":{"user_id":501,"peer_id":2000000001}})",
      R"({"type":"message_event","event_id":"e","object":{"user_id":-5,"peer_id":501}})",
      R"({"type":"message_reply","event_id":"e","object":{"from_id":501,"peer_id":501}})",
      R"({"type":"message_deny","event_id":"e","object":{}})",
  }));
  CAPTURE(one);
  CHECK(parse_events(one).empty());
}

TEST_CASE("channels: hostile bytes are no VK events", "[channels][vk]") {
  const auto one = GENERATE(values<std::string>({
      "",
      "null",
      "[]",
      "7",
      "{}",
      "{\"type\":\xff}",
      R"({"type":"message_new"})",
      R"({"type":"message_new","object":null})",
      R"({"type":"message_new","object":[]})",
      R"({"type":"message_new","object":{"message":7}})",
      R"({"type":["message_new"],"object":{"message":{"from_id":501}}})",
      R"({"type":"message_new","object":{"message":{"from_id":1.5}}})",
      R"({"type":"message_new","object":{"message":{"from_id":{"a":1}}}})",
      R"({"type":"message_deny","object":{"user_id":99999999999999999999}})",
      std::string(100'000, '['),
      std::string(100'000, ']'),
      std::string(1000, '"'),
  }));
  CAPTURE(one.substr(0, 80));
  CHECK(parse_events(one).empty());
  CHECK_FALSE(verify(vk_account(), vk_call(one)).genuine);
}

TEST_CASE("channels: a VK event that was cut short is none", "[channels][vk]") {
  const std::string whole(trim(vk_fixture("message_new_start.json")));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(parse_events(whole.substr(0, size)).empty());
    CHECK_FALSE(verify(vk_account(), vk_call(whole.substr(0, size))).genuine);
  }
}

TEST_CASE("channels: forwards nested without end do not cost a VK message", "[channels][vk]") {
  std::string forwards = "[]";
  for (int i = 0; i < 200; ++i) {
    forwards = R"([{"text":"a \"] \\","fwd_messages":)" + forwards + "}]";
  }
  const std::string raw = event_with(R"("from_id":501,"fwd_messages":)" + forwards +
                                     R"(,"text":"вот","date":"1795158950")");
  CHECK(verify(vk_account(), vk_call(raw)).genuine);
  const Inbound event = only_event(raw);
  CHECK(event.text == "вот");
  CHECK(event.at == 1795158950000);
}

TEST_CASE("channels: a VK event with bad UTF-8 or without an id is kept", "[channels][vk]") {
  const std::string raw = event_with("\"from_id\":501,\"text\":\"a\xff\"");
  CHECK(verify(vk_account(), vk_call(raw)).genuine);
  CHECK(only_event(raw).text == "a\xEF\xBF\xBD");
  const std::string nameless = R"({"type":"message_deny","object":{"user_id":501}})";
  CHECK_FALSE(only_event(nameless).key.empty());
  CHECK(only_event(nameless).key == only_event(nameless).key);
}

}  // namespace flead::channels::vk
