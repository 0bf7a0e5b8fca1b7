// Mail that did not arrive: what servers answer, and which addresses are remembered as bad.
#include "core/channels/closing.h"

#include <algorithm>
#include <string>

#include "core/channels/email.h"
#include "core/channels/email_events.h"
#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "core/intake/lead.h"
#include "support/lead_help.h"
#include "support/outbox.h"

namespace flead::channels {
namespace bounce_test {
namespace {

using Stage = SmtpReply::Stage;

Delivery failed(std::string says, std::string stage = "rcpt_to") {
  Delivery delivery;
  delivery.verdict = Verdict::unreachable;
  delivery.stage = std::move(stage);
  delivery.says = std::move(says);
  return delivery;
}

std::vector<Identity> identities(TestApp& app, const LeadId& lead) {
  auto found = app.store().read([&](store::Tx& tx) { return identities_of(tx, lead); });
  REQUIRE(found);
  return *found;
}

// A lead that was greeted by mail.
struct Greeted {
  TestApp app;
  Channel channel = add_email(app);
  LeadId lead = add_lead(app, k_by_email);
  Message message;

  Greeted() {
    app.run_jobs();
    REQUIRE(messages(app).size() == 1);
    message = messages(app)[0];
    REQUIRE(message.state == "sent");
  }
  void note(const Delivery& delivery) {
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return note_closing(app.world(), tx, message, delivery); }));
  }
  std::size_t closings() {
    const auto kinds = event_kinds(app, lead);
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), "channel.closed"));
  }
  // As read_callback does it.
  void tell(std::string_view event, std::string_view payload) {
    const std::string_view where = event == "MessageBounced" ? "original_message" : "message";
    const std::string raw = R"({"event":")" + std::string(event) + R"(","uuid":"u-1","payload":{)" +
                            std::string(payload) + R"(")" + std::string(where) +
                            R"(":{"direction":"outgoing","message_id":")" +
                            email::message_id(message.id, "hi@acme.test") + R"("}}})";
    const auto events = email::parse_events(raw);
    REQUIRE(events.size() == 1);
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return apply_event(app.app(), tx, channel, events[0]); }));
  }
};

}  // namespace

