// The way in: hooks, events, pulling.
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/telegram.h"
#include "support/catch.h"

namespace flead::channels::telegram::way_in {

namespace {

using Kind = Inbound::Kind;

constexpr std::string_view k_word = "0123456789abcdefghijklmnopqrstuv";

std::string kept(const std::string& name) {
  std::ifstream file(std::string(FLEAD_FIXTURES) + "/telegram/" + name);
  std::stringstream out;
  out << file.rdbuf();
  REQUIRE_FALSE(out.str().empty());
  return out.str();
}

Account bot() {
  Account out;
  out.config = *check_config(Json::object());
  out.secret = "700:AAExample_Token-35";
  out.hook_secret = std::string(k_word);
  return out;
}

HookCall call_with(std::string_view name, std::string_view secret) {
  HookCall call;
  call.method = "POST";
  call.headers = {{"content-type", "application/json"}, {std::string(name), std::string(secret)}};
  call.body = "{}";
  return call;
}

HttpReply pulled(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

HttpReply pulled_updates(std::int64_t first, std::int64_t count) {
  Json updates = Json::array();
  for (std::int64_t i = 0; i < count; ++i) updates.push(Json::object({{"update_id", first + i}}));
  return pulled(200, Json::object({{"ok", true}, {"result", std::move(updates)}}).dump());
}

Inbound only_event(std::string_view raw) {
  const auto events = parse_events(raw);
  REQUIRE(events.size() == 1);
  return events.front();
}

struct Dialog {
  std::string type = "private";
  std::string is_bot = "false";
  std::string chat_id = "501";
};

// A message of Ира with these members beside the usual ones.
std::string message_with(const std::string& members, const Dialog& dialog = {}) {
  return R"({"update_id":1,"message":{"message_id":2,"date":3,"from":{"id":501,"is_bot":)" +
         dialog.is_bot + R"(,"first_name":"Ира"},"chat":{"id":)" + dialog.chat_id + R"(,"type":")" +
         dialog.type + R"("},)" + members + "}}";
}

}  // namespace

TEST_CASE("channels: only Telegram with our word passes the hook", "[channels][telegram]") {
  constexpr std::string_view k_header = "x-telegram-bot-api-secret-token";
  const HookCheck good = verify(bot(), call_with(k_header, k_word));
  CHECK(good.genuine);
  CHECK_FALSE(good.handshake);
  CHECK(good.answer.empty());  // a JSON answer with a "method" would be carried out

  CHECK_FALSE(verify(bot(), HookCall()).genuine);
  CHECK_FALSE(verify(bot(), call_with("x-secret-token", k_word)).genuine);
  CHECK_FALSE(verify(bot(), call_with(k_header, "")).genuine);
  CHECK_FALSE(verify(bot(), call_with(k_header, std::string(k_word) + "w")).genuine);
  CHECK_FALSE(verify(bot(), call_with(k_header, std::string(32, 'a'))).genuine);  // another's
  for (std::size_t size = 0; size < k_word.size(); ++size) {
    CHECK_FALSE(verify(bot(), call_with(k_header, k_word.substr(0, size))).genuine);
  }
  Account without = bot();
  without.hook_secret = "";
  CHECK_FALSE(verify(without, call_with(k_header, "")).genuine);
}

TEST_CASE("channels: a text in Telegram tells who wrote what", "[channels][telegram]") {
  const Inbound event = only_event(kept("update_text.json"));
  CHECK(event.kind == Kind::text);
  CHECK(event.key == "u9000");
  CHECK(event.address == "501");
  CHECK(event.name == "Ира Ёлкина");
  CHECK(event.handle == "ira");
  CHECK(event.language == "ru");
  CHECK(event.text == "Можно завтра в 15:00?");
  CHECK(event.provider_id == "501:11");
  CHECK(event.at == 1795158900000);
  CHECK(only_event(kept("update_text.json")).key == event.key);  // a repeat
}

TEST_CASE("channels: a start link brings its token", "[channels][telegram]") {
  const Inbound event = only_event(kept("update_start.json"));
  CHECK(event.kind == Kind::start);
  CHECK(event.key == "u9001");
  CHECK(event.payload == "L7QkZ2");
  CHECK(event.text.empty());
  CHECK(event.address == "501");
}

