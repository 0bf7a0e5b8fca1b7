#include "core/channels/template.h"

#include <string>

#include "core/base/embedded.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::channels {

namespace {

const std::vector<std::string_view> k_known = {"name", "link_url"};

std::string written(std::string_view text, const Variables& values, Medium medium) {
  const auto out = substitute(text, k_known, values, medium);
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("channels: a template replaces names and escapes by the medium", "[channels][template]") {
  struct Case {
    std::string text, name, wanted;
    Medium medium = Medium::text;
  };
  const auto one = GENERATE(values<Case>({
      {"Hello {name}!", "Anna", "Hello Anna!"},
      {"Hello {name|friend}!", "", "Hello friend!"},
      {"Hello {name|friend}!", "  ", "Hello friend!"},
      {"Hello {name}!", "", "Hello !"},
      {"{{ {name} }}", "Anna", "{ Anna }"},
      {"{name|}}}", "", "}"},
      {"{name|a|b}", "", "a|b"},
      {"", "Anna", ""},
      // A value is never read again.
      {"{name}", "{link_url}", "{link_url}"},
      {"{name}", "{{x}} %s $1 \\1", "{{x}} %s $1 \\1"},
      {"a < b {name}", "<b>", "a &lt; b &lt;b&gt;", Medium::html},
      {"{name|<i>}", "", "&lt;i&gt;", Medium::html},
      {"{name}", "\"><script>", "&quot;&gt;&lt;script&gt;", Medium::html},
      // Control characters never reach a phone or a header.
      {"{name}", "A\x01\x1b[31mB\x7f", "A[31mB", Medium::sms},
      {"{name}", "A\r\nB", "A B", Medium::sms},
      {"{name}", "A\r\nBcc: x", "A  Bcc: x", Medium::line},
      {"{name}", "A\nB", "A\nB", Medium::text},
      {"{name}", "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd", Medium::text},
  }));
  CAPTURE(one.text, one.name);
  CHECK(written(one.text, {{"name", one.name}}, one.medium) == one.wanted);
}

TEST_CASE("channels: a link becomes a link in HTML only when it is one", "[channels][template]") {
  CHECK(written("{link_url}", {{"link_url", "https://a.test/b?x=1&y=\"2"}}, Medium::html) ==
        "<a href=\"https://a.test/b?x=1&amp;y=&quot;2\">https://a.test/b?x=1&amp;y=&quot;2</a>");
  CHECK(written("{link_url}", {{"link_url", "javascript:alert(1)"}}, Medium::html) ==
        "javascript:alert(1)");
}

TEST_CASE("channels: a bad template names its fault and the nearest name", "[channels][template]") {
  struct Case {
    std::string text, code, says;
  };
  const auto one = GENERATE(values<Case>({
      {"Hello {nmae}", "template_variable_unknown", "did you mean {name}?"},
      {"Hello {secret_key}", "template_variable_unknown", "Unknown variable {secret_key}"},
      {"a\nb {name", "template_syntax", "Line 2"},
      {"a } b", "template_syntax", "}}"},
      {"{}", "template_syntax", "variable"},
      {"{ name }", "template_syntax", "variable"},
      {"{Name}", "template_syntax", "variable"},
      {"{name|{link_url}}", "template_syntax", "fallback"},
      {"{name:none}", "template_syntax", "variable"},
      {"{../x}", "template_syntax", "variable"},
      {"Hello {{name}}", "template_syntax", "single braces"},
      {"Hello {{nope}}", "template_syntax", "single braces"},
  }));
  CAPTURE(one.text);
  const auto out = substitute(one.text, k_known, {{"name", "x"}}, Medium::text);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == one.code);
  CHECK(out.error().kind == ErrorKind::refused);
  CHECK_THAT(out.error().message, ContainsSubstring(one.says));
}

TEST_CASE("channels: hostile bytes give text or an error, never more", "[channels][template]") {
  std::string hostile;
  for (int c = 0; c < 256; ++c) hostile += static_cast<char>(c);
  for (const Medium medium : {Medium::line, Medium::text, Medium::html, Medium::sms}) {
    for (std::size_t size = 0; size <= hostile.size(); ++size) {
      const auto out = substitute(hostile.substr(0, size), k_known, {}, medium);
      CHECK((out || out.error().kind == ErrorKind::refused));
    }
    CHECK(valid_utf8(written("{name}", {{"name", hostile}}, medium)));
  }
}

TEST_CASE("channels: every template of ours renders in both languages", "[channels][template]") {
  for (const TemplateSpec& spec : template_specs()) {
    for (const std::string_view language : {"ru", "en"}) {
      CAPTURE(spec.name, language);
      const TemplateText text = default_template(spec, language);
      CHECK(check_template(spec, text));
      const Variables all = sample_variables(language, "https://acme.test");
      Variables given;
      for (const auto variable : spec.variables) {
        INFO(variable);
        REQUIRE(all.count(std::string(variable)) == 1);
        given[std::string(variable)] = all.find(variable)->second;
      }
      for (const Variables& values : {given, Variables{}}) {
        const auto rendered = render_template(text, values);
        REQUIRE(rendered);
        CHECK(rendered->subject.empty() == !spec.subject);
        CHECK((values.empty() || rendered->html.empty() == !spec.subject));
        CHECK(rendered->text.find('{') == std::string::npos);
        CHECK_FALSE(rendered->text.starts_with(','));
      }
    }
  }
}

TEST_CASE("channels: paragraphs, lines and our own markup in HTML", "[channels][template]") {
  TemplateText text;
  text.name = "report.weekly";
  text.language = "en";
  text.subject = "{tenant}";
  text.body = "One\ntwo {tenant}\n\n{report}\n\n{period}\n";
  const auto rendered =
      render_template(text, {{"tenant", "<A>"}, {"report", "a < b"}, {"period", ""}},
                      {{"report", "<table></table>"}});
  REQUIRE(rendered);
  CHECK(rendered->subject == "<A>");
  CHECK(rendered->text == "One\ntwo <A>\n\na < b\n");
  CHECK(rendered->html == "<p>One<br>\ntwo &lt;A&gt;</p>\n<table></table>\n");
}

TEST_CASE("channels: a value that no template knows is our own fault", "[channels][template]") {
  const auto text = default_template(**find_template("lead.greeting"), "en");
  const auto rendered = render_template(text, {{"nmae", "x"}});
  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().kind == ErrorKind::internal);
}

