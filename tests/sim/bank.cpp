#include "sim/bank.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/text.h"

namespace flead::sim {
namespace {

using channels::HttpReply;
using channels::HttpRequest;
using Kind = BankObject::Kind;

constexpr std::int64_t k_page_open_ms = k_hour_ms;      // to pay
constexpr std::int64_t k_hold_open_ms = 7 * k_day_ms;   // to capture
constexpr std::int64_t k_key_kept_ms = 24 * k_hour_ms;  // an Idempotence-Key
constexpr std::int64_t k_payout_most_minor = 50'000'000;
constexpr std::size_t k_metadata_max = 16;

HttpReply said(int status, const Json& body) {
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

HttpReply wrong(int status, std::string_view code, std::string_view parameter = "") {
  Json body = Json::object({{"type", "error"}, {"id", "e-1"}, {"code", code}});
  body.set("description", "see the page");
  if (!parameter.empty()) body.set("parameter", parameter);
  return said(status, body);
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

// A string, a point, two decimals, roubles; more than nothing.
std::optional<std::int64_t> amount_in(const Json& body) {
  const auto value = body.text("amount.value");
  if (!value || body.text("amount.currency") != "RUB") return std::nullopt;
  const auto point = value->find('.');
  if (point == std::string::npos || point == 0 || value->size() != point + 3) return std::nullopt;
  std::int64_t minor = 0;
  for (const char c : *value) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return std::nullopt;
    minor = minor * 10 + (c - '0');
  }
  if (minor <= 0) return std::nullopt;
  return minor;
}

// "" when it keeps to the page's limits, else what does not.
std::string over_limit(const Json& body, std::size_t description_max) {
  if (utf8_length(body.text("description").value_or("")) > description_max) return "description";
  const Json* metadata = body.find("metadata");
  if (metadata != nullptr && metadata->members().size() > k_metadata_max) return "metadata";
  return "";
}

std::string word_of(Kind kind) {
  if (kind == Kind::payment) return "payment";
  return kind == Kind::refund ? "refund" : "payout";
}

}  // namespace

std::string bank_amount(std::int64_t minor) {
  return fmt::format("{}.{:02}", minor / 100, minor % 100);
}

// ---- requests ----------------------------------------------------------------------------------

HttpReply Bank::answer(const HttpRequest& request) {
  tick();
  Asked asked;
  asked.method = request.method;
  const std::size_t base = request.url.find("/v3/");
  if (base == std::string::npos) return wrong(404, "not_found");
  const std::string target = request.url.substr(base + 3);
  asked.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) asked.query = target.substr(target.find('?') + 1);
  for (auto& [login, shop] : shops_) {
    if (header_of(request, "authorization") ==
        "Basic " + base64_encode(login + ":" + shop.secret)) {
      asked.shop = &shop;
    }
  }
  if (asked.shop == nullptr) return wrong(401, "invalid_credentials");
  if (request.method != "POST") return route(asked);
  asked.key = header_of(request, "Idempotence-Key");
  if (asked.key.empty() || asked.key.size() > 64) {
    return wrong(400, "invalid_request", "Idempotence-Key");
  }
  if (!request.body.empty()) {
    auto body = parse_json(request.body);
    if (!body) return wrong(400, "invalid_request");
    asked.body = std::move(*body);
  }
  const std::string what = asked.path + "\n" + request.body;
  const std::string known = asked.shop->login + "\n" + asked.key;
  const auto before = answered_.find(known);
  if (before != answered_.end() && clock_.now() < before->second.at + k_key_kept_ms) {
    if (before->second.asked == what) return before->second.reply;
    return wrong(400, "invalid_request", "Idempotence-Key");
  }
  HttpReply reply = route(asked);
  if (reply.status == 200) answered_[known] = {clock_.now(), what, reply};
  return reply;
}

HttpReply Bank::route(const Asked& asked) {
  const std::vector<std::string> parts = split(asked.path.substr(1), '/');
  const std::string& noun = parts[0];
  const bool posts = asked.method == "POST";
  if (parts.size() == 1 && noun == "me") return account(asked);
  if (asked.shop->gateway != (noun == "payouts")) return wrong(403, "forbidden");
  if (noun == "payments") {
    if (parts.size() == 1) return posts ? create_payment(asked) : list_payments(asked);
    if (posts && parts.size() == 3) return act_on_payment(asked, parts[1], parts[2] == "capture");
    return fetch(asked, Kind::payment, parts[1]);
  }
  if (noun == "refunds") {
    if (parts.size() == 2) return fetch(asked, Kind::refund, parts[1]);
    const auto query = parse_form(asked.query);
    return posts ? create_refund(asked)
                 : list_where(asked, Kind::refund, form_value(*query, "payment_id").value_or("?"),
                              "");
  }
  if (noun == "payouts") {
    if (parts.size() == 1 && posts) return create_payout(asked);
    if (parts.size() == 2 && parts[1] == "search") {
      const auto query = parse_form(asked.query);
      return list_where(asked, Kind::payout, "",
                        form_value(*query, "metadata[payout]").value_or("?"));
    }
    if (parts.size() == 2) return fetch(asked, Kind::payout, parts[1]);
  }
  return wrong(404, "not_found");
}

HttpReply Bank::account(const Asked& asked) {
  Json body = Json::object({{"account_id", asked.shop->login}, {"status", "enabled"}});
  body.set("test", asked.shop->test);
  if (asked.shop->gateway) {
    body.set("payout_balance", Json::object({{"value", bank_amount(asked.shop->balance_minor)},
                                             {"currency", "RUB"}}));
  }
  return said(200, body);
}

HttpReply Bank::create_payment(const Asked& asked) {
  const auto minor = amount_in(asked.body);
  if (!minor) return wrong(400, "invalid_request", "amount.value");
  const std::string over = over_limit(asked.body, 128);
  if (!over.empty()) return wrong(400, "invalid_request", over);
  if (asked.body.text("confirmation.type") != "redirect") {
    return wrong(400, "invalid_request", "confirmation");
  }
  BankObject& made = make(asked, Kind::payment, *minor);
  made.one_step = asked.body.boolean("capture").value_or(false);
  made.ours = asked.body.text("metadata.payment").value_or("");
  made.expires_at = made.made_at + k_page_open_ms;
  timers_.emplace(made.expires_at, made.id);
  return said(200, json_of(made));
}

HttpReply Bank::act_on_payment(const Asked& asked, const std::string& id, bool captures) {
  const auto found = objects_.find(id);
  if (found == objects_.end() || found->second.shop != asked.shop->login) {
    return wrong(404, "not_found");
  }
  BankObject& payment = found->second;
  if (payment.status != "waiting_for_capture") return wrong(400, "invalid_request", "status");
  if (!captures) {
    cancel(payment, "merchant", "canceled_by_merchant");
    return said(200, json_of(payment));
  }
  const bool whole = asked.body.find("amount") == nullptr;
  const auto minor = whole ? payment.asked_minor : amount_in(asked.body).value_or(0);
  if (minor <= 0 || minor > payment.asked_minor) return wrong(400, "invalid_request", "amount");
  succeed(payment, minor);
  return said(200, json_of(payment));
}

HttpReply Bank::create_refund(const Asked& asked) {
  const auto minor = amount_in(asked.body);
  if (!minor) return wrong(400, "invalid_request", "amount.value");
  const std::string over = over_limit(asked.body, 250);
  if (!over.empty()) return wrong(400, "invalid_request", over);
  const auto found = objects_.find(asked.body.text("payment_id").value_or(""));
  if (found == objects_.end() || found->second.shop != asked.shop->login ||
      found->second.kind != Kind::payment) {
    return wrong(400, "invalid_request", "payment_id");
  }
  const BankObject& payment = found->second;
  std::int64_t promised = 0;
  const auto [from, to] = of_.equal_range(payment.id);
  for (auto one = from; one != to; ++one) {
    const BankObject& refund = objects_.at(one->second);
    if (refund.status != "canceled") promised += refund.asked_minor;
  }
  if (payment.status != "succeeded" || *minor > payment.minor - promised) {
    return wrong(400, "invalid_request", "amount");
  }
  BankObject& refund = make(asked, Kind::refund, *minor);
  refund.payment = payment.id;
  refund.ours = asked.body.text("metadata.refund").value_or("");
  of_.emplace(payment.id, refund.id);
  if (strict_balance && asked.shop->balance_minor < *minor) {
    cancel(refund, "yoo_money", "insufficient_funds");
  } else if (rolls(4)) {
    cancel(refund, "yoo_money", "rejected_by_payee");
  } else if (rolls(75)) {
    succeed(refund, *minor);
  } else {
    timers_.emplace(later(k_minute_ms, 4 * k_day_ms), refund.id);
  }
  return said(200, json_of(refund));
}

HttpReply Bank::create_payout(const Asked& asked) {
  const auto minor = amount_in(asked.body);
  if (!minor) return wrong(400, "invalid_request", "amount.value");
  const std::string over = over_limit(asked.body, 128);
  if (!over.empty()) return wrong(400, "invalid_request", over);
  const std::string phone = asked.body.text("payout_destination_data.phone").value_or("");
  const std::string bank = asked.body.text("payout_destination_data.bank_id").value_or("");
  if (asked.body.text("payout_destination_data.type") != "sbp" || phone.size() != 11 ||
      !phone.starts_with("79") || bank.size() != 12) {
    return wrong(400, "invalid_request", "payout_destination_data");
  }
  BankObject& payout = make(asked, Kind::payout, *minor);
  payout.ours = asked.body.text("metadata.payout").value_or("");
  payout.recipient = phone;
  of_.emplace(payout.ours, payout.id);
  if (*minor > asked.shop->balance_minor) {
    cancel(payout, "yoo_money", "insufficient_funds");
    return said(200, json_of(payout));
  }
  if (*minor > k_payout_most_minor) {
    cancel(payout, "yoo_money", "one_time_limit_exceeded");
    return said(200, json_of(payout));
  }
  asked.shop->balance_minor -= *minor;
  if (rolls(25)) {
    settle(payout);
  } else {
    timers_.emplace(later(k_second_ms, rolls(80) ? k_hour_ms : 3 * k_day_ms), payout.id);
  }
  return said(200, json_of(payout));
}

HttpReply Bank::fetch(const Asked& asked, Kind kind, const std::string& id) {
  const auto found = objects_.find(id);
  if (found == objects_.end() || found->second.shop != asked.shop->login ||
      found->second.kind != kind) {
    return wrong(404, "not_found");
  }
  return said(200, json_of(found->second));
}

HttpReply Bank::list_payments(const Asked& asked) {
  const auto query = parse_form(asked.query);
  const TimeMs from = parse_time(form_value(*query, "created_at.gte").value_or("")).value_or(0);
  const TimeMs to = parse_time(form_value(*query, "created_at.lt").value_or("")).value_or(0);
  const std::size_t limit =
      static_cast<std::size_t>(std::stoul(form_value(*query, "limit").value_or("10")));
  const std::string cursor = form_value(*query, "cursor").value_or("");
  Json items = Json::array();
  bool on = cursor.empty();
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {  // newest first
    const BankObject& one = objects_.at(*id);
    if (one.made_at < from) break;
    if (one.id == cursor) on = true;
    const bool fits =
        one.kind == Kind::payment && one.shop == asked.shop->login && one.made_at < to;
    if (!on || !fits) continue;
    if (items.items().size() == limit) {
      Json body = Json::object({{"type", "list"}, {"next_cursor", one.id}});
      body.set("items", std::move(items));
      return said(200, body);
    }
    items.push(json_of(one));
  }
  Json body = Json::object({{"type", "list"}});
  body.set("items", std::move(items));
  return said(200, body);
}

HttpReply Bank::list_where(const Asked& asked, Kind kind, const std::string& payment,
                           const std::string& ours) {
  Json items = Json::array();
  const auto [from, to] = of_.equal_range(payment.empty() ? ours : payment);
  for (auto one = from; one != to; ++one) {
    const BankObject& object = objects_.at(one->second);
    if (object.kind == kind && object.shop == asked.shop->login) items.push(json_of(object));
  }
  Json body = Json::object({{"type", "list"}});
  body.set("items", std::move(items));
  return said(200, body);
}

// ---- what becomes of objects -------------------------------------------------------------------

TimeMs Bank::later(std::int64_t least_ms, std::int64_t most_ms) {
  return clock_.now() + least_ms +
         static_cast<TimeMs>(chance_.below(static_cast<std::uint64_t>(most_ms - least_ms)));
}

BankObject& Bank::add(BankObject object) {
  object.id = fmt::format("{:08x}-000f-5000-8000-{:012x}", objects_.size() + 1, order_.size() + 1);
  object.made_at = clock_.now();
  order_.push_back(object.id);
  return objects_[order_.back()] = std::move(object);
}

BankObject& Bank::make(const Asked& asked, Kind kind, std::int64_t minor) {
  BankObject object;
  object.kind = kind;
  object.shop = asked.shop->login;
  object.asked_minor = minor;
  return add(std::move(object));
}

void Bank::succeed(BankObject& object, std::int64_t minor) {
  object.status = "succeeded";
  object.minor = minor;
  object.ended_at = clock_.now();
  BankShop& shop = shops_.at(object.shop);
  if (object.kind == Kind::payment) {
    object.fee_minor = minor * 35 / 1000;
    shop.balance_minor += minor - object.fee_minor;
  }
  if (object.kind == Kind::refund) {
    objects_.at(object.payment).back_minor += minor;
    shop.balance_minor -= minor;
  }
  tell(object, word_of(object.kind) + ".succeeded");
}

void Bank::cancel(BankObject& object, std::string party, std::string reason) {
  object.status = "canceled";
  object.party = std::move(party);
  object.reason = std::move(reason);
  object.ended_at = clock_.now();
  // There is no event for a refund that fails.
  if (object.kind != Kind::refund) tell(object, word_of(object.kind) + ".canceled");
}

// What was pending of itself comes to an end.
void Bank::settle(BankObject& object) {
  if (object.kind == Kind::payout) {
    if (!rolls(8)) return succeed(object, object.asked_minor);
    shops_.at(object.shop).balance_minor += object.asked_minor;
    constexpr std::string_view k_reasons[] = {"recipient_not_found", "issuer_unavailable",
                                              "rejected_by_payee", "general_decline"};
    return cancel(object, "payout_network", std::string(k_reasons[chance_.below(4)]));
  }
  if (object.kind == Kind::refund) {
    const bool funds = shops_.at(object.shop).balance_minor >= object.asked_minor;
    if (!funds && strict_balance) return cancel(object, "yoo_money", "insufficient_funds");
    return rolls(12) ? cancel(object, "yoo_money", "rejected_by_timeout")
                     : succeed(object, object.asked_minor);
  }
  if (object.status == "pending" && object.with_payer) return succeed(object, object.asked_minor);
  if (object.status == "pending") return cancel(object, "yoo_money", "expired_on_confirmation");
  cancel(object, "yoo_money", "expired_on_capture");
}

void Bank::tick() {
  const TimeMs now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto [at, id] = *timers_.begin();
    timers_.erase(timers_.begin());
    BankObject& object = objects_.at(id);
    // A timer of a page that was closed meanwhile, or of a hold that began later.
    const bool stale = object.kind == Kind::payment && at < object.expires_at;
    if (!object.ended() && !stale) settle(object);
  }
}

