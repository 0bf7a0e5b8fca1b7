// Prints every request that our connectors build, one JSON line each, for check.mjs beside this
// file to hold against the vendors' own schemas. Sends nothing. Every token here is made up.
//
// The steps of setting up are taken from the connectors' own lists, so a new step is checked as
// soon as it is there; a step that builds nothing in any of the states below ends this program with
// an error, because it would go unchecked.
#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "contract/payments.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/text.h"
#include "core/booking/calcom.h"
#include "core/channels/channel.h"
#include "core/channels/chatwoot.h"
#include "core/channels/inbound.h"
#include "core/channels/max.h"
#include "core/channels/telegram.h"
#include "core/channels/vk.h"
#include "core/channels/whatsapp.h"

namespace flead::channels::contract {

namespace {

constexpr std::string_view k_hook_url = "https://flead.example/hooks/kind/chn_1";
constexpr std::string_view k_hook_secret = "0fake0fake0fake0fake0fake0fake00";
constexpr int k_wait_s = 25;

int failures = 0;

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  ++failures;
}

// What differs between the kinds; the rest is the same walk for each.
struct Kit {
  std::string kind;
  // Named, for there may be flavours: "" or "360dialog".
  std::vector<std::pair<std::string, Account>> accounts;
  std::vector<Json> states;  // what setup and pulling may have learned, in the order of learning
  std::string address;
  Result<HttpRequest> (*build_send)(const Account& account, const Outgoing& message) = nullptr;
  HttpRequest (*build_probe)(const Account& account) = nullptr;
};

void print_line(const std::string& provider, const std::string& name, const HttpRequest& request) {
  // The line below would repair what a provider refuses.
  if (repair_utf8(request.body) != request.body) fail(provider + ": " + name + ": no UTF-8");
  Json headers = Json::object();
  for (const auto& [key, value] : request.headers) headers.set(key, value);
  const Json line = Json::object({{"provider", provider},
                                  {"name", name},
                                  {"method", request.method},
                                  {"url", request.url},
                                  {"headers", std::move(headers)},
                                  {"body", request.body}});
  std::printf("%s\n", line.dump().c_str());
}

void print(const Kit& kit, const std::string& name, const HttpRequest& request) {
  print_line(kit.kind, name, request);
}

// ---- messages --------------------------------------------------------------------------------

struct Named {
  std::string name;
  Outgoing message;
};

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Outgoing plain(const std::string& address) {
  Outgoing message;
  message.id = MessageId("msg_01k8000000000000000000421");
  message.address = address;
  message.person = "Ира";
  message.sender = "Acme";
  message.template_name = "lead.greeting";
  message.text = "Ира, здравствуйте! Выберите время.";
  message.locale = "ru";
  message.variables = {{"name", "Ира"}, {"tenant", "Acme"}};
  return message;
}

void add_link(Outgoing& message) {
  message.button_text = "Записаться";
  message.button_url = "https://book.example/x/7Qk?t=a_b-c&lang=ru";
}

void add_replies(Outgoing& message, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    message.reply_buttons.push_back({"Ответ " + number, "snooze:7Qk:" + number});
  }
}

std::vector<Named> messages(const std::string& address) {
  std::vector<Named> out(12, {"", plain(address)});
  std::size_t at = 0;
  const auto next = [&](std::string name) -> Outgoing& {
    out.at(at).name = std::move(name);
    return out.at(at++).message;
  };
  next("text");
  next("advertisement").purpose = "ad";
  add_link(next("link button"));
  add_replies(next("reply buttons"), 2);
  {
    Outgoing& both = next("link and reply buttons");
    add_link(both);
    add_replies(both, 3);
  }
  {
    Outgoing& crowded = next("more buttons than a keyboard holds");
    add_link(crowded);
    add_replies(crowded, 60);
  }
  {
    Outgoing& wordy = next("buttons with too many words");
    add_link(wordy);
    wordy.button_text = repeated("Записаться ", 30);
    wordy.reply_buttons = {{repeated("Не сейчас ", 30), "snooze:7Qk"}, {"Да", repeated("x", 2000)}};
  }
  {
    Outgoing& bare = next("a link without words");
    add_link(bare);
    bare.button_text.clear();
  }
  next("long text").text = repeated("Здравствуйте 👋🏽 ", 900);
  {
    Outgoing& both = next("long text with a link");
    both.text = repeated("Здравствуйте 👋🏽 ", 900);
    add_link(both);
  }
  {
    Outgoing& odd = next("awkward characters");
    odd.text = "\"quotes\" \\ <b>&amp;</b> @all #a\n\tтаб \xF0\x9F\x98\x80 \xFF\xFE end %20 +1 =&";
    odd.button_url = "https://book.example/x/a%20b?q=%D0%B8&r=1#top";
    odd.button_text = "<Да & \"нет\">";
    odd.reply_buttons = {{"\"а\" & <б>", "p:\"1\"&\\"}};
  }
  {
    Outgoing& local = next("a link to this machine");
    add_link(local);
    local.button_url = "http://localhost:8080/b/acme";
  }
  return out;
}

