#include "core/tenants/tenant.h"

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/law/legal.h"
#include "core/tenants/store_key.h"
#include "core/tenants/zone_regions.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::tenants {

using test::TestApp;

namespace {

Result<Tenant> make_tenant(TestApp& app, NewTenant input) {
  return app.store().write([&](store::Tx& tx) { return create(app.world(), tx, input); });
}

}  // namespace

TEST_CASE("tenants: locale and region follow the zone unless given", "[tenants]") {
  struct Case {
    std::string zone, locale, region;
    std::string locale_after, region_after;
  };
  const auto c = GENERATE(values<Case>({
      {"Europe/Moscow", "", "", "ru", "RU"},
      {"Asia/Vladivostok", "en", "", "en", "RU"},
      {"Europe/Berlin", "", "", "en", "DE"},
      {"", "", "", "en", "US"},
      {"", "ru", "", "ru", "RU"},
      {"America/New_York", "", "CA", "en", "CA"},
  }));
  TestApp app;
  const auto made = make_tenant(app, {"x1", "", c.zone, c.locale, c.region});
  REQUIRE(made);
  CHECK(made->locale == c.locale_after);
  CHECK(made->region == c.region_after);
  CHECK(made->name == "x1");
  CHECK(made->publishable_key.starts_with("pk_"));
}

TEST_CASE("tenants: what cannot be one is refused with its code", "[tenants]") {
  const auto [input, code] = GENERATE(table<NewTenant, std::string>({
      {{"", "", "", "", ""}, "slug_invalid"},
      {{"Acme", "", "", "", ""}, "slug_invalid"},
      {{"1acme", "", "", "", ""}, "slug_invalid"},
      {{"a b", "", "", "", ""}, "slug_invalid"},
      {{"акме", "", "", "", ""}, "slug_invalid"},
      {{std::string(41, 'a'), "", "", "", ""}, "slug_invalid"},
      {{"x", std::string(201, 'n'), "", "", ""}, "name_invalid"},
      {{"x", "two\nlines", "", "", ""}, "name_invalid"},
      {{"x", "bad \xff", "", "", ""}, "name_invalid"},
      {{"x", "", "../etc/passwd", "", ""}, "zone_unknown"},
      {{"x", "", "", "fr", ""}, "locale_unknown"},
      {{"x", "", "", "", "ru"}, "region_unknown"},
      {{"x", "", "", "", "XX"}, "region_unknown"},
  }));
  CAPTURE(code);
  TestApp app;
  const auto made = make_tenant(app, input);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == code);
  CHECK(made.error().kind == ErrorKind::refused);
  const Status checked = check(input);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == code);
}

TEST_CASE("tenants: a slug is taken once", "[tenants]") {
  TestApp app;
  const auto again = make_tenant(app, {"acme", "", "", "", ""});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == "slug_taken");
  CHECK(again.error().kind == ErrorKind::conflict);
}

TEST_CASE("tenants: found by slug, id and publishable key, suspended or not",
          "[tenants]") {
  TestApp app;
  const Tenant& acme = app.tenant();
  const auto key_finds = [&] {
    return app.store().read(
        [&](store::Tx& tx) { return by_publishable_key(tx, acme.publishable_key); });
  };
  REQUIRE(key_finds());
  CHECK((*key_finds())->id == acme.id);
  TenantEdit suspend;
  suspend.suspended = true;
  REQUIRE(
      app.store().write([&](store::Tx& tx) { return edit(app.world(), tx, acme.id, suspend); }));
  CHECK((*key_finds())->suspended);  // the caller tells it so
  CHECK(app.store().read([&](store::Tx& tx) { return by_slug(tx, "acme"); })->suspended);
  const auto nobody = app.store().read([&](store::Tx& tx) { return by_slug(tx, "nobody"); });
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == "tenant_not_found");
}

TEST_CASE("tenants: an edit changes what it names and nothing else", "[tenants]") {
  TestApp app;
  TenantEdit change;
  change.zone = "Asia/Almaty";
  change.region = "KZ";
  const auto edited = app.store().write(
      [&](store::Tx& tx) { return edit(app.world(), tx, app.tenant().id, change); });
  REQUIRE(edited);
  CHECK(edited->zone == "Asia/Almaty");
  CHECK(edited->region == "KZ");
  CHECK(edited->name == app.tenant().name);
  CHECK(edited->publishable_key == app.tenant().publishable_key);
  change = {};
  change.locale = "fr";
  change.name = "Changed";
  const auto refused = app.store().write(
      [&](store::Tx& tx) { return edit(app.world(), tx, app.tenant().id, change); });
  REQUIRE_FALSE(refused);
  CHECK(app.store().read([&](store::Tx& tx) { return load(tx, app.tenant().id); })->name ==
        app.tenant().name);
}

