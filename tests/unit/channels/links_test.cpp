#include "core/channels/links.h"

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/identity.h"
#include "core/tenants/tenant.h"
#include "support/outbox.h"

namespace flead::channels::links_cases {
namespace {

struct KindCase {
  std::string kind;
  std::string state;   // what connecting would have learned
  std::string before;  // of the link, up to the token
  std::string after;
};
const std::vector<KindCase> k_kinds = {
    {"telegram", R"({"username":"acme_bot"})", "https://t.me/acme_bot?start=", ""},
    {"max", R"({"username":"acme_bot"})", "https://max.ru/acme_bot?start=", ""},
    {"vk", R"({"screen_name":"acme"})", "https://vk.me/acme?ref=", "&ref_source=flead"},
    {"whatsapp", R"({"display_phone_number":"+7 999 123-45-67"})",
     "https://wa.me/79991234567?text=", ""},
    {"instagram", R"({"username":"acme"})", "https://ig.me/m/acme?ref=", ""},
};

Channel add_messenger(TestApp& app, const KindCase& one, const std::string& name = "",
                      const std::string& tenant = "") {
  NewChannel input;
  input.kind = one.kind;
  input.name = name;
  input.secret = "1:token";
  if (one.kind == "whatsapp") input.config.set("phone_number_id", "1065");
  auto made = app.store().write([&](store::Tx& tx) -> Result<Channel> {
    const TenantId owner = tenant.empty() ? app.tenant().id : TenantId(tenant);
    FLEAD_TRY(const Channel added, add(app.world(), tx, app.app().key, owner, input));
    if (one.state.empty()) return added;
    return save_state(app.world(), tx, added.id, *parse_json(one.state));
  });
  REQUIRE(made);
  return *made;
}

std::vector<StartLink> links_for(TestApp& app, App& with, const intake::Lead& lead) {
  auto links =
      app.store().read([&](store::Tx& tx) { return start_links(with, tx, app.tenant(), lead); });
  REQUIRE(links);
  return *links;
}

std::vector<StartLink> links_for(TestApp& app, const intake::Lead& lead) {
  return links_for(app, app.app(), lead);
}

std::vector<std::string> kinds_of(const std::vector<StartLink>& links) {
  std::vector<std::string> kinds;
  for (const StartLink& link : links) kinds.push_back(link.kind);
  return kinds;
}

void add_all_kinds(TestApp& app) {
  for (const KindCase& one : k_kinds) add_messenger(app, one);
}

intake::Lead new_lead(TestApp& app) {
  return lead_of(app, add_lead(app, k_by_phone));
}

}  // namespace

TEST_CASE("channels: each messenger's link carries a token that names the lead for 30 days",
          "[channels][links]") {
  TestApp app;
  const intake::Lead lead = new_lead(app);
  const KindCase& one = k_kinds[GENERATE(values<std::size_t>({0, 1, 2, 3, 4}))];
  CAPTURE(one.kind);
  add_messenger(app, one, "front");
  const auto links = links_for(app, lead);
  REQUIRE(links.size() == 1);
  CHECK(links[0].kind == one.kind);
  CHECK(links[0].channel == "front");
  CAPTURE(links[0].url);
  REQUIRE(links[0].url.starts_with(one.before));
  REQUIRE(links[0].url.ends_with(one.after));
  // WhatsApp's stands at the end of a text that the person sends.
  std::string token = links[0].url.substr(one.before.size());
  token = percent_decode(token.substr(0, token.size() - one.after.size()));
  token = token.substr(token.rfind(' ') + 1);
  CHECK(token.size() <= 64);
  const TimeMs now = app.world().clock.now();
  CHECK(read_start_token(app.app().key, token, now) == lead.id);
  CHECK(read_start_token(app.app().key, token, now + k_start_token_age_ms) == lead.id);
  CHECK_FALSE(read_start_token(app.app().key, token, now + k_start_token_age_ms + 2 * k_hour_ms));
  CHECK(links[0].url.find("1:token") == std::string::npos);
}

TEST_CASE("channels: a messenger that has not told its name has no link, nor has any other kind",
          "[channels][links]") {
  TestApp app;
  const intake::Lead lead = new_lead(app);
  add_sms(app);
  add_email(app);
  for (KindCase one : k_kinds) {
    one.state.clear();
    add_messenger(app, one);
  }
  CHECK(links_for(app, lead).empty());
}

TEST_CASE("channels: links are of the tenant's active channels, in the order they were added",
          "[channels][links]") {
  TestApp app;
  const intake::Lead lead = new_lead(app);
  add_all_kinds(app);
  CHECK(kinds_of(links_for(app, lead)) ==
        std::vector<std::string>{"telegram", "max", "vk", "whatsapp", "instagram"});
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const Channel max, find(tx, app.tenant().id, "max"));
    FLEAD_CHECK(pause(app.world(), tx, max.id, "by hand"));
    FLEAD_TRY(const Channel vk, find(tx, app.tenant().id, "vk"));
    FLEAD_CHECK(remove(app.world(), tx, vk.id));
    return {};
  }));
  const auto other = app.add_tenant("other");
  add_messenger(app, k_kinds[1], "theirs", other.id.text());
  CHECK(kinds_of(links_for(app, lead)) ==
        std::vector<std::string>{"telegram", "whatsapp", "instagram"});
}

