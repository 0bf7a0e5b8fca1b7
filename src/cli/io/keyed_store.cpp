#include "cli/io/keyed_store.h"

#include <string>

namespace flead::cli {

Status KeyedStore::run_write(const std::function<Status(store::Tx&)>& work) {
  if (claimed_) return inner_->run_write(work);
  Status done = inner_->run_write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto before, intake::claim_key(world_, tx, key_));
    if (before) return conflict(std::string(k_key_replayed), "This --key has done its work.");
    return work(tx);
  });
  claimed_ = done.ok();
  return done;
}

}  // namespace flead::cli
