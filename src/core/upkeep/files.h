// Files as backup and restore handle them: complete or not there, flushed before they count, known
// by their hash. Called by upkeep's own operations.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace flead::upkeep {

// "backups" for "backups/flead.db", "." for "flead.db"; and what stands behind the last slash.
std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);

bool file_exists(const std::string& path);
bool is_folder(const std::string& path);
// Two names of one file. False when either is missing.
bool same_file(const std::string& a, const std::string& b);
std::int64_t file_bytes(const std::string& path);  // 0 when it is missing

// An empty file that only its owner may read, for a copy to go into. What was there is gone: names
// are chosen so that only an earlier, broken attempt can be.
Status make_private_file(const std::string& path);
// Owner and mode of `model`; where that is missing, only its owner may read it.
Status dress_like(const std::string& path, const std::string& model);

// Until these return, a power cut may take back what was written, or what was renamed.
Status flush_file(const std::string& path);
Status flush_folder(const std::string& folder);

Status rename_file(const std::string& from, const std::string& to);
void remove_file(const std::string& path);  // a missing one is fine

// A second name for the file, which nothing has yet; a copy where the file system has no such.
Status name_again(const std::string& path, const std::string& second);

// Lower case, 64 characters.
Result<std::string> sha256_of_file(const std::string& path);

// `file_failed` (store) with the system's reason from errno.
Error file_error(const std::string& what);

// Removes a file on the way out, unless it was released: a failed attempt leaves nothing behind.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    if (!path_.empty()) remove_file(path_);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void release() { path_.clear(); }

 private:
  std::string path_;
};

}  // namespace flead::upkeep
