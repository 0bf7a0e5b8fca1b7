// What `flead webhook`, `flead route` and `flead trigger` promise.
#include <memory>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/base/world.h"
#include "core/channels/inbox.h"
#include "core/channels/route_log.h"
#include "core/intake/lead.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"
#include "support/catch.h"
#include "support/command_line.h"
#include "support/fakes.h"

namespace flead::cli::channel_cases {
namespace {

using test::CommandLine;
using test::Ran;

constexpr const char* k_update =
    R"({"update_id":7,"message":{"message_id":1,"date":1767603600,"text":"Можно завтра?",)"
    R"("chat":{"id":501,"type":"private"},"from":{"id":501,"is_bot":false,"first_name":"Ира"}}})";

// A tenant with a Telegram channel whose hook is known by "open-sesame".
Json add_telegram(CommandLine& flead) {
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  flead.write_file("bot.token", "700:token\n");
  flead.write_file("hook.secret", "open-sesame\n");
  return flead.json({"channel", "add", "telegram", "--no-connect", "--secret-file",
                     flead.path("bot.token"), "--hook-secret-file", flead.path("hook.secret")});
}

// The store as the server would have it open, for what no command writes.
template <class Work>
void in_store(CommandLine& flead, TimeMs at, Work&& work) {
  store::OpenOptions options;
  options.path = flead.path("flead.db");
  const auto opened = store::open_sqlite(options);
  REQUIRE(opened);
  test::FixedClock clock;
  clock.set(at);
  test::SeededRandom random;
  World world{clock, random};
  REQUIRE((*opened)->write([&](store::Tx& tx) -> Status { return work(world, clock, tx); }));
}

const TimeMs k_then = *parse_time("2026-01-05T09:00:00Z");

// `count` calls of this channel's provider, a second apart.
void keep_calls(CommandLine& flead, const Json& channel, int count, TimeMs at = k_then) {
  in_store(flead, at, [&](World& world, test::FixedClock& clock, store::Tx& tx) -> Status {
    const ChannelId id(channel.text("id").value_or(""));
    FLEAD_TRY(const auto found, channels::load_channel(tx, id));
    for (int number = 0; number < count; ++number) {
      clock.advance(1000);
      FLEAD_CHECK(channels::keep_callback(world, tx, found, "hook", std::to_string(number),
                                          number == 0 ? k_update : "{}"));
    }
    return {};
  });
}

std::string add_lead(CommandLine& flead) {
  return *flead
              .json({"lead", "add", "--name", "Анна", "--phone", "+79160000001", "--consent",
                     "processing"})
              .text("id");
}

// The double at the other end of `flead trigger`: keeps what it was asked, says what it is told.
struct DoubleSaid {
  std::vector<channels::HttpRequest> asked;
  channels::HttpReply reply;
};

class DoubleTransport final : public channels::Transport {
 public:
  explicit DoubleTransport(DoubleSaid& said) : said_(said) {}
  channels::HttpReply http(const channels::HttpRequest& request) override {
    said_.asked.push_back(request);
    return said_.reply;
  }
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }

 private:
  DoubleSaid& said_;
};

Ran run_with(CommandLine& flead, DoubleSaid& said, const std::vector<std::string>& args) {
  Ports ports;
  ports.make_transport = [&said] { return std::make_unique<DoubleTransport>(said); };
  flead.shell.out_text.clear();
  flead.shell.err_text.clear();
  Ran ran;
  ran.exit = run(args, std::move(ports), flead.shell);
  ran.out = flead.shell.out_text;
  ran.err = flead.shell.err_text;
  return ran;
}

DoubleSaid answering(int status, const std::string& body) {
  DoubleSaid said;
  said.reply.status = status;
  said.reply.body = body;
  return said;
}

Json asked_event(const DoubleSaid& said) {
  REQUIRE(said.asked.size() == 1);
  const auto event = parse_json(said.asked.front().body);
  REQUIRE(event);
  return *event;
}

}  // namespace

