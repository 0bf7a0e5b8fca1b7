// KeyedStore: the store of a command that was given --key. Its first write claims the key in the
// same transaction, so that the command happens once however often its line is run. Made by
// Context::app(); no command knows of it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "core/base/world.h"
#include "core/intake/idempotency.h"
#include "core/store/store.h"

namespace flead::cli {

// The code of the error that ends a command which another process has run in the meantime.
inline constexpr std::string_view k_key_replayed = "key_replayed";

class KeyedStore final : public store::Store {
 public:
  KeyedStore(std::unique_ptr<store::Store> inner, World& world, intake::IdempotencyKey key)
      : inner_(std::move(inner)), world_(world), key_(std::move(key)) {}

  // Errors besides those of `work`: key_replayed, idempotency_key_reused (conflict).
  Status run_write(const std::function<Status(store::Tx&)>& work) override;
  void write_later(std::function<Status(store::Tx&)> work,
                   std::function<void(Status)> done) override {
    done(run_write(work));
  }
  Status run_read(const std::function<Status(store::Tx&)>& work) override {
    return inner_->run_read(work);
  }
  std::string_view engine() const override { return inner_->engine(); }
  store::WriteStats write_stats() const override { return inner_->write_stats(); }
  Result<std::int64_t> remembered_version() override { return inner_->remembered_version(); }
  Status check() override { return inner_->check(); }
  Status start_upkeep() override { return inner_->start_upkeep(); }
  Result<store::StoreSize> size() override { return inner_->size(); }
  Result<std::int64_t> release_pages(std::int64_t pages) override {
    return inner_->release_pages(pages);
  }
  Status vacuum() override { return inner_->vacuum(); }
  Status copy_to(const std::string& path) override { return inner_->copy_to(path); }

  const intake::IdempotencyKey& key() const { return key_; }
  bool claimed() const { return claimed_; }  // by this process

 private:
  std::unique_ptr<store::Store> inner_;
  World& world_;
  intake::IdempotencyKey key_;
  bool claimed_ = false;
};

}  // namespace flead::cli
