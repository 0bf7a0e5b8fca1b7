#include "core/money/mock_provider.h"

#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/money/mock_store.h"
#include "core/money/payment_steps.h"

namespace flead::money::mock {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

constexpr std::string_view k_mock_prefix = "mck";
constexpr std::string_view k_declined = "general_decline";
constexpr std::string_view k_kept_title = "Test card *0000";

HttpRequest ask(std::string_view what, Json body) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::string(k_scheme) + std::string(what);
  request.label = "mock " + std::string(what);
  request.body = body.dump();
  return request;
}

Json money_of(const Money& money) {
  return Json::object({{"amount_minor", money.amount_minor}, {"currency", money.currency}});
}

Json object_json(const mock_store::Object& object, std::int64_t refunded_minor) {
  Json out = money_of(object.amount);
  out.set("id", object.id).set("ours", object.ours).set("state", object.state);
  out.set("payment", object.payment).set("reason", object.reason).set("saves", object.saves);
  out.set("refunded_minor", refunded_minor);
  return out;
}

HttpReply reply_of(int status, const Json& body) {
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

HttpReply refused_with(std::string_view says) {
  return reply_of(400, Json::object({{"says", says}}));
}

Result<HttpReply> shown(store::Tx& tx, const mock_store::Object& object) {
  FLEAD_TRY(const std::int64_t refunded, mock_store::refunded_minor(tx, object.id));
  return reply_of(200, object_json(object, refunded));
}

// The same key makes the same object.
Result<HttpReply> make(App& app, store::Tx& tx, const PayAccess& access, const Json& body,
                       std::string_view state) {
  mock_store::Object object;
  object.ours = body.text("ours").value_or("");
  FLEAD_TRY(const auto known, mock_store::by_ours(tx, access.id, object.ours));
  if (known) return shown(tx, *known);
  object.id = make_id(app.world, k_mock_prefix);
  object.account = access.id;
  object.state = state;
  object.amount = {body.integer("amount_minor").value_or(0), body.text("currency").value_or("")};
  object.hold = body.boolean("hold").value_or(false);
  object.saves = body.boolean("save").value_or(false);
  object.payment = body.text("payment").value_or("");
  object.created_at = app.world.clock.now();
  FLEAD_CHECK(mock_store::insert(tx, object));
  return shown(tx, object);
}

Result<HttpReply> give_back(App& app, store::Tx& tx, const PayAccess& access, const Json& body) {
  FLEAD_TRY(const auto payment,
            mock_store::by_id(tx, access.id, body.text("payment").value_or("")));
  if (!payment) return reply_of(404, Json::object());
  FLEAD_TRY(const auto known, mock_store::by_ours(tx, access.id, body.text("ours").value_or("")));
  FLEAD_TRY(const std::int64_t before, mock_store::refunded_minor(tx, payment->id));
  const std::int64_t left = payment->amount.amount_minor - before;
  if (!known &&
      (payment->state != "succeeded" || body.integer("amount_minor").value_or(0) > left)) {
    return refused_with("more than what is left of the payment");
  }
  return make(app, tx, access, body, "succeeded");
}

// Of a hold: taken, or let go.
Result<HttpReply> end_hold(store::Tx& tx, const PayAccess& access, const Json& body, bool takes) {
  FLEAD_TRY(auto object, mock_store::by_id(tx, access.id, body.text("id").value_or("")));
  if (!object) return reply_of(404, Json::object());
  const std::string to = takes ? "succeeded" : "canceled";
  if (object->state == to) return shown(tx, *object);
  if (object->state != "waiting_for_capture") return refused_with("nothing is held");
  object->state = to;
  if (takes) object->amount.amount_minor = body.integer("amount_minor").value_or(0);
  if (!takes) object->reason = "canceled_by_merchant";
  FLEAD_CHECK(mock_store::update(tx, *object));
  return shown(tx, *object);
}

Result<HttpReply> find(store::Tx& tx, const PayAccess& access, const Json& body) {
  FLEAD_TRY(const auto object, mock_store::by_ours(tx, access.id, body.text("ours").value_or("")));
  Json found = Json::array();
  if (object) {
    FLEAD_TRY(const std::int64_t refunded, mock_store::refunded_minor(tx, object->id));
    found.push(object_json(*object, refunded));
  }
  return reply_of(200, Json::object({{"found", std::move(found)}}));
}

// A payer who does not come is gone after an hour, as elsewhere.
Result<HttpReply> fetch(App& app, store::Tx& tx, const PayAccess& access, const Json& body) {
  FLEAD_TRY(auto object, mock_store::by_id(tx, access.id, body.text("id").value_or("")));
  if (!object) return reply_of(404, Json::object());
  if (object->state == "pending" && app.world.clock.now() >= object->created_at + k_pay_ms) {
    object->state = "canceled";
    object->reason = "expired_on_confirmation";
    FLEAD_CHECK(mock_store::update(tx, *object));
  }
  return shown(tx, *object);
}

Result<HttpReply> answer_in(App& app, store::Tx& tx, const PayAccess& access, std::string_view what,
                            const Json& body) {
  if (what == "create") {
    const bool at_once = !body.text("saved_method").value_or("").empty();
    return make(app, tx, access, body, at_once ? "succeeded" : "pending");
  }
  if (what == "fetch") return fetch(app, tx, access, body);
  if (what == "search") return find(tx, access, body);
  if (what == "capture" || what == "cancel") return end_hold(tx, access, body, what == "capture");
  if (what == "refund") return give_back(app, tx, access, body);
  if (what == "payout") return make(app, tx, access, body, "succeeded");
  return reply_of(200, Json::object());  // account, banks: they hold nothing
}

std::optional<PayObject> read_object(const Json& body) {
  PayObject object;
  object.id = body.text("id").value_or("");
  const auto state = parse_pay_state(body.text("state").value_or(""));
  if (object.id.empty() || !state) return std::nullopt;
  object.state = *state;
  object.amount = {body.integer("amount_minor").value_or(0), body.text("currency").value_or("")};
  object.test = true;
  object.ours = body.text("ours").value_or("");
  object.payment_id = body.text("payment").value_or("");
  object.refunded_minor = body.integer("refunded_minor").value_or(0);
  object.reason = body.text("reason").value_or("");
  object.method = "test";
  if (object.state == PayState::succeeded && body.boolean("saves").value_or(false)) {
    object.saved_method = object.id;
    object.saved_kind = "bank_card";
    object.saved_title = k_kept_title;
  }
  return object;
}

std::pair<PayAnswer, std::optional<Json>> read_reply(const HttpReply& reply) {
  PayAnswer answer;
  auto body = parse_json(reply.body);
  if (reply.status == 200 && body) {
    answer.result = CallResult::done;
    return {std::move(answer), std::move(*body)};
  }
  answer.result = reply.status == 400   ? CallResult::refused
                  : reply.status == 404 ? CallResult::missing
                                        : CallResult::retry;
  answer.says = body ? body->text("says").value_or("") : std::string();
  return {std::move(answer), std::nullopt};
}

}  // namespace

