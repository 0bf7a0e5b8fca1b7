#include "core/store/log_plan.h"

#include "support/catch.h"

namespace flead::store {
namespace {

using Step = LogPlan::Step;

}  // namespace

TEST_CASE("store: the log is copied each time it has grown enough", "[store]") {
  LogPlan plan;
  CHECK(plan.committed(k_wal_pages_copy - 1) == Step::none);
  CHECK(plan.committed(k_wal_pages_copy) == Step::copy);
  CHECK(plan.committed(3 * k_wal_pages_copy) == Step::none);  // being copied
  plan.copied(true);
  CHECK(plan.committed(3 * k_wal_pages_copy + 1) == Step::none);
  CHECK(plan.committed(4 * k_wal_pages_copy) == Step::copy);
}

TEST_CASE("store: a long log is finished by the writer, and begins anew", "[store]") {
  LogPlan plan;
  REQUIRE(plan.committed(k_wal_pages_finish + 1) == Step::copy);
  plan.copied(true);
  CHECK(plan.committed(k_wal_pages_finish + 2) == Step::finish);
  CHECK(plan.committed(5) == Step::none);
  CHECK(plan.committed(k_wal_pages_copy) == Step::copy);
}

TEST_CASE("store: a log that a reader holds is not finished at each commit", "[store]") {
  LogPlan plan;
  REQUIRE(plan.committed(k_wal_pages_finish) == Step::copy);
  plan.copied(true);
  REQUIRE(plan.committed(k_wal_pages_finish + 1) == Step::finish);
  CHECK(plan.committed(k_wal_pages_finish + 2) == Step::none);
  CHECK(plan.committed(k_wal_pages_finish + k_wal_pages_copy) == Step::copy);
  plan.copied(true);
  CHECK(plan.committed(k_wal_pages_finish + k_wal_pages_copy + 1) == Step::none);
  CHECK(plan.committed(2 * k_wal_pages_finish + 1) == Step::finish);
}

TEST_CASE("store: what could not be copied is tried again later, not at once", "[store]") {
  LogPlan plan;
  REQUIRE(plan.committed(k_wal_pages_finish) == Step::copy);
  plan.copied(false);
  CHECK(plan.committed(k_wal_pages_finish + 1) == Step::none);
  CHECK(plan.committed(k_wal_pages_finish + k_wal_pages_copy) == Step::copy);
}

}  // namespace flead::store
