#include "core/channels/vk.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"
#include "support/catch.h"
#include "support/vk.h"

namespace flead::channels::vk {

namespace {

const Json& button_at(const Json& list, std::size_t index) {
  REQUIRE(list.items().size() > index);
  return list.items()[index];
}

Outgoing vk_message() {
  Outgoing message;
  message.id = MessageId("msg_01k0000000000000000000000a");
  message.address = "501";
  message.text = "Анна, спасибо & до встречи = 5+5";
  return message;
}

Json buttons_of(const Outgoing& message) {
  const Form form = form_of(build_send(vk_account(), message));
  const auto keyboard = parse_json(form.at("keyboard"));
  REQUIRE(keyboard);
  CHECK(keyboard->boolean("inline") == true);
  CHECK(keyboard->find("one_time") == nullptr);
  return *keyboard->find("buttons");
}

}  // namespace

TEST_CASE("channels: a VK message is a form with the token in a header", "[channels][vk]") {
  const HttpRequest request = build_send(vk_account(), vk_message());
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.vk.ru/method/messages.send");
  CHECK(request.label == "vk messages.send");
  CHECK(header_of(request, "authorization") == "Bearer vk1.a.token");
  CHECK(header_of(request, "content-type") == "application/x-www-form-urlencoded");
  CHECK(request.body.find("vk1.a.token") == std::string::npos);
  const Form form = form_of(request);
  CHECK(form.at("peer_id") == "501");
  CHECK(form.at("message") == "Анна, спасибо & до встречи = 5+5");
  CHECK(form.at("dont_parse_links") == "1");
  CHECK(form.at("v") == "5.199");
  CHECK(form.at("random_id") == std::to_string(random_id(vk_message().id)));
  CHECK(form.count("keyboard") == 0);
}

TEST_CASE("channels: the random_id of a VK message is fixed and in range", "[channels][vk]") {
  std::set<std::int64_t> seen;
  for (int i = 0; i < 500; ++i) {
    const MessageId id("msg_" + std::to_string(i));
    const std::int64_t ours = random_id(id);
    CHECK(ours == random_id(id));
    CHECK(ours >= 1);
    CHECK(ours <= 2147483647);
    seen.insert(ours);
  }
  CHECK(seen.size() >= 499);
}

TEST_CASE("channels: a VK text over the limit is cut, and bad UTF-8 is repaired",
          "[channels][vk]") {
  Account account = vk_account();
  account.config.set("text_characters_max", 100);
  Outgoing message = vk_message();
  message.text.clear();
  for (int i = 0; i < 101; ++i) message.text += "😀";
  const std::string cut = form_of(build_send(account, message)).at("message");
  CHECK(utf8_length(cut) == 100);
  CHECK(cut.ends_with("😀…"));
  message.text = "a\xff";
  CHECK(form_of(build_send(account, message)).at("message") == "a\xEF\xBF\xBD");
}

TEST_CASE("channels: a VK message carries its link and its answers as buttons", "[channels][vk]") {
  Outgoing message = vk_message();
  message.button_text = "Выбрать \"время\"";
  message.button_url = "https://acme.test/b/acme?t=1&x=2";
  message.reply_buttons = {{"Не сейчас", "snooze:\"1\""}, {"Стоп", "stop"}};
  const Json rows = buttons_of(message);
  REQUIRE(rows.items().size() == 3);
  const Json& link = button_at(button_at(rows, 0), 0);
  CHECK(link.text("action.type") == "open_link");
  CHECK(link.text("action.label") == "Выбрать \"время\"");
  CHECK(link.text("action.link") == "https://acme.test/b/acme?t=1&x=2");
  CHECK(link.find("color") == nullptr);
  const Json& reply = button_at(button_at(rows, 1), 0);
  CHECK(reply.text("action.type") == "callback");
  CHECK(reply.text("action.label") == "Не сейчас");
  CHECK(reply.text("color") == "secondary");
  const auto payload = parse_json(reply.text("action.payload").value_or(""));
  REQUIRE(payload);
  CHECK(payload->text("p") == "snooze:\"1\"");
}

TEST_CASE("channels: a VK keyboard keeps within the limits of an inline one", "[channels][vk]") {
  struct Case {
    std::size_t replies;
    bool link;
  };
  const auto one = GENERATE(values<Case>({
      {1, false},
      {6, false},
      {7, false},
      {12, false},
      {0, true},
      {5, true},
      {6, true},
      {40, true},
  }));
  CAPTURE(one.replies, one.link);
  Outgoing message = vk_message();
  if (one.link) message.button_url = "https://acme.test/" + std::string(60, 'x');
  for (std::size_t i = 0; i < one.replies; ++i) {
    message.reply_buttons.push_back({std::string(60, 'w'), "p" + std::to_string(i)});
  }
  const Json rows = buttons_of(message);
  CHECK(rows.items().size() <= 6);
  std::size_t buttons = 0;
  for (const Json& row : rows.items()) {
    CHECK_FALSE(row.items().empty());
    CHECK(row.items().size() <= 5);
    for (const Json& button : row.items()) {
      ++buttons;
      CHECK(utf8_length(button.text("action.label").value_or("")) == 40);
    }
  }
  CHECK(buttons == std::min(one.replies, k_reply_buttons_max) + (one.link ? 1 : 0));
}

TEST_CASE("channels: a button that VK would refuse does not cost the message", "[channels][vk]") {
  Outgoing message = vk_message();
  message.reply_buttons = {{" ", "a"}, {"Да", std::string(300, 'x')}};
  CHECK(form_of(build_send(vk_account(), message)).count("keyboard") == 0);
}

TEST_CASE("channels: every error of VK has its verdict", "[channels][vk]") {
  struct Case {
    int code;
    Verdict verdict;
    std::int64_t retry_after_ms = 0;
    bool hold = false;
    std::string words = "words";
  };
  const auto one = GENERATE(values<Case>({
      {1, Verdict::ambiguous},
      {2, Verdict::misconfigured},
      {3, Verdict::misconfigured},
      {5, Verdict::misconfigured},
      {6, Verdict::retry, 1000, true},
      {7, Verdict::misconfigured},
      {8, Verdict::rejected},
      {8, Verdict::misconfigured, 0, false, "Invalid request: version is too old"},
      {9, Verdict::retry, 600'000, false},
      {10, Verdict::ambiguous},
      {13, Verdict::ambiguous},
      {14, Verdict::misconfigured},
      {15, Verdict::misconfigured},
      {18, Verdict::unreachable},
      {20, Verdict::misconfigured},
      {23, Verdict::misconfigured},
      {27, Verdict::misconfigured},
      {28, Verdict::misconfigured},
      {29, Verdict::retry, 3'600'000, true},
      {100, Verdict::rejected},
      {113, Verdict::unreachable},
      {125, Verdict::misconfigured},
      {203, Verdict::misconfigured},
      {900, Verdict::unreachable},
      {901, Verdict::unreachable},
      {902, Verdict::unreachable},
      {911, Verdict::rejected},
      {912, Verdict::misconfigured},
      {913, Verdict::rejected},
      {914, Verdict::rejected},
      {917, Verdict::unreachable},
      {932, Verdict::unreachable},
      {936, Verdict::unreachable},
      {940, Verdict::retry, 600'000, false},
      {943, Verdict::misconfigured},
      {944, Verdict::misconfigured},
      {945, Verdict::unreachable},
      {946, Verdict::unreachable},
      {950, Verdict::unreachable},
      {962, Verdict::unreachable},
      {985, Verdict::unreachable},
      {987, Verdict::unreachable},
      {988, Verdict::unreachable},
      {2000, Verdict::misconfigured},
      {77777, Verdict::ambiguous},
  }));
  CAPTURE(one.code, one.words);
  const Delivery delivery = parse_send(vk_error(one.code, one.words));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.retry_after_ms == one.retry_after_ms);
  CHECK(delivery.hold_channel == one.hold);
  CHECK_FALSE(delivery.delivered);
  CHECK(delivery.provider_id.empty());
  CHECK_THAT(delivery.says, ContainsSubstring(one.words));
  CHECK(delivery.says.find("501") == std::string::npos);
  // The HTTP status of an error is not documented: only the body counts.
  HttpReply other = vk_error(one.code, one.words);
  other.status = 400;
  CHECK(parse_send(other).verdict == one.verdict);
}

TEST_CASE("channels: a VK error tells its words and nothing of what we sent", "[channels][vk]") {
  const Delivery delivery = parse_send(vk_answer(vk_fixture("error_901.json")));
  CHECK(delivery.verdict == Verdict::unreachable);
  CHECK(delivery.says == "901 Can't send messages for users without permission");
}

TEST_CASE("channels: a message that VK took is delivered", "[channels][vk]") {
  const Delivery sent = parse_send(vk_answer(vk_fixture("sent.json")));
  CHECK(sent.verdict == Verdict::sent);
  CHECK(sent.provider_id == "4417");
  CHECK(sent.delivered);
  // What a repeat is answered with is not documented; any whole number means that it was taken.
  const Delivery repeated = parse_send(vk_answer(R"({"response":0})"));
  CHECK(repeated.verdict == Verdict::sent);
  CHECK(repeated.provider_id.empty());
}

TEST_CASE("channels: any bytes from VK give a verdict", "[channels][vk]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    bool hold = false;
  };
  const auto one = GENERATE(values<Case>({
      {200, "", Verdict::ambiguous},
      {200, "null", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, "{}", Verdict::ambiguous},
      {200, "7", Verdict::ambiguous},
      {200, R"({"response":null})", Verdict::ambiguous},
      {200, R"({"response":{}})", Verdict::ambiguous},
      {200, R"({"response":[]})", Verdict::ambiguous},
      {200, R"({"response":true})", Verdict::ambiguous},
      {200, R"({"response":1.5})", Verdict::ambiguous},
      {200, R"({"response":-1})", Verdict::ambiguous},
      {200, R"({"response":"x"})", Verdict::ambiguous},
      {200, R"({"error":"invalid_token"})", Verdict::ambiguous},
      {200, R"({"error":{}})", Verdict::ambiguous},
      {200, R"({"error":{"error_code":[],"error_msg":7}})", Verdict::ambiguous},
      {200, R"({"error":{"error_code":99999999999999999999}})", Verdict::ambiguous},
      {200, R"({"error":{"error_code":0}})", Verdict::ambiguous},
      {200, R"({"error":{"error_code":-5}})", Verdict::ambiguous},
      {200, R"({"error":{"error_code":"901"}})", Verdict::unreachable},
      {200, "{\"response\":\xff}", Verdict::ambiguous},
      {200, "<html>proxy</html>", Verdict::ambiguous},
      {200, std::string(100'000, '['), Verdict::ambiguous},
      {301, "", Verdict::misconfigured},
      {400, "", Verdict::rejected},
      {401, "", Verdict::misconfigured},
      {403, "", Verdict::misconfigured},
      {404, "", Verdict::misconfigured},
      {408, "", Verdict::retry},
      {429, "", Verdict::retry, true},
      {500, "", Verdict::ambiguous},
      {502, R"({"response":1})", Verdict::ambiguous},
      {-1, "", Verdict::ambiguous},
  }));
  CAPTURE(one.status, one.body.substr(0, 80));
  const Delivery delivery = parse_send(vk_answer(one.body, one.status));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.hold_channel == one.hold);
  CHECK((!one.hold || delivery.retry_after_ms > 0));
}

TEST_CASE("channels: an answer of VK that was cut short settles nothing", "[channels][vk]") {
  for (const char* name : {"sent.json", "error_901.json"}) {
    const std::string whole(trim(vk_fixture(name)));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(name, size);
      CHECK(parse_send(vk_answer(whole.substr(0, size))).verdict == Verdict::ambiguous);
    }
  }
}

TEST_CASE("channels: no answer of VK's is ambiguous only when the request left", "[channels][vk]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(parse_send(silent).verdict == Verdict::retry);
  CHECK(parse_probe(silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(parse_send(silent).verdict == Verdict::ambiguous);
  CHECK(parse_probe(silent).verdict == Verdict::retry);  // a question may be asked again
  silent.untrusted = true;
  CHECK(parse_send(silent).verdict == Verdict::misconfigured);
  HttpReply busy = vk_answer("", 429);
  busy.retry_after_ms = 7000;
  CHECK(parse_send(busy).retry_after_ms == 7000);
}

TEST_CASE("channels: the settings of a VK channel are checked", "[channels][vk]") {
  const auto plain = check_config(Json::object());
  REQUIRE(plain);
  CHECK(plain->text("base_url") == "https://api.vk.ru");
  CHECK(plain->text("api_version") == "5.199");
  CHECK(plain->integer("text_characters_max") == 4096);
  const auto set = check_config(Json::object({{"base_url", "http://127.0.0.1:9090/vk/"},
                                              {"api_version", "5.236"},
                                              {"text_characters_max", "9000"}}));
  REQUIRE(set);
  CHECK(set->text("base_url") == "http://127.0.0.1:9090/vk");
  CHECK(set->text("api_version") == "5.236");
  CHECK(set->integer("text_characters_max") == 9000);

  struct Case {
    std::string name;
    Json value;
  };
  for (const auto& one :
       {Case{"base_url", "vk.ru"}, Case{"api_version", "five"}, Case{"api_version", "5"},
        Case{"api_version", ".1"}, Case{"api_version", "5."}, Case{"api_version", "5.1.1"},
        Case{"api_version", "5.19999999999"}, Case{"text_characters_max", 99},
        Case{"text_characters_max", 9001}, Case{"text_characters_max", "many"},
        Case{"text_characters_max", nullptr}}) {
    CAPTURE(one.name, one.value.dump());
    const auto checked = check_config(Json::object({{one.name, one.value}}));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == one.name + "_invalid");
  }
}

TEST_CASE("channels: the probe of VK names the community", "[channels][vk]") {
  const HttpRequest request = build_probe(vk_account());
  CHECK(request.url == "https://api.vk.ru/method/groups.getById");
  CHECK(request.body == "v=5.199");
  const Delivery good = parse_probe(vk_answer(vk_fixture("group.json")));
  CHECK(good.verdict == Verdict::sent);
  CHECK(good.says == "@acme");
  CHECK(parse_probe(vk_answer(R"({"response":[{"id":777}]})")).says == "community 777");
  CHECK(parse_probe(vk_answer(R"({"response":{"groups":[]}})")).verdict == Verdict::misconfigured);
  CHECK(parse_probe(vk_error(5)).verdict == Verdict::misconfigured);
  CHECK(parse_probe(vk_error(10)).verdict == Verdict::retry);
  CHECK(parse_probe(vk_answer("nonsense")).verdict == Verdict::retry);
}

TEST_CASE("channels: a VK start link carries the token", "[channels][vk]") {
  Account account = vk_account();
  CHECK(start_link(account, "L7Qk_Z-2") == "https://vk.me/acme?ref=L7Qk_Z-2&ref_source=flead");
  account.state = Json::object();
  CHECK(start_link(account, "L7QkZ2").empty());
}

}  // namespace flead::channels::vk
