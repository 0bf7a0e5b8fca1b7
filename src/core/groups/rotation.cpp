#include "core/groups/rotation.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace flead::groups {

namespace {

constexpr int k_starts = 12;            // different orders that are tried
constexpr int k_improvements_max = 40;  // passes over all swaps, of one start

std::int64_t pair_cost(const Meetings& before, std::size_t a, std::size_t b) {
  const std::int64_t times = before.met(a, b);
  return times * times;
}

// What one person adds to a table's cost, beside `except`.
std::int64_t cost_at(const std::vector<std::size_t>& table, std::size_t person,
                     const Meetings& before, std::size_t except) {
  std::int64_t cost = 0;
  for (const std::size_t other : table) {
    if (other != except && other != person) cost += pair_cost(before, person, other);
  }
  return cost;
}

// Each in turn to the table where they know the fewest.
Seating place_greedily(const std::vector<std::size_t>& order, const std::vector<std::size_t>& sizes,
                       const Meetings& before) {
  Seating tables(sizes.size());
  for (const std::size_t person : order) {
    std::size_t best = 0;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t t = 0; t < tables.size(); ++t) {
      if (tables[t].size() == sizes[t]) continue;
      const std::int64_t cost = cost_at(tables[t], person, before, person);
      if (cost < least) {
        least = cost;
        best = t;
      }
    }
    tables[best].push_back(person);
  }
  return tables;
}

// Two people change places where that makes it cheaper. True when anything did.
bool improve(Seating& tables, const Meetings& before) {
  bool better = false;
  for (std::size_t a = 0; a < tables.size(); ++a) {
    for (std::size_t b = a + 1; b < tables.size(); ++b) {
      for (std::size_t& one : tables[a]) {
        for (std::size_t& other : tables[b]) {
          const std::int64_t now =
              cost_at(tables[a], one, before, one) + cost_at(tables[b], other, before, other);
          if (now == 0) continue;
          const std::int64_t then =
              cost_at(tables[a], other, before, one) + cost_at(tables[b], one, before, other);
          if (then >= now) continue;
          std::swap(one, other);
          better = true;
        }
      }
    }
  }
  return better;
}

// The rounds of a tournament: all sit in a ring, one stays and the others move on. With an odd
// number whoever has no partner sits down at the table that costs least.
Seating tournament_round(std::span<const std::size_t> present, std::size_t round,
                         const Meetings& before) {
  const std::size_t people = present.size();
  const std::size_t places = people + people % 2;
  const auto at = [&](std::size_t place) {
    return place == 0 ? std::size_t{0} : 1 + (place - 1 + round) % (places - 1);
  };
  Seating tables;
  std::size_t alone = people;
  for (std::size_t i = 0; i < places / 2; ++i) {
    const std::size_t a = at(i);
    const std::size_t b = at(places - 1 - i);
    if (a >= people || b >= people) {
      alone = a >= people ? b : a;
    } else {
      tables.push_back({present[a], present[b]});
    }
  }
  if (alone == people) return tables;
  const std::size_t person = present[alone];
  const auto table =
      std::min_element(tables.begin(), tables.end(), [&](const auto& one, const auto& other) {
        return cost_at(one, person, before, person) < cost_at(other, person, before, person);
      });
  table->push_back(person);
  return tables;
}

// Another order for each turn, the same every time: no chance is wanted here.
void mix(std::vector<std::size_t>& order, std::uint64_t turn) {
  std::uint64_t state = turn * 0x9e3779b97f4a7c15ULL;
  for (std::size_t i = order.size(); i > 1; --i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    std::swap(order[i - 1], order[(state >> 33) % i]);
  }
}

void tidy(Seating& tables) {
  for (auto& table : tables) std::sort(table.begin(), table.end());
  std::sort(tables.begin(), tables.end());
}

}  // namespace

void Meetings::add(const std::vector<std::size_t>& table) {
  for (const std::size_t a : table) {
    for (const std::size_t b : table) {
      if (a != b) ++times_[a * count_ + b];
    }
  }
}

std::vector<std::size_t> table_sizes(std::size_t people, std::size_t size) {
  if (people == 0) return {};
  std::size_t tables = std::max<std::size_t>(1, people / size);
  // One more at a table each, where there are enough of them; else one more table.
  if (people > tables * (size + 1)) ++tables;
  std::vector<std::size_t> sizes(tables, people / tables);
  for (std::size_t i = 0; i < people % tables; ++i) ++sizes[i];
  return sizes;
}

std::int64_t seating_cost(const Seating& seating, const Meetings& before) {
  std::int64_t cost = 0;
  for (const auto& table : seating) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      for (std::size_t j = i + 1; j < table.size(); ++j) {
        cost += pair_cost(before, table[i], table[j]);
      }
    }
  }
  return cost;
}

Seating seat(std::span<const std::size_t> present, std::size_t size, const Meetings& before) {
  const auto sizes = table_sizes(present.size(), size);
  Seating best;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  const auto consider = [&](Seating tables) {
    const std::int64_t cost = seating_cost(tables, before);
    if (cost >= least) return;
    least = cost;
    best = std::move(tables);
  };
  if (size == 2 && present.size() > 2) {
    const std::size_t rounds = present.size() + present.size() % 2 - 1;
    for (std::size_t round = 0; round < rounds && least > 0; ++round) {
      consider(tournament_round(present, round, before));
    }
  }
  // The order of the first start is as given; the others are shuffled, always in the same way.
  std::vector<std::size_t> order(present.begin(), present.end());
  for (int start = 0; start < k_starts && least > 0; ++start) {
    Seating tables = place_greedily(order, sizes, before);
    for (int pass = 0; pass < k_improvements_max && improve(tables, before); ++pass) {
    }
    consider(std::move(tables));
    mix(order, static_cast<std::uint64_t>(start) + 1);
  }
  tidy(best);
  return best;
}

}  // namespace flead::groups
