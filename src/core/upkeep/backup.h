// Backups: a complete copy of one moment, made while others write, and a look into it before it
// counts. Callers: `flead backup`. The key that seals stored secrets is never in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/app.h"
#include "core/base/json.h"
#include "core/base/result.h"

namespace flead::upkeep {

struct BackupPlan {
  std::string out;        // a file; a folder (that exists, or ends with /); "" is `backups` beside
  std::int64_t keep = 0;  // of the backups in that folder only so many stay, this one too; 0: all
  bool verify = false;    // open the copy and check all of it
};

struct Backup {
  std::string file;
  std::int64_t bytes = 0;
  std::string sha256;  // of the file
  std::int64_t leads = 0;
  std::int64_t schema = 0;
  bool verified = false;
  std::vector<std::pair<std::string, std::int64_t>> rows;  // of the main tables, when verified
  std::vector<std::string> removed;
};

// The copy has another name until it is complete, flushed and, if asked for, checked. Old ones go
// after that. Errors: bad_keep, backup_target (refused: the file is something else), store_busy
// (another backup is running), store_full, file_failed, store_damaged.
Result<Backup> make_backup(App& app, const BackupPlan& plan);

Json to_json(const Backup& backup);

// ---- pure ------------------------------------------------------------------------------------

// "flead" for "/var/lib/flead.db".
std::string backup_stem(std::string_view db_path);
// "flead-20260105T090000Z.db"
std::string backup_name(std::string_view stem, TimeMs now);
bool is_backup_name(std::string_view stem, std::string_view name);
// Which of these names go when `keep` stay: the oldest of the stem's own, never `made`.
std::vector<std::string> outdated_backups(std::vector<std::string> names, std::string_view stem,
                                          std::int64_t keep, const std::string& made);

}  // namespace flead::upkeep
