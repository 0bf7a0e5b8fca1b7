// What the outbox's cases share: channels and leads made in a line, and looks at what became of a
// message.
#pragma once

#include <chrono>
#include <string>

#include "core/channels/channel.h"
#include "core/channels/outbox.h"
#include "core/channels/sms.h"
#include "core/intake/consents.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::channels {

using test::TestApp;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

inline constexpr const char* k_accepted = R"({"id":1,"cnt":2,"cost":"7.80","balance":"500.00"})";

inline channels::Channel add_sms(TestApp& app) {
  channels::NewChannel input;
  input.kind = "sms";
  input.config = Json::object({{"login", "acme"}});
  input.secret = "open-sesame";
  auto made = app.store().write([&](store::Tx& tx) {
    return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
  });
  REQUIRE(made);
  return *made;
}

inline channels::Channel add_email(TestApp& app) {
  channels::NewChannel input;
  input.kind = "email";
  input.config = Json::object({{"base_url", "smtps://mail.acme.test:465"},
                               {"from", "hi@acme.test"},
                               {"user", "hi@acme.test"}});
  input.secret = "open-sesame";
  auto made = app.store().write([&](store::Tx& tx) {
    return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
  });
  REQUIRE(made);
  return *made;
}

inline LeadId add_lead(TestApp& app, std::string_view fields) {
  const std::string body =
      R"({"name":"Анна","consent":{"purposes":["processing"]},)" + std::string(fields) + "}";
  const auto reply = app.post("/api/v1/leads", body);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return LeadId(*app.body_of(reply).text("id"));
}

inline constexpr const char* k_by_phone = R"("phone":"+79160000001")";
inline constexpr const char* k_by_email = R"("email":"anna@example.test")";
inline constexpr const char* k_by_both = R"("phone":"+79160000001","email":"anna@example.test")";

inline intake::Lead lead_of(TestApp& app, const LeadId& id) {
  auto lead =
      app.store().read([&](store::Tx& tx) { return intake::load(tx, app.tenant().id, id); });
  REQUIRE(lead);
  return *lead;
}

inline std::vector<Message> messages(TestApp& app) {
  auto found = app.store().read([&](store::Tx& tx) {
    return channels::list_messages(tx, app.tenant().id, channels::MessageFilter{});
  });
  REQUIRE(found);
  return *found;
}

inline channels::Channel channel_now(TestApp& app, const channels::Channel& channel) {
  auto found =
      app.store().read([&](store::Tx& tx) { return channels::load_channel(tx, channel.id); });
  REQUIRE(found);
  return *found;
}

inline std::vector<std::string> event_kinds(TestApp& app, const LeadId& id) {
  auto events = app.store().read(
      [&](store::Tx& tx) { return intake::timeline(tx, app.tenant().id, id, "", 100); });
  REQUIRE(events);
  std::vector<std::string> kinds;
  for (const auto& event : *events) kinds.push_back(event.kind);
  return kinds;
}

inline SmtpReply smtp(SmtpReply::Stage stage, int code, std::string says) {
  SmtpReply reply;
  reply.stage = stage;
  reply.code = code;
  reply.says = std::move(says);
  return reply;
}

inline std::size_t count_of(TestApp& app, std::string_view label) {
  std::size_t count = 0;
  for (const auto& request : app.sent("sms")) count += request.label == label ? 1 : 0;
  return count;
}

}  // namespace flead::channels