TEST_CASE("channels: refusals by mail servers, as they are written", "[channels][email]") {
  struct Case {
    Stage stage;
    int code;
    std::string says;
    Verdict verdict;
    bool bad_address = false;
  };
  const auto one = GENERATE(values<Case>({
      // No such address, however and whenever it is said.
      {Stage::rcpt_to, 550, "550 5.1.1 <a@b.test>: User unknown", Verdict::unreachable, true},
      {Stage::rcpt_to, 550, "550 5.1.2 bad system", Verdict::unreachable, true},
      {Stage::rcpt_to, 553, "553 5.1.3 bad syntax", Verdict::unreachable, true},
      {Stage::rcpt_to, 556, "556 5.1.10 takes no mail", Verdict::unreachable, true},
      {Stage::rcpt_to, 550, "550-5.1.1 The email account", Verdict::unreachable, true},
      {Stage::rcpt_to, 550, "550 sorry, no mailbox (#5.1.1)", Verdict::unreachable, true},
      {Stage::rcpt_to, 554, "554 5.1.1 user unknown", Verdict::unreachable, true},
      {Stage::rcpt_to, 550, "550 5.7.1 No such user!", Verdict::unreachable, true},  // Yandex
      {Stage::rcpt_to, 550, "550 Message was not accepted -- invalid mailbox", Verdict::unreachable,
       true},  // Mail.ru
      {Stage::rcpt_to, 551, "551 user not local", Verdict::unreachable, true},
      {Stage::rcpt_to, 550, "550 mailbox unavailable", Verdict::unreachable, false},
      {Stage::data, 550, "550 5.1.1 User unknown", Verdict::unreachable, true},
      {Stage::data, 550, "550 5.1.2 bad host", Verdict::unreachable, true},
      // Full or closed: perhaps open again tomorrow.
      {Stage::rcpt_to, 550, "550 5.2.1 disabled", Verdict::unreachable, false},
      {Stage::rcpt_to, 552, "552 5.2.2 full", Verdict::unreachable, false},
      {Stage::data, 552, "552 5.2.2 full", Verdict::unreachable, false},
      {Stage::rcpt_to, 450, "450 4.7.1 No such user!", Verdict::retry, false},
      // Too big.
      {Stage::mail_from, 552, "552 message size exceeds fixed limit", Verdict::rejected},
      {Stage::rcpt_to, 552, "552 5.3.4 too big", Verdict::rejected},
      {Stage::data, 552, "552 5.2.3 too long", Verdict::rejected},
      // The sender, said late.
      {Stage::rcpt_to, 550, "550 5.1.8 bad sender domain", Verdict::misconfigured},
      {Stage::data, 550, "550 5.1.8 bad sender domain", Verdict::misconfigured},
      {Stage::rcpt_to, 550, "550 5.7.8 log in", Verdict::misconfigured},
      {Stage::rcpt_to, 550, "550 5.7.1 Relaying denied", Verdict::misconfigured},
      {Stage::rcpt_to, 550, "550 5.7.54 SMTP; Unable to relay", Verdict::misconfigured},
      {Stage::rcpt_to, 550, "550 relay not permitted", Verdict::misconfigured},
      // Policy.
      {Stage::rcpt_to, 550, "550 5.7.1 blocked by policy", Verdict::rejected},
      {Stage::rcpt_to, 550, "550 5.7.26 no DMARC", Verdict::rejected},
      {Stage::rcpt_to, 550, "550 looks like spam", Verdict::rejected},
      {Stage::data, 550, "550 spam message rejected", Verdict::rejected},
      {Stage::data, 550, "550 5.7.1 SPF check failed", Verdict::rejected},
      // What a stranger typed into a form stands in the reply, and decides nothing: neither a pause
      // of the channel nor the end of the message.
      {Stage::rcpt_to, 550, "550 <relay@evil.test> not here", Verdict::unreachable, false},
      {Stage::rcpt_to, 550, "550 5.2.1 <to.relay@evil.test> closed", Verdict::unreachable, false},
      {Stage::rcpt_to, 550, "550 spam@evil.test: not here", Verdict::unreachable, false},
      {Stage::rcpt_to, 550, "550 <5.1.8@evil.test> not here", Verdict::unreachable, false},
      {Stage::rcpt_to, 550, "550 relay.spam.test has no such host", Verdict::unreachable, false},
      {Stage::rcpt_to, 550, "550 5.7.1 Client host [195.1.8.3] blocked", Verdict::rejected},
  }));
  CAPTURE(one.code, one.says);
  const Delivery delivery = email::parse_smtp(smtp(one.stage, one.code, one.says));
  CHECK(delivery.verdict == one.verdict);
  CHECK(is_bounce(delivery) == one.bad_address);
}

TEST_CASE("channels: statuses and names are told apart in a reply", "[channels][email]") {
  CHECK(email::enhanced_status("550 5.1.1 no such user") == "5.1.1");
  CHECK(email::enhanced_status("550-5.1.10 x\n550 5.1.10 y") == "5.1.10");
  CHECK(email::enhanced_status("553 sorry (#5.7.1)") == "5.7.1");
  CHECK(email::enhanced_status("550 cuda_nsu 5.1.1 x") == "5.1.1");
  for (const char* none :
       {"", "550", "550 no", "5.1", "5.1.", ".5.1.1.1", "550 15.1.1 x", "3.1.1", "[195.1.8.3]",
        "<5.1.1@evil.test>", "5.1111.1", "5..1", "\xff.\xff.\xff", "550-", "x-.-"}) {
    CAPTURE(none);
    CHECK(email::enhanced_status(none).empty());
  }
  CHECK(email::without_names("550 5.1.1 <a@b.test>:  User\r\nunknown. See https://b.test/x now.") ==
        "550 5.1.1 User unknown. See now.");
  CHECK(email::without_names("").empty());
}

