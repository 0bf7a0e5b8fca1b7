// A folder of a test's own, and one number of a store for "nothing changed" checks.
#pragma once

#include <cstdint>
#include <string>

#include "core/store/store.h"

namespace flead::test {

// A folder that is gone with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Rows of a table.
std::int64_t count_rows(store::Store& store, const std::string& table);

}  // namespace flead::test