TEST_CASE("tenants: regions are known by country and by zone", "[tenants]") {
  CHECK(region_of_zone("Europe/Kyiv") == "UA");
  CHECK(region_of_zone("Africa/Abidjan") == "CI");
  CHECK(region_of_zone("Pacific/Wallis") == "WF");
  CHECK(region_of_zone("UTC").empty());
  CHECK(is_region("RU"));
  CHECK_FALSE(is_region(""));
}

TEST_CASE("tokens: found while live, by their secret only", "[tenants]") {
  TestApp app;
  const auto made = app.store().write([&](store::Tx& tx) {
    return create_token(app.world(), tx, app.tenant().id, Role::operator_, "site");
  });
  REQUIRE(made);
  const auto find = [&](std::string_view secret) {
    auto found = app.store().read([&](store::Tx& tx) { return find_token(tx, secret); });
    REQUIRE(found);
    return *found;
  };
  REQUIRE(find(made->secret));
  CHECK(find(made->secret)->role == Role::operator_);
  CHECK_FALSE(find(made->secret + "x"));
  CHECK_FALSE(find(""));
  CHECK_FALSE(find(app.tenant().publishable_key));
  CHECK_FALSE(find(sha256_hex(made->secret)));  // what the store keeps opens nothing

  SECTION("revoked") {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return revoke_token(app.world(), tx, app.tenant().id, made->token.id);
    }));
    CHECK_FALSE(find(made->secret));
  }
  SECTION("another tenant cannot revoke it") {
    const Tenant other = app.add_tenant("other");
    const auto revoked = app.store().write(
        [&](store::Tx& tx) { return revoke_token(app.world(), tx, other.id, made->token.id); });
    REQUIRE_FALSE(revoked);
    CHECK(revoked.error().code == "token_not_found");
    CHECK(find(made->secret));
  }
}

TEST_CASE("tokens: role names go both ways", "[tenants]") {
  for (const char* name : {"owner", "admin", "operator", "viewer", "expert"}) {
    REQUIRE(parse_role(name));
    CHECK(role_name(*parse_role(name)) == name);
  }
  CHECK_FALSE(parse_role("root"));
  CHECK_FALSE(parse_role(""));
}

TEST_CASE("tokens: a label is one line of bounded text", "[tenants]") {
  TestApp app;
  const std::string label = GENERATE(as<std::string>(), std::string(201, 'x'), "a\nb", "\xff");
  const auto made = app.store().write([&](store::Tx& tx) {
    return create_token(app.world(), tx, app.tenant().id, Role::viewer, label);
  });
  REQUIRE_FALSE(made);
  CHECK(made.error().code == "label_invalid");
}

TEST_CASE("settings: tenant, then store, then default", "[tenants]") {
  TestApp app(TestApp::Kind::real);
  const TenantId id = app.tenant().id;
  const auto value = [&] {
    return *app.store().read([&](store::Tx& tx) { return setting(tx, id, "rate.key"); });
  };
  const auto set = [&](const std::optional<TenantId>& tenant, std::string_view text) {
    return app.store().write(
        [&](store::Tx& tx) { return set_setting(app.world(), tx, tenant, "rate.key", text); });
  };
  CHECK(value() == find_setting("rate.key")->default_value);
  REQUIRE(set(std::nullopt, "7/s"));
  CHECK(value() == "7/s");
  REQUIRE(set(id, " 9/m "));
  CHECK(value() == "9/m");
  const Tenant other = app.add_tenant("other");
  CHECK(*app.store().read([&](store::Tx& tx) { return setting(tx, other.id, "rate.key"); }) ==
        "7/s");
}

TEST_CASE("settings: limits and proof are off in a test store until set", "[tenants]") {
  TestApp app;
  for (const char* key : {"rate.address", "rate.key", "spam.proof"}) {
    CHECK(*app.store().read([&](store::Tx& tx) { return setting(tx, app.tenant().id, key); }) ==
          "off");
  }
  CHECK(*app.store().read([&](store::Tx& tx) {
    return setting(tx, app.tenant().id, "consent.required");
  }) == "true");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return set_setting(app.world(), tx, app.tenant().id, "spam.proof", "always");
  }));
  CHECK(*app.store().read(
            [&](store::Tx& tx) { return setting(tx, app.tenant().id, "spam.proof"); }) == "always");
}

