#include "core/base/text.h"
#include "core/channels/vk.h"
#include "support/catch.h"
#include "support/vk.h"

namespace flead::channels::vk {

TEST_CASE("channels: connecting VK learns the community and adds our server", "[channels][vk]") {
  Account account = vk_account();
  account.state = Json::object();
  account.hook_secret = std::string(60, 's');
  const std::string hook = "https://acme.test/hooks/vk/chn_1?x=1&y=2";
  const std::vector<std::string> answers = {
      vk_fixture("group.json"),          vk_fixture("permissions.json"),
      R"({"response":{"code":"c1"}})",   "",
      R"({"response":{"server_id":5}})", R"({"response":1})",
      R"({"response":{"code":"c2"}})"};
  std::vector<Form> forms;
  REQUIRE(connect_steps().size() == answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const SetupStep& step = connect_steps()[i];
    CAPTURE(step.name);
    const HttpRequest request = step.build(account, hook);
    CHECK(request.url.empty() == answers[i].empty());
    if (request.url.empty()) {
      forms.emplace_back();
      continue;
    }
    CHECK(request.url == "https://api.vk.ru/method/" + std::string(step.name));
    forms.push_back(form_of(request));
    CHECK(step.parse(vk_answer(answers[i]), account.state).verdict == Verdict::sent);
  }
  CHECK(forms[2].at("group_id") == "777");
  CHECK(forms[4] == Form{{"group_id", "777"},
                         {"url", hook},
                         {"title", "flead"},
                         {"secret_key", std::string(50, 's')},
                         {"v", "5.199"}});
  CHECK(forms[5] == Form{{"group_id", "777"},
                         {"server_id", "5"},
                         {"api_version", "5.199"},
                         {"message_new", "1"},
                         {"message_event", "1"},
                         {"message_allow", "1"},
                         {"message_deny", "1"},
                         {"v", "5.199"}});
  CHECK(account.state.integer("group_id") == 777);
  CHECK(account.state.text("screen_name") == "acme");
  CHECK(account.state.integer("server_id") == 5);
  CHECK(account.state.text("confirmation") == "c2");
}

TEST_CASE("channels: connecting VK again edits the server, or adds one that was deleted",
          "[channels][vk]") {
  Account account = vk_account();
  const SetupStep& edit = connect_steps()[3];
  const SetupStep& add = connect_steps()[4];
  const HttpRequest request = edit.build(account, "https://acme.test/h");
  CHECK(request.url == "https://api.vk.ru/method/groups.editCallbackServer");
  CHECK(form_of(request).at("server_id") == "5");
  CHECK(add.build(account, "https://acme.test/h").url.empty());

  CHECK(edit.parse(vk_error(15), account.state).verdict == Verdict::misconfigured);
  CHECK(account.state.integer("server_id") == 5);
  CHECK(edit.parse(vk_error(104), account.state).verdict == Verdict::sent);
  CHECK_FALSE(add.build(account, "https://acme.test/h").url.empty());
}

TEST_CASE("channels: connecting VK stops where something is missing", "[channels][vk]") {
  struct Case {
    std::size_t step;
    std::string body;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {0, R"({"response":{"groups":[],"profiles":[]}})", Verdict::misconfigured},
      {0, R"({"response":{"groups":[{"id":-7}]}})", Verdict::misconfigured},
      {0, R"({"error":{"error_code":5,"error_msg":"x"}})", Verdict::misconfigured},
      {1, R"({"response":{"mask":0,"permissions":[]}})", Verdict::misconfigured},
      {1, R"({"response":{"permissions":[{"name":"photos"},7,null]}})", Verdict::misconfigured},
      {1, R"({"response":1})", Verdict::misconfigured},
      {2, R"({"response":{}})", Verdict::retry},
      {2, R"({"error":{"error_code":15,"error_msg":"x"}})", Verdict::misconfigured},
      {4, R"({"error":{"error_code":2000,"error_msg":"x"}})", Verdict::misconfigured},
      {4, R"({"response":{"server_id":null}})", Verdict::retry},
      {5, R"({"error":{"error_code":6,"error_msg":"x"}})", Verdict::retry},
      {5, "", Verdict::retry},
  }));
  CAPTURE(one.step, one.body);
  Json state = Json::object({{"group_id", 777}});
  CHECK(connect_steps()[one.step].parse(vk_answer(one.body), state).verdict == one.verdict);
  CHECK(state == Json::object({{"group_id", 777}}));
}

TEST_CASE("channels: another community's token forgets the server of the first one",
          "[channels][vk]") {
  Account account = vk_account();
  const std::string other = R"({"response":{"groups":[{"id":778,"screen_name":"other"}]}})";
  CHECK(connect_steps()[0].parse(vk_answer(other), account.state).verdict == Verdict::sent);
  CHECK(account.state.integer("group_id") == 778);
  CHECK_FALSE(account.state.integer("server_id"));
  CHECK_FALSE(account.state.text("confirmation"));
}

