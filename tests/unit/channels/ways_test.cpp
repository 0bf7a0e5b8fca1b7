// Which way a message may take: what people have closed or not agreed to, what an answer is still
// awaited for, what the night and the price allow.
#include <string>
#include <vector>

#include "core/channels/closing.h"
#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "core/channels/route.h"
#include "core/channels/sequence.h"
#include "core/jobs/jobs.h"
#include "support/command_line.h"
#include "support/lead_help.h"
#include "support/outbox.h"

namespace flead::channels::ways_test {
namespace {

constexpr const char* k_chat_sent =
    R"({"ok":true,"result":{"message_id":88,"chat":{"id":501,"type":"private"},"date":1}})";
constexpr const char* k_blocked =
    R"({"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"})";

Channel add_channel(TestApp& app, const std::string& kind, const std::string& name,
                    Json config = Json::object()) {
  NewChannel input;
  input.kind = kind;
  input.name = name;
  input.config = std::move(config);
  input.secret = "700:open-sesame";
  auto made = app.store().write(
      [&](store::Tx& tx) { return add(app.world(), tx, app.app().key, app.tenant().id, input); });
  REQUIRE(made);
  return *made;
}

void set(TestApp& app, std::string_view key, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, key, value);
  }));
}

void link(TestApp& app, const Channel& channel, const LeadId& lead, const std::string& address) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return link_identity(app.world(), tx, channel, lead, address, "", "");
  }));
}

void hear(TestApp& app, const Channel& channel, Inbound event) {
  if (event.key.empty()) event.key = "k" + std::to_string(app.clock().now());
  REQUIRE(
      app.store().write([&](store::Tx& tx) { return apply_event(app.app(), tx, channel, event); }));
}

Inbound words(const std::string& address, const std::string& text) {
  Inbound event;
  event.kind = Inbound::Kind::text;
  event.address = address;
  event.text = text;
  return event;
}

void send(TestApp& app, const LeadId& lead, const std::string& text = "Завтра в пять?") {
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    NewMessage message;
    message.template_name = "chat.text";
    message.variables = {{"tenant", "acme"}, {"text", text}};
    FLEAD_CHECK(send_to_lead(app.app(), tx, app.tenant(), to, message));
    return {};
  }));
}

void agree(TestApp& app, const LeadId& lead, const std::string& purpose) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec(
        "INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,"
        " page_url, ip, user_agent, at_ms) VALUES ($4, $1, $2, $3, 1, '', '', '', '', '', 1)",
        app.tenant().id, lead, purpose, new_id<ConsentIdTag>(app.world()));
  }));
}

Enrolment begin_ads(TestApp& app, const LeadId& lead, const std::string& step = "0s: -20 %") {
  auto made = app.store().write([&](store::Tx& tx) -> Result<Enrolment> {
    FLEAD_TRY(const Sequence sequence,
              create_sequence(app.world(), tx, app.tenant().id, {"sale", true, {step}}));
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    return enrol(app.app(), tx, sequence, to, "cli");
  });
  REQUIRE(made);
  return *made;
}

bool is_closed(TestApp& app, const Channel& channel, const std::string& address) {
  const auto found =
      app.store().read([&](store::Tx& tx) { return find_identity(tx, channel.id, address); });
  REQUIRE((found && *found));
  return !(*found)->closed_why.empty();
}