void print_send(const Kit& kit, const std::string& name, const Account& account,
                const Outgoing& message) {
  const auto request = kit.build_send(account, message);
  if (request) {
    print(kit, name, *request);
  } else {
    fail(kit.kind + ": " + name + ": " + request.error().message);
  }
}

void print_sends(const Kit& kit, const std::string& flavour, const Account& account) {
  for (const Named& one : messages(kit.address)) {
    print_send(kit, "send: " + one.name + flavour, account, one.message);
  }
  Outgoing closed = plain(kit.address);
  add_link(closed);
  closed.window_open = false;
  print_send(kit, "send: window closed" + flavour, account, closed);
  if (kit.kind != "whatsapp") return;
  closed.template_name = "booking.reminder";
  print_send(kit, "send: window closed, a template without a link" + flavour, account, closed);
  closed.template_name = "plain";
  print_send(kit, "send: window closed, a template without variables" + flavour, account, closed);
  Outgoing hidden = plain("RU.1502576394655843");
  print_send(kit, "send: to a user id" + flavour, account, hidden);
}

// ---- setup, pulling, answers -----------------------------------------------------------------

void print_steps(const Kit& kit, const std::string& part, std::span<const SetupStep> steps) {
  std::set<std::string> seen;  // the same request in two states is one request
  for (const SetupStep& step : steps) {
    bool built = false;
    for (const auto& [flavour, known] : kit.accounts) {
      for (const Json& state : kit.states) {
        Account account = known;
        account.state = state;
        const HttpRequest request = step.build(account, k_hook_url);
        if (request.url.empty()) continue;
        built = true;
        if (!seen.insert(request.method + request.url + request.body).second) continue;
        print(kit, part + ": " + std::string(step.name) + flavour, request);
      }
    }
    if (!built) fail(kit.kind + ": " + part + ": nothing builds " + std::string(step.name));
  }
}

void print_pulls(const Kit& kit, const Provider& provider, const Account& known) {
  if (provider.build_pull == nullptr) return;
  std::set<std::string> seen;
  for (const Json& state : kit.states) {
    Account account = known;
    account.state = state;
    for (const int wait_s : {0, k_wait_s, 1000}) {
      const HttpRequest request = provider.build_pull(account, wait_s);
      if (seen.insert(request.url + request.body).second) {
        print(kit, "pull: " + request.label, request);
      }
    }
  }
}

void print_answers(const Kit& kit, const Provider& provider, const Account& account) {
  if (provider.build_acknowledge == nullptr) return;
  for (const std::string_view language : {"ru", "en"}) {
    Inbound press;
    press.kind = Inbound::Kind::button;
    press.address = kit.address;
    press.answer_token = "3141592653";
    press.language = language;
    print(kit, "acknowledge: " + std::string(language), provider.build_acknowledge(account, press));
  }
}

