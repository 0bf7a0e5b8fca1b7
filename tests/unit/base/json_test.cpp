#include "core/base/json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/base/limits.h"
#include "support/catch.h"

namespace flead {
namespace {

std::string error_of(std::string_view text) {
  const auto json = parse_json(text);
  if (json) return "accepted: " + json.value().dump();
  return json.error().code + ": " + json.error().message;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("json: what is read is written back, in the same order", "[base]") {
  const std::string text = GENERATE(values<std::string>(
      {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5",
       "1.0", "1e+300", "\"\"", "[]", "{}", R"({"b":1,"a":[true,null,{"c":"d"}]})",
       R"("\"\\\n\r\t\b\f\u0000")", "\"Анна 🙂\"", R"([[[]],{}])"}));
  CAPTURE(text);
  const auto json = parse_json(text);
  REQUIRE(json.ok());
  CHECK(json.value().dump() == text);
  CHECK(*parse_json(json.value().dump_pretty()) == json.value());
}

TEST_CASE("json: bad text is refused with its place and never with its content", "[base]") {
  struct Case {
    std::string text;
    std::string error;
  };
  const auto [text, error] = GENERATE(values<Case>({
      {"", "The text is not valid JSON at line 1, column 1."},
      {" \n ", "The text is not valid JSON at line 2, column 1."},
      {"nul", "The text is not valid JSON at line 1, column 3."},
      {"{", "The text is not valid JSON at line 1, column 1."},
      {"{\"a\":1,}", "The text is not valid JSON at line 1, column 8."},
      {"[1,\n2,\n  x]", "The text is not valid JSON at line 3, column 3."},
      {"{} {}", "The text is not valid JSON at line 1, column 4."},
      {"'a'", "The text is not valid JSON at line 1, column 1."},
      {"NaN", "The text is not valid JSON at line 1, column 1."},
      {"01", "The text is not valid JSON at line 1, column 2."},
      {"1e999", "The text is not valid JSON at line 1, column 5."},
      {"\"a\nb\"", "The text is not valid JSON at line 2, column 1."},
      {"\"\xFF\"", "The text is not valid JSON at line 1, column 2."},
      {"\"\xC0\xAF\"", "The text is not valid JSON at line 1, column 2."},
      {"\"\\ud800\"", "The text is not valid JSON at line 1, column 8."},
      {std::string("{}\0", 3), "The text is not valid JSON at line 1, column 3."},
      {R"({"a":1,"b":{"a":2},"a":3})", "The JSON names a member twice at line 1, column 22."},
      {"{\"a\": \"\\\":\",\n\"\\u0061\": 3}", "The JSON names a member twice at line 2, column 8."},
  }));
  CAPTURE(text);
  CHECK(error_of(text) == "bad_json: " + error);
}

TEST_CASE("json: a repeated member of a large object is found", "[base]") {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i)
    text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  CHECK(parse_json(text + "\"last\":0}").value().members().size() == 5001);
  CHECK(error_of(text + "\"k4321\":0}").starts_with("bad_json: The JSON names a member twice"));
}

TEST_CASE("json: nesting is limited before anything is built", "[base]") {
  const std::string deepest =
      std::string(k_json_depth_max, '[') + std::string(k_json_depth_max, ']');
  CHECK(parse_json(deepest).ok());
  CHECK(error_of("[" + deepest + "]") ==
        "bad_json: The JSON is nested too deeply at line 1, column 65.");
  CHECK(error_of(std::string(1000000, '[')).starts_with("bad_json: The JSON is nested too deeply"));
  CHECK(parse_json("\"" + std::string(1000, '[') + "\"").ok());
  CHECK(parse_json("[\"\\\"" + std::string(1000, '{') + "\"]").ok());
}

TEST_CASE("json: numbers keep their type, and those beyond 64 bits become doubles", "[base]") {
  const Json json = *parse_json(R"({"i":7,"d":1.7,"w":2.0,"big":18446744073709551615,"t":true})");
  CHECK(json.integer("i") == 7);
  CHECK_FALSE(json.integer("d"));
  CHECK_FALSE(json.integer("w"));
  CHECK_FALSE(json.integer("t"));
  CHECK_FALSE(json.integer("big"));
  CHECK(json.number("big") == 18446744073709551615.0);
  CHECK(json.number("i") == 7.0);
  CHECK_FALSE(json.number("t"));
  CHECK(Json(std::nan("")).dump() == "null");
  CHECK(Json(-std::numeric_limits<double>::infinity()).dump() == "null");
  CHECK(Json(0.1).dump() == "0.1");
}

TEST_CASE("json: readers are total", "[base]") {
  const Json json = *parse_json(R"({"utm":{"source":"vk","n":null},"list":[1,2],"s":"x"})");
  CHECK(json.text("utm.source") == "vk");
  CHECK(json.find("utm.n")->is_null());
  CHECK(json.find("") == &json);
  CHECK_FALSE(json.text("utm"));
  CHECK_FALSE(json.text("utm.source.more"));
  CHECK_FALSE(json.text("list.0"));
  CHECK_FALSE(json.boolean("s"));
  CHECK(json.find(".") == nullptr);
  CHECK(json.find("utm..source") == nullptr);
  CHECK(json.find("list")->items().size() == 2);
  CHECK(json.find("s")->items().empty());
  CHECK(json.find("s")->members().empty());
}

TEST_CASE("json: values are built in order, and a member set again is replaced", "[base]") {
  Json json;
  json.set("b", 1).set("a", "text").set("b", Json::array({1, 2.5, nullptr, true}));
  json.set("none", std::optional<std::string>()).set("some", std::optional<std::string>("x"));
  CHECK(json.dump() == R"({"b":[1,2.5,null,true],"a":"text","none":null,"some":"x"})");
  CHECK(Json::object({{"a", 1}, {"a", 2}}).dump() == R"({"a":2})");
  Json list;
  list.push(1).push(Json::object());
  CHECK(list.dump_pretty() == "[\n  1,\n  {}\n]");
  CHECK(Json::object({{"a", list}}).dump_pretty() == "{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
}

TEST_CASE("json: strings are written with bad bytes repaired, wherever they stand", "[base]") {
  CHECK(json_string("a\"b\\c\n\x01\x7F") == "\"a\\\"b\\\\c\\n\\u0001\x7F\"");
  CHECK(json_string("\xFF") == "\"\xEF\xBF\xBD\"");
  CHECK(json_string("\xD0") == "\"\xEF\xBF\xBD\"");
  CHECK(json_string("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(json_string("Ёлка") == "\"Ёлка\"");
  for (std::size_t place = 0; place < 20; ++place) {
    for (const char special : {'"', '\\', '\n', '\x1F', '\xFF'}) {
      std::string text(20, 'x');
      text[place] = special;
      std::string expected;
      for (const char c : text) {
        if (c == '"' || c == '\\') expected += '\\';
        if (c == '\n')
          expected += "\\n";
        else if (c == '\x1F')
          expected += "\\u001f";
        else if (c == '\xFF')
          expected += "\xEF\xBF\xBD";
        else
          expected += c;
      }
      CAPTURE(place, static_cast<int>(special));
      CHECK(json_string(text) == "\"" + expected + "\"");
    }
  }
}

}  // namespace flead
