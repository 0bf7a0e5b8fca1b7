// Who calls, and what they may do: `Authorization: Bearer pk_…|sk_…` or `?key=pk_…`, checked
// before a handler runs. Caller: the router. Never logs a key.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/app.h"
#include "core/base/result.h"
#include "serve/http/http.h"

namespace flead::http {

// Finds the caller behind a request's credentials. Callers and their tenants' settings are kept in
// memory for as long as the store says that nothing of the kind has changed: nearly every request
// comes from one that was just here. Safe from many threads.
class Callers {
 public:
  using Settings = std::shared_ptr<const tenants::Settings>;

  explicit Callers(App& app) : app_(app) {}

  // Nobody when the request has no credentials. Errors: unauthorized for those that are malformed,
  // unknown or revoked; tenant_suspended (forbidden); the store's.
  Result<Caller> identify(const Request& request);
  // The store's own: what nobody is held to.
  Result<Settings> own_settings();

 private:
  struct Kept {
    Caller caller;
    std::int64_t version = 0;  // Store::remembered_version() before it was loaded
  };
  Result<Caller> find(const std::string& secret);
  Result<Caller> load(std::string_view secret);

  App& app_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  // by secret, "" is nobody; guarded by mutex_
};

// Whether `caller` may use a route with this access. Errors: unauthorized for nobody, forbidden
// for a publishable key or a role that is too low. Pure.
Status check_access(const Caller& caller, Access access);

}  // namespace flead::http