void print_all(const Kit& kit) {
  const Provider* provider = find_provider(kit.kind);
  if (provider == nullptr) return fail(kit.kind + ": no such provider");
  for (const auto& [flavour, account] : kit.accounts) {
    if (kit.build_send != nullptr) print_sends(kit, flavour, account);
    print(kit, "probe: " + kit.kind + flavour, kit.build_probe(account));
  }
  print_steps(kit, "connect", provider->connect);
  print_steps(kit, "disconnect", provider->disconnect);
  print_steps(kit, "hook status", provider->hook_status);
  print_pulls(kit, *provider, kit.accounts.front().second);
  print_answers(kit, *provider, kit.accounts.front().second);
}

// ---- the kinds -------------------------------------------------------------------------------

template <HttpRequest (*Build)(const Account&, const Outgoing&)>
Result<HttpRequest> always(const Account& account, const Outgoing& message) {
  return Build(account, message);
}

Account account_of(Result<Json> config, std::string secret) {
  Account account;
  account.id = ChannelId("chn_1");
  account.secret = std::move(secret);
  account.hook_secret = k_hook_secret;
  if (config) {
    account.config = std::move(*config);
  } else {
    fail(config.error().message);
  }
  return account;
}

Json json_of(std::string_view text) {
  auto json = parse_json(text);
  if (!json) fail("bad JSON in requests.cpp: " + json.error().message);
  return json ? std::move(*json) : Json::object();
}

Kit telegram_kit() {
  return {.kind = "telegram",
          .accounts = {{"", account_of(telegram::check_config(Json::object()),
                                       "700:fake-token-of-no-bot-at-all-000000")}},
          .states = {Json::object(), json_of(R"({"username":"acme_bot","bot_id":"700",
              "hook_url":"https://flead.example/hooks/kind/chn_1","offset":9002})"),
                     json_of(R"({"offset":9003,"pull_one":true})")},
          .address = "501",
          .build_send = always<telegram::build_send>,
          .build_probe = telegram::build_probe};
}

Kit vk_kit() {
  return {.kind = "vk",
          .accounts = {{"", account_of(vk::check_config(Json::object()), "vk1.a.fake-token")}},
          .states = {Json::object(), json_of(R"({"group_id":777,"screen_name":"acme"})"),
                     json_of(R"({"group_id":777,"screen_name":"acme","server_id":3,"lp_on":true})"),
                     json_of(R"({"group_id":777,"screen_name":"acme","lp_on":true,
              "lp_server":"https://lp.vk.ru/wh777","lp_key":"fake key+/=","lp_ts":"8"})")},
          .address = "501",
          .build_send = always<vk::build_send>,
          .build_probe = vk::build_probe};
}

Kit max_kit() {
  return {.kind = "max",
          .accounts = {{"", account_of(max_messenger::check_config(Json::object()),
                                       "fake-token-of-no-bot")}},
          .states = {Json::object(), json_of(R"({"username":"acme_bot","user_id":"229",
              "hook_url":"https://flead.example/hooks/kind/chn_1","marker":25493970})"),
                     json_of(R"({"marker":25493970,"pull_limit":1})")},
          .address = "501",
          .build_send = always<max_messenger::build_send>,
          .build_probe = max_messenger::build_probe};
}

Kit whatsapp_kit() {
  Json config = json_of(R"({"phone_number_id":"1065","waba_id":"4195","templates":{
      "lead.greeting":{"name":"booking_invite","language":"ru","parameters":["name|друг","tenant"],
                       "button":true,"button_prefix":"https://book.example/x/"},
      "booking.reminder":{"name":"reminder","language":"en_US","parameters":["name|друг"]},
      "plain":{"name":"hello","language":"ru"}}})");
  const auto cloud = whatsapp::check_config(config);
  config.set("flavour", "360dialog");
  const auto dialog = whatsapp::check_config(config);
  return {.kind = "whatsapp",
          .accounts = {{"", account_of(cloud, "EAAfakefakefake")},
                       {" (360dialog)", account_of(dialog, "fake-key-of-360dialog")}},
          .states = {Json::object()},
          .address = "+79991234567",
          .build_send = whatsapp::build_send,
          .build_probe = whatsapp::build_probe};
}

}  // namespace

