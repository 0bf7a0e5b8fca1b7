// Which way a message may take: what people have closed or not agreed to.
#include "support/ways.h"

namespace flead::channels::ways_test {

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
  // Whoever writes to the second account is answered there, until they say it again elsewhere.
  app.advance(1min);
  hear(app, second, words("+79160000001", "Сколько стоит?"));
  CHECK(reach(person_of(app, lead), second, {}, app.clock().now()).why.empty());
  app.advance(1min);
  hear(app, first, words("+79160000001", "Не пишите больше!"));
  CHECK(reach(person_of(app, lead), second, {}, app.clock().now()).why == "opted_out");
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
  // Words after it are heard, and no machine answers them.
  hear(app, bot, words("501", "Я же просила"));
  CHECK(messages(app).size() == 1);
  CHECK(test::count_rows(app, "enrolments WHERE state = 'stopped' AND reason = 'opted_out'") == 1);
}

TEST_CASE("ways: an advertisement that meets a shut door goes nowhere else", "[channels][ways]") {
  TestApp app;
  const Channel bot = add_channel(app, "telegram", "bot");
  add_email(app);
  const LeadId lead = add_lead(app, R"("channel":"telegram","email":"anna@example.test")");
  app.run_jobs();
  link(app, bot, lead, "501");
  agree(app, lead, "marketing");
  const std::size_t before = messages(app).size();
  const bool queued = GENERATE(false, true);
  if (queued) {
    // Its last step waits for flood control when the person says stop.
    app.provider("telegram")
        .then(429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":8}})");
  } else {
    app.provider("telegram").then(200, k_blocked);
  }
  begin_ads(app, lead);
  app.run_jobs();
  if (queued) {
    REQUIRE(messages(app)[0].state == "queued");
    hear(app, bot, words("501", "стоп"));
    CHECK(messages(app)[0].state == "cancelled");
  }
  app.advance(1h);
  app.run_jobs();
  CHECK(messages(app).size() == before + 1);
  CHECK(messages(app)[0].channel_kind == "telegram");
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

}  // namespace flead::channels::ways_test
