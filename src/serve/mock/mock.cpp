#include "serve/mock/mock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>

#include "core/app.h"
#include "core/base/log.h"
#include "serve/http/address.h"
#include "serve/http/front.h"
#include "serve/mock/double.h"
#include "serve/outbound/transport.h"
#include "serve/stop_signals.h"

namespace flead::serve::mock {

namespace {

// The router hands every handler an App; a double has nothing to keep in one.
class NoStore final : public store::Store {
 public:
  Status run_write(const std::function<Status(store::Tx&)>&) override { return none(); }
  void write_later(std::function<Status(store::Tx&)>, std::function<void(Status)> done) override {
    done(none());
  }
  Status run_read(const std::function<Status(store::Tx&)>&) override { return none(); }
  std::string_view engine() const override { return "none"; }
  Status check() override { return {}; }
  store::WriteStats write_stats() const override { return {}; }
  Result<std::int64_t> remembered_version() override { return none().error(); }
  Status start_upkeep() override { return none(); }
  Result<store::StoreSize> size() override { return none().error(); }
  Result<std::int64_t> release_pages(std::int64_t) override { return none().error(); }
  Status vacuum() override { return none(); }
  Status copy_to(const std::string&) override { return none(); }

 private:
  static Status none() { return store_error("no_store", "A double has no store"); }
};

struct DoubleKind {
  std::string_view name;
  std::unique_ptr<ProviderDouble> (*make)(World world);
};
constexpr DoubleKind k_kinds[] = {
    {"sms", make_sms_double},
    {"telegram", make_telegram_double},
    {"vk", make_vk_double},
    {"max", make_max_double},
    {"whatsapp", make_whatsapp_double},
    {"instagram", make_instagram_double},
    {"chatwoot", make_chatwoot_double},
    {"yookassa", make_yookassa_double},
    {"calcom", make_calcom_double},
};

Status add_kinds(Server& server, const World& world, const std::vector<std::string>& kinds) {
  bool any = false;
  for (const DoubleKind& kind : k_kinds) {
    for (const std::string& wanted : kinds) {
      // "smsc" is the provider's own name for itself.
      if (wanted != "all" && wanted != kind.name && !(wanted == "smsc" && kind.name == "sms")) {
        continue;
      }
      server.add(kind.make(world));
      any = true;
      break;
    }
  }
  const auto known = [](const std::string& wanted) {
    return wanted == "all" || wanted == "smsc" ||
           std::any_of(std::begin(k_kinds), std::end(k_kinds),
                       [&](const DoubleKind& kind) { return kind.name == wanted; });
  };
  if (!any || !std::all_of(kinds.begin(), kinds.end(), known)) {
    return usage_error(
        "mock_kind_unknown", "There is no double of this kind",
        "Kinds: sms (smsc is the same), telegram, vk, max, whatsapp, instagram, chatwoot, "
        "yookassa, calcom, all");
  }
  return {};
}

// Makes the calls that providers make of themselves, a moment after they are due.
class Courier {
 public:
  explicit Courier(Server& server) : server_(server), thread_([this] { loop(); }) {}
  ~Courier() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

 private:
  static constexpr std::chrono::milliseconds k_look_every{50};

  void loop() {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, k_look_every, [this] { return stopping_; })) return;
      }
      server_.deliver_due();
    }
  }

  Server& server_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

Status run(const MockServer& options) {
  http::FrontOptions settings;
  FLEAD_TRY(settings.listen, http::parse_listen_address(options.listen));
  if (settings.listen.host != "localhost" && !http::is_loopback(settings.listen.host)) {
    return refused("mock_not_loopback", "A double listens on this machine only",
                   "--listen 127.0.0.1:9090");
  }
  StopSignals signals;
  const World world{system_clock(), system_random()};
  const auto transport = outbound::make_transport();
  Server server(world, *transport);
  FLEAD_CHECK(add_kinds(server, world, options.kinds));

  NoStore store;
  App app{store, world, Config{}, SealKey(), *transport};
  http::Metrics metrics;
  http::Router router(app, server.routes(), &metrics);
  http::Front front(world, router, metrics, settings);
  FLEAD_CHECK(front.listen());
  FLEAD_CHECK(front.start());
  const Courier courier(server);
  log_info("mock.started", {{"address", front.address()}});
  signals.take();
  front.stop(k_stop_timeout_ms);
  return {};
}

}  // namespace flead::serve::mock