TEST_CASE("channels: a tenant's text is checked, kept, used and reset", "[channels][template]") {
  test::TestApp app;
  const TenantId tenant = app.tenant().id;
  const auto set = [&](TemplateText text) {
    return app.store().write(
        [&](store::Tx& tx) { return set_template(app.world(), tx, tenant, text); });
  };
  TemplateText text;
  text.name = "lead.greeting";
  text.language = "ru";
  text.purpose = "";
  text.body = "Привет, {name|друг}!\r\n";
  const auto kept = set(text);
  REQUIRE(kept);
  CHECK(kept->edited);
  CHECK(kept->purpose == "service");
  CHECK(kept->subject == default_template(**find_template("lead.greeting"), "ru").subject);
  CHECK(kept->body == "Привет, {name|друг}!\n");

  struct Case {
    std::string body, code;
  };
  for (const auto& bad :
       {Case{"{nmae}", "template_variable_unknown"}, Case{" \n", "template_empty"},
        Case{std::string(k_template_bytes_max + 1, 'a'), "template_too_long"},
        Case{"\xff", "template_syntax"}}) {
    TemplateText other = text;
    other.body = bad.body;
    const auto refused = set(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == bad.code);
  }
  const auto load = [&] {
    return app.store().read(
        [&](store::Tx& tx) { return load_template(tx, tenant, "lead.greeting", "ru"); });
  };
  CHECK(load()->body == "Привет, {name|друг}!\n");
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return reset_template(tx, tenant, "lead.greeting", "ru"); }));
  CHECK_FALSE(load()->edited);
}

TEST_CASE("channels: an unknown template names the nearest", "[channels][template]") {
  const auto found = find_template("lead.greting");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == "template_unknown");
  CHECK_THAT(found.error().hint, ContainsSubstring("lead.greeting"));
}

}  // namespace flead::channels