bool Bank::pay(const std::string& id, Pays how, std::int64_t after_ms) {
  tick();
  const auto found = objects_.find(id);
  if (found == objects_.end() || found->second.kind != Kind::payment) return false;
  BankObject& payment = found->second;
  if (payment.status != "pending" || payment.with_payer) return false;
  if (how == Pays::not_at_all) {
    constexpr std::string_view k_reasons[] = {"insufficient_funds", "3d_secure_failed",
                                              "card_expired", "general_decline"};
    cancel(payment, "payment_network", std::string(k_reasons[chance_.below(4)]));
    return false;
  }
  if (!payment.one_step) {
    payment.status = "waiting_for_capture";
    payment.expires_at = clock_.now() + k_hold_open_ms;
    timers_.emplace(payment.expires_at, id);
    tell(payment, "payment.waiting_for_capture");
    return true;
  }
  if (how == Pays::now) {
    succeed(payment, payment.asked_minor);
    return true;
  }
  payment.with_payer = true;
  payment.expires_at = clock_.now() + after_ms;
  timers_.emplace(payment.expires_at, id);
  return true;
}

void Bank::give_back_by_hand(const std::string& id, std::int64_t minor) {
  BankObject refund;
  refund.kind = Kind::refund;
  refund.shop = objects_.at(id).shop;
  refund.payment = id;
  refund.by_hand = true;
  refund.asked_minor = minor;
  BankObject& made = add(std::move(refund));
  of_.emplace(id, made.id);
  succeed(made, minor);
}