TEST_CASE("webhook: the log lists calls newest first, in pages, without their bodies", "[cli]") {
  CommandLine flead;
  const Json channel = add_telegram(flead);
  CHECK(flead.json({"webhook", "log"}).items().empty());
  keep_calls(flead, channel, 3);
  const Json all = flead.json({"webhook", "log"});
  REQUIRE(all.items().size() == 3);
  CHECK(all.items()[0].text("delivery_id") == "2");
  CHECK(all.items()[0].text("channel") == "telegram");
  CHECK(all.items()[0].text("state") == "waiting");
  CHECK(all.items()[0].find("body") == nullptr);
  const Ran page = flead.run({"webhook", "log", "--limit", "2", "--json"});
  const std::string last = *all.items()[1].text("id");
  CHECK_THAT(page.err, ContainsSubstring("--cursor " + last));
  const Json rest = flead.json({"webhook", "log", "--cursor", last});
  REQUIRE(rest.items().size() == 1);
  CHECK(rest.items()[0].text("delivery_id") == "0");
  CHECK(flead.run({"webhook", "log", "--limit", "3"}).err.find("--cursor") == std::string::npos);
}

TEST_CASE("webhook: the log is filtered by channel, state and time", "[cli]") {
  CommandLine flead;
  const Json channel = add_telegram(flead);
  keep_calls(flead, channel, 2);
  const auto count = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"webhook", "log"};
    args.insert(args.end(), more.begin(), more.end());
    return flead.json(args).items().size();
  };
  CHECK(count({"--channel", "telegram"}) == 2);
  CHECK(count({"--channel", *channel.text("id")}) == 2);
  CHECK(count({"--channel", "file"}) == 0);
  CHECK(count({"--state", "waiting"}) == 2);
  CHECK(count({"--state", "done"}) == 0);
  CHECK(count({"--since", "2026-01-05T09:00:02Z"}) == 1);
  CHECK(count({"--until", "2026-01-05T09:00:02Z"}) == 1);
  CHECK(flead.run({"webhook", "log", "--channel", "pigeon"}).exit == 3);
  CHECK(flead.run({"webhook", "log", "--state", "lost"}).exit == 2);
  CHECK(flead.run({"webhook", "log", "--cursor", "evt_1"}).exit == 2);
  // What a removed channel told is found by its id.
  REQUIRE(flead.run({"channel", "remove", "telegram", "--yes"}).exit == 0);
  CHECK(count({"--channel", *channel.text("id")}) == 2);
  CHECK(count({}) == 2);
  REQUIRE(flead.run({"tenant", "add", "other"}).exit == 0);
  CHECK(flead.run({"webhook", "log", "--tenant", "other", "--channel", *channel.text("id")}).exit ==
        3);
}

TEST_CASE("webhook: one call is shown as it came, and read again", "[cli]") {
  CommandLine flead;
  // Of today: what is old is cleared away by whoever works.
  keep_calls(flead, add_telegram(flead), 1, system_clock().now() - 5000);
  const std::string id = *flead.json({"webhook", "log"}).items()[0].text("id");
  const Json shown = flead.json({"webhook", "show", id});
  CHECK(shown.text("body") == k_update);
  CHECK(shown.text("channel") == "telegram");
  CHECK(flead.run({"work", "--once"}).exit == 0);
  CHECK(flead.json({"webhook", "show", id}).text("state") == "done");
  CHECK(flead.json({"webhook", "show", id}).text("told") == "text");
  CHECK(flead.run({"webhook", "replay", id, "--dry-run"}).exit == 0);
  CHECK(flead.json({"webhook", "show", id}).text("state") == "done");
  CHECK(flead.json({"webhook", "replay", id}).text("state") == "waiting");
  CHECK(flead.json({"webhook", "show", id}).text("state") == "waiting");
  CHECK(flead.run({"webhook", "show", "raw_unknown"}).exit == 3);
  CHECK(flead.run({"webhook", "replay", "raw_unknown"}).exit == 3);
  REQUIRE(flead.run({"tenant", "add", "other"}).exit == 0);
  CHECK(flead.run({"webhook", "show", id, "--tenant", "other"}).exit == 3);
  CHECK(flead.run({"webhook", "replay", id, "--tenant", "other"}).exit == 3);
}

