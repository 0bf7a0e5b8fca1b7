// Writes that arrive together share one commit, and a failed one harms none beside it.
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/store/store.h"
#include "support/catch.h"
#include "support/temp_dir.h"

namespace flead::store {
namespace {

struct Shared {
  test::TempDir dir;
  std::unique_ptr<Store> store;
  std::atomic<int> commits{0};

  Shared() {
    OpenOptions options;
    options.path = dir.path() + "/flead.db";
    options.create = true;
    auto opened = open_sqlite(options);
    REQUIRE(opened);
    store = std::move(*opened);
    REQUIRE(store->write([](Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec("CREATE TABLE probe (id TEXT PRIMARY KEY)"));
      return {};
    }));
    store->on_commit = [this] { ++commits; };
  }

  Status insert(const std::string& id) {
    return store->write([&](Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", id));
      return {};
    });
  }

  // Holds the writer until `count` others wait behind it, then lets all of them go.
  void with_company(int count, const std::function<void(int)>& other) {
    std::vector<std::thread> threads;
    REQUIRE(store->write([&](Tx&) -> Status {
      for (int index = 0; index < count; ++index)
        threads.emplace_back([&other, index] { other(index); });
      while (store->write_stats().waiting < count) std::this_thread::yield();
      return {};
    }));
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace

TEST_CASE("store: a lonely write is one commit of its own", "[store]") {
  Shared shared;
  CHECK(shared.insert("a"));
  CHECK(shared.insert("b"));
  CHECK(shared.commits == 2);
}

TEST_CASE("store: writes that arrive together share one commit", "[store]") {
  Shared shared;
  shared.with_company(8, [&](int index) { CHECK(shared.insert(std::to_string(index))); });
  CHECK(shared.commits == 2);  // the one that held the writer, and all the others
  CHECK(test::count_rows(*shared.store, "probe") == 8);
}

TEST_CASE("store: a write that fails in company fails alone", "[store]") {
  Shared shared;
  REQUIRE(shared.insert("taken"));
  std::atomic<int> conflicts{0};
  std::atomic<int> refusals{0};
  std::atomic<int> exceptions{0};
  std::atomic<int> poisoned{0};
  shared.with_company(8, [&](int index) {
    const std::string own = "own" + std::to_string(index);
    if (index == 1 && shared.insert("taken").error().kind == ErrorKind::conflict) ++conflicts;
    if (index == 3 && !shared.store->write([&](Tx& tx) -> Status {
          FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", own));
          return refused("no", "No.");
        }))
      ++refusals;
    if (index == 5) {
      try {
        static_cast<void>(shared.store->write([&](Tx& tx) -> Status {
          FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", own));
          throw std::runtime_error("mine alone");
        }));
      } catch (const std::runtime_error&) {
        ++exceptions;
      }
    }
    if (index == 6 && !shared.store->write([&](Tx& tx) -> Status {
          FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", own));
          static_cast<void>(tx.exec("INSERT INTO probe (id) VALUES ('taken')").ok());
          return {};
        }))
      ++poisoned;
    if (index % 2 == 0 && index != 6) CHECK(shared.insert(own));
    if (index == 7) CHECK(shared.insert(own));
  });
  CHECK(conflicts == 1);
  CHECK(refusals == 1);
  CHECK(exceptions == 1);
  CHECK(poisoned == 1);
  auto rows = shared.store->read([](Tx& tx) {
    return tx.all("SELECT id FROM probe ORDER BY id LIMIT 100",
                  [](const Row& row) { return row.string(0); });
  });
  CHECK(*rows == std::vector<std::string>{"own0", "own2", "own4", "own7", "taken"});
  CHECK(shared.store->check());
}

TEST_CASE("store: a lonely write is made by the thread that brings it", "[store]") {
  Shared shared;
  std::promise<Status> told;
  const auto before = std::this_thread::get_id();
  shared.store->write_later(
      [](Tx& tx) -> Status {
        FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('later')"));
        return {};
      },
      [&](Status outcome) {
        CHECK(std::this_thread::get_id() == before);
        told.set_value(std::move(outcome));
      });
  CHECK(told.get_future().get());
  CHECK(shared.commits == 1);
  CHECK(test::count_rows(*shared.store, "probe") == 1);
}

TEST_CASE("store: a write that finds another at work waits for nobody", "[store]") {
  Shared shared;
  std::promise<Status> told;
  const auto before = std::this_thread::get_id();
  REQUIRE(shared.store->write([&](Tx&) -> Status {
    shared.store->write_later(
        [](Tx& tx) -> Status {
          FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('later')"));
          return {};
        },
        [&](Status outcome) {
          CHECK(std::this_thread::get_id() != before);
          told.set_value(std::move(outcome));
        });
    return {};
  }));
  CHECK(told.get_future().get());
  CHECK(test::count_rows(*shared.store, "probe") == 1);
}

TEST_CASE("store: writes that nobody waits for fail alone, too", "[store]") {
  Shared shared;
  REQUIRE(shared.insert("taken"));
  std::mutex mutex;
  std::vector<std::string> outcomes(4);
  std::latch all(4);
  const auto later = [&](std::size_t index, std::function<Status(Tx&)> work) {
    shared.store->write_later(std::move(work), [&, index](const Status& outcome) {
      const std::lock_guard lock(mutex);
      outcomes[index] = outcome ? "committed" : outcome.error().code;
      all.count_down();
    });
  };
  const auto insert = [](Tx& tx, const char* id) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", id));
    return {};
  };
  REQUIRE(shared.store->write([&](Tx&) -> Status {
    later(0, [&](Tx& tx) { return insert(tx, "a"); });
    later(1, [&](Tx& tx) -> Status {
      FLEAD_CHECK(insert(tx, "half"));
      return insert(tx, "taken");
    });
    later(2, [&](Tx& tx) -> Status {
      FLEAD_CHECK(insert(tx, "thrown"));
      throw std::runtime_error("mine alone");
    });
    later(3, [&](Tx& tx) { return insert(tx, "b"); });
    return {};
  }));
  all.wait();
  CHECK(outcomes ==
        std::vector<std::string>{"committed", "already_exists", "internal", "committed"});
  auto rows = shared.store->read([](Tx& tx) {
    return tx.all("SELECT id FROM probe ORDER BY id LIMIT 100",
                  [](const Row& row) { return row.string(0); });
  });
  CHECK(*rows == std::vector<std::string>{"a", "b", "taken"});
}

TEST_CASE("store: closing it commits what has queued", "[store]") {
  test::TempDir dir;
  OpenOptions options;
  options.path = dir.path() + "/flead.db";
  options.create = true;
  std::atomic<int> told{0};
  {
    auto store = std::move(*open_sqlite(options));
    for (int index = 0; index < 500; ++index) {
      store->write_later(
          [index](Tx& tx) -> Status {
            FLEAD_CHECK(tx.exec("INSERT INTO probes (name, at_ms) VALUES ($1, 0)",
                                "n" + std::to_string(index)));
            return {};
          },
          [&](const Status& outcome) { told += outcome ? 1 : 0; });
    }
  }
  CHECK(told == 500);
  CHECK(test::count_rows(*std::move(*open_sqlite(options)), "probes") == 500);
}

TEST_CASE("store: what processes keep in memory has a number that changes with it", "[store]") {
  test::TempDir dir;
  OpenOptions options;
  options.path = dir.path() + "/flead.db";
  options.create = true;
  const auto one = std::move(*open_sqlite(options));
  const auto other = std::move(*open_sqlite(options));
  const auto exec = [](Store& store, const char* sql) {
    REQUIRE(store.write([&](Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec(sql));
      return {};
    }));
  };
  const std::int64_t first = *one->remembered_version();
  exec(*one, "INSERT INTO probes (name, at_ms) VALUES ('x', 0)");
  CHECK(*one->remembered_version() == first);
  exec(*one, "INSERT INTO settings (tenant_id, key, value, updated_at_ms) VALUES ('', 'k', '', 0)");
  const std::int64_t second = *one->remembered_version();
  CHECK(second > first);
  exec(*other, "UPDATE settings SET value = 'new' WHERE key = 'k'");
  CHECK(*one->remembered_version() > second);
}

TEST_CASE("store: company of failures alone commits nothing", "[store]") {
  Shared shared;
  shared.with_company(3, [&](int) {
    CHECK_FALSE(shared.store->write([](Tx&) -> Status { return refused("no", "No."); }));
  });
  CHECK(shared.commits == 1);
  CHECK(test::count_rows(*shared.store, "probe") == 0);
}

TEST_CASE("store: more writes than one group holds are all committed", "[store]") {
  Shared shared;
  std::atomic<int> done{0};
  shared.with_company(200, [&](int index) {
    if (shared.insert(std::to_string(index))) ++done;
  });
  CHECK(done == 200);
  CHECK(shared.commits == 3);
  CHECK(test::count_rows(*shared.store, "probe") == 200);
}

}  // namespace flead::store
