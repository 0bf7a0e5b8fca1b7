// The way in of MAX: hooks, events, pulling. What goes out is in max_test.cpp.
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/channels/max.h"
#include "support/catch.h"

namespace flead::channels::max_messenger::events_test {

namespace {

constexpr std::string_view k_word = "h0okh0okh0okh0okh0okh0okh0okh0ok";

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

HookCall call_with(std::string secret, std::string body) {
  HookCall call;
  call.method = "POST";
  if (!secret.empty()) call.headers = {{"x-max-bot-api-secret", std::move(secret)}};
  call.body = std::move(body);
  return call;
}

Inbound only_event(const std::string& raw) {
  auto events = parse_events(raw);
  REQUIRE(events.size() == 1);
  return events[0];
}

// A message of the person with these members, in a dialog.
std::string message_with(const std::string& body) {
  return R"({"update_type":"message_created","timestamp":7,"message":{"sender":{"user_id":501},)"
         R"("recipient":{"chat_type":"dialog"},"body":)" +
         body + "}}";
}

}  // namespace

TEST_CASE("channels: MAX events of the wrong shape never name a person", "[channels][max]") {
  const auto raw = GENERATE(values<std::string>({
      R"({"update_type":7})",
      R"({"update_type":"bot_started"})",
      R"({"update_type":"bot_started","user":[],"timestamp":{}})",
      R"({"update_type":"bot_stopped","user":{"user_id":null}})",
      R"({"update_type":"message_created","message":{"body":[]}})",
      R"({"update_type":"message_created","message":{"sender":"x","body":{"text":"hi"}}})",
      R"({"update_type":"message_callback","callback":{"user":7}})",
      R"({"update_type":"message_callback","message":null})",
      R"({"update_type":"chat_title_changed","user":{"user_id":501},"timestamp":1})",
      R"({"update_type":"message_edited","message":{"sender":{"user_id":501}},"timestamp":1})",
  }));
  CAPTURE(raw);
  for (const Inbound& event : parse_events(raw)) {
    CHECK(event.kind == Inbound::Kind::other);
    CHECK(event.address.empty());
    CHECK_FALSE(event.key.empty());
  }
}

TEST_CASE("channels: a MAX hook is genuine only with our word", "[channels][max]") {
  const std::string body = fixture("message_created.json");
  const std::string word(k_word);
  const HookCheck check = verify(account(), call_with(word, body));
  CHECK(check.genuine);
  CHECK_FALSE(check.handshake);
  CHECK(check.answer.empty());
  CHECK(check.delivery_id == "mid.00000000adf5");
  CHECK(verify(account(), call_with(word, body)).delivery_id == check.delivery_id);

  for (const std::string& wrong :
       {std::string(), word.substr(1), word + "x", ascii_lower("X" + word.substr(1)),
        std::string(32, 'a'), account().secret, word + std::string(1, '\0')}) {
    CAPTURE(wrong);
    const HookCheck forged = verify(account(), call_with(wrong, body));
    CHECK_FALSE(forged.genuine);
    CHECK(forged.delivery_id.empty());
  }
  Account other = account();
  other.hook_secret = std::string(32, 'z');
  CHECK_FALSE(verify(other, call_with(word, body)).genuine);
  other.hook_secret = "";
  CHECK_FALSE(verify(other, call_with("", body)).genuine);
  HookCall get = call_with(word, body);
  get.method = "GET";
  CHECK_FALSE(verify(account(), get).genuine);
  // Genuine bytes that are no event are kept under a hash of them.
  CHECK(verify(account(), call_with(word, "nonsense")).genuine);
  CHECK(verify(account(), call_with(word, "nonsense")).delivery_id.empty());
}

TEST_CASE("channels: a MAX person who presses Start hands us the token", "[channels][max]") {
  const Inbound event = only_event(fixture("bot_started.json"));
  CHECK(event.kind == Inbound::Kind::start);
  CHECK(event.key == "bot_started:501:1795158904499");
  CHECK(event.address == "501");
  CHECK(event.name == "Ира");
  CHECK(event.handle.empty());
  CHECK(event.language == "ru");
  CHECK(event.payload == "L7QkZ2");
  CHECK(event.at == 1795158904499);
  const Inbound plain = only_event(
      R"({"update_type":"bot_started","timestamp":1,"user":{"user_id":"501"},"payload":null})");
  CHECK(plain.kind == Inbound::Kind::start);
  CHECK(plain.address == "501");
  CHECK(plain.payload.empty());
}

TEST_CASE("channels: what a MAX person writes is read without the optional keys",
          "[channels][max]") {
  const Inbound event = only_event(fixture("message_created.json"));
  CHECK(event.kind == Inbound::Kind::text);
  CHECK(event.key == "mid.00000000adf5");
  CHECK(event.provider_id == "mid.00000000adf5");
  CHECK(event.address == "501");
  CHECK(event.text == "Завтра в 12?");
  CHECK(event.at == 1795158904499);
  CHECK(event.answer_token.empty());

  const Inbound bare = only_event(R"({"message":{"sender":{"user_id":501},"timestamp":9,)"
                                  R"("body":{"text":"hi"}}})");
  CHECK(bare.kind == Inbound::Kind::text);
  CHECK(bare.key == "message_created:501:9");
  CHECK(bare.at == 9);
  CHECK(only_event(message_with("null")).kind == Inbound::Kind::other);
  const Inbound picture =
      only_event(message_with(R"({"mid":"m","attachments":[7,{"type":"x"},{"type":"image"}]})"));
  CHECK(picture.kind == Inbound::Kind::other);
  CHECK(picture.payload == "image");
  CHECK(picture.address == "501");
  CHECK(only_event(
            replace_all(message_with("null"), R"("body")", R"("link":{"type":"forward"},"body")"))
            .payload == "forward");
  CHECK(only_event(message_with(R"({"mid":"m","text":null})")).kind == Inbound::Kind::other);
  CHECK(only_event(message_with(R"({"mid":"m","text":" "})")).kind == Inbound::Kind::other);
  CHECK(only_event(message_with(R"({"mid":"m","seq":99999999999999999999,"text":"a"})")).key ==
        "m");
}

TEST_CASE("channels: groups, channels and bots in MAX are not people", "[channels][max]") {
  const std::string written = fixture("message_created.json");
  CHECK(parse_events(replace_all(written, "\"dialog\"", "\"chat\"")).empty());
  CHECK(parse_events(replace_all(written, "\"dialog\"", "\"channel\"")).empty());
  CHECK(parse_events(replace_all(written, "\"is_bot\":false", "\"is_bot\":true")).empty());
  const std::string pressed = fixture("message_callback.json");
  CHECK(parse_events(replace_all(pressed, "\"dialog\"", "\"chat\"")).empty());
}

TEST_CASE("channels: a pressed MAX button brings its payload and waits for an answer",
          "[channels][max]") {
  const Inbound press = only_event(fixture("message_callback.json"));
  CHECK(press.kind == Inbound::Kind::button);
  CHECK(press.key == "f9LHodD0cOLx_k-1:1795158909000");
  CHECK(press.address == "501");  // not the bot, which sent the message with the button
  CHECK(press.payload == "snooze:7Qk");
  CHECK(press.text == "Не сейчас");
  CHECK(press.answer_token == "f9LHodD0cOLx_k-1");
  CHECK(press.at == 1795158909000);

  // The keyboard's message was deleted, the type is missing.
  const Inbound bare = only_event(
      R"({"callback":{"callback_id":"c","payload":"p","user":{"user_id":501}},"message":null})");
  CHECK(bare.kind == Inbound::Kind::button);
  CHECK(bare.key == "c");
  CHECK(bare.text.empty());

  const HttpRequest request = build_acknowledge(account(), press);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://platform-api2.max.ru/answers?callback_id=f9LHodD0cOLx_k-1");
  CHECK(request.label == "max answer");
  CHECK(header_of(request, "authorization") == "t0ken-of-the-bot");
  CHECK(body_of(request) == Json::object({{"notification", "Принято"}}));
  Inbound other = press;
  other.language = "en-GB";
  other.answer_token = "a&b=/";
  CHECK(body_of(build_acknowledge(account(), other)).text("notification") == "Got it");
  CHECK_THAT(build_acknowledge(account(), other).url, ContainsSubstring("=a%26b%3D%2F"));
  other.answer_token = "";
  CHECK(build_acknowledge(account(), other).url.empty());
}

TEST_CASE("channels: stopping the MAX bot or deleting its dialog forbids messages",
          "[channels][max]") {
  const Inbound stopped = only_event(fixture("bot_stopped.json"));
  CHECK(stopped.kind == Inbound::Kind::opt_out);
  CHECK(stopped.address == "501");
  CHECK(stopped.name == "Ира Ким");
  CHECK(stopped.handle == "ira");
  const Inbound removed = only_event(fixture("dialog_removed.json"));
  CHECK(removed.kind == Inbound::Kind::opt_out);
  CHECK(removed.key != stopped.key);
}

TEST_CASE("channels: a repeated MAX event has the same key, another one has not",
          "[channels][max]") {
  for (const std::string name : {"bot_started.json", "bot_stopped.json", "dialog_removed.json",
                                 "message_created.json", "message_callback.json", "contact.json"}) {
    CAPTURE(name);
    const std::string raw = fixture(name);
    CHECK(only_event(raw).key == only_event(raw).key);
    // A repeat may be written in another way.
    CHECK(only_event(parse_json(raw)->dump_pretty()).key == only_event(raw).key);
  }
  // Pressed again on the same keyboard.
  const std::string press = fixture("message_callback.json");
  CHECK(only_event(replace_all(press, "1795158909000", "1795158909555")).key !=
        only_event(press).key);
}

TEST_CASE("channels: a MAX contact counts only when it is the person's own and vouched for",
          "[channels][max]") {
  const std::string shared = fixture("contact.json");
  const Inbound own = only_event(shared);
  CHECK(own.kind == Inbound::Kind::contact);
  CHECK(own.phone == "79160000001");

  struct Case {
    std::string from, to;
  };
  const auto one = GENERATE(values<Case>({
      {R"("max_info":{"user_id":501)", R"("max_info":{"user_id":502)"},  // somebody else's
      {R"("max_info":)", R"("other_info":)"},
      {R"("hash":)", R"("no_hash":)"},
      {R"("hash":"0f1e)", R"("hash":"zz)"},
      {R"("hash":"0f1e)", R"("hash":"0f1)"},
      {"TEL;", "TEL:79160000002\\r\\nTEL;"},
      {"TEL;TYPE=cell:79160000001", "TEL;TYPE=cell:7916"},
      {"TEL;TYPE=cell:79160000001", "TEL;TYPE=cell:+7916000000000001"},
      {"TEL;TYPE=cell:79160000001", "TEL;TYPE=cell:call me 79160000001"},
      {"TEL;TYPE=cell:79160000001", "NOTE:TEL 79160000001"},
      {R"("type":"contact")", R"("type":"file")"},
  }));
  CAPTURE(one.from, one.to);
  REQUIRE(shared.find(one.from) != std::string::npos);
  const Inbound doubtful = only_event(replace_all(shared, one.from, one.to));
  CHECK(doubtful.kind == Inbound::Kind::other);
  CHECK(doubtful.phone.empty());
  const Inbound written = only_event(
      replace_all(replace_all(shared, one.from, one.to), R"("text":"")", R"("text":"мой номер")"));
  CHECK(written.kind == Inbound::Kind::text);
  CHECK(written.phone.empty());

  const Inbound spaced =
      only_event(replace_all(shared, "TEL;TYPE=cell:79160000001", "tel:+7 (916) 000-00-01"));
  CHECK(spaced.phone == "79160000001");
}

TEST_CASE("channels: pulling from MAX goes on from its marker", "[channels][max]") {
  Account ours = account();
  const HttpRequest first = build_pull(ours, 25);
  CHECK(first.method == "GET");
  CHECK(first.url ==
        "https://platform-api2.max.ru/updates?limit=100&timeout=25&types=message_created,"
        "message_callback,bot_started,bot_stopped,dialog_removed");
  CHECK(first.timeout_ms > 25000);
  CHECK(header_of(first, "authorization") == "t0ken-of-the-bot");
  CHECK_THAT(build_pull(ours, 900).url, ContainsSubstring("&timeout=30&"));
  CHECK_THAT(build_pull(ours, -1).url, ContainsSubstring("&timeout=0&"));

  const Pulled pulled = parse_pull(answer(200, fixture("updates.json")), ours.state);
  CHECK(pulled.delivery.verdict == Verdict::sent);
  CHECK_FALSE(pulled.again);
  REQUIRE(pulled.events.size() == 2);
  CHECK(only_event(pulled.events[0]).kind == Inbound::Kind::start);
  CHECK(only_event(pulled.events[1]).text == "Да");
  CHECK(ours.state.integer("marker") == 25493970);
  CHECK_THAT(build_pull(ours, 25).url, ContainsSubstring("&timeout=25&marker=25493970&types="));

  // Nothing new; then an answer that says nothing about where to go on.
  CHECK(parse_pull(answer(200, R"({"updates":[],"marker":25493971})"), ours.state).events.empty());
  CHECK(ours.state.integer("marker") == 25493971);
  CHECK(parse_pull(answer(200, R"({"updates":[7,{}],"marker":null})"), ours.state).events.size() ==
        1);
  CHECK(ours.state.integer("marker") == 25493971);
  for (const int status : {401, 405, 429, 503}) {
    const Pulled failed = parse_pull(answer(status, "{}"), ours.state);
    CHECK(failed.delivery.verdict != Verdict::sent);
    CHECK(failed.events.empty());
    CHECK(ours.state.integer("marker") == 25493971);
  }

  std::string full = R"({"marker":1,"updates":[{})";
  for (int i = 1; i < 100; ++i) full += ",{}";
  CHECK(parse_pull(answer(200, full + "]}"), ours.state).again);
}

TEST_CASE("channels: MAX updates that are too large for one reply are pulled in smaller parts",
          "[channels][max]") {
  Account ours = account();
  ours.state.set("marker", 5);
  HttpReply large = answer(200, R"({"updates":[{"update_ty)");
  large.error = "the reply is too large";
  for (const std::string limit : {"10", "1"}) {
    const Pulled cut = parse_pull(large, ours.state);
    CHECK(cut.delivery.verdict == Verdict::retry);
    CHECK(cut.again);
    CHECK(cut.events.empty());
    CHECK_THAT(build_pull(ours, 25).url, ContainsSubstring("?limit=" + limit + "&"));
    CHECK(ours.state.integer("marker") == 5);
  }
  CHECK_FALSE(parse_pull(large, ours.state).again);  // nothing smaller is left to ask for
  CHECK(parse_pull(answer(200, R"({"updates":[{}],"marker":6})"), ours.state).again);
  CHECK_THAT(build_pull(ours, 25).url, ContainsSubstring("?limit=1&"));
  CHECK_FALSE(parse_pull(answer(200, R"({"updates":[],"marker":6})"), ours.state).again);
  CHECK_THAT(build_pull(ours, 25).url, ContainsSubstring("?limit=100&"));
}

}  // namespace flead::channels::max_messenger::events_test
