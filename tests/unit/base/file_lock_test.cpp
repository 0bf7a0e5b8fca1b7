#include "core/base/file_lock.h"

#include <unistd.h>

#include <optional>
#include <string>

#include "support/catch.h"
#include "support/temp_dir.h"

namespace flead::test {

using Kind = FileLock::Kind;

TEST_CASE("lock: many may share what one may hold alone", "[base]") {
  const TempDir dir;
  const std::string db = dir.path() + "/flead.db";
  CHECK_FALSE(store_is_locked(db, StoreUse::open));
  CHECK(::access((db + ".lock").c_str(), F_OK) != 0);  // asking makes no file
  {
    const auto first = lock_store(db, StoreUse::open, Kind::shared);
    const auto second = lock_store(db, StoreUse::open, Kind::shared);
    REQUIRE((first && *first));
    REQUIRE((second && *second));
    CHECK(store_is_locked(db, StoreUse::open));
    const auto alone = lock_store(db, StoreUse::open, Kind::exclusive);
    REQUIRE(alone);
    CHECK_FALSE(alone->has_value());
  }
  CHECK_FALSE(store_is_locked(db, StoreUse::open));
  const auto alone = lock_store(db, StoreUse::open, Kind::exclusive);
  REQUIRE((alone && *alone));
  const auto late = lock_store(db, StoreUse::open, Kind::shared);
  REQUIRE(late);
  CHECK_FALSE(late->has_value());
}

TEST_CASE("lock: one use does not hinder another", "[base]") {
  const TempDir dir;
  const std::string db = dir.path() + "/flead.db";
  const auto open = lock_store(db, StoreUse::open, Kind::shared);
  const auto once = lock_store(db, StoreUse::work_once, Kind::exclusive);
  const auto backup = lock_store(db, StoreUse::backup, Kind::exclusive);
  CHECK((open && *open && once && *once && backup && *backup));
  const auto again = lock_store(db, StoreUse::work_once, Kind::exclusive);
  REQUIRE(again);
  CHECK_FALSE(again->has_value());
}

TEST_CASE("lock: a lock that is moved is still held, once", "[base]") {
  const TempDir dir;
  const std::string db = dir.path() + "/flead.db";
  auto first = lock_store(db, StoreUse::open, Kind::exclusive);
  REQUIRE((first && *first));
  std::optional<FileLock> kept(std::move(**first));
  *first = std::nullopt;
  CHECK(store_is_locked(db, StoreUse::open));
  kept.reset();
  CHECK_FALSE(store_is_locked(db, StoreUse::open));
}

TEST_CASE("lock: where no lock file can be, sharing holds nothing and fails nobody", "[base]") {
  const std::string db = "/nowhere/at/all/flead.db";
  const auto shared = lock_store(db, StoreUse::open, Kind::shared);
  CHECK((shared && *shared));
  const auto alone = lock_store(db, StoreUse::open, Kind::exclusive);
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code == "store_unreadable");
}

}  // namespace flead::test
