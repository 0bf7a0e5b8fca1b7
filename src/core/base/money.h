// Money: minor units of one currency. No double anywhere; sums of different currencies do not
// compile into anything useful because only equal currencies may be added.
#pragma once

#include <cstdint>
#include <string>

namespace flead {

struct Money {
  std::int64_t amount_minor = 0;  // kopecks, cents
  std::string currency;           // ISO 4217, upper case
  friend bool operator==(const Money&, const Money&) = default;
};

}  // namespace flead
