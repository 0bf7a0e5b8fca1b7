#include "core/upkeep/backup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/file_lock.h"
#include "core/base/limits.h"
#include "core/upkeep/contents.h"
#include "core/upkeep/files.h"

namespace flead::upkeep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_part = ".part";

struct Target {
  std::string folder;
  std::string file;
  std::string part;  // its name until it is complete
};

// Whatever begins so may be overwritten by a backup of this name: an older one.
bool is_database(const std::string& path) {
  constexpr std::string_view k_magic = "SQLite format 3";
  std::array<char, k_magic.size()> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return file && std::string_view(head.data(), head.size()) == k_magic;
}

Status check_target(const Target& target, const std::string& db_path) {
  if (same_file(target.file, db_path)) {
    return refused("backup_target", "This is the store itself.", "Name another file.");
  }
  const bool other = file_exists(target.file) && !is_database(target.file);
  const bool log = target.file.ends_with("-wal") || target.file.ends_with("-shm");
  if (other || log) {
    return refused("backup_target", target.file + " is something else than a backup.",
                   "Name another file.");
  }
  return {};
}

Status make_folder(const std::string& folder) {
  if (is_folder(folder)) return {};
  std::error_code code;
  fs::create_directory(folder, code);
  if (!code) fs::permissions(folder, fs::perms::owner_all, code);
  if (code) {
    errno = code.value();
    return file_error(folder + " cannot be made");
  }
  return flush_folder(folder_of(folder));
}

Result<Target> choose_target(const App& app, const BackupPlan& plan) {
  const std::string& db = app.config.db_path;
  Target target;
  if (plan.out.empty()) {
    target.folder = folder_of(db) + "/backups";
  } else if (plan.out.ends_with('/') || is_folder(plan.out)) {
    target.folder = plan.out;
    while (target.folder.size() > 1 && target.folder.ends_with('/')) target.folder.pop_back();
  } else {
    if (plan.keep > 0) {
      return usage_error("bad_keep", "--keep needs a folder: one file has no older ones",
                         "Name a folder with -o, or leave -o out.");
    }
    target.folder = folder_of(plan.out);
    target.file = plan.out;
  }
  if (target.file.empty()) {
    FLEAD_CHECK(make_folder(target.folder));
    target.file = target.folder + "/" + backup_name(backup_stem(db), app.world.clock.now());
  }
  target.part = target.file + std::string(k_part);
  FLEAD_CHECK(check_target(target, db));
  return target;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

// Half copies of a backup that was killed. Nobody else writes one: the lock is ours.
void remove_parts(const std::string& folder, std::string_view stem) {
  for (const std::string& name : names_in(folder)) {
    const std::string_view whole(name);
    if (whole.ends_with(k_part) &&
        is_backup_name(stem, whole.substr(0, whole.size() - k_part.size()))) {
      remove_file(folder + "/" + name);
    }
  }
}

std::vector<std::string> remove_outdated(const Target& target, std::string_view stem,
                                         std::int64_t keep) {
  std::vector<std::string> removed;
  if (keep == 0) return removed;
  for (const std::string& name :
       outdated_backups(names_in(target.folder), stem, keep, name_of(target.file))) {
    removed.push_back(target.folder + "/" + name);
    remove_file(removed.back());
  }
  return removed;
}

}  // namespace

std::string backup_stem(std::string_view db_path) {
  std::string_view name = db_path.substr(db_path.rfind('/') + 1);
  if (name.ends_with(".db")) name.remove_suffix(3);
  return std::string(name);
}

std::string backup_name(std::string_view stem, TimeMs now) {
  const std::string time = format_time(now);  // 2026-01-05T09:00:00.000Z
  return fmt::format("{}-{}{}{}T{}{}{}Z.db", stem, time.substr(0, 4), time.substr(5, 2),
                     time.substr(8, 2), time.substr(11, 2), time.substr(14, 2), time.substr(17, 2));
}

bool is_backup_name(std::string_view stem, std::string_view name) {
  constexpr std::string_view k_shape = "-00000000T000000Z.db";
  if (name.size() != stem.size() + k_shape.size() || !name.starts_with(stem)) return false;
  name.remove_prefix(stem.size());
  return std::equal(name.begin(), name.end(), k_shape.begin(), [](char seen, char wanted) {
    return wanted == '0' ? seen >= '0' && seen <= '9' : seen == wanted;
  });
}

std::vector<std::string> outdated_backups(std::vector<std::string> names, std::string_view stem,
                                          std::int64_t keep, const std::string& made) {
  std::erase_if(
      names, [&](const std::string& name) { return name == made || !is_backup_name(stem, name); });
  std::sort(names.begin(), names.end());  // the name is the time
  const auto others = static_cast<std::size_t>(std::max<std::int64_t>(keep - 1, 0));
  names.resize(names.size() - std::min(others, names.size()));
  return names;
}

Result<Backup> make_backup(App& app, const BackupPlan& plan) {
  if (plan.keep < 0 || plan.keep > k_backups_kept_max) {
    return usage_error("bad_keep", fmt::format("--keep is 1 to {}", k_backups_kept_max));
  }
  FLEAD_TRY(const auto alone,
            lock_store(app.config.db_path, StoreUse::backup, FileLock::Kind::exclusive));
  if (!alone) return store_error("store_busy", "Another backup of this store is running.");
  FLEAD_TRY(const Target target, choose_target(app, plan));
  const std::string stem = backup_stem(app.config.db_path);
  remove_parts(target.folder, stem);

  FLEAD_CHECK(make_private_file(target.part));
  Unfinished part(target.part);
  FLEAD_CHECK(app.store.copy_to(target.part));
  Backup backup;
  backup.file = target.file;
  FLEAD_TRY(const Contents contents,
            plan.verify ? verify_store(target.part) : look_into(target.part));
  backup.leads = contents.leads;
  backup.schema = contents.schema;
  backup.rows = contents.rows;
  backup.verified = plan.verify;
  FLEAD_TRY(backup.sha256, sha256_of_file(target.part));
  backup.bytes = file_bytes(target.part);
  FLEAD_CHECK(rename_file(target.part, target.file));
  part.release();
  FLEAD_CHECK(flush_folder(target.folder));
  backup.removed = remove_outdated(target, stem, plan.keep);
  return backup;
}

Json to_json(const Backup& backup) {
  Json rows = Json::object();
  for (const auto& [table, count] : backup.rows) rows.set(table, count);
  Json removed = Json::array();
  for (const std::string& file : backup.removed) removed.push(file);
  return Json::object({{"file", backup.file},
                       {"bytes", backup.bytes},
                       {"sha256", backup.sha256},
                       {"leads", backup.leads},
                       {"schema", backup.schema},
                       {"verified", backup.verified},
                       {"rows", std::move(rows)},
                       {"removed", std::move(removed)}});
}

}  // namespace flead::upkeep
