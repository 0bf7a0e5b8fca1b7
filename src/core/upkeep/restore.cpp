#include "core/upkeep/restore.h"

#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "core/base/file_lock.h"
#include "core/base/log.h"
#include "core/store/store_file.h"
#include "core/upkeep/contents.h"
#include "core/upkeep/erase.h"
#include "core/upkeep/files.h"

namespace flead::upkeep {
namespace {

constexpr const char* k_companions[] = {"-wal", "-shm"};

std::string kept_path(const std::string& db_path) {
  return db_path + ".before-restore";
}

void remove_store(const std::string& path) {
  for (const char* companion : k_companions) remove_file(path + companion);
  remove_file(path);
}

// The copy that is made ready beside the store; gone with the object unless it was put in place.
class Draft {
 public:
  explicit Draft(std::string path) : path_(std::move(path)) { remove_store(path_); }
  ~Draft() { remove_store(path_); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Error newer_backup() {
  Error error = store_error("store_newer", "The backup was made by a newer flead.");
  error.hint = "Install that version or a later one; this one changes nothing.";
  return error;
}

Error not_a_backup(const std::string& file) {
  Error error = store_error("store_not_ours", file + " is not a backup of a flead store.");
  error.hint = "flead backup makes one.";
  return error;
}

Error damaged_backup(const std::string& file, const Error& why) {
  Error error = store_error("store_damaged", file + " is damaged: " + why.message, why.detail);
  error.hint = "Take an older backup; the store was not changed.";
  return error;
}

// What the database says of a file that it cannot read, in words about a backup.
Error about_backup(const std::string& file, const Error& why) {
  if (why.code == "store_not_ours") return not_a_backup(file);
  if (why.code == "store_damaged") return damaged_backup(file, why);
  return why;
}

Status check_source(const RestorePlan& plan) {
  if (!file_exists(plan.file)) {
    return not_found("backup_not_found", "There is no file " + plan.file + ".");
  }
  if (is_folder(plan.file)) return not_a_backup(plan.file + ", a folder,");
  if (same_file(plan.file, plan.db_path)) {
    return refused("restore_source", "This is the store itself.", "Name a backup of it.");
  }
  if (store_is_locked(plan.file, StoreUse::open)) {
    return refused("restore_source", "This is a store that is in use, not a backup.",
                   "flead backup --db FILE makes a backup of it.");
  }
  const auto state = store::file_state(plan.file);
  if (!state) return about_backup(plan.file, state.error());
  switch (*state) {
    case store::SchemaState::empty:
    case store::SchemaState::foreign:
      return not_a_backup(plan.file);
    case store::SchemaState::newer:
      return newer_backup();
    case store::SchemaState::older:
    case store::SchemaState::current:
      return {};
  }
  return internal_error("Unknown schema state.");
}

// ---- who was erased --------------------------------------------------------------------------

using Tombstones = std::map<LeadId, Tombstone>;

void add_tombstones(Tombstones& all, const std::vector<Tombstone>& found) {
  for (const Tombstone& one : found) all.emplace(one.lead, one);
}

Result<std::vector<Tombstone>> read_list(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file && text.empty()) {
    return usage_error("bad_erasures", path + " cannot be read", "Name a file that exists.");
  }
  if (text.starts_with("SQLite format 3")) return tombstones_in(path);
  return parse_tombstones(text);
}

// A store that cannot be read is what restoring is for: its list is not needed to go on, but
// whoever restores must know that it is missing.
Result<Tombstones> collect_tombstones(const RestorePlan& plan) {
  Tombstones all;
  for (const std::string& path : {plan.db_path, kept_path(plan.db_path)}) {
    if (!file_exists(path)) continue;
    const auto found = tombstones_in(path);
    if (found) {
      add_tombstones(all, *found);
    } else {
      log_warning("restore.erasures_unknown", {{"file", path}, {"code", found.error().code}});
    }
  }
  for (const std::string& path : plan.erasures) {
    FLEAD_TRY(const auto found, read_list(path));
    add_tombstones(all, found);
  }
  return all;
}

// ---- the new store -----------------------------------------------------------------------------

Result<Restored> make_ready(World& world, const RestorePlan& plan, const std::string& draft) {
  FLEAD_CHECK(make_private_file(draft));
  if (Status copied = store::copy_file(plan.file, draft); !copied) {
    return about_backup(plan.file, copied.error());
  }
  FLEAD_TRY(const Tombstones tombstones, collect_tombstones(plan));
  Restored restored;
  restored.db = plan.db_path;
  restored.file = plan.file;
  restored.checked_only = plan.check;
  {
    store::OpenOptions options;
    options.path = draft;
    auto opened = store::open_sqlite(options);  // brings an older one up to date
    if (!opened) return about_backup(plan.file, opened.error());
    store::Store& store = **opened;
    if (Status sound = store.check(); !sound) return damaged_backup(plan.file, sound.error());
    for (const auto& [lead, tombstone] : tombstones) {
      FLEAD_TRY(const bool erased, erase_again(world, store, tombstone));
      if (erased) ++restored.erased_again;
    }
    // Erased means gone from the file too, not only from its tables.
    if (restored.erased_again > 0) FLEAD_CHECK(store.vacuum());
  }
  FLEAD_CHECK(store::fold_log(draft));
  FLEAD_TRY(const Contents contents, verify_store(draft));
  restored.leads = contents.leads;
  restored.newest_lead_at = contents.newest_lead_at;
  restored.schema = contents.schema;
  return restored;
}

// The present store gets a second name, and its log is folded into it or out of the way: a log that
// belongs to another file must never stand beside the new one, it would be read into it. One that
// cannot be read goes aside as it lies: somebody may yet save something from it.
Status set_aside(const std::string& db_path, const std::string& aside) {
  remove_store(aside);
  const Status folded = store::fold_log(db_path);
  FLEAD_CHECK(name_again(db_path, aside));
  for (const char* companion : k_companions) {
    if (!file_exists(db_path + companion)) continue;
    if (folded) {
      remove_file(db_path + companion);
    } else {
      FLEAD_CHECK(rename_file(db_path + companion, aside + companion));
    }
  }
  return {};
}

// What an earlier restore kept goes only now: it may be what was restored.
Status keep_aside(const std::string& aside, const std::string& kept) {
  remove_store(kept);
  for (const char* companion : k_companions) {
    if (file_exists(aside + companion)) {
      FLEAD_CHECK(rename_file(aside + companion, kept + companion));
    }
  }
  return rename_file(aside, kept);
}

Status put_in_place(const std::string& draft, const std::string& db_path, Restored& restored) {
  const std::string folder = folder_of(db_path);
  const std::string kept = kept_path(db_path);
  const std::string aside = kept + ".new";
  const bool present = file_exists(db_path);
  for (const char* companion : k_companions) remove_file(draft + companion);
  FLEAD_CHECK(dress_like(draft, db_path));
  FLEAD_CHECK(flush_file(draft));
  if (present) {
    FLEAD_CHECK(set_aside(db_path, aside));
  } else {
    for (const char* companion : k_companions) remove_file(db_path + companion);
  }
  FLEAD_CHECK(flush_folder(folder));
  FLEAD_CHECK(rename_file(draft, db_path));
  FLEAD_CHECK(flush_folder(folder));
  if (!present) return {};
  FLEAD_CHECK(keep_aside(aside, kept));
  restored.kept = kept;
  return flush_folder(folder);
}

Result<FileLock> take_lock(const RestorePlan& plan) {
  const StoreUse use = plan.check ? StoreUse::rehearsal : StoreUse::open;
  FLEAD_TRY(auto lock, lock_store(plan.db_path, use, FileLock::Kind::exclusive));
  if (lock) return std::move(*lock);
  Error error = store_error("store_busy",
                            plan.check ? "Another rehearsal is running." : "The store is in use.");
  error.hint = plan.check ? "Try again when it has ended."
                          : "Stop serve and work first; --check rehearses beside them.";
  return error;
}

}  // namespace

Result<Restored> restore(World& world, const RestorePlan& plan) {
  FLEAD_CHECK(check_source(plan));
  FLEAD_TRY(const FileLock alone, take_lock(plan));
  const Draft draft(plan.db_path + (plan.check ? ".rehearsal" : ".restoring"));
  FLEAD_TRY(Restored restored, make_ready(world, plan, draft.path()));
  if (!plan.check) FLEAD_CHECK(put_in_place(draft.path(), plan.db_path, restored));
  return restored;
}

Json to_json(const Restored& restored) {
  const auto& newest = restored.newest_lead_at;
  return Json::object({{"db", restored.db},
                       {"file", restored.file},
                       {"restored", !restored.checked_only},
                       {"leads", restored.leads},
                       {"newest_lead_at", newest ? Json(format_time(*newest)) : Json()},
                       {"schema", restored.schema},
                       {"erased_again", restored.erased_again},
                       {"kept", restored.kept.empty() ? Json() : Json(restored.kept)}});
}

}  // namespace flead::upkeep
