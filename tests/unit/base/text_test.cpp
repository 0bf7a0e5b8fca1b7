#include "core/base/text.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace flead {

TEST_CASE("text: UTF-8 is checked as Unicode defines it", "[base]") {
  struct Case {
    std::string text;
    bool valid;
    std::string repaired;
  };
  const std::string bad = "\xEF\xBF\xBD";
  const auto [text, valid, repaired] = GENERATE_REF(values<Case>({
      {"", true, ""},
      {"plain", true, "plain"},
      {"Ёлка € 🙂", true, "Ёлка € 🙂"},
      {"\xF4\x8F\xBF\xBF", true, "\xF4\x8F\xBF\xBF"},
      {"\x80", false, bad},
      {"a\xFF"
       "b",
       false, "a" + bad + "b"},
      {"\xC0\xAF", false, bad + bad},                      // overlong "/"
      {"\xE0\x80\xAF", false, bad + bad + bad},            // overlong
      {"\xED\xA0\x80", false, bad + bad + bad},            // a surrogate
      {"\xF4\x90\x80\x80", false, bad + bad + bad + bad},  // past the last code point
      {"12345678\xD0", false, "12345678" + bad},           // cut short, after a whole word
      {"\xE2\x82", false, bad + bad},
      {"\xF0\x9F\x99", false, bad + bad + bad},
  }));
  CAPTURE(text);
  CHECK(valid_utf8(text) == valid);
  CHECK(repair_utf8(text) == repaired);
  CHECK(valid_utf8(repair_utf8(text)));
}

TEST_CASE("text: lengths and prefixes count code points", "[base]") {
  CHECK(utf8_length("Ёж 🙂") == 4);
  CHECK(utf8_prefix("Ёж 🙂!", 4) == "Ёж 🙂");
  CHECK(utf8_prefix("abc", 0).empty());
  CHECK(utf8_prefix("abc", 9) == "abc");
  CHECK(utf8_prefix("\xFF\xFE", 1) == "\xFF");
}

TEST_CASE("text: folding makes spellings of one name equal", "[base]") {
  struct Case {
    std::string text;
    std::string folded;
  };
  const auto [text, folded] = GENERATE(values<Case>({
      {"", ""},
      {"  Anna\t\n Maria ", "anna maria"},
      {"АННА ЩЁЛОКОВА", "анна щелокова"},
      {"Ещё", "еще"},
      {"Андрей", "андрей"},
      {"Андре\u0438\u0306", "андрей"},  // й of two code points
      {"Щ\u0435\u0308", "ще"},          // ё of two code points
      {"Ї\u0456\u0308", "її"},
      {"за\u0301мок", "замок"},  // a stress mark
      {"Zoë MÜLLER Łódź Škoda", "zoe muller lodz skoda"},
      {"Zoe\u0308", "zoe"},
      {"Straße ẞ Æon œuvre", "strasse ss aeon oeuvre"},
      {"ΌΔΟΣ ὁδός", "οδοσ οδοσ"},
      {"Nguyễn Thị Ánh", "nguyen thi anh"},
      {"a\u00A0b\u2003c\u3000", "a b c"},
      {"ан\u00ADна\u200B\uFEFF", "анна"},
      {"日本 Ω₽", "日本 ω₽"},
      {"a\xFF\xD0", "a\uFFFD\uFFFD"},
      {"І\u0306 \u0306и", "і и"},
  }));
  CAPTURE(text);
  CHECK(fold(text) == folded);
  CHECK(fold(fold(text)) == folded);
}

TEST_CASE("text: small helpers", "[base]") {
  CHECK(ascii_lower("AbZ Ё") == "abz Ё");
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(split("a, b,,c ", ',') == std::vector<std::string>{"a", "b", "", "c"});
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(has_control_characters("a\tb"));
  CHECK(has_control_characters(std::string("a\0", 2)));
  CHECK(has_control_characters("\x7F"));
  CHECK_FALSE(has_control_characters("Ё \u0085"));
  CHECK(replace_all("aXbXX", "X", "yy") == "ayybyyyy");
  CHECK(replace_all("aa", "", "b") == "aa");
  CHECK(replace_all("aaa", "aa", "a") == "aa");
}

TEST_CASE("text: the nearest word is offered when it is near", "[base]") {
  const std::vector<std::string> choices = {"lead", "list", "channel"};
  CHECK(nearest("leed", choices) == "lead");
  CHECK(nearest("chanel", choices) == "channel");
  CHECK(nearest("lst", choices) == "list");
  CHECK(nearest("lead", choices) == "lead");
  CHECK(nearest("x", choices).empty());
  CHECK(nearest("booking", choices).empty());
  CHECK(nearest("", choices).empty());
  CHECK(nearest(std::string(100000, 'l'), choices).empty());
  CHECK(nearest("xy", {"to", "xyz"}) == "xyz");
}

TEST_CASE("text: masked contacts cannot be called or written to", "[base]") {
  CHECK(mask_contact("+79160000001") == "+7916*****01");
  CHECK(mask_contact("ivan@example.ru") == "i***@example.ru");
  CHECK(mask_contact("яна@пример.рф") == "я***@пример.рф");
  CHECK(mask_contact("@ivan") == "@***");
  CHECK(mask_contact("ivan_petrov") == "i***");
  CHECK(mask_contact("12345") == "12***");
  CHECK(mask_contact("").size() == 3);
}

TEST_CASE("text: what is escaped or encoded comes back", "[base]") {
  CHECK(escape_html("<a href=\"x\">'&'</a>") ==
        "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(percent_encode("a b/ё~._-") == "a%20b%2F%D1%91~._-");
  CHECK(percent_decode("a%20b%2f%D1%91") == "a b/ё");
  CHECK(percent_decode("1+1%2B1") == "1+1+1");
  CHECK(percent_decode("1+1%2B1", true) == "1 1+1");
  CHECK(percent_decode("%") == "%");
  CHECK(percent_decode("%4") == "%4");
  CHECK(percent_decode("%zz%41") == "%zzA");
  CHECK(percent_decode("%%41") == "%A");
  CHECK(percent_decode("%00") == std::string("\0", 1));
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all)) == all);
}

}  // namespace flead