// An inbox of people sends to no lead: its conversations are walked through instead.
Kit chatwoot_kit() {
  return {.kind = "chatwoot",
          .accounts = {{"", account_of(chatwoot::check_config(
                                           json_of(R"({"account":"7","inbox":"12","team":"3"})")),
                                       "fake-token-of-an-operator")},
                       {" (first time)",
                        account_of(chatwoot::check_config(json_of(R"({"account":"7"})")),
                                   "fake-token-of-an-operator")}},
          .states = {Json::object(), json_of(R"({"role":"administrator","inbox_id":12})"),
                     json_of(R"({"role":"administrator","inbox_id":12,"webhook_id":5})")},
          .address = "42",
          .build_probe = chatwoot::build_probe};
}

void print_desk(const Kit& kit) {
  const Account& account = kit.accounts.front().second;
  const auto show = [&](const std::string& name, const HttpRequest& request) {
    print(kit, "desk: " + name, request);
  };
  const chatwoot::Person whole{"flead:lead_1", "Ира \"И\" <b>", "ira@example.ru", "+79161234567"};
  const chatwoot::Person bare{"flead:lead_2", "", "", ""};
  for (const std::string_view words : {"ira@example.ru", "+79161234567", "flead:lead_1"}) {
    show("find " + std::string(words), chatwoot::build_find_contact(account, words));
  }
  show("make a contact", chatwoot::build_create_contact(account, whole));
  show("make a contact without an address", chatwoot::build_create_contact(account, bare));
  show("conversations", chatwoot::build_conversations(account, "9"));
  show("open", chatwoot::build_open(account, "9", LeadId("lead_1")));
  const std::string text = repeated("Здравствуйте 👋🏽 ", 900);
  for (const auto& [name, incoming, note] :
       {std::tuple{"theirs", true, false}, std::tuple{"ours", false, false},
        std::tuple{"a note", false, true}}) {
    show(std::string("line: ") + name,
         chatwoot::build_line(account, "42", {"flead:msg_1", text, incoming, note}));
  }
  show("messages", chatwoot::build_messages(account, "42"));
  show("label", chatwoot::build_label(account, "42"));
  show("assign", chatwoot::build_assign(account, "42"));
  for (const std::string_view status : {"open", "resolved"}) {
    show("status " + std::string(status), chatwoot::build_status(account, "42", status));
  }
  show("conversation", chatwoot::build_conversation(account, "42"));
  show("delivered", chatwoot::build_report(account, "42", "77", "delivered", ""));
  show("failed", chatwoot::build_report(account, "42", "77", "failed", "blocked"));
}

// A calendar sends to nobody: what it is asked and told.
void print_calcom() {
  namespace calcom = booking::calcom;
  Kit kit;
  kit.kind = "calcom";
  const calcom::Access access{std::string(calcom::k_base_url), "cal_live_0fake0key", ""};
  const auto show = [&](const std::string& name, const HttpRequest& request) {
    print(kit, name, request);
  };
  show("connect: me", calcom::build_me(access));
  show("connect: event types", calcom::build_event_types(access, "anna-и"));
  show("connect: webhooks", calcom::build_webhooks(access, 100));
  const std::string url(k_hook_url);
  show("connect: new webhook", calcom::build_set_webhook(access, {"", url, "0fake"}));
  show("connect: webhook again", calcom::build_set_webhook(access, {"41", url, "0fake"}));
  show("hook status: webhook", calcom::build_webhook(access, "41"));
  show("disconnect: webhook", calcom::build_delete_webhook(access, "41"));
  show("read: booking", calcom::build_booking(access, "kX2pQ9"));
  calcom::ListQuery query;
  query.event_type = 812;
  query.after_start = 1'764'579'600'000;
  show("read: what is coming", calcom::build_bookings(access, query));
  query = {812, std::nullopt, 1'764'579'600'538, 200};
  show("read: what has changed", calcom::build_bookings(access, query));
}

int run() {
  for (const Kit& kit : {telegram_kit(), vk_kit(), max_kit(), whatsapp_kit(), chatwoot_kit()}) {
    print_all(kit);
  }
  print_desk(chatwoot_kit());
  money::contract::each_request(print_line);
  print_calcom();
  return failures == 0 ? 0 : 1;
}

}  // namespace flead::channels::contract

int main() {
  return flead::channels::contract::run();
}