TEST_CASE("channels: an address that does not exist is remembered once", "[channels][email]") {
  Greeted greeted;
  greeted.note(failed("550 5.1.1 no such user"));
  greeted.note(failed("550 5.1.1 no such user"));
  const auto known = identities(greeted.app, greeted.lead);
  REQUIRE(known.size() == 1);
  CHECK(known[0].channel == greeted.channel.id);
  CHECK(known[0].address == "anna@example.test");
  CHECK(known[0].closed_why == "bounced");
  CHECK(greeted.closings() == 1);
}

TEST_CASE("channels: what says nothing about the address closes nothing", "[channels][email]") {
  Greeted greeted;
  greeted.note(failed("552 5.2.2 full"));
  greeted.note(failed("550 5.7.1 policy", "failed"));
  greeted.note(failed("Message is likely spam.", "failed"));
  greeted.note(failed("Recipient is on the suppression list", "held"));
  greeted.note(failed("given up: too old", ""));
  Delivery waiting = failed("450 4.1.1 no such user yet");
  greeted.note(waiting);
  waiting.says = "550 5.1.1 no such user";
  for (const Verdict verdict : {Verdict::sent, Verdict::retry, Verdict::rejected,
                                Verdict::ambiguous, Verdict::misconfigured}) {
    waiting.verdict = verdict;
    greeted.note(waiting);
  }
  Message elsewhere = greeted.message;
  greeted.message.channel_kind = "sms";
  greeted.note(failed("550 5.1.1 no such user"));
  greeted.message = elsewhere;
  greeted.message.lead.reset();
  greeted.note(failed("550 5.1.1 no such user"));
  greeted.message = elsewhere;
  greeted.message.address = "old@example.test";  // corrected since
  greeted.note(failed("550 5.1.1 no such user"));
  CHECK(identities(greeted.app, greeted.lead).empty());
  CHECK(greeted.closings() == 0);
}

TEST_CASE("channels: a server's no at RCPT sends later messages elsewhere", "[channels][email]") {
  TestApp app;
  add_email(app);
  add_sms(app);
  app.provider("email").then_smtp(smtp(Stage::rcpt_to, 550, "550 5.1.1 no such user"));
  app.provider("sms").then(200, k_accepted);
  const LeadId lead = add_lead(app, k_by_both);
  app.run_jobs();
  REQUIRE(identities(app, lead).size() == 1);
  CHECK(identities(app, lead)[0].closed_why == "bounced");
  const auto all = messages(app);
  REQUIRE(all.size() == 2);  // the mail, and the SMS instead of it
  CHECK(all[0].channel_kind == "sms");
  CHECK(all[1].state == "unreachable");
}

TEST_CASE("channels: Postal's word settles a mail", "[channels][email]") {
  Greeted greeted;
  const auto state = [&] { return messages(greeted.app).back().state; };
  SECTION("taken by the recipient's server") {
    greeted.tell("MessageSent", R"("output":"250 OK",)");
    CHECK(state() == "delivered");
    CHECK(greeted.closings() == 0);
    // And then it came back after all.
    greeted.tell("MessageBounced", "");
    CHECK(state() == "unreachable");
    CHECK(greeted.closings() == 1);
  }
  SECTION("refused for its address") {
    greeted.tell("MessageDeliveryFailed", R"("output":"550 5.1.1 no such user",)");
    CHECK(state() == "unreachable");
    CHECK(greeted.closings() == 1);
  }
  SECTION("refused for its text") {
    greeted.tell("MessageDeliveryFailed", R"("output":"550 5.7.1 spam",)");
    CHECK(state() == "unreachable");
    CHECK(greeted.closings() == 0);
  }
  SECTION("late") {
    greeted.tell("MessageDelayed", R"("output":"450 4.2.0 later",)");
    CHECK(state() == "sent");
  }
}

}  // namespace bounce_test
}  // namespace flead::channels