const BankObject* Bank::find(const std::string& id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

// ---- what it says ------------------------------------------------------------------------------

Json Bank::json_of(const BankObject& one) const {
  const auto money = [](std::int64_t minor) {
    return Json::object({{"value", bank_amount(minor)}, {"currency", "RUB"}});
  };
  Json out = Json::object({{"id", one.id}, {"status", one.status}});
  out.set(
      "amount",
      money(one.kind == Kind::payment && one.status == "succeeded" ? one.minor : one.asked_minor));
  out.set("created_at", format_time(one.made_at));
  if (!one.ours.empty()) {
    out.set("metadata", Json::object({{word_of(one.kind), one.ours}}));
  }
  if (one.status == "canceled") {
    out.set("cancellation_details", Json::object({{"party", one.party}, {"reason", one.reason}}));
  }
  if (one.kind == Kind::refund) return std::move(out.set("payment_id", one.payment));
  out.set("test", shops_.at(one.shop).test);
  if (one.kind == Kind::payout) {
    return std::move(out.set("payout_destination", Json::object({{"type", "sbp"}})));
  }
  out.set("paid", one.status == "succeeded" || one.status == "waiting_for_capture");
  out.set("refundable", one.status == "succeeded" && one.back_minor < one.minor);
  if (one.status == "pending") {
    out.set("confirmation", Json::object({{"type", "redirect"},
                                          {"confirmation_url",
                                           "https://yoomoney.ru/checkout/payments/v2/contract"
                                           "?orderId=" +
                                               one.id}}));
  }
  if (one.status == "waiting_for_capture") out.set("expires_at", format_time(one.expires_at));
  if (one.status == "succeeded") out.set("income_amount", money(one.minor - one.fee_minor));
  if (one.back_minor > 0) out.set("refunded_amount", money(one.back_minor));
  return out;
}

void Bank::tell(const BankObject& object, std::string_view event) {
  BankNotice notice;
  notice.event_at = clock_.now();
  notice.shop = object.shop;
  notice.body =
      Json::object({{"type", "notification"}, {"event", event}, {"object", json_of(object)}})
          .dump();
  notices_.push_back(std::move(notice));
}

std::vector<BankNotice> Bank::take_notices() {
  return std::exchange(notices_, {});
}

}  // namespace flead::sim
