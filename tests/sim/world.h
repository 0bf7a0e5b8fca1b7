// What core is handed in the simulator. DyingStore ends the worker's process around any commit; Net
// is all providers at once: the doubles of src/serve/mock without sockets, behind a wire that
// refuses, loses and garbles (faults.h), and a mail server. Callers: day.h and the cases beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/channels/transport.h"
#include "core/store/store.h"
#include "serve/mock/double.h"

namespace flead::sim {

inline constexpr std::string_view k_mock_url = "http://mock.test";

// Thrown where the process ends. The worker's own catch-all takes it for a handler's failure, tries
// to record that, and cannot: a dead process writes nothing.
struct Killed {};

// The worker's view of a store that outlives it.
class DyingStore final : public store::Store {
 public:
  DyingStore(store::Store& inner, Random& chance) : inner_(inner), chance_(chance) {}

  // A process begins, and lives for a random number of commits, `most` at the most; 0: for good.
  void live(std::uint64_t most);
  [[noreturn]] void die();
  // Asked before anything that reaches out of the process.
  void check_alive() const {
    if (dead_) throw Killed();
  }
  std::int64_t deaths() const { return deaths_; }

  Status run_write(const std::function<Status(store::Tx&)>& work) override;
  Status run_read(const std::function<Status(store::Tx&)>& work) override;
  void write_later(std::function<Status(store::Tx&)> work,
                   std::function<void(Status)> done) override;
  std::string_view engine() const override { return inner_.engine(); }
  store::WriteStats write_stats() const override { return inner_.write_stats(); }
  Result<std::int64_t> remembered_version() override { return inner_.remembered_version(); }
  Status start_upkeep() override { return inner_.start_upkeep(); }
  Result<store::StoreSize> size() override { return inner_.size(); }
  Result<std::int64_t> release_pages(std::int64_t pages) override {
    return inner_.release_pages(pages);
  }
  Status vacuum() override { return inner_.vacuum(); }
  Status copy_to(const std::string& path) override { return inner_.copy_to(path); }
  Status check() override { return inner_.check(); }

 private:
  store::Store& inner_;
  Random& chance_;
  std::uint64_t left_ = 0;  // commits of this process; 0: no end
  bool dead_ = false;
  std::int64_t deaths_ = 0;
};

// A message that a provider has taken, whatever we were told about it.
struct Accepted {
  std::string kind, address;
  std::string text;         // as the person sees it; "" for mail
  std::string provider_id;  // of SMS it is ours
  MessageId message;        // whose job it was
  TimeMs at = 0;
};

class Net final : public channels::Transport {
 public:
  Net(World world, DyingStore& store, Random& chance);

  channels::HttpReply http(const channels::HttpRequest& request) override;
  channels::SmtpReply smtp(const channels::SmtpRequest& request) override;

  // POST /_mock/KIND/account: the state of a double.
  void set_account(std::string_view kind, const Json& wish);
  // What a person does at a provider, and with it the call of our hook that the provider makes;
  // nothing when nobody can do that there (who has blocked a bot cannot write to it).
  std::optional<channels::HttpRequest> happen(std::string_view kind, const Json& wish);

  bool faulty = true;
  MessageId current;  // the message whose job is running
  std::function<void(const Accepted&)> on_accept;
  std::vector<Accepted> accepted;
  std::int64_t calls = 0;
  std::int64_t faults = 0;

 private:
  channels::HttpReply call_double(const channels::HttpRequest& request);
  http::Reply ask(const http::Request& request);
  void note(const std::string& kind, const channels::HttpRequest& request,
            const channels::HttpReply& reply);
  void keep(Accepted one);
  void maybe_die();

  World world_;
  DyingStore& store_;
  Random& chance_;
  App app_;  // what a route's handler is given; a double has no use for it
  serve::mock::Server server_;
  std::vector<http::Route> routes_;
  std::set<std::string> ids_;    // of what was taken: VK answers a repeat with the first one's
  std::set<std::string> taken_;  // kind and message
  std::optional<channels::HttpRequest> captured_;
};

}  // namespace flead::sim
