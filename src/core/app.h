// App: what a handler needs, put together once by main (and by TestApp in tests).
#pragma once

#include <map>
#include <string>

#include "core/base/crypto.h"
#include "core/base/world.h"
#include "core/channels/transport.h"
#include "core/jobs/jobs.h"
#include "core/store/store.h"

namespace flead::tenants {
struct NewTenant;
struct Tenant;
}  // namespace flead::tenants

namespace flead {

// From flags, environment and flead.json (contract section 1); never changes after start.
struct Config {
  std::string db_path = "flead.db";
  std::string listen = "127.0.0.1:8080";
  std::string base_url = "http://127.0.0.1:8080";  // no trailing slash
  std::string trust_proxy;                         // CIDRs joined by commas, or ""
  std::string assets_dir;                          // "" means the embedded assets
  // `serve --set KEY=VALUE`: these win over the store's settings for this process.
  std::map<std::string, std::string, std::less<>> set;
};

struct App {
  store::Store& store;
  World world;
  Config config;
  SealKey key;  // may be absent: opening a secret then is error `key_missing`
  channels::Transport& transport;
};

// A tenant with all that it starts with: legal texts, and the `file` channel until a real one is
// added. Errors as tenants::create.
Result<tenants::Tenant> add_tenant(World& world, store::Tx& tx, const tenants::NewTenant& input);

// The jobs that come back by themselves are in the queue after this (one that was cancelled too).
// Whoever works calls it first.
Status ensure_periodic_jobs(App& app);

// `job cancel`: the job, and in the same transaction what hangs on it alone (the message of a
// message.send is cancelled with an event). Errors as jobs::cancel.
Result<jobs::Job> cancel_job(World& world, store::Tx& tx, const JobId& id);

// The job table: every kind of job and its handler. The only core file that knows all areas.
const jobs::Table& job_table();

}  // namespace flead
