// TestApp: a whole flead without sockets, in one line. A real SQLite store in a temporary folder, a
// clock that stands at 2026-01-05 09:00 UTC (a Monday) until it is advanced, randomness from seed
// 1, providers that answer from a script, one tenant "acme" (Europe/Moscow, ru, RU) with its keys.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/tenants/tenant.h"
#include "serve/http/http.h"
#include "support/fakes.h"
#include "support/temp_dir.h"

namespace flead::test {

class TestApp {
 public:
  // A store as `init --test` makes it (no rate limits until set), or as `init` does.
  enum class Kind { test, real };
  explicit TestApp(Kind kind = Kind::test);
  ~TestApp();

  App& app() { return *app_; }
  World& world() { return app_->world; }
  store::Store& store() { return *store_; }
  const tenants::Tenant& tenant() const { return tenant_; }
  const std::string& dir() const { return dir_.path(); }
  // sk_ tokens of acme, made at first use.
  const std::string& token(tenants::Role role);
  // A second tenant with keys of its own, for isolation cases.
  tenants::Tenant add_tenant(std::string_view slug);

  // Through the router, no socket. `key` "" calls with acme's publishable key, "-" with none.
  http::Reply request(std::string_view method, std::string_view target, std::string_view body = {},
                      std::string_view key = {}, http::Headers headers = {});
  http::Reply post(std::string_view target, std::string_view body, std::string_view key = {});
  http::Reply get(std::string_view target, std::string_view key = {});
  Json body_of(const http::Reply& reply);  // fails the test when it is not JSON

  ScriptedProvider& provider(const std::string& name) { return transport_.provider(name); }
  ScriptedTransport& transport() { return transport_; }
  std::vector<channels::HttpRequest>& sent(const std::string& provider) {
    return transport_.http_sent[provider];
  }
  // Lines that the default `file` channel wrote, each a JSON object.
  std::vector<Json> file_messages();

  void run_jobs();  // everything due now
  void advance(std::chrono::milliseconds by) { clock_.advance(by.count()); }
  FixedClock& clock() { return clock_; }

 private:
  TempDir dir_;
  FixedClock clock_;
  SeededRandom random_;
  ScriptedTransport transport_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<App> app_;
  std::unique_ptr<http::Router> router_;
  tenants::Tenant tenant_;
  std::map<tenants::Role, std::string> tokens_;
};

}  // namespace flead::test
