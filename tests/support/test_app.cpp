#include "support/test_app.h"

#include <fstream>

#include "core/base/text.h"
#include "core/jobs/worker.h"
#include "serve/pages/site.h"
#include "serve/routes.h"
#include "support/catch.h"

namespace flead::test {

TestApp::TestApp(Kind kind) {
  store::OpenOptions options;
  options.path = dir_.path() + "/flead.db";
  options.create = true;
  auto store = store::open_sqlite(options);
  REQUIRE(store);
  store_ = std::move(*store);
  Config config;
  config.db_path = options.path;
  config.base_url = "http://flead.test";
  app_ = std::make_unique<App>(
      App{*store_, World{clock_, random_}, config, SealKey::make(random_), transport_});
  router_ = std::make_unique<http::Router>(*app_, serve::routes());
  router_->set_error_page(pages::problem_page);
  if (kind == Kind::test) {
    REQUIRE(store_->write([&](store::Tx& tx) { return tenants::mark_test_store(world(), tx); }));
  }
  tenant_ = add_tenant("acme");
}

TestApp::~TestApp() = default;

tenants::Tenant TestApp::add_tenant(std::string_view slug) {
  tenants::NewTenant input;
  input.slug = slug;
  input.name = slug;
  input.zone = "Europe/Moscow";
  input.locale = "ru";
  input.region = "RU";
  auto tenant =
      store_->write([&](store::Tx& tx) { return flead::add_tenant(app_->world, tx, input); });
  REQUIRE(tenant);
  return *tenant;
}

const std::string& TestApp::token(tenants::Role role) {
  std::string& token = tokens_[role];
  if (token.empty()) {
    auto made = store_->write([&](store::Tx& tx) {
      return tenants::create_token(app_->world, tx, tenant_.id, role, "test");
    });
    REQUIRE(made);
    token = made->secret;
  }
  return token;
}

http::Reply TestApp::request(std::string_view method, std::string_view target,
                             std::string_view body, std::string_view key, http::Headers headers) {
  http::Request request;
  request.method = method;
  request.path = percent_decode(target.substr(0, target.find('?')));
  if (const auto question = target.find('?'); question != std::string_view::npos) {
    for (const std::string& pair : split(target.substr(question + 1), '&')) {
      const auto equals = pair.find('=');
      request.query.emplace_back(
          percent_decode(pair.substr(0, equals), true),
          equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true));
    }
  }
  request.body = body;
  request.ip = "192.0.2.1";
  request.headers = std::move(headers);
  if (!body.empty() && request.header("content-type").empty())
    request.headers.emplace_back("content-type", "application/json");
  if (key != "-") {
    const std::string secret = key.empty() ? tenant_.publishable_key : std::string(key);
    request.headers.emplace_back("authorization", "Bearer " + secret);
  }
  return router_->handle(std::move(request));
}

http::Reply TestApp::post(std::string_view target, std::string_view body, std::string_view key) {
  return request("POST", target, body, key);
}

http::Reply TestApp::get(std::string_view target, std::string_view key) {
  return request("GET", target, {}, key);
}

Json TestApp::body_of(const http::Reply& reply) {
  auto body = parse_json(reply.body);
  CAPTURE(reply.body);
  REQUIRE(body);
  return *body;
}

std::vector<Json> TestApp::file_messages() {
  std::vector<Json> messages;
  std::ifstream file(dir_.path() + "/outbox.jsonl");
  for (std::string line; std::getline(file, line);) {
    auto message = parse_json(line);
    REQUIRE(message);
    messages.push_back(std::move(*message));
  }
  return messages;
}

void TestApp::run_jobs() {
  REQUIRE(jobs::work_all_due(*app_, job_table()));
}

}  // namespace flead::test
