// Callbacks of providers and the way out of advertising, through the router.
#include <string>

#include "core/base/crypto.h"
#include "core/channels/channel.h"
#include "core/channels/inbox.h"
#include "core/channels/outbox.h"
#include "core/channels/sms.h"
#include "core/intake/consents.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {

using test::TestApp;

namespace {

struct SentSms {
  channels::Channel channel;
  channels::Message message;
};

SentSms send_sms(TestApp& app, std::string hook_secret) {
  channels::NewChannel input;
  input.kind = "sms";
  input.config = Json::object({{"login", "acme"}});
  input.secret = "open-sesame";
  input.hook_secret = std::move(hook_secret);
  auto channel = app.store().write([&](store::Tx& tx) {
    return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
  });
  REQUIRE(channel);
  REQUIRE(
      app.post("/api/v1/leads", R"({"phone":"+79160000001","consent":{"purposes":["processing"]}})")
          .status == 201);
  // The provider echoes our id, as the real one does.
  channels::HttpReply accepted;
  accepted.status = 200;
  accepted.body = R"({"id":1,"cnt":1})";
  app.provider("sms").then(accepted).then(200, R"({"status":-1})");
  app.run_jobs();
  const auto sent = app.store().read([&](store::Tx& tx) {
    return channels::list_messages(tx, app.tenant().id, channels::MessageFilter{});
  });
  REQUIRE(sent);
  REQUIRE(sent->size() == 1);
  REQUIRE((*sent)[0].state == "sent");
  return {*channel, (*sent)[0]};
}

std::string state_of(TestApp& app, const SentSms& sms) {
  const auto now = app.store().read(
      [&](store::Tx& tx) { return channels::load_message(tx, app.tenant().id, sms.message.id); });
  REQUIRE(now);
  return now->state;
}

std::string signed_form(const SentSms& sms, std::string_view status, std::string_view secret) {
  const std::string text =
      sms.message.provider_id + ":79160000001:" + std::string(status) + ":" + std::string(secret);
  return "id=" + sms.message.provider_id + "&phone=79160000001&status=" + std::string(status) +
         "&type=0&ts=1795158904&md5=" + md5_hex(text);
}

http::Reply call_hook(TestApp& app, const SentSms& sms, const std::string& form,
                      std::string_view type = "application/x-www-form-urlencoded") {
  const auto reply =
      app.request("POST", "/hooks/sms/" + sms.channel.id.text() + "?charset=utf-8&fmt=3&md5=1",
                  form, "-", {{"content-type", std::string(type)}});
  app.run_jobs();  // what was kept is read from the queue
  return reply;
}

}  // namespace

TEST_CASE("hooks: a signed report of SMSC delivers a message once", "[hooks][channels]") {
  TestApp app;
  const SentSms sms = send_sms(app, "word");
  const std::string form = signed_form(sms, "1", "word");
  CHECK(call_hook(app, sms, form).status == 200);
  CHECK(state_of(app, sms) == "delivered");
  // Again, and an older one late: answered, and nothing changes.
  CHECK(call_hook(app, sms, form).status == 200);
  CHECK(call_hook(app, sms, signed_form(sms, "20", "word")).status == 200);
  CHECK(state_of(app, sms) == "delivered");
  CHECK(test::count_rows(app.store(), "callbacks") == 2);
}

TEST_CASE("hooks: JSON is as good as a form, and failure is told", "[hooks][channels]") {
  TestApp app;
  const SentSms sms = send_sms(app, "word");
  const std::string id = sms.message.provider_id;
  const std::string body = Json::object({{"id", id},
                                         {"phone", "79160000001"},
                                         {"status", "20"},
                                         {"md5", md5_hex(id + ":79160000001:20:word")}})
                               .dump();
  CHECK(call_hook(app, sms, body, "application/json").status == 200);
  CHECK(state_of(app, sms) == "unreachable");
}

