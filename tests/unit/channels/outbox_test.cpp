#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/jobs/jobs.h"
#include "support/lead_help.h"
#include "support/outbox.h"
#include "support/socket_client.h"

namespace flead::channels {

TEST_CASE("channels: a new lead is greeted into the file of a new store", "[channels][outbox]") {
  TestApp app;
  const LeadId id = add_lead(app, k_by_phone);
  app.run_jobs();
  const auto written = app.file_messages();
  REQUIRE(written.size() == 1);
  CHECK(written[0].text("to") == "+79160000001");
  CHECK_THAT(*written[0].text("text"), ContainsSubstring("Анна"));
  CHECK_THAT(*written[0].text("text"), ContainsSubstring("http://flead.test/b/acme?t="));
  CHECK(written[0].text("button.url")->starts_with("http://flead.test/b/acme?t="));
  const auto lead = lead_of(app, id);
  CHECK(lead.status == "contacted");
  CHECK(lead.first_answer_at == app.clock().now());
  const auto kinds = event_kinds(app, id);
  CHECK(std::count(kinds.begin(), kinds.end(), "message.sent") == 1);
  REQUIRE(messages(app).size() == 1);
  CHECK(messages(app)[0].state == "sent");
}

TEST_CASE("channels: a real channel takes over from the file", "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  app.provider("sms").then(200, k_accepted);
  add_lead(app, k_by_phone);
  app.run_jobs();
  CHECK(app.file_messages().empty());
  REQUIRE(messages(app).size() == 1);
  const Message message = messages(app)[0];
  CHECK(message.state == "sent");
  CHECK(message.segments == 2);
  CHECK(message.cost_minor == 780);
  CHECK(message.provider_id == "1");
}

TEST_CASE("channels: a person that no channel reaches is told of on the timeline",
          "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  const LeadId id = add_lead(app, k_by_email);
  app.run_jobs();
  CHECK(messages(app).empty());
  CHECK(app.file_messages().empty());
  CHECK(lead_of(app, id).status == "new");
  const auto kinds = event_kinds(app, id);
  CHECK(std::count(kinds.begin(), kinds.end(), "message.unroutable") == 1);
}

TEST_CASE("channels: a provider that hangs leaves threads to the others", "[channels][outbox]") {
  class Hanging final : public Transport {
   public:
    HttpReply http(const HttpRequest&) override {
      std::unique_lock lock(mutex_);
      ++calls_;
      released_.wait(lock, [this] { return open_; });
      HttpReply reply;
      reply.status = 200;
      reply.body = k_accepted;
      return reply;
    }
    SmtpReply smtp(const SmtpRequest&) override { return {}; }
    int calls() {
      const std::lock_guard lock(mutex_);
      return calls_;
    }
    void release() {
      const std::lock_guard lock(mutex_);
      open_ = true;
      released_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable released_;
    int calls_ = 0;
    bool open_ = false;
  };
  TestApp home;
  add_sms(home);
  for (int i = 0; i < 10; ++i) {
    add_lead(home, R"("phone":"+7916000000)" + std::to_string(i) + R"(")");
  }
  Hanging hanging;
  App app{home.store(), home.app().world, home.app().config, home.app().key, hanging};
  std::vector<std::thread> workers;
  for (int i = 0; i < 10; ++i) {
    workers.emplace_back([&app, i] {
      CHECK(jobs::work_on(app, job_table(), "worker" + std::to_string(i), [] { return true; }));
    });
  }
  const auto waiting = [&] {
    return test::count_rows(home, "jobs WHERE kind = 'message.send' AND state = 'ready'"
                                  " AND last_error = 'other messages of this channel are on their"
                                  " way'");
  };
  CHECK(test::eventually([&] { return waiting() == 4 && hanging.calls() == 6; }));
  hanging.release();
  for (std::thread& worker : workers) worker.join();
  CHECK(test::count_rows(home, "messages WHERE state = 'sent'") == 6);
  home.advance(std::chrono::seconds(1));
  CHECK(jobs::work_on(app, job_table(), "later", [] { return true; }));
  CHECK(test::count_rows(home, "messages WHERE state = 'sent'") == 10);
}

TEST_CASE("channels: the wait that a provider names is kept to the second", "[channels][outbox]") {
  TestApp app;
  const auto channel = add_sms(app);
  channels::HttpReply busy;
  busy.status = 429;
  busy.retry_after_ms = 37'000;
  app.provider("sms").then(busy).then(200, k_accepted);
  add_lead(app, k_by_phone);
  app.run_jobs();
  CHECK(channel_now(app, channel).hold_until == app.clock().now() + 37'000);
  app.advance(36'999ms);
  app.run_jobs();
  CHECK(count_of(app, "sms send") == 1);
  // The whole account waits: another person's message is not tried either.
  add_lead(app, R"("phone":"+79160000002")");
  app.run_jobs();
  CHECK(count_of(app, "sms send") == 1);
  app.advance(1ms);
  app.run_jobs();
  CHECK(count_of(app, "sms send") == 3);
  for (const auto& message : messages(app)) CHECK(message.state == "sent");
}

TEST_CASE("channels: an SMS without an answer is asked about, not repeated", "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  channels::HttpReply silent;
  silent.may_have_acted = true;
  silent.error = "timed out";
  struct Case {
    const char* status;
    std::size_t sends;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"status":-1})", 1},  // it was there: no second SMS
      {R"({"status":-3})", 2},  // the provider never saw it
  }));
  CAPTURE(one.status);
  app.provider("sms").then(silent).then(200, one.status).then(200, k_accepted);
  add_lead(app, k_by_phone);
  app.run_jobs();
  REQUIRE(messages(app)[0].state == "sending");
  app.advance(59s);
  app.run_jobs();
  CHECK(app.sent("sms").size() == 1);  // too early to ask
  app.advance(11s);
  app.run_jobs();
  REQUIRE(app.sent("sms").size() >= 2);
  CHECK(app.sent("sms")[1].label == "sms status");
  app.advance(20s);
  app.run_jobs();
  CHECK(count_of(app, "sms send") == one.sends);
  CHECK(messages(app)[0].state == "sent");
  // The same id in every attempt: that is what is asked about.
  const std::string id = "&id=" + channels::sms::provider_id(messages(app)[0].id) + "&";
  for (const auto& request : app.sent("sms")) CHECK_THAT(request.body, ContainsSubstring(id));
}