TEST_CASE("settings: each value is checked before it is kept", "[tenants]") {
  struct Case {
    std::string key, value;
    bool good = false;
  };
  const auto [key, value, good] = GENERATE(values<Case>({
      {"rate.address", "20/s", true},
      {"rate.address", "1/h", true},
      {"rate.address", "off", true},
      {"rate.address", "0/s", false},
      {"rate.address", "-1/s", false},
      {"rate.address", "20", false},
      {"rate.address", "20/d", false},
      {"rate.address", "20.5/s", false},
      {"rate.address", "", false},
      {"spam.proof", "auto", true},
      {"spam.proof", "maybe", false},
      {"consent.required", "false", true},
      {"consent.required", "no", false},
      {"origins", "", true},
      {"origins", "https://example.org, http://localhost:3000", true},
      {"origins", "https://example.org/path", false},
      {"origins", "example.org", false},
      {"origins", "*", false},
      {"origins", "https://a.org,", false},
      {"thanks_url", "https://example.org/thanks?x=1", true},
      {"thanks_url", "javascript:alert(1)", false},
      {"thanks_url", "https://", false},
      {"thanks_url", "https://a.org/\r\nSet-Cookie: x", false},
      {"http.workers", "1", true},
      {"http.workers", "64", true},
      {"http.workers", "65", false},
      {"http.workers", "0", false},
      {"http.workers", "4.5", false},
      {"http.workers", "", false},
      {"http.connections", "15", false},
      {"http.connections", "100000", true},
      {"http.connections", "99999999999999999999", false},
      {"http.queue", "-1", false},
      {"http.idle_timeout", "1s", true},
      {"http.idle_timeout", "10m", true},
      {"http.idle_timeout", "0s", false},
      {"http.idle_timeout", "601s", false},
      {"http.idle_timeout", "15", false},
      {"report.email", "me@example.org", true},
      {"report.email", "", true},
      {"report.email", "me@@example.org", false},
      {"report.email", "me@example.org\nBcc: x@y.z", false},
      {"report.email", "\xff@example.org", false},
  }));
  CAPTURE(key, value);
  TestApp app;
  const bool of_tenant = find_setting(key)->per_tenant;
  const auto whose = of_tenant ? std::optional(app.tenant().id) : std::nullopt;
  const Status kept = app.store().write([&, k = key, v = value](store::Tx& tx) {
    return set_setting(app.world(), tx, whose, k, v);
  });
  CHECK(kept.ok() == good);
  if (!kept) CHECK(kept.error().code == "setting_invalid");
}

TEST_CASE("settings: an unknown key names the nearest", "[tenants]") {
  TestApp app;
  const Status kept = app.store().write([&](store::Tx& tx) {
    return set_setting(app.world(), tx, app.tenant().id, "rate.keyy", "off");
  });
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == "setting_unknown");
  CHECK_THAT(kept.error().message, ContainsSubstring("rate.key?"));
}

TEST_CASE("settings: each is there once", "[tenants]") {
  std::string_view before;
  for (const SettingSpec& spec : setting_specs()) {  // sorted
    CHECK(spec.key > before);
    before = spec.key;
  }
}

TEST_CASE("settings: the catalogue's defaults pass their own checks", "[tenants]") {
  for (const SettingSpec& spec : setting_specs()) {
    CAPTURE(spec.key);
    CHECK(spec.valid(spec.default_value));
    CHECK_FALSE(spec.help.empty());
    CHECK_FALSE(spec.expects.empty());
  }
}

TEST_CASE("settings: the server's defaults are the limits that it was built with", "[tenants]") {
  const auto is = [](std::string_view key, std::size_t limit) {
    return find_setting(key)->default_value == std::to_string(limit);
  };
  CHECK(is("http.workers", k_request_threads));
  CHECK(is("http.queue", k_request_queue_max));
  CHECK(is("http.connections", k_connections_max));
  CHECK(is("http.connections_per_address", k_connections_per_address_max));
  CHECK(is("http.streams", k_streams_max));
  const auto lasts = [](std::string_view key, std::int64_t limit_ms) {
    return parse_duration_ms(find_setting(key)->default_value) == limit_ms;
  };
  CHECK(lasts("http.head_timeout", k_head_timeout_ms));
  CHECK(lasts("http.body_timeout", k_body_timeout_ms));
  CHECK(lasts("http.idle_timeout", k_idle_timeout_ms));
  CHECK(lasts("http.write_timeout", k_write_timeout_ms));
}

TEST_CASE("tenants: the key of a store is told from any other", "[tenants]") {
  TestApp app;
  const SealKey key = SealKey::make(app.world().random);
  const SealKey other = SealKey::make(app.world().random);
  const auto verdict = [&](const SealKey& tried) {
    const Status checked = app.store().read([&](store::Tx& tx) { return check_key(tx, tried); });
    return checked ? "ok" : checked.error().code;
  };
  CHECK(verdict(other) == "ok");  // nothing was written down yet
  REQUIRE(app.store().write([&](store::Tx& tx) { return save_key_check(app.world(), tx, key); }));
  CHECK(verdict(key) == "ok");
  CHECK(verdict(other) == "wrong_key");
  CHECK(verdict(SealKey()) == "key_missing");
}

}  // namespace flead::tenants