Result<Json> check_config(const Json& config) {
  if (!config.members().empty() && !(config.members().size() == 1 && config.find("test"))) {
    return refused_field("provider", "mock_no_settings",
                         "mock is inside this program and takes no settings");
  }
  return Json::object({{"test", true}});
}

HttpRequest build_create(const PayAccess&, const PayOrder& order) {
  Json body = money_of(order.amount);
  body.set("ours", order.id.text()).set("hold", order.hold).set("save", order.save_method);
  body.set("saved_method", order.saved_method);
  return ask("create", std::move(body));
}

HttpRequest build_fetch(const PayAccess&, std::string_view id) {
  return ask("fetch", Json::object({{"id", id}}));
}

PayAnswer parse_object(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  if (!body) return std::move(answer);
  if (auto object = read_object(*body)) {
    answer.object = std::move(*object);
  } else {
    answer.result = CallResult::unknown;
  }
  return std::move(answer);
}

HttpRequest build_search(const PayAccess&, const PaySearch& search) {
  return ask("search", Json::object({{"ours", search.ours}}));
}

PayAnswer parse_search(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  const Json* found = body ? body->find("found") : nullptr;
  for (const Json& one : found != nullptr ? found->items() : Json::Array()) {
    if (auto object = read_object(one)) answer.found.push_back(std::move(*object));
  }
  return std::move(answer);
}

HttpRequest build_capture(const PayAccess&, const PayOrder& order, std::string_view id) {
  return ask("capture", Json::object({{"id", id}, {"amount_minor", order.amount.amount_minor}}));
}

HttpRequest build_cancel(const PayAccess&, const PayOrder&, std::string_view id) {
  return ask("cancel", Json::object({{"id", id}}));
}

HttpRequest build_refund(const PayAccess&, const RefundOrder& order) {
  Json body = money_of(order.amount);
  body.set("ours", order.key).set("payment", order.payment);
  return ask("refund", std::move(body));
}

HttpRequest build_account(const PayAccess&) {
  return ask("account", Json::object());
}

PayAnswer parse_account(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  answer.object.test = true;
  answer.object.methods = {"test"};
  answer.object.balance_minor = k_money_minor_max;  // as much as is asked for
  answer.object.amount.currency = "RUB";
  answer.says = "inside this program: no money is ever moved";
  return std::move(answer);
}

HttpRequest build_payout(const PayAccess&, const PayoutOrder& order) {
  Json body = money_of(order.amount);
  body.set("ours", order.id.text());
  return ask("payout", std::move(body));
}

HttpRequest build_payout_search(const PayAccess&, const PayoutId& ours) {
  return ask("search", Json::object({{"ours", ours.text()}}));
}

HttpRequest build_banks(const PayAccess&) {
  return ask("banks", Json::object());
}

PayAnswer parse_banks(const HttpReply& reply) {
  auto [answer, body] = read_reply(reply);
  answer.banks = {{"100000000000", "Test bank", "044525000"}};
  return std::move(answer);
}

HttpReply answer(App& app, const PayAccess& access, const HttpRequest& request) {
  const auto body = parse_json(request.body);
  const std::string_view what = std::string_view(request.url).substr(k_scheme.size());
  auto reply = app.store.write([&](store::Tx& tx) {
    return answer_in(app, tx, access, what, body ? *body : Json::object());
  });
  if (reply) return std::move(*reply);
  HttpReply none;  // as a provider that could not be reached
  none.error = reply.error().message;
  return none;
}

Status press(App& app, store::Tx& tx, const Payment& payment, std::string_view what) {
  if (payment.provider != "mock") {
    return refused("payment_not_mock", "This is paid on its provider's page");
  }
  FLEAD_TRY(auto object, mock_store::by_id(tx, payment.account, payment.provider_id));
  if (!object || object->state != "pending") {
    return conflict("payment_over", "This payment is not waiting for its payer");
  }
  if (what == "pay") {
    object->state = object->hold ? "waiting_for_capture" : "succeeded";
  } else {
    object->state = "canceled";
    object->reason = k_declined;
  }
  FLEAD_CHECK(mock_store::update(tx, *object));
  return plan_payment_look(app, tx, payment);
}

}  // namespace flead::money::mock
