#include "core/law/legal.h"

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::law {

using test::TestApp;

namespace {

Result<LegalText> add_draft(TestApp& app, std::string_view doc, std::string_view lang,
                            std::string_view body) {
  return app.store().write(
      [&](store::Tx& tx) { return add(app.world(), tx, app.tenant().id, doc, lang, body); });
}

Result<LegalText> publish_version(TestApp& app, std::int64_t version) {
  return app.store().write([&](store::Tx& tx) {
    return publish(app.world(), tx, app.tenant().id, "consent", "ru", version);
  });
}

std::int64_t current_version(TestApp& app) {
  auto found = app.store().read(
      [&](store::Tx& tx) { return current(tx, app.tenant().id, "consent", "ru"); });
  REQUIRE(found);
  REQUIRE(*found);
  return (*found)->version;
}

}  // namespace

TEST_CASE("law: a new tenant has every document in both languages, with its name", "[law]") {
  TestApp app;
  for (const std::string& doc : doc_names()) {
    for (const char* lang : {"ru", "en"}) {
      CAPTURE(doc, lang);
      const auto text =
          app.store().read([&](store::Tx& tx) { return current(tx, app.tenant().id, doc, lang); });
      REQUIRE(text);
      REQUIRE(*text);
      CHECK((*text)->version == 1);
      CHECK((*text)->body_hash == sha256_hex((*text)->body));
      CHECK_THAT((*text)->body, ContainsSubstring(app.tenant().name));
      CHECK((*text)->body.find("{{") == std::string::npos);
    }
  }
}

TEST_CASE("law: a draft is not current until it is published", "[law]") {
  TestApp app;
  const auto draft = add_draft(app, "consent", "ru", "# Новый текст\n");
  REQUIRE(draft);
  CHECK(draft->version == 2);
  CHECK_FALSE(draft->published_at);
  CHECK(current_version(app) == 1);
  app.advance(std::chrono::hours(1));
  const auto published = publish_version(app, 2);
  REQUIRE(published);
  CHECK(current_version(app) == 2);
  app.advance(std::chrono::hours(1));
  CHECK(publish_version(app, 2)->published_at == published->published_at);  // twice is once
  const auto first = app.store().read(
      [&](store::Tx& tx) { return by_version(tx, app.tenant().id, "consent", "ru", 1); });
  REQUIRE(first);
  CHECK_THAT(first->body, ContainsSubstring("acme"));
}

TEST_CASE("law: an older draft does not replace a newer text", "[law]") {
  TestApp app;
  REQUIRE(add_draft(app, "consent", "ru", "two"));
  REQUIRE(add_draft(app, "consent", "ru", "three"));
  REQUIRE(publish_version(app, 3));
  const auto late = publish_version(app, 2);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == "legal_superseded");
  CHECK(current_version(app) == 3);
}

TEST_CASE("law: what is no text is refused", "[law]") {
  struct Case {
    std::string doc, lang, body, code;
  };
  const auto c = GENERATE(values<Case>({
      {"terms", "ru", "x", "doc_unknown"},
      {"", "ru", "x", "doc_unknown"},
      {"consent", "de", "x", "lang_unknown"},
      {"consent", "ru", "", "body_invalid"},
      {"consent", "ru", " \n\t ", "body_invalid"},
      {"consent", "ru", "bad \xff", "body_invalid"},
      {"consent", "ru", std::string("a\0b", 3), "body_invalid"},
      {"consent", "ru", std::string(k_legal_bytes_max + 1, 'x'), "body_invalid"},
  }));
  CAPTURE(c.code);
  TestApp app;
  const auto added = add_draft(app, c.doc, c.lang, c.body);
  REQUIRE_FALSE(added);
  CHECK(added.error().code == c.code);
}

TEST_CASE("law: texts of one tenant are invisible to another", "[law]") {
  TestApp app;
  const tenants::Tenant other = app.add_tenant("other");
  REQUIRE(add_draft(app, "consent", "ru", "ours"));
  const auto seen =
      app.store().read([&](store::Tx& tx) { return by_version(tx, other.id, "consent", "ru", 2); });
  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == "legal_not_found");
  const auto all = app.store().read([&](store::Tx& tx) { return list(tx, other.id, 100); });
  CHECK(all->size() == 6);
}

TEST_CASE("law: a purpose has its document", "[law]") {
  CHECK(doc_of_purpose("processing") == "consent");
  CHECK(doc_of_purpose("marketing") == "marketing");
  CHECK(doc_of_purpose("profiling").empty());
}

}  // namespace flead::law
