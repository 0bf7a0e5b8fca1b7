// All of it at once, for ThreadSanitizer above all: the front's workers, the writer that commits
// for several of them, and the job threads, on the product's own routes and jobs.
#include <map>
#include <string>
#include <vector>

#include "core/jobs/worker.h"
#include "serve/http/front.h"
#include "serve/routes.h"
#include "support/catch.h"
#include "support/served.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

constexpr int k_clients = 8;
constexpr int k_rounds = 3;  // with k_clients fewer leads than a proof of work is asked for

std::string lead_request(const std::string& key, int number) {
  const std::string body = R"({"phone":"+7900000)" + std::to_string(1000 + number) +
                           R"(","consent":{"purposes":["processing"],"version":"1"}})";
  const std::string headers = "Authorization: Bearer " + key +
                              "\r\nContent-Type: application/json\r\n" + length(body.size());
  return post("/api/v1/leads", headers, body);
}

}  // namespace

TEST_CASE("together: leads that come at once are all kept, and greeted once each",
          "[front][store][jobs]") {
  TestApp app;
  const std::string key = app.tenant().publishable_key;
  http::Metrics metrics;
  const http::Router router(app.app(), serve::routes(), &metrics);
  jobs::Worker worker(app.app(), job_table(), 2);
  http::Front front(app.world(), router, metrics, {});
  app.store().on_commit = [&] { worker.notify(); };
  REQUIRE(worker.start());
  REQUIRE(front.listen());
  REQUIRE(front.start());

  std::vector<SocketClient> clients;
  for (int i = 0; i < k_clients; ++i) clients.emplace_back(front.address());
  std::map<int, int> statuses;
  // `request(client)` goes out to all of them before the first reply is read.
  const auto ask_all = [&](const auto& request) {
    for (int i = 0; i < k_clients; ++i) clients[static_cast<std::size_t>(i)].send(request(i));
    for (SocketClient& client : clients) ++statuses[client.reply().status];
  };
  for (int round = 0; round < k_rounds; ++round) {
    // The first two are one person who pressed twice.
    ask_all([&](int i) { return lead_request(key, round * k_clients + (i == 1 ? 0 : i)); });
    CHECK(statuses == std::map<int, int>{{200, 1}, {201, k_clients - 1}});
    statuses.clear();
    // What one thread makes and all use: the widget's script, the secret of challenges.
    ask_all(
        [&](int i) { return get(i % 2 == 0 ? "/w/" + key + ".js" : "/api/v1/proof?key=" + key); });
    CHECK(statuses == std::map<int, int>{{200, k_clients}});
    statuses.clear();
  }
  CHECK(front.stop(10000));
  CHECK(worker.stop(10000));
  app.store().on_commit = {};
  app.run_jobs();  // what the threads had not come to
  constexpr int k_people = k_rounds * (k_clients - 1);
  CHECK(count_rows(app.store(), "leads") == k_people);
  CHECK(app.file_messages().size() == k_people);
}

}  // namespace flead::test
