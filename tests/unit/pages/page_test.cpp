#include "serve/pages/page.h"

#include <set>

#include "core/base/embedded.h"
#include "serve/pages/assets.h"
#include "support/catch.h"

namespace flead::pages {
namespace {

http::Request get(http::Headers headers = {}) {
  http::Request request;
  request.method = "GET";
  request.path = "/";
  request.headers = std::move(headers);
  return request;
}

std::string reply_header(const http::Reply& reply, std::string_view name) {
  for (const auto& [known, value] : reply.headers) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("pages: every text has both languages, once", "[pages]") {
  std::set<std::string_view> keys;
  for (const auto rows : {site_texts(), booking_texts()}) {
    for (const TextRow& row : rows) {
      CAPTURE(row.key);
      CHECK(!row.ru.empty());
      CHECK(!row.en.empty());
      CHECK(row.key.find('.') != row.key.npos);
      CHECK(keys.insert(row.key).second);
    }
  }
}

TEST_CASE("pages: no template switches escaping off, scripts or styles inline", "[pages]") {
  REQUIRE(!embedded::page_templates().empty());
  for (const embedded::File& file : embedded::page_templates()) {
    CAPTURE(file.path);
    CHECK(file.data.starts_with("{{%AUTOESCAPE context=\"HTML\"}}"));
    CHECK(file.data.find(":none") == file.data.npos);
    CHECK(file.data.find("style=") == file.data.npos);
    CHECK(file.data.find("<style") == file.data.npos);
    CHECK(file.data.find("javascript:") == file.data.npos);
    CHECK(file.data.find(" onclick") == file.data.npos);
    for (std::size_t at = file.data.find("<script"); at != file.data.npos;
         at = file.data.find("<script", at + 1)) {
      const auto tag = file.data.substr(at, file.data.find('>', at) - at);
      CHECK(tag.find("src=") != tag.npos);
    }
  }
}

TEST_CASE("pages: every template parses and expands in both languages", "[pages]") {
  for (const embedded::File& file : embedded::page_templates()) {
    CAPTURE(file.path);
    const std::string name(file.path.substr(0, file.path.size() - 5));
    for (const Language language : {Language::en, Language::ru}) {
      Page page;
      page.content = name == "layout" ? std::string_view("thanks") : std::string_view(name);
      page.language = language;
      const http::Reply reply = render(200, page);
      CHECK_THAT(reply.body, ContainsSubstring("</html>"));
      CHECK(reply.body.find("[[") == reply.body.npos);
      CHECK(reply.body.find("{{") == reply.body.npos);
    }
  }
}

TEST_CASE("pages: values are escaped by where they stand", "[pages]") {
  Page page;
  page.content = "thanks";
  page.title = "<script>alert(1)</script>";
  page.brand = "Rock & \"Roll\"";
  page.brand_url = "javascript:alert(1)";
  page.data.add("BOOK").set("BOOK_URL", "/b/x?a=1\"><img src=x>");
  const std::string body = render(200, page).body;
  CHECK(body.find("<script>") == body.npos);
  CHECK(body.find("javascript:") == body.npos);
  CHECK(body.find("<img") == body.npos);
  CHECK_THAT(body, ContainsSubstring("Rock &amp; &quot;Roll&quot;"));
}

TEST_CASE("pages: hostile bytes in a value leave a page of valid UTF-8", "[pages]") {
  Page page;
  page.content = "error";
  page.data.set("MESSAGE", std::string_view("a\xff\xc3\0b", 5));
  CHECK_THAT(render(200, page).body, ContainsSubstring("a\xef\xbf\xbd"));
}

TEST_CASE("pages: each page carries the security headers", "[pages]") {
  Page page;
  page.content = "thanks";
  const http::Reply reply = render(200, page);
  CHECK_THAT(reply_header(reply, "content-security-policy"),
             ContainsSubstring("default-src 'self'") && ContainsSubstring("frame-ancestors"));
  CHECK(reply_header(reply, "content-security-policy").find("unsafe") == std::string::npos);
  CHECK(reply_header(reply, "x-content-type-options") == "nosniff");
  CHECK(reply_header(reply, "referrer-policy") == "same-origin");
  CHECK(reply_header(reply, "content-type") == "text/html; charset=utf-8");
}

TEST_CASE("pages: the language is asked for, else the browser's, else the tenant's", "[pages]") {
  struct Case {
    std::string accept;
    Language fallback;
    Language expected;
  };
  const auto c = GENERATE(values<Case>({
      {"", Language::ru, Language::ru},
      {"", Language::en, Language::en},
      {"ru", Language::en, Language::ru},
      {"ru-RU,ru;q=0.9,en;q=0.8", Language::en, Language::ru},
      {"en-GB,en;q=0.9,ru;q=0.95", Language::ru, Language::en},
      {"de,fr;q=0.8", Language::ru, Language::ru},
      {"de, en;q=0.5, ru;q=0.7", Language::en, Language::ru},
      {"ru;q=0, en;q=0.1", Language::ru, Language::en},
      {"RU", Language::en, Language::ru},
      {";;;,,q=,ru;q=abc", Language::en, Language::en},
  }));
  CAPTURE(c.accept);
  CHECK(choose_language(get({{"accept-language", c.accept}}), c.fallback) == c.expected);
}

TEST_CASE("pages: ?lang= wins when it names one of ours", "[pages]") {
  auto request = get({{"accept-language", "ru"}});
  request.query = {{"lang", "en"}};
  CHECK(choose_language(request, Language::ru) == Language::en);
  request.query = {{"lang", "xx"}};
  CHECK(choose_language(request, Language::en) == Language::ru);
}

TEST_CASE("pages: text_with replaces names once and leaves strange braces alone", "[pages]") {
  CHECK(text_with("thanks.title", Language::en, {{"x", "y"}}) ==
        text("thanks.title", Language::en));
  CHECK(!find_text("no.such.key", Language::en));
}

TEST_CASE("pages: an error page is readable, in the visitor's language, and leads back only home",
          "[pages]") {
  auto request = get({{"accept-language", "ru"}, {"host", "a.example"}});
  request.request_id = "req_1";
  const Error error = refused_field("phone", "phone_invalid", "The phone is not one.");
  http::Reply reply = error_page(request, 422, error);
  CHECK(reply.status == 422);
  CHECK_THAT(reply.body, ContainsSubstring("в номере телефона ошибка"));
  CHECK_THAT(reply.body, ContainsSubstring("req_1"));
  CHECK(reply_header(reply, "cache-control") == "no-store");
  CHECK(reply.body.find("Вернуться") == reply.body.npos);
  request.headers.emplace_back("referer", "http://a.example/form?x=1");
  CHECK_THAT(error_page(request, 422, error).body, ContainsSubstring("Вернуться"));
  request.headers.back().second = "http://a.example.evil/form";
  CHECK(error_page(request, 422, error).body.find("Вернуться") == std::string::npos);
}

TEST_CASE("pages: the best encoding that the browser takes is chosen", "[pages]") {
  const auto chosen = [](std::string accepted) {
    return choose_encoding(get({{"accept-encoding", std::move(accepted)}}));
  };
  CHECK(chosen("") == Encoding::identity);
  CHECK(chosen("gzip, deflate, br") == Encoding::brotli);
  CHECK(chosen("gzip") == Encoding::gzip);
  CHECK(chosen("br;q=0, gzip;q=0.5") == Encoding::gzip);
  CHECK(chosen("br; q=0.0, gzip ;q=0.000") == Encoding::identity);
  CHECK(chosen("GZIP") == Encoding::gzip);
  CHECK(chosen("bread, gzipped") == Encoding::identity);
}

}  // namespace flead::pages