TEST_CASE("channels: an SMS that nobody can tell of stays ambiguous and visible",
          "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  app.provider("sms").then(500, "");
  const LeadId id = add_lead(app, k_by_phone);
  for (int i = 0; i < 40; ++i) {
    app.run_jobs();
    app.advance(1h);
  }
  REQUIRE(messages(app).size() == 1);
  CHECK(messages(app)[0].state == "ambiguous");
  CHECK(count_of(app, "sms send") == 1);
  CHECK(lead_of(app, id).status == "new");
}

TEST_CASE("channels: a sent SMS is asked about until it is delivered", "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  app.provider("sms")
      .then(200, k_accepted)
      .then(200, R"({"status":0})")
      .then(200, R"({"status":1})");
  add_lead(app, k_by_phone);
  app.run_jobs();
  CHECK(messages(app)[0].state == "sent");
  app.advance(61s);
  app.run_jobs();
  CHECK(messages(app)[0].state == "sent");
  app.advance(10min);
  app.run_jobs();
  CHECK(messages(app)[0].state == "delivered");
  CHECK(messages(app)[0].delivered_at.has_value());
}

TEST_CASE("channels: wrong credentials pause the channel and lose nothing", "[channels][outbox]") {
  TestApp app;
  const auto channel = add_sms(app);
  app.provider("sms")
      .then(200, R"({"error":"authorise error","error_code":2})")
      .then(200, k_accepted);
  add_lead(app, k_by_phone);
  add_lead(app, R"("phone":"+79160000002")");
  app.run_jobs();
  const auto paused = channel_now(app, channel);
  CHECK(paused.status == "paused");
  CHECK_THAT(paused.status_reason, ContainsSubstring("authorise error"));
  CHECK(count_of(app, "sms send") == 1);  // the second did not even try
  for (const auto& message : messages(app)) CHECK(message.state == "queued");
  app.advance(2h);
  app.run_jobs();
  CHECK(count_of(app, "sms send") == 1);
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return channels::resume(app.world(), tx, channel.id); }));
  app.run_jobs();
  for (const auto& message : messages(app)) CHECK(message.state == "sent");
}

TEST_CASE("channels: a paused channel hands over to one that reaches the person",
          "[channels][outbox]") {
  TestApp app;
  add_sms(app);
  add_email(app);
  app.provider("sms").then(200, R"({"error":"no money","error_code":3})");
  const LeadId id = add_lead(app, R"("channel":"sms","phone":"+79160000001","email":"a@b.test")");
  app.run_jobs();
  REQUIRE(messages(app).size() == 2);
  CHECK(messages(app)[1].channel_kind == "sms");
  CHECK(messages(app)[1].state == "unreachable");
  CHECK(messages(app)[0].channel_kind == "email");
  CHECK(messages(app)[0].state == "sent");
  CHECK_THAT(messages(app)[0].body_html, ContainsSubstring("<p>"));
  REQUIRE(app.transport().smtp_sent.size() == 1);
  CHECK(app.transport().smtp_sent[0].rcpt_to == "a@b.test");
  CHECK(lead_of(app, id).status == "contacted");
}

