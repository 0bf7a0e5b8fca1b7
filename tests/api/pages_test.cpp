#include <string>
#include <string_view>

#include "core/base/embedded.h"
#include "core/intake/widget.h"
#include "core/law/legal.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::TestApp;

http::Reply get(TestApp& app, std::string_view target, http::Headers headers = {}) {
  return app.request("GET", target, {}, "-", std::move(headers));
}

std::string body_of(const http::Reply& reply) {
  return reply.static_body.empty() ? reply.body : std::string(reply.static_body);
}

std::string widget_path(const TestApp& app) {
  return "/w/" + app.tenant().publishable_key + ".js";
}

void edit_widget(TestApp& app, const intake::WidgetEdit& edit) {
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return intake::edit_widget(app.world(), tx, app.tenant().id, edit); }));
}

}  // namespace

TEST_CASE("pages: the widget is one answer with settings, texts and style", "[pages]") {
  TestApp app;
  const auto reply = get(app, widget_path(app));
  CHECK(reply.status == 200);
  CHECK(test::header_of(reply, "content-type") == "text/javascript; charset=utf-8");
  CHECK(test::header_of(reply, "cross-origin-resource-policy") == "cross-origin");
  CHECK_THAT(reply.body, ContainsSubstring(app.tenant().publishable_key));
  CHECK_THAT(reply.body, ContainsSubstring("Оставить заявку"));
  CHECK_THAT(reply.body, ContainsSubstring("Get in touch"));
  CHECK_THAT(reply.body, ContainsSubstring("--c:#0a7d5a"));
  CHECK(reply.body.find("sk_") == std::string::npos);
  CHECK(reply.body.find(app.tenant().id.text()) == std::string::npos);
}

TEST_CASE("pages: the widget with its form is less than 6 KiB of gzip", "[pages]") {
  TestApp app;
  const auto reply = get(app, widget_path(app), {{"accept-encoding", "gzip"}});
  CHECK(test::header_of(reply, "content-encoding") == "gzip");
  CHECK(reply.body.size() < 6144);
  const auto brotli = get(app, widget_path(app), {{"accept-encoding", "gzip, br"}});
  CHECK(test::header_of(brotli, "content-encoding") == "br");
  CHECK(brotli.body.size() < reply.body.size());
}

TEST_CASE("pages: a widget that a browser has is not sent again", "[pages]") {
  TestApp app;
  const auto first = get(app, widget_path(app), {{"accept-encoding", "gzip"}});
  const std::string etag = test::header_of(first, "etag");
  REQUIRE(!etag.empty());
  CHECK(test::header_of(first, "vary") == "accept-encoding");
  const auto again =
      get(app, widget_path(app), {{"accept-encoding", "gzip"}, {"if-none-match", etag}});
  CHECK(again.status == 304);
  CHECK(body_of(again).empty());
  // The tag names one encoding.
  CHECK(get(app, widget_path(app), {{"if-none-match", etag}}).status == 200);
}

TEST_CASE("pages: an unknown key gets a script that does nothing", "[pages]") {
  TestApp app;
  const auto path = GENERATE(values<std::string>(
      {"/w/pk_unknown.js", "/w/pk_.js", "/w/.js", "/w/x", "/w/sk_secret.js", "/w/%00.js"}));
  CAPTURE(path);
  const auto reply = get(app, path);
  if (reply.status == 400) return;  // refused before: not a path at all
  CHECK(reply.status == 404);
  CHECK(test::header_of(reply, "content-type") == "text/javascript; charset=utf-8");
  CHECK(reply.body.starts_with("/*"));
  CHECK(reply.body.find("unknown") == std::string::npos);
}

