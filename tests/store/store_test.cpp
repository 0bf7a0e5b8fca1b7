// The conformance suite: what every engine's driver must do (src/README.md, "SQL"). Each case runs
// on each engine that `engines()` names.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "core/base/error.h"
#include "core/store/migrate.h"
#include "core/store/store.h"
#include "support/catch.h"
#include "support/temp_dir.h"

namespace flead::store {
namespace {

using test::TempDir;

std::unique_ptr<Store> open_store(const TempDir& dir, int wait_ms = 5000) {
  OpenOptions options;
  options.path = dir.path() + "/flead.db";
  options.create = true;
  options.wait_ms = wait_ms;
  auto store = open_sqlite(options);
  REQUIRE(store);
  return std::move(*store);
}

Status make_table(Store& store) {
  return store.write([](Tx& tx) -> Status {
    FLEAD_CHECK(
        tx.exec("CREATE TABLE probe (id TEXT PRIMARY KEY, number BIGINT, note TEXT, raw BYTEA)"));
    FLEAD_CHECK(tx.exec("CREATE TABLE child (probe_id TEXT NOT NULL REFERENCES probe (id))"));
    return {};
  });
}

std::int64_t rows(Store& store) {
  return test::count_rows(store, "probe");
}

std::int64_t first_integer(const Row& row) {
  return row.integer(0);
}
std::string first_text(const Row& row) {
  return row.string(0);
}

}  // namespace

TEST_CASE("store: parameters are bound by their number, in any order and repeated", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  auto text = store->read([](Tx& tx) {
    return tx.one("SELECT $2 || '-' || $1 || '-' || $2", first_text, "one", "two");
  });
  CHECK(*text == "two-one-two");
}

TEST_CASE("store: typed values and their NULLs come back as they went in", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  const std::string bytes("\0\xff\x01", 3);
  REQUIRE(store->write([&](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe VALUES ($1, $2, $3, $4)", "a",
                        std::int64_t{9007199254740993}, "пример", Bytes{bytes}));
    FLEAD_CHECK(tx.exec("INSERT INTO probe VALUES ($1, $2, $3, $4)", "b",
                        std::optional<std::int64_t>(), std::optional<std::string>(),
                        std::optional<Bytes>()));
    return {};
  }));
  auto full = store->read([](Tx& tx) {
    return tx.one(
        "SELECT number, note, raw FROM probe WHERE id = $1",
        [](const Row& row) {
          return std::tuple(row.integer(0), row.string(1), std::string(row.text(2)));
        },
        "a");
  });
  CHECK(*full == std::tuple(std::int64_t{9007199254740993}, std::string("пример"), bytes));
  auto empty = store->read([](Tx& tx) {
    return tx.one(
        "SELECT number, note, raw FROM probe WHERE id = $1",
        [](const Row& row) { return row.is_null(0) && row.is_null(1) && row.is_null(2); }, "b");
  });
  CHECK(*empty);
  auto filtered = store->read([](Tx& tx) {
    return tx.one("SELECT COUNT(*) FROM probe WHERE ($1 IS NULL OR note = $1)", first_integer,
                  std::optional<std::string>());
  });
  CHECK(*filtered == 2);
}

TEST_CASE("store: an empty text is not NULL", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  auto is_null = store->read([](Tx& tx) {
    return tx.one("SELECT CASE WHEN $1 IS NULL THEN 1 ELSE 0 END", first_integer,
                  std::string_view());
  });
  CHECK(*is_null == 0);
}

TEST_CASE("store: a failed statement poisons the transaction and nothing of it stays", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  const Status done = store->write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", "a"));
    CHECK_FALSE(tx.exec("INSERT INTO probe (id) VALUES ($1)", "a"));
    CHECK_FALSE(tx.exec("INSERT INTO probe (id) VALUES ($1)", "b"));
    return {};  // swallowed by mistake: the store still refuses to commit
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::conflict);
  CHECK(rows(*store) == 0);
}

