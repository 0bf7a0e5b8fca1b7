#include <chrono>
#include <string>

#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/identity.h"
#include "core/intake/lead.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::pages::links_cases {
namespace {

using test::TestApp;
using std::chrono_literals::operator""min;

constexpr std::string_view k_telegram_link = "href=\"https://t.me/acme_bot?start=";

channels::Channel add_connected(TestApp& app, const std::string& kind, const std::string& name) {
  channels::NewChannel input;
  input.kind = kind;
  input.name = name;
  input.secret = "1:token";
  auto made = app.store().write([&](store::Tx& tx) -> Result<channels::Channel> {
    FLEAD_TRY(const channels::Channel added,
              channels::add(app.world(), tx, app.app().key, app.tenant().id, input));
    return channels::save_state(app.world(), tx, added.id,
                                Json::object({{"username", "acme_bot"}, {"screen_name", "acme"}}));
  });
  REQUIRE(made);
  return *made;
}

// What a visitor's form is told: "/b/acme?t=…", and the token alone.
struct Posted {
  std::string id, booking_url, token;
};
Posted post_form(TestApp& app, int number = 1) {
  const auto reply = app.post("/api/v1/leads", R"({"name":"Анна","phone":"+7916)" +
                                                   std::to_string(1000000 + number) +
                                                   R"(","consent":{"purposes":["processing"]}})");
  REQUIRE(reply.status < 300);
  // The contract: a publishable key learns an id and a booking link, and no start link.
  CHECK(reply.body.find("t.me") == std::string::npos);
  const Json body = app.body_of(reply);
  const std::string url = body.text("booking_url").value_or("");
  const auto at = url.find("/b/");
  REQUIRE(at != std::string::npos);
  return {body.text("id").value_or(""), url.substr(at), url.substr(url.find("?t=") + 3)};
}

std::string page_text(TestApp& app, const std::string& target, const std::string& language = "ru") {
  const auto reply =
      app.request("GET", target, {}, "-", {{"accept", "text/html"}, {"accept-language", language}});
  CAPTURE(target);
  REQUIRE(reply.status == 200);
  return reply.body;
}

bool offers_telegram(const std::string& page) {
  return page.find(k_telegram_link) != std::string::npos;
}

int count_in(const std::string& text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The address of the person's own page after booking the first free time by the personal link.
std::string book(TestApp& app, const Posted& posted) {
  const auto reply = app.request(
      "POST", "/b/acme/me", "key=k&at=2026-01-06T07%3A00%3A00.000Z&t=" + posted.token, "-",
      {{"accept", "text/html"}, {"content-type", "application/x-www-form-urlencoded"}});
  REQUIRE(reply.status == 303);
  for (const auto& [name, value] : reply.headers) {
    if (name == "location") return value;
  }
  return "";
}

}  // namespace

TEST_CASE("pages: the step after a form has a button and a code for each messenger",
          "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "telegram");
  add_connected(app, "vk", "vk");
  const Posted posted = post_form(app);
  const std::string target = GENERATE(values<std::string>({"booking", "thanks", "my"}));
  CAPTURE(target);
  const std::string address = target == "booking"  ? posted.booking_url
                              : target == "thanks" ? "/thanks/acme?t=" + posted.token
                                                   : book(app, posted);
  const std::string page = page_text(app, address);
  CHECK(offers_telegram(page));
  CHECK_THAT(page, ContainsSubstring("Написать в Telegram"));
  CHECK_THAT(page, ContainsSubstring("Написать во ВКонтакте"));
  CHECK_THAT(page, ContainsSubstring("href=\"https://vk.me/acme?ref="));
  CHECK_THAT(page, ContainsSubstring("&amp;ref_source=flead"));
  CHECK(count_in(page, "<svg class=\"qr\" viewBox=\"0 0 ") == 2);
  CHECK_THAT(page, ContainsSubstring("d=\"M4 4h7v1h-7z"));
  CHECK(page.find("style=") == std::string::npos);
  CHECK_THAT(page_text(app, address, "en"), ContainsSubstring("Write in Telegram"));
}

TEST_CASE("pages: several offers, and the messengers below their list", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  auto rules = test::plain_rules();
  rules.offer = "long";
  test::add_host(app, rules);
  add_connected(app, "telegram", "telegram");
  CHECK(offers_telegram(page_text(app, post_form(app).booking_url)));
  CHECK_FALSE(offers_telegram(page_text(app, "/b/acme")));
  CHECK_FALSE(offers_telegram(page_text(app, "/b/acme?t=nobody")));
}

TEST_CASE("pages: a stranger and an unknown token see no messengers", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "telegram");
  post_form(app);
  const auto address = GENERATE(values<std::string>(
      {"/b/acme", "/b/acme?t=nobody", "/thanks/acme", "/thanks/acme?t=nobody", "/demo/acme"}));
  CAPTURE(address);
  const std::string page = page_text(app, address);
  CHECK_FALSE(offers_telegram(page));
  CHECK(page.find("class=\"messengers\"") == std::string::npos);
}

TEST_CASE("pages: two accounts of a kind are one button", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "sales");
  add_connected(app, "telegram", "support");
  CHECK(count_in(page_text(app, post_form(app).booking_url), k_telegram_link) == 1);
}