TEST_CASE("channels: a tenant that denies services abroad offers no links to them",
          "[channels][links]") {
  TestApp app;
  const intake::Lead lead = new_lead(app);
  add_all_kinds(app);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "channels.foreign", "deny");
  }));
  CHECK(kinds_of(links_for(app, lead)) == std::vector<std::string>{"max", "vk"});
}

TEST_CASE("channels: a greeting by mail offers the messengers where the person is not known",
          "[channels][links]") {
  TestApp app;
  add_email(app);
  const bool offered = GENERATE(true, false);
  if (offered) add_messenger(app, k_kinds[0]);
  const LeadId lead = add_lead(app, R"("email":"ira@example.ru")");
  app.run_jobs();
  const auto body = [&](const std::string& column) {
    const auto text = app.store().read([&](store::Tx& tx) {
      return tx.one(
          "SELECT " + column + " FROM messages WHERE lead_id = $1",
          [](const store::Row& row) { return row.string(0); }, lead);
    });
    REQUIRE(text);
    return *text;
  };
  if (offered) {
    CHECK_THAT(body("body_text"),
               ContainsSubstring("здесь:\nTelegram: https://t.me/acme_bot?start="));
    CHECK_THAT(body("body_html"), ContainsSubstring("<a href=\"https://t.me/acme_bot?start="));
  } else {
    CHECK(body("body_text").find("Telegram") == std::string::npos);
    CHECK(body("body_html").find("<p></p>") == std::string::npos);
  }
  CHECK(body("body_text").find("\n\n\n") == std::string::npos);
}

// The text of the lead's greeting, and what it is paid for.
struct Sms {
  std::string text;
  std::int64_t segments = 0;
};
Sms greeting_sms(TestApp& app) {
  const LeadId lead = add_lead(app, k_by_phone);
  app.run_jobs();
  const auto sms = app.store().read([&](store::Tx& tx) {
    return tx.one(
        "SELECT body_text, segments FROM messages WHERE lead_id = $1",
        [](const store::Row& row) {
          return Sms{row.string(0), row.integer(1)};
        },
        lead);
  });
  REQUIRE(sms);
  return *sms;
}

TEST_CASE("channels: a greeting by SMS carries one short link for all messengers",
          "[channels][links]") {
  TestApp app;
  add_sms(app);
  SECTION("none where there is no messenger") {
    const Sms sms = greeting_sms(app);
    CHECK(sms.text.find("/s/") == std::string::npos);
    CHECK_FALSE(sms.text.ends_with(" "));
  }
  SECTION("none where the tenant does not want to pay for it") {
    add_messenger(app, k_kinds[0]);
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "sms.start_link", "false");
    }));
    CHECK(greeting_sms(app).text.find("/s/") == std::string::npos);
  }
  SECTION("else one, whose token names the lead for 30 days") {
    add_messenger(app, k_kinds[0]);
    add_messenger(app, k_kinds[1]);
    const Sms sms = greeting_sms(app);
    CAPTURE(sms.text);
    const std::string before = " Telegram, MAX: http://flead.test/s/";
    const auto at = sms.text.find(before);
    REQUIRE(at != std::string::npos);
    CHECK_THAT(sms.text, ContainsSubstring("/b/acme?t="));
    CHECK(sms.segments <= 4);
    const std::string token = sms.text.substr(at + before.size());
    CHECK(token.size() == 42);
    const SealKey& key = app.app().key;
    const TimeMs now = app.world().clock.now();
    const auto lead = read_start_page_token(key, token, now);
    REQUIRE(lead);
    CHECK(read_start_page_token(key, token, now + k_start_token_age_ms) == lead);
    CHECK_FALSE(read_start_page_token(key, token, now + k_start_token_age_ms + 2 * k_hour_ms));
    for (std::size_t i = 0; i < token.size(); ++i) {  // no letter of it is idle
      std::string changed = token;
      changed[i] = changed[i] == 'a' ? 'b' : 'a';
      CAPTURE(changed);
      CHECK(read_start_page_token(key, changed, now) != lead);
    }
    CHECK_FALSE(read_start_page_token(key, token.substr(0, 41), now));
    CHECK_FALSE(read_start_page_token(key, token + "a", now));
    CHECK_FALSE(read_start_page_token(key, "", now));
    CHECK_FALSE(read_start_page_token(SealKey(), token, now));
    // Neither kind of token is good for the other's purpose.
    CHECK_FALSE(read_start_token(key, token, now));
    CHECK_FALSE(read_start_page_token(key, make_start_token(key, *lead, now + k_hour_ms), now));
  }
}

TEST_CASE("channels: without the key there are no links", "[channels][links]") {
  TestApp app;
  const intake::Lead lead = new_lead(app);
  add_all_kinds(app);
  App keyless{app.store(), app.world(), app.app().config, SealKey(), app.app().transport};
  CHECK(links_for(app, keyless, lead).empty());
}

}  // namespace flead::channels::links_cases
