#include "serve/pages/markdown.h"

#include "support/catch.h"

namespace flead::pages {
namespace {

// A short writing of what was understood: "h1(..)", "p(..)", "ul(..|..)", spans as *bold* etc.
std::string understood(std::string_view text) {
  std::string out;
  for (const MarkdownBlock& block : parse_markdown(text)) {
    switch (block.kind) {
      case MarkdownBlock::Kind::heading:
        out += "h" + std::to_string(block.level);
        break;
      case MarkdownBlock::Kind::paragraph:
        out += "p";
        break;
      case MarkdownBlock::Kind::bullets:
        out += "ul";
        break;
      case MarkdownBlock::Kind::numbers:
        out += "ol";
        break;
    }
    out += "(";
    for (std::size_t i = 0; i < block.items.size(); ++i) {
      if (i > 0) out += "|";
      for (const MarkdownSpan& span : block.items[i]) {
        if (span.kind == MarkdownSpan::Kind::text) out += span.text;
        if (span.kind == MarkdownSpan::Kind::bold) out += "<b " + span.text + ">";
        if (span.kind == MarkdownSpan::Kind::italic) out += "<i " + span.text + ">";
        if (span.kind == MarkdownSpan::Kind::link) out += "<a " + span.text + " " + span.url + ">";
      }
    }
    out += ")";
  }
  return out;
}

}  // namespace

TEST_CASE("pages: legal texts are read as the Markdown people write", "[pages]") {
  struct Case {
    std::string text;
    std::string expected;
  };
  const auto c = GENERATE(values<Case>({
      {"", ""},
      {"\n\n  \n", ""},
      {"Hello", "p(Hello)"},
      {"# Title\nText\nmore\n\nNext", "h1(Title)p(Text more)p(Next)"},
      {"## A\r\n- one\r\n- two\r\n  goes on\r\n", "h2(A)ul(one|two goes on)"},
      {"1. a\n2. b\n\n- c", "ol(a|b)ul(c)"},
      {"####### no", "p(####### no)"},
      {"#no", "p(#no)"},
      {"**bold** and *it*", "p(<b bold> and <i it>)"},
      {"2 * 3 * 4", "p(2 * 3 * 4)"},
      {"**open", "p(**open)"},
      {"****", "p(****)"},
      {"[a](https://x.example/y) b", "p(<a a https://x.example/y> b)"},
      {"[a](/legal/policy)", "p(<a a /legal/policy>)"},
      {"[a](javascript:alert(1))", "p([a](javascript:alert(1)))"},
      {"[a](JaVaScRiPt:x)", "p([a](JaVaScRiPt:x))"},
      {"[a](//evil.example)", "p([a](//evil.example))"},
      {"[a](data:text/html,x)", "p([a](data:text/html,x))"},
      {"[a](mailto:x@y.example)", "p(<a a mailto:x@y.example>)"},
      {"[](https://x)", "p([](https://x))"},
      {"[a] (b)", "p([a] (b))"},
      {"<script>x</script>", "p(<script>x</script>)"},
      {"* ", "p(*)"},
  }));
  CAPTURE(c.text);
  CHECK(understood(c.text) == c.expected);
}

TEST_CASE("pages: Markdown becomes escaped markup and never a tenant's own", "[pages]") {
  Page page;
  page.content = "legal";
  fill_markdown(page.data,
                parse_markdown("# <b>A</b>\n\n<img src=x onerror=alert(1)>\n\n- **x\"y**\n"
                               "\n[t](https://a.example/?a=1&b='\">)"));
  const std::string html = render_content(page);
  CHECK_THAT(html, ContainsSubstring("<h1>&lt;b&gt;A&lt;/b&gt;</h1>"));
  CHECK(html.find("<img") == html.npos);
  CHECK_THAT(html, ContainsSubstring("<ul><li><strong>x&quot;y</strong></li></ul>"));
  CHECK(html.find("'\"") == html.npos);
}

TEST_CASE("pages: hostile Markdown ends, and soon", "[pages]") {
  const auto unit = GENERATE(values<std::string>(
      {"[", "*", "**", "[a](", "*a", "# ", "- ", "](", "1. \n", "\xff", std::string(1, '\0')}));
  std::string text;
  while (text.size() < 100'000) text += unit;
  CAPTURE(unit);
  CHECK(parse_markdown(text).size() <= text.size());
}

}  // namespace flead::pages
