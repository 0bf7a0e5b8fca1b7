// What a simulated day meets too seldom to rely on: a provider's ambiguity, and right behind it
// something else. Each alone, with scripted providers.
#include <string>

#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "support/outbox.h"

namespace flead::sim {
namespace {

using channels::Channel;
using channels::HttpReply;
using channels::Inbound;
using test::TestApp;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

constexpr const char* k_vk_took = R"({"response":9})";
constexpr const char* k_bot_took =
    R"({"ok":true,"result":{"message_id":7,"chat":{"id":501,"type":"private"},"date":1}})";

HttpReply lost_answer() {
  HttpReply reply;
  reply.error = "timed out";
  reply.may_have_acted = true;
  return reply;
}

// Somebody who is known on one messenger, and a message to them that has not been sent yet.
struct Dialog {
  TestApp app;
  LeadId lead;
  Channel channel;

  // `day`: as in pace_test.cpp, for the pace of the channel.
  Dialog(const std::string& kind, int day) {
    app.advance(24h * day);
    lead = channels::add_lead(app, R"("telegram":"ira")");
    app.run_jobs();  // the greeting, to the file
    channels::NewChannel input;
    input.kind = kind;
    input.secret = "700:open-sesame";
    auto made = app.store().write([&](store::Tx& tx) -> Result<Channel> {
      FLEAD_TRY(const Channel added,
                channels::add(app.world(), tx, app.app().key, app.tenant().id, input));
      FLEAD_CHECK(channels::link_identity(app.world(), tx, added, lead, "501", "Ира", ""));
      return added;
    });
    REQUIRE(made);
    channel = *made;
  }

  void queue_message() {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const intake::Lead person, intake::load(tx, app.tenant().id, lead));
      channels::NewMessage message;
      message.template_name = "chat.text";
      message.variables = {{"tenant", "acme"}, {"text", "Завтра в пять?"}};
      message.via = channel.id;
      FLEAD_CHECK(channels::send_to_lead(app.app(), tx, app.tenant(), person, message));
      return {};
    }));
  }

  void hear(const std::string& key, const std::string& text, TimeMs at) {
    Inbound event;
    event.kind = Inbound::Kind::text;
    event.key = key;
    event.address = "501";
    event.text = text;
    event.at = at;
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return channels::apply_event(app.app(), tx, channel, event); }));
  }

  std::string closed_why() {
    const auto identity = app.store().read(
        [&](store::Tx& tx) { return channels::find_identity(tx, channel.id, "501"); });
    REQUIRE((identity && *identity));
    return (*identity)->closed_why;
  }
};

}  // namespace

TEST_CASE("sim: an unclear message is not repeated to a person who has said stop meanwhile",
          "[sim][channels]") {
  Dialog dialog("vk", 511);
  dialog.app.provider("vk").then(lost_answer()).then(200, k_vk_took);
  dialog.queue_message();
  dialog.app.run_jobs();
  REQUIRE(dialog.app.sent("vk").size() == 1);
  dialog.hear("m1", "стоп", dialog.app.clock().now());
  dialog.app.advance(10s);
  dialog.app.run_jobs();
  CHECK(dialog.app.sent("vk").size() == 1);
}

TEST_CASE("sim: a repeat that is put off for longer than VK remembers is not sent blindly",
          "[sim][channels]") {
  Dialog dialog("vk", 512);
  dialog.app.provider("vk")
      .then(lost_answer())
      .then(200, R"({"error":{"error_code":29,"error_msg":"Rate limit reached"}})")
      .then(200, k_vk_took);
  dialog.queue_message();
  dialog.app.run_jobs();
  dialog.app.advance(10s);
  dialog.app.run_jobs();
  REQUIRE(dialog.app.sent("vk").size() == 2);
  dialog.app.advance(62min);  // error 29 costs an hour, VK forgets a random_id after as much
  dialog.app.run_jobs();
  CHECK(dialog.app.sent("vk").size() == 2);
}

TEST_CASE("sim: a question that is refused for the account's sake does not make an SMS unsent",
          "[sim][channels]") {
  TestApp app;
  const Channel channel = channels::add_sms(app);
  app.provider("sms")
      .then(lost_answer())
      .then(200, R"({"error":"authorise error","error_code":2})")
      .then(200, R"({"status":1,"last_date":"","err":0})");
  const LeadId lead = channels::add_lead(app, channels::k_by_phone);
  app.run_jobs();
  REQUIRE(channels::count_of(app, "sms send") == 1);
  app.advance(2min);
  app.run_jobs();
  REQUIRE(channels::count_of(app, "sms status") == 1);
  REQUIRE(channels::channel_now(app, channel).status == "paused");
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::resume(app.world(), tx, channel.id); }));
  app.advance(16min);
  app.run_jobs();
  CHECK(channels::count_of(app, "sms send") == 1);
  CHECK(channels::count_of(app, "sms status") >= 2);
  CHECK(channels::messages(app)[0].state == "delivered");
}

TEST_CASE("sim: a word from before stop that arrives after it opens nothing; a younger one does",
          "[sim][channels]") {
  Dialog dialog("telegram", 513);
  dialog.app.provider("telegram").then(200, k_bot_took);
  const TimeMs now = dialog.app.clock().now();
  dialog.hear("u2", "стоп", now);
  dialog.app.advance(1min);
  dialog.hear("u1", "Сколько это стоит?", now - 30'000);
  dialog.app.run_jobs();
  CHECK(dialog.closed_why() == "stop");
  CHECK(dialog.app.sent("telegram").empty());

  dialog.app.advance(1min);
  dialog.hear("u3", "Я передумал", dialog.app.clock().now());
  dialog.app.run_jobs();
  CHECK(dialog.closed_why().empty());
  // Heard again, and not talked to by a machine.
  CHECK(dialog.app.sent("telegram").empty());
}

TEST_CASE("sim: a lead whose only message was refused as it is needs a person", "[sim][channels]") {
  TestApp app;
  channels::add_email(app);
  app.provider("email").then_smtp(
      channels::smtp(channels::SmtpReply::Stage::rcpt_to, 554, "554 5.7.1 Spam message rejected"));
  const LeadId lead = channels::add_lead(app, channels::k_by_email);
  app.run_jobs();
  REQUIRE(channels::messages(app)[0].state == "rejected");
  CHECK(channels::lead_of(app, lead).needs_human_at);
}

TEST_CASE("sim: a lead whose only message waited until it was too old needs a person",
          "[sim][channels]") {
  TestApp app;
  const Channel channel = channels::add_email(app);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return channels::pause(app.world(), tx, channel.id, "the password is wrong");
  }));
  const LeadId lead = channels::add_lead(app, channels::k_by_email);
  app.run_jobs();
  app.advance(73h);
  app.run_jobs();
  REQUIRE(channels::messages(app)[0].state == "unreachable");
  CHECK(channels::lead_of(app, lead).needs_human_at);
}

}  // namespace flead::sim