TEST_CASE("webhook: verify says genuine or not, and what is in the call", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  flead.write_file("update.json", k_update);
  const std::string name = "X-Telegram-Bot-Api-Secret-Token: ";
  const std::vector<std::string> call = {
      "webhook", "verify", "telegram", "--body", flead.path("update.json"), "--header"};
  const auto with = [&](const std::string& header) {
    std::vector<std::string> args = call;
    args.push_back(header);
    return args;
  };
  const Json good = flead.json(with(name + "open-sesame"));
  CHECK(good.boolean("genuine") == true);
  REQUIRE(good.find("events")->items().size() == 1);
  const Json& event = good.find("events")->items()[0];
  CHECK(event.text("kind") == "text");
  CHECK(event.text("key") == "u7");
  CHECK(event.text("address") == "501");
  CHECK(event.text("text") == "Можно завтра?");
  CHECK(event.text("at") == "2026-01-05T09:00:00.000Z");
  CHECK(event.find("verdict")->is_null());

  std::vector<std::string> forged_line = with(name + "guessed");
  forged_line.emplace_back("--json");
  const Ran forged = flead.run(forged_line);
  CHECK(forged.exit == 8);
  const auto said = parse_json(forged.out);
  REQUIRE(said);
  CHECK(said->boolean("genuine") == false);
  CHECK(said->find("events")->items().size() == 1);
  CHECK_THAT(forged.err, ContainsSubstring("not_genuine"));
  CHECK((forged.out + forged.err).find("open-sesame") == std::string::npos);
  CHECK(flead.run({"webhook", "verify", "telegram", "--body", flead.path("update.json")}).exit ==
        8);
  // Nothing of all that is kept.
  CHECK(flead.json({"webhook", "log"}).items().empty());
}

TEST_CASE("webhook: verify reads standard input, queries and hostile bytes", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  const std::string header = "x-telegram-bot-api-secret-token:open-sesame";
  flead.shell.input = std::string("\xff\x00{[", 4);
  const Json hostile =
      flead.json({"webhook", "verify", "telegram", "--header", header, "--body", "-"});
  CHECK(hostile.boolean("genuine") == true);
  CHECK(hostile.find("events")->items().empty());
  CHECK(flead.run({"webhook", "verify", "telegram", "--header", header, "--query", "a=b"}).exit ==
        0);
  CHECK(flead.run({"webhook", "verify", "telegram", "--header", "nonsense"}).exit == 2);
  CHECK(flead.run({"webhook", "verify", "telegram", "--header", ": x"}).exit == 2);
  CHECK(flead.run({"webhook", "verify", "telegram", "--query", "nonsense"}).exit == 2);
  CHECK(flead.run({"webhook", "verify", "telegram", "--body", flead.path("none")}).exit == 2);
  CHECK(flead.run({"webhook", "verify", "file"}).exit == 6);
  CHECK(flead.run({"webhook", "verify", "pigeon"}).exit == 3);
}

