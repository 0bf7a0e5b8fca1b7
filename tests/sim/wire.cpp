#include "sim/wire.h"

#include "core/base/text.h"
#include "core/base/time.h"

namespace flead::sim {
namespace {

using channels::HttpReply;
using channels::HttpRequest;

// What makes something is rarer than what looks at it, and goes wrong more often here for that.
constexpr std::uint64_t k_die_around_look_one_in = 60;
constexpr std::uint64_t k_die_around_act_one_in = 20;
constexpr std::uint64_t k_rolls_of_look = 1000;
constexpr std::uint64_t k_rolls_of_act = 400;
constexpr std::int64_t k_told_for_ms = k_day_ms;  // then it gives up

HttpReply no_answer(std::string_view error, bool may_have_acted) {
  HttpReply reply;
  reply.error = error;
  reply.may_have_acted = may_have_acted;
  return reply;
}

HttpReply answer_of(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

HttpReply busy() {
  return answer_of(429,
                   R"({"type":"error","id":"e","code":"too_many_requests","retry_after":90000})");
}

HttpReply broken() {
  return answer_of(500, R"({"type":"error","id":"e","code":"internal_server_error"})");
}

}  // namespace

HttpReply Wire::http(const HttpRequest& request) {
  process->check_alive();
  bank_.tick();
  ++counts["calls"];
  if (clock_.now() >= down.first && clock_.now() < down.second) {
    ++counts["down"];
    switch (chance_.below(4)) {
      case 0:
        return no_answer("connection refused", false);
      case 1:
        return no_answer("timed out", true);
      case 2:
        return answer_of(503, "<html><h1>503 Service Unavailable</h1></html>");
      default:
        return broken();
    }
  }
  if (!faulty) return bank_.answer(request);
  const bool acts = request.method == "POST";
  const std::uint64_t dies = acts ? k_die_around_act_one_in : k_die_around_look_one_in;
  if (once_in(dies)) die_in_call();
  const std::uint64_t roll = chance_.below(acts ? k_rolls_of_act : k_rolls_of_look);
  // Not acted on.
  if (roll < 15) return ++counts["refused"], no_answer("connection refused", false);
  if (roll < 30) return ++counts["timeout_before"], no_answer("timed out", true);
  if (roll < 45) return ++counts["busy"], busy();
  if (roll < 55) return ++counts["broken_before"], broken();
  HttpReply reply = bank_.answer(request);
  if (once_in(dies)) die_in_call();
  // Acted on, and not said so.
  if (roll < 75) return ++counts["timeout_after"], no_answer("timed out", true);
  if (roll < 95) return ++counts["broken_after"], broken();
  if (roll < 100) return ++counts["garbage"], answer_of(200, "<html>Welcome to our Wi-Fi</html>");
  if (roll < 103) return ++counts["garbage"], answer_of(200, "{}");
  return lies ? untrue(request, std::move(reply)) : reply;
}

// A repeated POST tells the first state of its object; a GET may come from a copy that is behind,
// and, rarely, from one that is wrong.
HttpReply Wire::untrue(const HttpRequest& request, HttpReply reply) {
  if (reply.status != 200 || request.label == "yookassa account get") return reply;
  auto body = parse_json(reply.body);
  if (!body || !body->text("id")) return reply;
  const std::string status = body->text("status").value_or("");
  const bool refund = body->find("payment_id") != nullptr;
  const BankObject* const object = bank_.find(*body->text("id"));
  const bool two_step =
      object != nullptr && object->kind == BankObject::Kind::payment && !object->one_step;
  const std::uint64_t one_in = request.method == "POST" ? 1500 : status == "succeeded" ? 500 : 3000;
  // What is looked at once for all is told wrongly more often than what is looked at all the time.
  const std::uint64_t roll = chance_.below(one_in);
  if (roll < 60 && status == "succeeded" && request.method == "GET") {
    ++counts["lie_stale"];
    body->set("status", "pending");
  } else if (roll < 70) {
    ++counts["lie_amount"];
    // Of money that was held, a smaller sum cannot be told from a part that was taken in the
    // office.
    const bool whole = request.method == "POST" || !two_step;
    body->set("amount",
              Json::object({{"value", whole ? "1.00" : "9999999.00"}, {"currency", "RUB"}}));
  } else if (roll < 75 && !refund) {
    ++counts["lie_test"];
    body->set("test", !body->boolean("test").value_or(false));
  } else if (roll < 80) {
    ++counts["lie_foreign"];
    const auto any = static_cast<long>(chance_.below(bank_.objects().size()));
    const BankObject& other = std::next(bank_.objects().begin(), any)->second;
    if (request.label == "yookassa payment create" && other.kind == BankObject::Kind::payment) {
      HttpRequest of_other = request;  // somebody else's answer
      of_other.method = "GET";
      of_other.url += "/" + other.id;
      return bank_.answer(of_other);
    }
    const char* const word = refund ? "refund" : "payment";
    body->set("metadata", Json::object({{word, other.ours}}));
  } else if (roll < 82 && status == "pending" && request.label == "yookassa payment get") {
    ++counts["lie_ended"];  // and may succeed yet
    body->set("status", "canceled");
  } else {
    return reply;
  }
  reply.body = body->dump();
  return reply;
}

channels::SmtpReply Wire::smtp(const channels::SmtpRequest&) {
  process->check_alive();
  channels::SmtpReply taken;
  taken.stage = channels::SmtpReply::Stage::done;
  taken.code = 250;
  return taken;
}

void Wire::die_in_call() {
  ++counts["died_in_call"];
  process->die();
}

void Wire::send_notices() {
  for (BankNotice& notice : bank_.take_notices()) {
    ++counts["notices"];
    const std::uint64_t roll = faulty ? chance_.below(100) : 0;
    if (roll >= 92) {
      ++counts["notices_lost"];
      continue;
    }
    // Most come within seconds, some hours later, and so in any order.
    const auto within = static_cast<std::uint64_t>(roll < 75 ? 5 * k_second_ms : 3 * k_hour_ms);
    if (roll >= 60 && roll < 75) {
      ++counts["notices_twice"];
      notices_.emplace(clock_.now() + static_cast<TimeMs>(chance_.below(2 * k_hour_ms)), notice);
    }
    notices_.emplace(clock_.now() + k_second_ms + static_cast<TimeMs>(chance_.below(within)),
                     std::move(notice));
  }
}

void Wire::forge(const std::string& shop, std::string body) {
  ++counts["notices_forged"];
  BankNotice notice;
  notice.event_at = clock_.now();
  notice.shop = shop;
  notice.body = std::move(body);
  notices_.emplace(clock_.now(), std::move(notice));
}

std::vector<BankNotice> Wire::arrived() {
  std::vector<BankNotice> out;
  while (!notices_.empty() && notices_.begin()->first <= clock_.now()) {
    out.push_back(std::move(notices_.begin()->second));
    notices_.erase(notices_.begin());
  }
  return out;
}

void Wire::come_again(BankNotice notice) {
  ++notice.tries;
  const TimeMs next = clock_.now() + notice.tries * notice.tries * k_minute_ms;
  if (next < notice.event_at + k_told_for_ms) notices_.emplace(next, std::move(notice));
}

}  // namespace flead::sim