Person person_of(TestApp& app, const LeadId& lead) {
  auto found = app.store().read(
      [&](store::Tx& tx) { return load_person(tx, app.tenant().id, lead, "service"); });
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("ways: stop by SMS counts for the number, on every account that sends SMS",
          "[channels][ways]") {
  TestApp app;
  const Channel first = add_channel(app, "sms", "one", Json::object({{"login", "a"}}));
  const Channel second = add_channel(app, "sms", "two", Json::object({{"login", "b"}}));
  app.provider("sms").then(200, k_accepted);
  const LeadId lead = add_lead(app, k_by_phone);
  app.run_jobs();
  hear(app, first, words("+79160000001", "стоп"));
  const Person person = person_of(app, lead);
  CHECK(reach(person, first, {}, app.clock().now()).why == "opted_out");
  CHECK(reach(person, second, {}, app.clock().now()).why == "opted_out");
  // Whoever writes to the second account is answered there.
  app.advance(1min);
  hear(app, second, words("+79160000001", "Сколько стоит?"));
  CHECK(reach(person_of(app, lead), second, {}, app.clock().now()).why.empty());
}

TEST_CASE("ways: stop ends the sequences at once, and what they have queued", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  const Channel email = add_email(app);
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  link(app, bot, lead, "501");
  agree(app, lead, "marketing");
  begin_ads(app, lead, "1h: -20 %");
  hear(app, bot, words("501", "stop"));
  app.advance(2h);
  app.run_jobs();
  CHECK(messages(app).size() == 1);  // the greeting, and no advertisement by mail instead
  CHECK(test::count_rows(app, "enrolments WHERE state = 'stopped' AND reason = 'opted_out'") == 1);
}

TEST_CASE("ways: who has blocked us is not written to there again, until they come back",
          "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  const LeadId lead = add_lead(app, R"("channel":"telegram","email":"anna@example.test")");
  app.run_jobs();
  link(app, bot, lead, "501");
  app.provider("telegram").then(200, k_blocked);
  send(app, lead);
  app.run_jobs();
  CHECK(is_closed(app, bot, "501"));
  CHECK(messages(app)[0].channel_kind == "email");
  const std::size_t calls = app.sent("telegram").size();
  send(app, lead, "Ещё раз");
  app.run_jobs();
  CHECK(app.sent("telegram").size() == calls);
  SECTION("they write") {
    app.advance(1min);
    hear(app, bot, words("501", "Здравствуйте"));
    CHECK_FALSE(is_closed(app, bot, "501"));
  }
  SECTION("they allow it at the provider") {
    Inbound allowed;
    allowed.kind = Inbound::Kind::opt_in;
    allowed.address = "501";
    hear(app, bot, allowed);
    CHECK_FALSE(is_closed(app, bot, "501"));
  }
}

TEST_CASE("ways: allowing messages at the provider does not undo a stop in words",
          "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  const LeadId lead = add_lead(app, k_by_phone);
  link(app, bot, lead, "501");
  hear(app, bot, words("501", "стоп"));
  app.advance(1min);
  Inbound allowed;
  allowed.kind = Inbound::Kind::opt_in;
  allowed.address = "501";
  hear(app, bot, allowed);
  CHECK(is_closed(app, bot, "501"));
}

TEST_CASE("ways: a block from before the person's last word is over", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  const LeadId lead = add_lead(app, k_by_phone);
  link(app, bot, lead, "501");
  hear(app, bot, words("501", "Можно завтра?"));
  Inbound late;
  late.kind = Inbound::Kind::opt_out;
  late.address = "501";
  late.key = "late";
  late.at = app.clock().now() - k_minute_ms;
  hear(app, bot, late);
  CHECK_FALSE(is_closed(app, bot, "501"));
}

TEST_CASE("ways: WhatsApp's word that somebody wants no advertising is a withdrawal there",
          "[channels][ways]") {
  TestApp app;
  const LeadId lead = add_lead(app, k_by_phone);
  agree(app, lead, "marketing");
  Message message;
  message.id = MessageId("msg_1");
  message.tenant = app.tenant().id;
  message.lead = lead;
  message.channel_kind = "whatsapp";
  Delivery told;
  told.verdict = Verdict::unreachable;
  told.closes = Closes::advertising;
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return note_closing(app.world(), tx, message, told); }));
  const auto said =
      app.store().read([&](store::Tx& tx) { return intake::advertising_of(tx, lead); });
  REQUIRE(said);
  CHECK_FALSE(intake::agrees(*said, "whatsapp"));
  CHECK(intake::agrees(*said, "email"));
}