TEST_CASE("channels: only /start is a start", "[channels][telegram]") {
  struct Case {
    std::string typed;
    Kind kind;
    std::string payload;
    std::string text;
  };
  const auto one = GENERATE(values<Case>({
      {"/start", Kind::start, "", ""},
      {" /START  ", Kind::start, "", ""},
      {"/start@acme_bot L7-k_Z2", Kind::start, "L7-k_Z2", ""},
      {"/start мне нужна помощь", Kind::start, "", "мне нужна помощь"},
      {"/start I need help", Kind::start, "", "I need help"},
      {"/start " + std::string(65, 'a'), Kind::start, "", std::string(65, 'a')},
      {"/started L7", Kind::text, "", "/started L7"},
      {"/stop", Kind::text, "", "/stop"},
      {"/human", Kind::text, "", "/human"},
      {"start", Kind::text, "", "start"},
      {"", Kind::text, "", ""},
  }));
  CAPTURE(one.typed);
  const Inbound event = only_event(message_with(R"("text":)" + Json(one.typed).dump()));
  CHECK(event.kind == one.kind);
  CHECK(event.payload == one.payload);
  CHECK(event.text == one.text);
}

TEST_CASE("channels: a pressed button in Telegram waits for its answer", "[channels][telegram]") {
  const Inbound event = only_event(kept("update_button.json"));
  CHECK(event.kind == Kind::button);
  CHECK(event.key == "u9002");
  CHECK(event.address == "501");
  CHECK(event.payload == "snooze:7Qk");
  CHECK(event.text == "Не сейчас");
  CHECK(event.answer_token == "3141592653");
  CHECK(event.provider_id == "501:88");
  CHECK(event.at == 0);

  const HttpRequest request = build_acknowledge(bot(), event);
  CHECK(request.url.ends_with("/answerCallbackQuery"));
  CHECK(request.label == "telegram answerCallbackQuery");
  CHECK(request.body == R"({"callback_query_id":"3141592653"})");
  CHECK(build_acknowledge(bot(), Inbound()).url.empty());
}

TEST_CASE("channels: a press counts without the message that it came from",
          "[channels][telegram]") {
  const std::string start =
      R"({"update_id":5,"callback_query":{"id":"31","from":{"id":501,"is_bot":false},"data":"yes")";
  const Inbound bare = only_event(start + "}}");
  CHECK(bare.kind == Kind::button);
  CHECK(bare.address == "501");
  const Inbound old = only_event(
      start + R"(,"message":{"message_id":8,"date":0,"chat":{"id":501,"type":"private"}}}})");
  CHECK(old.kind == Kind::button);
  CHECK(old.provider_id == "501:8");
  CHECK(old.text.empty());
  CHECK(parse_events(start + R"(,"inline_message_id":"AA"}})").empty());
  CHECK(parse_events(start + R"(,"message":{"chat":{"id":-7,"type":"group"}}}})").empty());
}

TEST_CASE("channels: a shared number counts only when it is the sender's own",
          "[channels][telegram]") {
  const Inbound own = only_event(kept("update_contact.json"));
  CHECK(own.kind == Kind::contact);
  CHECK(own.phone == "79160000001");
  CHECK(own.address == "501");

  struct Case {
    std::string contact;
    std::string phone;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"phone_number":"+7 (916) 000-00-01","user_id":501})", "+79160000001"},
      {R"({"phone_number":"79160000002","user_id":502})", ""},
      {R"({"phone_number":"79160000002"})", ""},
      {R"({"phone_number":"79160000002","user_id":"501"})", ""},
      {R"({"phone_number":"call me","user_id":501})", ""},
      {R"({"phone_number":"+","user_id":501})", ""},
      {R"({"phone_number":"7+9160000001","user_id":501})", ""},
      {R"({"phone_number":"123456789012345678901","user_id":501})", ""},
      {R"({"user_id":501})", ""},
      {"7", ""},
  }));
  CAPTURE(one.contact);
  const Inbound event = only_event(message_with(R"("contact":)" + one.contact));
  CHECK(event.kind == (one.phone.empty() ? Kind::other : Kind::contact));
  CHECK(event.phone == one.phone);
  CHECK(event.payload == (one.phone.empty() ? "contact" : ""));
}

TEST_CASE("channels: who blocks the bot has opted out until they unblock it",
          "[channels][telegram]") {
  const Inbound blocked = only_event(kept("update_blocked.json"));
  CHECK(blocked.kind == Kind::opt_out);
  CHECK(blocked.key == "u9004");
  CHECK(blocked.address == "501");
  CHECK(blocked.at == 1795159000000);
  const Inbound back = only_event(kept("update_unblocked.json"));
  CHECK(back.kind == Kind::opt_in);
  CHECK(back.key == "u9005");
  const std::string in_group =
      replace_all(kept("update_blocked.json"), R"("private")", R"("supergroup")");
  CHECK(parse_events(in_group).empty());
  const std::string left = replace_all(kept("update_blocked.json"), "kicked", "left");
  CHECK(only_event(left).kind == Kind::other);
}

