#include "core/base/result.h"

#include "support/catch.h"

namespace flead {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return refused("odd", "The number is odd.");
  return number / 2;
}

Result<int> quarter(int number) {
  FLEAD_TRY(auto once, half(number));
  FLEAD_TRY(auto twice, half(once));
  return twice;
}

Status check_even(int number) {
  FLEAD_CHECK(half(number));
  return {};
}

}  // namespace

TEST_CASE("base: FLEAD_TRY passes the value on or returns the first error", "[base]") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).error().code == "odd");
  CHECK(check_even(2).ok());
  CHECK(check_even(3).error().kind == ErrorKind::refused);
}

}  // namespace flead
