#include "core/base/form.h"

#include <string>

#include "core/base/limits.h"
#include "support/catch.h"

namespace flead {

TEST_CASE("form: pairs are decoded in their order, and names may repeat", "[base]") {
  struct Case {
    std::string text;
    FormPairs pairs;
  };
  const auto [text, pairs] = GENERATE(values<Case>({
      {"", {}},
      {"&&", {}},
      {"name=%D0%90%D0%BD%D0%BD%D0%B0+K", {{"name", "Анна K"}}},
      {"b=1&a=2&b=3", {{"b", "1"}, {"a", "2"}, {"b", "3"}}},
      {"custom%5Bcity%5D=a%26b%3Dc", {{"custom[city]", "a&b=c"}}},
      {"a&=b&c=&=", {{"a", ""}, {"", "b"}, {"c", ""}, {"", ""}}},
      {"a=1=2", {{"a", "1=2"}}},
      {"a=100%&b=%zz&c=%4", {{"a", "100%"}, {"b", "%zz"}, {"c", "%4"}}},
      {"a=1;b=2", {{"a", "1;b=2"}}},
      {"a=%0D%0A", {{"a", "\r\n"}}},
  }));
  CAPTURE(text);
  CHECK(*parse_form(text) == pairs);
}

TEST_CASE("form: bytes that are no text and floods of fields are refused", "[base]") {
  CHECK(parse_form("a=%FF").error().code == "bad_form");
  CHECK(parse_form("%C0%AF=1").error().code == "bad_form");
  CHECK(parse_form("a=\xD0").error().code == "bad_form");
  CHECK(parse_form("a=%00").error().code == "bad_form");
  std::string most;
  for (std::size_t i = 0; i < k_form_values_max; ++i) most += "a=1&";
  CHECK(parse_form(most)->size() == k_form_values_max);
  CHECK(parse_form(most + "a=1").error().code == "bad_form");
}

TEST_CASE("form: a value is found by its name", "[base]") {
  const auto pairs = *parse_form("a=1&b=&a=2");
  CHECK(form_value(pairs, "a") == "1");
  CHECK(form_value(pairs, "b") == "");
  CHECK_FALSE(form_value(pairs, "c"));
}

}  // namespace flead
