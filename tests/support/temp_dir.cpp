#include "support/temp_dir.h"

#include <cstdlib>
#include <filesystem>

#include "support/catch.h"

namespace flead::test {

TempDir::TempDir() {
  // Memory-backed where the system has it: a test's fsync need not reach a disk.
  const bool shm = std::filesystem::is_directory("/dev/shm");
  std::string pattern =
      (shm ? std::string("/dev/shm") : std::filesystem::temp_directory_path().string()) +
      "/flead-test-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::int64_t count_rows(store::Store& store, const std::string& table) {
  auto rows = store.read([&](store::Tx& tx) {
    return tx.one("SELECT COUNT(*) FROM " + table,
                  [](const store::Row& row) { return row.integer(0); });
  });
  REQUIRE(rows);
  return *rows;
}

}  // namespace flead::test