TEST_CASE("ways: an advertisement goes where it was agreed to, and says how to get no more",
          "[channels][ways]") {
  TestApp app;
  add_email(app);
  add_sms(app);
  app.provider("sms").then(200, k_accepted);
  const LeadId lead = add_lead(app, k_by_both);
  app.run_jobs();
  const auto newest = [&] { return messages(app)[0]; };
  REQUIRE(newest().channel_kind == "email");
  SECTION("by SMS alone") {
    agree(app, lead, "marketing.sms");
    begin_ads(app, lead);
    app.run_jobs();
    CHECK(newest().channel_kind == "sms");
    CHECK(newest().purpose == "ad");
    CHECK_THAT(newest().body_text, ContainsSubstring("Отказ: http://flead.test/u/"));
  }
  SECTION("everywhere") {
    agree(app, lead, "marketing");
    begin_ads(app, lead);
    app.run_jobs();
    CHECK(newest().channel_kind == "email");
  }
  SECTION("on a channel that there is not") {
    agree(app, lead, "marketing.vk");
    const auto refused = app.store().write([&](store::Tx& tx) -> Result<Enrolment> {
      FLEAD_TRY(const Sequence sequence,
                create_sequence(app.world(), tx, app.tenant().id, {"sale", true, {"0s: -20 %"}}));
      FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
      return enrol(app.app(), tx, sequence, to, "cli");
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "no_consent");
  }
}

TEST_CASE("ways: the route waits while a message is under way", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  set(app, "route", "bot 10m, email");
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  link(app, bot, lead, "501");
  const std::size_t before = messages(app).size();
  // Nobody knows whether it arrived: Telegram cannot be asked.
  HttpReply silent;
  silent.may_have_acted = true;
  silent.error = "timed out";
  app.provider("telegram").then(silent);
  app.transport().on_http = [&](const HttpRequest& request) {
    if (!request.label.starts_with("telegram send")) return;
    app.transport().on_http = nullptr;
    // Ten minutes pass while the call is on its way, and the route's job comes up.
    app.advance(11min);
    jobs::Job job;
    job.payload = Json::object({{"message", messages(app)[0].id.text()}, {"wait_ms", 600'000}});
    const jobs::Outcome outcome = next_step(app.app(), job);
    CHECK(outcome.kind == jobs::Outcome::Kind::snooze);
  };
  send(app, lead);
  app.run_jobs();
  // With the outcome the route goes on, as there is no sign of life.
  CHECK(messages(app).size() == before + 2);
  CHECK(messages(app)[1].state == "ambiguous");
  CHECK(messages(app)[0].channel_kind == "email");
}

TEST_CASE("ways: a message that nobody can tell of calls a person, unless the route goes on",
          "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  const bool goes_on = GENERATE(false, true);
  if (goes_on) set(app, "route", "bot 10m, file");
  const LeadId lead = add_lead(app, k_by_phone);
  link(app, bot, lead, "501");
  HttpReply silent;
  silent.may_have_acted = true;
  app.provider("telegram").then(silent);
  app.run_jobs();
  REQUIRE(messages(app)[0].state == "ambiguous");
  CHECK(lead_of(app, lead).needs_human_why == (goes_on ? "" : "unclear"));
}

TEST_CASE("ways: a night is no silence of the person's", "[channels][ways]") {
  TestApp app;  // 12:00 in Moscow
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  app.provider("telegram").then(200, k_chat_sent);
  set(app, "route", "bot 30m, email");
  set(app, "quiet.hours", "22:00-08:00");
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  link(app, bot, lead, "501");
  app.advance(11h);  // 23:00
  const std::size_t before = messages(app).size();
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    NewMessage message;
    message.template_name = "sequence.step";
    message.variables = {{"tenant", "acme"}, {"name", ""}, {"text", "x"}, {"booking_url", ""}};
    FLEAD_CHECK(send_to_lead(app.app(), tx, app.tenant(), to, message));
    return {};
  }));
  for (int i = 0; i < 8; ++i) {
    app.run_jobs();
    app.advance(1h);
  }
  CHECK(messages(app).size() == before + 1);  // the route has not gone on in the night
  CHECK(messages(app)[0].state == "queued");
  app.advance(70min);
  app.run_jobs();
  CHECK(messages(app)[0].state == "delivered");
}

TEST_CASE("ways: what has no price yet counts at the price of the last one", "[channels][ways]") {
  TestApp app;
  add_sms(app);
  app.provider("sms").then(200, k_accepted).then(200, R"({"id":1,"cnt":2})");
  const LeadId other = add_lead(app, R"("phone":"+79160000002")");
  app.run_jobs();
  const Message priced = messages(app)[0];
  REQUIRE(priced.cost_minor == 780);
  const LeadId lead = add_lead(app, k_by_phone);
  CHECK(person_of(app, lead).spent_minor == 0);
  app.run_jobs();
  REQUIRE_FALSE(messages(app)[0].cost_minor.has_value());
  const std::int64_t segment = (780 + priced.segments - 1) / priced.segments;
  CHECK(person_of(app, lead).spent_minor == messages(app)[0].segments * segment);
}

TEST_CASE("ways: words beside a start link are heard", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  Inbound start;
  start.kind = Inbound::Kind::start;
  start.address = "501";
  start.payload = make_start_token(app.app().key, lead, app.clock().now() + k_hour_ms);
  SECTION("a wish") {
    start.text = "Позовите человека";
    hear(app, bot, start);
    CHECK(lead_of(app, lead).status == "replied");
    CHECK(lead_of(app, lead).needs_human_why == "asked");
  }
  SECTION("nothing") {
    hear(app, bot, start);
    CHECK(lead_of(app, lead).status == "contacted");
  }
}

TEST_CASE("ways: another account of the same app is not ours", "[channels][ways]") {
  TestApp app;
  const Channel channel =
      add_channel(app, "whatsapp", "wa", Json::object({{"phone_number_id", "1065"}}));
  Inbound event = words("79991234567", "Можно завтра?");
  event.account = "2000";
  event.key = "theirs";
  hear(app, channel, event);
  CHECK(test::count_rows(app, "inbound") == 0);
  event.account = "1065";
  event.key = "ours";
  hear(app, channel, event);
  CHECK(test::count_rows(app, "inbound") == 1);
}

TEST_CASE("ways: a hook that is set while we ask is not undone by the answer", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  const auto keep = [&](bool pull) {
    const Json state = Json::object({{"username", "acme_bot"}, {"pull", pull}});
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return save_state(app.world(), tx, bot.id, state); }));
  };
  keep(true);
  app.provider("telegram")
      .then(409, R"({"ok":false,"error_code":409,"description":)"
                 R"("Conflict: terminated by setWebhook"})");
  app.transport().on_http = [&](const HttpRequest&) { keep(false); };
  jobs::Job job;
  job.subject_id = bot.id.text();
  job.payload = Json::object({{"channel", bot.id.text()}});
  CHECK(pull_channel(app.app(), job).kind == jobs::Outcome::Kind::done);
  CHECK(channel_now(app, bot).status == "active");
  CHECK(channel_now(app, bot).state.boolean("pull") == false);
}

TEST_CASE("ways: a letter belongs to whoever it answers, or whose address it is",
          "[channels][ways]") {
  TestApp app;
  const Channel channel = add_email(app);
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  REQUIRE(messages(app).size() == 1);
  app.advance(1min);
  Inbound letter = words("anna@example.test", "Да, в пять");
  SECTION("by its address") {
    hear(app, channel, letter);
    CHECK(lead_of(app, lead).status == "replied");
  }
  SECTION("by what it answers, from elsewhere") {
    letter.address = "anna@home.test";
    letter.message = messages(app)[0].id;
    hear(app, channel, letter);
    CHECK(lead_of(app, lead).status == "replied");
    CHECK(test::count_rows(app, "leads") == 1);
  }
  SECTION("a stranger's is a new lead, who is answered") {
    letter.address = "boris@example.test";
    hear(app, channel, letter);
    CHECK(test::count_rows(app, "leads") == 2);
    CHECK(messages(app).size() == 2);
    return;
  }
  // No machine answers a letter.
  CHECK(messages(app).size() == 1);
}

}  // namespace flead::channels::ways_test
