// What a message and its route wait for, what a price is, and whom a letter belongs to.
#include "support/ways.h"

namespace flead::channels::ways_test {

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
    // The route's job comes up while the call is on its way.
    app.advance(5min);
    jobs::Job job;
    job.payload = Json::object({{"message", messages(app)[0].id.text()}, {"wait_ms", 600'000}});
    const jobs::Outcome outcome = next_step(app.app(), job);
    CHECK(outcome.kind == jobs::Outcome::Kind::snooze);
  };
  send(app, lead);
  app.run_jobs();
  CHECK(messages(app).size() == before + 1);
  // With the outcome the route goes on in its time, as there is no sign of life.
  app.advance(10min);
  app.run_jobs();
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

TEST_CASE("ways: the ladder does not stand still with a channel that is paused",
          "[channels][ways]") {
  TestApp app;
  add_sms(app);
  add_email(app);
  set(app, "route", "sms 1m, email");
  // Nobody knows whether it went, and then the login is refused.
  app.provider("sms").then(502, "").then(200, R"({"error":"authorise error","error_code":2})");
  const LeadId lead = add_lead(app, k_by_both);
  for (int i = 0; i < 10; ++i) {
    app.run_jobs();
    app.advance(1min);
  }
  CHECK(messages(app)[0].channel_kind == "email");
  CHECK(messages(app)[0].state == "sent");
}

TEST_CASE("ways: a step whose channel was paused is not taken again when the channel is back",
          "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  set(app, "route", "bot 10m, email");
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  link(app, bot, lead, "501");
  const std::size_t before = messages(app).size();
  app.provider("telegram").then(401, R"({"ok":false,"error_code":401})").then(200, k_chat_sent);
  send(app, lead);
  app.run_jobs();
  app.advance(1min);
  app.run_jobs();
  REQUIRE(messages(app).size() == before + 2);
  CHECK(messages(app)[0].channel_kind == "email");
  CHECK(messages(app)[0].state == "sent");
  CHECK(messages(app)[1].state == "unreachable");
  CHECK_THAT(messages(app)[1].provider_says, ContainsSubstring("paused"));
  CHECK(count_rows(app, "events WHERE kind = 'message.rerouted'") == 1);
  REQUIRE(app.store().write([&](store::Tx& tx) { return resume(app.world(), tx, bot.id); }));
  for (int i = 0; i < 6; ++i) {
    app.advance(10min);
    app.run_jobs();
  }
  CHECK(messages(app).size() == before + 2);  // the same text a second time would be one more
}

TEST_CASE("ways: what goes around a paused channel keeps the deadlines of the route",
          "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  add_sms(app);
  app.provider("sms").then(200, k_accepted);
  set(app, "route", "bot, email 10m, sms");
  const LeadId lead = add_lead(app, k_by_both);
  app.run_jobs();
  app.advance(20min);
  app.run_jobs();
  link(app, bot, lead, "501");
  const std::size_t before = messages(app).size();
  send(app, lead);
  REQUIRE(
      app.store().write([&](store::Tx& tx) { return pause(app.world(), tx, bot.id, "by hand"); }));
  app.run_jobs();
  CHECK(messages(app)[0].channel_kind == "email");
  app.advance(11min);
  app.run_jobs();
  REQUIRE(messages(app).size() == before + 3);
  CHECK(messages(app)[0].channel_kind == "sms");
}

TEST_CASE("ways: an unclear answer of an operator's calls a person", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  set(app, "route", "bot 10m, email");
  const LeadId lead = add_lead(app, k_by_email);
  app.run_jobs();
  link(app, bot, lead, "501");
  HttpReply silent;
  silent.may_have_acted = true;
  app.provider("telegram").then(silent);
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    NewMessage message;
    message.template_name = "chat.text";
    message.variables = {{"tenant", "acme"}, {"text", "Да"}};
    message.via = bot.id;  // no step of the route
    FLEAD_CHECK(send_to_lead(app.app(), tx, app.tenant(), to, message));
    return {};
  }));
  app.run_jobs();
  REQUIRE(messages(app)[0].state == "ambiguous");
  CHECK(lead_of(app, lead).needs_human_why == "unclear");
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
    const auto wrote = app.store().read(
        [&](store::Tx& tx) { return wrote_since(tx, lead, app.clock().now() - 1); });
    CHECK((wrote && *wrote));
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
  SECTION("a stranger's is a new lead, who needs a person") {
    letter.address = "boris@example.test";
    hear(app, channel, letter);
    CHECK(test::count_rows(app, "leads") == 2);
    CHECK(test::count_rows(app, "leads WHERE needs_human_why = 'wrote'") == 1);
  }
  SECTION("somebody else's answer is no way to the lead") {
    letter.address = "colleague@other.test";
    letter.message = messages(app)[0].id;
    hear(app, channel, letter);
    CHECK(test::count_rows(app, "identities") == 0);
    CHECK(reach(person_of(app, lead), channel, {}, app.clock().now()).address ==
          "anna@example.test");
    // Not even by stop: it is not theirs to say.
    letter.key = "stop";
    letter.text = "stop";
    hear(app, channel, letter);
    CHECK(reach(person_of(app, lead), channel, {}, app.clock().now()).why.empty());
  }
  SECTION("what another customer of the server got is not ours") {
    letter.account = "sales@another.test";
    hear(app, channel, letter);
    CHECK(test::count_rows(app, "inbound") == 0);
    letter.account = "hi+tag@acme.test";
    letter.key = "ours";
    hear(app, channel, letter);
    CHECK(test::count_rows(app, "inbound") == 1);
  }
  SECTION("stop, with what the telephone adds") {
    letter.text = "Стоп\n\nОтправлено с iPhone";
    hear(app, channel, letter);
    CHECK(is_closed(app, channel, "anna@example.test"));
  }
  // No machine answers a letter.
  CHECK(messages(app).size() == 1);
}

}  // namespace flead::channels::ways_test