TEST_CASE("hooks: the same words twice are two messages", "[hooks][channels]") {
  TestApp app;
  const SentSms sms = send_sms(app, "word");
  const auto said = [&](const std::string& more) {
    return call_hook(app, sms,
                     "phone=79160000001&mes=stop&to=79990000000&md5=" +
                         md5_hex("79160000001:stop:79990000000:word") + more)
        .status;
  };
  CHECK(said("&sms_id=7") == 200);
  CHECK(said("&sms_id=7") == 200);  // told twice
  CHECK(test::count_rows(app.store(), "callbacks") == 1);
  CHECK(said("&sms_id=8") == 200);
  CHECK(said("&time=01.02.2026 10:00") == 200);
  CHECK(test::count_rows(app.store(), "callbacks") == 3);
}

TEST_CASE("hooks: a report of failure ends the message, whatever its reason", "[hooks][channels]") {
  for (const auto verdict : {channels::Verdict::misconfigured, channels::Verdict::retry,
                             channels::Verdict::unreachable}) {
    TestApp app;
    const SentSms sms = send_sms(app, "word");
    channels::Inbound event;
    event.kind = channels::Inbound::Kind::receipt;
    event.key = "told";
    event.provider_id = sms.message.provider_id;
    event.address = "+79160000001";
    event.delivery.verdict = verdict;
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return channels::apply_event(app.app(), tx, sms.channel, event); }));
    CHECK(state_of(app, sms) == "unreachable");
  }
}

TEST_CASE("hooks: an unsigned or badly signed report is 401 and changes nothing",
          "[hooks][channels]") {
  TestApp app;
  const bool with_secret = GENERATE(true, false);
  const SentSms sms = send_sms(app, with_secret ? "word" : "");
  const std::string id = sms.message.provider_id;
  for (const std::string& form :
       {signed_form(sms, "1", "other"), signed_form(sms, "1", ""), std::string("id=") + id,
        std::string(), "id=" + id + "&phone=79160000001&status=1&md5=1",
        std::string("\xff&&&==%%%")}) {
    CAPTURE(form, with_secret);
    CHECK(call_hook(app, sms, form).status == 401);
  }
  CHECK(state_of(app, sms) == "sent");
  CHECK(test::count_rows(app.store(), "callbacks") == 0);
  CHECK(app.request("POST", "/hooks/sms/chn_nothing", signed_form(sms, "1", "word"), "-",
                    {{"content-type", "application/x-www-form-urlencoded"}})
            .status == 401);
}

TEST_CASE("pages: advertising ends by a POST, never by a look", "[pages][channels]") {
  TestApp app;
  REQUIRE(app.post("/api/v1/leads", R"({"phone":"+79160000001",
      "consent":{"purposes":["processing","marketing"]}})")
              .status == 201);
  const auto leads = app.store().read(
      [&](store::Tx& tx) { return intake::list(tx, app.tenant().id, intake::LeadFilter{}); });
  REQUIRE(leads);
  const intake::Lead lead = leads->front();
  const auto agrees = [&] {
    const auto answer = app.store().read(
        [&](store::Tx& tx) { return intake::has_consent(tx, lead.id, "marketing"); });
    REQUIRE(answer);
    return *answer;
  };
  const std::string path = "/u/acme/" + lead.link_token;
  CHECK(app.get(path, "-").status == 200);
  CHECK(agrees());
  CHECK(app.request("POST", path, "List-Unsubscribe=One-Click", "-",
                    {{"content-type", "application/x-www-form-urlencoded"}})
            .status == 200);
  CHECK_FALSE(agrees());
  CHECK(app.request("POST", path, "", "-").status == 200);  // again: nothing to do, still fine
  CHECK(app.get("/u/acme/guess", "-").status == 404);
  const auto kinds = app.store().read(
      [&](store::Tx& tx) { return intake::timeline(tx, app.tenant().id, lead.id, "", 100); });
  REQUIRE(kinds);
  std::size_t told = 0;
  for (const auto& event : *kinds) told += event.kind == "consent.withdrawn" ? 1 : 0;
  CHECK(told == 1);
}

}  // namespace flead
