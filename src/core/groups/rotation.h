// Who sits with whom: rounds of small tables in which people meet as few again as can be. Pure: the
// same input gives the same tables. Caller: groups.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flead::groups {

// People are numbers 0 to count-1, in a fixed order.
using Seating = std::vector<std::vector<std::size_t>>;  // tables, each with its people, ascending

// How often each two have met: met(a, b) == met(b, a).
class Meetings {
 public:
  explicit Meetings(std::size_t count) : count_(count), times_(count * count, 0) {}
  int met(std::size_t a, std::size_t b) const { return times_[a * count_ + b]; }
  void add(const std::vector<std::size_t>& table);  // everybody of a table has met everybody
  std::size_t count() const { return count_; }

 private:
  std::size_t count_;
  std::vector<int> times_;
};

// The sizes of the tables for so many people: `size` each and, where that does not come out, some
// with one more (trios among pairs) or, with too few tables for that, some with fewer. Fewer than
// `size` people are one table. None has one person unless there is only one.
std::vector<std::size_t> table_sizes(std::size_t people, std::size_t size);

// What a seating costs: the sum over all pairs at one table of how often they met before, squared,
// so that a third meeting is worse than two second ones.
std::int64_t seating_cost(const Seating& seating, const Meetings& before);

// Tables for those who are present. While everybody comes, pairs meet nobody twice before they have
// met all others.
Seating seat(std::span<const std::size_t> present, std::size_t size, const Meetings& before);

}  // namespace flead::groups
