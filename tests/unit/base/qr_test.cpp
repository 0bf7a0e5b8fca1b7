#include "core/base/qr.h"

#include <cstdio>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/catch.h"

namespace flead {
namespace {

// Dots read back from the boxes of a path: rows of '#' and '.'.
std::vector<std::string> rows_of_path(const QrPath& code) {
  const auto side = static_cast<std::size_t>(code.side);
  std::vector<std::string> rows(side, std::string(side, '.'));
  for (const std::string& box : split(code.path, 'z')) {
    if (box.empty()) continue;
    std::size_t x = 0;
    std::size_t y = 0;
    std::size_t length = 0;
    std::size_t back = 0;
    CAPTURE(box);
    REQUIRE(std::sscanf(box.c_str(), "M%zu %zuh%zuv1h-%zu", &x, &y, &length, &back) == 4);
    REQUIRE(length == back);
    REQUIRE(y < side);
    REQUIRE(x + length <= side);
    rows[y].replace(x, length, length, '#');
  }
  return rows;
}

// The same from half blocks, where light is the ink.
std::vector<std::string> rows_of_text(const std::string& text) {
  std::vector<std::string> rows;
  for (const std::string& line : split(replace_all(text, " ", "_"), '\n')) {
    if (line.empty()) continue;
    std::string upper;
    std::string lower;
    for (std::size_t at = 0; at < line.size();) {
      const std::string_view rest = std::string_view(line).substr(at);
      const bool full = rest.starts_with("█");
      upper += full || rest.starts_with("▀") ? '.' : '#';
      lower += full || rest.starts_with("▄") ? '.' : '#';
      at += rest.front() == '_' ? 1 : std::string_view("█").size();
    }
    rows.push_back(upper);
    rows.push_back(lower);
  }
  rows.pop_back();  // the side is odd
  return rows;
}

// Seven dots square with its light edge, at this corner of the code.
void check_finder(const std::vector<std::string>& rows, std::size_t left, std::size_t top) {
  constexpr const char* k_finder[] = {"#######", "#.....#", "#.###.#", "#.###.#",
                                      "#.###.#", "#.....#", "#######"};
  CAPTURE(left, top);
  for (std::size_t row = 0; row < 7; ++row) {
    CHECK(rows[top + row].substr(left, 7) == k_finder[row]);
  }
}

const std::string k_link =
    "https://t.me/acme_bot?start=01k9x000000000000000000000049586201AbCdEfGhIjKlMnOpQrStUv";

}  // namespace

TEST_CASE("qr: a code is as small as its text allows, with four light dots around", "[base]") {
  struct Case {
    std::size_t bytes;
    int version;
  };
  // ISO/IEC 18004 table 7, level M, bytes.
  const auto [bytes, version] = GENERATE(values<Case>({{1, 1},
                                                       {14, 1},
                                                       {15, 2},
                                                       {26, 2},
                                                       {27, 3},
                                                       {84, 5},
                                                       {85, 6},
                                                       {106, 6},
                                                       {k_qr_bytes_max, 26}}));
  CAPTURE(bytes);
  const auto code = qr_path(std::string(bytes, 'a'));
  REQUIRE(code);
  CHECK(code->side == 17 + 4 * version + 2 * k_qr_quiet_zone);
  const auto rows = rows_of_path(*code);
  const std::size_t side = rows.size();
  for (std::size_t i = 0; i < side; ++i) {
    const bool quiet = i < 4 || i >= side - 4;
    if (quiet) CHECK(rows[i] == std::string(side, '.'));
    CHECK(rows[i].substr(0, 4) == "....");
    CHECK(rows[i].substr(side - 4) == "....");
  }
}

TEST_CASE("qr: three corners have what a camera looks for, the fourth has not", "[base]") {
  const auto code = qr_path(k_link);
  REQUIRE(code);
  const auto rows = rows_of_path(*code);
  const std::size_t far = rows.size() - 4 - 7;
  check_finder(rows, 4, 4);
  check_finder(rows, far, 4);
  check_finder(rows, 4, far);
  CHECK(rows[far + 3].substr(far, 7) != "#.###.#");
  // Between them dark and light take turns: the timing pattern.
  for (std::size_t x = 12; x < far - 1; ++x) CHECK(rows[10][x] == (x % 2 == 0 ? '#' : '.'));
}

TEST_CASE("qr: the terminal shows the same dots as the picture", "[base]") {
  const auto code = qr_path(k_link);
  const auto text = qr_text(k_link);
  REQUIRE(code);
  REQUIRE(text);
  CHECK(rows_of_text(*text) == rows_of_path(*code));
  for (const std::string& line : split(replace_all(*text, " ", "_"), '\n')) {
    if (!line.empty()) CHECK(utf8_length(line) == static_cast<std::size_t>(code->side));
  }
  CHECK(code->side <= 80);  // columns
}

TEST_CASE("qr: a picture is one path in the colour of the text, and always the same", "[base]") {
  const auto svg = qr_svg(k_link);
  REQUIRE(svg);
  const auto code = qr_path(k_link);
  REQUIRE(code);
  const std::string side = std::to_string(code->side);
  CHECK(svg->starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " +
                         side + "\""));
  CHECK(svg->ends_with("<path fill=\"currentColor\" d=\"" + code->path + "\"/></svg>"));
  CHECK(svg->find("acme") == std::string::npos);
  CHECK(code->path.find_first_not_of("0123456789 Mhvz-") == std::string::npos);
  CHECK(*qr_svg(k_link) == *svg);
  CHECK(*qr_text(k_link) == *qr_text(k_link));
  CHECK(qr_path(k_link + "x")->path != code->path);
}

TEST_CASE("qr: any bytes have a code, up to the limit", "[base]") {
  CHECK(qr_text(std::string("a\0b", 3)));
  CHECK(qr_text("Запись \xff"));
  CHECK(qr_path(std::string("a\0b", 3))->path != qr_path("a")->path);
  const std::string longest(k_qr_bytes_max, 'x');
  CHECK(qr_text(longest));
  for (const auto& refusal : {qr_text(longest + "x"), qr_svg(longest + "x")}) {
    REQUIRE_FALSE(refusal);
    CHECK(refusal.error().kind == ErrorKind::refused);
    CHECK(refusal.error().code == "qr_text_too_long");
  }
  const auto nothing = qr_text("");
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code == "qr_text_empty");
}

}  // namespace flead