TEST_CASE("route: set, shown and cleared", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  const Json steps = flead.json({"route", "set", "max 10m → telegram 10m → sms"});
  REQUIRE(steps.items().size() == 3);
  CHECK(steps.items()[0].text("channel") == "max");
  CHECK(steps.items()[0].text("wait") == "10m");
  CHECK(steps.items()[0].find("channels")->items().empty());
  CHECK(steps.items()[1].find("channels")->items()[0].text() == "telegram");
  CHECK(steps.items()[2].find("wait")->is_null());
  CHECK_THAT(flead.run({"route", "set", "max 10m, telegram"}).err,
             ContainsSubstring("flead channel add max"));
  REQUIRE(flead.run({"config", "set", "quiet.hours", "22:00-08:00"}).exit == 0);
  REQUIRE(flead.run({"config", "set", "route.cost_max", "30.00"}).exit == 0);
  Json shown = flead.json({"route", "show"});
  CHECK(shown.text("route") == "max 10m, telegram");
  CHECK(shown.find("steps")->items().size() == 2);
  CHECK(shown.text("quiet_hours") == "22:00-08:00");
  CHECK(shown.text("foreign") == "allow");
  CHECK(shown.text("cost_max") == "30.00");
  CHECK(flead.json({"route", "clear"}).items().empty());
  CHECK(flead.json({"route", "show"}).text("route") == "");
  REQUIRE(flead.run({"route", "set", "sms"}).exit == 0);
  CHECK(flead.run({"route", "set", "email", "--dry-run"}).exit == 0);
  CHECK(flead.json({"route", "show"}).text("route") == "sms");
  const Ran empty = flead.run({"route", "set", ""});
  CHECK(empty.exit == 0);
  CHECK_THAT(empty.err, ContainsSubstring("email, sms"));
  CHECK(flead.json({"route", "show"}).text("route") == "");
}

TEST_CASE("route: a step that is no channel is refused, and nothing changes", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  REQUIRE(flead.run({"channel", "add", "file", "--name", "second"}).exit == 0);
  REQUIRE(flead.run({"route", "set", "second"}).exit == 0);
  const Ran unknown = flead.run({"route", "set", "telegran 10m, sms", "--json"});
  CHECK(unknown.exit == 6);
  const auto error = parse_json(unknown.err);
  REQUIRE(error);
  CHECK(error->text("error.code") == "route_channel_unknown");
  CHECK_THAT(*error->text("error.message"), ContainsSubstring("telegram"));
  CHECK_THAT(*error->text("error.hint"), ContainsSubstring("second"));
  CHECK_THAT(*error->text("error.hint"), ContainsSubstring("whatsapp"));
  CHECK(flead.run({"route", "set", "sms 10"}).exit == 6);
  CHECK(flead.run({"route", "set", "sms 30s"}).exit == 6);
  CHECK(flead.run({"route", "set"}).exit == 2);
  CHECK(flead.json({"route", "show"}).text("route") == "second");
}

TEST_CASE("route: explain says what would happen now and why", "[cli]") {
  CommandLine flead;
  add_telegram(flead);
  const std::string lead = add_lead(flead);
  const auto row_of = [&](const Json& rows, const std::string& channel) {
    for (const Json& row : rows.items()) {
      if (row.text("channel") == channel && row.find("at")->is_null()) return row;
    }
    return Json();
  };
  Json rows = flead.json({"route", "explain", lead});
  CHECK(row_of(rows, "telegram").text("outcome") == "skipped");
  CHECK(row_of(rows, "telegram").text("reason") == "not_started");
  CHECK_FALSE(row_of(rows, "telegram").text("why")->empty());
  CHECK_THAT(flead.run({"route", "explain", lead}).err, ContainsSubstring("No active channel"));
  flead.write_file("sms.pass", "secret\n");
  REQUIRE(flead
              .run({"channel", "add", "sms", "--login", "acme", "--secret-file",
                    flead.path("sms.pass")})
              .exit == 0);
  REQUIRE(flead.run({"route", "set", "telegram 10m, sms, vk"}).exit == 0);
  rows = flead.json({"route", "explain", "+79160000001"});
  CHECK(row_of(rows, "sms").text("outcome") == "next");
  CHECK(row_of(rows, "vk").text("reason") == "no_channel");
  CHECK_THAT(flead.run({"route", "explain", lead}).err, ContainsSubstring("goes by sms"));
  REQUIRE(flead.run({"channel", "pause", "sms"}).exit == 0);
  CHECK(row_of(flead.json({"route", "explain", lead}), "sms").text("reason") == "paused");
  CHECK(flead.run({"route", "explain", "nobody@example.org"}).exit == 3);
}

