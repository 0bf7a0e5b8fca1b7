// Writers that post at the same time, to one book: numbers without a gap, each key once.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/money/books.h"
#include "core/money/ledger.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::money::race_cases {

TEST_CASE("ledger: writers at the same time make one chain, and each key counts once",
          "[money][race]") {
  constexpr int k_threads = 4;
  constexpr int k_posts = 150;
  test::TestApp app;
  std::vector<std::vector<std::int64_t>> numbers(k_threads);
  std::vector<int> failed(k_threads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < k_threads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < k_posts; ++i) {
        const auto made = app.store().write([&](store::Tx& tx) {
          NewTransaction entry;
          entry.kind = "payment";
          // Every third is what the others post, too.
          entry.unique_key = std::to_string(i) + ":" + std::to_string(i % 3 == 0 ? 0 : thread);
          entry.currency = "RUB";
          entry.moves = {{"assets:bank", "liabilities:prepaid:l" + std::to_string(i % 7), i + 1},
                         {"expenses:fees:a", "assets:bank", 1}};
          return post(app.world(), tx, app.tenant().id, std::move(entry));
        });
        const auto at = static_cast<std::size_t>(thread);
        if (!made) ++failed[at];
        if (made && *made) numbers[at].push_back((*made)->number);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == std::vector<int>(k_threads));
  std::set<std::int64_t> all;
  for (const auto& own : numbers) all.insert(own.begin(), own.end());
  constexpr int k_shared = k_posts / 3;
  constexpr std::int64_t k_wanted = k_shared + k_threads * (k_posts - k_shared);
  CHECK(static_cast<std::int64_t>(all.size()) == k_wanted);
  CHECK(*all.rbegin() == k_wanted);
  const auto check = app.store().read([&](store::Tx& tx) { return verify(tx, app.tenant().id); });
  CHECK(check->faults.empty());
  CHECK(check->transactions == k_wanted);
}

}  // namespace flead::money::race_cases
