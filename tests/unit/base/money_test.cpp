#include "core/base/money.h"

#include "support/catch.h"

namespace flead {

TEST_CASE("money: an amount is digits with up to two decimals", "[money]") {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> minor;
  };
  const auto one = GENERATE(values<Case>({{"5000", 500000},
                                          {" 4999.90 ", 499990},
                                          {"0,5", 50},
                                          {"0", 0},
                                          {"10000000000", 1'000'000'000'000},
                                          {"10000000000.01", std::nullopt},
                                          {"99999999999999999999", std::nullopt},
                                          {"-1", std::nullopt},
                                          {"1.234", std::nullopt},
                                          {"1.", std::nullopt},
                                          {".5", std::nullopt},
                                          {"1 000", std::nullopt},
                                          {"1e3", std::nullopt},
                                          {"", std::nullopt}}));
  CAPTURE(one.text);
  CHECK(parse_money_minor(one.text) == one.minor);
}

TEST_CASE("money: people read it in their own way", "[money]") {
  CHECK(print_money({500000, "RUB"}, "ru") ==
        "5\xc2\xa0"
        "000\xc2\xa0₽");
  CHECK(print_money({123456705, "RUB"}, "en") == "1,234,567.05\xc2\xa0RUB");
  CHECK(print_money({50, "EUR"}, "ru") == "0,50\xc2\xa0€");
  CHECK(print_money({99900, "USD"}, "en") == "999\xc2\xa0USD");
  CHECK(parse_currency("rub") == std::optional<std::string>("RUB"));
  CHECK_FALSE(parse_currency("RU"));
  CHECK_FALSE(parse_currency("R1B"));
}

TEST_CASE("money: a part and the rest are the whole, and a half goes up", "[money]") {
  CHECK(percent_of(1, 50) == 1);
  CHECK(percent_of(3, 33) == 1);
  CHECK(percent_of(99, 50) == 50);
  for (std::int64_t amount = 0; amount < 500; ++amount) {
    std::int64_t before = 0;
    for (int percent = 0; percent <= 100; ++percent) {
      const std::int64_t part = percent_of(amount, percent);
      CHECK((part >= before && part <= amount));
      before = part;
    }
    CHECK(percent_of(amount, 0) == 0);
    CHECK(percent_of(amount, 100) == amount);
  }
}

}  // namespace flead
