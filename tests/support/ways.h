// What cases about the way of a message share: channels by name, words that come in, consents.
#pragma once

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

inline constexpr const char* k_chat_sent =
    R"({"ok":true,"result":{"message_id":88,"chat":{"id":501,"type":"private"},"date":1}})";
inline constexpr const char* k_blocked =
    R"({"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"})";

inline Channel add_channel(TestApp& app, const std::string& kind, const std::string& name,
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

inline void set(TestApp& app, std::string_view key, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, key, value);
  }));
}

inline void link(TestApp& app, const Channel& channel, const LeadId& lead,
                 const std::string& address) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return link_identity(app.world(), tx, channel, lead, address, "", "");
  }));
}

inline void hear(TestApp& app, const Channel& channel, Inbound event) {
  if (event.key.empty()) event.key = "k" + std::to_string(app.clock().now());
  REQUIRE(
      app.store().write([&](store::Tx& tx) { return apply_event(app.app(), tx, channel, event); }));
}

inline Inbound words(const std::string& address, const std::string& text) {
  Inbound event;
  event.kind = Inbound::Kind::text;
  event.address = address;
  event.text = text;
  return event;
}

inline void send(TestApp& app, const LeadId& lead, const std::string& text = "Завтра в пять?") {
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    NewMessage message;
    message.template_name = "chat.text";
    message.variables = {{"tenant", "acme"}, {"text", text}};
    FLEAD_CHECK(send_to_lead(app.app(), tx, app.tenant(), to, message));
    return {};
  }));
}

inline void agree(TestApp& app, const LeadId& lead, const std::string& purpose) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec(
        "INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,"
        " page_url, ip, user_agent, at_ms) VALUES ($4, $1, $2, $3, 1, '', '', '', '', '', 1)",
        app.tenant().id, lead, purpose, new_id<ConsentIdTag>(app.world()));
  }));
}

inline Enrolment begin_ads(TestApp& app, const LeadId& lead,
                           const std::string& step = "0s: -20 %") {
  auto made = app.store().write([&](store::Tx& tx) -> Result<Enrolment> {
    FLEAD_TRY(const Sequence sequence,
              create_sequence(app.world(), tx, app.tenant().id, {"sale", true, {step}}));
    FLEAD_TRY(const intake::Lead to, intake::load(tx, app.tenant().id, lead));
    return enrol(app.app(), tx, sequence, to, "cli");
  });
  REQUIRE(made);
  return *made;
}

inline bool is_closed(TestApp& app, const Channel& channel, const std::string& address) {
  const auto found =
      app.store().read([&](store::Tx& tx) { return find_identity(tx, channel.id, address); });
  REQUIRE((found && *found));
  return !(*found)->closed_why.empty();
}

inline Person person_of(TestApp& app, const LeadId& lead) {
  auto found = app.store().read(
      [&](store::Tx& tx) { return load_person(tx, app.tenant().id, lead, "service"); });
  REQUIRE(found);
  return *found;
}

}  // namespace flead::channels::ways_test
