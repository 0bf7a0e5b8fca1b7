// A store's file as it is, whatever its age: for backup and restore, which must neither migrate nor
// change what they read. Callers: core/upkeep. Everything else opens a store.
#pragma once

#include <functional>
#include <string>

#include "core/store/migrate.h"
#include "core/store/store.h"

namespace flead::store {

// Which schema the file has. Errors (store): store_not_ours when it is no database at all,
// store_damaged, store_unreadable.
Result<SchemaState> file_state(const std::string& path);

// Runs `work` against one snapshot of the file; nothing is written.
Status read_file(const std::string& path, const std::function<Status(Tx&)>& work);

// A compact copy of one moment at `target`, which is missing or empty: nothing deleted is in it,
// and no log is beside it. Not yet flushed.
Status copy_file(const std::string& path, const std::string& target);

// Copies the write-ahead log back into the file, so that the file alone is the store. Nobody else
// may have it open.
Status fold_log(const std::string& path);

}  // namespace flead::store