TEST_CASE("pages: visitors see published widget settings, ?draft shows the draft", "[pages]") {
  TestApp app;
  edit_widget(app,
              {.color = "#123456", .position = "left", .texts = {"title=</script>\xe2\x80\xa8"}});
  CHECK(get(app, widget_path(app)).body.find("#123456") == std::string::npos);
  const auto draft = get(app, widget_path(app) + "?draft=1");
  CHECK_THAT(draft.body, ContainsSubstring("--c:#123456"));
  CHECK_THAT(draft.body, ContainsSubstring("--l:20px"));
  CHECK(draft.body.find("\xe2\x80\xa8") == std::string::npos);
  CHECK(test::header_of(draft, "cache-control") == "no-store");
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return intake::publish_widget(app.world(), tx, app.tenant().id); }));
  CHECK_THAT(get(app, widget_path(app)).body, ContainsSubstring("--c:#123456"));
}

TEST_CASE("pages: publishing counts versions and does nothing when nothing changed", "[pages]") {
  TestApp app;
  const auto publish = [&] {
    return *app.store().write(
        [&](store::Tx& tx) { return intake::publish_widget(app.world(), tx, app.tenant().id); });
  };
  CHECK(publish().version == 1);
  CHECK(publish().version == 1);
  edit_widget(app, {.then = "thanks"});
  CHECK(publish().version == 2);
  CHECK(publish().then == "thanks");
}

TEST_CASE("pages: the box for processing stays where the tenant requires the consent", "[pages]") {
  TestApp app;
  edit_widget(app, {.purposes = ""});
  CHECK_THAT(get(app, widget_path(app) + "?draft").body,
             ContainsSubstring(R"("purpose":"processing")"));
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "consent.required", "false");
  }));
  CHECK(get(app, widget_path(app) + "?draft").body.find(R"("purpose":)") == std::string::npos);
}

TEST_CASE("pages: a widget in one language carries no other", "[pages]") {
  TestApp app;
  edit_widget(app, {.locale = "en"});
  const auto reply = get(app, widget_path(app) + "?draft");
  CHECK(reply.body.find("Оставить") == std::string::npos);
  CHECK_THAT(reply.body, ContainsSubstring("Get in touch"));
}

TEST_CASE("pages: a suspended tenant has no widget and no pages", "[pages]") {
  TestApp app;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    tenants::TenantEdit edit;
    edit.suspended = true;
    return tenants::edit(app.world(), tx, app.tenant().id, edit);
  }));
  CHECK(get(app, widget_path(app)).status == 404);
  CHECK(get(app, "/demo/acme").status == 404);
  CHECK(get(app, "/thanks/acme").status == 404);
  CHECK(get(app, "/legal/policy?t=acme").status == 404);
  CHECK(get(app, "/legal/policy").status == 404);
}

TEST_CASE("pages: the demo page carries the widget and is not listed", "[pages]") {
  TestApp app;
  const auto reply = get(app, "/demo/acme", {{"accept-language", "en"}});
  CHECK(reply.status == 200);
  CHECK_THAT(reply.body, ContainsSubstring("src=\"" + widget_path(app) + "\""));
  CHECK_THAT(reply.body, ContainsSubstring("noindex"));
  CHECK_THAT(reply.body, ContainsSubstring("http://flead.test/w/pk_"));  // the line to copy
  CHECK_THAT(get(app, "/demo/acme?draft").body, ContainsSubstring(".js?draft=1\""));
  CHECK(get(app, "/demo/nobody").status == 404);
}

TEST_CASE("pages: the thank-you page offers the booking link that it was given", "[pages]") {
  TestApp app;
  CHECK(get(app, "/thanks/acme").body.find("/b/acme") == std::string::npos);
  CHECK_THAT(get(app, "/thanks/acme?t=abc%22%3E").body, ContainsSubstring("/b/acme?t=abc%22%3E"));
}

TEST_CASE("pages: legal texts are shown by tenant, language and version", "[pages]") {
  TestApp app;
  const auto ru = get(app, "/legal/consent?t=acme");
  CHECK(ru.status == 200);
  CHECK_THAT(ru.body, ContainsSubstring("<h1>Согласие на обработку"));
  CHECK_THAT(ru.body, ContainsSubstring("<strong>"));
  CHECK_THAT(get(app, "/legal/consent?t=acme&lang=en").body, ContainsSubstring("<h1>Consent"));
  CHECK(get(app, "/legal/policy").status == 200);  // the only tenant needs no name
  CHECK(get(app, "/legal/consent?t=acme&v=1").status == 200);
  app.add_tenant("second");
  CHECK(get(app, "/legal/policy").status == 404);
  for (const std::string_view path :
       {"/legal/consent?t=acme&v=2", "/legal/consent?t=acme&v=x", "/legal/consent?t=acme&v=-1",
        "/legal/secrets?t=acme", "/legal/policy?t=nobody"}) {
    CAPTURE(path);
    CHECK(get(app, path).status == 404);
  }
}

