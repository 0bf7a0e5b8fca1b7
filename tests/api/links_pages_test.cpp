#include <chrono>
#include <string>

#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/identity.h"
#include "core/intake/lead.h"
#include "support/booking.h"
#include "support/catch.h"
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
