// The file that holds the key which seals stored secrets: `<db>.key`, mode 0600. Called by `init`,
// `demo` and `doctor`; Context::key() reads it for everybody else.
#pragma once

#include <string>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/base/world.h"

namespace flead::cli {

// Makes a new key and keeps it at `path`, complete and on the disk before it returns. Error
// `key_exists` (conflict) when another process was first; `key_unwritable` (refused).
Result<SealKey> make_key_file(const std::string& path, Random& random);

// Whether people other than its owner may read the file.
bool readable_by_others(const std::string& path);

}  // namespace flead::cli