TEST_CASE("channels: disconnecting VK deletes our server once", "[channels][vk]") {
  Account account = vk_account();
  const SetupStep& step = disconnect_steps()[0];
  const Form form = form_of(step.build(account, ""));
  CHECK(form.at("group_id") == "777");
  CHECK(form.at("server_id") == "5");
  const bool gone = GENERATE(false, true);
  const HttpReply reply = gone ? vk_error(104) : vk_answer(R"({"response":1})");
  CHECK(step.parse(vk_error(10), account.state).verdict == Verdict::retry);
  CHECK(account.state.integer("server_id") == 5);
  CHECK(step.parse(reply, account.state).verdict == Verdict::sent);
  CHECK(step.build(account, "").url.empty());
}

TEST_CASE("channels: the state of VK's callback server is told", "[channels][vk]") {
  struct Case {
    std::string status, url;
    Verdict verdict;
  };
  const auto one = GENERATE(values<Case>({
      {"ok", "https://acme.test/h", Verdict::sent},
      {"wait", "https://acme.test/h", Verdict::sent},
      {"ok", "https://stranger.test/h", Verdict::misconfigured},
      {"failed", "https://acme.test/h", Verdict::misconfigured},
      {"unconfigured", "https://acme.test/h", Verdict::misconfigured},
      {"", "https://acme.test/h", Verdict::misconfigured},
  }));
  CAPTURE(one.status, one.url);
  Account account = vk_account();
  account.state.set("hook_url", "https://acme.test/h");
  CHECK(hook_status_steps()[0].build(account, "").url.empty());  // the community is known
  const SetupStep& step = hook_status_steps()[1];
  CHECK(form_of(step.build(account, "")).at("group_id") == "777");
  const std::string body = R"({"response":{"count":1,"items":[{"id":5,"url":")" + one.url +
                           R"(","status":")" + one.status + R"("}]}})";
  CHECK(step.parse(vk_answer(body), account.state).verdict == one.verdict);
}

TEST_CASE("channels: a VK callback server that is not there is misconfigured", "[channels][vk]") {
  const SetupStep& step = hook_status_steps()[1];
  Json state = vk_account().state;
  const std::string listed = vk_fixture("callback_servers.json");
  CHECK(step.parse(vk_answer(listed), state).verdict == Verdict::sent);
  for (const char* body : {R"({"response":{"count":0,"items":[]}})", R"({"response":1})"}) {
    CHECK(step.parse(vk_answer(body), state).verdict == Verdict::misconfigured);
  }
  state.set("server_id", 6);
  CHECK(step.parse(vk_answer(listed), state).verdict == Verdict::misconfigured);
  state.set("server_id", nullptr);
  CHECK(step.parse(vk_answer(listed), state).verdict == Verdict::misconfigured);
  CHECK(step.parse(vk_error(6), state).verdict == Verdict::retry);
}