TEST_CASE("route: explain begins with what happened, oldest first", "[cli]") {
  CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const std::string lead = add_lead(flead);
  REQUIRE(flead.run({"message", "send", lead, "--text", "Hello"}).exit == 0);
  REQUIRE(flead.run({"work", "--once"}).exit == 0);
  in_store(flead, k_then, [&](World& world, test::FixedClock& clock, store::Tx& tx) -> Status {
    FLEAD_TRY(const auto tenant, tenants::by_slug(tx, "acme"));
    channels::RouteLine line;
    line.tenant = tenant.id;
    line.lead = LeadId(lead);
    line.channel = "max";
    line.outcome = "skipped";
    line.reason = "not_started";
    FLEAD_CHECK(channels::log_route(world, tx, line));
    clock.advance(1000);
    line.channel = "";
    line.outcome = "exhausted";
    line.reason = "";
    return channels::log_route(world, tx, line);
  });
  const Json rows = flead.json({"route", "explain", lead});
  std::string told;
  bool past = true;
  std::string before;
  for (const Json& row : rows.items()) {
    const auto at = row.text("at");
    if (!at) past = false;
    CHECK(at.has_value() == past);
    if (!at) continue;
    CHECK(*at >= before);
    before = *at;
    told += *row.text("channel") + " " + *row.text("outcome") + "\n";
    if (row.text("outcome") == "skipped") CHECK_FALSE(row.text("why")->empty());
    if (row.text("channel") == "file") CHECK(row.text("message")->starts_with("msg_"));
  }
  CHECK_THAT(told, ContainsSubstring("max skipped\n exhausted\n"));
  CHECK_THAT(told, ContainsSubstring("file "));
}

TEST_CASE("trigger: asks the double for the event and prints what the hook answered", "[cli]") {
  CommandLine flead;
  const Json channel = add_telegram(flead);
  DoubleSaid said = answering(200, R"({"data":[{"status":200,"body":"ok","error":""}]})");
  const Ran ran = run_with(
      flead, said,
      {"trigger", "telegram.message", "--set", "chat=501", "--set", "text=2026", "--set",
       "bad_signature=false", "--set", R"(body={"a":[1]})", "--set", "payload=a=b", "--json"});
  INFO(ran.err);
  CHECK(ran.exit == 0);
  const auto answers = parse_json(ran.out);
  REQUIRE(answers);
  REQUIRE(answers->items().size() == 1);
  CHECK(answers->items()[0].integer("status") == 200);
  CHECK(answers->items()[0].text("body") == "ok");
  CHECK(said.asked.front().method == "POST");
  CHECK(said.asked.front().url == "http://127.0.0.1:9090/_mock/telegram/event");
  const Json event = asked_event(said);
  CHECK(event.text("type") == "message");
  CHECK(event.integer("chat") == 501);
  CHECK(event.text("text") == "2026");
  CHECK(event.boolean("bad_signature") == false);
  CHECK(event.find("body.a")->items().size() == 1);
  CHECK(event.text("payload") == "a=b");
  CHECK(event.text("url") ==
        "http://127.0.0.1:8080/hooks/telegram/" + channel.text("id").value_or("none"));
}

