// `flead trigger payment.…`: at whose double, and which hook of ours it is told.
#include <memory>
#include <string>
#include <vector>

#include "core/app.h"
#include "core/money/pay_account.h"
#include "core/store/store.h"
#include "support/catch.h"
#include "support/command_line.h"
#include "support/fakes.h"

namespace flead::cli::trigger_pay_cases {
namespace {

using test::CommandLine;

// The double's answer is always the same; the request is kept.
class OneDouble final : public channels::Transport {
 public:
  explicit OneDouble(std::vector<channels::HttpRequest>& asked) : asked_(asked) {}
  channels::HttpReply http(const channels::HttpRequest& request) override {
    asked_.push_back(request);
    channels::HttpReply reply;
    reply.status = 200;
    reply.body = R"({"data":[],"kept":true})";
    return reply;
  }
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }

 private:
  std::vector<channels::HttpRequest>& asked_;
};

channels::HttpRequest asked_of(CommandLine& flead, const std::vector<std::string>& args) {
  std::vector<channels::HttpRequest> asked;
  Ports ports;
  ports.make_transport = [&asked] { return std::make_unique<OneDouble>(asked); };
  INFO(flead.shell.err_text);
  CHECK(run(args, std::move(ports), flead.shell) == 0);
  REQUIRE(asked.size() == 1);
  return asked.front();
}

// Sets `hook` to the address that the provider was told.
Status add_account(CommandLine& flead, const std::string& tenant_id, std::string& hook) {
  store::OpenOptions options;
  options.path = flead.path("flead.db");
  FLEAD_TRY(const auto opened, store::open_sqlite(options));
  test::FixedClock clock;
  test::SeededRandom random;
  test::ScriptedTransport transport;
  Config config;
  config.base_url = "http://127.0.0.1:8080";
  App app{*opened, {clock, random}, config, SealKey::make(random), transport};
  money::NewPayAccount input;
  input.provider = "yookassa";
  input.config = Json::object({{"shop_id", "100500"}, {"test", true}});
  input.secret = "test_shop";
  FLEAD_TRY(const auto account, app.store.write([&](store::Tx& tx) {
    return money::add_pay_account(app, tx, TenantId(tenant_id), input);
  }));
  hook = money::pay_hook_url(app, account);
  return {};
}

}  // namespace

TEST_CASE("trigger: a payment's event goes to the hook of the account with YooKassa", "[cli]") {
  CommandLine flead;
  const Json made = flead.json({"init", "--tenant", "acme"});
  const auto none = asked_of(flead, {"trigger", "payment.succeeded"});
  CHECK(parse_json(none.body)->find("url") == nullptr);
  std::string hook;
  REQUIRE(add_account(flead, made.text("tenant.id").value_or(""), hook));
  const auto asked = asked_of(flead, {"trigger", "payment.succeeded", "--set", "amount=10.00"});
  CHECK(asked.url == "http://127.0.0.1:9090/_mock/yookassa/event");
  CHECK(parse_json(asked.body)->text("url") == hook);
  CHECK(parse_json(asked.body)->text("amount") == "10.00");
  CHECK_THAT(hook, ContainsSubstring("/hooks/yookassa/pac_"));
}

}  // namespace flead::cli::trigger_pay_cases