TEST_CASE("pages: a legal text that is not published is not shown", "[pages]") {
  TestApp app;
  const auto draft = app.store().write([&](store::Tx& tx) {
    return law::add(app.world(), tx, app.tenant().id, "policy", "ru", "# Новая\n\nБудет позже.");
  });
  REQUIRE(draft);
  CHECK(get(app, "/legal/policy?t=acme&v=2").status == 404);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return law::publish(app.world(), tx, app.tenant().id, "policy", "ru", 2);
  }));
  CHECK_THAT(get(app, "/legal/policy?t=acme&v=2").body, ContainsSubstring("<h1>Новая</h1>"));
  CHECK_THAT(get(app, "/legal/policy?t=acme&v=1").body, ContainsSubstring("Кто мы"));
}

TEST_CASE("pages: assets come compressed, with tags, and live for ever under their hash",
          "[pages]") {
  TestApp app;
  const std::string page = get(app, "/demo/acme").body;
  const std::size_t at = page.find("/assets/site.");
  REQUIRE(at != std::string::npos);
  const std::string path = page.substr(at, page.find('"', at) - at);
  const auto plain = get(app, path);
  CHECK(plain.status == 200);
  CHECK(test::header_of(plain, "content-type") == "text/css; charset=utf-8");
  CHECK_THAT(test::header_of(plain, "cache-control"), ContainsSubstring("immutable"));
  const auto brotli = get(app, path, {{"accept-encoding", "br"}});
  CHECK(test::header_of(brotli, "content-encoding") == "br");
  CHECK(body_of(brotli).size() < body_of(plain).size());
  CHECK(test::header_of(brotli, "etag") != test::header_of(plain, "etag"));
  CHECK(get(app, path, {{"if-none-match", test::header_of(plain, "etag")}}).status == 304);
  CHECK(test::header_of(get(app, "/assets/site.css"), "cache-control") == "no-cache");
  CHECK(test::header_of(get(app, "/assets/site.00000000.css"), "cache-control") == "no-cache");
  for (const std::string_view name : {"/assets/none.css", "/assets/..%2f..%2fetc%2fpasswd",
                                      "/assets/site.css.gz", "/assets/.", "/assets/%ff"}) {
    CAPTURE(name);
    CHECK(get(app, name).status >= 400);
  }
}

TEST_CASE("pages: a browser that asks for what is not there reads a page", "[pages]") {
  TestApp app;
  const auto page = get(app, "/nowhere", {{"accept", "text/html"}, {"accept-language", "ru"}});
  CHECK(page.status == 404);
  CHECK_THAT(test::header_of(page, "content-type"), ContainsSubstring("text/html"));
  CHECK_THAT(page.body, ContainsSubstring("Такой страницы нет"));
  CHECK_THAT(test::header_of(page, "content-security-policy"), ContainsSubstring("default-src"));
  const auto json = get(app, "/nowhere");
  CHECK(test::header_of(json, "content-type") == "application/problem+json");
}

TEST_CASE("pages: a form post with an error is answered by a readable page", "[pages]") {
  TestApp app;
  const auto reply =
      app.request("POST", "/api/v1/leads", "phone=12345&consent=processing", "",
                  {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "text/html"}});
  CHECK(reply.status == 422);
  CHECK_THAT(test::header_of(reply, "content-type"), ContainsSubstring("text/html"));
  CHECK_THAT(reply.body, ContainsSubstring("в номере телефона"));
  CHECK(reply.body.find("12345") == std::string::npos);
}

}  // namespace flead