TEST_CASE("channels: a picture without a word is kept and named", "[channels][telegram]") {
  CHECK(only_event(message_with(R"("photo":[],"caption":"вот так")")).text == "вот так");
  CHECK(only_event(message_with(R"("photo":[],"caption":"вот так")")).kind == Kind::text);
  const Inbound voice = only_event(message_with(R"("voice":{"duration":3})"));
  CHECK(voice.kind == Kind::other);
  CHECK(voice.payload == "voice");
  CHECK(voice.address == "501");
  CHECK(only_event(message_with(R"("document":{},"animation":{})")).payload == "animation");
  CHECK(only_event(R"({"update_id":7,"poll":{}})").kind == Kind::other);
  CHECK(only_event(R"({"update_id":7})").key == "u7");
}

TEST_CASE("channels: groups, channels and bots are not people", "[channels][telegram]") {
  const std::string text = R"("text":"hello")";
  for (const char* type : {"group", "supergroup", "channel", ""}) {
    CHECK(parse_events(message_with(text, {.type = type, .is_bot = "false", .chat_id = "-7"}))
              .empty());
  }
  CHECK(parse_events(message_with(text, {.type = "private", .is_bot = "true", .chat_id = "501"}))
            .empty());
  CHECK(parse_events(message_with(text, {.type = "private", .is_bot = "false", .chat_id = "-7"}))
            .empty());
  CHECK(parse_events(message_with(text)).size() == 1);
}

TEST_CASE("channels: hostile bytes are no events of Telegram", "[channels][telegram]") {
  for (const char* raw :
       {"", "null", "[]", "{}", "7", "\"x\"", "\xff\xfe", R"({"update_id":"9001"})",
        R"({"update_id":0})", R"({"update_id":-1})", R"({"update_id":1.5})",
        R"({"update_id":9223372036854775807})", R"({"update_id":1,"message":null})",
        R"({"update_id":1,"message":[]})", R"({"update_id":1,"message":{"chat":7,"from":[]}})",
        R"({"update_id":1,"callback_query":{"from":{"id":"x"}}})",
        R"({"update_id":1,"callback_query":{"from":{"id":1},"message":7}})",
        R"({"update_id":1,"my_chat_member":{"chat":{"id":1,"type":"private"}}})"}) {
    CAPTURE(raw);
    CHECK(parse_events(raw).empty());
  }
  for (const char* name :
       {"update_text.json", "update_button.json", "update_contact.json", "update_blocked.json"}) {
    const std::string whole(trim(kept(name)));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK(parse_events(std::string_view(whole).substr(0, size)).empty());
    }
  }
  CHECK(only_event(message_with(R"("text":"x","date_":0)")).at == 3000);
  CHECK(only_event(replace_all(message_with(R"("text":"x")"), R"("date":3)",
                               R"("date":9223372036854775807)"))
            .at == 0);
}

// ---- pulling

TEST_CASE("channels: a pull asks for what was not seen yet", "[channels][telegram]") {
  const HttpRequest first = build_pull(bot(), 25);
  CHECK(first.url.ends_with("/getUpdates"));
  CHECK(first.label == "telegram getUpdates");
  CHECK(first.timeout_ms == k_request_timeout_ms + 25000);
  CHECK(first.body == R"({"timeout":25,"limit":10,"allowed_updates":["message","callback_query",)"
                      R"("my_chat_member"]})");
  Account later = bot();
  later.state.set("offset", 9003);
  CHECK_THAT(build_pull(later, 1000).body, ContainsSubstring(R"("offset":9003)"));
  CHECK_THAT(build_pull(later, 1000).body, ContainsSubstring(R"("timeout":50)"));
  CHECK_THAT(build_pull(later, -1).body, ContainsSubstring(R"("timeout":0)"));
}

