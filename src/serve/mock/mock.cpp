#include "serve/mock/mock.h"

#include <memory>

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

Status add_kinds(Server& server, const World& world, const std::vector<std::string>& kinds) {
  if (kinds.empty()) return usage_error("mock_kind_unknown", "Name a provider: sms, or all");
  bool sms = false;
  for (const std::string& kind : kinds) {
    if (kind != "sms" && kind != "smsc" && kind != "all") {
      return usage_error("mock_kind_unknown", "There is no double of this kind",
                         "Kinds: sms (smsc is the same), all");
    }
    sms = true;
  }
  if (sms) server.add(make_sms_double(world));
  return {};
}

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
  log_info("mock.started", {{"address", front.address()}});
  signals.take();
  front.stop(k_stop_timeout_ms);
  return {};
}

}  // namespace flead::serve::mock