TEST_CASE("trigger: where the hook is, is left to the double when asked", "[cli]") {
  CommandLine flead;
  DoubleSaid said = answering(200, R"({"data":[],"kept":true})");
  SECTION("--no-url needs no store") {
    const Ran kept = run_with(flead, said, {"trigger", "max.start", "--no-url"});
    CHECK(kept.exit == 0);
    CHECK_THAT(kept.err, ContainsSubstring("waits at the double"));
    CHECK(asked_event(said).find("url") == nullptr);
  }
  SECTION("without a store there is no hook of ours") {
    CHECK(run_with(flead, said, {"trigger", "max.start"}).exit == 0);
    CHECK(asked_event(said).find("url") == nullptr);
  }
  SECTION("another kind's channel is not meant") {
    add_telegram(flead);
    CHECK(run_with(flead, said, {"trigger", "max.start"}).exit == 0);
    CHECK(asked_event(said).find("url") == nullptr);
  }
  SECTION("an address of one's own") {
    add_telegram(flead);
    const std::string mine = "http://127.0.0.1:1/hook";
    CHECK(run_with(flead, said,
                   {"trigger", "telegram.start", "--set", "url=" + mine, "--mock",
                    "http://127.0.0.1:9191/"})
              .exit == 0);
    CHECK(asked_event(said).text("url") == mine);
    CHECK(said.asked.front().url == "http://127.0.0.1:9191/_mock/telegram/event");
  }
  SECTION("smsc is sms") {
    CHECK(run_with(flead, said, {"trigger", "smsc.status", "--no-url", "--set", "id=7"}).exit == 0);
    CHECK(said.asked.front().url == "http://127.0.0.1:9090/_mock/sms/event");
    CHECK(asked_event(said).text("id") == "7");
  }
  SECTION("payment, refund and payout are YooKassa's, and a sum stays as it was typed") {
    CHECK(run_with(flead, said,
                   {"trigger", "payment.waiting_for_capture", "--no-url", "--set", "amount=10.00",
                    "--set", R"(metadata={"booking_id":"b_91"})"})
              .exit == 0);
    CHECK(said.asked.front().url == "http://127.0.0.1:9090/_mock/yookassa/event");
    const Json event = asked_event(said);
    CHECK(event.text("type") == "payment.waiting_for_capture");
    CHECK(event.text("amount") == "10.00");
    CHECK(event.text("metadata.booking_id") == "b_91");
  }
}

TEST_CASE("trigger: a hook that refuses, or no double at all, is exit 7", "[cli]") {
  CommandLine flead;
  struct Case {
    int status;
    std::string body;
    int exit;
    std::string says;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"data":[{"status":204,"body":"","error":""}]})", 0, ""},
      {200, R"({"data":[{"status":401,"body":"no","error":""}]})", 7, "hook answered 401"},
      {200, R"({"data":[{"status":200,"body":""},{"status":500,"body":""}]})", 7, "answered 500"},
      {200, R"({"data":[{"status":0,"body":"","error":"refused"}]})", 7, "did not answer"},
      {0, "", 7, "No double answers"},
      {404, R"({"detail":"There is nothing here"})", 7, "No double of vk"},
      {500, "", 7, "answered 500"},
      {200, "<html>", 7, "answered 200"},
      {200, "[]", 7, "answered 200"},
      {400, R"({"detail":"VK tells of: message start"})", 2, "VK tells of: message start"},
      {400, "\xff", 2, "does not say why"},
  }));
  CAPTURE(one.status, one.body);
  DoubleSaid said = answering(one.status, one.body);
  const Ran ran = run_with(flead, said, {"trigger", "vk.message", "--no-url"});
  CHECK(ran.exit == one.exit);
  CHECK_THAT(ran.err, ContainsSubstring(one.says));
}

TEST_CASE("trigger: a line that is wrong calls nobody", "[cli]") {
  CommandLine flead;
  DoubleSaid said = answering(200, "{}");
  const auto args = GENERATE(values<std::vector<std::string>>({
      {"trigger"},
      {"trigger", "telegram"},
      {"trigger", "telegram."},
      {"trigger", ".message"},
      {"trigger", "../account.message"},
      {"trigger", "telegram.message", "--set", "chat"},
      {"trigger", "telegram.message", "--set", "=1"},
      {"trigger", "telegram.message", "--set", "type=start"},
      {"trigger", "telegram.message", "--no-url", "--set", "url=http://127.0.0.1:1/"},
      {"trigger", "telegram.message", "--mock", "127.0.0.1:9090"},
      {"trigger", "telegram.message", "--dry-run"},
  }));
  CAPTURE(args);
  CHECK(run_with(flead, said, args).exit == 2);
  CHECK(said.asked.empty());
}

}  // namespace flead::cli::channel_cases
