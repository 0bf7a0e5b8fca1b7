#include "support/payouts.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/booking/offer.h"
#include "core/money/yookassa_wire.h"

namespace flead::test {

using channels::HttpReply;
using channels::HttpRequest;

namespace {

HttpReply reply_of(int status, const Json& body) {
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

HttpReply error_of(int status, std::string_view code) {
  return reply_of(status, Json::object({{"type", "error"}, {"id", "e1"}, {"code", code}}));
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

Json FakeGateway::object_of(const Made& one) const {
  Json out = Json::object({{"id", one.id},
                           {"status", one.status},
                           {"amount", money::yookassa::amount_json({one.minor, "RUB"})},
                           {"payout_destination", Json::object({{"type", "sbp"}})},
                           {"created_at", "2026-01-05T09:00:00.000Z"},
                           {"metadata", Json::object({{"payout", one.ours}})},
                           {"test", tests}});
  if (one.status == "canceled") {
    out.set("cancellation_details",
            Json::object({{"party", "payout_network"}, {"reason", one.reason}}));
  }
  return out;
}

HttpReply FakeGateway::create(const HttpRequest& request) {
  const std::string key = header_of(request, "Idempotence-Key");
  for (const Made& one : made) {
    if (one.key != key || keys_forgotten) continue;
    return one.body == request.body ? reply_of(200, object_of(one))
                                    : error_of(400, "invalid_request");
  }
  const auto body = parse_json(request.body);
  REQUIRE(body);
  Made one;
  one.id = fmt::format("po-27ced252-0025-5000-9000-{:012}", made.size() + 1);
  one.key = key;
  one.body = request.body;
  one.ours = body->text("metadata.payout").value_or("");
  one.minor = parse_money_minor(body->text("amount.value").value_or("")).value_or(0);
  one.status = one.minor > balance_minor ? "canceled" : born;
  one.reason = one.minor > balance_minor ? "insufficient_funds" : born_reason;
  if (one.status != "canceled") balance_minor -= one.minor;
  made.push_back(one);
  return reply_of(200, object_of(one));
}

HttpReply FakeGateway::answer(const HttpRequest& request) {
  if (request.label == "yookassa payout create") return create(request);
  if (request.label == "yookassa account get") {
    return reply_of(
        200,
        Json::object({{"account_id", "504000"},
                      {"status", "enabled"},
                      {"test", tests},
                      {"payout_balance", money::yookassa::amount_json({balance_minor, "RUB"})}}));
  }
  if (request.label == "yookassa payout search") {
    const std::string ours = request.url.substr(request.url.rfind('=') + 1);
    Json items = Json::array();
    for (const Made& one : made) {
      if (one.ours == ours) items.push(object_of(one));
    }
    return reply_of(200, Json::object({{"type", "list"}, {"items", std::move(items)}}));
  }
  if (request.label == "yookassa banks list") {
    return reply_of(200,
                    Json::object({{"type", "list"},
                                  {"items", Json::array({Json::object({{"bank_id", "100000000111"},
                                                                       {"name", "Sberbank"},
                                                                       {"bic", "044525225"}})})}}));
  }
  const std::string id = request.url.substr(request.url.rfind('/') + 1);
  for (const Made& one : made) {
    if (one.id == id) return reply_of(200, object_of(one));
  }
  return error_of(404, "not_found");
}

HttpReply FakeGateway::http(const HttpRequest& request) {
  sent.push_back(request);
  if (const auto call = before) call(request);
  const Fault wrong = fault ? fault(request) : Fault::none;
  HttpReply silent;
  silent.error = "the connection was reset";
  silent.may_have_acted = true;
  switch (wrong) {
    case Fault::none:
      return answer(request);
    case Fault::lost:
      answer(request);
      return silent;
    case Fault::unacted:
      return silent;
    case Fault::too_many:
      return error_of(429, "too_many_requests");
    case Fault::bad_request:
      return error_of(400, "invalid_request");
  }
  return silent;
}

std::int64_t FakeGateway::asked(std::string_view label) const {
  return std::count_if(sent.begin(), sent.end(),
                       [&](const HttpRequest& one) { return one.label == label; });
}

void FakeGateway::settle(std::string_view status, std::string_view reason) {
  for (Made& one : made) {
    if (one.status != "pending") continue;
    one.status = status;
    one.reason = reason;
    if (status == "canceled") balance_minor += one.minor;
  }
}

std::int64_t FakeGateway::paid_minor() const {
  std::int64_t sum = 0;
  for (const Made& one : made) sum += one.status == "succeeded" ? one.minor : 0;
  return sum;
}

Status EndingStore::run_write(const std::function<Status(store::Tx&)>& work) {
  check_alive();
  const bool last = ++commits_ == end_;
  if (last && !after_) {
    dead_ = true;
    throw PayoutKilled();
  }
  Status done = inner_.run_write(work);
  if (last) {
    dead_ = true;
    throw PayoutKilled();
  }
  return done;
}

PayoutDesk::PayoutDesk()
    : store(test.store()), app{store, test.world(), test.app().config, test.app().key, gateway} {}

money::PayoutRecipient PayoutDesk::add_expert(std::string_view slug) {
  booking::NewRules rules;
  rules.host = slug;
  rules.weekly = "daily 10:00-12:00";
  rules.offer = slug;
  const auto made = test.store().write(
      [&](store::Tx& tx) { return booking::add_rules(test.world(), tx, test.tenant(), rules); });
  REQUIRE(made);
  experts.push_back({made->host.id, made->host.slug});
  return experts.back();
}

void PayoutDesk::post(money::NewTransaction entry) {
  const auto posted = test.store().write(
      [&](store::Tx& tx) { return money::post(test.world(), tx, test.tenant().id, entry); });
  REQUIRE(posted);
  REQUIRE(posted->has_value());
}

void PayoutDesk::earn(const money::PayoutRecipient& who, std::int64_t minor, std::int64_t age_ms,
                      bool test_money) {
  money::NewTransaction entry;
  entry.kind = "earned";
  entry.text = "Meeting";
  entry.subject = fmt::format("pay_{:026}", ++meetings_);
  entry.unique_key = "earned:" + entry.subject;
  entry.currency = test_money ? "XTS" : "RUB";
  entry.moves = {{"liabilities:prepaid:lead_1", money::account::expert(who.host.text()), minor},
                 {"liabilities:prepaid:lead_1", "income:share", minor / 4}};
  entry.at = test.clock().now() - age_ms;
  post(std::move(entry));
}

void PayoutDesk::give_back(const money::PayoutRecipient& who, std::int64_t minor) {
  money::NewTransaction entry;
  entry.kind = "refund_due";
  entry.subject = fmt::format("pay_{:026}", meetings_);
  entry.unique_key = fmt::format("refund_due:{}:{}", meetings_, test.clock().now());
  entry.currency = "RUB";
  entry.moves = {{money::account::expert(who.host.text()), "liabilities:refunds:lead_1", minor}};
  post(std::move(entry));
}

money::PayAccount PayoutDesk::connect(bool test_account) {
  money::NewPayAccount input;
  input.provider = "yookassa_payouts";
  input.name = "gate";
  input.config.set("shop_id", "504000");
  if (test_account) input.config.set("test", true);
  input.secret = "gateway_key";
  gateway.tests = test_account;
  const auto made = test.store().write([&](store::Tx& tx) {
    return money::add_pay_account(test.app(), tx, test.tenant().id, input);
  });
  REQUIRE(made);
  return *made;
}

namespace {

void set_way(PayoutDesk& desk, const money::PayoutRecipient& who, std::string_view kind,
             const money::PayoutDetails& details) {
  money::NewPayoutMethod input;
  input.host = who.host;
  input.host_slug = who.slug;
  input.kind = kind;
  input.details = details;
  const auto made = desk.test.store().write([&](store::Tx& tx) {
    return money::set_payout_method(desk.test.app(), tx, desk.test.tenant().id, "RU", input);
  });
  REQUIRE(made);
}

}  // namespace

void PayoutDesk::pay_by_phone(const money::PayoutRecipient& who) {
  money::PayoutDetails details;
  details.phone = "+79160000001";
  details.bank_id = "100000000111";
  set_way(*this, who, "yookassa_sbp", details);
}

void PayoutDesk::pay_by_hand(const money::PayoutRecipient& who) {
  money::PayoutDetails details;
  details.payee = "Ира И";
  details.account = "40817810099910004312";
  details.bank = "044525225";
  set_way(*this, who, "manual", details);
}

void PayoutDesk::set(std::string_view key, std::string_view value) {
  REQUIRE(test.store().write([&](store::Tx& tx) {
    return tenants::set_setting(test.world(), tx, test.tenant().id, key, value);
  }));
}

Result<money::PayoutRunReport> PayoutDesk::run(money::PayoutRunOptions options) {
  options.actor = "cli";
  return money::run_payouts(app, test.tenant(), experts, options);
}

std::vector<money::PayoutLine> PayoutDesk::plan(const money::PayoutWish& wish) {
  auto lines = test.store().read(
      [&](store::Tx& tx) { return money::plan_payouts(app, tx, test.tenant(), experts, wish); });
  REQUIRE(lines);
  return *lines;
}

void PayoutDesk::work() {
  REQUIRE(jobs::rescue(test.world(), test.store()));
  while (true) {
    const auto ran = jobs::work_one(app, job_table(), "worker#1");
    store.check_alive();
    REQUIRE(ran);
    if (!*ran) return;
  }
}

void PayoutDesk::work_for(std::int64_t ms, std::int64_t step_ms) {
  for (std::int64_t gone = 0; gone < ms; gone += step_ms) {
    test.clock().advance(step_ms);
    work();
  }
}

std::vector<money::Payout> PayoutDesk::payouts() {
  money::PayoutFilter filter;
  filter.limit = 1000;
  auto found = test.store().read(
      [&](store::Tx& tx) { return money::list_payouts(tx, test.tenant().id, filter); });
  REQUIRE(found);
  std::reverse(found->begin(), found->end());
  return *found;
}

std::int64_t PayoutDesk::balance(std::string_view account, std::string_view currency) {
  const auto found = test.store().read(
      [&](store::Tx& tx) { return money::balance(tx, test.tenant().id, account, currency); });
  REQUIRE(found);
  return *found;
}

std::int64_t PayoutDesk::owed(const money::PayoutRecipient& who, std::string_view currency) {
  return -balance(money::account::expert(who.host.text()), currency);
}

void PayoutDesk::check_book() {
  const auto check =
      test.store().read([&](store::Tx& tx) { return money::verify(tx, test.tenant().id); });
  REQUIRE(check);
  CHECK(check->faults.empty());
}

}  // namespace flead::test