TEST_CASE("channels: pulled updates are events as a hook would bring them",
          "[channels][telegram]") {
  Json state = Json::object({{"username", "acme_bot"}});
  const Pulled out = parse_pull(pulled(200, kept("updates.json")), state);
  CHECK(out.delivery.verdict == Verdict::sent);
  CHECK_FALSE(out.again);
  REQUIRE(out.events.size() == 3);
  CHECK(only_event(out.events[1]).payload == "L7QkZ2");
  CHECK(only_event(out.events[2]).answer_token == "3141592653");
  CHECK(state.integer("offset") == 9003);
  CHECK(state.text("username") == "acme_bot");

  const Pulled nothing = parse_pull(pulled_updates(0, 0), state);
  CHECK(nothing.delivery.verdict == Verdict::sent);
  CHECK(nothing.events.empty());
  CHECK(state.integer("offset") == 9003);
  CHECK(parse_pull(pulled_updates(9003, 10), state).again);
  CHECK(state.integer("offset") == 9013);
  // After a quiet week the numbers may begin lower: holding on to the old offset would ask for the
  // same updates for ever.
  CHECK(parse_pull(pulled_updates(40, 2), state).events.size() == 2);
  CHECK(state.integer("offset") == 42);
}

TEST_CASE("channels: a pull that is refused keeps its place and says why", "[channels][telegram]") {
  struct Case {
    int status;
    std::string description;
    Verdict verdict;
    std::string says;
  };
  const auto one = GENERATE(values<Case>({
      {409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook",
       Verdict::misconfigured, "webhook"},
      {409, "Conflict: terminated by setWebhook request", Verdict::misconfigured, "webhook"},
      {409, "Conflict: terminated by other getUpdates request", Verdict::misconfigured,
       "another program"},
      {401, "Unauthorized", Verdict::misconfigured, "Unauthorized"},
      {429, "Too Many Requests: retry after 7", Verdict::retry, "retry after 7"},
      {500, "Internal Server Error", Verdict::retry, "500"},
  }));
  CAPTURE(one.status, one.description);
  Json state = Json::object({{"offset", 9003}});
  const Json body =
      Json::object({{"ok", false}, {"error_code", one.status}, {"description", one.description}});
  const Pulled out = parse_pull(pulled(one.status, body.dump()), state);
  CHECK(out.delivery.verdict == one.verdict);
  CHECK_THAT(out.delivery.says, ContainsSubstring(one.says));
  CHECK(out.events.empty());
  CHECK_FALSE(out.again);
  CHECK(state.integer("offset") == 9003);
}

TEST_CASE("channels: hostile pulls bring nothing and move nothing", "[channels][telegram]") {
  for (const char* raw :
       {"", "null", "[]", "<html>", R"({"ok":true})", R"({"ok":true,"result":7})",
        R"({"ok":true,"result":{}})", R"({"ok":true,"result":[null,7,{},{"update_id":"5"}]})",
        R"({"ok":true,"result":[{"update_id":9223372036854775807}]})"}) {
    CAPTURE(raw);
    Json state = Json::object({{"offset", 9003}});
    const Pulled out = parse_pull(pulled(200, raw), state);
    CHECK(out.events.empty());
    CHECK_FALSE(out.again);
    CHECK(state.integer("offset") == 9003);
  }
  HttpReply silent;
  silent.may_have_acted = true;
  Json state;
  CHECK(parse_pull(silent, state).delivery.verdict == Verdict::retry);
}

TEST_CASE("channels: one huge update does not stop those behind it", "[channels][telegram]") {
  HttpReply cut = pulled(200, R"({"ok":true,"result":[{"update_id":9003,"message":{"text":"aaa)");
  cut.error = "the reply is too large";
  Account puller = bot();
  puller.state.set("offset", 9003);
  const Pulled several = parse_pull(cut, puller.state);
  CHECK(several.again);
  CHECK(several.events.empty());
  CHECK(puller.state.integer("offset") == 9003);
  CHECK_THAT(build_pull(puller, 0).body, ContainsSubstring(R"("limit":1,)"));

  const Pulled alone = parse_pull(cut, puller.state);
  CHECK(alone.again);
  REQUIRE(alone.events.size() == 1);
  CHECK(only_event(alone.events.front()).kind == Kind::other);
  CHECK(only_event(alone.events.front()).key == "u9003");
  CHECK(puller.state.integer("offset") == 9004);

  CHECK(parse_pull(pulled_updates(9004, 1), puller.state).again);
  CHECK_THAT(build_pull(puller, 0).body, ContainsSubstring(R"("limit":10,)"));

  puller.state.set("pull_one", true);
  cut.body = "{\"ok\":true,";
  const Pulled strange = parse_pull(cut, puller.state);
  CHECK(strange.delivery.verdict == Verdict::retry);
  CHECK_FALSE(strange.again);
}

}  // namespace flead::channels::telegram::way_in