TEST_CASE("channels: pulling VK goes from the token to the events", "[channels][vk]") {
  Account account = vk_account();
  account.state = Json::object();

  CHECK(build_pull(account, 25).url == "https://api.vk.ru/method/groups.getById");
  CHECK(parse_pull(vk_answer(vk_fixture("group.json")), account.state).again);

  const HttpRequest settings = build_pull(account, 25);
  CHECK(settings.url == "https://api.vk.ru/method/groups.setLongPollSettings");
  CHECK(form_of(settings) == Form{{"group_id", "777"},
                                  {"api_version", "5.199"},
                                  {"enabled", "1"},
                                  {"message_new", "1"},
                                  {"message_event", "1"},
                                  {"message_allow", "1"},
                                  {"message_deny", "1"},
                                  {"v", "5.199"}});
  CHECK(parse_pull(vk_answer(R"({"response":1})"), account.state).again);

  const HttpRequest server = build_pull(account, 25);
  CHECK(server.url == "https://api.vk.ru/method/groups.getLongPollServer");
  CHECK(form_of(server).at("group_id") == "777");
  CHECK(parse_pull(vk_answer(vk_fixture("long_poll_server.json")), account.state).again);

  const HttpRequest poll = build_pull(account, 25);
  CHECK(poll.method == "GET");
  CHECK(poll.url == "https://lp.vk.test/wh777?act=a_check&key=a1b2%2Bc3%2F%3D&ts=7&wait=25");
  CHECK(poll.label == "vk a_check");
  CHECK(header_of(poll, "authorization").empty());
  CHECK(poll.timeout_ms > 25'000);
  CHECK_THAT(build_pull(account, 600).url, ContainsSubstring("&wait=25"));
  CHECK_THAT(build_pull(account, -1).url, ContainsSubstring("&wait=0"));

  const Pulled pulled = parse_pull(vk_answer(vk_fixture("long_poll.json")), account.state);
  CHECK(pulled.delivery.verdict == Verdict::sent);
  CHECK(pulled.again);
  REQUIRE(pulled.events.size() == 2);
  CHECK(only_event(pulled.events[0]).text == "Добрый день");
  CHECK(only_event(pulled.events[0]).key == "p1");
  CHECK(only_event(pulled.events[1]).kind == Inbound::Kind::opt_out);
  CHECK_THAT(build_pull(account, 25).url, ContainsSubstring("&ts=9&"));

  const Pulled quiet = parse_pull(vk_answer(R"({"ts":10,"updates":[]})"), account.state);
  CHECK(quiet.delivery.verdict == Verdict::sent);
  CHECK_FALSE(quiet.again);
  CHECK_THAT(build_pull(account, 25).url, ContainsSubstring("&ts=10&"));
}

TEST_CASE("channels: a VK poll that failed says how to go on", "[channels][vk]") {
  struct Case {
    std::string body;
    bool asks_server;
    std::string ts;  // of the poll that follows
    bool again = true;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"failed":1,"ts":30})", false, "30"},
      {R"({"failed":1,"ts":"30"})", false, "30"},
      {R"({"failed":1})", true, "7"},
      {R"({"failed":2})", true, "12"},
      {R"({"failed":3})", true, "7"},
      {R"({"failed":4,"min_version":0,"max_version":3})", true, "7", false},
  }));
  CAPTURE(one.body);
  Account account = vk_account();
  account.state.set("lp_on", true).set("lp_server", "https://lp.vk.test/old").set("lp_key", "k");
  account.state.set("lp_ts", "12");
  const Pulled pulled = parse_pull(vk_answer(one.body), account.state);
  CHECK(pulled.events.empty());
  CHECK(pulled.again == one.again);
  CHECK((pulled.delivery.verdict == Verdict::sent) == one.again);
  if (one.asks_server) {
    CHECK_THAT(build_pull(account, 0).url, ContainsSubstring("groups.getLongPollServer"));
    CHECK(parse_pull(vk_answer(vk_fixture("long_poll_server.json")), account.state).again);
  }
  CHECK_THAT(build_pull(account, 0).url, ContainsSubstring("&ts=" + one.ts + "&"));
}

TEST_CASE("channels: a VK poll without an answer keeps its place", "[channels][vk]") {
  Account account = vk_account();
  account.state.set("lp_on", true).set("lp_server", "https://lp.vk.test/old").set("lp_key", "k");
  account.state.set("lp_ts", "12");
  HttpReply silent;
  silent.error = "timed out";
  silent.may_have_acted = true;
  const auto one = GENERATE_COPY(values<HttpReply>({
      silent,
      vk_answer("", 502),
      vk_answer("<html>"),
      vk_answer("null"),
      vk_answer(R"({"ts":"13"})"),
      vk_answer(R"({"updates":[]})"),
      vk_answer(R"({"ts":"13","updates":7})"),
  }));
  CAPTURE(one.status, one.body);
  const Pulled pulled = parse_pull(one, account.state);
  CHECK(pulled.delivery.verdict == Verdict::retry);
  CHECK_FALSE(pulled.again);
  CHECK(account.state.text("lp_ts") == "12");
  CHECK_THAT(build_pull(account, 0).url, ContainsSubstring("groups.getLongPollServer"));
}

TEST_CASE("channels: steps towards VK's events that fail are not passed", "[channels][vk]") {
  Json state = Json::object({{"group_id", 777}});
  CHECK(parse_pull(vk_error(15), state).delivery.verdict == Verdict::misconfigured);
  CHECK_FALSE(parse_pull(vk_error(6), state).again);
  state.set("lp_on", true);
  for (const char* body :
       {R"({"response":{}})", R"({"response":{"key":"k","server":"ftp://x","ts":"1"}})",
        R"({"response":{"key":"k","server":"https://a b","ts":"1"}})",
        R"({"response":{"key":"","server":"https://lp.vk.test","ts":"1"}})"}) {
    CAPTURE(body);
    const Pulled pulled = parse_pull(vk_answer(body), state);
    CHECK(pulled.delivery.verdict == Verdict::retry);
    CHECK_FALSE(pulled.again);
  }
  // Long Poll was switched off by hand: the next pull switches it on.
  parse_pull(vk_error(100), state);
  Account account = vk_account();
  account.state = state;
  CHECK_THAT(build_pull(account, 0).url, ContainsSubstring("groups.setLongPollSettings"));
}

}  // namespace flead::channels::vk