TEST_CASE("store: an error from the function rolls everything back", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  CHECK(store
            ->write([](Tx& tx) -> Status {
              FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a')"));
              return refused("no", "No.");
            })
            .error()
            .code == "no");
  CHECK(rows(*store) == 0);
}

TEST_CASE("store: an exception from the function rolls back and the store goes on", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  CHECK_THROWS(store->write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a')"));
    throw std::runtime_error("out of memory");
  }));
  CHECK(rows(*store) == 0);
  CHECK(store->write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a')"));
    return {};
  }));
}

TEST_CASE("store: errors are mapped by code", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  const auto failing = [&](const char* sql) {
    const Status done = store->write([&](Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a')"));
      FLEAD_CHECK(tx.exec(sql));
      return {};
    });
    return done ? std::string("no error") : done.error().code;
  };
  CHECK(failing("INSERT INTO probe (id) VALUES ('a')") == "already_exists");
  CHECK(failing("INSERT INTO child VALUES ('nobody')") == "still_referenced");
  CHECK(failing("SELECT * FROM nowhere") == "internal");
  CHECK(failing("SELECT \"nosuch\"") == "internal");  // not a string: double quotes name columns
}

TEST_CASE("store: an expected conflict is an upsert that returns the row that stands", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  const auto put = [&](std::int64_t number) {
    return store->write([&](Tx& tx) {
      return tx.one(R"sql(
          INSERT INTO probe (id, number) VALUES ('a', $1)
          ON CONFLICT (id) DO UPDATE SET note = 'again'
          RETURNING number)sql",
                    first_integer, number);
    });
  };
  CHECK(*put(1) == 1);
  CHECK(*put(2) == 1);
}

TEST_CASE("store: a guarded write counts the rows it changed", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  auto changed = store->write([](Tx& tx) -> Result<std::int64_t> {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id, number) VALUES ('a', 1)"));
    FLEAD_TRY(auto first, tx.exec("UPDATE probe SET number = number + 1 WHERE number < 2"));
    FLEAD_TRY(auto second, tx.exec("UPDATE probe SET number = number + 1 WHERE number < 2"));
    return first * 10 + second;
  });
  CHECK(*changed == 10);
}

TEST_CASE("store: row-value paging visits every row once", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  REQUIRE(store->write([](Tx& tx) -> Status {
    for (int index = 0; index < 25; ++index)
      FLEAD_CHECK(tx.exec("INSERT INTO probe (id, number) VALUES ($1, $2)",
                          "id" + std::to_string(100 + index), index / 10));
    return {};
  }));
  std::int64_t number = -1;
  std::string id;
  std::size_t seen = 0;
  for (int page = 0; page < 10; ++page) {
    auto part = store->read([&](Tx& tx) {
      return tx.all(
          "SELECT number, id FROM probe WHERE (number, id) > ($1, $2)"
          " ORDER BY number, id LIMIT 7",
          [](const Row& row) { return std::pair(row.integer(0), row.string(1)); }, number, id);
    });
    REQUIRE(part);
    if (part->empty()) break;
    seen += part->size();
    std::tie(number, id) = part->back();
  }
  CHECK(seen == 25);
}

TEST_CASE("store: a reader sees one snapshot while a writer commits", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  const auto count = [](Tx& tx) { return tx.one("SELECT COUNT(*) FROM probe", first_integer); };
  auto same = store->read([&](Tx& tx) -> Result<bool> {
    FLEAD_TRY(auto before, count(tx));
    std::thread writer([&] {
      CHECK(store->write([](Tx& other) -> Status {
        FLEAD_CHECK(other.exec("INSERT INTO probe (id) VALUES ('a')"));
        return {};
      }));
    });
    writer.join();
    FLEAD_TRY(auto after, count(tx));
    return before == after;
  });
  CHECK(*same);
  CHECK(rows(*store) == 1);
}

TEST_CASE("store: writing through read() is refused", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  CHECK_FALSE(store->read([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a')"));
    return {};
  }));
}

