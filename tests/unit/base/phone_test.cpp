#include "core/base/phone.h"

#include <string>
#include <utility>

#include "support/catch.h"

namespace flead {

TEST_CASE("phone: numbers are read as people write them", "[base]") {
  struct Case {
    std::string typed;
    std::string region;
    std::string e164;
  };
  const auto [typed, region, e164] = GENERATE(values<Case>({
      {"+79160000001", "RU", "+79160000001"},
      {"8 916 000-00-01", "RU", "+79160000001"},
      {"8 (916) 000 00 01", "RU", "+79160000001"},
      {"(495) 123-45-67", "RU", "+74951234567"},
      {"9160000001", "RU", "+79160000001"},
      {"79160000001", "RU", "+79160000001"},
      {"+7(916)000.00.01", "DE", "+79160000001"},
      {"  +7 916 000 00 01\t", "", "+79160000001"},
      {"＋７９１６００００００１", "RU", "+79160000001"},
      {"٨٩١٦٠٠٠٠٠٠١", "RU", "+79160000001"},
      {"+7\u00A0916\u00A0000\u201100\u201101", "RU", "+79160000001"},
      {"8 495 123-45-67 доб. 12", "RU", "+74951234567"},
      {"+1 650 253 0000 ext. 123", "RU", "+16502530000"},
      {"tel:+7-916-000-00-01", "RU", "+79160000001"},
      {"тел. 8 916 000-00-01", "RU", "+79160000001"},
      {"030 123456", "DE", "+4930123456"},
      {"+49 (0)30 123456", "RU", "+4930123456"},
      {"0049 30 123456", "DE", "+4930123456"},
      {"1-800-FLOWERS", "US", "+18003569377"},
      {"06 698 12345", "IT", "+390669812345"},
      {"8 916 000-00-01", "ru", "+79160000001"},
  }));
  CAPTURE(typed, region);
  const auto phone = parse_phone(typed, region);
  REQUIRE(phone.ok());
  CHECK(phone->e164 == e164);
}

TEST_CASE("phone: Russian mobiles are read without the library as with it", "[base]") {
  // A dot among the digits sends a number to the library.
  for (int i = 0; i < 1000; ++i) {
    const std::string rest = std::to_string(9000000000LL + 999999LL * i + i % 7);
    for (const auto& [before, region] : {std::pair<std::string, std::string>{"+7", "RU"},
                                         {"+7", "DE"},
                                         {"+7", "KZ"},
                                         {"8", "RU"},
                                         {"7", "RU"}}) {
      CAPTURE(before, rest, region);
      const std::string spaced = " (" + rest.substr(0, 3) + ") " + rest.substr(3);
      const auto fast = parse_phone(before + spaced, region);
      const auto slow = parse_phone(before + "." + rest, region);
      REQUIRE(fast.ok());
      REQUIRE(slow.ok());
      CHECK(fast->e164 == slow->e164);
      CHECK(fast->valid == slow->valid);
    }
  }
}

TEST_CASE("phone: what cannot be a number is refused", "[base]") {
  const std::string typed = GENERATE(values<std::string>({"",
                                                          " ",
                                                          "12345",
                                                          "123",
                                                          "112",
                                                          "+",
                                                          "+7",
                                                          "allo",
                                                          "Анна",
                                                          "--",
                                                          "123-45-67",
                                                          "8 916 000-00",
                                                          "+7 916 000 00 01 234",
                                                          "+999 12345678",
                                                          "null",
                                                          "ivan@example.ru",
                                                          "+49 (0 000-00-01",
                                                          "\xFF\xFE",
                                                          "+7916000000\xD0",
                                                          std::string("+79160000001\0", 13),
                                                          "+7916\n0000001",
                                                          std::string(65, '1'),
                                                          std::string(100000, '9'),
                                                          "+7916000000100000000000000000"}));
  CAPTURE(typed.substr(0, 40));
  const auto phone = parse_phone(typed, "RU");
  REQUIRE_FALSE(phone.ok());
  CHECK(phone.error().kind == ErrorKind::refused);
  CHECK(phone.error().code == "phone_invalid");
  CHECK(phone.error().fields.at(0).field == "phone");
}

TEST_CASE("phone: a national number needs a region, an international one does not", "[base]") {
  CHECK_FALSE(parse_phone("(495) 123-45-67", "").ok());
  CHECK_FALSE(parse_phone("(495) 123-45-67", "ZZ").ok());
  CHECK(parse_phone("+7 916 000-00-01", "ZZ").ok());
}

TEST_CASE("phone: the Russian writing is read where it can mean nothing else", "[base]") {
  for (const char* region : {"US", "", "ZZ"}) {
    CAPTURE(region);
    CHECK(parse_phone("8 (916) 000-00-01", region)->e164 == "+79160000001");
    CHECK(parse_phone("79160000001", region)->e164 == "+79160000001");
  }
  CHECK_FALSE(parse_phone("8 916 000-00-01 call me", "US").ok());
  CHECK_FALSE(parse_phone("8 116 000-00-01", "US").ok());
}

TEST_CASE("phone: a number of an exchange is nobody's", "[base]") {
  CHECK_FALSE(parse_phone("12345", "DE").ok());
  CHECK_FALSE(parse_phone("+49 12345", "US").ok());
}

TEST_CASE("phone: a possible number of no known range is kept, and marked", "[base]") {
  CHECK(parse_phone("+7 916 000-00-01", "RU")->valid);
  const auto unknown = parse_phone("+7 116 000-00-01", "RU");
  REQUIRE(unknown.ok());
  CHECK_FALSE(unknown->valid);
}

TEST_CASE("phone: regions and formats", "[base]") {
  CHECK(*is_phone_region("RU"));
  CHECK(*is_phone_region("DE"));
  CHECK_FALSE(*is_phone_region("ru"));
  CHECK_FALSE(*is_phone_region("ZZ"));
  CHECK_FALSE(*is_phone_region(""));
  CHECK_FALSE(*is_phone_region("001"));
  CHECK(format_phone("+79160000001") == "+7 916 000-00-01");
  CHECK(format_phone("+4930123456") == "+49 30 123456");
  CHECK(format_phone("8 916") == "8 916");
  CHECK(format_phone("") == "");
  CHECK(format_phone("+") == "+");
  CHECK(format_phone("+\xFF") == "+\xFF");
}

}  // namespace flead
