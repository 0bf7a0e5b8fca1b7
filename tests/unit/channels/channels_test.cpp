#include "support/outbox.h"

namespace flead::channels {

TEST_CASE("channels: a message that cannot leave for three days is given up",
          "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  app.provider("sms").then(channels::HttpReply{});  // nobody listens
  const LeadId id = add_lead(app, k_by_phone);
  for (int i = 0; i < 80; ++i) {
    app.run_jobs();
    app.advance(1h);
  }
  app.run_jobs();
  CHECK(messages(app)[0].state == "unreachable");
  const auto kinds = event_kinds(app, id);
  CHECK(std::count(kinds.begin(), kinds.end(), "message.failed") == 1);
  const auto before = app.sent("sms").size();
  app.advance(10h);
  app.run_jobs();
  CHECK(app.sent("sms").size() == before);
}

TEST_CASE("channels: advertising needs consent and carries the way out", "[channels][outbox]") {
  TestApp app;
  add_email(app);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    channels::TemplateText text;
    text.name = "message.text";
    text.language = "ru";
    text.purpose = "ad";
    text.body = "{text}";
    return channels::set_template(app.world(), tx, app.tenant().id, text);
  }));
  const LeadId id = add_lead(app, k_by_email);
  app.run_jobs();
  const auto send = [&] {
    return app.store().write([&](store::Tx& tx) -> Result<std::optional<Message>> {
      FLEAD_TRY(const auto lead, intake::load(tx, app.tenant().id, id));
      channels::NewMessage message;
      message.template_name = "message.text";
      message.variables = {{"text", "-20 %"}};
      return channels::send_to_lead(app.app(), tx, app.tenant(), lead, message);
    });
  };
  const auto refused = send();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "no_consent");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec(
        "INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,"
        " page_url, ip, user_agent, at_ms) VALUES ('con_1', $1, $2, 'marketing', 1, '', '', '', "
        "'', '', 1)",
        app.tenant().id, id);
  }));
  REQUIRE(send());
  app.run_jobs();
  REQUIRE(app.transport().smtp_sent.size() == 2);
  CHECK_THAT(app.transport().smtp_sent[1].data,
             ContainsSubstring("List-Unsubscribe: <http://flead.test/u/"));
  CHECK(app.transport().smtp_sent[0].data.find("List-Unsubscribe") == std::string::npos);
  // The second letter belongs to the first one's thread.
  CHECK_THAT(app.transport().smtp_sent[1].data, ContainsSubstring("In-Reply-To: <msg_"));
}

TEST_CASE("channels: a secret is sealed, and a wrong key pauses the channel", "[channels]") {
  TestApp app;
  const auto channel = add_sms(app);
  const auto sealed = app.store().read([&](store::Tx& tx) {
    return tx.one("SELECT sealed_secret FROM channels WHERE kind = 'sms' LIMIT 1",
                  [](const store::Row& row) { return row.string(0); });
  });
  REQUIRE(sealed);
  CHECK_FALSE(sealed->empty());
  CHECK(sealed->find("open-sesame") == std::string::npos);
  CHECK(channels::to_json(channel).dump().find("open-sesame") == std::string::npos);

  test::SeededRandom other(99);
  app.app().key = SealKey::make(other);
  add_lead(app, k_by_phone);
  app.run_jobs();
  CHECK(app.sent("sms").empty());
  CHECK(channel_now(app, channel).status == "paused");
  CHECK(messages(app)[0].state == "queued");
}

TEST_CASE("channels: a test says the server's words and repairs a paused channel", "[channels]") {
  TestApp app;
  const auto channel = add_email(app);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::pause(app.world(), tx, channel.id, "why"); }));
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::login, 535, "535 5.7.8 go away"));
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::done, 250, "250 ok"));
  const auto bad = channels::test(app.app(), app.tenant(), channel_now(app, channel), "a@b.test");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::provider);
  CHECK_THAT(bad.error().message, ContainsSubstring("535 5.7.8 go away"));
  CHECK(channel_now(app, channel).status == "paused");
  CHECK(messages(app).empty());  // the probe failed: nothing was sent
  REQUIRE(channels::test(app.app(), app.tenant(), channel_now(app, channel), "a@b.test"));
  CHECK(channel_now(app, channel).status == "active");
  REQUIRE(messages(app).size() == 1);
  CHECK(messages(app)[0].state == "sent");
}

TEST_CASE("channels: names are unique, kinds are known, removed ones are gone", "[channels]") {
  TestApp app;
  const auto channel = add_sms(app);
  const auto add = [&](std::string kind, std::string name) {
    channels::NewChannel input;
    input.kind = std::move(kind);
    input.name = std::move(name);
    return app.store().write([&](store::Tx& tx) {
      return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
    });
  };
  CHECK(add("sms", "").error().code == "channel_name_taken");
  CHECK(add("pigeon", "").error().code == "channel_kind_unknown");
  CHECK(add("sms", "second"));
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::remove(app.world(), tx, channel.id); }));
  CHECK(add("sms", ""));
  const auto find = [&](std::string_view which) {
    return app.store().read(
        [&](store::Tx& tx) { return channels::find(tx, app.tenant().id, which); });
  };
  CHECK(find("second")->name == "second");
  CHECK(find(channel.id.text()).error().code == "channel_not_found");
  CHECK(find("email").error().code == "channel_not_found");
  const auto other = app.add_tenant("other");
  CHECK_FALSE(
      app.store().read([&](store::Tx& tx) { return channels::find(tx, other.id, "second"); }));
}

}  // namespace flead::channels