TEST_CASE("store: the same statement may be open twice at once", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  REQUIRE(store->write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ('a'), ('b'), ('c')"));
    return {};
  }));
  std::size_t pairs = 0;
  REQUIRE(store->read([&](Tx& tx) {
    const char* sql = "SELECT id FROM probe ORDER BY id";
    return tx.each(sql, [&](const Row&) {
      CHECK(tx.each(sql, [&](const Row&) {
        ++pairs;
        return true;
      }));
      return true;
    });
  }));
  CHECK(pairs == 9);
}

TEST_CASE("store: concurrent writers of one store lose no update", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  REQUIRE(make_table(*store));
  REQUIRE(store->write([](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("INSERT INTO probe (id, number) VALUES ('sum', 0)"));
    return {};
  }));
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const Status done = store->write([](Tx& tx) -> Status {
          FLEAD_TRY(auto number,
                    tx.one("SELECT number FROM probe WHERE id = 'sum'", first_integer));
          FLEAD_CHECK(tx.exec("UPDATE probe SET number = $1 WHERE id = 'sum'", number + 1));
          return {};
        });
        if (!done) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto sum = store->read([](Tx& tx) { return tx.one("SELECT number FROM probe", first_integer); });
  CHECK(failures == 0);
  CHECK(*sum == 200);
}

TEST_CASE("store: a store locked for longer than the wait is store_busy", "[store]") {
  TempDir dir;
  auto holder = open_store(dir);
  auto waiting = open_store(dir, 20);
  REQUIRE(holder->write([&](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("CREATE TABLE lock_probe (id TEXT)"));
    Status other;
    std::thread second([&] { other = waiting->write([](Tx&) -> Status { return {}; }); });
    second.join();
    REQUIRE_FALSE(other);
    CHECK(other.error().code == "store_busy");
    CHECK(other.error().kind == ErrorKind::store);
    return {};
  }));
}

TEST_CASE("store: commits wake whoever listens, failures do not", "[store]") {
  TempDir dir;
  auto store = open_store(dir);
  int woken = 0;
  store->on_commit = [&] { ++woken; };
  CHECK(store->write([](Tx&) -> Status { return {}; }));
  CHECK_FALSE(store->write([](Tx&) -> Status { return refused("no", "No."); }));
  CHECK(woken == 1);
}

TEST_CASE("store: a dry run gives the value, keeps nothing and wakes nobody", "[store]") {
  TempDir dir;
  const auto real = open_store(dir);
  REQUIRE(make_table(*real));
  OpenOptions options;
  options.path = dir.path() + "/flead.db";
  options.dry_run = true;
  const auto opened = open_sqlite(options);
  REQUIRE(opened);
  Store& dry = **opened;
  int commits = 0;
  dry.on_commit = [&] { ++commits; };
  const auto insert = [](Tx& tx) {
    return tx.one("INSERT INTO probe (id) VALUES ('a') RETURNING id", first_text);
  };
  for (int time = 0; time < 2; ++time) {
    const auto made = dry.write(insert);
    REQUIRE(made);
    CHECK(*made == "a");
  }
  CHECK(commits == 0);
  CHECK(rows(dry) == 0);
  REQUIRE(real->write(insert));
  CHECK(dry.write(insert).error().kind == ErrorKind::conflict);
}

TEST_CASE("store: what was committed survives a killed process", "[store]") {
  TempDir dir;
  {
    REQUIRE(make_table(*open_store(dir)));
  }
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open_store(dir);
    for (char number = 0;; ++number) {
      const Status done = store->write([&](Tx& tx) -> Status {
        FLEAD_CHECK(tx.exec("INSERT INTO probe (id) VALUES ($1)", std::to_string(number)));
        return {};
      });
      if (!done || ::write(pipe_ends[1], &number, 1) != 1) ::_exit(1);
    }
  }
  char last = 0;
  for (int acknowledged = 0; acknowledged < 20; ++acknowledged)
    REQUIRE(::read(pipe_ends[0], &last, 1) == 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  auto store = open_store(dir);
  CHECK(rows(*store) >= 20);
  CHECK(store->check());
}

}  // namespace flead::store