TEST_CASE("channels: a bad address is final there, and the next channel is tried once",
          "[channels][outbox]") {
  TestApp app;
  add_email(app);
  add_sms(app);
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::rcpt_to, 550, "550 5.1.1 no such user"));
  app.provider("sms").then(200, k_accepted);
  add_lead(app, k_by_both);
  app.run_jobs();
  const auto both = messages(app);
  REQUIRE(both.size() == 2);
  CHECK(both[1].channel_kind == "email");
  CHECK(both[1].state == "unreachable");
  CHECK(both[0].channel_kind == "sms");
  CHECK(both[0].state == "sent");
  CHECK(both[0].body_text.find("{") == std::string::npos);
  app.advance(100h);
  app.run_jobs();
  CHECK(app.transport().smtp_sent.size() == 1);
}

TEST_CASE("channels: the server down for two tries delays a mail and nothing else",
          "[channels][outbox]") {
  TestApp app;
  add_email(app);
  const auto refused = smtp(SmtpReply::Stage::connect, 0, "Connection refused");
  app.provider("email").then_smtp(refused).then_smtp(refused).then_smtp(
      smtp(SmtpReply::Stage::done, 250, "250 ok"));
  add_lead(app, k_by_email);
  app.run_jobs();
  CHECK(messages(app)[0].state == "queued");
  app.advance(7s);
  app.run_jobs();
  app.advance(13s);
  app.run_jobs();
  const auto& sent = app.transport().smtp_sent;
  REQUIRE(sent.size() == 3);
  CHECK(messages(app)[0].state == "sent");
  CHECK(messages(app)[0].attempt == 3);
  CHECK(sent[0].data == sent[2].data);  // Message-ID and all
}

TEST_CASE("channels: greylisting is waited out in minutes", "[channels][outbox]") {
  TestApp app;
  add_email(app);
  app.provider("email")
      .then_smtp(smtp(SmtpReply::Stage::rcpt_to, 451, "451 4.7.1 greylisted"))
      .then_smtp(smtp(SmtpReply::Stage::done, 250, "250 ok"));
  add_lead(app, k_by_email);
  app.run_jobs();
  app.advance(4min);
  app.run_jobs();
  CHECK(app.transport().smtp_sent.size() == 1);
  app.advance(1min);
  app.run_jobs();
  CHECK(messages(app)[0].state == "sent");
}

TEST_CASE("channels: a mail cut off after its last dot is never repeated blindly",
          "[channels][outbox]") {
  TestApp app;
  add_email(app);
  SmtpReply cut = smtp(SmtpReply::Stage::data, 0, "closed");
  cut.may_have_acted = true;
  app.provider("email").then_smtp(cut).then_smtp(smtp(SmtpReply::Stage::done, 250, "250 ok"));
  const LeadId id = add_lead(app, k_by_email);
  for (int i = 0; i < 10; ++i) {
    app.run_jobs();
    app.advance(1h);
  }
  CHECK(app.transport().smtp_sent.size() == 1);
  REQUIRE(messages(app)[0].state == "ambiguous");
  CHECK(lead_of(app, id).status == "new");
  // A person decides; the mailbox can tell by the Message-ID.
  const MessageId message = messages(app)[0].id;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return channels::retry_message(app.app(), tx, app.tenant().id, message);
  }));
  app.run_jobs();
  const auto& sent = app.transport().smtp_sent;
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].data == sent[1].data);
  CHECK(messages(app)[0].state == "sent");
}

TEST_CASE("channels: after a crash a mail goes again only if it had not begun to leave",
          "[channels][outbox]") {
  const bool handed = GENERATE(false, true);
  CAPTURE(handed);
  TestApp app;
  add_email(app);
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::connect, 0, "refused"));
  add_lead(app, k_by_email);
  app.run_jobs();
  REQUIRE(app.transport().smtp_sent.size() == 1);
  // What SIGKILL leaves behind in either moment.
  const std::optional<TimeMs> handed_at =
      handed ? std::optional<TimeMs>(app.clock().now()) : std::nullopt;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec("UPDATE messages SET state = 'sending', handed_at_ms = $1", handed_at);
  }));
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::done, 250, "250 ok"));
  app.provider("email").then_smtp(smtp(SmtpReply::Stage::done, 250, "250 ok"));
  app.advance(10s);
  app.run_jobs();
  app.advance(10min);
  app.run_jobs();
  const auto state = messages(app)[0].state;
  CHECK((handed ? state == "ambiguous" : state == "sent" || state == "queued"));
  CHECK(app.transport().smtp_sent.size() == (handed ? 1 : 3));
}

TEST_CASE("channels: after a crash the file is read before it is written again",
          "[channels][outbox]") {
  TestApp app;
  add_lead(app, k_by_phone);
  app.run_jobs();
  REQUIRE(app.file_messages().size() == 1);
  const auto crash = [&](const char* id_sql) {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec(id_sql, app.clock().now()));
      FLEAD_CHECK(tx.exec("UPDATE jobs SET state = 'ready' WHERE kind = 'message.send'"));
      return {};
    }));
  };
  crash("UPDATE messages SET state = 'sending', handed_at_ms = $1");
  app.run_jobs();
  CHECK(app.file_messages().size() == 1);
  CHECK(messages(app)[0].state == "sent");
}

}  // namespace flead::channels