// Whoever posts a number gets the pages of the lead that has it. The link on them would make that
// visitor the lead, so it is for those alone who have just come.
TEST_CASE("pages: a form with the number of a lead that is not new gets no link to its messages",
          "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "telegram");
  const Posted first = post_form(app);
  CHECK(offers_telegram(page_text(app, first.booking_url)));
  app.advance(30min);
  const Posted again = post_form(app);
  CHECK(again.id == first.id);
  CHECK_FALSE(offers_telegram(page_text(app, again.booking_url)));
  CHECK_FALSE(offers_telegram(page_text(app, "/thanks/acme?t=" + again.token)));
  CHECK_FALSE(offers_telegram(page_text(app, book(app, again))));
}

TEST_CASE("pages: where a person is known already there is no second link", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  const auto telegram = add_connected(app, "telegram", "telegram");
  add_connected(app, "max", "max");
  const Posted posted = post_form(app);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return channels::link_identity(app.world(), tx, telegram, LeadId(posted.id), "501", "Анна", "");
  }));
  const std::string page = page_text(app, posted.booking_url);
  CHECK_FALSE(offers_telegram(page));
  CHECK_THAT(page, ContainsSubstring("Написать в MAX"));
}

// The path of the short link that a text message to this lead carries.
std::string start_page(TestApp& app, const std::string& lead) {
  return "/s/" + channels::make_start_page_token(app.app().key, LeadId(lead),
                                                 app.world().clock.now() + k_start_token_age_ms);
}

TEST_CASE("pages: the link of a text message leads to the messengers", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  const Posted posted = post_form(app);
  const std::string path = start_page(app, posted.id);
  const auto ask = [&](const std::string& target) {
    return app.request("GET", target, {}, "-", {{"accept", "text/html"}});
  };
  const auto telegram = add_connected(app, "telegram", "telegram");
  SECTION("to the only one at once, also long after the form and to who is known there") {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return channels::link_identity(app.world(), tx, telegram, LeadId(posted.id), "501", "", "");
    }));
    app.advance(60min);
    const auto reply = ask(path);
    CHECK(reply.status == 303);
    CHECK(test::header_of(reply, "location").starts_with("https://t.me/acme_bot?start="));
    CHECK(test::header_of(reply, "cache-control") == "no-store");
  }
  SECTION("else to a page with a button for each, and the way to a time") {
    add_connected(app, "max", "max");
    const std::string page = page_text(app, path);
    CHECK(offers_telegram(page));
    CHECK_THAT(page, ContainsSubstring("Написать в MAX"));
    CHECK_THAT(page, ContainsSubstring("href=\"/b/acme?t=" + posted.token));
    CHECK_THAT(page_text(app, path, "en"), ContainsSubstring("Write to us"));
  }
  SECTION("not when it is damaged, has ended, or its lead or tenant is gone") {
    CHECK(ask(path.substr(0, path.size() - 1)).status == 404);
    CHECK(ask("/s/" + posted.token).status == 404);
    app.advance(std::chrono::hours(24 * 31));
    CHECK(ask(path).status == 404);
    const std::string fresh = start_page(app, posted.id);
    CHECK(ask(fresh).status == 303);
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tx.exec("UPDATE tenants SET status = 'suspended' WHERE slug = 'acme'");
    }));
    CHECK(ask(fresh).status == 404);
  }
}

TEST_CASE("pages: the widget's last step gets what the thank-you page shows", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "telegram");
  const Posted posted = post_form(app);
  const std::string path = "/w/" + app.tenant().publishable_key + "/messengers";
  const auto ask = [&](const std::string& query) {
    const auto reply = app.request("GET", path + query, {}, "-", {{"origin", "https://site.test"}});
    REQUIRE(reply.status == 200);
    CHECK(test::header_of(reply, "access-control-allow-origin") != "");
    return app.body_of(reply);
  };
  const Json found = ask("?t=" + posted.token + "&lang=en");
  CHECK(found.text("title") == "Or write to us");
  REQUIRE(found.find("data")->items().size() == 1);
  const Json one = found.find("data")->items().front();
  CHECK(one.text("label") == "Write in Telegram");
  CHECK(one.text("url").value_or("").starts_with("https://t.me/acme_bot?start="));
  CHECK(one.find("qr")->integer("side").value_or(0) > 20);
  CHECK(ask("").find("data")->items().size() == 0);
  CHECK(ask("?t=nobody").find("data")->items().size() == 0);
  app.advance(30min);
  CHECK(ask("?t=" + posted.token).find("data")->items().size() == 0);
  CHECK(app.request("GET", "/w/pk_nobody/messengers?t=" + posted.token, {}, "-").status == 404);
}

TEST_CASE("pages: a tenant that denies services abroad shows no button to them", "[pages][links]") {
  TestApp app;
  test::add_host(app);
  add_connected(app, "telegram", "telegram");
  add_connected(app, "max", "max");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "channels.foreign", "deny");
  }));
  const std::string page = page_text(app, post_form(app).booking_url);
  CHECK_FALSE(offers_telegram(page));
  CHECK_THAT(page, ContainsSubstring("Написать в MAX"));
}

}  // namespace flead::pages::links_cases
